"""Outlines of planted rectangles, blurred as the instrument does; and areas of what changed."""

import numpy as np
import pytest
from scipy import ndimage

from assets.activity.detect.counted_indices import changed_m2
from assets.activity.detect.outline import BRIGHT, ObjectOutline, measure_outline
from resources.instrument import blur_sigma_m

GROUND, FINE = 0.2, 10  # reflectance; made pixels of 1 m in one of 10 m
SIDE = 30


def seen(length_m: int, width_m: int, *, contrast: float) -> ObjectOutline:
    """A rectangle along the rows as the 10 m bands show it, without noise."""
    fine = np.zeros((SIDE * FINE, SIDE * FINE))
    middle = SIDE * FINE // 2
    rows = slice(middle - width_m // 2, middle + width_m // 2)
    fine[rows, middle - length_m // 2 : middle + length_m // 2] = contrast
    blurred = ndimage.gaussian_filter(fine, blur_sigma_m(10))
    light = blurred.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    light[np.abs(light) < 0.01 * abs(contrast)] = 0
    return measure_outline(light, 0.002, ground=GROUND, pixel_m=10.0)


@pytest.mark.parametrize("contrast", [BRIGHT - GROUND, -0.12])
@pytest.mark.parametrize(("length_m", "width_m"), [(40, 40), (80, 40), (120, 60)])
def test_a_rectangle_is_told_with_its_size(length_m: int, width_m: int, contrast: float) -> None:
    found = seen(length_m, width_m, contrast=contrast)
    assert found.area_m2 == pytest.approx(length_m * width_m, rel=0.2)
    assert found.length_m == pytest.approx(length_m, rel=0.2)
    assert found.width_m == pytest.approx(width_m, rel=0.2)
    assert abs(found.area_m2 - length_m * width_m) < 3 * found.area_error_m2
    assert (found.row, found.column) == pytest.approx((SIDE / 2 - 0.5, SIDE / 2 - 0.5), abs=0.1)


def test_what_is_smaller_than_a_pixel_is_told_by_its_light() -> None:
    """The assumed contrast is that of light paint: twice the light is about twice the area."""
    small, large = (seen(size, 10, contrast=BRIGHT - GROUND).area_m2 for size in (10, 20))
    assert small == pytest.approx(100, rel=0.5)
    assert large == pytest.approx(2 * small, rel=0.3)


def test_changed_area_is_scaled_from_what_was_seen() -> None:
    area = np.array([100.0, 100.0, 50.0])
    changed = np.array(
        [[1.0, 0.0, 0.0], [1.0, np.nan, 0.0], [np.nan, np.nan, np.nan], [1.0, 1.0, 1.0]]
    )
    found = changed_m2(changed, area)
    assert found[[0, 3]].tolist() == [100.0, 250.0]
    assert found[1] == pytest.approx(250 * 100 / 150)
    assert np.isnan(found[2])
