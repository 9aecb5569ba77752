"""One look of a site from the chips of its items, on the site's grid."""

import datetime as dt

import numpy as np
import pytest
from affine import Affine

from assets.scenes.stack import (
    SATURATED_DN,
    ItemPixels,
    LookPixels,
    PixelShift,
    assemble_look,
    interpolated_onto_grid,
    onto_grid,
)
from resources.models import REFLECTANCE_BANDS, Bounds, Grid, Raster

GRID = Grid(32637, Bounds(300_000, 3_900_000, 300_080, 3_900_080))
RED = REFLECTANCE_BANDS.index("red")


def raster(
    pixels: np.ndarray, *, west: float = 300_000, north: float = 3_900_080, step: float = 10
) -> Raster:
    return Raster(pixels, Affine(step, 0, west, 0, -step, north), 32637, 0)


def of(red: np.ndarray, scl: np.ndarray, *, offset_dn: int = 0) -> ItemPixels:
    return ItemPixels({"red": raster(red), "scl": raster(scl, step=20)}, offset_dn, 1e-4)


def chip(value: int, *, offset_dn: int = 0, scl: int = 5) -> ItemPixels:
    """A chip of the whole grid of one number, red and SCL only."""
    red, classes = np.full((8, 8), value, np.uint16), np.full((4, 4), scl, np.uint8)
    return of(red, classes, offset_dn=offset_dn)


def assemble(*parts: ItemPixels, shift: PixelShift | None = None) -> LookPixels:
    sensed_at = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    return assemble_look("L", sensed_at, 78, parts=parts, grid=GRID, shift=shift)


@pytest.mark.parametrize(
    ("value", "offset_dn", "reflectance"),
    [(2500, 0, 0.25), (3500, -1000, 0.25), (500, -1000, -0.05), (0, -1000, np.nan)],
)
def test_reflectance_is_the_number_with_its_offset(
    value: int, offset_dn: int, reflectance: float
) -> None:
    look = assemble(chip(value, offset_dn=offset_dn))
    np.testing.assert_allclose(look.reflectance[RED], reflectance, atol=1e-6)


def test_bands_that_no_item_has_are_unseen() -> None:
    look = assemble(chip(2500))
    assert np.isnan(np.delete(look.reflectance, RED, axis=0)).all()
    assert not look.is_saturated.any()


def test_the_first_item_wins_and_the_next_fills_what_it_lacks() -> None:
    half = np.full((8, 8), 1000, np.uint16)
    half[:, 4:] = 0
    scl = np.full((4, 4), 4, np.uint8)
    scl[:, 2:] = 0
    look = assemble(of(half, scl), chip(2000, scl=9))
    np.testing.assert_allclose(look.reflectance[RED][:, :4], 0.1)
    np.testing.assert_allclose(look.reflectance[RED][:, 4:], 0.2)
    assert (look.scl[:, :4] == 4).all()
    assert (look.scl[:, 4:] == 9).all()


def test_saturated_pixels_are_marked() -> None:
    red = np.full((8, 8), 2500, np.uint16)
    red[2, 3] = SATURATED_DN
    look = assemble(of(red, np.full((4, 4), 5, np.uint8)))
    assert np.argwhere(look.is_saturated).tolist() == [[2, 3]]


def test_on_the_same_lattice_pixels_are_copied_and_coarse_ones_repeated() -> None:
    fine = np.arange(1, 65, dtype=np.uint16).reshape(8, 8)
    np.testing.assert_array_equal(onto_grid(raster(fine), GRID), fine)
    coarse = np.arange(1, 17, dtype=np.uint16).reshape(4, 4)
    np.testing.assert_array_equal(
        onto_grid(raster(coarse, step=20), GRID), coarse.repeat(2, 0).repeat(2, 1)
    )


@pytest.mark.parametrize(("columns", "rows"), [(2, 3), (-2, -3), (8, 0), (-20, 0)])
def test_a_chip_beside_the_grid_fills_only_where_they_meet(columns: int, rows: int) -> None:
    fine = np.arange(1, 65, dtype=np.uint16).reshape(8, 8)
    found = onto_grid(raster(fine, west=300_000 + 10 * columns, north=3_900_080 - 10 * rows), GRID)
    for row in range(8):
        for column in range(8):
            inside = 0 <= row - rows < 8 and 0 <= column - columns < 8
            assert found[row, column] == (fine[row - rows, column - columns] if inside else 0)


def test_off_the_lattice_the_nearest_pixel_is_taken() -> None:
    fine = np.arange(1, 65, dtype=np.uint16).reshape(8, 8)
    shifted = onto_grid(raster(fine, west=300_003), GRID)
    np.testing.assert_array_equal(shifted, fine)


def test_an_empty_window_shows_nothing() -> None:
    assert not onto_grid(raster(np.zeros((0, 0), np.uint16)), GRID).any()


def test_no_shift_and_a_shift_of_zero_are_the_same() -> None:
    red = np.arange(1, 65, dtype=np.uint16).reshape(8, 8)
    chips = of(red, np.full((4, 4), 5, np.uint8), offset_dn=-1000)
    plain, zero = assemble(chips), assemble(chips, shift=PixelShift())
    np.testing.assert_array_equal(plain.reflectance, zero.reflectance)
    np.testing.assert_array_equal(plain.scl, zero.scl)


def test_a_shift_is_taken_out_of_bands_classes_and_marks_alike() -> None:
    red = np.full((8, 8), 1500, np.uint16)
    red[2, 3] = SATURATED_DN
    scl = np.repeat(np.array([[4, 4, 9, 9]], np.uint8), 4, axis=0)
    look = assemble(of(red, scl), shift=PixelShift(east_px=1.0, south_px=-2.0))
    assert np.argwhere(look.is_saturated).tolist() == [[4, 2]]
    assert look.scl[4].tolist() == [4, 4, 4, 9, 9, 9, 9, 0]
    assert np.isnan(look.reflectance[RED][:, -1]).all()
    assert np.isnan(look.reflectance[RED][:2]).all()


def test_a_saturated_pixel_is_marked_wherever_it_is_mixed_in() -> None:
    red = np.full((8, 8), 1500, np.uint16)
    red[2, 3] = SATURATED_DN
    look = assemble(of(red, np.full((4, 4), 5, np.uint8)), shift=PixelShift(0.4, 0.0))
    assert np.argwhere(look.is_saturated[:, :7]).tolist() == [[2, 2], [2, 3]]


def test_coarse_pixels_stay_blocks_when_they_are_moved() -> None:
    coarse = np.arange(1, 17, dtype=np.uint16).reshape(4, 4) * 100
    found = interpolated_onto_grid(raster(coarse, step=20), GRID, PixelShift(1.0, 0.0))
    blocks = found.reshape(4, 2, 4, 2)
    np.testing.assert_array_equal(blocks[:, 0, :, 0], blocks[:, 1, :, 1])
    np.testing.assert_allclose(blocks[:, 0, :3, 0], coarse[:, :3] + 50.0)  # half of its pixels


def test_negative_reflectance_beside_a_bright_edge_is_kept() -> None:
    red = np.full((8, 8), 1010, np.uint16)
    red[:, 4:] = 9000
    look = assemble(
        of(red, np.full((4, 4), 5, np.uint8), offset_dn=-1000), shift=PixelShift(0.5, 0.0)
    )
    assert np.nanmin(look.reflectance[RED]) < 0


@pytest.mark.parametrize("shift", [None, PixelShift(0.6, -0.4)])
def test_off_the_lattice_bands_are_interpolated_where_they_lie(shift: PixelShift | None) -> None:
    rows, columns = np.indices((24, 24))
    fine = (2000 + 40 * columns + 20 * rows).astype(np.uint16)
    off = raster(fine, west=300_000 - 80 + 3, north=3_900_080 + 80)
    found = interpolated_onto_grid(off, GRID, shift)
    east, south = (shift.east_px, shift.south_px) if shift else (0.0, 0.0)
    y, x = np.indices((8, 8)) + 8.0
    expected = 2000 + 40 * (x - 0.3 + east) + 20 * (y + south)
    np.testing.assert_allclose(found, expected, atol=1)


def test_gaps_off_the_lattice_do_not_leak() -> None:
    fine = np.full((24, 24), 3000, np.uint16)
    fine[10:13, 10:13] = 0
    found = interpolated_onto_grid(raster(fine, west=299_923, north=3_900_160), GRID)
    assert np.isnan(found).any()
    np.testing.assert_allclose(found[np.isfinite(found)], 3000, rtol=1e-5)
