"""Where looks lie: shifts found on made-up ground whose true shift is known."""

import numpy as np
import pytest
from scipy import ndimage

from assets.activity.registration import (
    CONVERGED_PX,
    Registration,
    align,
    find_shift,
    prepare,
    shrunk,
    working_window,
)
from assets.scenes.resample import without_shift
from assets.scenes.stack import Shift

SHAPE = (144, 160)
NOISE = 0.002  # reflectance, of one pixel
COARSE = 4  # pixels of the drawing a pixel side


def ground(seed: int = 1) -> np.ndarray:
    """Fields, tracks and roofs in pixels of 2.5 m, two bands: visible and near infrared."""
    chance = np.random.default_rng(seed)
    rows, columns = (COARSE * (side + 16) for side in SHAPE)
    tiles = chance.uniform(0.03, 0.25, (2, rows // 48 + 1, columns // 64 + 1))
    fine = tiles.repeat(48, axis=1).repeat(64, axis=2)[:, :rows, :columns]
    for _ in range(60):
        y, x = chance.integers(0, rows - 60), chance.integers(0, columns - 60)
        fine[:, y : y + chance.integers(4, 40), x : x + chance.integers(4, 40)] = chance.uniform(
            0.05, 0.4, (2, 1, 1)
        )
    return fine


def instrument(fine: np.ndarray) -> np.ndarray:
    """Spline coefficients of what a blurring instrument sees before it samples."""
    blurred = (
        ndimage.uniform_filter(ndimage.gaussian_filter(plane, 0.55 * COARSE), COARSE)
        for plane in fine
    )
    return np.stack([ndimage.spline_filter(plane, order=3) for plane in blurred])


FINE = ground()
SEEN = instrument(FINE)


def look(
    east: float = 0.0, south: float = 0.0, *, seed: int = 0, seen: np.ndarray = SEEN
) -> np.ndarray:
    """Reflectance of a look shifted so far, shape (7, y, x), as an instrument blurs and samples."""
    chance = np.random.default_rng(seed)
    bands = np.full((7, *SHAPE), np.nan, np.float32)
    rows = COARSE * (np.arange(SHAPE[0]) + 8.5 - south)
    columns = COARSE * (np.arange(SHAPE[1]) + 8.5 - east)
    places = np.meshgrid(rows, columns, indexing="ij")
    for number, coefficients in enumerate(seen):
        pixels = ndimage.map_coordinates(coefficients, places, order=3, prefilter=False)
        for band in (0, 1, 2) if number == 0 else (3,):
            bands[band] = pixels + chance.normal(0, NOISE, SHAPE)
    return bands


def everywhere() -> np.ndarray:
    return np.ones(SHAPE, bool)


REFERENCE = prepare(look(seed=99), everywhere())


def error(found: Registration, east: float, south: float) -> float:
    assert found.state == "registered"
    return float(np.hypot(found.shift.east_px - east, found.shift.south_px - south))


@pytest.mark.parametrize(("east", "south"), [(0, 0), (0.2, -0.1), (-0.6, 0.45), (1.3, 0.9), (0, 2)])
def test_a_shift_is_found_to_a_fiftieth_of_a_pixel(east: float, south: float) -> None:
    found = find_shift(REFERENCE, prepare(look(east, south), everywhere()))
    assert error(found, east, south) < 0.02


def test_gain_offset_and_turned_contrast_change_no_shift() -> None:
    seen = look(0.3, -0.4)
    plain = find_shift(REFERENCE, prepare(seen, everywhere()))
    brighter = find_shift(REFERENCE, prepare(1.7 * seen + np.float32(0.05), everywhere()))
    turned = find_shift(REFERENCE, prepare(np.float32(0.5) - seen, everywhere()))
    for other in (brighter, turned):
        assert abs(other.shift.east_px - plain.shift.east_px) < 0.002
        assert abs(other.shift.south_px - plain.shift.south_px) < 0.002
        assert other.error_px == pytest.approx(plain.error_px, rel=0.1)


def test_clouds_do_not_draw_the_shift_to_where_they_stand() -> None:
    seen, clear = look(0.5, -0.5), everywhere()
    cloud = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=SHAPE), 12) > 0
    seen[:, cloud] = 0.9
    clear[ndimage.binary_dilation(cloud, iterations=2)] = False
    assert 0.2 < clear.mean() < 0.6
    assert error(find_shift(REFERENCE, prepare(seen, clear)), 0.5, -0.5) < 0.04


def test_half_a_site_is_enough() -> None:
    seen, clear = look(-0.4, 0.3), everywhere()
    clear[:, :90] = False
    seen[:, :, :90] = np.nan
    assert error(find_shift(REFERENCE, prepare(seen, clear)), -0.4, 0.3) < 0.03


def test_new_objects_hardly_move_a_site() -> None:
    fine = FINE.copy()
    for number in range(6):
        fine[:, 300 + 40 * number : 320 + 40 * number, 400:420] += 0.5
    assert (
        error(
            find_shift(REFERENCE, prepare(look(0.2, 0.2, seen=instrument(fine)), everywhere())),
            0.2,
            0.2,
        )
        < 0.03
    )


def test_the_standard_error_is_what_repeated_looks_show() -> None:
    chance = np.random.default_rng(8)
    noisy = chance.normal(0, 0.03, (16, 4, *SHAPE)).astype(np.float32)
    base, z = look(0.15, -0.25), []
    for noise in noisy:
        seen = base.copy()
        seen[:4] += noise
        found = find_shift(REFERENCE, prepare(seen, everywhere()))
        assert found.state == "registered"
        z.append((found.shift.east_px - 0.15) / found.error_px)
        z.append((found.shift.south_px + 0.25) / found.error_px)
    assert 0.6 < np.sqrt(np.mean(np.square(z))) < 1.4


@pytest.mark.parametrize("case", ["blank", "noise", "covered", "elsewhere"])
def test_what_cannot_be_told_is_unsure_and_not_moved(case: str) -> None:
    seen, clear = look(), everywhere()
    if case == "blank":
        seen[:4] = 0.1
    elif case == "noise":
        seen[:4] = np.random.default_rng(4).normal(0.1, 0.05, (4, *SHAPE))
    elif case == "covered":
        clear[:] = False
        clear[50:70, 50:70] = True
    else:
        seen = look(seen=instrument(np.roll(ground(seed=2), (24, 32), axis=(1, 2))))
    found = find_shift(REFERENCE, prepare(seen, clear))
    assert (found.state, found.shift) == ("unsure", Shift())
    assert found.error_px == pytest.approx(0.3)


def test_a_look_without_near_infrared_is_registered_by_what_it_has() -> None:
    seen = look(0.3, 0.1)
    seen[3] = np.nan
    assert error(find_shift(REFERENCE, prepare(seen, everywhere())), 0.3, 0.1) < 0.03


def test_a_stack_is_aligned_to_where_most_of_it_lies() -> None:
    true = np.array([[0.1, 0.0], [-0.2, 0.1], [0.0, 0.0], [0.3, -0.2], [0.0, 0.1], [1.2, -1.1]])
    images = [look(east, south, seed=number) for number, (east, south) in enumerate(true)]
    reference, found = align(iter(images), (everywhere() for _ in images))
    assert all(one.state == "registered" for one in found)
    shifts = np.array([[one.shift.east_px, one.shift.south_px] for one in found])
    np.testing.assert_allclose(shifts, true - np.median(true, axis=0), atol=0.03)
    again = find_shift(reference, prepare(images[3], everywhere()))
    np.testing.assert_allclose([again.shift.east_px, again.shift.south_px], shifts[3], atol=0.02)


def test_one_look_is_a_stack_of_its_own() -> None:
    _, (found,) = align([look(0.4, 0.4)], [everywhere()])
    assert found.shift == Shift()
    with pytest.raises(ValueError, match="at least"):
        align([], [])


def test_an_uncertain_shift_is_drawn_to_zero() -> None:
    sure = Registration(Shift(0.4, -0.2), 0.01, 9000, "registered")
    doubtful = Registration(Shift(0.4, -0.2), 0.3, 900, "registered")
    assert shrunk(sure).shift.east_px == pytest.approx(0.4, rel=0.01)
    assert shrunk(doubtful).shift == Shift(0.2, -0.1)
    assert shrunk(doubtful).error_px == pytest.approx(0.3 / np.sqrt(2))
    unsure = Registration(Shift(), 0.3, 0, "unsure")
    assert shrunk(unsure) == unsure


def test_the_window_of_a_large_site_is_where_its_zones_are() -> None:
    interest = np.zeros((1500, 3000), bool)
    interest[100:140, 2400:2440] = True
    rows, columns = working_window(interest)
    assert rows.stop - rows.start == columns.stop - columns.start == 1024
    assert rows.start <= 100
    assert columns.start <= 2400
    assert columns.stop >= 2440
    assert working_window(np.ones((300, 200), bool)) == (slice(0, 300), slice(0, 200))


def test_half_a_pixel_registered_back_differs_by_no_more_than_noise() -> None:
    true = look(seed=7)[0]
    moved = look(0.5, 0.5, seed=8)
    found = find_shift(REFERENCE, prepare(moved, everywhere()))
    back = without_shift(
        moved[0], everywhere(), east_px=found.shift.east_px, south_px=found.shift.south_px
    )
    inner = (slice(4, -4), slice(4, -4))
    left = float(np.std((moved[0] - true)[inner]))
    rest = float(np.std((back - true)[inner]))
    assert rest < 0.25 * left
    calm = np.abs(ndimage.gaussian_gradient_magnitude(true, 1.5))[inner] < 0.001
    assert np.std((back - true)[inner][calm]) < np.sqrt(2) * NOISE * 1.1


def test_where_the_search_begins_does_not_move_what_is_found() -> None:
    moving = prepare(look(0.4, -0.7), everywhere())
    found = find_shift(REFERENCE, moving)
    for start in (Shift(0.0, 0.0), Shift(0.5, -0.5), Shift(1.0, -1.0)):
        again = find_shift(REFERENCE, moving, start)
        assert again.state == found.state == "registered"
        assert abs(again.shift.east_px - found.shift.east_px) < CONVERGED_PX
        assert abs(again.shift.south_px - found.shift.south_px) < CONVERGED_PX
