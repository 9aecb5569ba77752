"""Drawn worlds on disk: ordinary archives that hold what their truth tells."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio

from resources.errors import ArchiveError
from resources.instrument import BAND_PIXEL_M
from resources.models import REFLECTANCE_BANDS
from resources.simulated.files import SimulatedArchive
from resources.simulated.items import FILES
from resources.simulated.sky.atmosphere import CIRRUS_COLOUR, HAZE_COLOUR, HAZE_LOSS
from resources.simulated.worlds.archive import MASKS, write_world
from resources.simulated.worlds.plan.stories import LEFT, STORIES
from resources.simulated.worlds.scene import TrueClass, render_world_look, surface_on
from resources.simulated.worlds.world import DrawnWorld, draw_world
from resources.simulated.worlds.zone_pixels import WorldZonePixels, pixels_of
from resources.sources.stac.items import parse_item
from resources.watchlist.read import read_watch_list

SEED = 4


@pytest.fixture(scope="module")
def world() -> DrawnWorld:
    return draw_world(SEED, zones=8, margin_m=100.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="module")
def archive(folder: Path, world: DrawnWorld) -> SimulatedArchive:
    return write_world(folder, world)


@pytest.fixture(scope="module")
def truth(archive: SimulatedArchive) -> dict:
    return json.loads(archive.truth.read_text())


def zone_pixels(world: DrawnWorld) -> WorldZonePixels:
    outlines = [zone.outline for zone in world.zones]
    return pixels_of(outlines, world.place.tile, world.plan.frame.shape)


def test_pystac_and_our_own_reader_open_every_item(
    world: DrawnWorld, archive: SimulatedArchive
) -> None:
    items = list(pystac.Catalog.from_file(archive.catalog).get_items())
    assert len(items) == len(world.looks)
    for raw, look in zip(items, world.looks, strict=True):
        item = parse_item(raw.to_dict(), "simulated", lambda href: href)
        assert item.is_simulated
        assert item.epsg == world.place.epsg
        assert item.mgrs_tile == world.place.mgrs_tile
        assert item.sensed_at == look.sensed_at
        assert item.relative_orbit == look.relative_orbit


def test_everything_says_simulated(
    world: DrawnWorld, archive: SimulatedArchive, truth: dict
) -> None:
    catalog = json.loads(archive.catalog.read_text())
    item = json.loads(next(archive.catalog.parent.glob("*/item.json")).read_text())
    for told in (catalog, item["properties"], truth):
        assert "SIMULATED" in told["title"]
        assert "SIMULATED" in told["description"]
    assert "SIMULATED" in item["properties"]["attribution"]
    for feature in json.loads(archive.sites.read_text())["features"]:
        assert "SIMULATED" in feature["properties"]["name"]
        assert "SIMULATED" in feature["properties"]["site_name"]
    with rasterio.open(next(archive.catalog.parent.glob("*/B04.tif"))) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert "SIMULATED" in file.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        assert file.crs.to_epsg() == world.place.epsg


def test_the_watch_list_holds_the_zones_that_were_asked_for(
    world: DrawnWorld, archive: SimulatedArchive
) -> None:
    (site,) = read_watch_list(archive.sites)
    assert [zone.zone_id for zone in site.zones] == [zone.zone_id for zone in world.zones]
    assert len(site.zones) == 8
    assert site.margin_m == 100.0


def test_zones_reflect_on_clear_looks_what_the_truth_says(
    world: DrawnWorld, archive: SimulatedArchive, truth: dict
) -> None:
    """Within blur, shift and noise; what the air left is in the truth as well."""
    pixels = zone_pixels(world)
    y, x = np.divmod(pixels.pixels, pixels.shape[1])
    count = np.bincount(pixels.zone)
    differences: dict[str, list[float]] = {band: [] for band in REFLECTANCE_BANDS}
    for look, made in zip(truth["looks"], world.timetable.processing, strict=True):
        colours = CIRRUS_COLOUR if look["sky"] == "cirrus" else HAZE_COLOUR
        for number, band in enumerate(REFLECTANCE_BANDS):
            with rasterio.open(
                archive.catalog.parent / look["item"] / f"{FILES[band]}.tif"
            ) as file:
                seen = (file.read(1).astype(float) - made.stored_dn) / 1e4
            step = pixels.shape[0] // seen.shape[0]
            means = np.bincount(pixels.zone, weights=seen[y // step, x // step]) / count
            for mean, zone in zip(means, world.zones, strict=True):
                told = look["zones"][zone.zone_id]
                if told["clear_fraction"] == 1:
                    haze = look["haze_blue_reflectance"] * colours[number]
                    ground = told["reflectance"][number] * look["gain"]
                    differences[band].append(mean - ground * (1 - HAZE_LOSS * haze) - haze)
    for band, values in differences.items():
        assert len(values) > 60
        assert abs(np.mean(values)) < 0.006, band
        at_most = 0.02 if BAND_PIXEL_M[band] == 10 else 0.04
        assert np.quantile(np.abs(values), 0.9) < at_most, band
    assert np.quantile(np.abs(differences["red"]), 0.9) < 0.006


def test_masks_are_of_every_look_and_agree_with_the_shares_told(
    folder: Path, world: DrawnWorld, truth: dict
) -> None:
    masks = np.load(folder / MASKS)["masks"]
    assert masks.shape == (len(world.looks), *world.place.shape(10))
    assert set(np.unique(masks)) <= {int(one) for one in TrueClass}
    assert set(truth["mask_classes"].values()) == {int(one) for one in TrueClass}
    pixels = zone_pixels(world)
    for look, mask in zip(truth["looks"], masks, strict=True):
        shares = pixels.class_shares(mask)[TrueClass.CLOUD]
        for share, zone in zip(shares, world.zones, strict=True):
            assert look["zones"][zone.zone_id]["cloud_fraction"] == pytest.approx(share, abs=1e-4)


def test_a_finished_world_is_left_alone_and_another_replaces_it(
    world: DrawnWorld, folder: Path, archive: SimulatedArchive, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert write_world(folder, world) == archive
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    (tmp_path / "archive").mkdir()
    with pytest.raises(ArchiveError, match="choose another folder"):
        write_world(tmp_path, world)


def test_the_same_seed_renders_the_same_pixels(world: DrawnWorld) -> None:
    again = draw_world(SEED, zones=8, margin_m=100.0)
    one, other = render_world_look(world, 3), render_world_look(again, 3)
    for band in one.picture.bands:
        assert hashlib.sha256(one.picture.bands[band].tobytes()).digest() == (
            hashlib.sha256(other.picture.bands[band].tobytes()).digest()
        )
    assert render_world_look(draw_world(SEED + 1), 3).picture.bands["red"].tobytes() != (
        one.picture.bands["red"].tobytes()
    )


def test_five_and_twenty_zones_show_the_same_ground_and_events() -> None:
    few, many = draw_world(11, zones=5), draw_world(11, zones=20)
    assert [zone.zone_id for zone in many.zones[:5]] == [zone.zone_id for zone in few.zones]
    assert len(many.zones) == 20
    assert few.events == many.events
    assert few.place == many.place
    for band, pixels in render_world_look(few, 7).picture.bands.items():
        assert np.array_equal(pixels, render_world_look(many, 7).picture.bands[band])


@pytest.mark.parametrize("story", STORIES)
def test_each_story_leaves_the_areas_of_its_kind(story: str) -> None:
    world = draw_world(11, story=story)
    assert world.story == story
    told = [event for event in world.events if event.zone_id or event.kind == story]
    for event in told:
        assert event.kind == story
        assert world.nature.story_day <= event.first <= event.last < world.nature.end_day
        if story in LEFT:
            assert event.after_m2 / event.before_m2 == pytest.approx(LEFT[story], abs=0.08)
            assert event.sign == (0 if story == "rotation" else -1)
        elif story == "arrival":
            assert event.after_m2 > 1.5 * event.before_m2
            assert event.sign == 1
        elif story == "construction":
            assert event.after_m2 > 300
        elif story == "vessels":
            assert abs(event.after_m2 - event.before_m2) > 100
    assert bool(told) == (story != "quiet")


def test_some_worlds_build_outside_their_zones_but_never_quiet_ones() -> None:
    seeds = (3, 7, 11, 19)
    outside = [
        (world, event)
        for world in map(draw_world, seeds)
        for event in world.events
        if event.zone_id is None and event.outline is not None
    ]
    assert outside
    for world, event in outside:
        assert event.kind == "construction"
        assert all(zone.outline.disjoint(event.outline) for zone in world.all_zones)
        assert event.outline.area == pytest.approx(event.after_m2, rel=0.1)
    for seed in seeds:
        assert not draw_world(seed, quiet=True).events


def test_what_stands_in_a_zone_covers_the_area_told() -> None:
    world = draw_world(11, story="full_exit")
    look = world.looks[len(world.looks) // 2]
    day = (look.day - world.traffic.first_day).days
    shares = world.slots.cover @ world.traffic.is_taken[day].astype(np.float32)
    assert shares.sum() * 25 == pytest.approx(world.traffic.standing_m2[day].sum(), rel=1e-3)


def test_a_site_emptied_shows_bare_pavement_after_and_not_before() -> None:
    world = draw_world(11, story="full_exit")
    (zone, *_) = world.zones
    pixels = zone_pixels(world)
    sky = next(sky for sky in world.skies if sky.kind == "clear" and not sky.snow)
    (first,) = {event.first for event in world.events if event.zone_id}
    spread = {}
    for number, look in enumerate(world.looks):
        if number % 4 == 0:
            red = surface_on(world, look, sky)[2].ravel()[pixels.pixels[pixels.zone == 0]]
            spread[look.day] = float(np.std(red) / np.mean(red))
    before = [value for day, value in spread.items() if day < first]
    last = max(event.last for event in world.events if event.zone_id)
    after = [value for day, value in spread.items() if day > last]
    assert zone.load
    assert min(before) > 1.5 * max(after)


def test_worlds_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="seed"):
        draw_world(-1)
    with pytest.raises(ValueError, match="zones"):
        draw_world(1, zones=31)
    with pytest.raises(ValueError, match="story"):
        draw_world(1, story="picnic")
    assert draw_world(4, story="arrival", quiet=True).story == "quiet"
