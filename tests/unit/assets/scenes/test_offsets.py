"""The offset rule as a table: what flag, baseline and declared offset lead to together."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from shapely.geometry import box

from assets.scenes.offsets import (
    DarkEnd,
    dark_end,
    dark_end_of_tile,
    decide_offset,
    is_tile_needed,
)
from resources.models import REFLECTANCE_BANDS, BandAsset, Item, Raster


def item_with(
    flag: bool | None = None,  # noqa: FBT001 - three states of a field
    baseline: str | None = None,
    declared: float | None = None,
    scale: float | None = 1e-4,
    **odd_offsets: float,
) -> Item:
    bands = {
        name: BandAsset(name, "x.tif", scale=scale, offset=odd_offsets.get(name, declared))
        for name in REFLECTANCE_BANDS
    }
    return Item(
        item_id="x",
        collection="sentinel-2-l2a",
        source="here",
        platform="sentinel-2a",
        sensed_at=dt.datetime(2023, 1, 1, tzinfo=dt.UTC),
        footprint=box(0, 0, 1, 1),
        bands={**bands, "scl": BandAsset("scl", "scl.tif")},
        attribution="",
        is_offset_applied=flag,
        processing_baseline=baseline,
    )


@pytest.mark.parametrize(
    ("flag", "baseline", "declared", "offset_dn", "source", "is_conflict"),
    [
        # Earth Search l2a, already subtracted: what it declares is known to be untrue
        (True, "05.09", -0.1, 0, "flag", False),
        (True, "04.00", 0.0, 0, "flag", False),
        # Earth Search l2a, not subtracted
        (False, "04.00", -0.1, -1000, "baseline", False),
        (False, "04.00", 0.0, -1000, "baseline", True),
        # c1: no flag
        (None, "05.10", -0.1, -1000, "baseline", False),
        (None, "05.00", None, -1000, "baseline", False),
        # somebody harmonised, or somebody forgot
        (None, "05.09", 0.0, 0, "declared", True),
        # the value is read, not assumed
        (None, "04.00", -0.7, -7000, "declared", True),
        # before 04.00 there is none
        (False, "03.01", 0.0, 0, "baseline", False),
        (None, "02.14", None, 0, "baseline", False),
        (None, "00.01", -0.1, 0, "baseline", True),
        (True, "03.01", 0.0, 0, "flag", True),
        # nothing but a declared value, or nothing at all
        (None, None, 0.0, 0, "declared", False),
        (None, None, -0.1, -1000, "declared", False),
        (None, None, None, 0, "not_declared", False),
    ],
)
def test_the_offset_follows_the_rule(
    flag: bool | None,  # noqa: FBT001 - three states of a field
    baseline: str | None,
    declared: float | None,
    offset_dn: int,
    source: str,
    is_conflict: bool,  # noqa: FBT001 - a table's column
) -> None:
    decision = decide_offset(item_with(flag, baseline, declared))
    assert (decision.offset_dn, decision.source) == (offset_dn, source)
    assert decision.is_conflict is is_conflict
    assert decision.scale == 1e-4


def test_bands_that_declare_different_offsets_are_a_conflict() -> None:
    decision = decide_offset(item_with(None, "05.10", -0.1, blue=0.0))
    assert decision.offset_dn == -1000
    assert decision.is_conflict


def test_a_declared_scale_is_used_and_a_missing_one_is_the_usual() -> None:
    assert decide_offset(item_with(declared=-0.1, scale=2e-4)).offset_dn == -500
    assert decide_offset(item_with(scale=None)).scale == 1e-4


@pytest.mark.parametrize(
    ("flag", "baseline", "declared", "dark", "offset_dn", "source", "is_conflict"),
    [
        # what is declared and what is seen agree
        (True, "05.09", -0.1, (230, None), 0, "flag", False),
        (False, "05.09", -0.1, (1230, 1190), -1000, "baseline", False),
        (None, "05.10", -0.1, (1230, None), -1000, "baseline", False),
        # a flag denies that it is subtracted: seen otherwise by the window, or by the tile
        (False, "05.09", -0.1, (230, None), 0, "pixels", True),
        (False, "05.09", -0.1, (1230, 180), 0, "pixels", True),
        # no flag in doubt: window and tile have to agree
        (None, "05.10", -0.1, (640, None), -1000, "baseline", False),
        (None, "05.10", -0.1, (640, 1150), -1000, "baseline", False),
        (None, "05.10", -0.1, (640, 180), 0, "pixels", True),
        # dry ground without an offset looks like dark ground with one: a flag stands
        (True, "05.09", -0.1, (1230, 1190), 0, "flag", False),
        (True, "05.09", -0.1, (1500, 1000), 0, "flag", False),
        # bright ground tells nothing: a desert, a cloud, or no pixels at all
        (True, "05.09", -0.1, (1230, 2100), 0, "flag", False),
        (False, "05.09", -0.1, (1230, None), -1000, "baseline", False),
        (False, "05.09", -0.1, (3000, 2500), -1000, "baseline", False),
        (None, "05.10", -0.1, (None, None), -1000, "baseline", False),
        # statements that contradict each other, settled by what is seen
        (None, "05.09", 0.0, (1230, 1190), -1000, "pixels", True),
        (None, "05.09", 0.0, (230, None), 0, "pixels", True),
        (None, "05.09", 0.0, (2500, 2500), 0, "declared", True),
        # before 04.00 there never was one, whatever dry ground looks like
        (None, "00.01", -0.1, (1500, 1000), 0, "baseline", True),
        (False, "02.14", -0.1, (1500, 1000), 0, "baseline", True),
        (False, "03.01", 0.0, (1230, None), 0, "baseline", False),
        # the value is read, not assumed
        (None, "04.00", -0.7, (7100, 7050), -7000, "pixels", True),
        (None, "04.00", -0.7, (1100, 1050), 0, "pixels", True),
        (None, None, None, (1230, 1190), 0, "not_declared", False),
    ],
)
def test_pixels_win_over_what_is_declared(
    flag: bool | None,  # noqa: FBT001 - three states of a field
    baseline: str | None,
    declared: float | None,
    dark: tuple[float | None, float | None],
    offset_dn: int,
    source: str,
    is_conflict: bool,  # noqa: FBT001 - a table's column
) -> None:
    decision = decide_offset(item_with(flag, baseline, declared), DarkEnd(*dark))
    assert (decision.offset_dn, decision.source) == (offset_dn, source)
    assert decision.is_conflict is is_conflict


@pytest.mark.parametrize(
    ("flag", "baseline", "declared", "window", "needed"),
    [
        (True, "05.09", -0.1, 230, False),
        (True, "05.09", -0.1, 1230, False),  # nothing in the pixels could show the contrary
        (False, "05.09", -0.1, 230, False),  # too dark to hold an offset
        (False, "05.09", -0.1, 1230, True),  # the flag is known to be wrong at times
        (False, "05.09", -0.1, None, True),
        (None, "05.10", -0.1, 1230, False),  # no flag, and the window agrees
        (None, "05.10", -0.1, 2500, False),
        (None, "05.10", -0.1, None, False),
        (None, "05.10", -0.1, 640, True),  # no flag, and the window contradicts
        (None, "05.10", 0.0, 1230, True),  # statements contradict each other
        (False, "03.01", 0.0, 2500, False),  # there is none to look for
        (None, None, None, 2500, False),
    ],
)
def test_the_whole_tile_is_asked_only_where_the_window_leaves_it_open(
    flag: bool | None,  # noqa: FBT001 - three states of a field
    baseline: str | None,
    declared: float | None,
    window: float | None,
    needed: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert is_tile_needed(item_with(flag, baseline, declared), window) is needed


def test_what_the_source_was_asked_for_needs_no_evidence() -> None:
    asked = replace(item_with(None, "02.14", -0.1), offset_dn_asked=-1000)
    decision = decide_offset(asked, DarkEnd(230, 180))
    assert (decision.offset_dn, decision.source, decision.is_conflict) == (-1000, "asked", False)
    assert not is_tile_needed(asked, None)


def raster(pixels: np.ndarray) -> Raster:
    return Raster(pixels.astype(np.uint16), Affine(10, 0, 0, 0, -10, 0), 32633, 0)


def test_the_dark_end_is_not_of_one_band_alone_nor_of_unseen_pixels_and_their_edge() -> None:
    red = np.full((60, 60), 900)
    red[:, :30] = 0
    red[:, 30:33] = 5  # numbers at the edge of a swath are often too small
    blue, nir = np.full((60, 60), 1100), np.full((60, 60), 2000)
    seen = {"blue": raster(blue), "red": raster(red), "nir": raster(nir)}
    assert dark_end(seen) == 1100, "two bands have to agree"
    assert dark_end({"red": raster(red)}) == 900
    assert dark_end({"scl": raster(np.full((60, 60), 4))}) is None
    assert dark_end({"red": raster(np.full((10, 10), 300))}) is None, "too few to tell"
    assert dark_end({}) is None
    assert dark_end_of_tile([raster(red), raster(nir)]) == 900
    assert dark_end_of_tile([]) is None


def test_single_bad_pixels_are_not_the_dark_end() -> None:
    red = np.full((60, 60), 1200)
    red[::20, ::20] = 3
    assert dark_end({"red": raster(red)}) == 1200
