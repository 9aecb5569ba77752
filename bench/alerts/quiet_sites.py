"""Quiet sites made up: departures of several zones and indices in which nothing happens.

Made apart from what the product assumes of series; what the test says of them is counted in
`simulated`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special, stats

from assets.anomalies.departures.panel import Floats, Panel, panel_of_z
from assets.constants import YEAR_DAYS

ZONES: Final = 5  # of a site, unless stated
INDICES: Final = 5
REVISITS: Final = (5.0, 5.0, 5.0, 5.0, 10.0, 15.0, 40.0)  # days between clear looks
REVISIT_CHANCES: Final = (0.18, 0.18, 0.18, 0.18, 0.15, 0.1, 0.03)
SPREADS: Final = (0.6, 1.0)  # of z on quiet ground
COMMON: Final = (0.15, 0.15, 0.15)  # of the variance: by look, by look and index, look and zone

Made = Callable[[np.random.Generator, Floats, Floats], Floats]


@dataclass(frozen=True, slots=True)
class Sites:
    """Quiet sites side by side.

    Attributes:
        days: when looks were, shape (site, look).
        z: departures, shape (site x series, look), the zones of an index next to each other.
        zones: of each site.
    """

    days: Floats
    z: Floats
    zones: int

    @property
    def series(self) -> int:
        """Of each site."""
        return self.zones * INDICES

    @property
    def panel(self) -> Panel:
        """All of them, each index of a site a group, as the product has them."""
        days = np.repeat(self.days, self.series, axis=0)
        return site_panel(days, self.z, index=self.zones, site=self.series)


def site_panel(days: Floats, z: Floats, *, index: int, site: int) -> Panel:
    """Series of sites side by side, so many an index, which is a group, and so many a site."""
    groups, sites = (np.arange(0, len(z), rows) for rows in (index, site))
    return panel_of_z(days, z, groups=groups, sites=sites)


def make_sites(
    kind: str, sites: int, years: float, seed: int, *, zones: int = ZONES, cloud: float = 1.0
) -> Sites:
    """Quiet sites of one kind of series.

    Args:
        kind: a key of KINDS.
        sites: how many.
        years: length of each.
        seed: of the draws; the same gives the same.
        zones: of each.
        cloud: times the usual days from one clear look to the next.
    """
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    pace = float(np.dot(REVISITS, REVISIT_CHANCES)) * cloud
    gaps = rng.choice(REVISITS, (sites, int(years * YEAR_DAYS / pace)), p=REVISIT_CHANCES)
    days = np.cumsum(gaps * cloud, axis=1)
    z = KINDS[kind](rng, _related(rng, sites, zones, days.shape[1]), days)
    spread = rng.uniform(*SPREADS, (sites, zones, INDICES, 1))
    by_index = np.swapaxes(z * spread, 1, 2)
    return Sites(days, by_index.reshape(sites * zones * INDICES, -1), zones)


def _related(rng: np.random.Generator, sites: int, zones: int, looks: int) -> Floats:
    """Standard normal numbers, alike within a look, shape (site, zone, index, look)."""
    shapes = ((1, 1), (1, INDICES), (zones, 1), (zones, INDICES))
    parts = (*COMMON, 1 - sum(COMMON))
    return np.asarray(
        sum(
            np.sqrt(part) * rng.normal(size=(sites, *shape, looks))
            for part, shape in zip(parts, shapes, strict=True)
        )
    )


def wandering(
    rng: np.random.Generator, fresh: Floats, days: Floats, share: float, scale: float
) -> Floats:
    """Normal numbers of which a share of the variance lasts for a scale of days."""
    wander = _related(rng, len(days), fresh.shape[1], days.shape[1])
    kept = np.exp(-np.diff(days, axis=1) / scale)[:, None, None]
    for look in range(1, days.shape[1]):
        part = kept[..., look - 1]
        wander[..., look] = part * wander[..., look - 1] + np.sqrt(1 - part**2) * wander[..., look]
    return np.asarray(np.sqrt(share) * wander + np.sqrt(1 - share) * fresh)


def _near_normal(_rng: np.random.Generator, x: Floats, _days: Floats) -> Floats:
    return x


def _heavy(_rng: np.random.Generator, x: Floats, _days: Floats) -> Floats:
    """Student's t of 4 degrees of freedom, of variance 1."""
    return np.asarray(stats.t.ppf(special.ndtr(x), 4) / np.sqrt(2))


def _wild(rng: np.random.Generator, x: Floats, _days: Floats) -> Floats:
    """One look of 200 wild over all zones of an index, and one of 200 in one series."""
    sites, zones, indices, looks = x.shape
    wild = rng.random((sites, 1, indices, looks)) < 0.005  # noqa: PLR2004
    wild = wild | (rng.random((sites, zones, indices, looks)) < 0.005)  # noqa: PLR2004
    return np.asarray(x * np.where(wild, 5.0, 1.0))


def _autocorrelated(rng: np.random.Generator, x: Floats, days: Floats) -> Floats:
    return wandering(rng, x, days, 0.5, 30.0)


def _sparse(rng: np.random.Generator, x: Floats, _days: Floats) -> Floats:
    """An area that is 0 on most looks and exponential on the others."""
    part = rng.uniform(0.15, 0.35, (*x.shape[:3], 1))
    above = np.maximum(special.ndtr(-x), 1e-300)
    area = np.maximum(-np.log(above / part), 0.0)
    return np.asarray((area - part) / np.sqrt(2 * part - part**2))


def _share(rng: np.random.Generator, x: Floats, days: Floats) -> Floats:
    """A share of a zone, near its bound in some, wandering a little."""
    middle = rng.uniform(-2.5, 0.0, (*x.shape[:3], 1))
    share = special.expit(middle + 0.6 * wandering(rng, x, days, 0.25, 30.0))
    apart = share - share.mean(axis=3, keepdims=True)
    return np.asarray(apart / share.std(axis=3, keepdims=True))


def _laplace(_rng: np.random.Generator, x: Floats, _days: Floats) -> Floats:
    return np.asarray(np.sign(x) * -np.log(2 * special.ndtr(-np.abs(x))) / np.sqrt(2))


def _lognormal_area(rng: np.random.Generator, x: Floats, _days: Floats) -> Floats:
    """An area that is 0 on four looks of five and log-normal on the fifth."""
    above = np.maximum(special.ndtr(-x) / 0.2, 1e-300)
    area = np.where(above < 1, np.exp(0.8 * -special.ndtri(np.minimum(above, 1.0))), 0.0)
    mean = 0.2 * np.exp(0.32)
    variance = 0.2 * np.exp(1.28) - mean**2
    del rng
    return np.asarray((area - mean) / np.sqrt(variance))


def _seasonal_spread(_rng: np.random.Generator, x: Floats, days: Floats) -> Floats:
    """Twice as wide in one half of the year as in the other."""
    wave = np.sin(2 * np.pi * days / YEAR_DAYS)
    return np.asarray(x * (1 + wave / 3)[:, None, None])


KINDS: Final[dict[str, Made]] = {
    "near normal": _near_normal,
    "heavy tails (t, 4)": _heavy,
    "wild looks": _wild,
    "autocorrelated": _autocorrelated,
    "sparse area": _sparse,
    "bounded share": _share,
    "Laplace": _laplace,
    "log-normal area": _lognormal_area,
    "spread with season": _seasonal_spread,
}
"""The last two are of no kind that `surface` was fitted to."""
