"""From a rate of false alarms to the departure that counts as detection, and shares with errors.

Pure numbers, for `curve`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

CHECK_SHARE: Final = 0.2  # of quiet looks whose size is compared with what theory says
CHECK_CHANCE: Final = 0.05  # below it so many large ones are no accident
CHECK_LOOKS: Final = 10  # fewer cannot tell

Numbers = npt.NDArray[np.float64]


def threshold_z(false_alarms_per_year: float, *, series: int, looks_per_year: float) -> float:
    """Departure beyond which a look of one series counts, so that all series keep the rate.

    Args:
        false_alarms_per_year: allowed, of all series together.
        series: zones times indices that share it.
        looks_per_year: clear looks of a zone.

    Returns:
        Two-sided normal quantile, standard errors.

    Raises:
        ValueError: a number is not positive.

    Source:
        Own derivation: false alarms a year = series x looks a year x chance of one look, which is
        the two tails of a normal distribution; tests/unit/assets/detectability/test_curve.py.
    """
    if min(false_alarms_per_year, series, looks_per_year) <= 0:
        raise ValueError(
            "Expected a rate, a number of series and looks a year above 0, found "
            f"{false_alarms_per_year}, {series}, {looks_per_year}."
        )
    chance = min(false_alarms_per_year / (series * looks_per_year), 1.0)
    return float(stats.norm.isf(chance / 2))


def spread_inflation(z: Numbers) -> float:
    """Ratio of the spread of departures without planted objects to a normal one, at least 1.

    The size that CHECK_SHARE of them exceed over the same of a normal distribution, so that a few
    real events have no influence; 1 where so many large ones can be chance (binomial test).

    Args:
        z: departures in standard errors, shape (look,); NaN unknown.

    Returns:
        No unit; 1 below CHECK_LOOKS looks.

    Source:
        Own: docs/methods/detectability.md; tests/unit/assets/detectability/test_curve.py.
    """
    sizes = np.abs(z[np.isfinite(z)])
    usual = float(stats.norm.isf(CHECK_SHARE / 2))
    large = int((sizes > usual).sum())
    if len(sizes) < CHECK_LOOKS:
        return 1.0
    if stats.binomtest(large, len(sizes), CHECK_SHARE, alternative="greater").pvalue > CHECK_CHANCE:
        return 1.0
    return max(float(np.quantile(sizes, 1 - CHECK_SHARE)) / usual, 1.0)


def share_error(seen: int, tried: int) -> float:
    """Standard error of a share, above 0 also where all or none were seen.

    Args:
        seen: how many were seen.
        tried: of how many.

    Returns:
        In the unit of the share, 0..1.

    Source:
        Two successes and two failures added: Agresti and Coull 1998,
        doi:10.1080/00031305.1998.10480550
    """
    share = (seen + 2) / (tried + 4)
    return float(np.sqrt(share * (1 - share) / (tried + 4)))


def smallest_seen(lengths_m: Numbers, seen: Numbers, tried: Numbers, share: float) -> float | None:
    """Least length at which objects are seen with a probability; None if no length reaches it.

    The shares are first made to rise with length (isotonic regression weighted by the number
    tried), then interpolated in log length. It is never below the shortest length tried.

    Args:
        lengths_m: that were tried, rising.
        seen: how many of each.
        tried: how many of each; lengths with none are left out.
        share: the probability, such as 0.5.

    Returns:
        Metres.

    Raises:
        IndexError: the arrays differ in length.

    Source:
        Ayer et al. 1955, doi:10.1214/aoms/1177728423.
    """
    known = tried > 0
    if not known.any():
        return None
    length, count = lengths_m[known], tried[known]
    rising = optimize.isotonic_regression(seen[known] / count, weights=count).x
    enough = np.flatnonzero(rising >= share)
    if enough.size == 0:
        return None
    first = int(enough[0])
    if first == 0:
        return float(length[0])
    low, high = rising[first - 1], rising[first]
    part = (share - low) / (high - low)
    return float(length[first - 1] * (length[first] / length[first - 1]) ** part)
