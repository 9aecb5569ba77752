"""What was really there in a world, for scoring: zones, looks, events.

Written beside the archive and read by no stage. Areas are m2 seen from above, days UTC,
reflectance 0..1 in the order of `bands`, shifts in pixels of 10 m east and south.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from resources.models import REFLECTANCE_BANDS
from resources.simulated.items import item_id
from resources.simulated.worlds.plan.nature import WeatherSpell
from resources.simulated.worlds.plan.stories import LEFT, OF_NATURE, WorldEvent
from resources.simulated.worlds.plan.zones import WorldZone
from resources.simulated.worlds.scene import RenderedLook, TrueClass
from resources.simulated.worlds.world import DrawnWorld
from resources.simulated.worlds.zone_pixels import WorldZonePixels

Json = dict[str, Any]
BUILT: Final = ("white_roof", "grey_roof", "red_roof")


def world_truth(world: DrawnWorld, zone_pixels: WorldZonePixels, looks: list[Json]) -> Json:
    """The truth of a world, as JSON, but for the masks.

    Args:
        world: The world.
        zone_pixels: Of the zones on its list.
        looks: From `look_truth`, in order.
    """
    nature, instrument = world.nature, world.instrument
    listed = {zone.zone_id for zone in world.zones}
    events = [event for event in world.events if event.zone_id is None or event.zone_id in listed]
    return {
        "title": f"SIMULATED truth of {world.place.site_id}",
        "description": world.place.description,
        "site": world.place.site_id,
        "seed": world.seed,
        "story": world.story,
        "bands": list(REFLECTANCE_BANDS),
        "mask_classes": {one.name.lower(): int(one) for one in TrueClass},
        "first_day": nature.first_day.isoformat(),
        "last_day": (nature.end_day - dt.timedelta(days=1)).isoformat(),
        "story_from": nature.story_day.isoformat(),
        "setting": nature.setting,
        "latitude_deg": round(nature.latitude_deg, 4),
        "cloud_share": round(nature.cloud_share, 3),
        "catalogue": world.timetable.catalogue,
        "margin_m": world.margin_m,
        "is_cut_tight": world.plan.is_cut,
        "misplaced_px": round(instrument.misplaced_px, 4),
        "orbit_gain": {str(orbit): gain for orbit, gain in world.timetable.orbit_gain.items()},
        "steps": [asdict(step) | {"first": str(step.first)} for step in world.ground.steps],
        "snow": [_spell_entry(spell) for spell in nature.snow],
        "drought": [_spell_entry(spell) for spell in nature.drought],
        "zones": [
            _zone_entry(world, zone, number, zone_pixels) for number, zone in enumerate(world.zones)
        ],
        "events": [_event_entry(event) for event in events],
        "unlisted": [
            {"ground": zone.ground, "outline": _corner_coordinates(zone.outline)}
            for zone in world.all_zones[len(world.zones) :]
            if zone.load
        ],
        "site_share": _site_share(world),
        "quiet": _quiet_entry(world, events),
        "looks": looks,
    }


def look_truth(
    world: DrawnWorld, number: int, scene: RenderedLook, zone_pixels: WorldZonePixels
) -> Json:
    """What one look really held: sky and shift, and each zone by its place in the list."""
    look, sky = world.looks[number], world.skies[number]
    day = (look.day - world.traffic.first_day).days
    means = np.array([zone_pixels.means(plane) for plane in scene.surface]).T
    shares = zone_pixels.class_shares(scene.mask)
    built = zone_pixels.means(np.isin(world.ground.labels_on(look.day), _built_labels(world)))
    standing = world.traffic.standing_m2[day]
    return {
        "item": item_id(look, world.place),
        "day": look.day.isoformat(),
        "relative_orbit": look.relative_orbit,
        "sky": sky.kind,
        "cloud_fraction": round(scene.picture.cloud_fraction, 4),
        "shadow_fraction": round(scene.picture.shadow_fraction, 4),
        "no_data_fraction": round(scene.picture.no_data_fraction, 4),
        "haze_blue_reflectance": round(sky.haze, 5),
        "gain": round(sky.gain, 5),
        "snow_cover": round(sky.snow, 3),
        "wetness": round(sky.wetness, 3),
        "shift_px": [round(part, 4) for part in sky.shift_px],
        "zones": {
            zone.zone_id: {
                "standing_m2": round(float(standing[place]), 1),
                "built_m2": round(float(built[place]) * zone.outline.area, 1),
                "reflectance": [round(float(value), 5) for value in means[place]],
                "clear_fraction": round(float(shares[TrueClass.CLEAR][place]), 4),
                "cloud_fraction": round(float(shares[TrueClass.CLOUD][place]), 4),
                "shadow_fraction": round(float(shares[TrueClass.SHADOW][place]), 4),
                "haze_fraction": round(float(shares[TrueClass.HAZE][place]), 4),
                "snow_fraction": round(float(shares[TrueClass.SNOW][place]), 4),
                "unseen_fraction": round(float(shares[TrueClass.UNSEEN][place]), 4),
            }
            for place, zone in enumerate(world.zones)
        },
    }


def _built_labels(world: DrawnWorld) -> npt.NDArray[np.int64]:
    """Labels of roofs."""
    covers = world.ground.covers
    return np.array(
        [n for n, cover in enumerate(covers) if cover.material in BUILT], dtype=np.int64
    )


def _zone_entry(
    world: DrawnWorld, zone: WorldZone, number: int, zone_pixels: WorldZonePixels
) -> Json:
    """A zone: what it is of, and what usually stands there."""
    here = zone_pixels.zone == number
    labels = world.ground.labels.ravel()[zone_pixels.pixels[here]]
    materials: dict[str, float] = {}
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        material = world.ground.covers[int(label)].material
        materials[material] = materials.get(material, 0.0) + float(count) / len(labels)
    return {
        "zone": zone.zone_id,
        "kind": zone.kind,
        "ground": zone.ground,
        "load": zone.load,
        "area_m2": round(zone.outline.area, 1),
        "materials": {name: round(share, 4) for name, share in sorted(materials.items())},
        "is_of_story": zone.is_of_story,
    }


def _event_entry(event: WorldEvent) -> Json:
    """An event; `until` where it is over before the world ends."""
    return {
        "kind": event.kind,
        "zone": event.zone_id,
        "first": event.first.isoformat(),
        "last": event.last.isoformat(),
        "until": None if event.until is None else event.until.isoformat(),
        "before_m2": round(event.before_m2, 1),
        "after_m2": round(event.after_m2, 1),
        "sign": event.sign,
        "outline": None if event.outline is None else _corner_coordinates(event.outline),
    }


def _corner_coordinates(outline: Polygon) -> list[list[float]]:
    """Easting and northing of the corners of an outline, metres of the place's CRS."""
    return [[round(x, 2), round(y, 2)] for x, y in outline.exterior.coords]


def _site_share(world: DrawnWorld) -> list[float]:
    """What stands in all listed zones at each look, over the mean of the days before the story."""
    total = world.traffic.standing_m2[:, : len(world.zones)].sum(axis=1)
    told = [event.first for event in world.events if event.zone_id]
    start = min(told, default=world.nature.story_day)
    usual = float(total[: (start - world.traffic.first_day).days].mean())
    if usual <= 0:
        return []
    days = [(look.day - world.traffic.first_day).days for look in world.looks]
    return [round(float(total[day]) / usual, 4) for day in days]


def _quiet_entry(world: DrawnWorld, events: list[WorldEvent]) -> Json:
    """Zones without an event, and the days on which nothing befalls them.

    Where nature has an event (drought, long snow), quiet ends with it; else it lasts to the end.
    `before_story` is the last day on which all zones are quiet.
    """
    told_days = [event.first for event in events if event.outline is None or event.zone_id]
    first = min(told_days, default=None)
    last = world.nature.end_day - dt.timedelta(days=1)
    eve = last if first is None else first - dt.timedelta(days=1)
    told = {event.zone_id for event in events}
    return {
        "zones": [zone.zone_id for zone in world.zones if zone.zone_id not in told],
        "from": world.nature.first_day.isoformat(),
        "to": (eve if world.story in OF_NATURE else last).isoformat(),
        "before_story": eve.isoformat(),
        "is_exit": world.story in LEFT and LEFT[world.story] < 1,
    }


def _spell_entry(spell: WeatherSpell) -> Json:
    """Days and depth."""
    return {
        "first": spell.first.isoformat(),
        "last": spell.last.isoformat(),
        "depth": round(spell.depth, 3),
    }
