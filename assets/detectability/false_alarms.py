"""From a rate of false alarms to the departure that counts as detection, and shares with errors.

Pure numbers. What they are computed from is `curve`'s job.
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
    """Departure beyond which a look of one series counts: then all keep the rate together.

    Args:
        false_alarms_per_year: allowed, of all series together.
        series: zones times indices that share it.
        looks_per_year: clear looks of a zone.

    Returns:
        Two-sided normal quantile, standard errors.

    Raises:
        ValueError: a number is not positive.
    """
    if min(false_alarms_per_year, series, looks_per_year) <= 0:
        raise ValueError(
            "Expected a rate, a number of series and looks a year above 0, found "
            f"{false_alarms_per_year}, {series}, {looks_per_year}."
        )
    chance = min(false_alarms_per_year / (series * looks_per_year), 1.0)
    return float(stats.norm.isf(chance / 2))


def spread_inflation(z: Numbers) -> float:
    """How much wider than normal the departures of looks without planted objects are, at least 1.

    The size that CHECK_SHARE of them exceed over the size it should be: real events, which are few,
    have no say. 1 as long as their number could be chance.
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
    """Standard error of a share, not 0 where all or none were seen.

    Source:
        Two successes and two failures added: Agresti and Coull 1998,
        doi:10.1080/00031305.1998.10480550
    """
    share = (seen + 2) / (tried + 4)
    return float(np.sqrt(share * (1 - share) / (tried + 4)))


def smallest_seen(lengths_m: Numbers, seen: Numbers, tried: Numbers, share: float) -> float | None:
    """Length from which objects are seen with a probability, None if none up to the largest is.

    The shares are first made to rise with length (isotonic regression weighted by the number
    tried: Ayer et al. 1955, doi:10.1214/aoms/1177728423), then interpolated in log length. The
    shortest length tried is the least that can be said.

    Args:
        lengths_m: that were tried, rising.
        seen: how many of each.
        tried: how many of each; lengths with none are left out.
        share: the probability, such as 0.5.
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
