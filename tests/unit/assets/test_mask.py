"""What a pixel shows: evidence of SCL, colour, past and shape, added up."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assets.clouds.learned import LearnedMask
from assets.clouds.mask import (
    CLASS_NAMES,
    CLEAR,
    CLOUD,
    HAZE,
    NO_DATA,
    SATURATED,
    SHADOW,
    SNOW,
    KnownSite,
    LookMask,
    classify,
)
from assets.clouds.past import expect, plane_of, usually_called_cloud
from assets.clouds.scl import MARGIN_PX, Habits, learn_habits, lone_patches
from assets.clouds.shadow import Sun
from assets.scenes.stack import Classes, Look
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


def look_of(image: npt.NDArray[np.float32], scl: Classes | None = None) -> Look:
    scl = scl_of() if scl is None else scl
    when = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    return Look("L", when, 78, image, scl, np.zeros(scl.shape, bool))


def under(image: npt.NDArray[np.float32], opacity: Plane, top: Plane = THICK) -> Plane:
    """The image with a cloud over it."""
    return image * (1 - opacity) + top[:, None, None] * opacity


def habits_of(looks: list[Look], shape: tuple[int, ...] = (SIDE, SIDE)) -> Habits:
    weights = np.ones(len(looks), np.float32)
    return learn_habits(lambda: (look.scl for look in looks), weights, shape)


def known_site(past: list[Look]) -> KnownSite:
    habits = habits_of(past)
    weights = np.ones(len(past), np.float32)
    planes = [plane_of(look) for look in past]
    return KnownSite(habits, expect(planes, weights, usually_called_cloud(habits)))


@pytest.fixture(scope="module")
def known() -> KnownSite:
    """A site with ten clear looks behind it."""
    return known_site([look_of(ground(seed)) for seed in range(1, 11)])


def no_past(shape: tuple[int, ...] = (SIDE, SIDE)) -> KnownSite:
    return KnownSite(habits_of([], shape))


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
    assert (classify(look_of(image, scene), no_past((16, 16))).classes[8:, 8:] == shown).all()


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
    mask = classify(look_of(image, scl), no_past(scl.shape))
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
    mask = classify(look_of(ground(), called), known_site(past))
    assert (mask.classes == CLEAR).all()
    assert (mask.clear > 0.9).mean() > 0.99


def test_a_real_cloud_over_that_concrete_stays_a_cloud() -> None:
    called = scl_of()
    called[APRON] = THICK_CLOUD
    past = [look_of(ground(seed), called) for seed in range(1, 9)]
    cloud = soft_disc(50, 55, 30, 12)
    seen = called.copy()
    seen[cloud > 0.3] = THICK_CLOUD
    mask = classify(look_of(under(ground(), cloud), seen), known_site(past))
    assert share(mask, CLOUD, cloud > 0.3) > 0.98


def test_a_cloud_that_scl_misses_is_found_by_the_past(known: KnownSite) -> None:
    cloud = soft_disc(80, 40, 25, 14)
    mask = classify(look_of(under(ground(), cloud)), known)
    assert (mask.classes[cloud > 0.4] != CLEAR).mean() > 0.95
    far = soft_disc(80, 40, 60, 1) == 0
    assert share(mask, CLEAR, far) > 0.99


def test_haze_that_scl_calls_clear_is_found(known: KnownSite) -> None:
    hazy = ground() + 0.07 * HAZE_COLOUR[:, None, None]
    assert share(classify(look_of(hazy), known), HAZE, np.ones((SIDE, SIDE), bool)) > 0.95


def test_cirrus_of_scl_over_ground_as_usual_is_clear(known: KnownSite) -> None:
    mask = classify(look_of(ground(), scl_of(CIRRUS)), known)
    assert share(mask, CLEAR, np.ones((SIDE, SIDE), bool)) > 0.95


@pytest.mark.parametrize("material", [CONCRETE, WHITE_ROOF], ids=["concrete", "white roofs"])
@pytest.mark.parametrize("sides", [(33, 33), (40, 50), (4, 80), (2, 2)])
def test_a_new_bright_thing_with_edges_stays_clear(
    known: KnownSite, sides: tuple[int, int], material: Plane
) -> None:
    image = ground()
    place = np.s_[62 : 62 + sides[0], 20 : 20 + sides[1]]
    image[(slice(None), *place)] = material[:, None, None]
    where = np.zeros((SIDE, SIDE), bool)
    where[place] = True
    mask = classify(look_of(image), known)
    assert share(mask, CLEAR, where) > 0.95
    assert share(mask, CLEAR, ~where) > 0.99


def test_a_cumulus_with_sharp_edges_is_no_roof(known: KnownSite) -> None:
    lumps = np.random.default_rng(3).normal(size=(SIDE // 6, SIDE // 6)).repeat(6, 0).repeat(6, 1)
    thickness = np.clip(0.75 + 0.2 * lumps, 0.4, 1.0).astype(np.float32)
    cloud = soft_disc(75, 50, 22, 1) * thickness
    mask = classify(look_of(under(ground(), cloud)), known)
    assert (mask.classes[cloud > 0.2] != CLEAR).mean() > 0.95


def test_the_shadow_of_a_small_cloud_is_found_where_the_sun_puts_it(known: KnownSite) -> None:
    cloud, shade = soft_disc(85, 50, 20, 14), soft_disc(45, 50, 4.5, 1)
    image = under(ground() * (1 - 0.55 * shade), cloud)
    here = classify(look_of(image), known, sun=Sun(45.0, 180.0))
    assert (here.classes[shade > 0.9] != CLEAR).mean() > 0.6
    elsewhere = classify(look_of(image), known, sun=Sun(45.0, 0.0))
    assert (elsewhere.classes[shade > 0.9] == CLEAR).mean() > 0.9


def test_a_ship_and_a_ploughed_field_are_no_shadow(known: KnownSite) -> None:
    image = ground()
    image[:, 70:74, 20:28] *= 0.3
    field = np.s_[80:115, 60:110]
    bare = np.array([0.07, 0.10, 0.14, 0.20, 0.21, 0.28, 0.26], np.float32)
    image[(slice(None), *field)] = bare[:, None, None]
    mask = classify(look_of(image), known)
    assert share(mask, CLEAR, np.ones((SIDE, SIDE), bool)) > 0.99


@pytest.mark.parametrize(
    ("azimuth", "found"), [(270.0, True), (0.0, False)], ids=["below the cloud", "elsewhere"]
)
def test_a_dark_patch_is_shadow_where_the_sun_puts_it(
    known: KnownSite, azimuth: float, *, found: bool
) -> None:
    cloud, dark = soft_disc(60, 25, 16, 8), soft_disc(60, 85, 16, 8)
    image = under(ground() * (1 - 0.45 * dark), cloud)
    seen = scl_of()
    seen[cloud > 0.3] = THICK_CLOUD
    mask = classify(look_of(image, seen), known, sun=Sun(45.0, azimuth))
    assert (share(mask, SHADOW, dark > 0.95) > 0.9) is found
    assert share(mask, CLOUD, cloud > 0.5) > 0.95


def test_a_deep_wide_shadow_is_found_where_the_sun_is_unknown(known: KnownSite) -> None:
    dark = soft_disc(60, 60, 40, 8)
    mask = classify(look_of(ground() * (1 - 0.7 * dark)), known)
    assert share(mask, SHADOW, dark > 0.9) > 0.9


@pytest.mark.parametrize("scl", [GROUND, WATER, 7])
def test_snow_is_known_by_its_spectrum_whatever_scl_says(known: KnownSite, scl: int) -> None:
    image = 0.1 * ground() + 0.9 * SNOWY[:, None, None]
    for site in (known, no_past()):
        mask = classify(look_of(image, scl_of(scl)), site)
        assert share(mask, SNOW, np.ones((SIDE, SIDE), bool)) > 0.99


def test_dark_water_is_no_snow_though_its_index_is_high() -> None:
    water = np.array([0.06, 0.06, 0.04, 0.02, 0.02, 0.01, 0.01], np.float32)
    image = np.broadcast_to(water[:, None, None], (7, SIDE, SIDE)).copy()
    assert (classify(look_of(image, scl_of(WATER)), no_past()).classes == CLEAR).all()


def test_a_look_without_swir_still_has_a_mask(known: KnownSite) -> None:
    image = under(ground(), soft_disc(80, 40, 25, 14))
    image[5:] = np.nan
    mask = classify(look_of(image), known)
    assert {CLEAR, CLOUD} <= set(np.unique(mask.classes))


def test_a_cloud_of_scl_takes_its_margin_from_ground_without_a_past() -> None:
    scl = scl_of()
    scl[40:80, 40:80] = THICK_CLOUD
    image = np.full((7, SIDE, SIDE), 0.1, np.float32)
    image[0] += 0.045  # as bluish as the edge of a cloud, everywhere
    classes = classify(look_of(image, scl), no_past()).classes
    assert (classes[60, 80 : 80 + MARGIN_PX] == CLOUD).all()
    assert classes[60, 80 + MARGIN_PX] == CLEAR


def test_a_pixel_without_a_needed_band_was_not_seen(known: KnownSite) -> None:
    look = look_of(ground())
    look.reflectance[REFLECTANCE_BANDS.index("nir"), 3, 3] = np.nan
    look.is_saturated[5, 5] = True
    classes = classify(look, known).classes
    assert (classes[3, 3], classes[5, 5], classes[7, 7]) == (NO_DATA, SATURATED, CLEAR)


def test_a_learned_mask_decides_where_nothing_else_speaks() -> None:
    rng = np.random.default_rng(3)
    raw = rng.dirichlet((1, 1, 1), (SIDE, SIDE)).astype(np.float32)
    image = np.full((7, SIDE, SIDE), 0.1, np.float32)
    mask = classify(
        look_of(image, scl_of(0)), no_past(), learned=LearnedMask(raw[..., 1], raw[..., 2])
    )
    expected = np.array([CLEAR, CLOUD, SHADOW], np.uint8)[raw.argmax(axis=-1)]
    sure = np.sort(raw, axis=-1)[..., 2] > 0.55
    assert (mask.classes == expected)[sure].mean() > 0.99


def test_permuting_the_past_changes_nothing() -> None:
    past = [look_of(ground(seed)) for seed in range(1, 9)]
    look = look_of(under(ground(), soft_disc(80, 40, 25, 14)))
    one, other = (classify(look, known_site(order)) for order in (past, past[::-1]))
    np.testing.assert_array_equal(one.classes, other.classes)


def test_clouds_that_scl_missed_in_the_past_do_not_hide_todays(known: KnownSite) -> None:
    cloud = soft_disc(80, 40, 25, 14)
    clouded = [look_of(under(ground(seed), cloud)) for seed in range(11, 14)]
    clear = [look_of(ground(seed)) for seed in range(1, 9)]
    mask = classify(look_of(under(ground(), cloud)), known_site(clear + clouded))
    assert (mask.classes[cloud > 0.3] != CLEAR).mean() > 0.95


def test_patches_of_cloud_are_alone_if_small_and_far_from_larger_ones() -> None:
    evidence = np.full((SIDE, 2 * SIDE), -3.0, np.float32)
    evidence[10:18, 10:18] = 2.0  # an aircraft of 80 m
    evidence[60:90, 60:90] = 2.0  # a cloud of 300 m
    evidence[55:58, 92:96] = 2.0  # a rag of it
    evidence[20:60, 150:190] = 0.5  # concrete that is often called cloud
    evidence[30:36, 200:206] = 2.0  # a ship
    lone = np.zeros(evidence.shape, bool)
    lone[10:18, 10:18] = lone[30:36, 200:206] = True
    assert (lone_patches(evidence) == lone).all()
    assert not lone_patches(np.full((9, 9), -1.0, np.float32)).any()


def test_an_aircraft_that_scl_calls_cloud_stays_and_a_cloud_that_has_company_goes(
    known: KnownSite,
) -> None:
    aircraft = np.s_[46:53, 50:56]
    image, scl = ground(77), scl_of()
    image[(slice(None), *aircraft)] = 0.38
    scl[aircraft] = THICK_CLOUD
    alone = classify(look_of(image, scl), known)
    assert (alone.classes[aircraft] == CLEAR).all()
    cumulus = soft_disc(95, 60, 22, 16)
    scl[cumulus > 0.5] = THICK_CLOUD
    beside = classify(look_of(under(image, cumulus), scl), known)
    assert (beside.classes[aircraft] == CLOUD).mean() > 0.5
    assert share(beside, CLOUD, cumulus > 0.9) == 1
