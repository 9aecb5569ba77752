"""What is known of a site so far: its looks, covered areas by look, and what is usual. Pure.

Rows are taken in one by one; which statement they allow is decided in `statements`.
"""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Final

from assets.activity.usual.covered_area import NEVER_CHANGES
from assets.anomalies.change_tests.series import LookKey
from assets.anomalies.course.shares import SEEN_PART, LookShare, UsualCover, look_share
from resources.lake.question_rows import SeriesRow

AGREEING_LOOKS_MIN: Final = 2  # clear ones that must agree; issue 18
LOOKS_MAX: Final = 4  # newest ones that are taken together; fitted on worlds 1 to 39
LOOKS_DAYS: Final = 45.0  # that they may lie apart; fitted on worlds 1 to 39
AGREE: Final = (
    2.0  # errors within which an older look goes with the newer ones; fitted on worlds 1 to 39
)
EXCHANGED_Z: Final = 2.0  # errors from which the pattern of a zone is another one
NO_LOOK: Final = LookKey(dt.datetime.min.replace(tzinfo=dt.UTC), "")  # before any
RHYTHM_LOOKS: Final = 20  # newest passes that tell when the next one is due


@dataclass(slots=True)
class CoverHistory:
    """What is known of a site so far.

    Attributes:
        unpaved: zones of kinds on which nothing stands.
        newest: the newest look.
        days: of all looks, in order.
        looks: those that show a covered area, in order.
        covered: rows of them by look and zone.
        pattern_z, novelty_z: by look and zone.
        zones: what is usual.
        learning: paved zones that were learning when they were last seen.
        seen: paved zones that were seen.
    """

    unpaved: frozenset[str]
    newest: LookKey = NO_LOOK
    days: list[dt.date] = field(default_factory=list)
    looks: list[dt.datetime] = field(default_factory=list)
    covered: dict[dt.datetime, dict[str, SeriesRow]] = field(default_factory=dict)
    pattern_z: dict[tuple[dt.datetime, str], float] = field(default_factory=dict)
    novelty_z: dict[tuple[dt.datetime, str], float] = field(default_factory=dict)
    zones: dict[str, UsualCover] = field(default_factory=dict)
    learning: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def take_look(self, look: LookKey) -> None:
        """Take in one more look."""
        self.newest = max(self.newest, look)
        day = look.sensed_at.date()
        place = bisect.bisect_left(self.days, day)
        if self.days[place : place + 1] != [day]:
            self.days.insert(place, day)

    def take(self, row: SeriesRow) -> None:
        """Take in what one more row says of a zone; rows of unpaved zones are left out."""
        look, zone_id, name = row["sensed_at"], str(row["zone_id"]), row["index_name"]
        if zone_id in self.unpaved:
            return
        self.seen.add(zone_id)
        if row["state"] == "learning":
            self.learning.add(zone_id)
        elif row["z"] is not None:
            self.learning.discard(zone_id)
        if row["z"] is None or row["state"] != "valid":
            return
        if name == "pattern":
            self.pattern_z[look, zone_id] = row["z"]
        elif name == "novelty":
            self.novelty_z[look, zone_id] = row["z"]
        elif name == "covered_area" and NEVER_CHANGES not in (row["flags"] or ()):
            if look not in self.covered:
                bisect.insort(self.looks, look)
            self.covered.setdefault(look, {})[zone_id] = row
            self.zones.setdefault(zone_id, UsualCover(look)).take(row)

    def usual_zones(self) -> dict[str, UsualCover]:
        """Zones whose usual covered area is known well, and that were seen of late."""
        return {
            zone_id: zone
            for zone_id, zone in self.zones.items()
            if zone.is_known and self.days_since(zone.newest) <= LOOKS_DAYS
        }

    def days_since(self, moment: dt.datetime) -> float:
        """Days from a moment to the newest look."""
        return (self.newest.sensed_at - moment) / dt.timedelta(days=1)

    def next_due(self) -> dt.date | None:
        """Day of the next pass: the newest day plus the median of the newest intervals.

        None from fewer than two days.
        """
        days = self.days[-RHYTHM_LOOKS:]
        if len(days) < AGREEING_LOOKS_MIN:
            return None
        gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
        return days[-1] + dt.timedelta(days=round(median(gaps)))

    def newest_shares(
        self, usual: Mapping[str, UsualCover]
    ) -> Iterator[tuple[dt.datetime, LookShare]]:
        """The newest clear looks that agree with each other, with their shares, newest first.

        Args:
            usual: what is usual of the zones that are known, by zone id.

        Yields:
            At most LOOKS_MAX looks within LOOKS_DAYS; ends at the first one that lies further than
            AGREE errors from the mean of those before.
        """
        before: list[float] = []
        for look in reversed(self.looks):
            if self.days_since(look) > LOOKS_DAYS or len(before) >= LOOKS_MAX:
                return
            one = look_share(self.covered[look], usual)
            if one is None:
                continue
            if before:
                middle = mean(before)
                error = one.error(max(one.value, middle)) * math.sqrt(1 + 1 / len(before))
                if abs(one.value - middle) > AGREE * error:
                    return
            before.append(one.value)
            yield look, one

    def is_exchanged(self, usual: Mapping[str, UsualCover], looks: Collection[dt.datetime]) -> bool:
        """Whether most of what is usual shows another pattern at each of some looks."""
        other = sum(
            zone.area
            for zone_id, zone in usual.items()
            if all(
                self.pattern_z.get((look, zone_id), 0.0) <= -EXCHANGED_Z
                and self.novelty_z.get((look, zone_id), 0.0) >= EXCHANGED_Z
                for look in looks
            )
        )
        return other > SEEN_PART * sum(zone.area for zone in usual.values())
