"""The sequential test of one series: when a change opens, is confirmed, and is over.

Pure and causal: what is said of a look never depends on later ones. Grouping series into alerts
is `alerts`' job.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from assets.activity.history import GAP_MONTHS
from assets.activity.robust import MAD_TO_SIGMA
from assets.anomalies.evidence import evidence_of
from resources.models import Month

Sign = Literal[-1, 1]
Against = Literal["baseline", "alert level"]

OPEN: Final = 3.5  # evidence of one look that opens; two-sided chance 0.0005 if errors are normal
DRIFT: Final = 1.0  # evidence taken off at each look, so that ordinary wandering adds up to nothing
OPEN_SUM: Final = 5.0  # CUSUM that opens (Page 1954, doi:10.1093/biomet/41.1-2.100)
AGREE: Final = 2.5  # evidence by which a second look confirms
CALM: Final = 1.5  # evidence under which a look no longer shows the change
PATIENCE: Final = 3  # looks without agreement after which a change is over
SECOND_LOOK_DAYS: Final = 120  # a look later than this is no second look at the same thing
RETURN_LEARNED_DAYS: Final = (
    15  # of the change that a baseline may hold when a return is looked for
)
RETURN_DAYS: Final = 60  # for so long a return is said, then it is history
RETURN_SUM: Final = 2.5  # CUSUM that opens a return: what went up is known to come down
RETURN_AGREE: Final = 2.0  # evidence by which a second look confirms it
LEVEL_LOOKS: Final = 4  # looks that make a level which can be left again


@dataclass(frozen=True, slots=True)
class Observation:
    """One look of a series: departure from expectation with its evidence.

    `measurement_error` is the standard error of the value alone, without that of the expectation.
    """

    acquisition_id: str
    sensed_at: dt.datetime
    known_at: dt.datetime
    value: float
    departure: float
    measurement_error: float
    z: float
    evidence: float


@dataclass(slots=True)
class Episode:
    """One change of one series, as far as it is known.

    `opened`, `confirmed`, `closed` and `peak` are positions in the series; `closed` without
    `confirmed` is a change that no second look agreed with. `against` tells what it departs from.
    """

    sign: Sign
    opened: int
    against: Against = "baseline"
    confirmed: int | None = None
    closed: int | None = None
    peak: int = 0
    peak_evidence: float = 0.0
    last: int = 0
    agreeing: list[int] = field(default_factory=list)
    level: float | None = None
    quiet: int = 0

    def peak_z(self, series: Sequence[Observation]) -> float:
        """Departure at the peak in standard errors, from the baseline or from that level."""
        if self.against == "baseline":
            return series[self.peak].z
        return self.sign * self.peak_evidence

    def effect(self, series: Sequence[Observation]) -> float:
        """Departure at the peak, from the baseline or from the level of the earlier change."""
        return series[self.peak].departure - (self.level or 0.0)


def find_episodes(series: Sequence[Observation]) -> list[Episode]:
    """Every change of a series, in the order of opening.

    Args:
        series: looks in the order of sensing, those with a value only.

    Returns:
        Rises and falls from the baseline, and returns from the level of a confirmed change.
    """
    episodes: list[Episode] = []
    signs: tuple[Sign, Sign] = (1, -1)
    for sign in signs:
        departures = _departures(series, sign)
        episodes += departures
        for episode in departures:
            back = _find_return(series, episode)
            if back is not None:
                episodes.append(back)
    return sorted(episodes, key=lambda episode: (episode.opened, -episode.sign))


def _departures(series: Sequence[Observation], sign: Sign) -> list[Episode]:
    """Changes of one sign against the baseline."""
    episodes: list[Episode] = []
    current: Episode | None = None
    total = 0.0
    for position, look in enumerate(series):
        strength = sign * look.evidence
        if current is not None:
            _advance(current, series, position, strength)
            if current.closed is None:
                continue
            current, total = None, 0.0
            if strength < OPEN:
                continue
        total = max(0.0, total + strength - DRIFT)
        if strength >= OPEN or total >= OPEN_SUM:
            current = Episode(sign, position)
            _agree(current, position, strength)
            episodes.append(current)
    return episodes


def _advance(
    episode: Episode, series: Sequence[Observation], position: int, strength: float
) -> None:
    """Let one more look confirm, prolong or end an open change."""
    waited = series[position].sensed_at - series[episode.last].sensed_at
    if episode.confirmed is None and waited > dt.timedelta(days=SECOND_LOOK_DAYS):
        episode.closed = position
        return
    needed = AGREE if episode.confirmed is None else CALM
    if strength >= needed:
        if episode.confirmed is None:
            episode.confirmed = position
        _agree(episode, position, strength)
        episode.quiet = 0
        return
    episode.quiet += 1
    if episode.quiet >= PATIENCE:
        episode.closed = position


def _agree(episode: Episode, position: int, strength: float) -> None:
    """Count a look that shows the change."""
    episode.last = position
    if strength >= AGREE:
        episode.agreeing.append(position)
    if strength > episode.peak_evidence:
        episode.peak, episode.peak_evidence = position, strength


def _find_return(series: Sequence[Observation], change: Episode) -> Episode | None:
    """The step back from the level that a confirmed change had reached.

    Like any change it is open from its first look, and over if no second look agrees with it.
    Looked for only while the baseline holds few looks of the change itself: later, the departure
    shrinks because the change has become the normal state.
    """
    if change.confirmed is None:
        return None
    sign: Sign = -1 if change.sign > 0 else 1
    level = [series[change.opened]]
    total = 0.0
    for position in range(change.opened + 1, len(series)):
        look = series[position]
        if not _is_fresh(series[change.opened].sensed_at, look.sensed_at):
            return None
        strength = _strength_against(look, level, sign)
        total = max(0.0, total + strength - DRIFT)
        if total >= RETURN_SUM:
            return _follow_return(series, position, sign=sign, level=level)
        if total == 0.0:
            level.append(look)
    return None


def _follow_return(
    series: Sequence[Observation], opened: int, *, sign: Sign, level: Sequence[Observation]
) -> Episode:
    """The return that opened at a look, as far as the next ones carry it."""
    centre = _median([look.departure for look in level])
    found = Episode(sign, opened, "alert level", level=centre)
    _agree(found, opened, _strength_against(series[opened], level, sign))
    for position in range(opened + 1, len(series)):
        look = series[position]
        if look.sensed_at - series[opened].sensed_at > dt.timedelta(days=RETURN_DAYS):
            found.closed = position
            break
        strength = _strength_against(look, level, sign)
        if strength >= RETURN_AGREE:
            found.confirmed = found.confirmed or position
            _agree(found, position, strength)
        elif found.confirmed is None:
            found.quiet += 1
            if found.quiet >= PATIENCE:
                found.closed = position
                break
    return found


def _strength_against(look: Observation, level: Sequence[Observation], sign: Sign) -> float:
    """Evidence that a look has left the level of a change, towards `sign`.

    The weaker of two: of the departure from expectation, which a season leaves alone, and of the
    value itself, which stays when the baseline merely learns the change.
    """
    if len(level) < LEVEL_LOOKS:
        return 0.0
    departures = [one.departure for one in level]
    values = [one.value for one in level]
    return min(
        sign * _against_level(look.departure, departures, look.measurement_error),
        sign * _against_level(look.value, values, look.measurement_error),
    )


def _against_level(number: float, level: Sequence[float], measurement_error: float) -> float:
    """Evidence of a departure from a level, by the scatter of its looks.

    The measurement's own error is the least scatter there is.
    """
    centre = _median(level)
    scatter = MAD_TO_SIGMA * _median([abs(one - centre) for one in level])
    error = math.hypot(max(scatter, measurement_error), scatter / math.sqrt(len(level)))
    if error == 0:
        return 0.0
    z = np.array([(number - centre) / error])
    return float(evidence_of(z, np.array([len(level)]))[0])


def _median(values: Sequence[float]) -> float:
    """The middle value."""
    return float(np.median(values))


def _is_fresh(opened_at: dt.datetime, sensed_at: dt.datetime) -> bool:
    """Whether the baseline of a look's month holds next to nothing of a change that opened then."""
    learned_until = Month.of(sensed_at).plus(-GAP_MONTHS).start
    return learned_until <= opened_at + dt.timedelta(days=RETURN_LEARNED_DAYS)
