"""The indices as fields: their ranges, signs and missing values."""

import numpy as np
import pytest

from assets.activity.indices import indices
from assets.activity.indices.indices import (
    ACTIVITY_SIGN,
    AREA_INDICES,
    BANDS_NEEDED,
    COUNT_INDICES,
    FIELD_INDICES,
    INDICES,
    PATTERN_INDICES,
    UNITS,
)
from resources.models import REFLECTANCE_BANDS


def surface(**bands: float) -> np.ndarray:
    """One pixel, shape (band, 1), 0.1 in the bands not given."""
    return np.array([[bands.get(name, 0.1)] for name in REFLECTANCE_BANDS])


MEADOW = surface(blue=0.03, green=0.07, red=0.04, nir=0.40, swir16=0.20)
SOIL = surface(blue=0.08, green=0.12, red=0.17, nir=0.25, swir16=0.35)
WATER = surface(blue=0.005, green=0.004, red=0.003, nir=0.002, swir16=0.001)


def test_meadow_is_greener_and_soil_barer_and_brighter() -> None:
    assert indices.ndvi(MEADOW)[0] > 0.7 > indices.ndvi(SOIL)[0]
    assert indices.bare_soil(SOIL)[0] > 0 > indices.bare_soil(MEADOW)[0]
    assert indices.built_up(SOIL)[0] > 0 > indices.built_up(MEADOW)[0]
    assert indices.brightness(SOIL)[0] == pytest.approx((0.08 + 0.12 + 0.17) / 3)


def test_ratios_of_nearly_nothing_are_no_numbers() -> None:
    assert np.isnan(indices.ndvi(WATER)[0])
    assert np.isnan(indices.bare_soil(WATER)[0])


@pytest.mark.parametrize("factor", [0.8, 1.3])
def test_ratios_do_not_feel_a_common_gain(factor: float) -> None:
    np.testing.assert_allclose(indices.ndvi(SOIL * factor), indices.ndvi(SOIL))
    np.testing.assert_allclose(indices.bare_soil(SOIL * factor), indices.bare_soil(SOIL))


def test_without_swir_only_bare_soil_and_built_up_are_missing() -> None:
    lacking = surface(swir16=np.nan, swir22=np.nan, nir08=np.nan)
    assert np.isnan([indices.bare_soil(lacking)[0], indices.built_up(lacking)[0]]).all()
    assert np.isfinite([indices.ndvi(lacking)[0], indices.brightness(lacking)[0]]).all()
    assert [name for name in INDICES if "swir16" in BANDS_NEEDED[name]] == [
        "bare_soil",
        "built_up",
    ]


def test_each_index_has_a_unit_a_sign_and_its_bands_and_is_of_one_kind() -> None:
    assert list(UNITS) == list(BANDS_NEEDED) == list(ACTIVITY_SIGN) == list(INDICES)
    assert set(ACTIVITY_SIGN.values()) == {-1, 1}
    assert {UNITS[name] for name in AREA_INDICES} == {"m2"}
    assert {UNITS[name] for name in COUNT_INDICES} == {"1"}
    assert (*FIELD_INDICES, *AREA_INDICES, *COUNT_INDICES, *PATTERN_INDICES) == INDICES


def test_texture_is_zero_on_a_flat_image_and_unknown_beside_unseen_pixels() -> None:
    image = np.full((9, 9), 0.2)
    seen = np.ones((9, 9), bool)
    seen[:, 5:] = False
    found = indices.texture(image, seen)
    assert np.isfinite(found[4, 4]), "six of nine pixels are enough"
    assert found[4, 3] == pytest.approx(0, abs=1e-6)
    assert np.isnan(found[:, 5:]).all()
    image[4, 2] = 0.9
    assert indices.texture(image, seen)[4, 2] > 0.1


def test_a_departure_counts_whether_bright_or_dark() -> None:
    sigma = np.full((len(REFLECTANCE_BANDS), 1), 0.01)
    bright = indices.departure_score(np.full_like(sigma, 0.04), sigma)
    dark = indices.departure_score(np.full_like(sigma, -0.04), sigma)
    assert bright[0] == pytest.approx(4) == dark[0]


def test_pixels_that_depart_by_more_than_the_limit_are_changed_and_unseen_ones_unknown() -> None:
    scores = np.array([0.0, indices.CHANGED_SIGMA, indices.CHANGED_SIGMA + 0.1, np.nan])
    found = indices.changed_pixels(scores, np.array(indices.CHANGED_SIGMA))
    np.testing.assert_array_equal(found, [0.0, 0.0, 1.0, np.nan])
