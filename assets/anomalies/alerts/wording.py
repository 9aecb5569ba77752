"""What an alert says in words: what was measured, how sure it is, and what else could cause it.

Never what it is for: no aircraft, deployment or attack is read from pixels of 10 m.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Final

from assets.activity.detect.objects import SIZES_M2
from assets.activity.indices.indices import UNITS
from assets.anomalies.alerts.alerts import Alert
from assets.anomalies.alerts.causes import OrdinaryCause
from assets.anomalies.alerts.evidence import AlertEvidence
from assets.anomalies.course.meaning import Meaning

SQUARE: Final = "m\N{SUPERSCRIPT TWO}"
NAMES: Final = {
    "ndvi": "greenness (NDVI)",
    "bare_soil": "the bare soil index",
    "brightness": "brightness",
    "texture": "texture",
    "pattern": "the share of the usual pattern",
    "novelty": "what the usual pattern does not explain",
    "changed_area": "the changed area",
    "covered_area": "the covered area",
    "objects_large": "the number of candidates for large objects",
    "objects_medium": "the number of candidates for medium objects",
    "objects_small": "the number of candidates for small objects",
}
"""Indices as a sentence has them."""
TOLD_BY: Final[dict[Meaning, tuple[str, ...]]] = {
    "filled": ("covered_area", "texture", "pattern"),
    "emptied": ("covered_area", "texture", "pattern"),
    "built": ("texture", "ndvi"),
    "bared": ("ndvi", "bare_soil"),
    "greened": ("ndvi", "bare_soil"),
    "wetted": ("brightness",),
    "changed": ("changed_area",),
}
"""Which index of a zone tells best what it means, the first that moved; else the rarest."""
OBJECT_SIZES: Final[dict[str, str]] = {
    name: f"{least:.0f} {SQUARE} and more"
    if math.isinf(most)
    else f"{least:.0f} to {most:.0f} {SQUARE}"
    for name, (least, most) in SIZES_M2.items()
}
"""Sizes of candidates for objects as a sentence has them."""
MORE_OR_LESS: Final[dict[Meaning, int]] = {"filled": 1, "emptied": -1}
"""Signs of counts that go with what a zone means; others are shadows, or what lay below."""
CAVEAT: Final = "Confirm it independently before drawing conclusions."
DIGITS: Final = {"m2": "{:,.0f} " + SQUARE, "reflectance": "{:.3f} reflectance", "1": "{:.3f}"}
ENDINGS: Final = {
    "passed": "it no longer stands out from the looks before it",
    "new_normal": "it has stayed so and counts as the normal state now",
    "not_confirmed": "it was never confirmed",
}
"""How an alert ended, as short as the head of a page wants it."""
OFTEN_YEARS: Final = 1.5  # up to which times a year are said
YEARS_MAX: Final = 1000.0  # of a quiet site that anyone should speak of


def format_index_value(value: float, index_name: str) -> str:
    """Format a value of an index with its unit.

    Raises:
        KeyError: the index has no unit in UNITS.
    """
    return DIGITS[UNITS[index_name]].format(value)


def join_names(names: Sequence[str], link: str = "and") -> str:
    """Names as a sentence has them: a, b and c."""
    *others, last = names
    return f"{', '.join(others)} {link} {last}" if others else last


def series_sentence(evidence: AlertEvidence, zone_name: str) -> str:
    """What one series shows: from what to what, at its newest look, and since when."""
    newest = evidence.newest
    name = NAMES.get(evidence.key.index_name, evidence.key.index_name)
    now, usual = newest.value, evidence.usual_at(newest)
    moved = "rose" if now > usual else "fell"
    before = "where an earlier change had led" if evidence.episode.is_return else "the usual"
    return (
        f"{name} of {zone_name} {moved} from {before} "
        f"{format_index_value(usual, evidence.key.index_name)}"
        f" to {format_index_value(now, evidence.key.index_name)} on {_iso_day(newest.sensed_at)}"
    )


def alert_summary(
    alert: Alert,
    zone_names: Mapping[str, str],
    causes: Sequence[OrdinaryCause],
    seen_before: dt.datetime | None,
) -> str:
    """Write an alert in a few sentences: what was measured, how sure it is, and ordinary causes.

    Args:
        alert: the alert, with at least one change.
        zone_names: names for people by zone id; a zone that has left the list is named by its id.
        causes: ordinary causes of its strongest series, the likeliest first.
        seen_before: when the last clear look before the alert was sensed, UTC; None if there is
            none.

    Returns:
        Sentences with values in the unit of the index; the last sentence is CAVEAT.

    Raises:
        KeyError: the index of a change has no unit in UNITS.
        StopIteration: the alert has no change.
    """
    shown = most_telling_evidence(alert)
    zone_id = shown.key.zone_id
    said = series_sentence(shown, zone_names.get(zone_id, zone_id))
    said = f"{said[0].upper()}{said[1:]}, {onset_phrase(alert, seen_before)}."
    parts = [
        said,
        object_counts_sentence(alert, zone_id),
        _other_zones_sentence(alert, zone_id, zone_names),
        certainty_sentence(alert),
        _likely_causes_sentence(causes),
    ]
    return " ".join(part for part in (*parts, CAVEAT) if part)


def most_telling_evidence(alert: Alert) -> AlertEvidence:
    """Choose the series that tells best what the first zone of an alert means.

    Args:
        alert: the alert, with at least one change.

    Returns:
        The first series that TOLD_BY names for the meaning, else the strongest series of the zone.

    Raises:
        StopIteration: the alert has no change.
    """
    zone_id, meaning = next(iter(alert.meanings.items()))
    mine = [one for one in alert.evidence if one.key.zone_id == zone_id]
    strongest = alert.strongest
    for name in TOLD_BY[meaning]:
        for one in mine:
            if one.key.index_name == name:
                return one
    return next((one for one in mine if one is strongest), mine[0])


def object_counts_sentence(alert: Alert, zone_id: str) -> str:
    """Candidates for objects of a zone by size: how many there usually are, and now."""
    told, goes_along = [], MORE_OR_LESS.get(alert.meanings[zone_id])
    for one in alert.evidence:
        if one.key.zone_id == zone_id and one.key.index_name in OBJECT_SIZES:
            few = math.floor(max(one.usual_at(one.newest), 0.0))
            now = round(one.newest.value)
            if goes_along == one.episode.sign and not few <= now <= few + 1:
                size = OBJECT_SIZES[one.key.index_name]
                told.append(f"{size}: usually {few} to {few + 1}, now {now}")
    return f"Candidates for objects of {'; of '.join(told)}." if told else ""


def onset_phrase(alert: Alert, seen_before: dt.datetime | None) -> str:
    """Between which two looks it began."""
    first = _iso_day(alert.onset.sensed_at)
    if seen_before is None:
        return f"first seen on {first}"
    return f"since between {_iso_day(seen_before)} and {first}"


def certainty_sentence(alert: Alert) -> str:
    """How many looks agree, and how often quiet looks come as far."""
    often = how_often(alert.strongest.episode.rate)
    chance = f"quiet looks of the site come as far {often}"
    if alert.confirmed_at is None:
        return f"{_why_unconfirmed(alert)}; {chance}."
    agree = _agreement_words(alert.confirmations, "further clear look")
    said = f"Confirmed on {_iso_day(alert.confirmed_at)}, {agree}; {chance}"
    if alert.ending in ("new_normal", "passed"):
        return f"{said}; {ENDINGS[alert.ending]}."
    return f"{said}."


def how_often(per_year: float) -> str:
    """Say a rate, times a year, in words: below one a year as once in so many years."""
    if per_year * OFTEN_YEARS > 1:
        return f"about {per_year:.1f} times a year"
    if per_year * YEARS_MAX <= 1:
        return f"less than once in {YEARS_MAX:,.0f} years"
    return f"about once in {1 / per_year:.0f} years"


def describe_cause(cause: OrdinaryCause) -> str:
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


def _iso_day(moment: dt.datetime) -> str:
    """A day as year, month and day in ISO 8601."""
    return f"{moment:%Y-%m-%d}"


def _why_unconfirmed(alert: Alert) -> str:
    """Why an alert is not confirmed, and whether that may still come."""
    is_over = alert.closed_at is not None
    if alert.further < 1:
        return "No second clear look confirmed it" if is_over else "Too early to tell: one look"
    agree = _agreement_words(alert.further, "further look")
    lack = f"{agree}, but the looks are {_confirmation_obstacles(alert)} to confirm it"
    return lack[0].upper() + lack[1:] if is_over else f"Too early to tell: {lack}"


def _confirmation_obstacles(alert: Alert) -> str:
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
    return join_names([words for words, holds in lacks.items() if holds], "or")


def _agreement_words(count: int, noun: str) -> str:
    """Words for how many looks agree."""
    return f"{count} {noun}{' agrees' if count == 1 else 's agree'}"


def _other_zones_sentence(alert: Alert, zone_id: str, zone_names: Mapping[str, str]) -> str:
    """Where else something moved along."""
    others = [zone_names.get(one, one) for one in alert.meanings if one != zone_id]
    if not others:
        return ""
    return f"{join_names(sorted(others))} moved with it."


def _likely_causes_sentence(causes: Sequence[OrdinaryCause]) -> str:
    """Ordinary causes that are likely, with their reasons."""
    likely = [describe_cause(cause) for cause in causes if cause.is_likely]
    if not likely:
        return "No ordinary cause that the looks can test is likely."
    return f"Ordinary causes that fit: {', '.join(likely)}."
