"""The head of an alert: its zones and what they show, in at most twelve words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from assets.anomalies.alerts.alerts import Alert
from assets.anomalies.alerts.wording import join_names
from assets.anomalies.course.meaning import Meaning
from assets.anomalies.course.statements import EMPTY, MOSTLY_GONE

WORDS_MAX: Final = 12  # of a headline
NAMED: Final = 3  # zones that are named; more are counted
PHRASES: Final[dict[Meaning, str]] = {
    "filled": "fuller than usual",
    "emptied": "emptier than usual",
    "changed": "other than usual",
    "greened": "greener than usual",
    "bared": "barer than usual",
    "built": "newly built on",
    "wetted": "darker than usual, perhaps wet",
}
GREEN_PHRASES: Final[dict[Meaning, str]] = {
    "built": "bare or built on where plants grew",
    "bared": "bare where plants grew",
}
"""Of ground on which plants grew until then."""
RETURNS: Final[dict[Meaning, str]] = {
    "filled": "no longer emptier than usual",
    "emptied": "no longer fuller than usual",
}
RETURNED: Final = "back after an earlier change"


def alert_headline(alert: Alert, zone_names: Mapping[str, str]) -> str:
    """Write the headline of an alert: "Vehicle park emptied; main apron fuller than usual".

    Args:
        alert: the alert, with at least one change.
        zone_names: names for people by zone id; a zone that has left the list is named by its id.

    Returns:
        At most WORDS_MAX words, the first one with a capital letter; zones with the same meaning
        are named together.

    Raises:
        IndexError: the alert has no change.

    Source:
        The project's own rules: docs/methods/alerts.md, "What an alert says"; held by
        tests/unit/assets/anomalies/test_meaning.py.
    """
    groups: dict[str, list[str]] = {}
    for zone_id, meaning in alert.meanings.items():
        words = zone_phrase(alert, zone_id, meaning)
        groups.setdefault(words, []).append(zone_names.get(zone_id, zone_id))
    said = "; ".join(f"{_zone_names_or_count(names)} {words}" for words, names in groups.items())
    if len(said.split()) > WORDS_MAX:
        said = _shortened_headline(groups)
    return f"{said[0].upper()}{said[1:]}"


def zone_phrase(alert: Alert, zone_id: str, meaning: Meaning) -> str:
    """What one zone of an alert shows, by what its series mean."""
    if alert.is_return:
        return RETURNS.get(meaning, RETURNED)
    if meaning in GREEN_PHRASES and _is_green(alert, zone_id):
        return GREEN_PHRASES[meaning]
    if meaning != "emptied":
        return PHRASES[meaning]
    left = _share_left(alert, zone_id)
    if left is None or left > MOSTLY_GONE:
        return PHRASES[meaning]
    return "emptied" if left <= EMPTY else "mostly emptied"


def _is_green(alert: Alert, zone_id: str) -> bool:
    """Whether plants grew on a zone when it changed."""
    return any(one.key.zone_id == zone_id and one.ground == "green" for one in alert.evidence)


def _share_left(alert: Alert, zone_id: str) -> float | None:
    """Share of the usual covered area that is left in a zone; None where it is not known."""
    for one in alert.evidence:
        if one.key == (zone_id, "covered_area"):
            return one.share_left
    return None


def _zone_names_or_count(names: Sequence[str]) -> str:
    """Names of zones, or how many they are where they are more than NAMED."""
    if len(names) > NAMED:
        return f"{len(names)} zones"
    return join_names(names)


def _shortened_headline(groups: Mapping[str, Sequence[str]]) -> str:
    """The first zone, and how many more there are; without its name where that is very long."""
    words, (first, *_) = next(iter(groups.items()))
    more = sum(map(len, groups.values())) - 1
    rest = f"; {more} more zone{'s' * (more > 1)}" if more else ""
    name = first if len(f"{first} {words}{rest}".split()) <= WORDS_MAX else "a zone"
    return f"{name} {words}{rest}"
