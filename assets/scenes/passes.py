"""Which passes of the satellites were to be expected in a month, and what became of them.

Pure: from the looks a catalogue lists, never from a fixed fleet or calendar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from assets.scenes.acquisitions import Acquisition
from resources.models import Month

PassState = Literal["seen", "not published yet", "late", "no pass"]
REPEAT_DAYS: Final = 10  # one satellite returns to its ground track (Sentinel-2 User Handbook)
LEAD_DAYS: Final = 20  # two repeats before the month tell which tracks are flown
PUBLISHED_DAYS: Final = 2.0  # products are usually listed within hours
LATE_DAYS: Final = 30.0  # later than this, a missing product is taken for a pass not flown


@dataclass(frozen=True, slots=True)
class Pass:
    """A day on which a satellite was seen or to be expected."""

    expected_on: dt.date
    platform: str
    state: PassState
    acquisition_id: str | None = None


def expected_passes(
    looks: Sequence[Acquisition], month: Month, now: dt.datetime
) -> tuple[Pass, ...]:
    """Passes of a month: those seen, and those that the tracks of the last weeks promise.

    Args:
        looks: of the month and of the LEAD_DAYS before it.
        month: the month.
        now: present moment; decides between "not published yet", "late" and "no pass".

    Returns:
        One pass a platform and day, in order.
    """
    passes = {
        (look.sensed_at.date(), look.platform): Pass(
            look.sensed_at.date(), look.platform, "seen", look.acquisition_id
        )
        for look in sorted(looks, key=lambda look: look.acquisition_id, reverse=True)
        if month.start <= look.sensed_at < month.end
    }
    for day, platform in _promised(looks, month):
        if (day, platform) not in passes and day <= now.date():
            passes[day, platform] = Pass(day, platform, _fate(day, now))
    return tuple(passes[key] for key in sorted(passes))


def _promised(looks: Iterable[Acquisition], month: Month) -> Iterable[tuple[dt.date, str]]:
    """Days of the month that lie whole repeats after a look of the same satellite."""
    for look in looks:
        day = look.sensed_at.date() + dt.timedelta(days=REPEAT_DAYS)
        while day < month.end.date():
            if day >= month.start.date():
                yield day, look.platform
            day += dt.timedelta(days=REPEAT_DAYS)


def _fate(day: dt.date, now: dt.datetime) -> PassState:
    """What a pass that nobody listed is, so many days on."""
    age = (now - dt.datetime.combine(day, dt.time(), dt.UTC)).total_seconds() / 86_400
    if age <= PUBLISHED_DAYS:
        return "not published yet"
    return "late" if age <= LATE_DAYS else "no pass"
