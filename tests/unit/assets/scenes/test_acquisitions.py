"""Laws of grouping: what is one look, which version counts, which tiles are needed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from assets.scenes.acquisitions import Acquisition, acquisition_id, group_items
from resources.models import Item

SITE = box(0.4, 0.4, 0.6, 0.6)
EPSG = 32631


def at(hour: int = 10, minute: int = 0, second: int = 0, day: int = 1) -> dt.datetime:
    return dt.datetime(2024, 4, day, hour, minute, second, tzinfo=dt.UTC)


def item(item_id: str, **fields: Any) -> Item:
    values = {
        "collection": "sentinel-2-l2a",
        "source": "here",
        "platform": "sentinel-2a",
        "sensed_at": at(10, 8),
        "datatake_at": at(10, 0),
        "relative_orbit": 8,
        "datastrip_at": at(10, 4),
        "mgrs_tile": "31UAA",
        "epsg": EPSG,
        "footprint": box(0, 0, 1, 1),
        "processing_baseline": "05.09",
        "generated_at": at(15),
        "bands": {},
        "attribution": "",
    }
    return Item(item_id=item_id, **{**values, **fields})


def group(*items: Item) -> tuple[Acquisition, ...]:
    return group_items(items, site_epsg=EPSG, site_area=SITE)


def ids(items: Iterable[Item]) -> list[str]:
    return [one.item_id for one in items]


def test_the_id_is_platform_datatake_and_orbit() -> None:
    assert acquisition_id("sentinel-2b", at(8, 19, 11), 78) == "S2B_20240401T081911_R078"
    assert acquisition_id("sentinel-2c", at(0), None) == "S2C_20240401T000000_R000"


def test_one_product_in_two_collections_is_one_and_the_preferred_one_is_read() -> None:
    name = "S2A_MSIL2A_20240401T100000_N0509_R008_T31UAA_20240401T150000"
    first = item("l2a", product_name=name)
    # the copy tells a later time of generation, by fractions of a second
    second = item(
        "c1", product_name=name, collection="sentinel-2-c1-l2a", generated_at=at(15, 0, 1)
    )
    (look,) = group(second, first)
    assert ids(look.items) == ["l2a"]
    assert [(one.item_id, winner) for one, winner in look.superseded] == [("c1", "l2a")]


def test_a_look_that_is_only_in_the_second_collection_is_used() -> None:
    (look,) = group(item("c1", collection="sentinel-2-c1-l2a"))
    assert ids(look.items) == ["c1"]


def test_the_newest_baseline_wins_even_if_it_was_made_earlier() -> None:
    old = item("old", processing_baseline="02.14", generated_at=at(23), datastrip_at=at(10, 4, 1))
    new = item("new", processing_baseline="05.00", collection="sentinel-2-c1-l2a")
    (look,) = group(old, new)
    assert ids(look.items) == ["new"]
    assert [(one.item_id, winner) for one, winner in look.superseded] == [("old", "new")]


def test_of_twins_the_one_made_last_wins() -> None:
    (look,) = group(item("a", generated_at=at(15, 0, 1)), item("b", generated_at=at(15, 0, 0)))
    assert ids(look.items) == ["a"]


def test_a_copy_of_an_old_product_is_replaced_by_the_new_product_itself() -> None:
    old = {"product_name": "OLD", "processing_baseline": "04.00"}
    (look,) = group(
        item("old-l2a", **old),
        item("old-c1", collection="sentinel-2-c1-l2a", **old),
        item("new", product_name="NEW"),
    )
    assert [(one.item_id, winner) for one, winner in look.superseded] == [
        ("old-c1", "new"),
        ("old-l2a", "new"),
    ]


def test_two_datastrips_of_a_tile_are_halves_and_both_are_read() -> None:
    north = item("north", footprint=box(0, 0.5, 1, 1), datastrip_at=at(9, 55))
    south = item("south", footprint=box(0, 0, 1, 0.52), datastrip_at=at(10, 4))
    (look,) = group(north, south)
    assert ids(look.items) == ["south", "north"]
    assert look.superseded == ()


def test_of_neighbouring_tiles_the_one_in_the_sites_own_crs_is_enough() -> None:
    own = item("own", mgrs_tile="31UZZ")
    other = item("other", mgrs_tile="30UAA", epsg=32630, sensed_at=at(10, 8, 14))
    (look,) = group(other, own)
    assert ids(look.items) == ["own"]


def test_tiles_that_only_show_the_site_together_are_all_read_own_crs_first() -> None:
    west = item("west", mgrs_tile="30UAA", epsg=32630, footprint=box(0, 0, 0.55, 1))
    east = item("east", mgrs_tile="31UZZ", footprint=box(0.5, 0, 1, 1))
    third = item("third", mgrs_tile="30UAB", epsg=32630, footprint=box(0, 0, 0.5, 1))
    (look,) = group(west, third, east)
    assert ids(look.items) == ["east", "west"]


def test_at_the_edge_of_the_swath_one_tile_that_shows_all_that_was_seen_is_enough() -> None:
    first = item("first", mgrs_tile="31UAA", footprint=box(0, 0, 0.5, 1))
    second = item("second", mgrs_tile="31UAB", footprint=box(0.3, 0, 0.5, 1))
    (look,) = group(second, first)
    assert ids(look.items) == ["first"]


def test_an_item_beside_the_site_is_no_look_at_it() -> None:
    assert group(item("beside", footprint=box(0, 0, 0.3, 1))) == ()


def test_a_copy_and_older_versions_stand_ready_best_first() -> None:
    old = {"product_name": "OLD", "processing_baseline": "04.00"}
    new = {"product_name": "NEW", "processing_baseline": "05.10"}
    (look,) = group(
        item("old-c1", collection="sentinel-2-c1-l2a", **old),
        item("older", product_name="OLDER", processing_baseline="02.14"),
        item("new-c1", collection="sentinel-2-c1-l2a", **new),
        item("new-l2a", **new),
        item("old-l2a", **old),
    )
    assert ids(look.items) == ["new-l2a"]
    spare = ["new-c1", "old-l2a", "old-c1", "older"]
    assert ids(look.alternatives["new-l2a"]) == spare
    assert sorted(ids(one for one, _ in look.superseded)) == sorted(spare)


def test_a_newer_version_in_the_second_collection_counts_before_an_older_in_the_first() -> None:
    (look,) = group(
        item("l2a", product_name="OLD", processing_baseline="05.09"),
        item("c1", product_name="NEW", processing_baseline="05.11", collection="sentinel-2-c1-l2a"),
    )
    assert ids(look.items) == ["c1"]
    assert ids(look.alternatives["c1"]) == ["l2a"]


def test_a_newer_version_that_shows_less_of_its_datastrip_is_not_filled_with_the_older() -> None:
    (look,) = group(
        item("old", processing_baseline="04.00"), item("new", footprint=box(0, 0, 0.5, 1))
    )
    assert ids(look.items) == ["new"]
    assert ids(look.alternatives["new"]) == ["old"]


def test_a_half_that_was_made_anew_leaves_the_older_other_half_in_use() -> None:
    first = {"footprint": box(0, 0.45, 1, 1), "datastrip_at": at(9, 55)}
    second = {"footprint": box(0, 0, 1, 0.5), "datastrip_at": at(10, 4)}
    (look,) = group(
        item("first-old", processing_baseline="02.14", **first),
        item("second-old", processing_baseline="02.14", **second),
        item("second-new", processing_baseline="05.00", **second),
    )
    assert ids(look.items) == ["second-new", "first-old"]  # the newer first: it wins where both are
    assert look.alternatives["first-old"] == ()
    assert ids(look.alternatives["second-new"]) == ["second-old"]


def test_reprocessing_that_cut_the_pass_otherwise_replaces_what_it_shows() -> None:
    (look,) = group(
        item("old", processing_baseline="02.14", datastrip_at=at(9, 50)),
        item("new-a", footprint=box(0, 0.45, 1, 1), datastrip_at=at(9, 55)),
        item("new-b", footprint=box(0, 0, 1, 0.5), datastrip_at=at(10, 4)),
    )
    assert sorted(ids(look.items)) == ["new-a", "new-b"]
    assert ids(one for one, _ in look.superseded) == ["old"]


@pytest.mark.parametrize(
    ("footprint", "used"), [(box(0, 0, 1, 0.99), ["b"]), (box(0, 0, 1, 0.45), ["a", "b"])]
)
def test_without_datastrips_the_ground_tells_versions_from_halves(
    footprint: BaseGeometry, used: list[str]
) -> None:
    first = item("a", datastrip_at=None, footprint=footprint)
    second = item(
        "b", datastrip_at=None, footprint=box(0, 0.3, 1, 1) if len(used) > 1 else box(0, 0, 1, 1)
    )
    (look,) = group(first, second)
    assert sorted(ids(look.items)) == used


def test_an_item_that_does_not_tell_its_orbit_belongs_to_its_datatake() -> None:
    told = item("told", mgrs_tile="31UAA", footprint=box(0, 0, 0.5, 1))
    untold = item("untold", mgrs_tile="31UAB", relative_orbit=None)
    (look,) = group(untold, told)
    assert look.acquisition_id == "S2A_20240401T100000_R008"
    assert look.relative_orbit == 8


def test_a_pass_over_midnight_is_one_look_of_the_day_that_its_datatake_began() -> None:
    start = at(23, 50)
    (look,) = group(
        item(
            "before",
            datatake_at=start,
            sensed_at=at(23, 59, 55),
            mgrs_tile="31UAA",
            footprint=box(0, 0, 0.5, 1),
        ),
        item("after", datatake_at=start, sensed_at=at(0, 0, 9, day=2), mgrs_tile="31UAB"),
    )
    assert look.acquisition_id == "S2A_20240401T235000_R008"
    assert ids(look.items) == ["after"]


def test_times_that_differ_by_minutes_between_catalogues_are_one_look() -> None:
    (look,) = group(
        item("tile", product_name="P"),
        item("datatake", product_name="P", sensed_at=at(10, 0), collection="sentinel-2-c1-l2a"),
    )
    assert ids(look.items) == ["tile"]


def test_without_datatake_items_within_thirty_seconds_are_one_look() -> None:
    untold = {"datatake_at": None, "relative_orbit": None}
    looks = group(
        item("a", sensed_at=at(10, 8, 0), mgrs_tile="31UAA", footprint=box(0, 0, 0.5, 1), **untold),
        item("b", sensed_at=at(10, 8, 15), mgrs_tile="31UAB", **untold),
        item("c", sensed_at=at(10, 9, 0), **untold),
        item("d", sensed_at=at(10, 8, 0, day=2), **untold),
    )
    assert [look.acquisition_id for look in looks] == [
        "S2A_20240401T100800_R000",
        "S2A_20240401T100900_R000",
        "S2A_20240402T100800_R000",
    ]
    assert ids(looks[0].items) == ["b"]


@pytest.mark.parametrize(
    "other", [{"platform": "sentinel-2b"}, {"relative_orbit": 9}, {"datatake_at": at(9, 59)}]
)
def test_another_platform_orbit_or_datatake_is_another_look(other: dict[str, Any]) -> None:
    assert len({look.acquisition_id for look in group(item("a"), item("b", **other))}) == 2


some_items = st.lists(
    st.builds(
        lambda **fields: fields,
        collection=st.sampled_from(["sentinel-2-l2a", "sentinel-2-c1-l2a"]),
        platform=st.sampled_from(["sentinel-2a", "sentinel-2b"]),
        relative_orbit=st.sampled_from([None, 8]),
        datatake_at=st.sampled_from([None, at(10, 0), at(10, 8)]),
        sensed_at=st.sampled_from([at(10, 8), at(10, 8, 20), at(10, 8, 45)]),
        datastrip_at=st.sampled_from([None, at(10, 4), at(10, 4, 3), at(10, 4, 7)]),
        mgrs_tile=st.sampled_from([None, "31UAA", "30UAA"]),
        epsg=st.sampled_from([32630, 32631]),
        processing_baseline=st.sampled_from([None, "02.14", "05.00"]),
        generated_at=st.sampled_from([None, at(15), at(16)]),
        product_name=st.sampled_from([None, "P1", "P2"]),
        footprint=st.sampled_from([box(0, 0, 1, 1), box(0, 0, 0.5, 1), box(0.5, 0, 1, 1)]),
    ),
    min_size=1,
    max_size=7,
).map(lambda rows: [item(f"i{number}", **fields) for number, fields in enumerate(rows)])


@settings(deadline=None, max_examples=60)
@given(some_items, st.randoms())
def test_the_order_of_items_changes_nothing(items: list[Item], random: Random) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)
    assert group(*shuffled) == group(*items)


@settings(deadline=None, max_examples=60)
@given(some_items)
def test_ids_are_unique_and_each_look_names_its_items_once(items: list[Item]) -> None:
    looks = group(*items)
    assert len({look.acquisition_id for look in looks}) == len(looks)
    named = [one for look in looks for one in look.items]
    named += [one for look in looks for one, _ in look.superseded]
    assert len({one.item_id for one in named}) == len(named)
    for look in looks:
        assert {winner for _, winner in look.superseded} <= set(ids(look.items))
        assert set(look.alternatives) == set(ids(look.items))
        spare = [(one, used) for used, others in look.alternatives.items() for one in others]
        assert sorted(spare, key=str) == sorted(look.superseded, key=str)
        ground = [one.footprint for one in items if one.platform == look.platform]
        assert any(one.footprint in ground for one in look.items)


@settings(deadline=None, max_examples=30)
@given(some_items)
def test_listing_an_item_twice_changes_nothing(items: list[Item]) -> None:
    assert group(*items, replace(items[0])) == group(*items)
