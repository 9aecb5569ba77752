"""Light and air of a look, fitted on the rest of the site."""

import numpy as np
import pytest

from assets.activity.normalise import PIXELS_MIN, fit_looks

RNG = np.random.default_rng(7)
EXPECTED = RNG.uniform(0.05, 0.4, (4, 600))


def noisy(reflectance: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(8)
    return (reflectance + rng.normal(0, 0.004, reflectance.shape)).astype(np.float32)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (1.1, 0.02), (0.85, -0.01)])
def test_gain_and_offset_of_a_look_are_found(gain: float, offset: float) -> None:
    observed = noisy(EXPECTED * gain + offset)[None]
    fit = fit_looks(EXPECTED, observed, np.ones((1, 600), bool))
    np.testing.assert_allclose(fit.predict(EXPECTED)[0], EXPECTED * gain + offset, atol=0.004)
    np.testing.assert_allclose(fit.scale, 0.004, rtol=0.25)


def test_changed_ground_does_not_carry_the_fit_away() -> None:
    observed = noisy(EXPECTED)[None]
    observed[0, :, :60] += 0.3
    fit = fit_looks(EXPECTED, observed, np.ones((1, 600), bool))
    np.testing.assert_allclose(fit.predict(EXPECTED)[0], EXPECTED, atol=0.006)


@pytest.mark.parametrize("clear_px", [0, PIXELS_MIN - 1])
def test_a_look_with_too_few_clear_pixels_is_not_fitted(clear_px: int) -> None:
    clear = np.zeros((2, 600), bool)
    clear[0, :clear_px] = True
    clear[1] = True
    fit = fit_looks(EXPECTED, np.stack([noisy(EXPECTED)] * 2), clear)
    assert np.isnan(fit.terms[0]).all()
    assert np.isnan(fit.scale[0]).all()
    assert np.isfinite(fit.terms[1]).all()


def test_a_site_without_other_ground_is_not_fitted() -> None:
    fit = fit_looks(np.empty((4, 0)), np.empty((3, 4, 0), np.float32), np.empty((3, 0), bool))
    assert np.isnan(fit.scale).all()
    assert np.isnan(fit.predict(EXPECTED)).all()


def test_a_band_that_a_look_lacks_leaves_the_others_as_they_were() -> None:
    observed = noisy(EXPECTED * 1.05)[None]
    whole = fit_looks(EXPECTED, observed, np.ones((1, 600), bool)).predict(EXPECTED)
    observed = observed.copy()
    observed[:, 3] = np.nan
    fit = fit_looks(EXPECTED, observed, np.ones((1, 600), bool))
    assert np.isnan(fit.scale[0, 3])
    assert np.isnan(fit.predict(EXPECTED)[0, 3]).all()
    np.testing.assert_allclose(fit.predict(EXPECTED)[0, :3], whole[0, :3], atol=5e-4)
