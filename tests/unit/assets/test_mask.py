"""What a pixel shows, and the corrections to SCL that a site's own past allows."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assets.clouds.mask import (
    CLASS_NAMES,
    CLEAR,
    CLOUD,
    CLOUD_MARGIN_PX,
    HAZE,
    NO_DATA,
    SATURATED,
    SHADOW,
    SNOW,
    SitePrior,
    classify,
    site_prior,
)
from assets.scenes.stack import Classes, Look
from resources.models import REFLECTANCE_BANDS

GROUND, WATER, THICK_CLOUD = 5, 6, 9
SIDE = 60
APRON = np.s_[20:30, 20:30]  # 100 m of concrete: its surroundings tell the weather


def look_with(scl: Classes, **bands: float) -> Look:
    """A look of one SCL image over ground of 0.1 in every band but those given."""
    reflectance = np.full((len(REFLECTANCE_BANDS), *scl.shape), 0.1, np.float32)
    for name, value in bands.items():
        reflectance[REFLECTANCE_BANDS.index(name)] = value
    return Look(
        "L", dt.datetime(2024, 6, 1, tzinfo=dt.UTC), 78, reflectance, scl, np.zeros(scl.shape, bool)
    )


def scl_of(value: int, side: int = SIDE) -> Classes:
    return np.full((side, side), value, np.uint8)


def no_past(shape: tuple[int, int]) -> SitePrior:
    return site_prior(np.zeros((0, *shape), np.uint8))


def bright_apron(scl: Classes) -> Classes:
    scl = scl.copy()
    scl[APRON] = THICK_CLOUD
    return scl


@pytest.mark.parametrize(
    ("scl", "shown"),
    [
        (0, NO_DATA),
        (1, SATURATED),
        (2, CLEAR),
        (3, SHADOW),
        (4, CLEAR),
        (5, CLEAR),
        (6, SHADOW),
        (7, CLEAR),
        (8, CLOUD),
        (9, CLOUD),
        (10, HAZE),
        (11, SNOW),
        (200, NO_DATA),
    ],
)
def test_without_a_past_scl_decides(scl: int, shown: int) -> None:
    classes = classify(look_with(scl_of(scl, 8)), no_past((8, 8)))
    assert (classes == shown).all()


@given(hnp.arrays(np.uint8, (12, 12), elements=st.integers(0, 11)))
def test_every_pixel_has_exactly_one_known_class(scl: Classes) -> None:
    classes = classify(look_with(scl), no_past(scl.shape))
    assert set(np.unique(classes)) <= set(CLASS_NAMES)
    assert not (classes[scl == 0] != NO_DATA).any(), "nothing is seen where nothing was recorded"
    near_cloud = np.isin(scl, (8, 9))
    assert not (classes[near_cloud] == CLEAR).any()


def test_concrete_that_is_called_cloud_on_clear_days_is_given_back() -> None:
    clear_day = bright_apron(scl_of(GROUND))
    prior = site_prior(np.stack([clear_day] * 8))
    assert (classify(look_with(clear_day), prior) == CLEAR).all()


def test_a_real_cloud_over_that_concrete_stays_a_cloud() -> None:
    prior = site_prior(np.stack([bright_apron(scl_of(GROUND))] * 8))
    overcast = scl_of(GROUND)
    overcast[10:40, 10:40] = THICK_CLOUD
    assert (classify(look_with(overcast), prior)[APRON] == CLOUD).all()


def test_an_overcast_day_hides_an_apron_wider_than_its_surroundings() -> None:
    wide = scl_of(GROUND, 160)
    wide[30:130, 30:130] = THICK_CLOUD
    prior = site_prior(np.stack([wide] * 8))
    assert (classify(look_with(wide), prior) == CLEAR).all()
    assert (classify(look_with(scl_of(THICK_CLOUD, 160)), prior) == CLOUD).all()


def test_ground_that_no_look_reaches_does_not_hide_the_habits_of_the_rest() -> None:
    past = np.stack([bright_apron(scl_of(GROUND))] * 8 + [scl_of(THICK_CLOUD)] * 2)
    past[:, 30:] = 0
    past[:, :, 50:] = 0
    prior = site_prior(past)
    np.testing.assert_allclose(prior.false_cloud[APRON], 1)
    assert (prior.false_cloud[:15, :15] == 0).all()
    assert np.isnan(prior.false_cloud[30:]).all()


@pytest.mark.parametrize(("wet_days", "shown"), [(8, CLEAR), (1, SHADOW)])
def test_water_is_clear_only_where_it_is_usual(wet_days: int, shown: int) -> None:
    past = np.stack([scl_of(WATER, 8)] * wet_days + [scl_of(GROUND, 8)] * (9 - wet_days))
    assert (classify(look_with(scl_of(WATER, 8)), site_prior(past)) == shown).all()


def test_too_short_a_past_says_nothing() -> None:
    prior = site_prior(np.stack([scl_of(WATER, 8)] * 4))
    assert np.isnan(prior.false_cloud).all()
    assert np.isnan(prior.water).all()


def test_snow_is_known_by_its_spectrum_whatever_scl_says() -> None:
    prior = no_past((8, 8))
    snow = look_with(scl_of(GROUND, 8), green=0.6, nir=0.5, swir16=0.08)
    assert (classify(snow, prior) == SNOW).all()
    water = look_with(scl_of(GROUND, 8), green=0.06, nir=0.02, swir16=0.01)
    assert (classify(water, prior) == CLEAR).all(), "dark water has a high NDSI too"


def test_a_look_without_swir_still_has_a_mask() -> None:
    look = look_with(scl_of(GROUND, 8), swir16=np.nan, swir22=np.nan, nir08=np.nan, green=0.6)
    assert (classify(look, no_past((8, 8))) == CLEAR).all()


def test_a_cloud_takes_its_margin_from_the_ground() -> None:
    scl = scl_of(GROUND, 21)
    scl[10, 10] = THICK_CLOUD
    classes = classify(look_with(scl), no_past(scl.shape))
    assert classes[10, 10 + CLOUD_MARGIN_PX] == CLOUD
    assert classes[10, 10 + CLOUD_MARGIN_PX + 1] == CLEAR


def test_a_pixel_without_a_needed_band_was_not_seen() -> None:
    look = look_with(scl_of(GROUND, 8))
    look.reflectance[REFLECTANCE_BANDS.index("nir"), 3, 3] = np.nan
    look.is_saturated[5, 5] = True
    classes = classify(look, no_past((8, 8)))
    assert classes[3, 3] == NO_DATA
    assert classes[5, 5] == SATURATED
    assert (classes == CLEAR).sum() == 62
