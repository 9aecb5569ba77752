"""What `scenes` says of looks, of what they replaced and of what was refused."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from assets.scenes.acquisitions import group_items
from assets.scenes.chip_reader import Chip
from assets.scenes.offsets import DarkEnd
from assets.scenes.rows import ReadFailure, look_rows, refused_row
from resources.archive.chips import StoredFile
from resources.errors import ItemRefused
from resources.models import REFLECTANCE_BANDS, BandAsset, Item, SunViewAngles
from resources.months import Month

NOW = dt.datetime(2024, 8, 2, tzinfo=dt.UTC)
AUGUST = Month(2024, 8)
SEEN = dt.datetime(2024, 8, 1, 10, 6, 3, tzinfo=dt.UTC)
PLACE = box(16.0, 45.7, 16.1, 45.8)


def item(item_id: str, baseline: str = "05.11", **changed) -> Item:
    bands = {name: BandAsset(name, "x.tif", 1e-4, -0.1) for name in REFLECTANCE_BANDS}
    return Item(
        item_id=item_id,
        collection="sentinel-2-l2a",
        source="here",
        platform="sentinel-2b",
        sensed_at=SEEN,
        footprint=changed.pop("footprint", PLACE),
        bands={**bands, "scl": BandAsset("scl", "scl.tif")},
        attribution="Contains modified Copernicus Sentinel data 2024",
        datatake_at=SEEN - dt.timedelta(minutes=5),
        relative_orbit=122,
        mgrs_tile="33TWL",
        datastrip_at=changed.pop("datastrip_at", SEEN),
        processing_baseline=baseline,
        product_name=item_id,
        **changed,
    )


def chip(of: Item, dark: DarkEnd, *, share: float = 1.0, files: int = 1) -> Chip:
    coverage = np.zeros((10, 10), bool)
    coverage[: round(10 * share)] = True
    stored = tuple(StoredFile(f"s/chips/{of.item_id}/{n}.tif", f"{n}") for n in range(files))
    return Chip(of, stored, 100, coverage, dark, SunViewAngles(40, 160, 5, 100))


def look_of(*items: Item):
    (look,) = group_items(items, site_epsg=32633, site_area=PLACE)
    return look


def test_items_of_one_look_have_an_offset_each() -> None:
    west = item("a", is_offset_applied=True, footprint=box(16.0, 45.7, 16.06, 45.8))
    east = item(
        "b",
        is_offset_applied=False,
        footprint=box(16.05, 45.7, 16.1, 45.8),
        datastrip_at=SEEN + dt.timedelta(minutes=2),
    )
    look = look_of(west, east)
    dark = {"a": DarkEnd(200), "b": DarkEnd(1200, 1190)}
    chips = [chip(one, dark[one.item_id]) for one in look.items]
    (row,) = look_rows(look, chips, [], NOW)
    assert dict(zip(row["item_ids"], row["item_offsets_dn"], strict=True)) == {"a": 0, "b": -1000}
    assert row["offset_dn"] == row["item_offsets_dn"][0]
    assert row["offset_conflict"] is False
    assert row["bytes_read"] == 200


def test_what_was_replaced_is_a_row_that_says_by_what() -> None:
    old, new = item("old", "02.14"), item("new", "05.00")
    look = look_of(old, new)
    winner, loser = look_rows(look, [chip(new, DarkEnd(1200))], [], NOW)
    assert winner["item_ids"] == ["new"]
    assert winner["state"] == "valid"
    assert loser["state"] == "superseded"
    assert loser["superseded_by"] == winner["acquisition_id"]
    assert loser["reason"] == "replaced by new"
    assert loser["processing_baseline"] == "02.14"


def test_an_older_version_read_in_place_of_a_broken_one_is_not_superseded_too() -> None:
    old, new = item("old", "02.14"), item("new", "05.00")
    look = look_of(old, new)
    rows = list(
        look_rows(look, [chip(old, DarkEnd(200))], [ReadFailure(new, "ends early", SEEN)], NOW)
    )
    assert [row["item_ids"] for row in rows] == [["old"]]
    assert rows[0]["processing_baseline"] == "02.14"
    assert rows[0]["offset_dn"] == 0


def test_an_item_without_pixels_of_the_site_is_left_out_where_another_has_some() -> None:
    one = item("a", footprint=box(16.0, 45.7, 16.06, 45.8))
    two = item("b", footprint=box(16.05, 45.7, 16.1, 45.8), datastrip_at=NOW)
    look = look_of(one, two)
    chips = [chip(one, DarkEnd(), share=0, files=0), chip(two, DarkEnd(1200), share=0.5)]
    (row,) = look_rows(look, chips, [], NOW)
    assert (row["item_ids"], row["state"], row["coverage_fraction"]) == (["b"], "partial", 0.5)
    (row,) = look_rows(look, chips[:1], [], NOW)
    assert (row["item_ids"], row["state"]) == (["a"], "no_data")


def test_angles_that_came_with_the_pixels_fill_in_for_the_catalogue() -> None:
    bare = item("a")
    (row,) = look_rows(look_of(bare), [chip(bare, DarkEnd(1200))], [], NOW)
    assert (row["sun_elevation_deg"], row["view_zenith_deg"]) == (40, 5)
    told = replace(bare, sun_elevation_deg=55.0, view_zenith_deg=2.0)
    (row,) = look_rows(look_of(told), [chip(told, DarkEnd(1200))], [], NOW)
    assert (row["sun_elevation_deg"], row["view_zenith_deg"]) == (55.0, 2.0)


def test_a_refused_item_is_a_row_of_its_own_month_alone() -> None:
    refused = ItemRefused("bad", "its pixels lie about their size", SEEN)
    row = refused_row(refused, AUGUST, "here")
    assert row is not None
    assert (row["state"], row["item_ids"], row["sensed_at"]) == ("refused", ["bad"], SEEN)
    assert row["reason"] == "its pixels lie about their size"
    assert refused_row(refused, AUGUST.plus(1), "here") is None


@pytest.mark.parametrize("month", [AUGUST, AUGUST.plus(1)])
def test_where_the_time_is_not_known_the_row_says_so(month: Month) -> None:
    row = refused_row(ItemRefused("bad", "it has no datetime"), month, "here")
    assert row is not None
    assert row["sensed_at"] == month.start
    assert "not known" in str(row["reason"])
    assert str(month) in str(row["acquisition_id"])
