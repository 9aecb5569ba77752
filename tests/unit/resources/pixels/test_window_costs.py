"""Laws of what reading files is expected to take."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from shapely.geometry import box

from resources.costs import Cost
from resources.models import BANDS, BandAsset, Bounds, Item
from resources.pixels.window_costs import cog_cost, jp2_cost

ITEM = Item(
    item_id="x",
    collection="sentinel-2-l2a",
    source="here",
    platform="sentinel-2a",
    sensed_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    footprint=box(0, 0, 1, 1),
    bands={name: BandAsset(name, f"{name}.tif") for name in BANDS},
    attribution="",
)


def square(side_m: float) -> Bounds:
    return Bounds(500_000, 4_000_000, 500_000 + side_m, 4_000_000 + side_m)


@pytest.mark.parametrize("cost", [cog_cost, jp2_cost])
def test_more_items_and_larger_boxes_take_more(cost) -> None:
    sides = [100, 3_000, 25_000, 109_800]
    costs = [cost([ITEM], square(side)) for side in sides]
    for smaller, larger in pairwise(costs):
        assert larger.bytes > smaller.bytes
        assert larger.requests >= smaller.requests
    twice = cost([ITEM, ITEM], square(3_000))
    assert twice.bytes == pytest.approx(2 * costs[1].bytes, abs=2)
    assert cost([], square(3_000)) == Cost(requests=0, bytes=0)
    assert cost([ITEM], square(10**7)) == costs[-1], "no window is wider than its file"


def test_every_band_takes_a_header_and_a_request_for_its_tiles_at_least() -> None:
    least = cog_cost([ITEM], square(10))
    assert least.requests == 2 * len(BANDS)
    assert least.processing_units == 0


def test_a_flag_that_denies_the_offset_may_take_two_overviews_more() -> None:
    plain, applied, denied = (
        cog_cost([replace(ITEM, is_offset_applied=flag)], square(3_000))
        for flag in (None, True, False)
    )
    assert plain == applied
    assert denied.requests == plain.requests + 2
    assert denied.bytes > plain.bytes


def test_jpeg_2000_takes_many_times_the_requests_of_cogs() -> None:
    assert jp2_cost([ITEM], square(3_000)).requests > 10 * cog_cost([ITEM], square(3_000)).requests
