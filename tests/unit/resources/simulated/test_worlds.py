"""Drawn worlds, piece by piece: nature, plan, zones, looks, growth, sensor, shadows."""

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pytest

from resources.models import Bounds
from resources.months import Month
from resources.simulated.scenery.layout import Box
from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.worlds.plan.chance import WorldStream, random_stream
from resources.simulated.worlds.plan.frame import GROUND_M, WorldFrame, area_m2
from resources.simulated.worlds.plan.nature import SETTINGS, WeatherSpell, WorldNature, draw_nature
from resources.simulated.worlds.plan.parcels import split_into_parcels, surrounding_boxes
from resources.simulated.worlds.plan.site_plan import WorldPlan, draw_plan
from resources.simulated.worlds.plan.skies import draw_instrument, draw_skies
from resources.simulated.worlds.plan.stories import LEFT, OF_OBJECTS, STORIES, StoryKind
from resources.simulated.worlds.plan.timetable import LOOKS_MOST, OFFSET_SINCE, draw_timetable
from resources.simulated.worlds.plan.zones import WorldZone, draw_zone_count, draw_zones
from resources.simulated.worlds.surface.growth import CROPS, PlantGrowth, SeasonState, shares_on
from resources.simulated.worlds.surface.sensor import filter_weights, sample_band_pixels
from resources.simulated.worlds.surface.shadows import cast_shadow

SEEDS = range(1, 25)
CORNER = (500_000.0, 4_700_000.0)
SUMMER = dt.date(2021, 6, 21)


def story_of(seed: int) -> StoryKind:
    return STORIES[seed % len(STORIES)]


def drawn(seed: int) -> tuple[WorldNature, WorldPlan, tuple[WorldZone, ...]]:
    nature = draw_nature(seed, story_of(seed))
    plan = draw_plan(seed, nature, story_of(seed), CORNER)
    return nature, plan, draw_zones(seed, plan, story_of(seed))


@pytest.fixture(scope="module")
def worlds() -> dict[int, tuple[WorldNature, WorldPlan, tuple[WorldZone, ...]]]:
    return {seed: drawn(seed) for seed in SEEDS}


def look(elevation: float, azimuth: float) -> SimulatedPass:
    return SimulatedPass(0, "A", 21, dt.datetime(2021, 6, 1, 11, tzinfo=dt.UTC), elevation, azimuth)


def test_a_seed_gives_the_same_nature_plan_and_zones_each_time(worlds) -> None:
    assert drawn(5) == worlds[5]
    assert drawn(5)[1] != worlds[6][1]


def test_natures_differ_and_stay_within_their_ranges(worlds) -> None:
    natures = [nature for nature, _, _ in worlds.values()]
    assert {nature.setting for nature in natures} <= set(SETTINGS)
    assert len({nature.setting for nature in natures}) >= 4
    for nature in natures:
        assert 15 < abs(nature.latitude_deg) <= 55
        assert 0.2 <= nature.cloud_share <= 0.8
        assert nature.first_day < nature.story_day < nature.end_day


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_stories_of_nature_happen_in_their_season_late_in_the_world(seed: int) -> None:
    for story in ("drought", "long_snow"):
        nature = draw_nature(seed, story)
        spell = (nature.drought if story == "drought" else nature.snow)[-1]
        middle = nature.northern(spell.first + (spell.last - spell.first) / 2).month
        assert middle in ((6, 7, 8, 9) if story == "drought" else (12, 1, 2, 3))
        assert nature.story_day <= spell.first < nature.end_day


def test_the_tile_holds_the_core_and_reaches_600_m_unless_cut_tight(worlds) -> None:
    for _, plan, zones in worlds.values():
        tile = plan.frame.tile
        assert max(tile.east - tile.west, tile.north - tile.south) <= 3640
        assert all(edge % 20 == 0 for edge in (tile.west, tile.south, tile.east, tile.north))
        for zone in zones:
            west, south, east, north = zone.outline.bounds
            reach = min(west - tile.west, south - tile.south, tile.east - east, tile.north - north)
            assert reach >= (20 if plan.is_cut else 600)
    assert 0 < sum(plan.is_cut for _, plan, _ in worlds.values()) < len(worlds) / 2


def test_zones_are_many_do_not_overlap_and_have_the_sizes_of_zones(worlds) -> None:
    for _, _, zones in worlds.values():
        assert len(zones) >= 20
        for zone in zones:
            assert 2500 <= zone.outline.area <= 300_001
        for one, other in itertools.combinations(zones, 2):
            assert one.outline.disjoint(other.outline)


def test_zones_of_the_story_come_first_and_are_of_its_kind(worlds) -> None:
    for seed, (_, _, zones) in worlds.items():
        told = [zone for zone in zones if zone.is_of_story]
        assert list(zones[: len(told)]) == told
        if story_of(seed) in OF_OBJECTS:
            assert told
            assert all(zone.load for zone in told)
        if story_of(seed) in LEFT:
            assert len(told) >= 2
        if story_of(seed) == "vessels":
            assert all(zone.load == "vessels" for zone in told)
        if story_of(seed) in ("quiet", "drought", "long_snow"):
            assert not told


def test_the_number_of_zones_runs_from_two_to_thirty() -> None:
    counts = [draw_zone_count(seed, 0, 30) for seed in range(300)]
    assert min(counts) == 2
    assert max(counts) == 30
    assert draw_zone_count(3, 4, 30) >= 5


def test_looks_are_at_most_150_one_a_day_with_the_sun_of_the_morning(worlds) -> None:
    for seed, (nature, _, _) in worlds.items():
        table = draw_timetable(seed, nature, 0.2)
        days = [one.day for one in table.looks]
        assert 35 <= len(days) <= LOOKS_MOST
        assert sorted(set(days)) == days
        assert all(4 < one.sun_elevation_deg < 90 for one in table.looks)
        assert 1 <= len(table.orbit_gain) <= 4
        assert nature.first_day <= days[0] <= days[-1] < nature.end_day


def test_files_hold_the_offset_from_its_baseline_on_unless_it_was_subtracted(worlds) -> None:
    kinds = set()
    for seed, (nature, _, _) in worlds.items():
        table = draw_timetable(seed, nature, 0.2)
        kinds.add(table.catalogue)
        for one, made in zip(table.looks, table.processing, strict=True):
            is_new = one.day >= OFFSET_SINCE or table.catalogue == "collection_1"
            assert made.baseline >= "04.00" if is_new else made.baseline < "04.00"
            has_it = is_new and table.catalogue != "subtracted"
            assert made.stored_dn == (1000 if has_it else 0)
            assert made.is_subtracted == (is_new and table.catalogue == "subtracted")
    assert kinds == {"collection_1", "as_sensed", "subtracted"}


def test_clouds_follow_the_share_of_the_world(worlds) -> None:
    shares, covers = [], []
    for seed, (nature, _, _) in worlds.items():
        skies = draw_skies(seed, nature, draw_timetable(seed, nature, 0.2), draw_instrument(seed))
        shares.append(nature.cloud_share)
        covers.append(np.mean([sky.cover for sky in skies]))
        assert all(abs(part) < 2.0 for sky in skies for part in sky.shift_px)
    assert np.corrcoef(shares, covers)[0, 1] > 0.85
    assert np.mean(covers) == pytest.approx(np.mean(shares), abs=0.1)


def test_parcels_cover_their_box_without_overlap() -> None:
    box = Box(-400, -300, 500, 400)
    parcels = split_into_parcels(random_stream(1, WorldStream.PARCELS), box, 12_000)
    assert sum(map(area_m2, parcels)) == pytest.approx(area_m2(box))
    assert len(parcels) > 30
    around = surrounding_boxes(Box(-100, -100, 100, 100), box)
    assert sum(map(area_m2, around)) == pytest.approx(area_m2(box) - 200 * 200)


@pytest.mark.parametrize("crop", list(CROPS))
def test_a_crop_is_sown_grows_is_cut_and_ploughed(crop: str) -> None:
    growth = PlantGrowth("crop", dict.fromkeys(range(2019, 2024), crop))

    def on(number: int):
        day = dt.date(2021, 1, 1) + dt.timedelta(days=number - 1)
        return shares_on(growth, SeasonState(day, 0.0, 0.0))

    year = CROPS[crop]
    assert on(year.full + 2).green > 0.85
    assert on(year.ploughed + 1).soil > 0.9
    assert on(year.emerges - 2).green == pytest.approx(year.winter, abs=0.02)
    for number in range(1, 365, 9):
        shares = on(number)
        assert sum(shares) == pytest.approx(1.0)
        assert min(shares) >= 0


@pytest.mark.parametrize("plant", ["meadow", "pasture", "thin_grass", "deciduous", "evergreen"])
def test_drought_sets_growth_back_and_trees_least(plant: str) -> None:
    growth = PlantGrowth(plant, {})
    usual, dry = (shares_on(growth, SeasonState(SUMMER, 0.0, depth)).green for depth in (0.0, 0.8))
    assert dry < usual
    assert dry > 0.7 * usual or plant not in ("deciduous", "evergreen")


def test_a_mown_meadow_loses_green_and_gets_it_back() -> None:
    whole = PlantGrowth("meadow", {})
    mown = replace(whole, cuts=(170,))

    def green(growth: PlantGrowth, number: int) -> float:
        day = dt.date(2021, 1, 1) + dt.timedelta(days=number - 1)
        return shares_on(growth, SeasonState(day, 0.0, 0.0)).green

    assert green(mown, 171) < green(whole, 171) - 0.3
    assert green(mown, 200) == green(whole, 200)


def test_seasons_are_turned_in_the_south_and_spells_ramp() -> None:
    nature = draw_nature(1, "quiet")
    years = dict.fromkeys(range(2015, 2030), 0.0)
    north = replace(nature, latitude_deg=45.0, year_shift_days=years)
    south = replace(north, latitude_deg=-45.0)
    assert north.northern(dt.date(2021, 1, 10)).month == 1
    assert south.northern(dt.date(2021, 1, 10)).month == 7
    spell = WeatherSpell(dt.date(2021, 6, 1), dt.date(2021, 8, 1), 0.6)
    dry = replace(north, drought=(spell,), first=Month(2020, 1))
    assert dry.dryness_on(dt.date(2021, 5, 31)) == 0
    assert dry.dryness_on(dt.date(2021, 7, 15)) == pytest.approx(0.6)
    assert 0 < dry.dryness_on(dt.date(2021, 9, 1)) < 0.6


@pytest.mark.parametrize("pixel_m", [10, 20])
@pytest.mark.parametrize("shift_px", [(0.0, 0.0), (0.4, -0.3), (-1.1, 1.2)])
def test_the_sensor_moves_a_slope_by_the_shift_and_keeps_the_mean(
    pixel_m: int, shift_px: tuple[float, float]
) -> None:
    y, x = np.mgrid[0:200, 0:240]
    east = (x + 0.5) * GROUND_M
    north = -(y + 0.5) * GROUND_M
    seen = sample_band_pixels((0.001 * east + 0.002 * north).astype(np.float32), pixel_m, shift_px)
    rows, columns = seen.shape
    assert (rows, columns) == (1000 // pixel_m, 1200 // pixel_m)
    at_x = (np.arange(columns) + 0.5) * pixel_m - shift_px[0] * 10
    at_y = -(np.arange(rows)[:, None] + 0.5) * pixel_m + shift_px[1] * 10
    inner = (slice(8, -8), slice(8, -8))
    assert seen[inner] == pytest.approx((0.001 * at_x + 0.002 * at_y)[inner], abs=2e-3)
    assert filter_weights(pixel_m, 3.0)[1].sum() == pytest.approx(1.0)


def test_shadows_have_the_length_and_direction_of_the_sun() -> None:
    cover = np.zeros((80, 80), dtype=np.float32)
    cover[40:44, 40:44] = 1
    shadow = np.zeros_like(cover)
    cast_shadow(cover, 20.0, look(45.0, 180.0), shadow)
    assert shadow[36:40, 40:44].min() == 1
    assert shadow[:36].max() == 0
    assert shadow[44:].max() == 0
    eastward = np.zeros_like(cover)
    cast_shadow(cover, 20.0, look(45.0, 270.0), eastward)
    assert eastward[41, 46] == 1
    assert eastward[41, 30] == 0


def test_boxes_cover_their_area_in_fine_pixels() -> None:
    frame = WorldFrame(Bounds(500_000, 4_700_000, 501_000, 4_700_800), 23.0)
    _, share = frame.covered([Box(-50, -20, 31, 44)])
    assert share.sum() * GROUND_M**2 == pytest.approx(81 * 64, rel=0.02)
    _, both = frame.covered([Box(-50, -20, 31, 44), Box(-50, -20, 31, 44)])
    assert both.sum() == share.sum()
    assert len(frame.covered([Box(5000, 5000, 5010, 5010)])[0]) == 0
