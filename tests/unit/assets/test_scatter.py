"""What means of blocks tell of the noise that a look has in common."""

import numpy as np
import pytest

from assets.activity.sample import BLOCK_PX
from assets.activity.scatter import BLOCKS_MIN, block_means, learn_scatter

BLOCKS = 60
EXPECTED = np.random.default_rng(0).uniform(0.05, 0.4, (1, 7, BLOCKS * BLOCK_PX**2))


def looks(spreads: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Looks whose blocks err together by so much brightness, with noise of single pixels."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 1, (len(spreads), 1, BLOCKS, 1)) * spreads[:, None, None, None]
    shape = (len(spreads), 7, BLOCKS, BLOCK_PX**2)
    residual = np.broadcast_to(shared, shape) + rng.normal(0, 0.003, shape)
    residual = residual.reshape(len(spreads), 7, -1)
    clear = np.ones((len(spreads), residual.shape[-1]), bool)
    return residual, np.broadcast_to(EXPECTED, residual.shape), clear


def test_a_hazy_look_wanders_further_by_its_own_measure() -> None:
    scatter = learn_scatter(block_means(*looks(np.full(16, 0.004))), np.ones(16))
    for spread, times in ((0.004, 1.0), (0.012, 3.0), (0.020, 5.0)):
        found = scatter.of_look(block_means(*looks(np.array([spread]), seed=7)))
        assert found["brightness"] == pytest.approx(times, rel=0.35)


def test_noisy_past_looks_do_not_widen_the_usual_spread() -> None:
    spreads = np.where(np.arange(16) % 4 == 0, 0.02, 0.004)
    scatter = learn_scatter(block_means(*looks(spreads)), np.ones(16))
    assert np.sqrt(scatter.prior["brightness"].variance) == pytest.approx(0.004, rel=0.35)
    even = scatter.past["brightness"]
    assert np.median(even[spreads > 0.01]) > 3 * np.median(even[spreads < 0.01])


def test_few_clear_blocks_tell_nothing_of_a_look() -> None:
    scatter = learn_scatter(block_means(*looks(np.full(16, 0.004))), np.ones(16))
    residual, expected, clear = looks(np.array([0.02]))
    clear[:, (BLOCKS_MIN - 1) * BLOCK_PX**2 :] = False
    assert scatter.of_look(block_means(residual, expected, clear))["brightness"] == 1.0


def test_texture_of_blocks_does_not_reach_across_them() -> None:
    residual, expected, clear = looks(np.array([0.0]))
    even = np.full_like(expected, 0.2)
    steps = np.repeat(np.arange(BLOCKS) % 2 * 0.1, BLOCK_PX**2)
    found = block_means(0 * residual + steps, even, clear)["texture"]
    np.testing.assert_allclose(found, 0.0, atol=1e-6)
