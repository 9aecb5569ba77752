"""Every real item of the recorded catalogues: identity, version, offset and verdict, then looks."""

import copy
import csv
import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from places import DATA
from shapely.geometry import box, mapping, shape

from assets.scenes.acquisitions import acquisition_id, group_items
from resources.errors import ItemRefused
from resources.models import Item
from resources.sources.sentinel_hub.items import parse_features
from resources.sources.stac.items import parse_item
from resources.sources.stac.products import parse_product_name, relative_orbit_in

pytestmark = pytest.mark.shared

TABLE = DATA / "contract_items.csv"
"""What the READMEs of ../shared/contracts state, item by item; made of names and texts alone."""

SPLIT_PAIRS = "same_tile_same_datatake_split_datastrips.item-collection.json"
KHMEIMIM = box(35.942029, 35.38868, 35.95468, 35.413917)
PRODUCT = "S2B_MSIL2A_20250731T130249_N0511_R095_T24MVV_20250731T132745"


def features_in(content: object) -> Iterator[dict[str, Any]]:
    """Every STAC item anywhere in a JSON document."""
    if isinstance(content, dict) and content.get("type") == "Feature":
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from features_in(part)


def files_of(shared: Path) -> list[Path]:
    """The recorded answers, without the specification of an API, which has examples."""
    files = sorted((shared / "contracts").glob("0[1-5]*/**/*.json"))
    return [file for file in files if not file.name.startswith("openapi")]


def real_items(file: Path) -> list[dict[str, Any]]:
    """The items of a file, each once; those whose assets were cut get the missing bands back."""
    items = {(raw.get("collection"), raw["id"]): raw for raw in features_in(read_json(file))}
    if file.name == SPLIT_PAIRS:
        for raw in items.values():
            red = raw["assets"]["B04"]
            for key in ("B02", "B03"):
                raw["assets"][key] = {**red, "href": red["href"].replace("B04", key)}
    return list(items.values())


def read_json(file: Path) -> Any:
    return json.loads(file.read_text())


def read(raw: object) -> Item:
    """The item, wherever its files are: what a source lets through is tested elsewhere."""
    return parse_item(raw, "here", lambda href: href)


def name_of(file: Path) -> str:
    is_safe = file.name == "expected_output.json"
    return file.parent.name[-60:] if is_safe else file.name


def described(raw: dict[str, Any]) -> dict[str, str]:
    """An item in the words of the table."""
    try:
        item = read(raw)
    except ItemRefused as refusal:
        return {"verdict": refusal.reason}
    started = item.datatake_at or item.sensed_at
    flag, offset = item.is_offset_applied, item.bands["red"].offset
    return {
        "verdict": "read",
        "acquisition_id": acquisition_id(item.platform, started, item.relative_orbit),
        "tile": str(item.mgrs_tile),
        "baseline": str(item.processing_baseline),
        "generated_at": f"{item.generated_at:%Y-%m-%dT%H:%M:%S}",
        "datastrip_at": f"{item.datastrip_at:%Y%m%dT%H%M%S}" if item.datastrip_at else "",
        "flag": "" if flag is None else str(flag).lower(),
        "declared_offset": "" if offset is None else f"{offset:g}",
    }


def test_every_real_item_gives_the_look_version_offset_and_verdict_that_are_stated(
    shared: Path,
) -> None:
    with TABLE.open(newline="") as lines:
        stated = {
            (row["folder"], row["file"], row["item"], row["collection"]): row
            for row in csv.DictReader(lines)
        }
    for file in files_of(shared):
        for raw in real_items(file):
            folder = file.relative_to(shared / "contracts").parts[0][:2]
            key = folder, name_of(file), raw["id"], raw.get("collection") or ""
            row, found = stated.pop(key), described(raw)
            assert re.search(row["verdict"], found.pop("verdict")), key
            assert found == {name: row[name] for name in found}, key
    assert stated == {}


def test_every_band_of_an_item_declares_the_same_offset_and_no_class_has_one(shared: Path) -> None:
    count = 0
    for file in files_of(shared):
        for raw in real_items(file):
            if described(raw)["verdict"] != "read":
                continue
            bands = read(raw).bands
            measured = {name: band for name, band in bands.items() if len(name) > 2}
            classes = [measured.pop(name) for name in ("scl", "cloud", "snow") if name in bands]
            assert len({band.offset for band in measured.values()}) == 1
            assert {(band.scale, band.offset) for band in classes} <= {(None, None)}
            count += 1
    assert count == 100


def test_cloud_and_snow_are_read_where_a_catalogue_has_them(shared: Path) -> None:
    contracts = shared / "contracts"
    (new,) = real_items(
        contracts / "03-cdse-stac-and-planetary-computer/cdse/search_l2a_N0512_2026.json"
    )
    (old,) = real_items(
        contracts / "03-cdse-stac-and-planetary-computer/cdse/search_l2a_N0500_2020.json"
    )
    assert read(new).bands["cloud"].href.endswith("/QI_DATA/MSK_CLDPRB_20m.jp2")
    assert read(new).bands["snow"].href.endswith("/QI_DATA/MSK_SNWPRB_20m.jp2")
    assert {"cloud", "snow"}.isdisjoint(read(old).bands)
    assert read(new).bands["nir"].href.endswith("_B08_10m.jp2")
    assert read(new).epsg == 32655
    scenes = contracts / "01-earth-search/rustac/c1_13TDE_10_scenes.item-collection.json"
    assert all({"cloud", "snow"} <= set(read(raw).bands) for raw in real_items(scenes))


def test_orbits_worked_out_from_absolute_ones_are_those_of_the_names(shared: Path) -> None:
    checked = set()
    for file in files_of(shared):
        for raw in features_in(read_json(file)):
            text = json.dumps(raw)
            names = [parse_product_name(one) for one in re.findall(r"S2\w_MSIL\w{2}_\w+", text)]
            datatakes = re.findall(r"GS2\w_\d{8}T\d{6}_\d{6}_N\d\d\.\d\d", text)
            for product, datatake in [(p, d) for p in names if p for d in datatakes]:
                orbit = relative_orbit_in(product.platform, datatake, None)
                assert orbit in {None, product.relative_orbit}, datatake
                checked.add((datatake, orbit))
    assert len([orbit for _, orbit in checked if orbit]) >= 40
    assert {datatake[:4] for datatake, orbit in checked if not orbit} == {"GS2C"}


def test_a_time_that_is_only_the_datatakes_start_gives_way_to_the_datastrips(shared: Path) -> None:
    folder = shared / "contracts/03-cdse-stac-and-planetary-computer"
    raws = real_items(folder / "planetary-computer/one_pass_9_tiles_20200606.json")
    assert {raw["properties"]["datetime"][11:19] for raw in raws} == {"08:06:09"}
    assert {read(raw).sensed_at.time() for raw in raws} == {dt.time(8, 30, 47)}
    (later,) = real_items(folder / "cdse/search_l2a_N0512_2026.json")  # its strip began before it
    assert read(later).sensed_at.time() == dt.time(1, 46, 51, 25_000)


def in_tile(raw: dict[str, Any], tile: str, footprint: shapely.Geometry) -> Item:
    """A real item as if of another tile of its pass."""
    own = raw["properties"]["grid:code"].removeprefix("MGRS-")
    moved = json.loads(json.dumps(raw).replace(own, tile))
    moved["geometry"] = mapping(footprint)
    moved["properties"]["proj:epsg"] = 32600 + int(tile[:2])
    return read(moved)


def test_tiles_of_two_utm_zones_over_khmeimim_are_one_look(shared: Path) -> None:
    # no recorded item lies there, so a real pass over two tiles is moved
    contracts = shared / "contracts"
    raws = real_items(contracts / "01-earth-search/eodm/l2a_39Q_3_items.item-collection.json")
    one_pass = [raw for raw in raws if "20230628" in raw["id"]]
    tiles = {
        feature["properties"]["tile"]: shape(feature["geometry"])
        for feature in read_json(contracts / "06-geometry/s2_tiles.subset.geojson")["features"]
    }
    assert len(one_pass) == 2
    pair = [
        in_tile(raw, tile, tiles[tile])
        for raw, tile in zip(one_pass, ("36SYE", "37SBV"), strict=True)
    ]
    assert {item.epsg for item in pair} == {32636, 32637}
    for epsg, tile in ((32636, "36SYE"), (32637, "37SBV")):
        looks = group_items(pair, site_epsg=epsg, site_area=KHMEIMIM)
        assert looks == group_items(pair[::-1], site_epsg=epsg, site_area=KHMEIMIM)
        assert [look.acquisition_id for look in looks] == ["S2A_20230628T070631_R106"]
        assert [item.mgrs_tile for item in looks[0].items] == [tile]


def test_of_nine_tiles_of_one_pass_those_that_a_site_needs_are_one_look(shared: Path) -> None:
    file = "contracts/03-cdse-stac-and-planetary-computer/planetary-computer"
    items = [read(raw) for raw in real_items(shared / file / "one_pass_9_tiles_20200606.json")]
    (look,) = group_items(items, site_epsg=32735, site_area=box(27.4, -10.2, 27.5, -9.9))
    assert look.acquisition_id == "S2B_20200606T080609_R078"
    assert {item.mgrs_tile for item in look.items} == {"35LNK", "35LNJ"}


def test_fourteen_split_pairs_are_fourteen_looks_of_two_halves(shared: Path) -> None:
    file = "contracts/03-cdse-stac-and-planetary-computer/planetary-computer"
    pairs: dict[tuple[str, str], list[Item]] = {}
    for raw in real_items(shared / file / SPLIT_PAIRS):
        item = read(raw)
        pairs.setdefault((str(item.mgrs_tile), str(item.datatake_at)), []).append(item)
    assert len(pairs) == 14
    for halves in pairs.values():
        site = shapely.union_all([half.footprint for half in halves]).envelope
        for order in (halves, halves[::-1]):
            (look,) = group_items(order, site_epsg=halves[0].epsg or 0, site_area=site)
            assert {item.item_id for item in look.items} == {half.item_id for half in halves}
            assert look.superseded == ()
            assert set(look.alternatives.values()) == {()}


def test_halves_stay_two_where_no_datastrip_is_told(shared: Path) -> None:
    file = "contracts/03-cdse-stac-and-planetary-computer/planetary-computer"
    pairs: dict[tuple[str, str], list[Item]] = {}
    for raw in real_items(shared / file / SPLIT_PAIRS):
        item = read(raw)
        same_time = replace(item, datastrip_at=None, sensed_at=item.datatake_at)
        pairs.setdefault((str(item.mgrs_tile), str(item.datatake_at)), []).append(same_time)
    for halves in pairs.values():
        site = shapely.union_all([half.footprint for half in halves]).envelope
        (look,) = group_items(halves, site_epsg=halves[0].epsg or 0, site_area=site)
        assert len(look.items) == 2


def test_of_two_baselines_of_a_product_the_newer_is_read_and_the_older_superseded(
    shared: Path,
) -> None:
    folder = shared / "contracts/04-sentinelhub-api/sentinelhub-py"
    names = ("catalog_responses.cdse.json", "catalog_responses.services.sentinel-hub.com.json")
    raws = [
        raw
        for name in names
        for raw in features_in(read_json(folder / name))
        if parse_product_name(raw["id"])
    ]
    day = dt.datetime(2021, 1, 25, tzinfo=dt.UTC)
    site = box(51.2, 44.5, 51.3, 44.6)
    found = parse_features(raws, "hub", site, start=day, end=day + dt.timedelta(days=1))
    (look,) = group_items(found.items, site_epsg=32639, site_area=site)
    assert look.acquisition_id == "S2A_20210125T073201_R049"
    new = "S2A_MSIL2A_20210125T073201_N0500_R049_T39TWK_20230528T024029"
    old = "S2A_MSIL2A_20210125T073201_N0214_R049_T39TWK_20210125T105105"
    assert [item.item_id for item in look.items] == [new]
    assert [(item.item_id, winner) for item, winner in look.superseded] == [(old, new)]
    assert [item.item_id for item in look.alternatives[new]] == [old]


def test_of_true_twins_one_is_read_and_the_other_superseded(shared: Path) -> None:
    folder = shared / "contracts/05-safe-metadata/stactools-sentinel2"
    twins = []
    for last in "78":
        name = f"S2A_MSIL2A_20230625T234621_N0509_R073_T01WCP_20230626T02215{last}"
        raw = read_json(folder / f"{name}.SAFE/expected_output.json")
        twins.append(read({**raw, "id": name}))  # stactools gives both the same id
    for site in (box(178.9, 66, 179, 66.1), box(-179.2, 66, -179.1, 66.1)):  # of the date line
        look = group_items(twins, site_epsg=32601, site_area=site)[0]
        assert [item.item_id[-1] for item in look.items] == ["8"]
        assert [(i.item_id[-1], winner[-1]) for i, winner in look.superseded] == [("7", "8")]


def as_written_by(raw: dict[str, Any], changes: dict[str, str], **properties: Any) -> Item:
    """A real item of a catalogue as it would write another product."""
    text = json.dumps(raw)
    for old, new in changes.items():
        text = text.replace(old, new)
    written = json.loads(text)
    written["properties"].update(properties)
    return read(written)


def test_one_product_is_one_look_in_every_catalogue_though_their_times_differ(
    shared: Path,
) -> None:
    contracts = shared / "contracts"
    name = "search_paged_three_collections_same_acquisition.exchanges.json"
    recorded = real_items(contracts / "01-earth-search/pystac-client" / name)
    earth = [read(raw) for raw in recorded if PRODUCT in json.dumps(raw) and "L1C" not in raw["id"]]
    folder = contracts / "03-cdse-stac-and-planetary-computer"
    (cdse_raw,) = real_items(folder / "cdse/search_l2a_N0512_2026.json")
    pc_raw = real_items(folder / "planetary-computer/two_items_13TDE.json")[0]
    start = {"datetime": "2025-07-31T13:02:49.024Z"}
    cdse = as_written_by(
        cdse_raw,
        {cdse_raw["id"]: PRODUCT, "55WFR": "24MVV", "sentinel-2c": "sentinel-2b"}
        | {"20260527T014651_008996_N05.12": "20250731T130249_043879_N05.11"}
        | {"_S20260527T014647_N05.12": "_S20250731T130245_N05.11"},
        **{"processing:version": "05.11", "sat:relative_orbit": 95, **start},
    )
    pc = as_written_by(
        pc_raw,
        {pc_raw["properties"]["s2:product_uri"].removesuffix(".SAFE"): PRODUCT}
        | {pc_raw["id"]: PRODUCT.replace("_N0511", ""), "13TDE": "24MVV"}
        | {
            "20240825T173909_039020": "20250731T130249_043879",
            "S20240825T174804": "S20250731T130245",
        },
        **{"sat:relative_orbit": 95, **start},
    )
    hub_raw = {"type": "Feature", "id": f"{PRODUCT}.SAFE", "collection": "sentinel-2-l2a"}
    hub_raw |= {"geometry": mapping(earth[0].footprint)}
    hub_raw |= {"properties": {"datetime": "2025-07-31T13:03:25.899Z"}}
    day = dt.datetime(2025, 7, 31, tzinfo=dt.UTC)
    site = earth[0].footprint.centroid.buffer(0.01)
    hub = parse_features([hub_raw], "hub", site, start=day, end=day + dt.timedelta(days=1)).items
    everywhere = [*earth, replace(cdse, footprint=earth[0].footprint), *hub]
    everywhere.append(replace(pc, footprint=earth[0].footprint))
    assert len(everywhere) == 5
    assert {item.product_name for item in everywhere} == {PRODUCT}
    assert len({item.sensed_at for item in everywhere}) > 1
    for item in everywhere:
        (look,) = group_items([item], site_epsg=32724, site_area=site)
        assert look.acquisition_id == "S2B_20250731T130249_R095"
    (look,) = group_items(earth, site_epsg=32724, site_area=site)
    assert [item.collection for item in look.items] == ["sentinel-2-l2a"]
    (spare,) = look.alternatives[look.items[0].item_id]
    assert spare.collection == "sentinel-2-c1-l2a"


def test_an_item_that_contradicts_its_products_name_is_refused(shared: Path) -> None:
    file = "contracts/01-earth-search/rustac/c1_13TDE_10_scenes.item-collection.json"
    whole = real_items(shared / file)[0]
    for key, value, reason in (
        ("platform", "sentinel-2b", "platform is 'sentinel-2b'"),
        ("sat:relative_orbit", 99, "relative orbit is 99"),
        ("grid:code", "MGRS-13TDF", "tile is '13TDF'"),
        ("s2:processing_baseline", "03.01", "baseline is '03.01'"),
        ("datetime", "2024-05-22T17:53:02Z", "datatake began at 2024-04-22T17:39"),
    ):
        raw = copy.deepcopy(whole)
        raw["properties"][key] = value
        with pytest.raises(ItemRefused, match=reason):
            read(raw)
