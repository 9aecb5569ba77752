"""What an alert is: changes of single series of a site, with what they say together and when.

Pure and causal: an alert at any date is made of what was known then. Which changes are one is
`grouping`'s, words are in `wording`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assets.activity.indices import ACTIVITY_SIGN
from assets.anomalies.episodes import Ending, Episode
from assets.anomalies.series import Observation, SeriesKey

Direction = Literal["rise", "fall"]
Status = Literal["possible", "confirmed", "closed", "withdrawn"]
METHOD_VERSION = "8"


def method_version(asked: float) -> str:
    """What alerts are drawn by, besides activity: this method at a rate of false alarms."""
    return f"{METHOD_VERSION} at {asked:g} a year"


ENDINGS: tuple[Ending, ...] = ("not_confirmed", "passed", "new_normal")
"""How an alert closed, by what outlasts what: one series that stays makes the new normal."""


@dataclass(slots=True)
class Evidence:
    """One change of one series as part of an alert."""

    key: SeriesKey
    series: Sequence[Observation]
    episode: Episode

    @property
    def opened_at(self) -> dt.datetime:
        """When the look was seen that opened it."""
        return self.series[self.episode.opened].sensed_at

    @property
    def confirmed_at(self) -> dt.datetime | None:
        """When the look was seen that confirmed it."""
        position = self.episode.confirmed
        return None if position is None else self.series[position].sensed_at

    @property
    def closed_at(self) -> dt.datetime | None:
        """When the look was seen that ended it."""
        position = self.episode.closed
        return None if position is None else self.series[position].sensed_at

    @property
    def peak(self) -> Observation:
        """The look that departed most, by its own error."""
        return self.series[self.episode.peak]

    @property
    def effect(self) -> float:
        """Departure at the peak from what was expected, or from the change that it undoes."""
        return self.peak.departure - self.episode.level

    @property
    def peak_z(self) -> float:
        """The same in standard errors of that look."""
        return self.effect / self.peak.error

    @property
    def tells_direction(self) -> bool:
        """Whether its sign alone tells more from less going on.

        It does where there is less to see than usual, less of the usual pattern, or more or less
        structure. An area that differs, or brighter and barer ground, comes as well of things that
        left ground which they had always covered.
        """
        if self.key.index_name == "texture":
            return True
        return self.key.index_name in ("occupancy", "pattern") and self.episode.sign < 0

    @property
    def direction(self) -> Direction:
        """What it means for the amount of activity by the sign of its index."""
        sign = self.episode.sign * ACTIVITY_SIGN[self.key.index_name]
        return "rise" if sign > 0 else "fall"


@dataclass(slots=True)
class Alert:
    """One event at a site: the changes that opened while it was going on."""

    site_id: str
    members: list[Evidence]

    @property
    def alert_id(self) -> str:
        """Hash of site, opening direction and opening look: the same in every run and for ever."""
        text = f"{self.site_id}\n{self.members[0].direction}\n{self.first.acquisition_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def tells_direction(self) -> bool:
        """Whether one of its series tells more from less by its sign alone."""
        return any(member.tells_direction for member in self.members)

    @property
    def direction(self) -> Direction:
        """That of the first series which tells it, as known today; else of the first."""
        telling = (one for one in self.members if one.tells_direction)
        return next(telling, self.members[0]).direction

    @property
    def first(self) -> Observation:
        """The look that opened it."""
        member = self.members[0]
        return member.series[member.episode.opened]

    @property
    def evidence(self) -> list[Evidence]:
        """Its series: the confirmed and the pending ones; if none is, those it was opened by."""
        standing = [
            member
            for member in self.members
            if member.episode.confirmed is not None or member.episode.closed is None
        ]
        return standing or self.members

    @property
    def strongest(self) -> Evidence:
        """The series with the rarest evidence: a confirmed one that tells most if there is."""
        return min(
            self.evidence,
            key=lambda one: (
                one.episode.confirmed is None,
                one.key.index_name == "brightness",
                one.episode.rate,
                -one.episode.ratio,
                one.key,
            ),
        )

    @property
    def confirmed_at(self) -> dt.datetime | None:
        """When a second look first agreed in one of its series."""
        return min((at for one in self.members if (at := one.confirmed_at)), default=None)

    @property
    def closed_at(self) -> dt.datetime | None:
        """When its last series came to an end; None while one goes on."""
        ends = [member.closed_at for member in self.members]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def ending(self) -> Ending | None:
        """How it came to an end; None while it goes on."""
        if self.closed_at is None:
            return None
        found = {one.episode.ending for one in self.members}
        return next(ending for ending in reversed(ENDINGS) if ending in found)

    @property
    def last(self) -> Observation:
        """The newest look that shows it."""
        looks = [one.series[one.episode.last] for one in self.evidence]
        return max(looks, key=lambda seen: seen.look)

    @property
    def further(self) -> int:
        """Looks that agree besides one, also those that may not confirm it."""
        agreeing = {one.series[at].look for one in self.evidence for at in one.episode.agreeing}
        return len(agreeing) - 1

    @property
    def confirmations(self) -> int:
        """Looks that agree besides one, of those that may confirm it."""
        sure = {one.series[at].look for one in self.evidence for at in one.episode.sure}
        return max(len(sure) - 1, 0)

    @property
    def onset(self) -> Observation:
        """The look at which it likeliest began, none after it opened.

        That of the strongest series, or of the one that opened it where the former joined later.
        """
        onsets = [one.series[one.episode.onset] for one in (self.strongest, self.members[0])]
        return next(seen for seen in onsets if seen.look <= self.first.look)

    def is_open_at(self, moment: dt.datetime) -> bool:
        """Whether one of its series was going on at a moment, by what was known then."""
        return any(
            member.opened_at <= moment and (member.closed_at is None or member.closed_at > moment)
            for member in self.members
        )

    def confirmed_by(self, moment: dt.datetime) -> bool:
        """Whether a second look had agreed by a moment."""
        return self.confirmed_at is not None and self.confirmed_at <= moment

    def has_zone(self, zone_id: str) -> bool:
        """Whether one of its series is of a zone."""
        return any(one.key.zone_id == zone_id for one in self.members)

    def history(self) -> list[tuple[Status, dt.datetime]]:
        """Each status with the moment from which it could be known."""
        first = self.members[0]
        steps: list[tuple[Status, dt.datetime]] = [
            ("possible", first.series[first.episode.opened].known_at)
        ]
        if self.confirmed_at is not None:
            steps.append(("confirmed", self._known(self.confirmed_at)))
        if self.closed_at is not None:
            steps.append(("closed", self._known(self.closed_at)))
        return steps

    @property
    def status(self) -> Status:
        """The newest status."""
        return self.history()[-1][0]

    def _known(self, moment: dt.datetime) -> dt.datetime:
        """When the alert's look of a moment, and all before it, had been published."""
        return max(
            look.known_at
            for member in self.members
            for look in member.series
            if look.sensed_at == moment
        )
