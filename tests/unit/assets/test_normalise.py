"""Light and air of a look, fitted on the rest of the site."""

import numpy as np
import pytest

from assets.activity.normalise import PIXELS_MIN, fit_levels, fit_season

RNG = np.random.default_rng(7)
EXPECTED = RNG.uniform(0.05, 0.4, (4, 600))


def noisy(reflectance: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(8)
    return (reflectance + rng.normal(0, 0.004, reflectance.shape)).astype(np.float32)


def fitted(observed: np.ndarray, clear: np.ndarray | None = None):
    """Levels and season of looks that should show EXPECTED."""
    expected = np.broadcast_to(EXPECTED, observed.shape)
    clear = np.ones((len(observed), EXPECTED.shape[1]), bool) if clear is None else clear
    levels = fit_levels(expected, observed, clear)
    return levels, fit_season(expected, levels.take_off(observed), clear)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (1.1, 0.02), (0.6, -0.01), (2.0, 0.1)])
def test_gain_and_offset_of_a_look_are_found(gain: float, offset: float) -> None:
    levels, season = fitted(noisy(EXPECTED * gain + offset)[None])
    np.testing.assert_allclose(levels.gain, gain, rtol=0.02)
    np.testing.assert_allclose(levels.offset, offset, atol=0.006)
    np.testing.assert_allclose(levels.residual, 0.004 / gain, rtol=0.25)
    np.testing.assert_allclose(season.predict(EXPECTED[None])[0], EXPECTED, atol=0.004)


def test_gain_and_offset_of_a_whole_look_change_nothing_at_the_reference_level() -> None:
    plain = noisy(EXPECTED)[None].astype(np.float64)
    plain[0, :, :40] += 0.2
    stepped = plain * np.array([1.3, 0.7, 1.0, 2.0])[:, None] + 0.05
    first, second = (fitted(look) for look in (plain, stepped))
    np.testing.assert_allclose(first[0].take_off(plain), second[0].take_off(stepped), atol=1e-9)
    np.testing.assert_allclose(first[1].terms, second[1].terms, atol=1e-9)


def test_changed_ground_does_not_carry_the_fit_away() -> None:
    observed = noisy(EXPECTED)[None]
    observed[0, :, :60] += 0.3
    levels, season = fitted(observed)
    np.testing.assert_allclose(levels.take_off(noisy(EXPECTED)[None])[0], EXPECTED, atol=0.025)
    np.testing.assert_allclose(season.predict(EXPECTED[None])[0], EXPECTED, atol=0.006)


@pytest.mark.parametrize("clear_px", [0, PIXELS_MIN - 1])
def test_a_look_with_too_few_clear_pixels_is_not_fitted(clear_px: int) -> None:
    clear = np.zeros((2, 600), bool)
    clear[0, :clear_px] = True
    clear[1] = True
    levels, season = fitted(np.stack([noisy(EXPECTED)] * 2), clear)
    for numbers in (levels.gain, levels.offset, season.terms, season.scale):
        assert np.isnan(numbers[0]).all()
        assert np.isfinite(numbers[1]).all()


def test_a_site_without_other_ground_is_not_fitted() -> None:
    nothing = np.empty((3, 4, 0))
    levels = fit_levels(nothing, nothing, np.empty((3, 0), bool))
    season = fit_season(nothing, nothing, np.empty((3, 0), bool))
    assert np.isnan(levels.gain).all()
    assert np.isnan(season.scale).all()


def test_a_band_that_a_look_lacks_leaves_the_others_as_they_were() -> None:
    observed = noisy(EXPECTED * 1.05)[None]
    _, whole = fitted(observed)
    observed = observed.copy()
    observed[:, 3] = np.nan
    levels, season = fitted(observed)
    assert np.isnan(levels.gain[0, 3])
    assert np.isnan(season.scale[0, 3])
    assert np.isnan(season.predict(EXPECTED[None])[0, 3]).all()
    predicted = season.predict(EXPECTED[None])[0, :3]
    np.testing.assert_allclose(predicted, whole.predict(EXPECTED[None])[0, :3], atol=5e-4)
