"""Changes of one series: when each opens, is confirmed, and is over or has become the normal state.

Pure and causal: what is said of a look never depends on later ones. The evidence is the scan's;
grouping series into alerts is `alerts`' job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from assets.anomalies.departures.confirmation import confirmed
from assets.anomalies.series import Observation
from assets.anomalies.site_test import Tested

Sign = Literal[-1, 1]
Ending = Literal["passed", "new_normal", "not_confirmed"]

SHOWN_PART: Final = 0.5  # of a change that a look has to show to agree with it
CLEAR_ERRORS: Final = 3.0  # errors of a look from which a change is large enough to be missed
PATIENCE: Final = 3  # looks without it after which a change is over
SECOND_LOOK_DAYS: Final = 120  # a look later than this is no second look at the same thing
SETTLED_DAYS: Final = 60  # after its last alarm that a change still stands: the new normal
SETTLED_LOOKS: Final = 4  # looks that show it, for that


@dataclass(frozen=True, slots=True)
class Series:
    """One series with what the test says of it.

    Attributes:
        looks: those with a value, in order.
        rise, fall: the test at each look of the site.
        asked: false alarms a year of the site.
        doubtful: places of looks that may open but never confirm a change.
    """

    looks: Sequence[Observation]
    rise: Tested
    fall: Tested
    asked: float
    doubtful: Collection[int] = ()

    def tested(self, sign: Sign) -> Tested:
        """The test in the direction of a sign."""
        return self.rise if sign > 0 else self.fall

    def in_alarm(self, position: int, sign: Sign) -> bool:
        """Whether the evidence at a look is rarer than the rate asked for."""
        return bool(self.tested(sign).rate[self.looks[position].place] < self.asked)


@dataclass(slots=True)
class Episode:
    """One change of one series, as far as it is known.

    `onset`, `opened`, `confirmed`, `closed`, `peak` and `last` are positions in the series, as are
    those in `agreeing`, the looks that show it, and in `sure`, those of them that may confirm it.
    `peak` is the one that departed most, by its own error. `level` is the departure that was
    normal when it opened, `size` how far it went from there (median of the looks that show it),
    both in the unit of the index. `rate` is the smallest false-alarm rate that its evidence came
    to, a year and site, `second` the likelihood ratio without the strongest look at its best.
    """

    sign: Sign
    onset: int
    opened: int
    level: float
    confirmed: int | None = None
    closed: int | None = None
    ending: Ending | None = None
    peak: int = 0
    last: int = 0
    last_alarm: int = 0
    rate: float = np.inf
    ratio: float = 0.0
    second: float = 0.0
    size: float = 0.0
    agreeing: list[int] = field(default_factory=list)
    sure: list[int] = field(default_factory=list)
    quiet: int = 0
    is_normal: bool = False

    @property
    def is_return(self) -> bool:
        """Whether it departs from the level of an earlier change, not from the expectation."""
        return self.level != 0


def find_episodes(series: Series) -> list[Episode]:
    """Every change of a series, in the order of opening.

    Args:
        series: its looks and their test.

    Returns:
        Rises and falls from the normal level of their time. Evidence that lingers after a change
        has ended opens no other one: that has to begin after it.
    """
    found: list[Episode] = []
    signs: tuple[Sign, Sign] = (1, -1)
    current: dict[Sign, Episode | None] = dict.fromkeys(signs)
    spent: dict[Sign, int] = dict.fromkeys(signs, -1)
    for position in range(len(series.looks)):
        for sign in signs:
            episode = current[sign]
            if episode is not None:
                _advance(episode, series, position)
                current[sign] = None if episode.closed is not None else episode
                spent[sign] = position
            elif not series.in_alarm(position, sign):
                spent[sign] = -1
            elif (opened := _open(series, position, sign)) and opened.onset > spent[sign]:
                current[sign] = opened
                found.append(opened)
        _end_what_was_undone(current, series, position)
    return found


def _open(series: Series, position: int, sign: Sign) -> Episode | None:
    """A change that opens at a look, unless that look does not show it."""
    look, tested = series.looks[position], series.tested(sign)
    onset = max(position + 1 - int(tested.looks[look.place]), 0)
    level = float(tested.level[look.place])
    episode = Episode(sign, onset, position, level, peak=position, last=position)
    new = [_departure(series, at, episode) for at in range(onset, position + 1)]
    episode.size = max(float(np.median(new)), 0.0)
    if new[-1] < SHOWN_PART * episode.size or new[-1] <= 0:
        return None
    for at in range(onset, position):
        if new[at - onset] >= SHOWN_PART * episode.size:
            _count(episode, series, at)
    _agree(episode, series, position)
    return episode


def _departure(series: Series, position: int, episode: Episode) -> float:
    """How far a look has gone the way of a change, in the unit of the index."""
    return _gone(episode, series.looks[position].departure)


def _gone(episode: Episode, departure: float) -> float:
    """How far a departure has gone the way of a change."""
    return episode.sign * (departure - episode.level)


def _errors(series: Series, position: int, episode: Episode) -> float:
    """The same in errors of that look."""
    return _departure(series, position, episode) / series.looks[position].error


def _advance(episode: Episode, series: Series, position: int) -> None:
    """Take one more look into an open change."""
    normal = series.tested(episode.sign).level[series.looks[position].place]
    episode.is_normal |= bool(_gone(episode, normal) >= SHOWN_PART * episode.size)
    gone = _departure(series, position, episode)
    if gone > 0 and gone >= SHOWN_PART * episode.size:
        _agree(episode, series, position)
        episode.quiet = 0
    elif _is_clear(episode, series, position) or not series.in_alarm(position, episode.sign):
        episode.quiet += 1
    _close(episode, series, position)


def _is_clear(episode: Episode, series: Series, position: int) -> bool:
    """Whether a look that does not show a change would have shown it."""
    return episode.size >= CLEAR_ERRORS * series.looks[position].error


def _count(episode: Episode, series: Series, position: int) -> None:
    """Count a look that shows the change."""
    episode.agreeing.append(position)
    if series.looks[position].place not in series.doubtful:
        episode.sure.append(position)
    if _errors(series, position, episode) > _errors(series, episode.peak, episode):
        episode.peak = position


def _agree(episode: Episode, series: Series, position: int) -> None:
    """Take in what a look says that shows the change."""
    place = series.looks[position].place
    tested = series.tested(episode.sign)
    episode.last = position
    _count(episode, series, position)
    episode.size = float(np.median([_departure(series, at, episode) for at in episode.agreeing]))
    if not series.in_alarm(position, episode.sign):
        return
    episode.last_alarm = position
    episode.rate = min(episode.rate, float(tested.rate[place]))
    episode.ratio = max(episode.ratio, float(tested.ratio[place]))
    episode.second = max(episode.second, float(tested.second[place]))
    if episode.confirmed is None and _is_confirmed(episode, series, place):
        episode.confirmed = position


def _is_confirmed(episode: Episode, series: Series, place: int) -> bool:
    """Whether a second look agrees, by the model and by looks that nothing speaks against."""
    tested = series.tested(episode.sign)
    one = slice(place, place + 1)
    by_model = confirmed(tested.rate[one], tested.second[one], series.asked)
    return len(episode.sure) > 1 and bool(by_model[0])


def _close(episode: Episode, series: Series, position: int) -> None:
    """End a change that is over, that no second look agreed with, or that has become normal."""
    days = _days_between(series, episode.opened, position)
    if episode.confirmed is None:
        if episode.quiet >= PATIENCE or days > SECOND_LOOK_DAYS:
            episode.closed, episode.ending = position, "not_confirmed"
    elif episode.quiet >= PATIENCE:
        episode.closed, episode.ending = position, _ended(episode, series)
    elif (
        _days_between(series, episode.last_alarm, position) >= SETTLED_DAYS
        and len(episode.agreeing) >= SETTLED_LOOKS
    ):
        episode.closed, episode.ending = position, "new_normal"


def _ended(episode: Episode, series: Series) -> Ending:
    """How a confirmed change ends that looks do not show any more.

    One that stood for long and that the test judges from was normal until then: what undid it, or
    a baseline that has learnt it, is another matter.
    """
    stood = _days_between(series, episode.opened, episode.last) >= SETTLED_DAYS
    looks = len(episode.agreeing) >= SETTLED_LOOKS
    return "new_normal" if episode.is_normal and stood and looks else "passed"


def _end_what_was_undone(
    current: dict[Sign, Episode | None], series: Series, position: int
) -> None:
    """A change that opens the other way ends the one that it undoes."""
    rise, fall = current[1], current[-1]
    if rise is None or fall is None:
        return
    older = rise if rise.opened < fall.opened else fall
    older.closed = position
    older.ending = "not_confirmed" if older.confirmed is None else _ended(older, series)
    current[older.sign] = None


def _days_between(series: Series, first: int, last: int) -> float:
    """Days from one look of a series to another."""
    return (series.looks[last].sensed_at - series.looks[first].sensed_at) / dt.timedelta(days=1)
