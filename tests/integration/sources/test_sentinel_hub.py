"""Sentinel Hub through the double: looks are those of the product names, pixels the archive's."""

import datetime as dt
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from doubles.sentinel_hub_contract import Contract
from doubles.sentinel_hub_scenes import romania, zagreb
from doubles.sentinel_hub_server import PROCESS, SEARCH, Hub

from assets.scenes.acquisitions import group_items
from resources.costs import Quota
from resources.models import BANDS, Bounds, Item
from resources.source import SearchResult, Source
from resources.sources.sentinel_hub.evalscript import build_evalscript
from resources.sources.sentinel_hub.process import mean_angles
from resources.sources.sentinel_hub.settings import CDSE_QUOTA
from resources.sources.sentinel_hub.source import SentinelHub, open_sentinel_hub

pytestmark = pytest.mark.shared

PLACE = Bounds(22.145, 45.200, 22.159, 45.209)
WEST, NORTH = 5271982.576551932, 2533004.2149151857  # of the archive of romania, EPSG:3035
WHOLE = Bounds(WEST, NORTH - 1000, WEST + 1000, NORTH)
ZAGREB = Bounds(16.0, 45.7, 16.1, 45.8)
FILES = {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08", "nir08": "B8A", "swir16": "B11"}
NAME = re.compile(r"(S2[A-Z])_MSIL2A_(\d{8}T\d{6})_N\d{4}_(R\d{3})_T\w{5}_\d{8}T\d{6}")


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """File of sentinelhub's profiles; nothing of this machine's own is seen."""
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "sentinelhub").mkdir()
    return tmp_path / "sentinelhub" / "config.toml"


@pytest.fixture(scope="module")
def contract(shared: Path) -> Contract:
    return Contract(shared)


@pytest.fixture
def hub(shared: Path, contract: Contract) -> Iterator[Hub]:
    with Hub(contract, [*romania(shared), *zagreb(shared)]) as running:
        yield running
    assert not running.refusals, "the published schema or the script's rules were not met"


@pytest.fixture
def source(hub: Hub, config: Path) -> SentinelHub:
    config.write_text(hub.profile(download_sleep_time=0.01, download_timeout_seconds=20))
    return open_sentinel_hub("sentinelhub:double")


def of_month(source: Source, year: int, month: int, place: Bounds = PLACE) -> SearchResult:
    return source.search(place, utc(year, month, 1), utc(year, month + 1, 1))


def on(source: Source, day: dt.date, place: Bounds = PLACE) -> Item:
    start = utc(day.year, day.month, day.day)
    (item,) = source.search(place, start, start + dt.timedelta(days=1)).items
    return item


def archived(shared: Path, site: str, day: dt.date, name: str) -> np.ndarray:
    (path,) = (shared / f"real/{site}/archive").glob(f"*_{day:%Y%m%d}_0_L2A/{name}.tif")
    with rasterio.open(path) as file:
        return file.read(1).astype(int)


def enlarged(pixels: np.ndarray, times: int) -> np.ndarray:
    return np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)


@pytest.mark.parametrize("has_suffix", [True, False])
def test_a_look_is_named_by_its_product_whatever_the_catalogue_calls_it(hub, source, has_suffix):
    hub.has_suffix = has_suffix
    found = source.search(PLACE, utc(2017, 1, 1), utc(2018, 1, 1)).items
    assert len(found) == len([one for one in hub.scenes if one.sensed_at.year == 2017]) > 10
    looks = group_items(
        found,
        site_epsg=3035,
        site_area=shapely.box(PLACE.west, PLACE.south, PLACE.east, PLACE.north),
    )
    expected = {"_".join(NAME.fullmatch(item.item_id).groups()) for item in found}
    assert {look.acquisition_id for look in looks} == expected
    assert all(item.datatake_at < item.sensed_at for item in found)
    assert {item.processing_baseline for item in found} == {"02.04"}
    assert {item.source for item in found} == {"sentinelhub"}


@pytest.mark.parametrize("day", [dt.date(2016, 12, 3), dt.date(2017, 4, 2), dt.date(2018, 8, 15)])
def test_pixels_of_an_old_baseline_are_those_of_the_archive(shared, source, day):
    reading = source.read(on(source, day), BANDS, WHOLE, 3035)
    assert (reading.requests, set(reading.rasters)) == (1, set(BANDS))
    for band, name in FILES.items():
        stored = archived(shared, "romania", day, name)
        stored = enlarged(stored, 100 // len(stored))
        raster = reading.rasters[band]
        assert (raster.epsg, raster.transform.c, raster.transform.f) == (3035, WEST, NORTH)
        numbers = raster.pixels.astype(int)
        assert raster.pixels.dtype == np.uint16
        assert (numbers[stored > 0] - 1000 == stored[stored > 0]).all()
    classes = enlarged(archived(shared, "romania", day, "SCL"), 2)
    seen = reading.rasters["red"].pixels > 0
    assert seen.mean() > 0.9
    assert (reading.rasters["scl"].pixels == np.where(seen, classes, 0)).all()
    assert (reading.rasters["snow"].pixels[seen] == np.where(classes == 11, 99, 1)[seen]).all()
    assert reading.rasters["cloud"].pixels.max() <= 100


@pytest.mark.parametrize("darker", [0, 400])
def test_negative_reflectance_of_a_new_baseline_survives(shared, hub, source, darker):
    day = dt.date(2023, 8, 15)
    hub.scenes = [replace(scene, darker=darker) for scene in zagreb(shared)]
    west, north = 559_980 + 60 * 120, 5_088_120 - 90 * 120
    box = Bounds(west, north - 960, west + 1200, north)
    reading = source.read(on(source, day, ZAGREB), BANDS, box, 32633)
    for band in ("blue", "green", "red", "nir"):
        stored = archived(shared, "zagreb", day, FILES[band])[90:98, 60:70]
        reflectance = reading.rasters[band].pixels.astype(int) - 1000
        assert (reflectance == enlarged(stored - darker, 12)).all()
    darkest = min(int(raster.pixels.min()) for raster in list(reading.rasters.values())[:4])
    assert (darkest < 1000) == (darker > 0)
    assert reading.angles.sun_elevation_deg == pytest.approx(55.76, abs=0.01)
    assert reading.angles.sun_azimuth_deg == pytest.approx(151.83, abs=0.01)
    assert reading.angles.view_zenith_deg == pytest.approx(7.5, abs=0.01)
    assert reading.angles.view_azimuth_deg == pytest.approx(289.25, abs=0.01)


def test_values_are_asked_for_unharmonised_as_reflectance_at_the_time_of_the_pass(hub, source):
    item = on(source, dt.date(2017, 4, 2))
    reading = source.read(item, BANDS, WHOLE, 3035)
    (asked,) = hub.asked[PROCESS]
    (data,) = asked["input"]["data"]
    assert data["processing"] == {
        "harmonizeValues": False,
        "upsampling": "NEAREST",
        "downsampling": "NEAREST",
    }
    span = [
        dt.datetime.fromisoformat(data["dataFilter"]["timeRange"][end]) for end in ("from", "to")
    ]
    assert span[0] < item.sensed_at < span[1]
    assert span[1] - span[0] < dt.timedelta(seconds=30)
    units = re.search(r"units: (\[.*\])", asked["evalscript"])[1]
    assert json.loads(units)[:7] == ["REFLECTANCE"] * 7
    assert set(reading.versions) == set(BANDS)
    assert all("harmonizeValues=false;evalscript=" in text for text in reading.versions.values())
    assert (item.offset_dn_asked, item.bands["red"].offset, item.bands["scl"].offset) == (
        -1000,
        -0.1,
        None,
    )


def test_only_wanted_bands_are_asked_for_and_the_record_tells_the_scripts_apart(hub, source):
    item = on(source, dt.date(2017, 4, 2))
    box = Bounds(WEST, NORTH - 100, WEST + 100, NORTH)
    two = source.read(item, ["red", "scl"], box, 3035)
    assert list(two.rasters) == ["red", "scl"]
    asked = hub.asked[PROCESS][0]["evalscript"]
    assert '"B04", "SCL"' in asked
    assert '"B02"' not in asked
    one = source.read(item, ["red"], box, 3035)
    assert one.versions["red"] != two.versions["red"]


def test_a_window_too_large_for_one_request_is_cut_on_the_pixel_grid(shared, hub, source):
    day = dt.date(2017, 4, 2)
    box = Bounds(WEST - 16_000, NORTH - 40, WEST + 10_000, NORTH)  # 2600 px wide, 4 high
    item = on(source, day)
    reading = source.read(item, ["red", "swir16", "scl"], box, 3035)
    boxes = [asked["input"]["bounds"]["bbox"] for asked in hub.asked[PROCESS]]
    assert (len(boxes), reading.requests) == (2, 2)
    assert boxes[0][2] == boxes[1][0]
    red = reading.rasters["red"].pixels.astype(int)
    assert red.shape == (4, 2600)
    stored = archived(shared, "romania", day, "B04")[:4]
    assert (red[:, 1600:1700] - 1000 == stored).all()
    assert not red[:, :1600].any()
    assert not red[:, 1700:].any()
    infrared = enlarged(archived(shared, "romania", day, "B11"), 2)[:4]
    assert (reading.rasters["swir16"].pixels[:, 1600:1700].astype(int) - 1000 == infrared).all()


def test_the_estimate_is_what_the_service_then_charges(hub, source):
    items = of_month(source, 2017, 4).items
    box = Bounds(WEST, NORTH - 300, WEST + 400, NORTH)
    cost = source.cost(items, box, 3035)
    readings = [source.read(item, BANDS, box, 3035) for item in items]
    assert len(items) > 1
    assert cost.requests == sum(reading.requests for reading in readings)
    assert cost.processing_units == pytest.approx(hub.units)
    assert 0 < sum(reading.bytes_read for reading in readings) <= cost.bytes


def test_tiles_and_baselines_of_one_pass_are_one_look_and_one_request(shared, hub, source):
    """Four features: two tiles, each in an old and a new baseline; pixels asked for once."""
    (new,) = [one for one in zagreb(shared) if one.sensed_at.day == 15]
    neighbour = new.named(tile="T33TWM")
    old = [one.named(baseline="N0400", discriminator="20230815T120000") for one in (new, neighbour)]
    for scenes in itertools.permutations([new, neighbour, *old]):
        hub.scenes = list(scenes)
        found = of_month(source, 2023, 8, ZAGREB).items
        assert [item.processing_baseline for item in found] == ["04.00", "05.09"]
    area = shapely.box(ZAGREB.west, ZAGREB.south, ZAGREB.east, ZAGREB.north)
    (look,) = group_items(found, site_epsg=32633, site_area=area)
    assert look.acquisition_id == "S2A_20230815T095031_R079"
    assert [item.item_id for item in look.items] == [new.product]
    assert [(item.item_id, winner) for item, winner in look.superseded] == [
        (old[0].product, new.product)
    ]


def test_the_tile_that_shows_most_gives_its_name_to_the_pass(shared, hub, source):
    (new,) = [one for one in zagreb(shared) if one.sensed_at.day == 15]
    corner = shapely.geometry.mapping(shapely.box(15.95, 45.65, 16.02, 45.72))
    small = replace(new.named(tile="T33TAA"), geometry=json.loads(json.dumps(corner)))
    later = replace(new.named(tile="T33TZZ"), sensed_at=new.sensed_at + dt.timedelta(seconds=12))
    hub.scenes = [small, later, new]
    (item,) = of_month(source, 2023, 8, ZAGREB).items
    assert item.mgrs_tile == "33TWL"
    assert item.sensed_at == new.sensed_at
    source.read(item, ["red"], Bounds(568_000, 5_064_000, 568_100, 5_064_100), 32633)
    span = hub.asked[PROCESS][0]["input"]["data"][0]["dataFilter"]["timeRange"]
    assert dt.datetime.fromisoformat(span["to"]) > later.sensed_at


def test_a_baseline_that_lacks_a_tile_is_still_told_to_be_a_version(shared, hub, source):
    """Both show the whole site, but the new baseline has not the tile that is first by name."""
    (whole,) = [one for one in zagreb(shared) if one.sensed_at.day == 15]
    neighbour = whole.named(tile="T33TWM")
    old = {"baseline": "N0400", "discriminator": "20230815T120000"}
    hub.scenes = [whole.named(**old), neighbour.named(**old), neighbour]
    found = of_month(source, 2023, 8, ZAGREB).items
    assert [item.mgrs_tile for item in found] == ["33TWM", "33TWM"]
    area = shapely.box(ZAGREB.west, ZAGREB.south, ZAGREB.east, ZAGREB.north)
    (look,) = group_items(found, site_epsg=32633, site_area=area)
    assert ([item.item_id for item in look.items], len(look.superseded)) == ([neighbour.product], 1)


@pytest.mark.parametrize("is_last_page_empty", [True, False])
def test_every_page_is_read_also_where_the_last_is_empty(hub, source, is_last_page_empty):
    whole = source.search(PLACE, utc(2017, 1, 1), utc(2018, 1, 1)).items
    hub.page_items, hub.is_last_page_empty = 7, is_last_page_empty
    hub.asked[SEARCH].clear()
    assert source.search(PLACE, utc(2017, 1, 1), utc(2018, 1, 1)).items == whole
    assert [asked.get("next") for asked in hub.asked[SEARCH][:3]] == [None, 7, 14]


def test_a_server_that_ignores_box_and_time_changes_nothing(hub, source):
    whole = of_month(source, 2017, 4)
    elsewhere = shapely.geometry.mapping(shapely.box(10, 50, 11, 51))
    (one,) = [scene for scene in hub.scenes if scene.sensed_at.date() == dt.date(2017, 4, 2)]
    hub.scenes.append(replace(one.named(tile="T32UPA"), geometry=elsewhere))
    hub.is_filtering = False
    assert of_month(source, 2017, 4) == whole
    assert len(whole.items) == 2


def test_a_pass_over_midnight_is_an_item_of_one_month_with_all_its_tiles(shared, hub, source):
    (new,) = [one for one in zagreb(shared) if one.sensed_at.day == 15]
    before = replace(new, sensed_at=utc(2023, 8, 31, 23, 59, 55))
    after = replace(new.named(tile="T33TWM"), sensed_at=utc(2023, 9, 1, 0, 0, 7))
    hub.scenes = [before, after]
    (item,) = of_month(source, 2023, 8, ZAGREB).items
    assert item.bands["red"].href.endswith("2023-09-01T00:00:12+00:00")
    assert of_month(source, 2023, 9, ZAGREB).items == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "S2A_OPER_PRD_MSIL1C_PDMC_20160103T202342"}, "must be the name of a"),
        ({"id": "../../etc/passwd"}, "must be the name of a"),
        ({"id": 7}, "must be the name of a"),
        ({"id": "S2A_MSIL1C_20170402T092031_N0204_R093_T34TFQ_20170402T093210"}, "Level-1C"),
        ({"id": "S2A_MSIL2A_20170402T092031_N0204_R944_T34TFQ_20170402T093210"}, "orbit"),
        ({"id": "S2A_MSIL2A_20179402T092031_N0204_R093_T34TFQ_20170402T093210"}, ""),
        ({"geometry": None}, "geometry"),
        ({"geometry": {"type": "MultiPolygon", "coordinates": [[[[1e99, 0]]]]}}, ""),
        ({"properties": {"datetime": "now"}}, "datetime"),
        ({"properties": []}, "properties"),
    ],
)
def test_a_feature_that_makes_no_sense_is_refused_and_the_rest_goes_on(hub, source, change, reason):
    feature = hub.scenes[50].feature(hub.url, with_suffix=True)
    hub.extra_features = [{**feature, **change}, "no feature", None]
    found = of_month(source, 2017, 4)
    assert len(found.items) == 2
    (refused,) = found.refused
    assert reason in refused.reason
    assert "/" not in refused.item_id


def test_azimuths_are_averaged_as_directions():
    stack = np.full((6, 1, 2), 3000, np.uint16)
    stack[1] = [[35_900, 100]]  # sun at 359 and 1 degrees
    stack[-1] = 1
    assert mean_angles(stack, ["red"]).sun_azimuth_deg == pytest.approx(0, abs=1e-6)
    stack[2] = 65535  # no sun zenith told
    assert mean_angles(stack, ["red"]) is None


def test_where_nothing_was_seen_every_number_is_zero_and_angles_are_not_told(source):
    item = on(source, dt.date(2017, 4, 2))
    away = Bounds(WEST + 5000, NORTH - 100, WEST + 5100, NORTH)
    reading = source.read(item, BANDS, away, 3035)
    assert all(not raster.pixels.any() for raster in reading.rasters.values())
    assert reading.angles is None


def test_the_source_says_what_it_is(source):
    assert source.read_overview(None, "red") is None
    assert source.lattice(32635, PLACE) == (0.0, 0.0)
    assert (source.name, source.quota) == ("sentinelhub", None)


def test_the_double_lists_what_the_recorded_answers_have(shared, hub):
    recorded = shared / "contracts/04-sentinelhub-api/sentinelhub-py/catalog_responses.cdse.json"
    (real,) = [
        answer["result"]
        for answer in json.loads(recorded.read_text())
        if "get_feature" in answer["code"]
    ]
    ours = hub.scenes[0].feature(hub.url, with_suffix=True)
    assert hub.contract.faults_of_feature(ours) == []
    assert set(ours) == set(real)
    assert set(ours["properties"]) <= set(real["properties"])
    assert ours["geometry"]["type"] == real["geometry"]["type"]
    assert NAME.fullmatch(real["id"].removesuffix(".SAFE"))


def test_scripts_for_other_bands_have_other_text():
    texts = {build_evalscript(bands) for count in (1, 4, 10) for bands in [BANDS[:count]]}
    assert len(texts) == 3
    assert all(text.startswith("//VERSION=3\n") for text in texts)


def test_quotas_are_those_published():
    assert Quota(CDSE_QUOTA.name, 10_000, 10_000, None) == CDSE_QUOTA
