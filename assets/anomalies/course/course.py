"""How much of what usually covers a site is there now, and what may be said of it.

Pure. A statement is made where clear looks agree and the interval lies in one band of shares; else
it is too early to tell, or nothing is known. What is usual is what the rows expected: the covered
area of up to two years before, without the newest one to three months.
"""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import mean, median
from typing import Final, Literal

from assets.activity.usual.covered_area import NEVER_CHANGES
from assets.anomalies.change_tests.series import LookKey
from resources.lake.question_rows import LookTimeRow, SeriesRow

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
METHOD_VERSION: Final = "2"
LOOKS_MIN: Final = 2  # clear ones that must agree; issue 18
LOOKS_MAX: Final = 4  # newest ones that are taken together; fitted on worlds 1 to 39
LOOKS_DAYS: Final = 45.0  # that they may lie apart; fitted as LOOKS_MAX
INTERVAL_Z: Final = 1.28  # standard errors of the interval of 80 %; issue 18
EMPTY_ERROR: Final = 0.03  # of the share of emptied ground; fitted as LOOKS_MAX
MODEL_ERROR: Final = 0.25  # of a zone of which half is left: roughness is not even; as above
ALIKE: Final = 0.5  # of the variance of looks near each other, what they have in common; as above
AGREE: Final = 2.0  # errors within which an older look goes with the newer ones; as above
KNOWN_PART: Final = 0.6  # error over usual covered area up to which a zone counts; as above
SEEN_PART: Final = 0.5  # of the usual covered area that a look must show
EXCHANGED_Z: Final = 2.0  # errors from which the pattern of a zone is another one
NO_LOOK: Final = LookKey(dt.datetime.min.replace(tzinfo=dt.UTC), "")  # before any
RHYTHM_LOOKS: Final = 20  # newest passes that tell when the next one is due


@dataclass(frozen=True, slots=True)
class SiteAssessment:
    """What could be said of a site at a moment.

    Attributes:
        known_at: since when it could be known.
        acquisition_id: newest look behind it.
        statement: as of BANDS, or why there is none.
        share: of what usually covers the site, with its interval of 80 %; None unknown.
        looks: clear ones that it rests on.
        since: day of the look with which this statement began to be made.
        reason: in words, what is missing or what it rests on.
        next_look_due: day of the next pass by the rhythm so far; None if there is none.
    """

    known_at: dt.datetime
    acquisition_id: str
    statement: Statement
    share: float | None
    share_low: float | None
    share_high: float | None
    looks: int
    since: dt.date
    reason: str
    next_look_due: dt.date | None


@dataclass(frozen=True, slots=True)
class _LookShare:
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


@dataclass(frozen=True, slots=True)
class _UndatedStatement:
    """A statement with its numbers, before it is dated."""

    statement: Statement
    reason: str
    looks: int = 0
    share: float | None = None
    low: float | None = None
    high: float | None = None


def assess_site(
    rows: Sequence[SeriesRow], passes: Sequence[LookTimeRow] = (), unpaved: Collection[str] = ()
) -> list[SiteAssessment]:
    """Everything that could be said of a site, in the order in which it could be known.

    Args:
        rows: of `stage_reads.activity_series`.
        passes: of `stage_reads.look_times`: all looks, also those that show nothing.
        unpaved: zones of kinds on which nothing stands.

    Returns:
        One for each moment at which looks were published; it rests on rows known by then alone.
    """
    found: list[SiteAssessment] = []
    known = _CoverHistory(frozenset(unpaved))
    unjudged = ((row["known_at"], _look_of(row), None) for row in passes)
    judged = ((row["known_at"], _look_of(row), row) for row in rows)
    ordered = sorted((*unjudged, *judged), key=lambda one: (one[0], one[1].sensed_at))
    for moment, new in itertools.groupby(ordered, key=lambda one: one[0]):
        for _, look, row in new:
            known.take_look(look)
            if row is not None:
                known.take(row)
        said = known.say()
        day = known.newest.sensed_at.date()
        since = found[-1].since if found and found[-1].statement == said.statement else day
        found.append(
            SiteAssessment(
                known_at=moment,
                acquisition_id=known.newest.acquisition_id,
                statement=said.statement,
                share=said.share,
                share_low=said.low,
                share_high=said.high,
                looks=said.looks,
                since=since,
                reason=said.reason,
                next_look_due=known.next_due(),
            )
        )
    return found


def band_of(share: float) -> Statement:
    """The statement that a share lies in."""
    return next(name for name, limit in BANDS if share < limit)


@dataclass(slots=True)
class _UsualCover:
    """What is usual of a zone: its covered area, m2, and errors of one look and of the usual.

    Errors are the middle ones of all looks: those of a look that departs are stretched by it.
    """

    newest: dt.datetime
    area: float = 0.0
    own_errors: list[float] = field(default_factory=list)
    usual_errors: list[float] = field(default_factory=list)

    def take(self, row: SeriesRow) -> None:
        """One more look."""
        bisect.insort(self.own_errors, float(row["standard_error"]))
        bisect.insort(self.usual_errors, float(row["expected_error"]))
        if row["sensed_at"] >= self.newest:
            self.newest, self.area = row["sensed_at"], _usual_covered_area(row)

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


@dataclass(slots=True)
class _CoverHistory:
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
    zones: dict[str, _UsualCover] = field(default_factory=dict)
    learning: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def take_look(self, look: LookKey) -> None:
        """One more look."""
        self.newest = max(self.newest, look)
        day = look.sensed_at.date()
        place = bisect.bisect_left(self.days, day)
        if self.days[place : place + 1] != [day]:
            self.days.insert(place, day)

    def take(self, row: SeriesRow) -> None:
        """What one more row says of a zone."""
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
            self.zones.setdefault(zone_id, _UsualCover(look)).take(row)

    def say(self) -> _UndatedStatement:
        """What the newest clear looks let say."""
        if self.looks and (old := self._days_since(self.looks[-1])) > LOOKS_DAYS:
            return _UndatedStatement("unknown", f"no clear look for {old:.0f} days")
        usual = {
            zone_id: zone
            for zone_id, zone in self.zones.items()
            if zone.is_known and self._days_since(zone.newest) <= LOOKS_DAYS
        }
        if not usual:
            return _UndatedStatement("unknown", self._why_unknown())
        newest = dict(self._newest_shares(usual))
        shares = list(newest.values())
        if not shares:
            return _UndatedStatement("unknown", "no clear look shows enough of the site")
        if len(shares) < LOOKS_MIN:
            reason = "only one clear look shows it so far"
            return _UndatedStatement("too_early_to_tell", reason, 1, shares[0].value)
        said = _statement_from_shares(shares)
        if said.statement == "as_usual" and self._is_exchanged(usual, newest):
            reason = "as much as usual is there, but not the same"
            return replace(said, statement="change", reason=reason)
        return said

    def _days_since(self, moment: dt.datetime) -> float:
        """Days from a moment to the newest look."""
        return (self.newest.sensed_at - moment) / dt.timedelta(days=1)

    def _why_unknown(self) -> str:
        """Why no covered area is known."""
        if self.zones:
            return "the covered area of no zone is known well enough"
        if not self.seen:
            return "no zone on which things stand was seen yet"
        if self.learning == self.seen:
            return "still learning what is usual"
        return "zones are too small, or what stands there never changes"

    def next_due(self) -> dt.date | None:
        """Day of the next pass by the middle of the newest intervals; None from fewer than two."""
        days = self.days[-RHYTHM_LOOKS:]
        if len(days) < LOOKS_MIN:
            return None
        gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
        return days[-1] + dt.timedelta(days=round(median(gaps)))

    def _newest_shares(
        self, usual: Mapping[str, _UsualCover]
    ) -> Iterator[tuple[dt.datetime, _LookShare]]:
        """The newest clear looks that agree with each other and their shares, newest first."""
        before: list[float] = []
        for look in reversed(self.looks):
            if self._days_since(look) > LOOKS_DAYS or len(before) >= LOOKS_MAX:
                return
            one = _look_share(self.covered[look], usual)
            if one is None:
                continue
            if before:
                middle = mean(before)
                error = one.error(max(one.value, middle)) * math.sqrt(1 + 1 / len(before))
                if abs(one.value - middle) > AGREE * error:
                    return
            before.append(one.value)
            yield look, one

    def _is_exchanged(
        self, usual: Mapping[str, _UsualCover], looks: Collection[dt.datetime]
    ) -> bool:
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


def _statement_from_shares(shares: Sequence[_LookShare]) -> _UndatedStatement:
    """What shares of looks that agree let say."""
    share = mean(one.value for one in shares)
    own, usual, model = (
        mean(getattr(one, name) for one in shares) for name in ("own", "usual", "model")
    )
    own *= share * math.sqrt(ALIKE + (1.0 - ALIKE) / len(shares))
    usual *= share
    model *= 4.0 * abs(1.0 - share) * min(share, 1.0)  # none where nothing has gone, or all
    error = math.hypot(own, usual, model, EMPTY_ERROR)
    low, high = max(share - INTERVAL_Z * error, 0.0), share + INTERVAL_Z * error
    said = _UndatedStatement("too_early_to_tell", "", len(shares), share, low, high)
    is_mostly_gone = share >= EMPTY and high < MOSTLY_GONE  # whether anything is left is open
    if band_of(low) != band_of(high) and not is_mostly_gone:
        reason = f"the looks leave open anything from {low:.0%} to {high:.0%} of the usual"
        return replace(said, reason=reason)
    return replace(said, statement=band_of(share), reason=f"{len(shares)} clear looks agree")


def _look_of(row: SeriesRow | LookTimeRow) -> LookKey:
    """The look that a row is of."""
    return LookKey(row["sensed_at"], row["acquisition_id"])


def _usual_covered_area(row: SeriesRow) -> float:
    """Usual covered area, m2."""
    return float(row["value"] - row["departure"])


def _look_share(
    rows: Mapping[str, SeriesRow], usual: Mapping[str, _UsualCover]
) -> _LookShare | None:
    """What one look shows of the usual; None where it shows too little of the site."""
    mine = [zone_id for zone_id in rows if zone_id in usual]
    total = sum(_usual_covered_area(rows[zone_id]) for zone_id in mine)
    if total <= 0 or total < SEEN_PART * sum(zone.area for zone in usual.values()):
        return None
    value = sum(float(rows[zone_id]["value"]) for zone_id in mine)
    own = math.hypot(*(usual[zone_id].own for zone_id in mine))
    expected = math.hypot(*(usual[zone_id].usual for zone_id in mine))
    model = MODEL_ERROR * math.hypot(*(_usual_covered_area(rows[zone_id]) for zone_id in mine))
    return _LookShare(value / total, own / total, expected / total, model / total)
