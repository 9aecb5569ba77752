"""Which past looks a month is compared with, and whether they are enough.

Pure numbers: days go in, decisions come out.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from assets.constants import YEAR_DAYS
from resources.models import Month

QUARTER_MONTHS: Final = 3  # expectations are learnt anew each quarter of the calendar
WINDOW_MONTHS: Final = 24 - (QUARTER_MONTHS - 1)
"""Before a quarter: all of it lies in the two years before each of its months (the design)."""
GAP_MONTHS: Final = 1  # the month before is left out, so that a new state is not yet the normal one
LOOKS_MIN: Final = 8  # clear looks of a zone; fewer leave no spread to judge by: "learning"
ROUND_YEAR_GAP_DAYS: Final = 120.0  # no stretch of the year longer than this without any look:
# its middle is then bridged from looks at most two months away on either side
SEASON_DAYS: Final = 45.0  # days of the year that count as the same season; half a season
SEASON_LOOKS_MIN: Final = 2  # of the same season: winter says little about June
LOOKS_MAX: Final = 72  # of the window; more cost time and lower errors by under a tenth


def quarter_of(month: Month) -> Month:
    """The first month of the quarter that a month lies in."""
    return Month(month.year, month.month - (month.month - 1) % QUARTER_MONTHS)


def is_enough(days: npt.NDArray[np.float64], day: float) -> bool:
    """Whether clear looks on some days let expect what another day shows.

    Either SEASON_LOOKS_MIN of them are of its season, or they go round the year.
    """
    apart = np.abs((day - days + YEAR_DAYS / 2) % YEAR_DAYS - YEAR_DAYS / 2)
    is_known = int((apart <= SEASON_DAYS).sum()) >= SEASON_LOOKS_MIN
    return len(days) >= LOOKS_MIN and (is_known or longest_gap(days) <= ROUND_YEAR_GAP_DAYS)


def spread_over(count: int, most: int = LOOKS_MAX) -> npt.NDArray[np.intp]:
    """Positions of at most so many looks, evenly spread over them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def longest_gap(days: npt.NDArray[np.float64]) -> float:
    """Longest stretch of the year without a look, in days; the whole year without any look."""
    if len(days) == 0:
        return YEAR_DAYS
    places = np.sort(days % YEAR_DAYS)
    return float(np.diff(places, append=places[0] + YEAR_DAYS).max())
