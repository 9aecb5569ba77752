"""Checked fields of one catalogue item's JSON: each a value of the right type, or `Unusable`.

What the fields mean together is decided in `stac_items`; no disk and no network here.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

Json = Mapping[str, Any]

MAX_VERTICES = 10_000  # real footprints have fewer than twenty


class Unusable(ValueError):
    """An item cannot be used; the message says why, as a sentence that follows its id."""


def properties_of(raw: Json) -> Json:
    """The item's `properties`."""
    properties = raw.get("properties")
    if not isinstance(properties, Mapping):
        raise Unusable("it has no properties")
    return properties


def sensing_time(raw: Json) -> dt.datetime:
    """When the tile was seen, UTC; Unusable where the item does not tell."""
    return required_time(properties_of(raw), "datetime")


def footprint(raw: Json) -> BaseGeometry:
    """Where the item has pixels: valid polygon, longitude and latitude; Unusable if none."""
    geometry = raw.get("geometry")
    if not isinstance(geometry, Mapping):
        raise Unusable("it has no geometry (were fields excluded from the answer?)")
    try:
        polygon = shape(dict(geometry))
    except (ValueError, TypeError, LookupError, AttributeError, ShapelyError) as cause:
        raise Unusable("its geometry cannot be read as a polygon") from cause
    is_polygon = polygon.geom_type in {"Polygon", "MultiPolygon"} and not polygon.is_empty
    if not is_polygon or shapely.get_num_coordinates(polygon) > MAX_VERTICES:
        raise Unusable(f"its geometry must be a polygon of at most {MAX_VERTICES} vertices")
    polygon = polygon if polygon.is_valid else shapely.make_valid(polygon)
    west, south, east, north = polygon.bounds
    inside = -181 <= west <= east <= 181 and -90 <= south <= north <= 90  # noqa: PLR2004
    if not inside or polygon.area == 0:
        raise Unusable(f"its geometry must lie in longitude and latitude, found {polygon.bounds}")
    return polygon


def flag(properties: Json, key: str) -> bool | None:
    """True or false; None where it is not told."""
    value = properties.get(key)
    if value is not None and not isinstance(value, bool):
        raise Unusable(f"{key} must be true or false, found {str(value)[:40]!r}")
    return value


def number(value: object, key: str) -> float | None:
    """A finite number; None where it is not told."""
    if value is None:
        return None
    try:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and math.isfinite(value):  # type: ignore[arg-type]  # checked just before
            return float(value)  # type: ignore[arg-type]  # the same
    except OverflowError:  # a whole number of hundreds of digits
        pass
    raise Unusable(f"{key} must be a finite number, found {str(value)[:40]!r}")


def required_time(properties: Json, key: str) -> dt.datetime:
    """A moment, UTC, that must be told."""
    moment = time_of(properties, key)
    if moment is None:
        raise Unusable(f"it has no {key}")
    return moment


def time_of(properties: Json, key: str) -> dt.datetime | None:
    """A moment, UTC; None where it is not told. No time zone means UTC."""
    value = properties.get(key)
    if value is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as cause:
        raise Unusable(f"{key} must be a time, found {str(value)[:40]!r}") from cause


def time_in(pattern: re.Pattern[str], properties: Json, key: str) -> dt.datetime | None:
    """The moment inside an identifier, UTC; None where it has not the known form."""
    match = pattern.fullmatch(str(properties.get(key, ""))[:200])
    return compact_time(match[1]) if match else None


def compact_time(text: str) -> dt.datetime:
    """From 20240401T174753, UTC; ValueError on anything else."""
    return dt.datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
