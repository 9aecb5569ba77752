"""Numbers that can be Sentinel-2's, and one mark for unseen pixels."""

import numpy as np
import pytest
from affine import Affine

from resources.models import BandName, Raster
from resources.pixels.valid_numbers import checked_numbers
from resources.pixels.window import UnreadableRaster


def raster(numbers: list[int], dtype: str, nodata: float | None = None) -> Raster:
    return Raster(np.array([numbers], dtype), Affine(10, 0, 0, 0, -10, 0), 32633, nodata)


@pytest.mark.parametrize(
    ("dtype", "nodata", "found"),
    [
        ("uint16", 7, [0, 3, 0, 9]),
        ("uint8", 7.0, [0, 3, 0, 9]),
        ("int16", -1, [0, 3, 7, 9]),
        ("uint16", float("nan"), [0, 3, 7, 9]),
        ("uint16", 7.5, [0, 3, 7, 9]),
        ("uint8", 65_535, [0, 3, 7, 9]),
        ("uint16", 1e300, [0, 3, 7, 9]),
    ],
)
def test_unseen_pixels_are_0_whatever_marked_them(
    dtype: str, nodata: float, found: list[int]
) -> None:
    checked = checked_numbers(raster([0, 3, 7, 9], dtype, nodata), "red")
    assert checked.pixels.tolist() == [found]
    assert (checked.pixels.dtype, checked.nodata) == (dtype, 0)


@pytest.mark.parametrize("nodata", [None, 0, 0.0])
def test_a_raster_without_another_mark_is_left_as_it_is(nodata: float | None) -> None:
    given = raster([0, 3, 65_535], "uint16", nodata)
    assert checked_numbers(given, "red") is given


@pytest.mark.parametrize(
    ("numbers", "dtype", "nodata", "name"),
    [
        ([0, -1], "int16", None, "red"),
        ([0, -1], "int32", -2, "red"),
        ([0, 65_536], "uint32", None, "red"),
        ([0, 16], "uint8", None, "scl"),
        ([0, 256 + 4], "uint16", None, "scl"),
        ([0, 255], "uint8", None, "scl"),
    ],
)
def test_numbers_that_esa_does_not_write_are_refused(
    numbers: list[int], dtype: str, nodata: float | None, name: BandName
) -> None:
    with pytest.raises(UnreadableRaster, match=f"found {min(numbers)} to {max(numbers)}"):
        checked_numbers(raster(numbers, dtype, nodata), name)


def test_a_mark_beyond_them_is_none_of_the_numbers() -> None:
    assert checked_numbers(raster([3, -9999], "int16", -9999), "red").pixels.tolist() == [[3, 0]]
    assert checked_numbers(raster([3, 255], "uint8", 255), "scl").pixels.tolist() == [[3, 0]]
    empty = Raster(np.zeros((0, 0), np.int16), Affine.identity(), 32633, 5)
    assert checked_numbers(empty, "scl").pixels.shape == (0, 0)
