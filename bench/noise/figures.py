"""How often and how far quiet zones seem to change, beside what their errors promise.

Pure statistics on `Values`; each docstring says what the figure would be if z were honest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.constants import MAD_TO_SIGMA
from bench.noise.measured import Values

FAR: Final = 3.0  # standard errors
HALF_FAR: Final = 2.0
SHARE: Final = (0.001, 0.01)  # of valid looks that may be far: the target of the design
RATIO: Final = (0.8, 1.2)  # of found to promised spread: the target of the design
PAIR_DAYS: Final = 15.0  # between looks that repeat each other
LIMIT: Final = 5.0  # standard errors; single outliers must not rule a figure
DRAWS: Final = 1000
SEED: Final = 1
SEASONS: Final = {
    "December to February": (12, 1, 2),
    "March to May": (3, 4, 5),
    "June to August": (6, 7, 8),
    "September to November": (9, 10, 11),
}

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Honesty:
    """How honest z is, of some values of one index.

    Attributes:
        values, looks: how many values, of how many different looks.
        spread: robust standard deviation of value minus expected, in the unit of the index;
            `rms` the plain one, which single outliers rule.
        promised: root mean square of the error that goes with it, same unit.
        z_rms, z_spread: of z, plain and robust; 1 if honest.
        pairs: successive looks of one zone and orbit within PAIR_DAYS.
        pair_rms: root mean square of the difference of such looks in their standard errors, those
            beyond LIMIT pulled in (they count as `far`); 1 if `standard_error` is the spread
            between repeated looks. `pair_spread` is robust.
        far, half_far: share of |z| beyond FAR and HALF_FAR; 0.27 % and 4.6 % of a normal one.
        far_low, far_high: 95 % interval of `far`, drawing whole looks, as zones of one look share
            its air.
        memory: correlation of z with that of the look before; 0 if looks are independent.
        shared: share of the variance of z that all zones of a look have in common.
    """

    values: int
    looks: int
    spread: float
    rms: float
    promised: float
    z_rms: float
    z_spread: float
    pairs: int
    pair_rms: float
    pair_spread: float
    far: float
    far_low: float
    far_high: float
    half_far: float
    memory: float
    shared: float

    @property
    def verdict(self) -> str:
        """Whether the share beyond FAR is what is asked for; `?` where it may yet be by chance."""
        if SHARE[0] <= self.far <= SHARE[1]:
            return "yes"
        doubt = "?" if self.far_low <= SHARE[1] and self.far_high >= SHARE[0] else ""
        return ("too many" if self.far > SHARE[1] else "too few") + doubt


def honesty(values: Values) -> Honesty:
    """Figures of values of one index; NaN where there are too few."""
    far = np.abs(values.z) > FAR
    shared = _shared(values.z, values.look)
    low, high = interval(far.astype(np.float64), values.look, np.nan_to_num(shared, nan=1.0))
    before, after = successive(values)
    near = values.day[after] - values.day[before] <= PAIR_DAYS
    first, second = before[near], after[near]
    both = np.hypot(values.error[first], values.error[second])
    difference = (values.moved[second] - values.moved[first]) / both
    return Honesty(
        values=len(values),
        looks=len(np.unique(values.look)),
        spread=_robust(values.moved),
        rms=_rms(values.moved),
        promised=_rms(values.total),
        z_rms=_rms(values.z),
        z_spread=_robust(values.z),
        pairs=len(difference),
        pair_rms=_rms(np.clip(difference, -LIMIT, LIMIT)),
        pair_spread=_robust(difference),
        far=_mean(far),
        far_low=low,
        far_high=high,
        half_far=_mean(np.abs(values.z) > HALF_FAR),
        memory=_correlation(values.z[before], values.z[after]),
        shared=shared,
    )


def interval(
    hits: Numbers, looks: npt.NDArray[np.str_], shared: float = 1.0
) -> tuple[float, float]:
    """95 % interval of a mean, by drawing whole looks with replacement.

    With no hit at all drawing again says nothing: then three in as many values as are independent
    may still be (rule of three), which is few where zones of a look share much of their errors.

    Args:
        hits: 1 or 0, shape (value,).
        looks: names, same shape.
        shared: intraclass correlation of the values of a look, 0..1.

    Source:
        Cluster bootstrap, Davison and Hinkley 1997, section 3.8; Hanley and Lippman-Hand 1983.
    """
    if not len(hits):
        return np.nan, np.nan
    _, place = np.unique(looks, return_inverse=True)
    sums, counts = np.bincount(place, hits), np.bincount(place)
    if not hits.any():
        return 0.0, min(1.0, 3.0 / len(hits) * (1 + (counts.mean() - 1) * shared))
    draws = np.random.default_rng(SEED).integers(0, len(counts), (DRAWS, len(counts)))
    shares = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    return float(np.quantile(shares, 0.025)), float(np.quantile(shares, 0.975))


def successive(values: Values) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Positions of successive looks of the same index, zone and orbit."""
    order = np.lexsort((values.day, values.orbit, values.zone, values.index))
    before, after = order[:-1], order[1:]
    same = (
        (values.index[before] == values.index[after])
        & (values.zone[before] == values.zone[after])
        & (values.orbit[before] == values.orbit[after])
    )
    return before[same], after[same]


def by_size(values: Values) -> Iterator[tuple[str, Values]]:
    """Values by area of the zone, small ones first."""
    limits = (0.0, 5_000.0, 15_000.0, 50_000.0, np.inf)
    names = ("50 m", "100 m", "200 m", "larger")
    for name, low, high in zip(names, limits[:-1], limits[1:], strict=True):
        inside = (values.area_m2 > low) & (values.area_m2 <= high)
        if inside.any():
            yield name, values.where(inside)


def by_season(values: Values) -> Iterator[tuple[str, Values]]:
    """Values by quarter of the year."""
    for name, months in SEASONS.items():
        inside = np.isin(values.month, months)
        if inside.any():
            yield name, values.where(inside)


def by_group(values: Values) -> Iterator[tuple[str, Values]]:
    """Values by the group of their zones."""
    for name in np.unique(values.group):
        yield str(name), values.where(values.group == name)


def _rms(numbers: Numbers) -> float:
    return float(np.sqrt(np.mean(numbers**2))) if len(numbers) else np.nan


def _robust(numbers: Numbers) -> float:
    return float(MAD_TO_SIGMA * np.median(np.abs(numbers))) if len(numbers) else np.nan


def _mean(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else np.nan


def _correlation(before: Numbers, after: Numbers) -> float:
    """Of z with the z before it, outliers pulled in; NaN where one of them never varies."""
    pair = np.clip(np.stack([before, after]), -LIMIT, LIMIT)
    if pair.shape[1] < 3 or (np.ptp(pair, axis=1) == 0).any():  # noqa: PLR2004 - a line has no spread
        return np.nan
    return float(np.asarray(np.corrcoef(pair))[0, 1])


def _shared(z: Numbers, looks: npt.NDArray[np.str_]) -> float:
    """Share of the variance between looks, by one-way analysis of variance, outliers pulled in."""
    names, place = np.unique(looks, return_inverse=True)
    count = np.bincount(place)
    if len(names) < 3 or (count < 2).all():  # noqa: PLR2004 - nothing to compare
        return np.nan
    pulled = np.clip(z, -LIMIT, LIMIT)
    mean = np.bincount(place, pulled) / count
    within = ((pulled - mean[place]) ** 2).sum() / max(len(z) - len(names), 1)
    between = (count * (mean - pulled.mean()) ** 2).sum() / (len(names) - 1)
    size = (len(z) - (count**2).sum() / len(z)) / (len(names) - 1)
    across = max((between - within) / size, 0.0)
    return float(across / (across + within)) if across + within > 0 else np.nan
