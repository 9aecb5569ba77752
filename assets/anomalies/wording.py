"""What an alert says in words: what was measured, how sure it is, and what else could cause it.

Never what it means: no aircraft, deployment or attack is read from pixels of 10 m.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from assets.activity.indices import UNITS
from assets.anomalies.alerts import Alert, Evidence
from assets.anomalies.causes import Cause

NAMES: Final = {
    "ndvi": "NDVI",
    "bare_soil": "bare soil index",
    "pattern": "share of the usual pattern",
    "novelty": "unexplained pattern",
}
"""Indices whose name in a sentence is not that of their column."""
CAVEAT: Final = "Confirm it independently before drawing conclusions."
DIGITS: Final = {"m2": "{:.0f} m2", "reflectance": "{:.3f} reflectance", "1": "{:.3f}"}
ENDINGS: Final = {
    "passed": "it no longer stands out from the looks before it",
    "new_normal": "it has stayed so and counts as the normal state now",
    "not_confirmed": "it was never confirmed",
}
"""How an alert ended, as short as the head of a page wants it."""
OFTEN_YEARS: Final = 1.5  # up to which times a year are said
YEARS_MAX: Final = 1000.0  # of a quiet site that anyone should speak of


def quantity(value: float, index_name: str) -> str:
    """A value with its unit."""
    return DIGITS[UNITS[index_name]].format(value)


def sentence(evidence: Evidence, zone_name: str) -> str:
    """What was measured at the peak of one series."""
    moved = "rose" if evidence.effect > 0 else "fell"
    name = NAMES.get(evidence.key.index_name, evidence.key.index_name)
    size = quantity(abs(evidence.effect), evidence.key.index_name)
    return (
        f"{name} of {zone_name} {moved} by {size}, {abs(evidence.peak_z):.1f} sigma"
        f" from {_level(evidence)}, on {evidence.peak.sensed_at:%Y-%m-%d}"
    )


def summary(alert: Alert, zone_names: Mapping[str, str], causes: Sequence[Cause]) -> str:
    """An alert in a few sentences, with how sure it is.

    Args:
        alert: to be told.
        zone_names: names for people by zone id; of a zone that left the list the id stands.
        causes: ordinary ones of its strongest series, the likeliest first.
    """
    strongest = alert.strongest
    zone_id = strongest.key.zone_id
    said = sentence(strongest, zone_names.get(zone_id, zone_id))
    said = f"{said[0].upper()}{said[1:]}, likeliest since {alert.onset.sensed_at:%Y-%m-%d}."
    parts = [said, _others(alert, zone_names), certainty(alert), rarity(alert), _ordinary(causes)]
    return " ".join(part for part in (*parts, CAVEAT) if part)


def certainty(alert: Alert) -> str:
    """How far the looks go."""
    if alert.confirmed_at is None:
        return _unconfirmed(alert)
    agree = _agree(alert.confirmations, "further clear look")
    if alert.ending in ("new_normal", "passed"):
        return f"{agree}; {ENDINGS[alert.ending]}."
    return f"{agree}."


def rarity(alert: Alert) -> str:
    """How often looks of a quiet site come as far, by all that agree in the strongest series."""
    strongest = alert.strongest.episode
    together = " as these looks together" if len(strongest.agreeing) > 1 else ""
    return f"On quiet looks the site would show as much{together} {how_often(strongest.rate)}."


def how_often(per_year: float) -> str:
    """How often a year something comes, in words that a small rate keeps its sense in."""
    if per_year * OFTEN_YEARS > 1:
        return f"about {per_year:.1f} times a year"
    if per_year * YEARS_MAX <= 1:
        return f"less than once in {YEARS_MAX:.0f} years"
    return f"about once in {1 / per_year:.0f} years"


def told(cause: Cause) -> str:
    """An ordinary cause with what speaks for and against it."""
    reasons = {leans: [] for leans in (1, -1, 0)}  # type: dict[int, list[str]]
    for reason in cause.reasons:
        reasons[reason.leans].append(reason.words)
    parts = [
        f"{word} {'; '.join(reasons[leans])}"
        for leans, word in ((1, "for:"), (-1, "against:"), (0, "open:"))
        if reasons[leans]
    ]
    return f"{cause.name} ({', '.join(parts) or 'not tested'})"


def _level(evidence: Evidence) -> str:
    """What the peak of a series is held against."""
    if evidence.episode.is_return:
        return "the level of the earlier change"
    # of looks whose orbit is not known, some may be of others
    orbit = "" if evidence.peak.relative_orbit is None else "same-orbit "
    return f"its {orbit}baseline of {evidence.peak.baseline_n} looks"


def _unconfirmed(alert: Alert) -> str:
    """Why an alert is not confirmed, and whether that may still come."""
    is_over = alert.closed_at is not None
    if alert.further < 1 and is_over:
        return "No second clear look confirmed it."
    if alert.further < 1:
        return "One clear look shows it: too early to tell."
    end = "" if is_over else ": too early to tell"
    agree = _agree(alert.further, "further look")
    return f"{agree}, but the looks are {_lack(alert)} to confirm it{end}."


def _lack(alert: Alert) -> str:
    """What keeps looks that agree from confirming an alert."""
    doubtful = [
        one.series[at]
        for one in alert.evidence
        for at in one.episode.agreeing
        if at not in one.episode.sure
    ]
    lacks = {
        "too weak": alert.confirmations > 0,  # two that may confirm it, and yet they did not
        "too noisy": any(seen.is_noisy for seen in doubtful),
        "under too low a sun": not all(seen.is_noisy for seen in doubtful),
    }
    *others, last = (words for words, holds in lacks.items() if holds)
    return f"{', '.join(others)} or {last}" if others else last


def _agree(count: int, noun: str) -> str:
    """That so many looks agree."""
    return f"{count} {noun}{' agrees' if count == 1 else 's agree'}"


def _others(alert: Alert, zone_names: Mapping[str, str]) -> str:
    """What moved besides, and where."""
    keys = {one.key for one in alert.evidence} - {alert.strongest.key}
    if not keys:
        return ""
    more = f"{len(keys)} more series moved with it"
    *zones, last = sorted({zone_names.get(key.zone_id, key.zone_id) for key in keys})
    where = f"{', '.join(zones)} and {last}" if zones else last
    return f"{more}, in {where}."


def _ordinary(causes: Sequence[Cause]) -> str:
    """Ordinary causes that are likely, with their reasons."""
    likely = [told(cause) for cause in causes if cause.is_likely]
    if not likely:
        return "No ordinary cause that the looks can test is likely."
    return f"Ordinary causes that fit: {', '.join(likely)}."
