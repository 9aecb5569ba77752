"""The simulated base: layout, materials, objects and the story that is told on it."""

import datetime as dt
import itertools
import json

import numpy as np
import pytest
from shapely.geometry import box

from resources.models import Bounds
from resources.months import Month
from resources.simulated.scenery.drawing import fill_box
from resources.simulated.scenery.instrument import FINE_M
from resources.simulated.scenery.layout import (
    GATHERING_SLOTS,
    HELICOPTER_SLOTS,
    LARGE_SLOTS,
    SMALL_SLOTS,
    TILE,
    VEHICLE_SLOTS,
    ZONES,
    Box,
    ParkingSlot,
    box_on_map,
)
from resources.simulated.scenery.materials import (
    MATERIALS,
    GroundState,
    green_share,
    material_spectra,
)
from resources.simulated.scenery.objects import (
    AIRFRAMES,
    HELICOPTER_M,
    VEHICLE_M,
    SceneryLayers,
    aircraft_strips,
    draw_scenery,
    object_window,
    reflectance_change,
)
from resources.simulated.scenery.passes import SimulatedPass, all_looks, sun_position
from resources.simulated.scenery.simulation import Simulation
from resources.simulated.scenery.story import LARGE_TYPES, AirbaseStory, draw_story
from resources.simulated.truth import objects_on_day, planted_events

ZONE_BOX = {plan.zone_id: plan.box for plan in ZONES}
YEARS = Simulation()


@pytest.fixture(scope="module")
def story() -> AirbaseStory:
    return draw_story(YEARS)


def look_on(day: dt.date) -> SimulatedPass:
    noon = dt.datetime.combine(day, dt.time(11, 40), tzinfo=dt.UTC)
    return SimulatedPass(0, "A", 21, noon, *sun_position(noon))


def holds(zone: Box, slot: ParkingSlot, along: float, across: float) -> bool:
    return (
        zone.west <= slot.along - along / 2
        and slot.along + along / 2 <= zone.east
        and zone.south <= slot.across - across / 2
        and slot.across + across / 2 <= zone.north
    )


def test_zones_lie_sixty_metres_apart_and_well_within_the_tile() -> None:
    shapes = {zone: box_on_map(zone_box) for zone, zone_box in ZONE_BOX.items()}
    for one, other in itertools.combinations(shapes.values(), 2):
        assert one.distance(other) >= 60
    tile = box(TILE.west, TILE.south, TILE.east, TILE.north)
    assert all(tile.contains(shape.buffer(560, cap_style="square")) for shape in shapes.values())
    assert all(shape.area >= 25 * 100 for shape in shapes.values())


def test_everything_parks_inside_its_zone() -> None:
    apron = ZONE_BOX["main-apron"]
    assert all(holds(apron, slot, 73, 73) for slot in LARGE_SLOTS)
    assert all(holds(apron, slot, 32, 32) for slot in SMALL_SLOTS)
    assert all(holds(apron, slot, *VEHICLE_M[::-1]) for slot in GATHERING_SLOTS)
    stand, park = ZONE_BOX["helicopter-stand"], ZONE_BOX["vehicle-park"]
    assert all(holds(stand, slot, *HELICOPTER_M[::-1]) for slot in HELICOPTER_SLOTS)
    assert all(holds(park, slot, *VEHICLE_M[::-1]) for slot in VEHICLE_SLOTS)


@pytest.mark.parametrize(
    ("kind", "length", "span", "area_m2"),
    [
        ("an-124", 69, 73, 1100),
        ("il-76", 47, 50, 520),
        ("an-72", 28, 32, 180),
        ("an-32", 24, 29, 145),
    ],
)
def test_aircraft_have_the_stated_size(kind: str, length: int, span: int, area_m2: int) -> None:
    frame = AIRFRAMES[kind]
    parts = aircraft_strips(frame, ParkingSlot(0, 0))
    assert max(part.east for part in parts) - min(part.west for part in parts) == span
    assert max(part.north for part in parts) - min(part.south for part in parts) == (
        pytest.approx(length, rel=0.03)
    )
    assert frame.area_m2 == pytest.approx(area_m2, rel=0.07)


def test_a_filled_box_covers_its_area_and_stays_on_the_canvas() -> None:
    canvas = np.zeros((400, 400))
    bounds = Bounds(335_200.0, 4_649_300.0, 336_200.0, 4_650_300.0)
    fill_box(canvas, bounds, Box(-100, -20, 100, 40), 2.0)
    assert (canvas > 0).sum() * 2.5**2 == pytest.approx(200 * 60, rel=0.01)
    fill_box(canvas, bounds, Box(5000, 5000, 5100, 5100), 9.0)
    assert canvas.max() == 2.0


@pytest.mark.parametrize("relative_orbit", [21, 121])
@pytest.mark.parametrize("month", range(1, 13))
def test_spectra_are_reflectances_in_every_season(relative_orbit: int, month: int) -> None:
    dry = GroundState(dt.date(2023, month, 15), relative_orbit)
    wet = GroundState(dry.day, relative_orbit, wetness=1.0)
    assert ((material_spectra(dry) > 0) & (material_spectra(dry) < 1)).all()
    assert (material_spectra(wet) <= material_spectra(dry)).all()
    white = material_spectra(GroundState(dry.day, relative_orbit, snow=1.0))
    assert (white[:, 0] >= material_spectra(dry)[:, 0]).all()


def test_grass_is_greenest_in_spring_and_maize_in_summer() -> None:
    year = [dt.date(2023, 1, 1) + dt.timedelta(days=step) for step in range(365)]
    assert max(year, key=lambda day: green_share("lush_grass", day)).month == 5
    assert max(year, key=lambda day: green_share("maize", day)).month == 7
    assert green_share("lush_grass", year[0]) == pytest.approx(
        green_share("lush_grass", year[-1]), abs=0.01
    )


def test_looks_come_every_two_or_three_days_and_each_orbit_every_five() -> None:
    looks = all_looks(YEARS)
    gaps = {(after.day - before.day).days for before, after in itertools.pairwise(looks)}
    assert gaps == {2, 3}
    assert {look.platform for look in looks} == {"sentinel-2a", "sentinel-2b"}
    for orbit in (21, 121):
        days = [look.day for look in looks if look.relative_orbit == orbit]
        assert {(after - before).days for before, after in itertools.pairwise(days)} == {5}
    later = all_looks(Simulation(first=Month(2025, 2), months=1))
    assert {look.platform for look in later} == {"sentinel-2b", "sentinel-2c"}


def test_the_sun_stands_south_before_noon_and_higher_in_june() -> None:
    june, december = look_on(dt.date(2023, 6, 21)), look_on(dt.date(2023, 12, 21))
    assert june.sun_elevation_deg == pytest.approx(68, abs=3)
    assert december.sun_elevation_deg == pytest.approx(23, abs=3)
    assert 120 < june.sun_azimuth_deg < december.sun_azimuth_deg < 180


def test_the_story_fits_its_ten_weeks(story: AirbaseStory) -> None:
    phases = story.phases
    assert list(phases) == ["gather", "arrive", "dismantle", "depart"]
    assert sorted(phases.values()) == list(phases.values())
    assert (YEARS.end_day - phases["gather"]).days == 70
    assert (phases["depart"] - phases["arrive"]).days >= 21
    assert (YEARS.end_day - phases["depart"]).days >= 21


def test_the_promised_aircraft_are_there_before_anything_is_taken_away(story: AirbaseStory) -> None:
    eve = story.phases["dismantle"] - dt.timedelta(days=1)
    kinds = sorted(visit.kind for visit in story.aircraft_on(eve))
    assert kinds == ["an-124"] * 2 + ["an-32"] * 3 + ["an-72"] + ["il-76"] * 3
    assert story.helicopters_on(eve).mean() > 0.7
    assert story.vehicles_on(eve).mean() > 0.6
    assert story.gathered_on(eve).all()


def test_helicopters_and_vehicles_go_first_and_then_all(story: AirbaseStory) -> None:
    between = story.phases["dismantle"] + dt.timedelta(days=4)
    assert not story.helicopters_on(between).any()
    assert not story.vehicles_on(between).any()
    assert len(story.aircraft_on(between)) == 9
    rest = [day for day in YEARS.days if day >= story.phases["depart"]]
    assert not any(objects_on_day(story, day) for day in rest)


def test_the_quiet_time_has_traffic_but_no_gathering(story: AirbaseStory) -> None:
    quiet = [day for day in YEARS.days if day < story.phases["gather"]]
    visitors = [len(story.aircraft_on(day)) for day in quiet]
    assert max(visitors) <= 4
    assert 0.3 < np.mean(np.array(visitors) > 0) < 0.8
    assert not any(story.gathered_on(day).any() for day in quiet[::7])


def test_weekends_fill_the_vehicle_park(story: AirbaseStory) -> None:
    days = YEARS.days[:140]
    filling = {day: story.vehicles_on(day).mean() for day in days}
    weekend = [share for day, share in filling.items() if day.weekday() >= 5]
    weekday = [share for day, share in filling.items() if day.weekday() < 5]
    assert np.mean(weekend) > np.mean(weekday) + 0.1


def test_no_two_aircraft_share_a_place(story: AirbaseStory) -> None:
    for day in YEARS.days:
        places = [visit.place for visit in story.aircraft_on(day)]
        assert len(places) == len(set(places))


def test_a_seed_tells_one_story_and_another_seed_another(story: AirbaseStory) -> None:
    assert draw_story(Simulation()) == story
    assert draw_story(Simulation(seed=8)).visits != story.visits


def test_events_can_be_written_and_lie_within_the_simulation(story: AirbaseStory) -> None:
    planted = json.loads(json.dumps(planted_events(story)))
    assert {event["zone"] for event in planted if event["is_story"]} == {
        "main-apron",
        "helicopter-stand",
        "vehicle-park",
    }
    for event in planted:
        assert YEARS.first_day.isoformat() <= event["from"] <= event["to"]
        assert event["to"] < YEARS.end_day.isoformat()
        assert event["area_m2"] > 0


def test_the_drawn_area_is_the_area_of_what_stands_there(story: AirbaseStory) -> None:
    day = story.phases["arrive"] + dt.timedelta(days=5)
    scenery = draw_scenery(story, look_on(day))
    expected = sum(entry["area_m2"] for entry in objects_on_day(story, day))
    assert scenery.covered.sum() * FINE_M**2 == pytest.approx(expected, rel=0.03)


def test_shadows_fall_away_from_the_sun_and_not_on_objects(story: AirbaseStory) -> None:
    scenery = draw_scenery(story, look_on(story.phases["depart"]))
    assert scenery.covered.max() == 0
    assert scenery.shadow.max() == 1
    north = TILE.north - object_window().north
    tower = box_on_map(Box(0, -175, 20, -155))
    row = int((TILE.north - tower.centroid.y - north) / FINE_M)
    column = int((tower.centroid.x - object_window().west) / FINE_M)
    assert scenery.shadow[row - 9, column] == 1
    assert scenery.shadow[row, column] == 0
    assert scenery.shadow[row + 9, column] == 0


def test_light_aircraft_brighten_the_concrete_and_shadows_darken_it() -> None:
    concrete = material_spectra(GroundState(dt.date(2023, 5, 1), 21))[
        MATERIALS.index("concrete"), 2
    ]
    ground = np.full((1, 3), concrete, dtype=np.float32)
    nothing = np.zeros((1, 3), dtype=np.float32)
    aircraft = np.array([[1, 0, 0]], dtype=np.float32)
    shadow = np.array([[0, 1, 0]], dtype=np.float32)
    change = reflectance_change(
        SceneryLayers(aircraft, aircraft, nothing, nothing, shadow), ground, 2
    )
    assert change[0, 0] > 0.15
    assert change[0, 1] < -0.1
    assert change[0, 2] == 0


def test_only_an_il_76_or_larger_takes_a_large_place(story: AirbaseStory) -> None:
    for visit in story.visits:
        assert (visit.place in LARGE_SLOTS) == (visit.kind in LARGE_TYPES)
