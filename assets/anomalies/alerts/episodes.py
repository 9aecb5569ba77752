"""Changes of one series: when each opens, is confirmed, and is over or has become the normal state.

Pure and causal: what is said of a look never depends on later ones. The evidence is `site_test`'s;
grouping series into alerts is `alerts`' job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from assets.activity.looks.past_days import PERIOD_MONTHS
from assets.anomalies.change_tests.series import SeriesObservation
from assets.anomalies.change_tests.site_test import SeriesTest

Sign = Literal[-1, 1]
Ending = Literal["passed", "new_normal", "not_confirmed"]

SHOWN_PART: Final = 0.5  # of a change that a look has to show to agree with it
CLEAR_ERRORS: Final = 3.0  # errors of a look from which a change is large enough to be missed
PATIENCE: Final = 3  # looks without it after which a change is over
SECOND_LOOK_DAYS: Final = 120  # a look later than this is no second look at the same thing
SETTLED_DAYS: Final = 60  # after its last alarm that a change still stands: the new normal
SETTLED_LOOKS: Final = 4  # looks that show it, for that
STOOD_DAYS: Final = 28  # for which a change has to stand for its undoing to be an event as well
CONFIRMED_PART: Final = 0.05  # of the rate asked for, to which the zone alone comes; chosen


@dataclass(frozen=True, slots=True)
class SeriesUnderTest:
    """One series with what the test says of it.

    Attributes:
        looks: those with a value, in order.
        rise, fall: the test at each look of the site.
        asked: false alarms a year of the site.
        doubtful: places of looks that may open but never confirm a change.
        tells_return: whether the undoing of its changes is told; of most that merely move along
            it is not.
    """

    looks: Sequence[SeriesObservation]
    rise: SeriesTest
    fall: SeriesTest
    asked: float
    doubtful: Collection[int] = ()
    tells_return: bool = True

    def tested(self, sign: Sign) -> SeriesTest:
        """The test in the direction of a sign."""
        return self.rise if sign > 0 else self.fall

    def in_alarm(self, position: int, sign: Sign) -> bool:
        """Whether the evidence at a look is rarer than the rate asked for."""
        return bool(self.tested(sign).rate[self.looks[position].place] < self.asked)


@dataclass(slots=True)
class ChangeEpisode:
    """One change of one series, as far as it is known.

    `onset`, `opened`, `confirmed`, `closed`, `peak` and `last` are positions in the series, as are
    those in `agreeing`, the looks that show it, in `sure`, those of them that may confirm it, and
    in `missing`, the newest looks in a row that do not show it, though they would.
    `peak` is the one that departed most, by its own error. `size` is how far it went (median of
    the looks that show it) from `level`, both in the unit of the index: from 0, what is expected,
    but for the undoing of a change, which goes from where that had led. `rate` is the smallest
    false-alarm rate that its evidence came to, a year and site.
    """

    sign: Sign
    onset: int
    opened: int
    confirmed: int | None = None
    closed: int | None = None
    ending: Ending | None = None
    peak: int = 0
    last: int = 0
    last_alarm: int = 0
    rate: float = np.inf
    ratio: float = 0.0
    size: float = 0.0
    agreeing: list[int] = field(default_factory=list)
    sure: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    level: float = 0.0

    @property
    def is_return(self) -> bool:
        """Whether it is the undoing of an earlier change."""
        return self.level != 0


def find_episodes(series: SeriesUnderTest) -> list[ChangeEpisode]:
    """Every change of a series, in the order of opening.

    Args:
        series: its looks and their test.

    Returns:
        Rises and falls. Evidence that lingers after a change has ended opens no other one: it has
        to have gone once.
    """
    found: list[ChangeEpisode] = []
    signs: tuple[Sign, Sign] = (1, -1)
    current: dict[Sign, ChangeEpisode | None] = dict.fromkeys(signs)
    lingers = dict.fromkeys(signs, False)
    for position in range(len(series.looks)):
        undone: list[ChangeEpisode] = []
        for sign in signs:
            episode = current[sign]
            if episode is not None:
                _update_episode(episode, series, position)
                current[sign] = None if episode.closed is not None else episode
                lingers[sign] = True
                if episode.closed is not None and _is_undone(episode, series):
                    undone.append(episode)
            elif not series.in_alarm(position, sign):
                lingers[sign] = False
            elif not lingers[sign] and (opened := _open_episode(series, position, sign)):
                current[sign] = opened
                found.append(opened)
        for episode in undone:
            back = _reversal_episode(episode, series)
            if current[back.sign] is None:
                current[back.sign] = back
                found.append(back)
        _end_what_was_undone(current, series, position)
    return found


def _open_episode(series: SeriesUnderTest, position: int, sign: Sign) -> ChangeEpisode | None:
    """A change that opens at a look, unless that look does not show it."""
    look, tested = series.looks[position], series.tested(sign)
    onset = max(position + 1 - int(tested.looks[look.place]), 0)
    episode = ChangeEpisode(sign, onset, position, peak=position, last=position)
    new = [_signed_departure(series, at, episode) for at in range(onset, position + 1)]
    episode.size = max(float(np.median(new)), 0.0)
    if new[-1] < SHOWN_PART * episode.size or new[-1] <= 0:
        return None
    for at in range(onset, position):
        if new[at - onset] >= SHOWN_PART * episode.size:
            _count_look(episode, series, at)
    _add_agreeing_look(episode, series, position)
    return episode


def _signed_departure(series: SeriesUnderTest, position: int, episode: ChangeEpisode) -> float:
    """How far a look has gone the way of a change, in the unit of the index."""
    return episode.sign * (series.looks[position].departure - episode.level)


def _departure_in_errors(series: SeriesUnderTest, position: int, episode: ChangeEpisode) -> float:
    """The same in errors of that look."""
    return _signed_departure(series, position, episode) / series.looks[position].error


def _update_episode(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """Take one more look into an open change."""
    gone = _signed_departure(series, position, episode)
    if gone > 0 and gone >= SHOWN_PART * episode.size:
        _add_agreeing_look(episode, series, position)
        episode.missing.clear()
    elif _is_detectable_at(episode, series, position) or not series.in_alarm(
        position, episode.sign
    ):
        episode.missing.append(position)
    _close_episode(episode, series, position)


def _is_detectable_at(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> bool:
    """Whether a look that does not show a change would have shown it."""
    return episode.size >= CLEAR_ERRORS * series.looks[position].error


def _count_look(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """Count a look that shows the change."""
    episode.agreeing.append(position)
    if series.looks[position].place not in series.doubtful:
        episode.sure.append(position)
    if _departure_in_errors(series, position, episode) > _departure_in_errors(
        series, episode.peak, episode
    ):
        episode.peak = position


def _add_agreeing_look(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """Take in what a look says that shows the change."""
    place = series.looks[position].place
    tested = series.tested(episode.sign)
    episode.last = position
    _count_look(episode, series, position)
    episode.size = float(
        np.median([_signed_departure(series, at, episode) for at in episode.agreeing])
    )
    if not series.in_alarm(position, episode.sign):
        return
    episode.last_alarm = position
    episode.rate = min(episode.rate, float(tested.rate[place]))
    episode.ratio = max(episode.ratio, float(tested.ratio[place]))
    if episode.confirmed is None and _is_confirmed(episode, series, place):
        episode.confirmed = position


def _is_confirmed(episode: ChangeEpisode, series: SeriesUnderTest, place: int) -> bool:
    """Whether looks that nothing speaks against agree, and far more than those that open."""
    alone = series.tested(episode.sign).alone[place]
    return len(episode.sure) > 1 and bool(alone < CONFIRMED_PART * series.asked)


def _close_episode(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """End a change that is over, that no second look agreed with, or that has become normal."""
    days = _days_between(series, episode.opened, position)
    if episode.confirmed is None:
        if len(episode.missing) >= PATIENCE or days > SECOND_LOOK_DAYS:
            episode.closed, episode.ending = position, "not_confirmed"
    elif len(episode.missing) >= PATIENCE:
        episode.closed, episode.ending = position, _ending_of_confirmed(episode, series)
    elif (
        _days_between(series, episode.last_alarm, position) >= SETTLED_DAYS
        and len(episode.agreeing) >= SETTLED_LOOKS
    ):
        episode.closed, episode.ending = position, "new_normal"


def _ending_of_confirmed(episode: ChangeEpisode, series: SeriesUnderTest) -> Ending:
    """How a confirmed change ends that looks do not show any more.

    One that stood for long was normal until then: what undid it is another matter.
    """
    stood = _days_between(series, episode.opened, episode.last) >= SETTLED_DAYS
    looks = len(episode.agreeing) >= SETTLED_LOOKS
    return "new_normal" if stood and looks else "passed"


def _is_undone(episode: ChangeEpisode, series: SeriesUnderTest) -> bool:
    """Whether a change that had stood has gone, by looks that would show it.

    It goes while the same baseline is in use: one that a new baseline has learnt is still there.
    """
    return (
        series.tells_return
        and episode.confirmed is not None
        and not episode.is_return
        and len(episode.missing) >= PATIENCE
        and _baseline_period(series, episode.missing[0]) == _baseline_period(series, episode.last)
        and all(_is_detectable_at(episode, series, at) for at in episode.missing)
        and len(episode.agreeing) >= SETTLED_LOOKS
        and _days_between(series, episode.onset, episode.last) >= STOOD_DAYS
    )


def _baseline_period(series: SeriesUnderTest, position: int) -> int:
    """Number of the months that have one baseline with a look."""
    sensed_at = series.looks[position].sensed_at
    return (12 * sensed_at.year + sensed_at.month - 1) // PERIOD_MONTHS


def _reversal_episode(episode: ChangeEpisode, series: SeriesUnderTest) -> ChangeEpisode:
    """The undoing of a change as a change of its own: as rare as that was."""
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
        _count_look(back, series, at)
    back.size = float(np.median([_signed_departure(series, at, back) for at in back.agreeing]))
    return back


def _end_what_was_undone(
    current: dict[Sign, ChangeEpisode | None], series: SeriesUnderTest, position: int
) -> None:
    """A change that opens the other way ends the one that it undoes."""
    rise, fall = current[1], current[-1]
    if rise is None or fall is None:
        return
    older = rise if rise.opened < fall.opened else fall
    older.closed = position
    older.ending = (
        "not_confirmed" if older.confirmed is None else _ending_of_confirmed(older, series)
    )
    current[older.sign] = None


def _days_between(series: SeriesUnderTest, first: int, last: int) -> float:
    """Days from one look of a series to another."""
    return (series.looks[last].sensed_at - series.looks[first].sensed_at) / dt.timedelta(days=1)
