"""What an alert is: changes of single series of a site, with what they say together and when. Pure.

Causal: an alert at any date is made of what was known then. A single change is in `evidence`;
`grouping` decides which changes are one alert, and `wording` puts it in words.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Literal, NamedTuple

from assets.anomalies.alerts.change_episode import Ending
from assets.anomalies.alerts.evidence import AlertEvidence, Side
from assets.anomalies.change_tests.series import SeriesObservation
from assets.anomalies.course.meaning import Direction, Meaning, common_direction, meaning_of

Status = Literal["possible", "confirmed", "closed", "withdrawn"]
ENDINGS: tuple[Ending, ...] = ("not_confirmed", "passed", "new_normal")
"""How an alert closed, by what outlasts what: one series that stays makes the new normal."""


class StatusChange(NamedTuple):
    """A status that an alert came to by a look, and from when that could be known."""

    status: Status
    sensed_at: dt.datetime
    known_at: dt.datetime


@dataclass(slots=True)
class Alert:
    """One event at a site: the changes that opened while it was going on."""

    site_id: str
    members: list[AlertEvidence]

    @property
    def alert_id(self) -> str:
        """Hash of site, opening side and opening look, 16 characters: the same in every run."""
        text = f"{self.site_id}\n{self.members[0].side}\n{self.first.acquisition_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def tells_direction(self) -> bool:
        """Whether one of its series tells more from less by its sign alone."""
        return any(member.tells_direction for member in self.members)

    @property
    def side(self) -> Side:
        """Side of the first series which tells a direction, as known today; else of the first."""
        telling = (one for one in self.members if one.tells_direction)
        return next(telling, self.members[0]).side

    @property
    def is_return(self) -> bool:
        """Whether it is the undoing of an earlier change."""
        return self.members[0].episode.is_return

    @property
    def meanings(self) -> dict[str, Meaning]:
        """Meaning of the series of each zone, by zone id, in the order in which zones joined."""
        of_zone: dict[str, list[AlertEvidence]] = {}
        for one in self.evidence:
            of_zone.setdefault(one.key.zone_id, []).append(one)
        return {
            zone_id: meaning_of(
                {one.key.index_name: one.episode.sign for one in reversed(found)}, found[0].ground
            )
            for zone_id, found in of_zone.items()
        }

    @property
    def meaning(self) -> Meaning:
        """Meaning of the zone which showed the event first."""
        return next(iter(self.meanings.values()))

    @property
    def direction(self) -> Direction:
        """Direction on which all zones agree that tell one; else "change"."""
        return common_direction(self.meanings.values())

    def as_of(self, moment: dt.datetime) -> Alert:
        """The alert as it stood at a moment: its zones and directions by the looks until then."""
        return Alert(
            self.site_id, [one.as_of(moment) for one in self.members if one.opened_at <= moment]
        )

    @property
    def first(self) -> SeriesObservation:
        """The look that opened it."""
        member = self.members[0]
        return member.series[member.episode.opened]

    @property
    def evidence(self) -> list[AlertEvidence]:
        """Its series: the confirmed and the pending ones; if none is, those it was opened by."""
        standing = [
            member
            for member in self.members
            if member.episode.confirmed is not None or member.episode.closed is None
        ]
        return standing or self.members

    @property
    def strongest(self) -> AlertEvidence:
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
    def confirmed_by_look(self) -> str | None:
        """Id of the look with which a second look first agreed; None before."""
        found = [
            member.series[at].look
            for member in self.members
            if (at := member.episode.confirmed) is not None
        ]
        return min(found).acquisition_id if found else None

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
    def last(self) -> SeriesObservation:
        """The newest look that shows it."""
        looks = [one.series[one.episode.last] for one in self.evidence]
        return max(looks, key=lambda seen: seen.look)

    @property
    def further(self) -> int:
        """Number of looks that agree, less one; also those that may not confirm it."""
        agreeing = {one.series[at].look for one in self.evidence for at in one.episode.agreeing}
        return len(agreeing) - 1

    @property
    def confirmations(self) -> int:
        """Number of looks that agree and may confirm it, less one; at least 0."""
        sure = {one.series[at].look for one in self.evidence for at in one.episode.sure}
        return max(len(sure) - 1, 0)

    @property
    def onset(self) -> SeriesObservation:
        """The look at which the event most likely began, none after the alert opened.

        It is the onset of the strongest series, or of the series that opened the alert where the
        strongest one joined later.
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

    def history(self) -> list[StatusChange]:
        """Each status with the look that brought it, and from when it could be known."""
        first = self.members[0]
        opened = first.series[first.episode.opened]
        turns = [StatusChange("possible", opened.sensed_at, opened.known_at)]
        further: tuple[tuple[Status, dt.datetime | None], ...] = (
            ("confirmed", self.confirmed_at),
            ("closed", self.closed_at),
        )
        return turns + [
            StatusChange(status, at, self._known(at)) for status, at in further if at is not None
        ]

    @property
    def status(self) -> Status:
        """The newest status."""
        return self.history()[-1].status

    def _known(self, moment: dt.datetime) -> dt.datetime:
        """When the alert's look of a moment, and all before it, had been published."""
        return max(
            look.known_at
            for member in self.members
            for look in member.series
            if look.sensed_at == moment
        )
