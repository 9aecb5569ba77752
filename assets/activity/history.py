"""Which past looks a month is compared with, and how much each of them weighs.

Pure numbers: ages in days go in, positions and weights come out.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from assets.constants import YEAR_DAYS

WINDOW_MONTHS: Final = 24  # the trailing window of the design, section 1
GAP_MONTHS: Final = 1  # the month before is left out, so that a new state is not yet the normal one
LOOKS_MIN: Final = 8  # fewer clear looks of an orbit: "learning"
SEASON_LOOKS_MIN: Final = 2  # of the same time of year: winter says little about June
SEASON_DAYS: Final = 45.0  # days of the year that count as the same time
ROUND_YEAR_GAP_DAYS: Final = 120.0  # no stretch of the year longer than this without any look:
# its middle is then bridged by harmonics from looks at most two months away on either side
ORBIT_LOOKS: Final = 4  # at least, of each orbit
LOOKS_MAX: Final = 24  # of the best weights; more cost time and bring little
SEASON_WIDTH_DAYS: Final = 45.0  # standard deviation of the weight over the day of the year
SEASON_FLOOR: Final = 0.3  # a look of the opposite season against one of the same
AGE_HALF_LIFE_DAYS: Final = 730.0


def days_from_season(age_days: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far apart in the year two days are that lie `age_days` apart: 0..183 days."""
    return np.asarray(np.abs((age_days + YEAR_DAYS / 2) % YEAR_DAYS - YEAR_DAYS / 2))


def look_weights(age_days: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weight of past looks by season and age.

    Args:
        age_days: days from each look to the moment that is judged, positive for the past.

    Returns:
        Positive weights of the same shape, 1 at most; looks of the same time of year weigh most.
    """
    near = np.exp(-0.5 * (days_from_season(age_days) / SEASON_WIDTH_DAYS) ** 2)
    season = SEASON_FLOOR + (1 - SEASON_FLOOR) * near
    return np.asarray(season * 0.5 ** (age_days / AGE_HALF_LIFE_DAYS), dtype=np.float64)


def choose_looks(
    age_days: npt.NDArray[np.float64], orbits: npt.NDArray[np.int64] | None = None
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Positions of the looks to compare with, best first, and their weights.

    Looks of all relative orbits teach the season together; what an orbit shows beyond the others
    only its own looks tell, so that each that is told of has some.

    Args:
        age_days: days from each look to the moment that is judged, positive for the past.
        orbits: relative orbit of each, same shape; all of one if None.

    Returns:
        At most LOOKS_MAX positions, of the orbits alone that have LOOKS_MIN looks which either
        hold SEASON_LOOKS_MIN of the same time of year or go round the year.
    """
    if orbits is None:
        orbits = np.zeros(len(age_days), np.int64)
    weights = look_weights(age_days)
    taught = [orbit for orbit in np.unique(orbits) if _are_enough(age_days[orbits == orbit])]
    order = np.argsort(-weights, kind="stable")
    order = order[np.isin(orbits[order], taught)]
    is_first = np.zeros(len(order), bool)
    for orbit in taught:
        is_first[np.flatnonzero(orbits[order] == orbit)[:ORBIT_LOOKS]] = True
    rest = np.flatnonzero(~is_first)[: max(LOOKS_MAX - int(is_first.sum()), 0)]
    chosen = order[np.sort(np.concatenate([np.flatnonzero(is_first), rest]))]
    return chosen, weights[chosen]


def _are_enough(age_days: npt.NDArray[np.float64]) -> bool:
    """Whether looks of one orbit tell what its next shows."""
    in_season = int((days_from_season(age_days) <= SEASON_DAYS).sum())
    is_known = in_season >= SEASON_LOOKS_MIN or longest_gap(age_days) <= ROUND_YEAR_GAP_DAYS
    return len(age_days) >= LOOKS_MIN and is_known


def longest_gap(age_days: npt.NDArray[np.float64]) -> float:
    """Longest stretch of the year without a look, in days; the whole year without any look."""
    if len(age_days) == 0:
        return YEAR_DAYS
    places = np.sort(age_days % YEAR_DAYS)
    return float(np.diff(places, append=places[0] + YEAR_DAYS).max())
