"""From features to sites: what the zones of a site must have in common, and what identifies it.

Single fields are checked in `features`, places and sizes in `sizes`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from resources.grids import WGS84, box_around, utm_epsg
from resources.models import FALSE_ALARMS_PER_YEAR, Site, Zone
from resources.watchlist.features import FeatureDraft
from resources.watchlist.messages import described_value
from resources.watchlist.sizes import place_problems

DEFAULT_MARGIN_M = 500.0
HASH_DECIMALS = 7
"""Degrees are compared to 1e-7, a centimetre."""
HASH_LENGTH = 16
"""Hexadecimal digits: 64 bits, of some thousand versions of a site."""


def build_sites(drafts: list[FeatureDraft], problems: list[str]) -> tuple[Site, ...]:
    """Sites in the order in which they are first named; every problem is added to the list.

    Empty when anything, before or here, is wrong: the caller refuses the whole list.
    """
    from geopandas import GeoDataFrame
    from pandas import DataFrame

    groups: dict[str, list[FeatureDraft]] = {}
    for draft in drafts:
        if draft.site is not None:
            groups.setdefault(draft.site, []).append(draft)
    for group in groups.values():
        problems += _repeated_zones(group)
        for field in ("site_name", "epsg", "margin_m", "false_alarms_per_year"):
            problems += _field_disagreements(group, field)
        placed = [draft for draft in group if draft.geometry is not None]
        if placed:
            # As objects: pandas has other text than Python (no None, no name of broken UTF-8).
            zones = DataFrame(map(dict, placed), dtype=object).set_index("place")
            problems += place_problems(
                GeoDataFrame(zones, crs=WGS84), epsg=_site_epsg(group), margin_m=_margin_m(group)
            )
    return (
        () if problems else tuple(_build_site(site_id, group) for site_id, group in groups.items())
    )


def _repeated_zones(group: list[FeatureDraft]) -> list[str]:
    """No zone may be named twice in a site, in one file or in several."""
    first: dict[str, FeatureDraft] = {}
    found = []
    for draft in group:
        if draft.zone is None:
            continue
        other = first.setdefault(draft.zone, draft)
        if other is not draft:
            found.append(
                f"{draft.place}, field zone: expected each zone once in a site, found it also in "
                f"{other.place}; rename or delete one."
            )
    return found


def _field_disagreements(group: list[FeatureDraft], field: str) -> list[str]:
    """What belongs to the site must be the same in all its features that state it."""
    stated = [draft for draft in group if getattr(draft, field) is not None]
    return [
        f"{draft.place}, field {field}: expected the same in the whole site, "
        f"{described_value(getattr(stated[0], field))} as in {stated[0].place}, "
        f"found {described_value(getattr(draft, field))}; make them equal."
        for draft in stated[1:]
        if getattr(draft, field) != getattr(stated[0], field)
    ]


def _first_stated(group: list[FeatureDraft], field: str) -> Any:
    """What the first feature that states a field of the site says; None where none does."""
    return next((value for draft in group if (value := getattr(draft, field)) is not None), None)


def _margin_m(group: list[FeatureDraft]) -> float:
    stated = _first_stated(group, "margin_m")
    return DEFAULT_MARGIN_M if stated is None else float(stated)


def _site_epsg(group: list[FeatureDraft]) -> int | None:
    """As stated, else the UTM zone of the site's middle; None where UTM does not reach."""
    stated = _first_stated(group, "epsg")
    if stated is not None:
        return int(stated)
    box = box_around(draft.geometry for draft in group if draft.geometry is not None)
    try:
        return utm_epsg((box.west + box.east) / 2, (box.south + box.north) / 2)
    except ValueError:
        return None


def _build_site(site_id: str, group: list[FeatureDraft]) -> Site:
    """The site of features that have no problem, whose zones are therefore all there."""
    name, epsg, margin_m = (
        str(_first_stated(group, "site_name")),
        _site_epsg(group),
        _margin_m(group),
    )
    zones = tuple(zone for draft in group if (zone := draft.as_zone()) is not None)
    if epsg is None or len(zones) != len(group):
        raise ValueError(f"Site {site_id} is built from features that were not checked")
    config_hash = _config_hash(
        [site_id, name, epsg, margin_m, sorted(_canonical_zone(zone) for zone in zones)]
    )
    rate = _first_stated(group, "false_alarms_per_year")
    asked = FALSE_ALARMS_PER_YEAR if rate is None else float(rate)
    return Site(site_id, name, epsg, margin_m, zones, config_hash, asked)


def _config_hash(config: list[Any]) -> str:
    """Names a configuration: the same for the same places, however they are written down."""
    text = json.dumps(config, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:HASH_LENGTH]


def _canonical_zone(zone: Zone) -> list[Any]:
    """All that was configured of a zone, begun with its id."""
    outline = _canonical_outline(zone.geometry)
    return [zone.zone_id, zone.name, zone.kind, zone.is_approximate, outline]


def _canonical_outline(geometry: BaseGeometry) -> list[Any]:
    """Rounded rings of all polygons, in an order that does not depend on how they were drawn."""
    # Adding zero turns -0.0 into 0.0, which JSON would tell apart.
    rounded = shapely.transform(geometry, lambda xy: xy.round(HASH_DECIMALS) + 0.0)
    polygons = shapely.get_parts(shapely.normalize(rounded))
    return [
        [shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(polygon)]
        for polygon in polygons
    ]
