"""Beliefs chosen on half of the airports and used on the other half: does what was chosen hold?

Choice is by the likelihood of quiet looks that no fit had seen, never by what is detected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assets.anomalies.counts.chances import OUTLIER_DISPERSION, OUTLIER_MEAN, log_chance
from assets.anomalies.counts.prediction import expected_counts
from assets.anomalies.counts.prior import CountPrior
from bench.alerts.airports import Airport

QUIET: Final = (np.datetime64("2017-01-01"), np.datetime64("2020-01-01"))
SPLITS: Final = 3  # random halves, each used both ways
ALTERNATIVES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"drift": 0.005},
    {"trend_sd": 0.0001},
    {"season_sd": (0.25, 0.25, 0.08, 0.08)},
    {"season_sd": (0.12, 0.12, 0.05, 0.05)},
    {"share": 0.0, "share_sd": 0.1},
    {"dispersion": 0.007, "dispersion_spread": 1.5},
    {"dispersion_spread": 0.5},
    {"cell_looks": 1.0},
    {"cell_looks": 15.0},
    {"weekday_sd": 0.001},
    {"weekday_sd": 0.06},
    {"outliers": 0.03},
)
"""What beliefs might have been instead, one or two at a time."""


def candidates() -> list[CountPrior]:
    """Beliefs to choose from."""
    return [replace(CountPrior(), **changes) for changes in ALTERNATIVES]


def held_out_likelihood(airport: Airport, prior: CountPrior) -> float:
    """Log-likelihood of an airport's quiet looks, each by a fit to old enough looks."""
    days, seen = airport.days, np.isfinite(airport.cells)
    counts = np.where(seen, airport.cells, 0.0)
    expected = expected_counts(days, counts, seen, prior)
    told = (airport.dates >= QUIET[0]) & (airport.dates < QUIET[1]) & (expected.mean > 0)
    total, mean = counts.sum(axis=1)[told], expected.mean[told]
    rest = expected.dispersion[told] + expected.variance[told]
    usual = np.log1p(-prior.outliers) + log_chance(total, mean, rest)
    strange = np.log(prior.outliers) + log_chance(total, OUTLIER_MEAN * mean, OUTLIER_DISPERSION)
    return float(np.logaddexp(usual, strange).sum())


def choose(airports: Sequence[Airport]) -> Iterator[Mapping[str, CountPrior]]:
    """For each split, and for each airport, the beliefs best for the half it is not in."""
    options = candidates()
    table: npt.NDArray[np.float64] = np.array(
        [[held_out_likelihood(one, prior) for one in airports] for prior in options]
    )
    for split in range(SPLITS):
        half = np.random.default_rng(split).permutation(len(airports)) % 2
        best = [options[int(table[:, half != own].sum(axis=1).argmax())] for own in (0, 1)]
        yield {one.name: best[own] for one, own in zip(airports, half.tolist(), strict=True)}
