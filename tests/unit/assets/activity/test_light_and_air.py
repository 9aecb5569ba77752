"""What light and air of a look do to all bands, as the ground beside a zone tells it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.activity.usual.light_and_air import (
    GAIN_PRIOR,
    OFFSET_PRIOR,
    RadiometricLevels,
    fit_levels,
)

BANDS, BLOCKS = 7, 200
NOISE = 0.003
EXPECTED = np.random.default_rng(7).uniform(0.03, 0.4, (BANDS, BLOCKS))


def seen(gain: float = 1.0, offset: float = 0.0, *, seed: int = 0) -> np.ndarray:
    """Blocks in other light."""
    return gain * EXPECTED + offset + np.random.default_rng(seed).normal(0, NOISE, EXPECTED.shape)


def fitted(observed: np.ndarray, blocks: int = BLOCKS) -> RadiometricLevels:
    variance = np.full(EXPECTED.shape, NOISE**2)
    return fit_levels(EXPECTED[:, :blocks], observed[:, :blocks], variance[:, :blocks])


@pytest.mark.parametrize(
    ("gain", "offset"), [(1.0, 0.0), (1.05, 0.0), (0.94, 0.008), (1.0, -0.01), (1.1, 0.02)]
)
def test_gain_and_offset_within_what_the_mission_states_are_found(
    gain: float, offset: float
) -> None:
    levels = fitted(seen(gain, offset))
    np.testing.assert_allclose(levels.gain, gain, atol=0.02)
    np.testing.assert_allclose(levels.offset, offset, atol=0.004)
    left = levels.take_off(gain * EXPECTED + offset)
    np.testing.assert_allclose(left, EXPECTED, atol=0.005)
    assert levels.blocks == BLOCKS
    np.testing.assert_allclose(levels.residual, NOISE, rtol=0.35)


def test_a_look_that_shows_what_is_expected_has_no_level() -> None:
    levels = fitted(EXPECTED)
    np.testing.assert_array_equal(levels.gain, 1.0)
    np.testing.assert_array_equal(levels.offset, 0.0)
    np.testing.assert_array_equal(levels.take_off(EXPECTED), EXPECTED)


def test_the_fewer_blocks_the_nearer_to_no_level() -> None:
    observed = seen(1.08, 0.0)
    gains = [np.abs(fitted(observed, count).gain - 1).mean() for count in (1, 4, BLOCKS)]
    assert gains[0] < gains[1] < gains[2]
    assert gains[2] == pytest.approx(0.08, abs=0.01)


def test_blocks_that_always_wander_force_less() -> None:
    observed = seen(1.08)
    restless = fit_levels(EXPECTED, observed, np.full(EXPECTED.shape, 0.1**2))
    assert np.abs(restless.gain - 1).max() < np.abs(fitted(observed).gain - 1).min()


@given(st.integers(0, BLOCKS // 5), st.sampled_from([-0.2, 0.1, 0.3]))
@settings(max_examples=25)
def test_ground_that_changed_does_not_pull(count: int, by: float) -> None:
    calm, changed = seen(1.03, 0.004), seen(1.03, 0.004)
    changed[:, :count] += by
    one, other = fitted(calm), fitted(changed)
    np.testing.assert_allclose(other.gain, one.gain, atol=0.02)
    np.testing.assert_allclose(other.offset, one.offset, atol=0.004)


def test_bands_move_together() -> None:
    observed, variance = seen(1.06), np.full(EXPECTED.shape, NOISE**2)
    variance[0] = 1.0  # a band in which nothing can be told
    found = fit_levels(EXPECTED, observed, variance)
    assert found.gain[0] - 1 > 0.5 * 0.06
    observed[1:] = EXPECTED[1:]
    calm = fit_levels(EXPECTED, observed, variance)
    assert abs(calm.gain[0] - 1) < 0.2 * 0.06


@given(
    st.floats(1 - 2 * GAIN_PRIOR, 1 + 2 * GAIN_PRIOR),
    st.floats(-2 * OFFSET_PRIOR, 2 * OFFSET_PRIOR),
    st.integers(1, 30),
)
@settings(max_examples=40)
def test_no_level_goes_further_than_the_ground_forces_it(
    gain: float, offset: float, blocks: int
) -> None:
    levels = fitted(gain * EXPECTED + offset, blocks)
    before = np.abs(gain * EXPECTED + offset - EXPECTED)[:, :blocks].mean()
    after = np.abs(levels.take_off(gain * EXPECTED + offset) - EXPECTED)[:, :blocks].mean()
    assert after <= before + 1e-3


def test_a_band_that_a_look_lacks_has_no_level_and_is_not_moved() -> None:
    observed = seen(1.05)
    whole = fitted(observed)
    observed[6] = np.nan
    levels = fitted(observed)
    assert np.isnan(levels.gain[6])
    assert np.isnan(levels.offset[6])
    assert np.isnan(levels.residual[6])
    np.testing.assert_allclose(levels.gain[:6], whole.gain[:6], atol=0.01)
    np.testing.assert_array_equal(levels.take_off(EXPECTED)[6], EXPECTED[6])


def test_where_no_block_is_seen_there_is_no_level() -> None:
    levels = fitted(np.full(EXPECTED.shape, np.nan))
    assert levels.blocks == 0
    assert np.isnan(levels.gain).all()
    np.testing.assert_array_equal(levels.take_off(EXPECTED), EXPECTED)
    partly = seen(1.05)
    partly[:, 50:] = np.nan
    assert fitted(partly).blocks == 50
