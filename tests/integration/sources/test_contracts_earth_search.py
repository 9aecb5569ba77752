"""Recorded answers of Earth Search: what may be read from there.

Identity and version of every item are in `test_contracts_items`, searching in `test_source_search`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box

from assets.scenes.acquisitions import group_items
from resources.errors import ItemRefused
from resources.models import Item
from resources.settings import SourceAccess
from resources.sources.stac.api import StacApi
from resources.sources.stac.items import COLLECTIONS, parse_item
from resources.sources.stac.services import earth_search_service

ROOT = "https://earth-search.aws.element84.com/v1"

EXPECTED = {
    # file: (items read, reason of those that are refused, how many)
    "collection_404.exchanges.json": (0, "", 0),
    "landing_and_collections.exchanges.json": (0, "", 0),
    "matched_limit1.exchanges.json": (0, "cop-dem-glo-30", 1),
    "search_c1_fields_excluded_next_token.exchanges.json": (0, "excluded", 10),
    "search_paged_three_collections_same_acquisition.exchanges.json": (
        12,
        "Level-1C|sentinel-1",
        8,
    ),
    "search_two_collections_and_empty_page.exchanges.json": (1, "landsat-c2-l2", 1),
    "c1_13TDE_10_scenes.item-collection.json": (10, "", 0),
    "c1_collection.json": (0, "", 0),
    "l1c_search.json": (0, "Level-1C", 1),
    "collections_l2a_l1c.json": (0, "", 0),
    "l2a_39Q_3_items.item-collection.json": (3, "", 0),
    "v0_sentinel-s2-l2a-cogs_item.json": (0, "v0", 1),
    "S2A_12RWT_20240106_0_L2A.json": (0, "upward", 1),  # its addresses are relative
}
"""The other files hold one item each, which is read."""


def features_in(content: object) -> Iterator[dict[str, Any]]:
    """Every STAC item anywhere in a JSON document."""
    if isinstance(content, dict) and content.get("type") == "Feature":
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from features_in(part)


def read(raw: object) -> Item:
    return parse_item(
        raw, "earth-search", StacApi(earth_search_service(ROOT, SourceAccess())).resolve
    )


def items_of(path: Path) -> list[Item]:
    return [read(raw) for raw in features_in(json.loads(path.read_text()))]


@pytest.mark.shared
def test_every_sample_is_read_or_refused_with_a_message_that_says_why(shared: Path) -> None:
    files = sorted((shared / "contracts/01-earth-search").rglob("*.json"))
    assert set(EXPECTED) < {file.name for file in files}
    for file in files:
        items, refusals = [], []
        for raw in features_in(json.loads(file.read_text())):
            try:
                items.append(read(raw))
            except ItemRefused as refusal:
                refusals.append(refusal)
        count, reason, refused = EXPECTED.get(file.name, (1, "", 0))
        assert (len(items), len(refusals)) == (count, refused), (file.name, refusals)
        for refusal in refusals:
            with pytest.raises(ItemRefused, match=reason):
                raise refusal


@pytest.mark.shared
def test_neighbouring_tiles_of_a_real_pass_are_one_look_and_one_is_enough(shared: Path) -> None:
    path = shared / "contracts/01-earth-search/eodm/l2a_39Q_3_items.item-collection.json"
    overlap = box(49.12, 18.4, 49.18, 18.5)
    looks = group_items(items_of(path), site_epsg=32639, site_area=overlap)
    assert [(look.acquisition_id, [item.item_id for item in look.items]) for look in looks] == [
        ("S2B_20230623T070629_R106", ["S2B_39QTA_20230623_0_L2A"]),
        ("S2A_20230628T070631_R106", ["S2A_39QTA_20230628_0_L2A"]),
    ]


@pytest.mark.shared
def test_one_acquisition_in_two_collections_is_grouped_once_and_l2a_is_preferred(
    shared: Path,
) -> None:
    name = "search_paged_three_collections_same_acquisition.exchanges.json"
    recorded = json.loads((shared / "contracts/01-earth-search/pystac-client" / name).read_text())
    found = [read(raw) for raw in features_in(recorded) if raw["collection"] in COLLECTIONS]
    assert {item.collection for item in found} == set(COLLECTIONS)
    tile = [item for item in found if item.mgrs_tile == "24MVV"]
    looks = group_items(tile, site_epsg=32724, site_area=tile[0].footprint.centroid.buffer(0.01))
    assert [look.acquisition_id for look in looks] == ["S2B_20250731T130249_R095"]
    assert [item.item_id for item in looks[0].items] == ["S2B_24MVV_20250731_0_L2A"]
    assert [(item.item_id, winner) for item, winner in looks[0].superseded] == [
        ("S2B_T24MVV_20250731T130245_L2A", "S2B_24MVV_20250731_0_L2A")
    ]
    (spare,) = looks[0].alternatives["S2B_24MVV_20250731_0_L2A"]
    assert spare.item_id == "S2B_T24MVV_20250731T130245_L2A"
