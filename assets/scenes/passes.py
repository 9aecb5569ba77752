"""Which passes of the satellites were expected, and whether each was seen.

Pure: from the looks that a catalogue lists and the days between them, never from a fixed fleet,
cadence or calendar. Weather and pixels are not used.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, Protocol

from resources.months import Month

PassState = Literal["seen", "no_data", "expected_not_published", "late", "no_pass", "not_in_source"]

LEAD_DAYS: Final = 50  # before a month: two looks and three missed ones at ten days' rhythm
PUBLISHED_DAYS: Final = 2.0  # products are usually listed within hours
LATE_DAYS: Final = 30.0  # later than this, a missing product is taken for a pass not flown
MOST_MISSED: Final = 3  # passes in a row, after which a track or satellite is taken to have stopped
SAME_PASS: Final = dt.timedelta(
    hours=12
)  # passes of one track are days apart, their jitter minutes
DAY: Final = dt.timedelta(days=1)  # unit


class SensedLook(Protocol):
    """A look, as far as the rhythm is concerned; orbit 0 is unknown and may be several tracks."""

    @property
    def platform(self) -> str:
        """Satellite."""
        ...

    @property
    def relative_orbit(self) -> int:
        """1..143; 0 where unknown."""
        ...

    @property
    def sensed_at(self) -> dt.datetime:
        """UTC."""
        ...


class IdentifiedLook(SensedLook, Protocol):
    """A look with its id."""

    @property
    def acquisition_id(self) -> str:
        """Ours and stable."""
        ...


@dataclass(frozen=True, slots=True)
class CataloguedLook:
    """A look as the `scenes` table has it."""

    platform: str
    relative_orbit: int
    sensed_at: dt.datetime
    published_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ExpectedPass:
    """A day on which a satellite was seen or to be expected, UTC."""

    expected_on: dt.date
    platform: str
    state: PassState
    acquisition_id: str | None = None


@dataclass(frozen=True, slots=True)
class SourceListing:
    """What is known of a source besides the looks that it lists of a month and before.

    Attributes:
        is_static: a collection that somebody made: a look missing in it may well have been flown
            and published.
        later: satellites that it lists a look of in the LEAD_DAYS after the month.
    """

    is_static: bool = False
    later: frozenset[str] = frozenset()


ANY_LISTING: Final = SourceListing()  # one that goes on, of which nothing later is known


@dataclass(frozen=True, slots=True)
class NextLook:
    """The next pass that the rhythm promises."""

    platform: str
    expected_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CatalogueDelay:
    """How long after sensing a catalogue listed its looks, hours; None where unknown."""

    median_h: float | None
    newest_h: float | None


def expected_passes(
    looks: Sequence[IdentifiedLook],
    month: Month,
    now: dt.datetime,
    *,
    without_pixels: Collection[str] = (),
    listing: SourceListing = ANY_LISTING,
) -> tuple[ExpectedPass, ...]:
    """Passes of a month: those seen, and those that the rhythm of the last weeks promises.

    Args:
        looks: of the month, of the LEAD_DAYS before it, and of the first minutes after it.
        month: the month.
        now: present moment; decides between `expected_not_published`, `late` and what is older.
        without_pixels: acquisition ids of looks that had no pixel of the site: `no_data`.
        listing: what else is known of the source. A missed pass is `no_pass` only where a source
            that goes on lists a later look of the satellite, else `not_in_source`.

    Returns:
        One pass a platform and day (UTC), in order. Of two looks of a day, the one with pixels
        counts.

    Raises:
        TypeError: `now` or the time of a look has no time zone.

    Source:
        Own method: docs/methods/scenes.md; tests/unit/assets/scenes/test_passes.py.
    """
    passes = _seen_passes(looks, month, without_pixels)
    newest = _newest_by_platform(looks)
    missed = sorted(_missed_passes(looks, until=min(month.end, now)), key=lambda one: one[1])
    since: Counter[str] = Counter()  # the last look of a satellite that none has followed yet
    for platform, moment in missed:
        is_followed = moment < newest[platform] or platform in listing.later
        since[platform] += not is_followed
        if month.start <= moment and since[platform] <= MOST_MISSED:
            fate = _missed_pass_state(moment, now, listing, is_followed=is_followed)
            passes.setdefault(
                (moment.date(), platform), ExpectedPass(moment.date(), platform, fate)
            )
    return tuple(passes[key] for key in sorted(passes))


def has_stopped(passes: Iterable[ExpectedPass], looks: Iterable[SensedLook]) -> bool:
    """Whether a pass of the month was missed by a satellite of which no later look is known."""
    newest = _newest_by_platform(looks)
    return any(
        one.acquisition_id is None and one.expected_on > newest[one.platform].date()
        for one in passes
    )


def _seen_passes(
    looks: Sequence[IdentifiedLook], month: Month, without_pixels: Collection[str]
) -> dict[tuple[dt.date, str], ExpectedPass]:
    """The looks of a month as passes, by day and satellite."""
    passes: dict[tuple[dt.date, str], ExpectedPass] = {}
    for look in sorted(looks, key=lambda one: one.acquisition_id):
        if month.start <= look.sensed_at < month.end:
            state: PassState = "no_data" if look.acquisition_id in without_pixels else "seen"
            day = look.sensed_at.date()
            before = passes.get((day, look.platform))
            if before is None or (before.state, state) == ("no_data", "seen"):
                passes[day, look.platform] = ExpectedPass(
                    day, look.platform, state, look.acquisition_id
                )
    return passes


def next_look(looks: Sequence[SensedLook], now: dt.datetime) -> NextLook | None:
    """The first pass after now that the looks of the last LEAD_DAYS promise; None if none do."""
    recent = [look for look in looks if now - LEAD_DAYS * DAY <= look.sensed_at <= now]
    horizon = now + LEAD_DAYS * DAY
    promised = [(at, name) for name, at in _missed_passes(recent, until=horizon) if at > now]
    return None if not promised else NextLook(min(promised)[1], min(promised)[0])


def catalogue_delay(looks: Iterable[CataloguedLook]) -> CatalogueDelay:
    """Median and newest time from sensing to listing, of the looks with a time of listing."""
    told = [
        (look.sensed_at, (look.published_at - look.sensed_at) / dt.timedelta(hours=1))
        for look in looks
        if look.published_at is not None
    ]
    if not told:
        return CatalogueDelay(None, None)
    return CatalogueDelay(statistics.median(hours for _, hours in told), max(told)[1])


def _missed_passes(
    looks: Sequence[SensedLook], *, until: dt.datetime
) -> Iterator[tuple[str, dt.datetime]]:
    """Platform and time of each promised pass before `until` that no look answers.

    Each look promises its repeats until the next look of its track, so that a satellite moved to
    other days is followed at once. A track is expected to go on only as often as it was seen, and
    at most MOST_MISSED times.
    """
    tracks: dict[tuple[str, int], list[dt.datetime]] = defaultdict(list)
    for look in sorted(looks, key=lambda one: one.sensed_at):
        tracks[look.platform, look.relative_orbit].append(look.sensed_at)
    for (platform, orbit), times in tracks.items():
        rhythm = _repeat_cycle_days([times]) or _repeat_cycle_days(list(tracks.values()))
        if rhythm is None:
            continue
        strands = [times] if orbit else _presumed_tracks(times, rhythm)
        for strand in strands:
            ends = [min(following - SAME_PASS, until) for following in strand[1:]] + [until]
            for start, end in zip(strand, ends, strict=True):
                for count in range(1, 1 + min(MOST_MISSED, len(strand))):
                    if start + count * rhythm * DAY < end:
                        yield platform, start + count * rhythm * DAY


def _repeat_cycle_days(tracks: Sequence[Sequence[dt.datetime]]) -> int | None:
    """Days between passes of a track: the lag that most exceeds chance; None if none is proven.

    Of `n` pairs of looks, `n / days` lie whole multiples of some days apart by chance, with about
    the square root of that as its spread. A lag that only one pair shows proves nothing, unless
    there is no other pair.
    """
    lags = [
        lag
        for times in tracks
        for first, last in combinations(times, 2)
        if (lag := round((last - first) / DAY)) > 0
    ]
    hits = {days: sum(lag % days == 0 for lag in lags) for days in set(lags)}
    if not hits:
        return None

    def excess(days: int) -> tuple[float, int]:
        by_chance = len(lags) / days
        return (hits[days] - by_chance) / math.sqrt(by_chance), -days

    best = max(hits, key=excess)
    return best if hits[best] > 1 or len(lags) == 1 else None


def _presumed_tracks(times: Sequence[dt.datetime], rhythm: int) -> list[list[dt.datetime]]:
    """Looks of unknown orbit, put together by the day of the rhythm that they fall on."""
    strands: dict[int, list[dt.datetime]] = defaultdict(list)
    for moment in times:
        strands[round((moment - times[0]) / DAY) % rhythm].append(moment)
    return list(strands.values())


def _newest_by_platform(looks: Iterable[SensedLook]) -> dict[str, dt.datetime]:
    """When each satellite was seen last."""
    found: dict[str, dt.datetime] = {}
    for look in looks:
        found[look.platform] = max(look.sensed_at, found.get(look.platform, look.sensed_at))
    return found


def _missed_pass_state(
    moment: dt.datetime, now: dt.datetime, listing: SourceListing, *, is_followed: bool
) -> PassState:
    """State of a pass that no catalogue lists; `is_followed` if a later look of it is known."""
    age = (now - moment) / DAY
    if listing.is_static or (age > LATE_DAYS and not is_followed):
        return "not_in_source"
    if age <= PUBLISHED_DAYS:
        return "expected_not_published"
    return "late" if age <= LATE_DAYS else "no_pass"
