"""The watch list of a made-up place: GeoJSON, a feature a zone.

All of it says SIMULATED; where the zones lie is `layout`, or drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from shapely.geometry import Polygon

from resources.models import ZoneKind
from resources.simulated.outlines import in_degrees, rounded_geometry
from resources.simulated.scenery.layout import MARGIN_M, PLACE, ZONES, box_on_map
from resources.simulated.scenery.place import SimulatedPlace

Json = dict[str, Any]


class NamedZone(Protocol):
    """What the watch list says of a zone, besides its outline."""

    @property
    def zone_id(self) -> str:
        """Unlike any other of the site."""
        ...

    @property
    def name(self) -> str:
        """Says SIMULATED."""
        ...

    @property
    def kind(self) -> ZoneKind:
        """Kind, as in the watch list."""
        ...


def airbase_watch_list() -> Json:
    """The watch list of the base."""
    return watch_list(PLACE, [(plan, box_on_map(plan.box)) for plan in ZONES], MARGIN_M)


def watch_list(
    place: SimulatedPlace, zones: Sequence[tuple[NamedZone, Polygon]], margin_m: float
) -> Json:
    """The watch list of a place: a feature a zone; outlines in metres of its CRS."""
    return {
        "type": "FeatureCollection",
        "name": place.site_id,
        "description": place.description,
        "features": [_zone_feature(place, plan, outline, margin_m) for plan, outline in zones],
    }


def _zone_feature(
    place: SimulatedPlace, plan: NamedZone, outline: Polygon, margin_m: float
) -> Json:
    """One zone."""
    return {
        "type": "Feature",
        "properties": {
            "site": place.site_id,
            "site_name": place.site_name,
            "zone": plan.zone_id,
            "name": plan.name,
            "kind": plan.kind,
            "epsg": place.epsg,
            "margin_m": margin_m,
        },
        "geometry": rounded_geometry(in_degrees(outline, place.epsg)),
    }
