"""Checked fields of one catalogue item's JSON: each a value of the right type, or `UnusableItem`.

What the fields mean together is decided in `stac.items`; no disk and no network here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from resources.sources.stac.footprints import polygon_of

Json = Mapping[str, Any]

FIRST_SENSED = dt.datetime(2015, 6, 23, tzinfo=dt.UTC)  # launch of Sentinel-2A (ESA)
MAX_TEXT = 40  # characters of a catalogue's text that a message shows


class UnusableItem(ValueError):
    """An item cannot be used; the message says why, as a sentence that follows its id."""


def printable_value(value: object) -> str:
    """A catalogue's value as a message may show it: short and printable, whatever it is."""
    if value is None or isinstance(value, bool | float):
        return repr(value)
    if isinstance(value, int):
        return repr(value) if abs(value) < 10**MAX_TEXT else "a number of too many digits"
    if isinstance(value, str):
        return repr(value[:MAX_TEXT])
    return f"a {type(value).__name__}"  # writing it out would follow its nesting


def properties_of(raw: Json) -> Json:
    """The item's `properties`."""
    properties = raw.get("properties")
    if not isinstance(properties, Mapping):
        raise UnusableItem("it has no properties")
    return properties


def sensing_time(raw: Json) -> dt.datetime:
    """The item's `datetime`, UTC; Unusable where it has none that can be.

    When the tile was seen in Earth Search and Sentinel Hub; the start of the datatake, up to half
    an hour earlier, in CDSE's catalogue and the Planetary Computer.
    """
    moment = optional_time(properties_of(raw), "datetime")
    if moment is None:
        raise UnusableItem("it has no datetime")
    if moment < FIRST_SENSED:
        raise UnusableItem(f"it is of {moment:%Y-%m-%d}, before there was a Sentinel-2")
    return moment


def sensing_time_if_told(raw: Json) -> dt.datetime | None:
    """The item's `datetime`, UTC; None where it has none that can be."""
    try:
        return sensing_time(raw)
    except ValueError:
        return None


def item_footprint(raw: Json) -> BaseGeometry:
    """Where the item has pixels: valid polygon, longitude and latitude; Unusable if none."""
    geometry = raw.get("geometry")
    if not isinstance(geometry, Mapping):
        raise UnusableItem("it has no geometry (were fields excluded from the answer?)")
    try:
        return polygon_of(geometry)
    except ValueError as cause:
        raise UnusableItem(f"its geometry {cause}") from cause


def optional_flag(properties: Json, key: str) -> bool | None:
    """True or false; None where it is not told."""
    value = properties.get(key)
    if value is not None and not isinstance(value, bool):
        raise UnusableItem(f"{key} must be true or false, found {printable_value(value)}")
    return value


def optional_number(
    value: object, key: str, low: float = -math.inf, high: float = math.inf
) -> float | None:
    """A finite number from low to high; None where it is not told."""
    if value is None:
        return None
    try:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and math.isfinite(value) and low <= value <= high:  # type: ignore[arg-type,operator]  # checked just before
            return float(value)  # type: ignore[arg-type]  # the same
    except OverflowError:  # a whole number of hundreds of digits
        pass
    limits = "" if math.isinf(low) else f" from {low:g} to {high:g}"
    raise UnusableItem(f"{key} must be a finite number{limits}, found {printable_value(value)}")


def optional_time(properties: Json, key: str) -> dt.datetime | None:
    """A moment, UTC; None where it is not told. No time zone means UTC."""
    value = properties.get(key)
    if value is None:
        return None
    text = value if isinstance(value, str) and value.isascii() and len(value) <= MAX_TEXT else ""
    try:
        moment = dt.datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as cause:
        raise UnusableItem(f"{key} must be a time, found {printable_value(value)}") from cause


def compact_time(text: str) -> dt.datetime:
    """From 20240401T174753, UTC; Unusable on anything else."""
    try:
        return dt.datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError as cause:
        raise UnusableItem(
            f"a time in its identifiers cannot be: {printable_value(text)}"
        ) from cause
