"""What was really planted, for scoring: events, objects of each day, the sky of each look.

Written beside the archive and read by no stage; tests and the demo compare with it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from resources.simulated.items import item_id
from resources.simulated.render import SimulatedAirbase
from resources.simulated.scenery.layout import PLACE, SITE_ID
from resources.simulated.scenery.objects import AIRFRAMES, HELICOPTER_M, VEHICLE_M
from resources.simulated.scenery.story import DISMANTLING_DAYS, AirbaseStory
from resources.simulated.sky.atmosphere import StoredImage

Json = dict[str, Any]

HELICOPTER_AREA_M2 = HELICOPTER_M[0] * HELICOPTER_M[1]
VEHICLE_AREA_M2 = VEHICLE_M[0] * VEHICLE_M[1]


def simulation_truth(world: SimulatedAirbase, pictures: list[StoredImage]) -> Json:
    """The whole truth of a simulation, as JSON.

    Days are UTC; `from` is the first day, `to` the last day; areas are square metres seen from
    above; shifts are of the content, east and south, in pixels of 10 m.
    """
    story = world.story
    return {
        "title": f"SIMULATED truth of {SITE_ID}",
        "description": PLACE.description,
        "site": SITE_ID,
        "seed": world.simulation.seed,
        "first_day": world.simulation.first_day.isoformat(),
        "last_day": _day_before(world.simulation.end_day),
        "phases": {name: day.isoformat() for name, day in story.phases.items()},
        "events": planted_events(story),
        "days": [entry for day in world.simulation.days for entry in objects_on_day(story, day)],
        "looks": [_look_entry(world, number, picture) for number, picture in enumerate(pictures)],
    }


def planted_events(story: AirbaseStory) -> list[Json]:
    """Everything that came or went, in order of its first day; `is_story` parts the two kinds."""
    planted = [
        _object_entry("main-apron", visit.kind, 1, AIRFRAMES[visit.kind].area_m2)
        | {"from": visit.first.isoformat(), "to": _day_before(visit.until)}
        | {"change": "present", "is_story": visit.is_story}
        for visit in story.visits
    ]
    planted += _fleet_events(story)
    return sorted(planted, key=lambda event: (event["from"], event["zone"], event["kind"]))


def objects_on_day(story: AirbaseStory, day: dt.date) -> list[Json]:
    """Objects on the base on a day: one entry for each zone and kind that is there."""
    aircraft = Counter(visit.kind for visit in story.aircraft_on(day))
    here = [
        _object_entry("main-apron", kind, count, AIRFRAMES[kind].area_m2 * count)
        for kind, count in sorted(aircraft.items())
    ]
    others = (
        ("main-apron", "vehicle", int(story.gathered_on(day).sum()), VEHICLE_AREA_M2),
        (
            "helicopter-stand",
            "helicopter",
            int(story.helicopters_on(day).sum()),
            HELICOPTER_AREA_M2,
        ),
        ("vehicle-park", "vehicle", int(story.vehicles_on(day).sum()), VEHICLE_AREA_M2),
    )
    here += [
        _object_entry(zone, kind, count, count * area)
        for zone, kind, count, area in others
        if count
    ]
    return [{"day": day.isoformat(), **entry} for entry in here]


def _fleet_events(story: AirbaseStory) -> list[Json]:
    """The gathering on the apron, and what is taken away from the stand and the park."""
    eve = story.phases["dismantle"] - dt.timedelta(days=1)
    last = story.phases["dismantle"] + dt.timedelta(days=DISMANTLING_DAYS - 1)
    full = story.phases["depart"] - dt.timedelta(days=1)
    gathered = int(story.gathered_on(full).sum())
    helicopters, vehicles = (
        int(taken.sum()) for taken in (story.helicopters_on(eve), story.vehicles_on(eve))
    )
    gathering = _object_entry("main-apron", "vehicle", gathered, gathered * VEHICLE_AREA_M2)
    gathering |= {"from": story.phases["gather"].isoformat(), "to": full.isoformat()}
    gathering |= {"change": "present", "is_story": True}
    gone: Json = {"from": story.phases["dismantle"].isoformat(), "to": last.isoformat()}
    gone |= {"change": "removed", "is_story": True}
    return [
        gathering,
        _object_entry(
            "helicopter-stand", "helicopter", helicopters, helicopters * HELICOPTER_AREA_M2
        )
        | gone,
        _object_entry("vehicle-park", "vehicle", vehicles, vehicles * VEHICLE_AREA_M2) | gone,
    ]


def _look_entry(world: SimulatedAirbase, number: int, picture: StoredImage) -> Json:
    """What a look really held."""
    look, sky = world.looks[number], world.skies[number]
    return {
        "item": item_id(look),
        "sensed_at": look.sensed_at.isoformat(),
        "relative_orbit": look.relative_orbit,
        "sky": sky.kind,
        "cloud_fraction": round(picture.cloud_fraction, 4),
        "shadow_fraction": round(picture.shadow_fraction, 4),
        "no_data_fraction": round(picture.no_data_fraction, 4),
        "haze_blue_reflectance": round(sky.haze, 4),
        "snow_cover": sky.snow,
        "wetness": round(sky.wetness, 3),
        "shift_px": [round(part, 4) for part in sky.shift_px],
        "registration": sky.registration,
    }


def _object_entry(zone: str, kind: str, count: int, area_m2: float) -> Json:
    """A kind of object in a zone."""
    return {"zone": zone, "kind": kind, "count": count, "area_m2": round(area_m2, 1)}


def _day_before(day: dt.date) -> str:
    """The day before, as written in the truth."""
    return (day - dt.timedelta(days=1)).isoformat()
