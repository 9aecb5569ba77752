"""The surface behind `assets.anomalies.departures.rates`, fitted to simulated quiet series.

`python -m bench.alerts.surface` prints the constants to put there; nothing else uses it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from typing import Final

import numpy as np
import numpy.typing as npt
import typer
from scipy import special

from assets.anomalies.departures import looks as past_looks
from assets.anomalies.departures import scanning
from assets.anomalies.departures.agreement import MERGE_DAYS
from assets.anomalies.departures.panel import Floats, Panel
from assets.anomalies.departures.rates import Kind, features
from bench.alerts.quiet_sites import site_panel

SITES: Final = 240  # of each family and round
ROUNDS: Final = 2  # of each size of an index
SERIES: Final = 25  # of a site
INDEX_SERIES: Final = (1, 5, 25)  # of an index, which is a group of like parameters
LOOKS: Final = 400
GAPS: Final = (5.0, 5.0, 5.0, 10.0, 15.0)  # days between looks
RATIOS: Final = np.array([3.0, 4, 5, 6, 7, 8, 9, 9.5, 10, 10.5, 11, 12, 13, 14, 16])
AGES: Final = (3, 12, 20, 30, 45, 70, 120, 200, LOOKS)
CORRELATIONS: Final = np.array([0.05, 0.12, 0.2, 0.3, 0.4, 0.5, 0.58, 0.66, 0.74, 0.82])
HEAVY: Final = np.array([-5.0, -4.5, -4.0, -3.3, -2.2, -1.3])
HEAVIER: Final = np.array([-4.5, -3.8, -3.0, -2.2, -1.4])
RIDGE: Final = 1e-3
FAR_WEIGHT: Final = 0.5  # power of their rarity by which rare openings count for more
STEPS: Final = 60

Singles = npt.NDArray[np.float32]
Draw = Callable[[np.random.Generator, Floats, int], Floats]
Round = tuple[int, int, Draw]
Cells = tuple[Floats, Floats, Floats]


def main() -> None:
    """Simulate, fit, print."""
    rounds = list(itertools.product(range(ROUNDS), INDEX_SERIES, FAMILIES))
    with ProcessPoolExecutor() as workers:
        found = list(itertools.chain.from_iterable(workers.map(_round, rounds)))
    kinds, exposure, openings = (np.concatenate(parts) for parts in zip(*found, strict=True))
    surface = fit(kinds, exposure, openings)
    typer.echo("SURFACE: Final = (\n" + "".join(f"    {one:.4f},\n" for one in surface) + ")")


def _round(asked: Round) -> list[Cells]:
    """Kinds, looks and openings of one family with indices of one size."""
    seed, index, family = asked
    return list(_counts(np.random.default_rng([seed, index]), family, index))


def fit(kinds: Floats, exposure: Floats, openings: Floats) -> Floats:
    """Poisson regression of openings on `rates.features`, by Newton's method.

    Ratios that are rarely come to are those that alarms are made of: they count for more.

    Args:
        kinds: looks, pooled, correlation, heavy and heavier of each cell, shape (cell, 5).
        exposure: looks of each cell, shape (cell,).
        openings: at each of RATIOS, shape (cell, ratio).

    Returns:
        Coefficients of `features`, shape (feature,).
    """
    rows = np.concatenate(
        [features(Kind(*kinds.T), np.full(len(kinds), ratio)) for ratio in RATIOS]
    )
    looks, opened = np.tile(exposure, len(RATIOS)), openings.T.ravel()
    often = openings.sum(axis=0)
    weight = np.repeat((often[0] / often) ** FAR_WEIGHT, len(exposure))
    found = np.zeros(rows.shape[1])
    found[0] = np.log(opened.sum() / looks.sum())
    for _ in range(STEPS):
        mean = weight * looks * np.exp(np.clip(rows @ found, -40.0, 5.0))
        bend = rows.T @ (rows * mean[:, None]) + RIDGE * np.eye(len(found))
        slope = rows.T @ (weight * opened - mean) - RIDGE * found
        found = found + np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
    return np.asarray(found)


def _counts(rng: np.random.Generator, family: Draw, index: int) -> Iterator[Cells]:
    """Kinds, looks and openings of each age, cell by cell, of the series of one family."""
    series = SITES * SERIES
    days = np.cumsum(rng.choice(GAPS, (SITES, LOOKS)), axis=1).repeat(SERIES, axis=0)
    z = family(rng, days, index) * rng.uniform(0.5, 1.05, series)[:, None]
    ratios, kinds = _scanned(site_panel(days, z, index=index, site=SERIES))
    recent = np.maximum(_earlier(ratios, 1), _earlier(ratios, 2) * _is_near(days))
    for first, last in itertools.pairwise(AGES):
        span = slice(first, last)
        which = kinds[:, :, span].reshape(-1, len(fields(Kind)))
        cell = np.digitize(which[:, 2], CORRELATIONS)
        cell = cell * (len(HEAVY) + 1) + np.digitize(which[:, 3], HEAVY)
        cell = cell * (len(HEAVIER) + 1) + np.digitize(which[:, 4], HEAVIER)
        looks = np.bincount(cell).astype(np.float64)
        means = np.stack([np.bincount(cell, one) for one in which.T], axis=1)
        opened = np.stack(
            [
                np.bincount(cell, ((ratios >= one) & (recent < one))[:, :, span].ravel())
                for one in RATIOS
            ],
            axis=1,
        )
        there = looks > 0
        yield means[there] / looks[there, None], looks[there], opened[there].astype(np.float64)


def _earlier(ratios: Singles, looks: int) -> Singles:
    """What the ratios were so many looks before, 0 before the first."""
    moved = np.zeros_like(ratios)
    moved[:, :, looks:] = ratios[:, :, :-looks]
    return moved


def _is_near(days: Floats) -> npt.NDArray[np.bool_]:
    """Whether the look before the last is so near that an alarm then is the same one."""
    near = np.zeros(days.shape, bool)
    near[:, 2:] = days[:, 2:] - days[:, :-2] <= MERGE_DAYS
    return near


def _scanned(panel: Panel) -> tuple[Singles, Singles]:
    """Ratios (side, series, look) of a panel and what was known of its series (..., 5)."""
    series, looks = panel.z.shape
    past = past_looks.nothing_known(series)
    ratios = np.zeros((2, series, looks), np.float32)
    kinds = np.zeros((2, series, looks, len(fields(Kind))), np.float32)
    for at, (look, _) in enumerate(scanning.looks_of(panel)):
        past_looks.take_in(past, look, panel.groups, panel.sites)
        found, _ = scanning.shifts(past, look)
        for side in (0, 1):
            ratios[side, :, at] = found[side].ratio
            kind = scanning.kind_of(past, side)
            known = [getattr(kind, one.name) for one in fields(Kind)]
            kinds[side, :, at] = np.stack(known, axis=1)
    return ratios, kinds


def _by_site(rng: np.random.Generator, low: float, high: float) -> Floats:
    """A parameter of each site, as a column."""
    return np.asarray(rng.uniform(low, high, SITES).repeat(SERIES)[:, None])


def _by_index(rng: np.random.Generator, low: float, high: float, index: int) -> Floats:
    """A parameter of each index of each site, as a column."""
    drawn = rng.uniform(low, high, SITES * SERIES // index)
    return np.asarray(drawn.repeat(index)[:, None])


def _normal(rng: np.random.Generator, days: Floats, _index: int) -> Floats:
    return rng.normal(size=days.shape)


def _student(rng: np.random.Generator, days: Floats, index: int) -> Floats:
    dof = _by_index(rng, 3.0, 8.0, index)
    return np.asarray(rng.standard_t(np.broadcast_to(dof, days.shape)) / np.sqrt(dof / (dof - 2)))


def _exponential(rng: np.random.Generator, days: Floats, index: int) -> Floats:
    """Generalised normal: tails that fall about as exp(-|x|)."""
    power = _by_index(rng, 0.9, 1.6, index)
    size = rng.gamma(np.broadcast_to(1 / power, days.shape)) ** (1 / power)
    spread = np.sqrt(special.gamma(3 / power) / special.gamma(1 / power))
    return np.asarray(size * rng.choice((-1.0, 1.0), days.shape) / spread)


def _wild(rng: np.random.Generator, days: Floats, index: int) -> Floats:
    """Some looks are wild in one series, some in all of an index: what lies over a place."""
    chance = _by_site(rng, 0.003, 0.02) / 2
    of_index = rng.random((len(days) // index, days.shape[1])).repeat(index, axis=0)
    is_wild = (rng.random(days.shape) < chance) | (of_index < chance)
    times = np.where(is_wild, _by_site(rng, 3.0, 8.0), 1.0)
    return np.asarray(0.8 * times * rng.normal(size=days.shape))


def _wandering(rng: np.random.Generator, days: Floats, index: int) -> Floats:
    scale = np.exp(_by_index(rng, np.log(15.0), np.log(60.0), index))
    return _wander(rng, days, _by_index(rng, 0.1, 0.7, index), scale)


def _lasting(rng: np.random.Generator, days: Floats, index: int) -> Floats:
    """Little but wander, for up to a season: real ground has it, and no other family tells."""
    scale = np.exp(_by_index(rng, np.log(20.0), np.log(200.0), index))
    return _wander(rng, days, _by_index(rng, 0.6, 1.0, index), scale)


def _sparse(rng: np.random.Generator, days: Floats, index: int) -> Floats:
    part = _by_index(rng, 0.1, 0.4, index)
    area = (rng.random(days.shape) < part) * rng.exponential(1.0, days.shape)
    area = (area - part) / np.sqrt(2 * part - part**2)
    return np.asarray(area + 0.05 * rng.normal(size=days.shape))


def _share(rng: np.random.Generator, days: Floats, index: int) -> Floats:
    middle = _by_index(rng, -3.0, 0.0, index)
    wander = _wander(rng, days, _by_index(rng, 0.0, 0.4, index), np.full((len(days), 1), 30.0))
    share = 1 / (1 + np.exp(-(middle + 0.7 * wander)))
    apart = share - share.mean(axis=1, keepdims=True)
    return np.asarray(apart / share.std(axis=1, keepdims=True))


def _wander(rng: np.random.Generator, days: Floats, share: Floats, scale: Floats) -> Floats:
    """Normal numbers of which a share of the variance lasts for a scale of days."""
    kept = np.exp(-np.diff(days, axis=1) / scale)
    wander = rng.normal(size=days.shape)
    for look in range(1, days.shape[1]):
        part = kept[:, look - 1]
        wander[:, look] = part * wander[:, look - 1] + np.sqrt(1 - part**2) * wander[:, look]
    return np.asarray(np.sqrt(share) * wander + np.sqrt(1 - share) * rng.normal(size=days.shape))


FAMILIES: Final = (
    _normal,
    _student,
    _exponential,
    _wild,
    _wandering,
    _lasting,
    _sparse,
    _share,
)


if __name__ == "__main__":
    typer.run(main)
