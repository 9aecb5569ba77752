"""How a change ends: it passed, became the normal state, was never confirmed, or was undone. Pure.

Causal. The undoing of a change that stood for weeks is a change of its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assets.activity.looks.past_days import PERIOD_MONTHS
from assets.anomalies.alerts.change_episode import (
    ChangeEpisode,
    Ending,
    SeriesUnderTest,
    Sign,
    count_look,
    days_between,
    is_detectable_at,
    signed_departure,
)

PATIENCE: Final = 3  # looks without it after which a change is over
SECOND_LOOK_DAYS: Final = 120  # a look later than this is no second look at the same thing
SETTLED_DAYS: Final = 60  # after its last alarm that a change still stands: the new normal
SETTLED_LOOKS: Final = 4  # looks that show it, for that
STOOD_DAYS: Final = 28  # for which a change has to stand for its undoing to be an event as well


def close_episode(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """Close a change that is over, that no second look agreed with, or that has become normal."""
    days = days_between(series, episode.opened, position)
    if episode.confirmed is None:
        if len(episode.missing) >= PATIENCE or days > SECOND_LOOK_DAYS:
            episode.closed, episode.ending = position, "not_confirmed"
    elif len(episode.missing) >= PATIENCE:
        episode.closed, episode.ending = position, _ending_of_confirmed(episode, series)
    elif (
        days_between(series, episode.last_alarm, position) >= SETTLED_DAYS
        and len(episode.agreeing) >= SETTLED_LOOKS
    ):
        episode.closed, episode.ending = position, "new_normal"


def _ending_of_confirmed(episode: ChangeEpisode, series: SeriesUnderTest) -> Ending:
    """Ending of a confirmed change that looks do not show any more.

    If it stood for SETTLED_DAYS on SETTLED_LOOKS looks it had become the normal state.
    """
    stood = days_between(series, episode.opened, episode.last) >= SETTLED_DAYS
    looks = len(episode.agreeing) >= SETTLED_LOOKS
    return "new_normal" if stood and looks else "passed"


def is_undone(episode: ChangeEpisode, series: SeriesUnderTest) -> bool:
    """Whether a change that had stood has gone, by looks that would have shown it.

    It must go while the same baseline is in use: what a new baseline has learnt is still there.
    """
    return (
        series.tells_return
        and episode.confirmed is not None
        and not episode.is_return
        and len(episode.missing) >= PATIENCE
        and _baseline_period(series, episode.missing[0]) == _baseline_period(series, episode.last)
        and all(is_detectable_at(episode, series, at) for at in episode.missing)
        and len(episode.agreeing) >= SETTLED_LOOKS
        and days_between(series, episode.onset, episode.last) >= STOOD_DAYS
    )


def _baseline_period(series: SeriesUnderTest, position: int) -> int:
    """Number of the period of months that share one baseline, for the month of a look."""
    sensed_at = series.looks[position].sensed_at
    return (12 * sensed_at.year + sensed_at.month - 1) // PERIOD_MONTHS


def reversal_episode(episode: ChangeEpisode, series: SeriesUnderTest) -> ChangeEpisode:
    """The undoing of a change as a change of its own, with the rate of the one that it undoes."""
    first, newest = episode.missing[0], episode.missing[-1]
    back = ChangeEpisode(
        sign=1 if episode.sign < 0 else -1,
        onset=first,
        opened=newest,
        confirmed=newest,
        last_alarm=newest,
        peak=first,
        last=newest,
        rate=episode.rate,
        ratio=episode.ratio,
        level=episode.sign * episode.size,
    )
    for at in episode.missing:
        count_look(back, series, at)
    back.size = float(np.median([signed_departure(series, at, back) for at in back.agreeing]))
    return back


def end_what_was_undone(
    current: dict[Sign, ChangeEpisode | None], series: SeriesUnderTest, position: int
) -> None:
    """Close the older of two open changes in opposite directions: the newer one undoes it."""
    rise, fall = current[1], current[-1]
    if rise is None or fall is None:
        return
    older = rise if rise.opened < fall.opened else fall
    older.closed = position
    older.ending = (
        "not_confirmed" if older.confirmed is None else _ending_of_confirmed(older, series)
    )
    current[older.sign] = None
