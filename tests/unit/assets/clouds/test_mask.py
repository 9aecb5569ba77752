"""What a pixel shows: evidence of SCL, colour, past and shape, added up."""

import datetime as dt
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assets.clouds.external_masks import LearnedMask
from assets.clouds.mask import (
    CLASS_NAMES,
    CLEAR,
    CLOUD,
    HAZE,
    NO_DATA,
    SATURATED,
    SHADOW,
    SNOW,
    LookMask,
    classify_look,
    widen_clouds,
)
from assets.clouds.signs.past_looks import PastLooks, past_plane
from assets.clouds.signs.scl import MARGIN_PX, lone_patches
from assets.clouds.signs.sun_position import SunPosition
from assets.scenes.stack import Classes, LookPixels
from resources.models import REFLECTANCE_BANDS

GROUND, WATER, THICK_CLOUD, CIRRUS = 5, 6, 9, 10
SIDE = 120
MEADOW = np.array([0.04, 0.07, 0.05, 0.32, 0.33, 0.20, 0.11], np.float32)
CONCRETE = np.array([0.24, 0.27, 0.30, 0.33, 0.33, 0.36, 0.34], np.float32)
WHITE_ROOF = np.array([0.50, 0.52, 0.53, 0.55, 0.55, 0.48, 0.40], np.float32)
THICK = np.array([0.55, 0.55, 0.55, 0.58, 0.58, 0.40, 0.30], np.float32)
SNOWY = np.array([0.70, 0.70, 0.68, 0.62, 0.60, 0.08, 0.06], np.float32)
HAZE_COLOUR = np.array([1.0, 0.78, 0.60, 0.38, 0.36, 0.10, 0.06], np.float32)
APRON = np.s_[40:60, 40:70]

Plane = npt.NDArray[np.float32]


def soft_disc(row: int, column: int, radius: float, edge: float) -> Plane:
    """Opacity of a round cloud that thins out over `edge` pixels."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    distance = np.hypot(y - row, x - column)
    return np.clip((radius - distance) / edge + 0.5, 0, 1).astype(np.float32)


def ground(seed: int = 0) -> npt.NDArray[np.float32]:
    """A meadow with grain and an apron of concrete, shape (band, y, x)."""
    grain = np.random.default_rng(99).normal(1, 0.12, (SIDE, SIDE))
    image = MEADOW[:, None, None] * grain
    image[(slice(None), *APRON)] = CONCRETE[:, None, None]
    noise = np.random.default_rng(seed).normal(0, 0.003, image.shape)
    return (image + noise).astype(np.float32)


def scl_of(value: int = GROUND, side: int = SIDE) -> Classes:
    return np.full((side, side), value, np.uint8)


def look_of(image: npt.NDArray[np.float32], scl: Classes | None = None) -> LookPixels:
    scl = scl_of() if scl is None else scl
    when = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    return LookPixels("L", when, 78, image, scl, np.zeros(scl.shape, bool))


def under(image: npt.NDArray[np.float32], opacity: Plane, top: Plane = THICK) -> Plane:
    """The image with a cloud over it."""
    return image * (1 - opacity) + top[:, None, None] * opacity


def known_site(past: list[LookPixels]) -> PastLooks:
    """The past, a look every five days."""
    return PastLooks(
        [past_plane(look) for look in past], [5.0 * n for n in range(len(past), 0, -1)]
    )


@pytest.fixture(scope="module")
def known() -> PastLooks:
    """A site with ten clear looks behind it."""
    return known_site([look_of(ground(seed)) for seed in range(1, 11)])


NO_PAST = PastLooks()


def share(mask: LookMask, code: int, where: npt.NDArray[np.bool_]) -> float:
    return float((mask.classes[where] == code).mean())


@pytest.mark.parametrize(
    ("scl", "shown"),
    [
        (0, NO_DATA),
        (1, SATURATED),
        (2, CLEAR),
        (3, SHADOW),
        (4, CLEAR),
        (5, CLEAR),
        (6, CLEAR),
        (7, CLEAR),
        (8, CLOUD),
        (9, CLOUD),
        (10, HAZE),
        (200, NO_DATA),
    ],
)
def test_on_a_first_look_at_plain_ground_scl_decides(scl: int, shown: int) -> None:
    scene = scl_of(scl, 16)
    scene[0, 0] = GROUND  # of a source that has SCL
    image = np.full((7, 16, 16), 0.1, np.float32)
    assert (classify_look(look_of(image, scene), NO_PAST).classes[8:, 8:] == shown).all()


@settings(deadline=None, max_examples=40)
@given(
    hnp.arrays(np.uint8, (12, 12), elements=st.integers(0, 12)),
    hnp.arrays(np.float32, (7, 12, 12), elements=st.floats(-0.125, 1.5, width=32)),
    hnp.arrays(np.bool_, (12, 12)),
)
def test_a_mask_is_inside_valid_ground(
    scl: Classes, image: npt.NDArray[np.float32], lost: npt.NDArray[np.bool_]
) -> None:
    image[3, lost] = np.nan
    mask = classify_look(look_of(image, scl), NO_PAST)
    unseen = lost | ((scl == 0) & scl.any())
    assert set(np.unique(mask.classes)) <= set(CLASS_NAMES)
    assert (mask.classes[unseen] == NO_DATA).all()
    assert (mask.clear[unseen] == 0).all()
    assert ((mask.clear >= 0) & (mask.clear <= 1)).all()
    is_clear = mask.classes == CLEAR
    np.testing.assert_allclose(mask.probability[is_clear], mask.clear[is_clear])
    assert (mask.clear[is_clear] >= 0.2).all(), "of five, the most probable has a fifth at least"


def test_concrete_that_is_called_cloud_on_clear_days_is_given_back() -> None:
    called = scl_of()
    called[APRON] = THICK_CLOUD
    past = [look_of(ground(seed), called) for seed in range(1, 9)]
    mask = classify_look(look_of(ground(), called), known_site(past))
    assert (mask.classes == CLEAR).all()
    assert (mask.clear > 0.7).mean() > 0.99


def test_a_real_cloud_over_that_concrete_stays_a_cloud() -> None:
    called = scl_of()
    called[APRON] = THICK_CLOUD
    past = [look_of(ground(seed), called) for seed in range(1, 9)]
    cloud = soft_disc(50, 55, 30, 12)
    seen = called.copy()
    seen[cloud > 0.3] = THICK_CLOUD
    mask = classify_look(look_of(under(ground(), cloud), seen), known_site(past))
    assert share(mask, CLOUD, cloud > 0.3) > 0.98


def test_a_cloud_that_scl_misses_is_found_by_the_past(known: PastLooks) -> None:
    cloud = soft_disc(80, 40, 25, 14)
    mask = classify_look(look_of(under(ground(), cloud)), known)
    assert (mask.classes[cloud > 0.4] != CLEAR).mean() > 0.95
    far = soft_disc(80, 40, 60, 1) == 0
    assert share(mask, CLEAR, far) > 0.99


def test_haze_that_scl_calls_clear_is_found(known: PastLooks) -> None:
    hazy = ground() + 0.07 * HAZE_COLOUR[:, None, None]
    assert share(classify_look(look_of(hazy), known), HAZE, np.ones((SIDE, SIDE), bool)) > 0.95


def test_cirrus_of_scl_over_ground_as_usual_is_clear(known: PastLooks) -> None:
    mask = classify_look(look_of(ground(), scl_of(CIRRUS)), known)
    assert share(mask, CLEAR, np.ones((SIDE, SIDE), bool)) > 0.95


@pytest.mark.parametrize("material", [CONCRETE, WHITE_ROOF], ids=["concrete", "white roofs"])
@pytest.mark.parametrize("sides", [(20, 20), (30, 80), (4, 80), (2, 2)])
def test_a_new_bright_thing_with_edges_stays_clear(
    known: PastLooks, sides: tuple[int, int], material: Plane
) -> None:
    image = ground()
    place = np.s_[62 : 62 + sides[0], 20 : 20 + sides[1]]
    image[(slice(None), *place)] = material[:, None, None]
    where = np.zeros((SIDE, SIDE), bool)
    where[place] = True
    mask = classify_look(look_of(image), known)
    assert share(mask, CLEAR, where) > 0.95
    assert share(mask, CLEAR, ~where) > 0.99


def test_a_cumulus_with_sharp_edges_is_no_roof(known: PastLooks) -> None:
    lumps = np.random.default_rng(3).normal(size=(SIDE // 6, SIDE // 6)).repeat(6, 0).repeat(6, 1)
    thickness = np.clip(0.75 + 0.2 * lumps, 0.4, 1.0).astype(np.float32)
    cloud = soft_disc(75, 50, 22, 1) * thickness
    seen = scl_of()
    seen[cloud > 0.5] = THICK_CLOUD
    mask = classify_look(look_of(under(ground(), cloud), seen), known)
    assert (mask.classes[cloud > 0.5] != CLEAR).mean() > 0.95


def test_a_ship_and_a_ploughed_field_are_no_shadow(known: PastLooks) -> None:
    image = ground()
    image[:, 70:74, 20:28] *= 0.3
    field = np.s_[80:115, 60:110]
    bare = np.array([0.07, 0.10, 0.14, 0.20, 0.21, 0.28, 0.26], np.float32)
    image[(slice(None), *field)] = bare[:, None, None]
    mask = classify_look(look_of(image), known)
    assert share(mask, CLEAR, np.ones((SIDE, SIDE), bool)) > 0.99


def test_a_deep_wide_shadow_is_found_where_the_sun_is_unknown(known: PastLooks) -> None:
    dark = soft_disc(60, 60, 40, 8)
    mask = classify_look(look_of(ground() * (1 - 0.7 * dark)), known)
    assert share(mask, SHADOW, dark > 0.9) > 0.9


@pytest.mark.parametrize("scl", [GROUND, WATER, 7])
def test_snow_is_known_by_its_spectrum_whatever_scl_says(known: PastLooks, scl: int) -> None:
    image = 0.1 * ground() + 0.9 * SNOWY[:, None, None]
    for site in (known, NO_PAST):
        mask = classify_look(look_of(image, scl_of(scl)), site)
        assert share(mask, SNOW, np.ones((SIDE, SIDE), bool)) > 0.99


def test_dark_water_is_no_snow_though_its_index_is_high() -> None:
    water = np.array([0.06, 0.06, 0.04, 0.02, 0.02, 0.01, 0.01], np.float32)
    image = np.broadcast_to(water[:, None, None], (7, SIDE, SIDE)).copy()
    assert (classify_look(look_of(image, scl_of(WATER)), NO_PAST).classes == CLEAR).all()


def test_a_look_without_swir_still_has_a_mask(known: PastLooks) -> None:
    image = under(ground(), soft_disc(80, 40, 25, 14))
    image[5:] = np.nan
    mask = classify_look(look_of(image), known)
    assert {CLEAR, CLOUD} <= set(np.unique(mask.classes))


def test_a_cloud_of_scl_takes_its_margin_from_ground_without_a_past() -> None:
    scl = scl_of()
    scl[40:80, 40:80] = THICK_CLOUD
    image = np.full((7, SIDE, SIDE), 0.1, np.float32)
    image[0] += 0.045  # as bluish as the edge of a cloud, everywhere
    classes = classify_look(look_of(image, scl), NO_PAST).classes
    assert (classes[60, 80 : 80 + MARGIN_PX + 1] == CLOUD).all()  # and the pixel of `widened`
    assert classes[60, 80 + MARGIN_PX + 1] == CLEAR


def test_a_pixel_without_a_needed_band_was_not_seen(known: PastLooks) -> None:
    look = look_of(ground())
    look.reflectance[REFLECTANCE_BANDS.index("nir"), 3, 3] = np.nan
    look.is_saturated[5, 5] = True
    classes = classify_look(look, known).classes
    assert (classes[3, 3], classes[5, 5], classes[7, 7]) == (NO_DATA, SATURATED, CLEAR)


def test_cloud_and_shadow_are_a_pixel_wider_over_ground_in_doubt() -> None:
    classes = np.full((30, 30), CLEAR, np.uint8)
    classes[4:10, 4:10], classes[20:26, 4:10] = CLOUD, SHADOW
    classes[4:10, 20:26] = HAZE
    classes[14:16, 2:28] = CLOUD  # a line is none
    wider = widen_clouds(classes, np.full(classes.shape, 0.8))
    assert (wider[3, 4:10] == CLOUD).all()
    assert (wider[26, 4:10] == SHADOW).all()
    assert wider[3, 3] == wider[3, 22] == wider[13, 10] == CLEAR
    assert (wider[classes != CLEAR] == classes[classes != CLEAR]).all()
    np.testing.assert_array_equal(widen_clouds(classes, np.full(classes.shape, 0.95)), classes)


def test_a_learned_mask_decides_where_nothing_else_speaks() -> None:
    rng = np.random.default_rng(3)
    raw = rng.dirichlet((1, 1, 1), (SIDE, SIDE)).astype(np.float32)
    image = np.full((7, SIDE, SIDE), 0.1, np.float32)
    mask = classify_look(
        look_of(image, scl_of(0)), NO_PAST, learned=LearnedMask(raw[..., 1], raw[..., 2])
    )
    expected = np.array([CLEAR, CLOUD, SHADOW], np.uint8)[raw.argmax(axis=-1)]
    expected = widen_clouds(expected, np.zeros((SIDE, SIDE)))
    sure = np.sort(raw, axis=-1)[..., 2] > 0.55
    assert (mask.classes == expected)[sure].mean() > 0.99


def test_permuting_the_past_changes_nothing() -> None:
    past = [look_of(ground(seed)) for seed in range(1, 9)]
    look = look_of(under(ground(), soft_disc(80, 40, 25, 14)))
    one, other = (classify_look(look, known_site(order)) for order in (past, past[::-1]))
    np.testing.assert_array_equal(one.classes, other.classes)


def test_what_stood_on_the_last_look_is_no_cloud_however_large() -> None:
    image = ground()
    place = np.s_[20:90, 30:100]
    past = [look_of(ground(seed)) for seed in range(1, 9)]
    image[(slice(None), *place)] = CONCRETE[:, None, None]
    first = ground(9)
    first[(slice(None), *place)] = CONCRETE[:, None, None]
    mask = classify_look(look_of(image), known_site([*past, look_of(first)]))
    assert (mask.classes == CLEAR).mean() > 0.9


def test_patches_of_cloud_are_alone_if_small_and_far_from_larger_ones() -> None:
    evidence = np.full((SIDE, SIDE), -3.0, np.float32)
    evidence[5:9, 5:9] = 2.0  # an aircraft of 80 m
    evidence[30:45, 30:45] = 2.0  # a cloud of 300 m
    evidence[28:30, 46:48] = 2.0  # a rag of it
    evidence[10:30, 75:95] = 0.5  # concrete that is often called cloud
    evidence[15:18, 100:103] = 2.0  # a ship
    lone = np.zeros(evidence.shape, bool)
    lone[5:9, 5:9] = lone[15:18, 100:103] = True
    assert (lone_patches(evidence) == lone).all()
    assert not lone_patches(np.full((9, 9), -1.0, np.float32)).any()


def test_an_aircraft_that_scl_calls_cloud_stays(known: PastLooks) -> None:
    aircraft = np.s_[46:53, 50:56]
    image, scl = ground(77), scl_of()
    image[(slice(None), *aircraft)] = 0.38
    scl[aircraft] = THICK_CLOUD
    alone = classify_look(look_of(image, scl), known)
    assert (alone.classes[aircraft] == CLEAR).all()


ICE_CLOUD = np.array([0.70, 0.72, 0.72, 0.70, 0.70, 0.20, 0.22], np.float32)


@pytest.mark.parametrize(
    ("day", "colour", "shown"),
    [
        (dt.datetime(2018, 5, 1, tzinfo=dt.UTC), SNOWY, CLOUD),
        (dt.datetime(2018, 5, 1, tzinfo=dt.UTC), ICE_CLOUD, CLOUD),
        (dt.datetime(2018, 1, 20, tzinfo=dt.UTC), SNOWY, SNOW),
        (dt.datetime(2018, 1, 20, tzinfo=dt.UTC), ICE_CLOUD, CLOUD),
    ],
    ids=["May", "ice cloud in May", "January", "ice cloud in January"],
)
def test_snow_takes_cold_and_the_grain_of_snow(
    known: PastLooks, day: dt.datetime, colour: Plane, shown: int
) -> None:
    image = np.broadcast_to(colour[:, None, None], (7, SIDE, SIDE)).copy()
    look = replace(look_of(image, scl_of(THICK_CLOUD)), sensed_at=day)
    mask = classify_look(look, known, sun=SunPosition(latitude_deg=51.0))
    assert share(mask, shown, np.ones((SIDE, SIDE), bool)) > 0.99


def test_snow_that_lay_on_a_recent_look_needs_no_cold() -> None:
    slopes = 0.7 + 0.3 * np.sin(np.arange(SIDE) / 4)
    snow = SNOWY[:, None, None] * np.ones((SIDE, 1)) * slopes
    may = dt.datetime(2018, 5, 1, tzinfo=dt.UTC)
    past = known_site(
        [look_of(ground(seed)) for seed in range(1, 9)] + [look_of(snow.astype(np.float32))]
    )
    look = replace(look_of(snow.astype(np.float32)), sensed_at=may)
    mask = classify_look(look, past, sun=SunPosition(latitude_deg=51.0))
    assert share(mask, SNOW, np.ones((SIDE, SIDE), bool)) > 0.9


def test_a_short_past_masks_nothing_that_is_clear() -> None:
    mask = classify_look(look_of(ground()), known_site([look_of(ground(1))]))
    assert share(mask, CLEAR, np.ones((SIDE, SIDE), bool)) > 0.99


def test_a_past_of_clouds_alone_says_nothing_of_haze_or_shadow() -> None:
    covered = look_of(under(ground(1), np.full((SIDE, SIDE), 0.95, np.float32)))
    past = known_site([replace(covered, scl=scl_of(THICK_CLOUD))])
    mask = classify_look(look_of(ground()), past)
    assert share(mask, CLEAR, np.ones((SIDE, SIDE), bool)) > 0.99
