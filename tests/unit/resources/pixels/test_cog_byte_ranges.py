"""Which bytes of tiles a window needs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.pixels.cog_byte_ranges import (
    GAP,
    NeededTile,
    byte_ranges,
    leading_bytes,
    needed_tiles,
)
from resources.pixels.cog_header import TiledImage
from resources.pixels.tiff_tags import BrokenTiff
from resources.pixels.window import PixelBox

SIZE = 10_000_000


def tiled(counts: list[int], *, width: int = 4096, tile: int = 1024) -> TiledImage:
    """An image whose tiles lie one after the other from byte 1000."""
    across = -(-width // tile)
    return TiledImage(
        width=width,
        height=tile * (len(counts) // across),
        tile_width=tile,
        tile_height=tile,
        stored=np.dtype("<u2"),
        dtype=np.dtype("u2"),
        is_differenced=True,
        fill=0,
        offsets=np.where(counts, np.cumsum([1000, *counts[:-1]]), 0).astype(np.uint64),
        counts=np.array(counts, dtype=np.uint64),
    )


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_a_leading_part_is_at_least_its_share_and_at_most_the_tile(
    count: int, share: float
) -> None:
    found = leading_bytes(count, share)
    assert count * share <= found <= count


@given(st.integers(0, 4095), st.integers(0, 1023), st.integers(1, 3000), st.integers(1, 1024))
def test_the_tiles_of_a_window_cover_it(left: int, top: int, columns: int, rows: int) -> None:
    box = PixelBox(left, top, min(left + columns, 4096), min(top + rows, 1024))
    found = needed_tiles(tiled([100_000] * 4), box, SIZE)
    assert [one.column for one in found] == list(range(left // 1024 * 1024, box.right, 1024))
    assert {one.rows for one in found} == {box.bottom}
    for start, stop in byte_ranges(found):
        assert 1000 <= start < stop <= 401_000
    parts = byte_ranges(found)
    for one in found:
        assert any(a <= one.offset and one.offset + one.leading <= b for a, b in parts)


def test_ranges_with_little_between_them_are_fetched_as_one() -> None:
    def need(offset: int) -> NeededTile:
        return NeededTile(0, 0, 10, offset, 100, 100)

    assert byte_ranges([need(0), need(100 + GAP)]) == [(0, 200 + GAP)]
    assert byte_ranges([need(101 + GAP), need(0)]) == [(0, 100), (101 + GAP, 201 + GAP)]
    assert byte_ranges([need(50), need(50)]) == [(50, 150)]
    assert byte_ranges([]) == []


def test_a_tile_that_is_not_in_the_file_needs_no_bytes() -> None:
    found = needed_tiles(tiled([0, 100_000, 0, 0]), PixelBox(0, 0, 4096, 10), SIZE)
    assert [one.count for one in found] == [0, 100_000, 0, 0]
    assert len(byte_ranges(found)) == 1


@pytest.mark.parametrize(
    ("counts", "size", "reason"),
    [
        ([100_000] * 4, 300_000, "lies at bytes"),
        ([2**62] * 4, SIZE, "lies at bytes"),
        ([9_000_000] * 4, SIZE * 10, "more than its pixels"),
        ([100_000, 0, 100_000, 100_000], SIZE, "lies at bytes 101000-101000"),
    ],
)
def test_tiles_outside_the_file_or_too_long_are_refused(
    counts: list[int], size: int, reason: str
) -> None:
    with pytest.raises(BrokenTiff, match=reason):
        needed_tiles(replace(tiled(counts), offsets=lying(counts)), PixelBox(0, 0, 4096, 10), size)


def lying(counts: list[int]) -> np.ndarray:
    """Where tiles lie one after the other, those of no bytes too."""
    return np.cumsum([1000, *counts[:-1]]).astype(np.uint64)
