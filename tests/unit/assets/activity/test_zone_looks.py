"""What is kept of a look: blocks of the site and the box of a zone."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.activity.align.lattice import BLOCK_PX, blocks_of
from assets.activity.align.registration import ZoneRegistration
from assets.activity.indices.indices import FIELD_INDICES, brightness, ndvi
from assets.activity.indices.zone_pixels import VIEW_MARGIN_PX, ClearLook, ZonePixels
from assets.activity.looks.zone_looks import (
    BANDS,
    BESIDE_CLOUD,
    CHANNELS,
    SiteLook,
    ZoneBox,
    ZoneLook,
    field_images,
    zone_fields,
)
from assets.scenes.stack import PixelShift

SiteMaker = Callable[..., Any]
WHERE = ZoneRegistration(PixelShift(0.2, -0.1), 0.05, 900, "registered")


def weights(shape: tuple[int, int], rows: slice, columns: slice) -> np.ndarray:
    """A zone with an edge of half pixels."""
    share = np.zeros(shape, np.float32)
    share[rows, columns] = 1
    share[rows.start] *= 0.5
    return share


@pytest.mark.parametrize(
    ("rows", "columns", "rows_of_box", "columns_of_box"),
    [
        (np.s_[20:30], np.s_[26:32], np.s_[12:38], np.s_[18:40]),
        (np.s_[19:24], np.s_[25:30], np.s_[10:32], np.s_[16:38]),  # whole pixels of 20 m
        (np.s_[0:5], np.s_[44:50], np.s_[0:14], np.s_[36:50]),
    ],
)
def test_a_box_holds_the_zone_and_its_margin_inside_the_grid(
    rows: slice, columns: slice, rows_of_box: slice, columns_of_box: slice
) -> None:
    shape = (40, 50)
    share = weights(shape, rows, columns)
    box = ZoneBox.of(ZonePixels.of("zone", "apron", share, 100.0), shape)
    assert (box.rows, box.columns) == (rows_of_box, columns_of_box)
    np.testing.assert_allclose(box.area_m2, share[box.rows, box.columns] * 100.0)
    np.testing.assert_array_equal(
        box.blocks,
        blocks_of(np.arange(40 * 50), shape).reshape(shape)[box.rows, box.columns].ravel(),
    )
    grid = np.arange(40 * 50).reshape(shape)[box.rows, box.columns]
    np.testing.assert_array_equal(grid.ravel()[box.inside], box.zone.index)
    np.testing.assert_array_equal(box.zone_in_box.index, box.inside)
    np.testing.assert_array_equal(box.zone_in_box.area_m2, box.zone.area_m2)


def test_fields_are_the_indices_of_the_pixels_and_need_their_bands(made_site: SiteMaker) -> None:
    look = made_site().look()
    fields = field_images(look.reflectance, look.clear)
    flat = look.reflectance.reshape(BANDS, -1)
    assert fields.shape == (len(FIELD_INDICES), *look.clear.shape)
    np.testing.assert_allclose(fields[0].ravel(), brightness(flat), rtol=1e-6)
    np.testing.assert_allclose(fields[1].ravel(), ndvi(flat), rtol=1e-5)
    lacking = look.reflectance.copy()
    lacking[5] = np.nan
    found = dict(zip(FIELD_INDICES, field_images(lacking, look.clear), strict=True))
    known = {name: bool(np.isfinite(image[1:-1, 1:-1]).all()) for name, image in found.items()}
    assert known == {
        "brightness": True,
        "ndvi": True,
        "bare_soil": False,
        "built_up": False,
        "texture": True,
    }


def test_pixels_of_a_zone_that_are_not_clear_have_no_field(made_site: SiteMaker) -> None:
    site = made_site()
    look, box = site.look(), site.box
    clear = look.clear[box.rows, box.columns].copy()
    clear[VIEW_MARGIN_PX : VIEW_MARGIN_PX + 7] = False
    fields = zone_fields(look.reflectance[:, box.rows, box.columns], clear, box)
    assert fields.shape == (len(FIELD_INDICES), 14 * 14)
    assert np.isnan(fields[:, : 7 * 14]).all()
    assert np.isfinite(fields[:, 8 * 14 :]).all()


def test_errors_grow_with_what_is_hidden_of_a_zone_and_beside_it() -> None:
    shape = (40, 40)
    zone = ZonePixels.of("zone", "apron", weights(shape, np.s_[20:24], np.s_[20:24]), 100.0)
    box = ZoneBox.of(zone, shape)
    clear = np.ones(box.shape, bool)
    plain = np.full((BANDS, *box.shape), 0.2, np.float32)
    assert ZoneLook.of(ClearLook("now", plain, clear.copy()), box, WHERE).cloud_factor == 1.0
    clear[:2] = False  # beside the zone alone
    found = ZoneLook.of(ClearLook("now", plain, clear), box, WHERE)
    assert found.clear_share == pytest.approx(1 - 2 / len(clear))
    assert found.cloud_factor == pytest.approx(1 + 2 * BESIDE_CLOUD / len(clear))
    clear[VIEW_MARGIN_PX : VIEW_MARGIN_PX + 5] = False  # most of the zone
    found = ZoneLook.of(ClearLook("now", plain, clear), box, WHERE)
    assert found.clear_share < 0.3 < clear.mean()
    assert found.where is WHERE


def test_blocks_of_a_look_are_means_of_its_bands_and_fields(made_site: SiteMaker) -> None:
    look = made_site().look()
    clear = look.clear.copy()
    clear[: 2 * BLOCK_PX] = False
    found = SiteLook.of(dataclasses.replace(look, clear=clear, orbit=21))
    across = look.clear.shape[1] // BLOCK_PX
    assert found.blocks.shape == (CHANNELS, across**2)
    assert (found.orbit, found.day) == (21, look.day)
    assert np.isnan(found.blocks[:, : 2 * across]).all()
    assert np.isfinite(found.blocks[:, 2 * across :]).all()
    place = np.s_[5 * BLOCK_PX : 6 * BLOCK_PX, 3 * BLOCK_PX : 4 * BLOCK_PX]
    images = np.concatenate([look.reflectance, field_images(look.reflectance, clear)])
    np.testing.assert_allclose(
        found.blocks[:, 5 * across + 3], images[:, *place].mean(axis=(1, 2)), rtol=1e-4
    )
    assert np.isnan(found.brightness[:12].astype(np.float32)).all()
