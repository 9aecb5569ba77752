"""One feature of a watch list: its properties and its place in the file.

Polygons are checked in `polygons`; what concerns several features of a site, in
`watchlist.sites`; everything in metres, in `sizes`.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from resources.models import SLUG, ZONE_KINDS, Zone, ZoneKind
from resources.watchlist.messages import FieldProblem, described_value
from resources.watchlist.polygons import read_polygon

T = TypeVar("T")

MAX_NAME = 200
"""Characters of a name."""
MAX_MARGIN_M = 5000.0
RATES = (0.01, 12.0)
"""False alarms a year that can be asked for: one in a century to one a month."""
MAX_EPSG = 1_000_000
DEVICE = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")
"""Names that Windows keeps for devices: no file or folder can be called so."""
BARRED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories that no name may hold: controls, lone surrogates, line breaks."""
BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible marks that show text in another order than it is stored."""
KNOWN = (
    "site",
    "site_name",
    "zone",
    "name",
    "kind",
    "epsg",
    "margin_m",
    "false_alarms_per_year",
    "approximate",
)


@dataclass(frozen=True, slots=True)
class FeatureDraft:
    """A feature as far as it could be read; None where a field is missing or wrong.

    `place` says where it stands (file, number, site and zone), as errors do; `zone` is there
    when nothing is wrong with the feature by itself.
    """

    place: str
    site_id: str | None = None
    zone_id: str | None = None
    site_name: str | None = None
    geometry: BaseGeometry | None = None
    epsg: int | None = None
    margin_m: float | None = None
    zone: Zone | None = None
    false_alarms_per_year: float | None = None


def read_feature(feature: Any, *, file: str, number: int, problems: list[str]) -> FeatureDraft:
    """A feature as far as it can be read; every problem is added to the list."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    place = _feature_place(properties, file, number)
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        kind = feature.get("type") if isinstance(feature, dict) else feature
        problems.append(
            f'{place}, field type: expected "Feature", found {described_value(kind)}; '
            "make each zone a GeoJSON feature."
        )
        return FeatureDraft(place)
    if not isinstance(properties, dict):
        problems.append(
            f"{place}, field properties: expected site, site_name, zone, name and kind, "
            f"found {described_value(properties)}; add them."
        )
        return FeatureDraft(place)
    problems += [
        f"{place}, field {described_value(key)}: {text}"
        for key, text in _misspelt_fields(properties)
    ]
    return _draft_feature(properties, feature.get("geometry"), place=place, problems=problems)


def _draft_feature(
    properties: dict[str, Any], geometry: Any, *, place: str, problems: list[str]
) -> FeatureDraft:
    """Each field through its own check."""

    def take(field: str, check: Callable[[Any], T], *, required: bool = True) -> T | None:
        value = geometry if field == "geometry" else properties.get(field)
        if value is None and not required:
            return None
        try:
            return check(value)
        except FieldProblem as problem:
            problems.append(f"{place}, field {field}: {problem}")
            return None

    site_id, zone_id = take("site", _checked_slug), take("zone", _checked_slug)
    site_name, name, kind = (
        take("site_name", _checked_name),
        take("name", _checked_name),
        take("kind", _checked_kind),
    )
    polygon = take("geometry", read_polygon)
    epsg = take("epsg", _checked_epsg, required=False)
    margin_m = take("margin_m", _checked_margin, required=False)
    rate = take("false_alarms_per_year", _checked_rate, required=False)
    is_approximate = take("approximate", _checked_flag, required=False) or False
    zone = None
    if zone_id is not None and name is not None and kind is not None and polygon is not None:
        zone = Zone(zone_id, name, kind, polygon, is_approximate)
    return FeatureDraft(place, site_id, zone_id, site_name, polygon, epsg, margin_m, zone, rate)


def _feature_place(properties: Any, file: str, number: int) -> str:
    """Where a feature stands, whatever it holds."""
    ids = properties if isinstance(properties, dict) else {}
    site, zone = (_id_label(ids.get(field)) for field in ("site", "zone"))
    return f"{file}, feature {number} (site {site}, zone {zone})"


def _id_label(value: Any) -> str:
    return value if isinstance(value, str) and SLUG.fullmatch(value) else described_value(value)


def _checked_slug(value: Any) -> str:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise FieldProblem(
            "expected 1 to 63 of a-z, 0-9, - and _, beginning and ending with a letter or digit "
            f"(it becomes a path and a key), found {described_value(value)}; "
            "write it so, and put the full name in site_name or name."
        )
    if DEVICE.fullmatch(value):
        raise FieldProblem(
            f"expected an id that can be a folder anywhere, found {described_value(value)}, "
            f"which Windows "
            "reserves for a device; choose another."
        )
    return value


def _checked_name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FieldProblem(
            f"expected a name, found {described_value(value)}; say what a person calls it."
        )
    if len(value) > MAX_NAME:
        raise FieldProblem(
            f"expected at most {MAX_NAME} characters, found {len(value)}; shorten it."
        )
    for character in value:
        if unicodedata.category(character) in BARRED_CATEGORIES or character in BIDI_OVERRIDES:
            raise FieldProblem(
                "expected text of one line without control characters, "
                f"found U+{ord(character):04X}; take it out."
            )
    return value


def _checked_kind(value: Any) -> ZoneKind:
    if not isinstance(value, str) or value not in ZONE_KINDS:
        raise FieldProblem(
            f"expected one of {', '.join(ZONE_KINDS)}, found {described_value(value)}; "
            "choose the nearest of these, or other."
        )
    return cast("ZoneKind", value)


def _checked_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FieldProblem(
            f"expected true or false, found {described_value(value)}; write it without quotes."
        )
    return value


def _checked_margin(value: Any) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= MAX_MARGIN_M
    ):
        raise FieldProblem(
            f"expected metres from 0 to {MAX_MARGIN_M:.0f}, found {described_value(value)}; "
            "write a number, or leave it out for 500."
        )
    return float(value)


def _checked_rate(value: Any) -> float:
    low, high = RATES
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise FieldProblem(
            f"expected false alarms a year from {low} to {high:.0f}, found "
            f"{described_value(value)}; "
            "write a number, or leave it out for 0.5."
        )
    return float(value)


def _checked_epsg(value: Any) -> int:
    """A code, also as 32636.0, which some tools write; its CRS must suit a north-up 10 m grid."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value != int(value):
        raise FieldProblem(
            f"expected a number such as 32636, found {described_value(value)}; "
            "write the EPSG code alone, or leave it out for the site's UTM zone."
        )
    fault = crs_fault(int(value))
    if fault:
        raise FieldProblem(
            f"expected a projected CRS in metres, found {described_value(value)}, which {fault}; "
            "name another, or leave it out for the site's UTM zone."
        )
    return int(value)


@lru_cache(maxsize=64)
def crs_fault(epsg: int) -> str | None:
    """Why a grid of north-up pixels in metres cannot be made in a CRS; None where it can."""
    if not 0 < epsg < MAX_EPSG:
        return "is not a known EPSG code"
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError:
        return "is not a known EPSG code"
    if not crs.is_projected:
        return f"is not projected ({crs.name})"
    if any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        return f"is not in metres but in {crs.axis_info[0].unit_name} ({crs.name})"
    if any(axis.direction == "west" for axis in crs.axis_info[:2]):
        return f"counts westward ({crs.name})"
    return None


def _misspelt_fields(properties: dict[str, Any]) -> list[tuple[str, str]]:
    """Properties that are nearly one that we know: left alone, they would be lost in silence."""
    found = []
    for key in properties:
        plain = key.lower().replace("-", "_").replace(" ", "_")
        near = difflib.get_close_matches(plain[:64], KNOWN, n=1, cutoff=0.85)
        if key not in KNOWN and near:
            found.append((key, f"expected {near[0]}, found another spelling; rename it."))
    return found
