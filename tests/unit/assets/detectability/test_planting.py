"""Objects planted into looks: their light, place, blur, shadow, delay, and where they may stand."""

import math

import numpy as np
import pytest

from assets.detectability.object_models import (
    FINE_M,
    PAINTS,
    SHAPE_OF_KIND,
    ObjectPlan,
    PlanStrip,
    SunDirection,
    draw_object,
    plan_of,
)
from assets.detectability.planting import ObjectPosition, find_spot, plant_object, signal_shares
from resources.instrument import BAND_DELAY_S, BAND_PIXEL_M, MTF_AT_NYQUIST
from resources.models import REFLECTANCE_BANDS, ZONE_KINDS
from resources.simulated.scenery import instrument as simulated

SIDE = 40
GROUND = np.array([0.19, 0.22, 0.245, 0.285, 0.29, 0.32, 0.29], np.float32)
BRIGHT = PAINTS["aircraft"]["bright"]
SHAPES = sorted(PAINTS)


def ground() -> np.ndarray:
    return np.broadcast_to(GROUND[:, None, None], (len(GROUND), SIDE, SIDE)).copy()


def centroid(plane: np.ndarray) -> tuple[float, float]:
    rows, columns = np.mgrid[0 : plane.shape[0], 0 : plane.shape[1]] + 0.5
    return (plane * rows).sum() / plane.sum(), (plane * columns).sum() / plane.sum()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("heading", [0.0, 33.0, 90.0, 201.0])
@pytest.mark.parametrize("pixel_m", [10, 20])
def test_pixels_receive_the_light_of_exactly_the_area_that_is_covered(
    shape: str, heading: float, pixel_m: int
) -> None:
    plan = plan_of(shape, 45.0)
    seen = signal_shares(
        draw_object(plan, heading, None),
        ObjectPosition(20.3, 19.6),
        pixel_m=pixel_m,
        shape=(SIDE, SIDE),
    )
    assert seen.cover.sum() * pixel_m**2 == pytest.approx(plan.area_m2, rel=0.04)


def test_an_aircraft_of_the_size_of_the_antonovs_covers_what_they_cover() -> None:
    for length, area in ((69, 1100), (47, 538), (28, 190), (24, 146)):
        assert plan_of("aircraft", length).area_m2 == pytest.approx(area, rel=0.12)


def test_blur_and_sampling_are_those_of_the_simulated_instrument() -> None:
    """Two implementations: a product of error functions here, filters of a fine drawing there."""
    box = PlanStrip(0.0, 0.0, 60.0, 40.0)
    for pixel_m in (10, 20):
        fine = np.zeros((160, 160))
        fine[80 - 12 : 80 + 12, 80 - 8 : 80 + 8] = 1  # 60 m north-south by 40 m, centred at 200 m
        other = simulated.sample_pixels(
            simulated.to_lattice(fine, pixel_m), (0.0, 0.0), (400 // pixel_m,) * 2
        )
        drawn = draw_object(ObjectPlan("patch", 60.0, 0.0, (box,)), 0.0, None)
        seen = signal_shares(
            drawn, ObjectPosition(20.0, 20.0), pixel_m=pixel_m, shape=(400 // pixel_m,) * 2
        )
        ours = np.zeros_like(other)
        ours[seen.rows, seen.columns] = seen.cover
        np.testing.assert_allclose(ours, other, atol=0.012)


def test_stripes_at_the_nyquist_frequency_keep_the_stated_contrast() -> None:
    stripes = tuple(PlanStrip(0.0, 20.0 * k, 120.0, 10.0) for k in range(-5, 6))
    drawn = draw_object(ObjectPlan("patch", 120.0, 0.0, stripes), 0.0, None)
    seen = signal_shares(drawn, ObjectPosition(20.0, 20.5), pixel_m=10, shape=(SIDE, SIDE))
    line = seen.cover[20 - seen.rows.start, 15 - seen.columns.start : 26 - seen.columns.start]
    amplitude = (line.max() - line.min()) / 2
    assert amplitude == pytest.approx(MTF_AT_NYQUIST * 2 / math.pi, abs=0.01)  # a square wave's


@pytest.mark.parametrize("pixel_m", [10, 20])
def test_an_object_lies_where_it_is_put_to_a_hundredth_of_a_pixel(pixel_m: int) -> None:
    rows, columns = [], []
    for part in (0.0, 0.31, 0.77):
        seen = signal_shares(
            draw_object(plan_of("patch", 30.0), 20.0, None),
            ObjectPosition(20 + part, 20 - part),
            pixel_m=pixel_m,
            shape=(SIDE, SIDE),
        )
        row, column = centroid(seen.cover)
        rows.append((seen.rows.start + row) * pixel_m / 10 - 20 - part)
        columns.append((seen.columns.start + column) * pixel_m / 10 - 20 + part)
    np.testing.assert_allclose([rows, columns], 0, atol=0.02)


@pytest.mark.parametrize("paint", ["bright", "dark"])
def test_a_pixel_full_of_an_object_shows_its_paint_and_far_ones_the_ground(paint: str) -> None:
    spectrum = PAINTS["patch"][paint]
    drawn = draw_object(plan_of("patch", 160.0), 0.0, None)
    planted = plant_object(ground(), drawn, ObjectPosition(20.0, 20.0), paint=spectrum)
    np.testing.assert_allclose(planted.reflectance[:, 20, 20], spectrum, atol=0.01)
    assert np.array_equal(planted.reflectance[:, 1, 1], GROUND)


def test_nothing_outside_the_window_that_is_told_changes_and_the_look_itself_never() -> None:
    look = ground()
    planted = plant_object(
        look,
        draw_object(plan_of("aircraft", 50.0), 10.0, None),
        ObjectPosition(9, 33),
        paint=BRIGHT,
    )
    changed = (planted.reflectance != ground()).any(axis=0)
    changed[planted.rows, planted.columns] = False
    assert not changed.any()
    assert np.array_equal(look, ground())


def test_an_object_over_the_edge_of_the_grid_is_cut_off() -> None:
    drawn = draw_object(plan_of("patch", 60.0), 0.0, None)
    for place in (
        ObjectPosition(0, 20),
        ObjectPosition(SIDE, 20),
        ObjectPosition(20, -0.5),
        ObjectPosition(-30, 90),
    ):
        planted = plant_object(ground(), drawn, place, paint=BRIGHT)
        assert planted.reflectance.shape == ground().shape


def test_bands_of_20_m_change_in_whole_blocks_of_20_m() -> None:
    planted = plant_object(
        ground(),
        draw_object(plan_of("aircraft", 40.0), 77.0, None),
        ObjectPosition(20.4, 19.1),
        paint=BRIGHT,
    )
    for band, name in enumerate(REFLECTANCE_BANDS):
        plane = planted.reflectance[band].astype(float)
        blocks = plane.reshape(SIDE // 2, 2, SIDE // 2, 2)
        even = np.ptp(blocks, axis=(1, 3)).max() == 0
        assert even == (BAND_PIXEL_M[name] == 20)


@pytest.mark.parametrize(("azimuth", "side"), [(180.0, "north"), (90.0, "west"), (0.0, "south")])
def test_a_shadow_falls_away_from_the_sun_as_long_as_height_and_sun_make_it(
    azimuth: float, side: str
) -> None:
    sun = SunDirection(azimuth, 30.0)
    plan = ObjectPlan("vessel", 40.0, 10.0, (PlanStrip(0, 0, 20.0, 20.0),))
    drawn = draw_object(plan, 0.0, sun)
    row, column = (part - len(drawn.cover) / 2 for part in centroid(drawn.shadow))
    away = {"north": -row, "south": row, "west": -column}[side] * FINE_M
    throw = 10.0 / math.tan(math.radians(30.0))
    assert drawn.shadow.sum() * FINE_M**2 == pytest.approx(20.0 * throw, rel=0.05)
    assert away == pytest.approx(10.0 + throw / 2, abs=1.0)


def test_shadow_darkens_the_ground_and_never_the_object() -> None:
    plan = ObjectPlan("vessel", 60.0, 40.0, (PlanStrip(0, 0, 60.0, 60.0),))
    with_sun = plant_object(
        ground(),
        draw_object(plan, 0.0, SunDirection(180.0, 45.0)),
        ObjectPosition(25, 20),
        paint=BRIGHT,
    ).reflectance
    without = plant_object(
        ground(), draw_object(plan, 0.0, None), ObjectPosition(25, 20), paint=BRIGHT
    ).reflectance
    assert with_sun[0, 20, 20] < 0.7 * without[0, 20, 20]
    assert with_sun[0, 25, 20] == pytest.approx(without[0, 25, 20], abs=0.005)


def test_a_mover_lies_in_each_band_where_it_was_when_that_band_passed() -> None:
    drawn = draw_object(plan_of("mover", 16.0), 90.0, None)
    planted = plant_object(
        ground(),
        drawn,
        ObjectPosition(20.5, 12.5),
        paint=PAINTS["mover"]["bright"],
        velocity_m_s=(22.0, 0),
    )
    found = {}
    for band in ("blue", "green", "red", "nir"):
        change = (
            planted.reflectance[REFLECTANCE_BANDS.index(band)]
            - ground()[REFLECTANCE_BANDS.index(band)]
        )
        found[band] = centroid(change.astype(float))[1]
    for band in ("green", "red", "nir"):
        moved = (found[band] - found["blue"]) * 10
        assert moved == pytest.approx(22.0 * BAND_DELAY_S[band], abs=0.3)


def test_what_is_not_seen_stays_unseen() -> None:
    look = ground()
    look[:, 18:22, 18:22] = np.nan
    look[5] = np.nan
    planted = plant_object(
        look, draw_object(plan_of("lot", 40.0), 5.0, None), ObjectPosition(20, 20), paint=BRIGHT
    )
    assert np.array_equal(np.isnan(planted.reflectance), np.isnan(look))


def test_objects_are_never_put_over_or_beside_unclear_pixels() -> None:
    chance = np.random.default_rng(3)
    area = np.full((SIDE, SIDE), 100.0)
    clear = np.ones((SIDE, SIDE), bool)
    clear[:, 18:] = False
    drawn = draw_object(plan_of("aircraft", 40.0), 40.0, SunDirection(150.0, 25.0))
    spots = [find_spot(drawn, area_m2=area, clear=clear, chance=chance) for _ in range(30)]
    found = [spot for spot in spots if spot is not None]
    assert len(found) > 10
    for spot in found:
        seen = signal_shares(drawn, spot, pixel_m=10, shape=clear.shape)
        touched = seen.cover + seen.shadow > 0.01
        assert clear[seen.rows, seen.columns][touched].all()


def test_objects_stand_in_the_zone_or_nowhere() -> None:
    chance = np.random.default_rng(4)
    clear = np.ones((SIDE, SIDE), bool)
    area = np.zeros((SIDE, SIDE))
    area[10:30, 10:30] = 100.0
    drawn = draw_object(plan_of("patch", 50.0), 0.0, None)
    for _ in range(20):
        spot = find_spot(drawn, area_m2=area, clear=clear, chance=chance)
        assert spot is not None
        assert 9 <= spot.row <= 31
    strip = np.zeros((SIDE, SIDE))
    strip[20] = 100.0
    assert (
        find_spot(
            draw_object(plan_of("patch", 100.0), 90.0, None),
            area_m2=strip,
            clear=clear,
            chance=chance,
        )
        is None
    )
    assert find_spot(drawn, area_m2=area, clear=~clear, chance=chance) is None


def test_every_kind_of_zone_has_something_to_plant_in_every_paint() -> None:
    assert set(SHAPE_OF_KIND) == set(ZONE_KINDS)
    for shape in SHAPE_OF_KIND.values():
        for spectrum in PAINTS[shape].values():
            assert len(spectrum) == len(REFLECTANCE_BANDS)


@pytest.mark.parametrize("length", [0.0, -5.0, math.nan])
def test_a_length_that_is_no_length_is_refused(length: float) -> None:
    with pytest.raises(ValueError, match="length above 0"):
        plan_of("patch", length)
