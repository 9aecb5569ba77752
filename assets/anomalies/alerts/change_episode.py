"""A series with its test, one change of it, and what a look says of that change. Pure.

`episodes` decides when a change opens and is confirmed, `episode_ends` when it ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from assets.anomalies.change_tests.series import SeriesObservation
from assets.anomalies.change_tests.site_test import SeriesTest

Sign = Literal[-1, 1]
Ending = Literal["passed", "new_normal", "not_confirmed"]

CLEAR_ERRORS: Final = 3.0  # errors of a look from which a change is large enough to be missed


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


def signed_departure(series: SeriesUnderTest, position: int, episode: ChangeEpisode) -> float:
    """Departure of a look from the level of a change, in its direction; unit of the index."""
    return episode.sign * (series.looks[position].departure - episode.level)


def departure_in_errors(series: SeriesUnderTest, position: int, episode: ChangeEpisode) -> float:
    """Departure of a look from the level of a change, in its direction; errors of the look."""
    return signed_departure(series, position, episode) / series.looks[position].error


def is_detectable_at(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> bool:
    """Whether a look would have shown a change: its size is CLEAR_ERRORS errors or more."""
    return episode.size >= CLEAR_ERRORS * series.looks[position].error


def count_look(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """Count a look that shows the change; it is the new peak if it departs most in its error."""
    episode.agreeing.append(position)
    if series.looks[position].place not in series.doubtful:
        episode.sure.append(position)
    if departure_in_errors(series, position, episode) > departure_in_errors(
        series, episode.peak, episode
    ):
        episode.peak = position


def days_between(series: SeriesUnderTest, first: int, last: int) -> float:
    """Days from one look of a series to another."""
    return (series.looks[last].sensed_at - series.looks[first].sensed_at) / dt.timedelta(days=1)
