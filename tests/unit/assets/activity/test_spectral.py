"""Spectral indices: the same numbers as the catalogue whose names they carry."""

from typing import get_args

import numpy as np
import pytest
import spyndex

from assets.activity.indices import indices
from assets.activity.indices.spectral import CATALOGUE, SMALL, SpectralName, spectral_index
from resources.models import REFLECTANCE_BANDS

LETTERS = {"B": "blue", "G": "green", "R": "red", "N": "nir", "S1": "swir16", "S2": "swir22"}
RNG = np.random.default_rng(0)
SURFACES = RNG.uniform(0.02, 0.6, (3, len(REFLECTANCE_BANDS), 50))


def by_spyndex(name: SpectralName, reflectance: np.ndarray) -> np.ndarray:
    bands = {
        letter: reflectance[..., REFLECTANCE_BANDS.index(band), :]
        for letter, band in LETTERS.items()
    }
    catalogue_name = CATALOGUE[name].spyndex
    needed = spyndex.indices[catalogue_name].bands
    return spyndex.computeIndex(catalogue_name, params={one: bands[one] for one in needed})


@pytest.mark.parametrize("name", get_args(SpectralName))
def test_values_are_those_of_spyndex(name: SpectralName) -> None:
    np.testing.assert_allclose(
        spectral_index(name, SURFACES), by_spyndex(name, SURFACES), rtol=1e-12
    )


@pytest.mark.parametrize("name", get_args(SpectralName))
def test_bands_are_those_that_spyndex_asks_for(name: SpectralName) -> None:
    asked = {LETTERS[letter] for letter in spyndex.indices[CATALOGUE[name].spyndex].bands}
    assert asked == {*CATALOGUE[name].plus, *CATALOGUE[name].minus}
    assert asked == set(indices.BANDS_NEEDED[name])


@pytest.mark.parametrize("name", get_args(SpectralName))
def test_closed_forms_agree(name: SpectralName) -> None:
    blue, _, red, nir, _, swir, _ = np.moveaxis(SURFACES, 1, 0)
    forms = {
        "ndvi": (nir - red) / (nir + red),
        "bare_soil": ((swir + red) - (nir + blue)) / ((swir + red) + (nir + blue)),
        "built_up": (swir - nir) / (swir + nir),
    }
    np.testing.assert_allclose(spectral_index(name, SURFACES), forms[name])
    np.testing.assert_array_equal(getattr(indices, name)(SURFACES), spectral_index(name, SURFACES))


@pytest.mark.parametrize("name", get_args(SpectralName))
def test_deep_shadow_and_missing_bands_are_no_numbers(name: SpectralName) -> None:
    dark = np.full((len(REFLECTANCE_BANDS), 1), SMALL / 10)
    assert np.isnan(spectral_index(name, dark)).all()
    assert np.isnan(spectral_index(name, np.zeros_like(dark))).all()
    unseen = SURFACES.copy()
    unseen[:, REFLECTANCE_BANDS.index(CATALOGUE[name].plus[0])] = np.nan
    assert np.isnan(spectral_index(name, unseen)).all()


@pytest.mark.parametrize("name", get_args(SpectralName))
def test_values_lie_between_minus_one_and_one_for_single_precision_too(name: SpectralName) -> None:
    values = spectral_index(name, SURFACES.astype(np.float32))
    assert values.dtype == np.float64
    assert (np.abs(values) <= 1).all()
