"""Changes of single series drawn together into alerts of a site, with their evidence and history.

Pure and causal: an alert at any date is made of what was known then. Words are in `wording`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from assets.activity.indices import ACTIVITY_SIGN
from assets.anomalies.sequential import Episode, Observation, find_episodes

Direction = Literal["rise", "fall"]
Status = Literal["possible", "confirmed", "closed", "withdrawn"]
METHOD_VERSION = "2"

ORDER = ("occupancy", "texture", "bare_soil", "ndvi", "brightness")
"""Who names the direction of an event: brightness last, since dark things leaving brighten."""


class SeriesKey(NamedTuple):
    """One series of a site."""

    zone_id: str
    index_name: str


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
        """The look that departed most."""
        return self.series[self.episode.peak]


@dataclass(slots=True)
class Alert:
    """One event at a site: the changes that opened while it was going on, in one direction."""

    site_id: str
    direction: Direction
    members: list[Evidence] = field(default_factory=list)

    @property
    def alert_id(self) -> str:
        """Hash of site, direction and the look that opened it: the same in every run."""
        text = f"{self.site_id}\n{self.direction}\n{self.first.acquisition_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

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
        """The series that departed most: a confirmed one that tells more from less if there is."""
        return max(
            self.evidence,
            key=lambda one: (
                one.episode.confirmed is not None,
                one.key.index_name != "brightness",
                one.episode.peak_evidence,
                abs(one.peak.z),
                one.key,
            ),
        )

    @property
    def score(self) -> float:
        """The most evidence that one look of any of its series gave."""
        return max(one.episode.peak_evidence for one in self.evidence)

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
    def last(self) -> Observation:
        """The newest look that shows it."""
        looks = [one.series[one.episode.last] for one in self.evidence]
        return max(looks, key=lambda look: (look.sensed_at, look.acquisition_id))

    @property
    def confirmations(self) -> int:
        """Clear looks after the first that agree."""
        looks = {
            one.series[position].acquisition_id
            for one in self.evidence
            for position in one.episode.agreeing
        }
        return len(looks - {self.first.acquisition_id})

    def is_open_at(self, moment: dt.datetime) -> bool:
        """Whether one of its series was going on at a moment, by what was known then."""
        return any(
            member.opened_at <= moment and (member.closed_at is None or member.closed_at > moment)
            for member in self.members
        )

    def confirmed_by(self, moment: dt.datetime) -> bool:
        """Whether a second look had agreed by a moment."""
        return self.confirmed_at is not None and self.confirmed_at <= moment

    def history(self) -> list[tuple[Status, dt.datetime]]:
        """Each status with the moment from which it could be known."""
        steps: list[tuple[Status, dt.datetime]] = [("possible", self._known(self.first.sensed_at))]
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
        """When all the alert's looks up to a moment had been published."""
        return max(
            look.known_at
            for member in self.members
            for look in member.series[member.episode.opened :]
            if look.sensed_at <= moment
        )


def find_alerts(site_id: str, series: Mapping[SeriesKey, Sequence[Observation]]) -> list[Alert]:
    """Every alert of a site, oldest first.

    Args:
        site_id: the site.
        series: looks with a value of each zone and index, in the order of sensing.

    Returns:
        Alerts of all times, also closed ones.
    """
    found = [
        Evidence(key, looks, episode)
        for key, looks in series.items()
        for episode in find_episodes(looks)
    ]
    found.sort(key=lambda one: (one.opened_at, ORDER.index(one.key.index_name), one.key))
    alerts: list[Alert] = []
    for evidence in found:
        direction = _direction(evidence, alerts)
        home = _open_alert(alerts, direction, evidence)
        if home is None:
            home = Alert(site_id, direction)
            alerts.append(home)
        home.members.append(evidence)
    return alerts


def _direction(evidence: Evidence, alerts: Sequence[Alert]) -> Direction:
    """Whether a change means more or less going on, as far as its index can tell.

    Brightness cannot: light aircraft arriving and dark vehicles leaving both raise it. It goes
    with an event that its zone already has, and stands for itself only when it is alone.
    """
    if evidence.key.index_name == "brightness":
        for alert in alerts:
            in_zone = any(one.key.zone_id == evidence.key.zone_id for one in alert.members)
            if in_zone and alert.is_open_at(evidence.opened_at):
                return alert.direction
    sign = evidence.episode.sign * ACTIVITY_SIGN[evidence.key.index_name]
    return "rise" if sign > 0 else "fall"


def _open_alert(alerts: Sequence[Alert], direction: Direction, evidence: Evidence) -> Alert | None:
    """The alert that a change belongs to: of its direction, open, and about the same event.

    The same event is one that opened at the same look, or in the same zone, or that is already
    confirmed; a single unconfirmed look elsewhere on the site is another matter.
    """
    opener = evidence.series[evidence.episode.opened]
    for alert in alerts:
        if alert.direction != direction or not alert.is_open_at(evidence.opened_at):
            continue
        confirmed = alert.confirmed_by(evidence.opened_at)
        in_zone = any(one.key.zone_id == evidence.key.zone_id for one in alert.members)
        if confirmed or in_zone or alert.first.acquisition_id == opener.acquisition_id:
            return alert
    return None
