"""Which past looks a month is compared with, and whether they are enough.

Pure, on days.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from assets.constants import YEAR_DAYS

WINDOW_MONTHS: Final = 24  # the trailing window: each season twice
PERIOD_MONTHS: Final = 2  # of the calendar that one baseline serves; twice as quick as one month
GAP_MONTHS: Final = 1  # before them are left out, so that a new state is not yet the normal one
BASELINE_LOOKS_MIN: Final = 8  # clear looks of a zone; fewer leave no spread: "learning"
SEASON_GAP_DAYS: Final = 90.0  # days of the year without a look that can be bridged: one season
LOOKS_MAX: Final = 72  # of the window, a limit to time and memory; chosen


def is_season_known(days: npt.NDArray[np.float64], day: float) -> bool:
    """Whether there are enough past looks, and some near the season of a day, to expect its look.

    Args:
        days: of past clear looks, days since any epoch, shape (look,).
        day: that is judged, same epoch.

    Returns:
        Whether there are enough, and the stretch of the year round the day that holds none of
        them is at most SEASON_GAP_DAYS long.

    Source:
        Own: docs/methods/expectation.md; tests/unit/assets/activity/test_past_days.py.
    """
    if len(days) < BASELINE_LOOKS_MIN:
        return False
    ahead = (days - day) % YEAR_DAYS
    return bool(ahead.min() + (YEAR_DAYS - ahead.max()) <= SEASON_GAP_DAYS)


def evenly_spaced_positions(count: int, most: int = LOOKS_MAX) -> npt.NDArray[np.intp]:
    """Positions of at most so many looks, evenly spread over them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))
