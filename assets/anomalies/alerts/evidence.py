"""One change of one series as part of an alert: when, how far, on which side of the usual. Pure.

Causal. What several changes say together is in the module `alerts`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assets.activity.indices.indices import ACTIVITY_SIGN
from assets.anomalies.alerts.change_episode import ChangeEpisode
from assets.anomalies.change_tests.series import SeriesKey, SeriesObservation
from assets.anomalies.course.meaning import Direction, Ground, direction_of

Side = Literal["rise", "fall"]


@dataclass(slots=True)
class AlertEvidence:
    """One change of one series as part of an alert."""

    key: SeriesKey
    series: Sequence[SeriesObservation]
    episode: ChangeEpisode
    ground: Ground = "paved"

    @property
    def opened_at(self) -> dt.datetime:
        """When the look that opened it was sensed."""
        return self.series[self.episode.opened].sensed_at

    @property
    def confirmed_at(self) -> dt.datetime | None:
        """When the look that confirmed it was sensed; None before."""
        position = self.episode.confirmed
        return None if position is None else self.series[position].sensed_at

    @property
    def closed_at(self) -> dt.datetime | None:
        """When the look that ended it was sensed; None while it goes on."""
        position = self.episode.closed
        return None if position is None else self.series[position].sensed_at

    @property
    def peak(self) -> SeriesObservation:
        """The look that departed most, by its own error."""
        return self.series[self.episode.peak]

    @property
    def effect(self) -> float:
        """Departure at the peak, in the unit of the index.

        From what was expected, or from where the change had led that it undoes.
        """
        return self.peak.departure - self.episode.level

    @property
    def peak_z(self) -> float:
        """Departure at the peak in standard errors of that look."""
        return self.effect / self.peak.error

    @property
    def tells_direction(self) -> bool:
        """Whether its sign alone tells more from less going on."""
        return self.direction != "change"

    @property
    def direction(self) -> Direction:
        """What it tells: more, less, or merely other than usual."""
        return direction_of(self.key.index_name, self.episode.sign)

    def as_of(self, moment: dt.datetime) -> AlertEvidence:
        """The change at a moment, for `meanings` and `newest`: no later look shows or ends it.

        Its numbers (rate, peak) are still those of all looks.
        """
        one = self.episode

        def is_then(at: int | None) -> bool:
            return at is not None and self.series[at].sensed_at <= moment

        then = replace(
            one,
            confirmed=one.confirmed if is_then(one.confirmed) else None,
            closed=one.closed if is_then(one.closed) else None,
            agreeing=[at for at in one.agreeing if is_then(at)],
        )
        return replace(self, episode=then)

    @property
    def newest(self) -> SeriesObservation:
        """The newest look that shows it."""
        return self.series[self.episode.agreeing[-1]]

    def usual_at(self, look: SeriesObservation) -> float:
        """The usual value at a look; for a return, the value to which the earlier change led."""
        return look.value - look.departure + self.episode.level

    @property
    def share_left(self) -> float | None:
        """Value over usual value at its newest look; None where the latter is not above 0."""
        usual = self.usual_at(self.newest)
        return self.newest.value / usual if usual > 0 else None

    @property
    def side(self) -> Side:
        """On which side of the usual it lies; "rise" is the side of more activity.

        Used to group changes; people are told `direction`.
        """
        sign = self.episode.sign * ACTIVITY_SIGN[self.key.index_name]
        return "rise" if sign > 0 else "fall"
