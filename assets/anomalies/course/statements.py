"""Which statement on a site its shares of the usual allow. Pure.

One is made where clear looks agree and the interval lies in one band of shares; else it is too
early to tell, or nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Final, Literal

from assets.anomalies.course.history import AGREEING_LOOKS_MIN, LOOKS_DAYS, CoverHistory
from assets.anomalies.course.shares import EMPTY_ERROR, LookShare

Statement = Literal[
    "empty",
    "mostly_gone",
    "drawing_down",
    "as_usual",
    "building_up",
    "change",
    "too_early_to_tell",
    "unknown",
]
EMPTY, MOSTLY_GONE = 0.10, 0.40  # of the usual, up to which; issue 18
BANDS: Final[tuple[tuple[Statement, float], ...]] = (
    ("empty", EMPTY),
    ("mostly_gone", MOSTLY_GONE),
    ("drawing_down", 0.80),
    ("as_usual", 1.25),
    ("building_up", math.inf),
)
"""Statements by share of the usual, each up to its limit; issue 18."""
INTERVAL_Z: Final = 1.28  # standard errors of the interval of 80 %; issue 18
ALIKE: Final = 0.5  # of the variance of looks near each other, in common; fitted on worlds 1 to 39


@dataclass(frozen=True, slots=True)
class UndatedStatement:
    """A statement with its numbers, before it is dated."""

    statement: Statement
    reason: str
    looks: int = 0
    share: float | None = None
    low: float | None = None
    high: float | None = None


def band_of(share: float) -> Statement:
    """The statement of the band that a share lies in.

    Args:
        share: covered area over the usual covered area, no unit.

    Raises:
        StopIteration: the share is infinite or no number.

    Source:
        The project's own bands: docs/methods/alerts.md, "The course of a site"; held by
        tests/unit/assets/anomalies/test_statements.py.
    """
    return next(name for name, limit in BANDS if share < limit)


def statement_of_history(known: CoverHistory) -> UndatedStatement:
    """The statement that the newest clear looks of a site allow.

    Args:
        known: what is known of the site so far.

    Returns:
        A statement of BANDS where the interval of 80 % lies in one band; else "too_early_to_tell"
        or "unknown", with the reason in words.

    Source:
        The project's own method: docs/methods/alerts.md, "The course of a site"; held by
        tests/unit/assets/anomalies/test_statements.py.
    """
    if known.looks and (old := known.days_since(known.looks[-1])) > LOOKS_DAYS:
        return UndatedStatement("unknown", f"no clear look for {old:.0f} days")
    usual = known.usual_zones()
    if not usual:
        return UndatedStatement("unknown", _why_unknown(known))
    newest = dict(known.newest_shares(usual))
    shares = list(newest.values())
    if not shares:
        return UndatedStatement("unknown", "no clear look shows enough of the site")
    if len(shares) < AGREEING_LOOKS_MIN:
        reason = "only one clear look shows it so far"
        return UndatedStatement("too_early_to_tell", reason, 1, shares[0].value)
    said = _statement_from_shares(shares)
    if said.statement == "as_usual" and known.is_exchanged(usual, newest):
        reason = "as much as usual is there, but not the same"
        return replace(said, statement="change", reason=reason)
    return said


def _why_unknown(known: CoverHistory) -> str:
    """Why no covered area is known."""
    if known.zones:
        return "the covered area of no zone is known well enough"
    if not known.seen:
        return "no zone on which things stand was seen yet"
    if known.learning == known.seen:
        return "still learning what is usual"
    return "zones are too small, or what stands there never changes"


def _statement_from_shares(shares: Sequence[LookShare]) -> UndatedStatement:
    """Statement by the mean of the shares of looks that agree, and its interval of 80 %."""
    share = mean(one.value for one in shares)
    own, usual, model = (
        mean(getattr(one, name) for one in shares) for name in ("own", "usual", "model")
    )
    own *= share * math.sqrt(ALIKE + (1.0 - ALIKE) / len(shares))
    usual *= share
    model *= 4.0 * abs(1.0 - share) * min(share, 1.0)  # none where nothing has gone, or all
    error = math.hypot(own, usual, model, EMPTY_ERROR)
    low, high = max(share - INTERVAL_Z * error, 0.0), share + INTERVAL_Z * error
    said = UndatedStatement("too_early_to_tell", "", len(shares), share, low, high)
    is_mostly_gone = share >= EMPTY and high < MOSTLY_GONE  # whether anything is left is open
    if band_of(low) != band_of(high) and not is_mostly_gone:
        reason = f"the looks leave open anything from {low:.0%} to {high:.0%} of the usual"
        return replace(said, reason=reason)
    return replace(said, statement=band_of(share), reason=f"{len(shares)} clear looks agree")
