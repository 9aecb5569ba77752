"""Least squares for a shift in blocks: what is planted comes out, whatever gain and level."""

import numpy as np
import pytest
from scipy import ndimage

from assets.activity.align.shift_fit import LEAST_BLOCKS, fit_blocks, image_gradients, in_blocks

EDGE, SIDE = 16, 96


def scene() -> np.ndarray:
    """Two features with soft edges, shape (feature, y, x)."""
    noise = np.random.default_rng(3).normal(size=(2, SIDE, SIDE))
    return ndimage.gaussian_filter(noise, (0, 2, 2)).astype(np.float32)


def fitted(reference: np.ndarray, moving: np.ndarray, seen: np.ndarray | None = None):
    east, south = image_gradients(reference)
    blocks = np.stack([in_blocks(one, EDGE) for one in (reference, east, south)])
    flags = np.ones((SIDE, SIDE), np.float32) if seen is None else seen
    return fit_blocks(blocks, in_blocks(moving, EDGE), in_blocks(flags, EDGE))


@pytest.mark.parametrize(("east", "south"), [(0.0, 0.0), (0.3, 0.0), (0.0, -0.4), (0.25, 0.25)])
@pytest.mark.parametrize(("gain", "level"), [(1.0, 0.0), (0.6, 0.2), (-1.0, 0.1)])
def test_a_planted_shift_is_found_under_any_gain_and_level(
    east: float, south: float, gain: float, level: float
) -> None:
    reference = scene()
    moved = np.stack(
        [ndimage.shift(one, (south, east), order=3, mode="nearest") for one in reference]
    )
    found = fitted(reference, (gain * moved + level).astype(np.float32))
    assert found is not None
    assert found.step.tolist() == pytest.approx([east, south], abs=0.05)
    assert np.sqrt(np.diag(found.covariance)).max() < 0.05


def test_too_few_blocks_or_no_contrast_tell_nothing() -> None:
    reference = scene()
    seen = np.zeros((SIDE, SIDE), np.float32)
    seen[:EDGE, : EDGE * (LEAST_BLOCKS - 1)] = 1
    assert fitted(reference, reference, seen) is None
    seen[:EDGE, : EDGE * LEAST_BLOCKS] = 1
    assert fitted(reference, reference, seen) is not None
    flat = np.zeros_like(reference)
    assert fitted(flat, flat) is None


def test_what_is_over_of_a_plane_is_left_out() -> None:
    assert in_blocks(np.zeros((2, 35, 50), np.float32), EDGE).shape == (2, 2 * 3, EDGE * EDGE)
