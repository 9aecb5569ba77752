"""What the changes of a zone's indices mean for what is on its ground, as far as signs tell. Pure.

Only the covered area and structure tell more from less; colours tell of plants and bare ground;
everything else is a change. Words are in `alerts.headline`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

Direction = Literal["rise", "fall", "change"]
Meaning = Literal["filled", "emptied", "changed", "greened", "bared", "built", "wetted"]
Ground = Literal["paved", "green", "bare"]
"""Of a zone: things stand on it, plants grow on it, or neither is known."""
Sign = Literal[-1, 1]
Signs = Mapping[str, Sign]
"""Sign of the change of each index of a zone that moved."""

SIGNED: Final = ("covered_area", "texture")
OF_MEANING: Final[dict[Meaning, Direction]] = {"filled": "rise", "built": "rise", "emptied": "fall"}
"""Which way meanings go that have a way."""


def direction_of(index_name: str, sign: Sign) -> Direction:
    """What the sign of one index alone tells.

    An area that differs, another pattern, or brighter and barer ground comes as well of things that
    left, or were exchanged.
    """
    if index_name not in SIGNED:
        return "change"
    return "rise" if sign > 0 else "fall"


def meaning_of(signs: Signs, ground: Ground) -> Meaning:
    """What the series of one zone mean together.

    Args:
        signs: sign of the change, -1 or 1, by index that moved.
        ground: ground of the zone.

    Returns:
        What plants did on green ground; on other ground more or less of what stands there, else
        what plants did; else "wetted" where it only darkened, and "changed".

    Source:
        The project's own table: docs/methods/alerts.md, "What an alert says"; held by
        tests/unit/assets/anomalies/test_meaning.py.
    """
    plants = None if ground == "paved" else _plant_meaning(signs)
    if ground == "green":
        if plants == "bared":
            return "built" if signs.get("texture") == 1 else "bared"
        return plants or _wet_or_changed(signs)
    told = {direction_of(name, sign) for name, sign in signs.items()} - {"change"}
    if told and signs.get("pattern") == -1 and signs.get("novelty") != 1:
        told.add("fall")  # the usual things went and nothing came: no rise
    if told == {"rise"}:
        return "filled" if ground == "paved" else "built"
    if told == {"fall"} and ground == "paved":
        return "emptied"
    return (plants if not told else None) or _wet_or_changed(signs)


def common_direction(meanings: Iterable[Meaning]) -> Direction:
    """The direction of an event by the meanings of its zones that have one; else change."""
    ways = {OF_MEANING[one] for one in meanings if one in OF_MEANING}
    return next(iter(ways)) if len(ways) == 1 else "change"


def _plant_meaning(signs: Signs) -> Meaning | None:
    """What colours tell of plants; None if nothing."""
    ndvi, bare = signs.get("ndvi"), signs.get("bare_soil")
    if ndvi == 1 and bare != 1:
        return "greened"
    if ndvi == -1 and bare != -1:
        return "bared"
    return None


def _wet_or_changed(signs: Signs) -> Meaning:
    """Ground that merely darkened may be wet; anything else changed."""
    return "wetted" if dict(signs) == {"brightness": -1} else "changed"
