"""Where looks lie: shifts found on made-up ground whose true shift is known."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from assets.activity.align.registration import (
    BEFORE_PX,
    REFINED_PX,
    REFINED_SINCE,
    SHIFT_MAX_PX,
    ZoneRegistration,
    features_of,
    find_shift,
    reference_of,
    shift_prior_px,
)
from assets.scenes.resample import without_shift
from assets.scenes.stack import PixelShift

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


REFERENCE = features_of(look(seed=99), everywhere())


def found_in(
    seen: np.ndarray, clear: np.ndarray | None = None, prior: float = BEFORE_PX
) -> ZoneRegistration:
    clear = everywhere() if clear is None else clear
    return find_shift(REFERENCE, features_of(seen, clear), prior)


def error(found: ZoneRegistration, east: float, south: float) -> float:
    assert found.state == "registered"
    return float(np.hypot(found.shift.east_px - east, found.shift.south_px - south))


@pytest.mark.parametrize(
    ("sensed_at", "baseline", "expected"),
    [
        (REFINED_SINCE - dt.timedelta(days=1), None, BEFORE_PX),
        (REFINED_SINCE - dt.timedelta(days=1), "02.14", BEFORE_PX),
        (REFINED_SINCE - dt.timedelta(days=1), "05.00", REFINED_PX),
        (REFINED_SINCE - dt.timedelta(days=1), "05.10", REFINED_PX),
        (REFINED_SINCE, "03.00", REFINED_PX),
        (REFINED_SINCE, None, REFINED_PX),
    ],
)
def test_what_the_mission_states_goes_by_day_and_baseline(
    sensed_at: dt.datetime, baseline: str | None, expected: float
) -> None:
    assert shift_prior_px(sensed_at, baseline) == expected


@pytest.mark.parametrize(
    ("east", "south"), [(0, 0), (0.2, -0.1), (-0.6, 0.45), (0.8, 0.8), (0, 1.1), (-1.0, 0.0)]
)
def test_a_shift_is_found_to_a_fiftieth_of_a_pixel(east: float, south: float) -> None:
    assert error(found_in(look(east, south)), east, south) < 0.02


def test_gain_offset_and_turned_contrast_change_no_shift() -> None:
    seen = look(0.3, -0.4)
    plain = found_in(seen)
    brighter = found_in(1.7 * seen + np.float32(0.05))
    turned = found_in(np.float32(0.5) - seen)
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
    assert error(found_in(seen, clear), 0.5, -0.5) < 0.06


def test_half_a_window_is_enough() -> None:
    seen, clear = look(-0.4, 0.3), everywhere()
    clear[:, :90] = False
    seen[:, :, :90] = np.nan
    assert error(found_in(seen, clear), -0.4, 0.3) < 0.03


def test_new_objects_hardly_move_a_window() -> None:
    fine = FINE.copy()
    for number in range(6):
        fine[:, 300 + 40 * number : 320 + 40 * number, 400:420] += 0.5
    assert error(found_in(look(0.2, 0.2, seen=instrument(fine))), 0.2, 0.2) < 0.03


def test_the_standard_error_is_what_repeated_looks_show() -> None:
    chance = np.random.default_rng(8)
    noisy = chance.normal(0, 0.03, (16, 4, *SHAPE)).astype(np.float32)
    base, z = look(0.15, -0.25), []
    for noise in noisy:
        seen = base.copy()
        seen[:4] += noise
        found = found_in(seen)
        assert found.state == "registered"
        z.append((found.shift.east_px - 0.15) / found.error_px)
        z.append((found.shift.south_px + 0.25) / found.error_px)
    assert 0.6 < np.sqrt(np.mean(np.square(z))) < 1.4


@pytest.mark.parametrize(("east", "south"), [(1.25, 0.0), (-0.95, 0.95)])
def test_a_shift_a_little_over_the_limit_is_drawn_back_to_it(east: float, south: float) -> None:
    found = found_in(look(east, south))
    assert found.state == "registered"
    told = np.array([found.shift.east_px, found.shift.south_px])
    assert np.hypot(*told) == pytest.approx(SHIFT_MAX_PX)
    assert np.hypot(*(told - [east, south])) < 0.3
    assert found.error_px > np.hypot(east, south) - SHIFT_MAX_PX - 0.1


def bad_look(case: str) -> tuple[np.ndarray, np.ndarray]:
    """A look that tells nothing of where it lies, and where it is clear."""
    seen, clear = look(), everywhere()
    if case == "blank":
        seen[:4] = 0.1
    elif case == "noise":
        seen[:4] = np.random.default_rng(4).normal(0.1, 0.05, (4, *SHAPE))
    elif case == "covered":
        clear[:] = False
        clear[50:70, 50:70] = True
    elif case == "far":
        seen = look(3.0, 2.0)
    else:
        seen = look(seen=instrument(np.roll(ground(seed=2), (24, 32), axis=(1, 2))))
    return seen, clear


@pytest.mark.parametrize("case", ["blank", "covered", "far"])
def test_a_look_whose_shift_cannot_be_told_is_kept_at_none_with_the_error_of_the_mission(
    case: str,
) -> None:
    found = found_in(*bad_look(case))
    assert (found.state, found.shift, found.error_px) == ("unsure", PixelShift(), BEFORE_PX)


@pytest.mark.parametrize("case", ["noise", "elsewhere"])
def test_a_look_of_other_ground_is_told_with_an_error_that_holds(case: str) -> None:
    found, usual = found_in(*bad_look(case)), found_in(look(0.1, 0.1))
    assert found.error_px > 10 * usual.error_px
    assert np.hypot(found.shift.east_px, found.shift.south_px) < 4 * found.error_px


def test_without_a_reference_the_mission_s_error_is_all_that_is_known() -> None:
    found = find_shift(None, features_of(look(0.4, 0.4), everywhere()), REFINED_PX)
    assert found == ZoneRegistration(PixelShift(), REFINED_PX, 0, "unsure")
    assert reference_of([]) is None


@given(st.floats(-2.5, 2.5), st.floats(-2.5, 2.5), st.floats(0.0, 0.2))
@example(1.25, 1.046875, 0.015625)  # drawn back to the limit, which rounding passed
@example(-1.65, 0.0, 0.0)
@settings(max_examples=25, deadline=None)
def test_no_shift_is_longer_than_the_mission_allows_and_no_error_larger(
    east: float, south: float, noise: float
) -> None:
    seen = look(east, south)
    seen[:4] += np.random.default_rng(1).normal(0, noise, (4, *SHAPE)).astype(np.float32)
    found = found_in(seen)
    assert np.hypot(found.shift.east_px, found.shift.south_px) <= SHIFT_MAX_PX
    assert 0 < found.error_px <= BEFORE_PX


def test_what_the_ground_tells_badly_is_drawn_to_what_the_mission_states() -> None:
    seen = look(0.5, -0.4)
    seen[:4] += np.random.default_rng(5).normal(0, 0.15, (4, *SHAPE)).astype(np.float32)
    wide, narrow = found_in(seen), found_in(seen, prior=REFINED_PX)
    clear = found_in(look(0.5, -0.4), prior=REFINED_PX)
    lengths = [np.hypot(one.shift.east_px, one.shift.south_px) for one in (narrow, wide, clear)]
    assert lengths[0] < lengths[1]
    assert lengths[2] == pytest.approx(np.hypot(0.5, 0.4), abs=0.03)
    assert clear.error_px < narrow.error_px < wide.error_px


def test_a_reference_lies_where_most_of_its_looks_lie() -> None:
    true = np.array([[0.1, 0.0], [-0.2, 0.1], [0.0, 0.0], [0.3, -0.2], [0.0, 0.1], [1.2, -1.1]])
    looks = [
        features_of(look(east, south, seed=number), everywhere())
        for number, (east, south) in enumerate(true)
    ]
    reference = reference_of(looks)
    assert reference is not None
    found = find_shift(reference, REFERENCE, BEFORE_PX)
    assert np.hypot(found.shift.east_px, found.shift.south_px) < 0.12
    apart = [find_shift(reference, one, BEFORE_PX).shift for one in looks]
    for (east, south), shift in zip(true[:5], apart[:5], strict=True):
        assert shift.east_px - found.shift.east_px == pytest.approx(east, abs=0.04)
        assert shift.south_px - found.shift.south_px == pytest.approx(south, abs=0.04)


def test_a_reference_is_clear_where_half_of_its_looks_are() -> None:
    clear = everywhere()
    clear[:72] = False
    looks = [
        features_of(look(seed=number), clear if number < 3 else everywhere()) for number in range(5)
    ]
    reference = reference_of(looks)
    assert reference is not None
    assert not reference.clear[:72].any()
    assert reference.clear[80:-4, 4:-4].all()
    whole = reference_of(looks[1:])
    assert whole is not None
    assert whole.clear[4:-4, 4:-4].all()


def test_half_a_pixel_registered_back_differs_by_no_more_than_noise() -> None:
    true = look(seed=7)[0]
    moved = look(0.5, 0.5, seed=8)
    found = found_in(moved)
    back = without_shift(
        moved[0], everywhere(), east_px=found.shift.east_px, south_px=found.shift.south_px
    )
    inner = (slice(4, -4), slice(4, -4))
    left = float(np.std((moved[0] - true)[inner]))
    rest = float(np.std((back - true)[inner]))
    assert rest < 0.25 * left
    calm = np.abs(ndimage.gaussian_gradient_magnitude(true, 1.5))[inner] < 0.001
    assert np.std((back - true)[inner][calm]) < np.sqrt(2) * NOISE * 1.1
