"""What is usual of each zone, and the share of it that one look shows, with errors. Pure.

`history` decides which looks are taken together, `statements` what may be said of them.
"""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from resources.lake.question_rows import SeriesRow

EMPTY_ERROR: Final = 0.03  # of the share of emptied ground; fitted on worlds 1 to 39
MODEL_ERROR: Final = (
    0.25  # of a zone of which half is left: roughness is not even; fitted on worlds 1 to 39
)
KNOWN_PART: Final = (
    0.6  # error over usual covered area up to which a zone counts; fitted on worlds 1 to 39
)
SEEN_PART: Final = 0.5  # of the usual covered area that a look must show


@dataclass(frozen=True, slots=True)
class LookShare:
    """Share of the usual that one look shows, with errors over it: what is less scatters less.

    Attributes:
        value: the share.
        own: error of the look.
        usual: error of what is usual.
        model: error where half is left.
    """

    value: float
    own: float
    usual: float
    model: float

    def error(self, share: float) -> float:
        """Standard error of a look that shows this share."""
        return math.hypot(self.own * share, EMPTY_ERROR)


@dataclass(slots=True)
class UsualCover:
    """What is usual of a zone: its covered area, m2, and errors of one look and of the usual.

    Errors are the middle ones of all looks: those of a look that departs are stretched by it.
    """

    newest: dt.datetime
    area: float = 0.0
    own_errors: list[float] = field(default_factory=list)
    usual_errors: list[float] = field(default_factory=list)

    def take(self, row: SeriesRow) -> None:
        """Take in the row of one more look."""
        bisect.insort(self.own_errors, float(row["standard_error"]))
        bisect.insort(self.usual_errors, float(row["expected_error"]))
        if row["sensed_at"] >= self.newest:
            self.newest, self.area = row["sensed_at"], usual_covered_area(row)

    @property
    def own(self) -> float:
        """Error of one look, m2."""
        return median(self.own_errors)

    @property
    def usual(self) -> float:
        """Error of what is usual, m2."""
        return median(self.usual_errors)

    @property
    def is_known(self) -> bool:
        """Whether errors are small beside what is usual."""
        return self.area > 0 and math.hypot(self.own, self.usual) <= KNOWN_PART * self.area


def look_share(rows: Mapping[str, SeriesRow], usual: Mapping[str, UsualCover]) -> LookShare | None:
    """Share of the usual covered area that one look shows, with its errors.

    Args:
        rows: rows of covered area of the look, m2, by zone id.
        usual: what is usual of the zones that are known, by zone id; others say nothing.

    Returns:
        Covered area over usual covered area of the zones seen, summed before they are divided; None
        where the look shows less than SEEN_PART of what is usual.

    Source:
        The project's own method: docs/methods/alerts.md, "The course of a site"; held by
        tests/unit/assets/anomalies/test_shares.py.
    """
    mine = [zone_id for zone_id in rows if zone_id in usual]
    total = sum(usual_covered_area(rows[zone_id]) for zone_id in mine)
    if total <= 0 or total < SEEN_PART * sum(zone.area for zone in usual.values()):
        return None
    value = sum(float(rows[zone_id]["value"]) for zone_id in mine)
    own = math.hypot(*(usual[zone_id].own for zone_id in mine))
    expected = math.hypot(*(usual[zone_id].usual for zone_id in mine))
    model = MODEL_ERROR * math.hypot(*(usual_covered_area(rows[zone_id]) for zone_id in mine))
    return LookShare(value / total, own / total, expected / total, model / total)


def usual_covered_area(row: SeriesRow) -> float:
    """Usual covered area, m2."""
    return float(row["value"] - row["departure"])
