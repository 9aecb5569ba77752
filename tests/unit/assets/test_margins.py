"""Which clear pixels lie far enough from clouds to be measured."""

import numpy as np
import pytest

from assets.activity.margins import CLOUD_LEAST_PX, MARGIN_PX, measurable
from assets.clouds.mask import CLEAR, CLOUD, HAZE, NO_DATA, SHADOW, SNOW

SIDE = 60


def mask_with(code: int, side: int) -> np.ndarray:
    mask = np.full((SIDE, SIDE), CLEAR, np.uint8)
    mask[20 : 20 + side, 20 : 20 + side] = code
    return mask


@pytest.mark.parametrize("code", [CLOUD, SHADOW, HAZE])
def test_clear_pixels_beside_a_cloud_are_left_out(code: int) -> None:
    found = measurable(mask_with(code, 12))
    assert not found[20 - MARGIN_PX : 20, 20:32].any()
    assert found[20 - MARGIN_PX - 1, 20:32].all()
    assert found[:, : 20 - MARGIN_PX].all()


@pytest.mark.parametrize("code", [NO_DATA, SNOW])
def test_what_has_no_rim_takes_nothing_from_its_surroundings(code: int) -> None:
    mask = mask_with(code, 12)
    assert (measurable(mask) == (mask == CLEAR)).all()


def test_a_small_patch_keeps_its_surroundings() -> None:
    side = int(np.sqrt(CLOUD_LEAST_PX)) - 1
    mask = mask_with(CLOUD, side)
    assert (measurable(mask) == (mask == CLEAR)).all()


def test_a_sky_all_clear_or_all_cloud_is_left_as_it_is() -> None:
    assert measurable(np.full((SIDE, SIDE), CLEAR, np.uint8)).all()
    assert not measurable(np.full((SIDE, SIDE), CLOUD, np.uint8)).any()
