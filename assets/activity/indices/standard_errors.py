"""Errors of indices from the departures of past looks, and departures in units of these errors.

Pure numbers; `zone_meter` and `baseline` choose pixels and looks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats
from assets.activity.indices.indices import IndexName
from assets.constants import MAD_TO_SIGMA

PAST_MIN: Final = 8  # past looks; fewer tell no spread that three sigma could be told of
PRIOR_LOOKS: Final = 6.0
"""Past looks that the scatter of like ground counts for; chosen, not yet fitted."""
REPEAT_DAYS: Final = 15.0  # within them little but the look itself changes; three revisits
CAP_SIGMA: Final = 3.0  # departures of the past count up to here in a spread
TAIL_DOF: Final = 10.0  # no unit; fitted on worlds 2 to 12
"""Degrees of freedom of the tails of quiet ground (haze that masks miss, mowing, wet days); of 5 to
20, best on worlds 2 to 12 by the share beyond three sigma at a spread of 1."""
TAIL_UNIT: Final = float(stats.t.ppf(0.75, TAIL_DOF) / stats.norm.ppf(0.75))
"""Of their scale in a robust standard deviation."""
CAP_SHARE: Final = 1.114  # E min(|t|, CAP_SIGMA)^2 of them, in robust standard deviations
SPREAD_FLOORS: Final[dict[IndexName, float]] = {
    # less would be luck
    "brightness": 0.0004,  # reflectance; a few radiometric steps of Level-2A (1e-4)
    "ndvi": 0.0015,  # no unit; as brightness over reflectance of some 0.25
    "bare_soil": 0.0015,  # as ndvi
    "built_up": 0.0015,  # as ndvi
    "texture": 0.00015,  # reflectance; a radiometric step
    "changed_area": 200.0,  # m2: two pixels
    "covered_area": 200.0,  # m2: two pixels
    "turnover": 200.0,  # m2: two pixels
    "objects_small": 0.15,  # objects; one in doubt
    "objects_medium": 0.15,  # as objects_small
    "objects_large": 0.15,  # as objects_small
    "movers": 0.15,  # as objects_small
    "pattern": 0.02,  # share; a few pixels in a zone of some hundred
    "novelty": 0.05,  # logarithm of a mean square; a twentieth of it
}
TINY: Final = 1e-12  # in place of 0, under a fraction
LARGEST: Final = 0.25  # chance that the largest of normal departures lies above its bound


@dataclass(frozen=True, slots=True)
class JudgedValue:
    """A value and its departure; z = departure / both errors together."""

    value: float
    departure: float
    standard_error: float
    expected_error: float
    z: float
    baseline_n: int


@dataclass(frozen=True, slots=True)
class PastSpread:
    """How far an index of a zone departed in past looks, each left out of its own expectation.

    Attributes:
        spread: robust standard deviation of a usual look, in the unit of the index.
        repeats: of looks soon after each other, in the same unit.
        dof: degrees of freedom of its tails.
        looks: past looks behind it.
    """

    spread: float
    repeats: float
    dof: float
    looks: int


def past_spread(
    departures: Floats, days: Floats, *, prior: float, unknowns: float, floor: float
) -> PastSpread | None:
    """The spread of past departures, drawn to that of like ground as far as they are few.

    Args:
        departures: of the past looks in usual scatter, shape (look,); NaN where unknown.
        days: when they were seen, same shape.
        prior: standard deviation that like ground lets expect, same unit; NaN unknown.
        unknowns: degrees of freedom that the expectation took.
        floor: least spread taken for real, same unit.

    Returns:
        None where fewer than PAST_MIN are known.

    Raises:
        IndexError: PAST_MIN or more are known, and `days` is of another shape.

    Source:
        Variances moderated as by Smyth 2004, doi:10.2202/1544-6115.1027.
    """
    known = np.isfinite(departures)
    looks = int(known.sum())
    if looks < PAST_MIN:
        return None
    values = departures[known]
    own = _robust_spread(values)
    dof = max(looks * _independent_share(values) - unknowns, 1.0)
    draw = PRIOR_LOOKS if math.isfinite(prior) and prior > 0 else 0.0
    square = (dof * own**2 + draw * (prior**2 if draw else 0.0)) / (dof + draw)
    spread = max(math.sqrt(square), floor)
    tails = 1.0 / (1.0 / (dof + draw) + 1.0 / TAIL_DOF)
    return PastSpread(spread, _between_repeats(values, days[known], spread), tails, looks)


def judge_departure(
    value: float, departure: float, past: PastSpread, *, noise: float, doubt: float, others: float
) -> JudgedValue:
    """A departure beside those of the past looks, with errors that hold whatever its size.

    Quiet ground has Student's tails, heavier where few looks give its spread: the total error grows
    with the departure so that z is as rare as a normal one.

    The standard error is the spread between looks soon after each other; the rest of the total,
    with the uncertainty of a spread from few looks, is the error of the expectation.

    Args:
        value: of the index.
        departure: what is left of it beyond expectation, level and season.
        past: of the past looks.
        noise: how much more than usual like ground scatters today.
        doubt: variance of the expectation for this day over that of one look.
        others: further variance of the departure, in the unit of the index squared.

    Raises:
        ZeroDivisionError: the spread or the noise is 0, and `others` too.

    Source:
        Student 1908, doi:10.1093/biomet/6.1.1; tails and parts of the error: own,
        docs/methods/normalisation.md, tests/unit/assets/activity/test_standard_errors.py.
    """
    one = past.spread * noise
    scale = math.sqrt(one**2 * (1.0 + doubt) + others)
    scale /= TAIL_UNIT
    whole = scale * robust.student_stretch(departure / scale, past.dof)
    own = min(past.repeats * noise, whole)
    rest = math.sqrt(max(whole**2 - own**2, 0.0))
    return JudgedValue(value, departure, own, rest, departure / whole, past.looks)


def judge_count(
    value: float, past: Floats, *, noise: float, floor: float, is_rare: bool = False
) -> JudgedValue | None:
    """A count or an area of patches beside those of the past looks.

    Args:
        value: of today.
        past: of the past looks, shape (look,), NaN where they say nothing.
        noise: how much more than usual like ground scatters today, at least 1.
        floor: least spread taken for real, in the unit of the values.
        is_rare: the values are 0 on most looks and large on a few.

    Returns:
        None from fewer than PAST_MIN past looks.

    Raises:
        ZeroDivisionError: all past values are alike, and the floor is 0.

    Source:
        Prediction by Student's t: Student 1908, doi:10.1093/biomet/6.1.1; rare values: own,
        docs/methods/normalisation.md.
    """
    values = past[np.isfinite(past)]
    if len(values) < PAST_MIN:
        return None
    expected = float(values.mean())
    spread = max(math.sqrt(float(values.var(ddof=1))), floor)
    if is_rare:
        spread = max(spread, _largest_of_normal(np.abs(values - expected)))
    return _judge_beside_past(value, expected, spread * noise, len(values))


def judge_cover(value: float, past: Floats, *, noise: float, floor: float) -> JudgedValue | None:
    """The covered area of a zone beside that of past looks: their median, and the scatter about it.

    Single looks with haze or long shadows give far too large areas, which a median ignores.

    Args:
        value: of today, m2.
        past: of the past looks, m2, shape (look,), NaN where they say nothing.
        noise: how much more than usual like ground scatters today, at least 1.
        floor: least spread taken for real, m2.

    Returns:
        None from fewer than PAST_MIN past looks.

    Raises:
        ZeroDivisionError: most past values are alike, and the floor is 0.

    Source:
        Median and median absolute deviation: Hampel 1974, doi:10.1080/01621459.1974.10482962.
    """
    values = past[np.isfinite(past)]
    if len(values) < PAST_MIN:
        return None
    expected = float(np.median(values))
    spread = max(MAD_TO_SIGMA * float(np.median(np.abs(values - expected))), floor)
    return _judge_beside_past(value, expected, spread * noise, len(values))


def _judge_beside_past(value: float, expected: float, spread: float, count: int) -> JudgedValue:
    """A value beside the middle of so many past ones."""
    scale = spread * math.sqrt(1.0 + 1.0 / count)
    whole = scale * robust.student_stretch((value - expected) / scale, count - 1.0)
    rest = math.sqrt(max(whole**2 - spread**2, 0.0))
    return JudgedValue(value, value - expected, spread, rest, (value - expected) / whole, count)


def _largest_of_normal(sizes: Floats) -> float:
    """Standard deviation at which the largest of so many normal departures would be as large.

    Patches that come and go have tails far above normal ones, which a mean square understates.
    """
    return float(sizes.max()) / float(stats.norm.isf(LARGEST / 2 / (len(sizes) + 1.0)))


def _between_repeats(values: Floats, days: Floats, spread: float) -> float:
    """Standard deviation of one look, from looks at most REPEAT_DAYS apart.

    Drawn to the whole spread by one pair. What both looks of a pair share is error of the
    expectation and not counted here.
    """
    order = np.argsort(days, kind="stable")
    near = np.diff(days[order]) <= REPEAT_DAYS
    if not near.any():
        return spread
    apart = np.diff(values[order])[near] / math.sqrt(2.0)
    count = len(apart)
    square = (count * _robust_spread(apart) ** 2 + spread**2) / (count + 1)
    return min(math.sqrt(square), spread)


def _independent_share(values: Floats) -> float:
    """Share of looks that count as independent, from their correlation (Bartlett 1946)."""
    square = float((values**2).sum())
    memory = float((values[1:] * values[:-1]).sum()) / square if square > 0 else 0.0
    memory = max(memory, 0.0)
    return (1.0 - memory) / (1.0 + memory)


def _robust_spread(values: Floats) -> float:
    """Robust standard deviation round zero, single values beyond CAP_SIGMA pulled in."""
    by_median = MAD_TO_SIGMA * float(np.median(np.abs(values)))
    cap = CAP_SIGMA * max(by_median, TINY)
    return math.sqrt(float(np.mean(np.clip(values, -cap, cap) ** 2)) / CAP_SHARE)
