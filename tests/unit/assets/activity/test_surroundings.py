"""Places without history: the surface round a pixel says what it should show."""

import math

import numpy as np
import pytest
from scipy import ndimage

from assets.activity.detect.objects import find_objects
from assets.activity.indices.zone_pixels import ZoneView
from assets.activity.measure.surroundings import SurfaceMasks, expect_spatially, find_surfaces
from bench.objects.vessels import find_vessels
from resources.instrument import blur_sigma_m
from resources.models import REFLECTANCE_BANDS
from resources.simulated.scenery.materials import CLOUD, GREEN, HARD, LIGHT_AIRCRAFT

WATER, CONCRETE, GREY = HARD["water"], HARD["concrete"], HARD["grey_roof"]
SIZE = 110
SHORE = 70  # column; land lies east of it
FINE = 5  # drawn pixels in one of 10 m


def drawn(spots: list[tuple[float, float, float, float, np.ndarray]]) -> np.ndarray:
    """A bay with rectangles in it: row, column (pixels), height and width (m), colour."""
    rng = np.random.default_rng(len(spots))
    fine = np.zeros((len(REFLECTANCE_BANDS), SIZE * FINE, SIZE * FINE), dtype=np.float32)
    fine[:] = WATER[:, None, None]
    fine[:, :, SHORE * FINE :] = CONCRETE[:, None, None]
    step = 10 / FINE
    for row, column, high, wide, colour in spots:
        rows = slice(round((row * 10 - high / 2) / step), round((row * 10 + high / 2) / step))
        columns = slice(
            round((column * 10 - wide / 2) / step), round((column * 10 + wide / 2) / step)
        )
        fine[:, rows, columns] = colour[:, None, None]
    fine = ndimage.gaussian_filter(fine, (0, blur_sigma_m(10) / step, blur_sigma_m(10) / step))
    seen = fine.reshape(len(fine), SIZE, FINE, SIZE, FINE).mean(axis=(2, 4))
    glint = ndimage.gaussian_filter(rng.normal(size=seen.shape[1:]), 0.6)
    return seen + rng.normal(0, 0.0015, seen.shape) + 0.004 * glint / glint.std()


SHIPS = [
    (20.3, 20.6, 30.0, 200.0, GREY),
    (50.7, 40.2, 90.0, 16.0, GREY),
    (80.1, 25.4, 12.0, 60.0, GREY),
]
CLEAR = np.ones((SIZE, SIZE), bool)


def test_ships_are_found_on_the_water_with_their_length_and_nothing_else_is() -> None:
    scene = drawn(SHIPS)
    found = find_vessels(scene, CLEAR, find_surfaces(scene, CLEAR))
    assert len(found) == len(SHIPS)
    for row, column, high, wide, _ in SHIPS:
        near = [
            one for one in found if math.hypot(one.row + 0.5 - row, one.column + 0.5 - column) < 1
        ]
        assert len(near) == 1
        assert near[0].length_m == pytest.approx(max(high, wide), rel=0.1)


def test_empty_water_has_no_ships() -> None:
    scene = drawn([])
    assert find_vessels(scene, CLEAR, find_surfaces(scene, CLEAR)) == []


def test_a_ship_with_a_dark_deck_is_one_ship() -> None:
    deck = WATER + 0.5 * (GREY - WATER)
    scene = drawn(
        [
            (40.0, 30.0, 30.0, 180.0, deck),
            (40.0, 23.0, 30.0, 25.0, LIGHT_AIRCRAFT),
            (40.0, 37.5, 30.0, 20.0, LIGHT_AIRCRAFT),
        ]
    )
    found = find_vessels(scene, CLEAR, find_surfaces(scene, CLEAR))
    assert len(found) == 1
    assert found[0].length_m > 150


def test_what_is_no_ship_is_not_one() -> None:
    island = (30.0, 30.0, 250.0, 250.0, HARD["bare_soil"])
    breakwater = (80.0, 35.0, 20.0, 500.0, CONCRETE)
    cloud = (55.0, 50.0, 110.0, 120.0, CLOUD)
    shoal = (103.0, 20.0, 60.0, 150.0, WATER + 0.015)
    reef = (8.0, 10.0, 40.0, 60.0, WATER + np.array([0.12, 0.15, 0.08, 0.004, 0, 0, 0]))
    islet = (8.0, 50.0, 30.0, 60.0, GREEN)
    mole = (92.0, 35.0, 20.0, 360.0, CONCRETE)
    scene = drawn([island, breakwater, cloud, shoal, reef, islet, mole])
    assert find_vessels(scene, CLEAR, find_surfaces(scene, CLEAR)) == []


def test_water_and_land_part_at_the_shore_and_ships_stay_with_the_water() -> None:
    scene = drawn(SHIPS)
    parts = find_surfaces(scene, CLEAR)
    assert parts.water[:, : SHORE - 2].all()
    assert parts.land[:, SHORE + 1 :].all()
    assert not (parts.water & parts.land).any()


def test_a_scene_without_water_is_all_land() -> None:
    scene = np.broadcast_to(CONCRETE[:, None, None], (len(CONCRETE), 40, 40))
    parts = find_surfaces(scene, np.ones((40, 40), bool))
    assert parts.land.all()
    assert not parts.water.any()


def test_an_aircraft_on_a_plain_apron_is_found_without_history() -> None:
    rng = np.random.default_rng(1)
    scene = np.broadcast_to(CONCRETE[:, None, None], (len(CONCRETE), 60, 60)).copy()
    scene += rng.normal(0, 0.006, scene.shape)
    scene[:, 30:32, 28:32] += 0.5 * (LIGHT_AIRCRAFT - CONCRETE)[:, None, None]
    found = find_objects(expect_spatially(scene, np.ones((60, 60), bool)))
    sure = [one for one in found if one.probability > 0.5]
    assert len(sure) == 1
    assert (sure[0].row, sure[0].column) == pytest.approx((30.5, 29.5), abs=0.4)


def test_the_background_does_not_take_up_what_departs_from_it() -> None:
    view = seen = expect_spatially(drawn(SHIPS), CLEAR)
    empty = expect_spatially(drawn([]), CLEAR)
    assert isinstance(seen, ZoneView)
    on_ship = (20, 20)
    assert view.clear[on_ship]
    difference = view.expected[:4, *on_ship] - empty.expected[:4, *on_ship]
    assert np.abs(difference).max() < 0.002
    assert np.median(view.residual[0][view.clear]) == pytest.approx(0, abs=0.002)


def test_a_missing_band_is_missing_in_the_view_and_no_error() -> None:
    scene = drawn(SHIPS)
    scene[REFLECTANCE_BANDS.index("swir16") :] = np.nan
    view = expect_spatially(scene, CLEAR)
    assert np.isnan(view.residual[-1]).all()
    assert np.isfinite(view.residual[:4][:, view.clear]).all()
    assert len(find_vessels(scene, CLEAR, find_surfaces(scene, CLEAR))) == len(SHIPS)


def test_unseen_pixels_stay_unseen() -> None:
    scene, clear = drawn(SHIPS), CLEAR.copy()
    clear[:, :20] = False
    scene[:, :, :20] = np.nan
    view = expect_spatially(scene, clear)
    assert not view.clear[:, :20].any()
    assert view.clear[:, 22:60].all()


def test_surfaces_may_be_given() -> None:
    scene = drawn([])
    west = CLEAR.copy()
    west[:, 40:] = False
    view = expect_spatially(scene, CLEAR, surfaces=SurfaceMasks(water=west, land=~CLEAR))
    assert not view.clear[:, 40:].any()
