"""The same scenes from a folder, a STAC API with files over HTTP, and a bucket on a real S3 server.

Bit for bit the same pixels and chips; and the Copernicus Data Space's catalogue with its pixels in
JPEG 2000. The servers are made once for this file.
"""

import copy
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from servers.handlers import Quiet, running
from servers.ranges import FolderServer, serve_folder
from servers.seaweed import S3Server, serve_s3
from servers.stac_api import serve_items

from assets.scenes.offsets import decide_offset
from resources.archive.chips import store_chip
from resources.archive.store import FolderArchive
from resources.errors import CatalogError, SceneUnreadable
from resources.http.documents import FetchAllowlist
from resources.models import BANDS, Bounds, Item, ItemReading
from resources.settings import SourceAccess
from resources.source import Source
from resources.sources.open import open_source
from resources.sources.stac import bucket, bucket_keys
from resources.sources.stac.api import StacApi
from resources.sources.stac.services import cdse_service

pytestmark = pytest.mark.shared

ALWAYS = dt.datetime(2015, 7, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
WORLD = Bounds(-180, -90, 180, 90)
SITES = {
    "romania": (Bounds(22.148, 45.201, 22.156, 45.208), 3035),
    "zagreb": (Bounds(16.0, 45.7, 16.1, 45.8), 32633),
}
BOXES = {
    "romania": Bounds(5272102.6, 2532200.1, 5272590.0, 2532777.7),
    "zagreb": Bounds(570001.0, 5070002.0, 579990.0, 5079999.0),
}
BUCKET = "scenes"


# --- the servers


@pytest.fixture(scope="module")
def files(shared: Path) -> Iterator[FolderServer]:
    """The real archives over HTTP with ranges."""
    with serve_folder(shared / "real") as server:
        yield server


@pytest.fixture(scope="module")
def api(shared: Path, files: FolderServer) -> Iterator[str]:
    """A STAC API that holds the items of both archives, their files on the other server."""
    items = []
    for site in SITES:
        for path in sorted((shared / "real" / site / "archive").glob("*/item.json")):
            item = json.loads(path.read_text())
            folder = path.parent.relative_to(shared / "real").as_posix()
            for asset in item["assets"].values():
                asset["href"] = f"{files.url}/{folder}/{asset['href'].removeprefix('./')}"
            items.append({**item, "links": []})
    with serve_items(items) as url:
        yield url


@pytest.fixture
def over_http(api: str, files: FolderServer) -> Source:
    """That API, with what lets it send to the other server."""
    hosts = frozenset({files.url.removeprefix("http://")})
    return open_source(api, SourceAccess(asset_hosts=hosts))


@pytest.fixture(scope="module")
def s3(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 server with both archives in a bucket, and an empty one."""
    with serve_s3(BUCKET, "eodata") as server:
        for site in SITES:
            server.upload(shared / "real" / site / "archive", BUCKET, f"real/{site}/")
        yield server


@pytest.fixture
def access(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> SourceAccess:
    """What an operator would set to read from that server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret)
    return SourceAccess(s3_endpoint=s3.endpoint, s3_region=s3.region)


# --- three ways to the same pixels


def items_of(source: Source, site: str) -> list[Item]:
    """The items of a site, by id."""
    found = source.search(SITES[site][0], *ALWAYS)
    assert found.refused == ()
    return list(found.items)


def read(source: Source, site: str, item: Item) -> ItemReading:
    return source.read(item, BANDS, BOXES[site], SITES[site][1])


def assert_same(first: ItemReading, second: ItemReading) -> None:
    assert list(first.rasters) == list(second.rasters)
    for band, raster in first.rasters.items():
        other = second.rasters[band]
        np.testing.assert_array_equal(raster.pixels, other.pixels)
        assert raster.pixels.dtype == other.pixels.dtype
        assert raster.transform == other.transform
        assert (raster.epsg, raster.nodata) == (other.epsg, other.nodata)


def chip(folder: Path, reading: ItemReading) -> list[str]:
    """Names of the files of a chip, which are those of their content."""
    files = store_chip(FolderArchive(folder), "site/chip", reading.rasters, note="test")
    return [f"{file.key} {file.sha256}" for file in files]


@pytest.mark.parametrize(("site", "count", "bands"), [("romania", 140, 7), ("zagreb", 5, 5)])
def test_an_api_over_http_and_a_bucket_give_the_folders_chips_bit_for_bit(
    shared: Path,
    over_http: Source,
    access: SourceAccess,
    tmp_path: Path,
    site: str,
    count: int,
    bands: int,
) -> None:
    folder = open_source(str(shared / "real" / site / "archive"))
    bucket = open_source(f"s3://{BUCKET}/real/{site}", access)
    assert over_http.name == "127.0.0.1"
    assert bucket.name == folder.name.replace("stac-folder:", "stac-bucket:")
    area, epsg = SITES[site]
    assert bucket.lattice(epsg, area) == folder.lattice(epsg, area)
    local, remote, stored = (items_of(source, site) for source in (folder, over_http, bucket))
    assert len(local) == count
    assert [item.item_id for item in remote] == [item.item_id for item in local]
    assert [item.item_id for item in stored] == [item.item_id for item in local]
    for item, *others in zip(local, remote, stored, strict=True):
        expected = read(folder, site, item)
        assert len(expected.rasters) == bands
        for source, other in zip((over_http, bucket), others, strict=True):
            found = read(source, site, other)
            assert_same(expected, found)
            assert decide_offset(other) == decide_offset(item)
            assert bands <= found.requests <= 2 * bands
            assert found.bytes_read > 0
            assert set(found.versions) == set(found.rasters)
    for source, other in zip((over_http, bucket), others, strict=True):
        assert chip(tmp_path, read(source, site, other)) == chip(tmp_path, expected)


def test_overviews_are_the_same_over_http_and_in_a_bucket(
    shared: Path, over_http: Source, access: SourceAccess
) -> None:
    folder = open_source(str(shared / "real/zagreb/archive"))
    others = over_http, open_source(f"s3://{BUCKET}/real/zagreb", access)
    expected = folder.read_overview(items_of(folder, "zagreb")[0], "blue")
    assert expected is not None
    for source in others:
        found = source.read_overview(items_of(source, "zagreb")[0], "blue")
        assert found is not None
        np.testing.assert_array_equal(found.pixels, expected.pixels)
        assert (found.transform, found.epsg) == (expected.transform, expected.epsg)
        assert source.read_overview(items_of(source, "zagreb")[0], "swir22") is None


def test_an_api_is_searched_page_by_page_in_time_and_place(over_http: Source) -> None:
    source = over_http
    everything = source.search(WORLD, *ALWAYS)
    assert (len(everything.items), everything.refused) == (145, ())  # in two pages
    april = dt.datetime(2017, 4, 1, tzinfo=dt.UTC), dt.datetime(2017, 5, 1, tzinfo=dt.UTC)
    days = [f"{item.sensed_at:%m-%d}" for item in source.search(SITES["romania"][0], *april).items]
    assert days == ["04-02", "04-12"]
    assert source.search(SITES["zagreb"][0], *april).items == ()


def test_files_on_another_port_of_this_machine_are_read_only_where_the_operator_names_it(
    api: str, files: FolderServer
) -> None:
    found = open_source(api, SourceAccess()).search(SITES["zagreb"][0], *ALWAYS)
    assert found.items == ()
    assert len(found.refused) == 5
    assert f"port {files.url.rpartition(':')[2]} " in found.refused[0].reason


# --- a catalogue in a bucket


def put_catalogue(s3: S3Server, prefix: str, *, href: str = "blue.tif", **links: str) -> None:
    """A catalogue of one item whose files hold no pixels; `href` is that of its blue band."""
    keys = ("blue", "green", "red", "nir", "scl")
    item = {
        "type": "Feature",
        "id": "S2A_one",
        "collection": "sentinel-2-l2a",
        "geometry": {"type": "Polygon", "coordinates": [[[15, 45], [16, 45], [16, 46], [15, 45]]]},
        "properties": {"datetime": "2023-08-15T09:58:11Z", "platform": "sentinel-2a"},
        "assets": {key: {"href": href if key == "blue" else f"{key}.tif"} for key in keys},
    }
    shown = [{"rel": rel, "href": link} for rel, link in {"item": "a/item.json", **links}.items()]
    client = s3.client
    files = {"catalog.json": {"id": "made-here", "links": shown}, "a/item.json": item}
    files |= {f"a/{key}.tif": "no pixels" for key in keys}
    for name, content in files.items():
        client.put_object(Bucket=BUCKET, Key=f"{prefix}/{name}", Body=json.dumps(content))


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("../../real/zagreb/S2A_33TWL_20230815_0_L2A/B02.tif", "leads out"),
        ("/real/zagreb/S2A_33TWL_20230815_0_L2A/B02.tif", "relative path"),
        (f"s3://{BUCKET}/real/zagreb/S2A_33TWL_20230815_0_L2A/B02.tif", "relative path"),
        ("https://example.org/B02.tif", "relative path"),
        ("file:///etc/passwd", "relative path"),
        ("..\\blue.tif", "relative path"),
        ("absent.tif", "missing"),
    ],
)
def test_an_asset_outside_the_prefix_is_never_asked_for(
    s3: S3Server, access: SourceAccess, href: str, reason: str
) -> None:
    put_catalogue(s3, "hostile", href=href)
    found = open_source(f"s3://{BUCKET}/hostile", access).search(WORLD, *ALWAYS)
    assert found.items == ()
    (refusal,) = found.refused
    assert f"blue {'is missing' if reason == 'missing' else ''}" in refusal.reason
    assert reason in refusal.reason


def test_a_changed_item_is_read_again_and_a_removed_one_is_refused(
    s3: S3Server, access: SourceAccess
) -> None:
    put_catalogue(s3, "changing")
    source = open_source(f"s3://{BUCKET}/changing/catalog.json", access)
    (item,) = source.search(WORLD, *ALWAYS).items
    with pytest.raises(SceneUnreadable, match=r"S2A_one, band \w+: expected GeoTIFF"):
        source.read(item, BANDS, BOXES["zagreb"], 32633)
    client, key = s3.client, "changing/a/item.json"
    text = client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    client.put_object(Bucket=BUCKET, Key=key, Body=text.replace("2023-08-15", "2031-08-15"))
    assert source.search(WORLD, *ALWAYS).items == ()
    client.delete_object(Bucket=BUCKET, Key=key)
    (refusal,) = source.search(WORLD, *ALWAYS).refused
    assert "missing" in refusal.reason


def test_an_item_that_was_refused_is_fetched_again_only_when_the_bucket_has_changed(
    s3: S3Server, access: SourceAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_catalogue(s3, "refused", href="absent.tif")
    source = open_source(f"s3://{BUCKET}/refused", access)
    fetched: list[str] = []
    fetch = bucket.fetch_bytes

    def counted(reach: FetchAllowlist, href: str, *, limit: int) -> tuple[bytes, str | None]:
        fetched.append(href.rpartition("/")[2])
        return fetch(reach, href, limit=limit)

    monkeypatch.setattr(bucket, "fetch_bytes", counted)
    for _ in range(3):
        assert len(source.search(WORLD, *ALWAYS).refused) == 1
    assert fetched.count("item.json") == 1
    s3.client.put_object(Bucket=BUCKET, Key="refused/a/absent.tif", Body=b"no pixels")
    assert len(source.search(WORLD, *ALWAYS).items) == 1
    assert fetched.count("item.json") == 2


def test_the_lattice_of_jpeg_2000_in_a_bucket_is_that_of_its_files(
    s3: S3Server, access: SourceAccess, tmp_path: Path
) -> None:
    put_catalogue(s3, "cut")
    place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 560_003, 0, -10, 5_050_007)}
    with rasterio.open(
        tmp_path / "blue.jp2",
        "w",
        driver="JP2OpenJPEG",
        width=2000,
        height=2000,
        count=1,
        dtype="uint16",
        **place,
    ) as file:
        file.write(np.ones((2000, 2000), np.uint16), 1)
    (tmp_path / "blue.jp2").rename(tmp_path / "blue.tif")
    s3.upload(tmp_path, BUCKET, "cut/a/")
    source = open_source(f"s3://{BUCKET}/cut", access)
    (item,) = source.search(WORLD, *ALWAYS).items
    assert source.read_overview(item, "blue") is None
    x, y = source.lattice(32633, Bounds(15.8, 45.5, 15.9, 45.6))
    assert (x % 10, y % 10) == (3, 7)


def test_no_proxy_of_the_environment_is_used_for_a_bucket(
    access: SourceAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nothing listens
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert open_source(f"s3://{BUCKET}/real/zagreb", access).name.startswith("stac-bucket:")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (f"s3://{BUCKET}/nothing-here", "has no catalog.json"),
        (f"s3://{BUCKET}", "has no catalog.json"),
        ("s3://absent-bucket/real/zagreb", "cannot be listed.*NoSuchBucket"),
    ],
)
def test_a_bucket_without_a_catalogue_is_one_clear_error(
    access: SourceAccess, location: str, reason: str
) -> None:
    with pytest.raises(CatalogError, match=reason):
        open_source(location, access)


def test_wrong_keys_are_one_clear_error_without_the_secret(
    access: SourceAccess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    with pytest.raises(CatalogError, match="cannot be listed") as error:
        open_source(f"s3://{BUCKET}/real/zagreb", access)
    assert "another-secret" not in str(error.value) + caplog.text


@contextmanager
def listing_without_end() -> Iterator[str]:
    """An S3 server whose listings are empty and never the last."""

    class Handler(Quiet):
        pages = 0

        def do_GET(self) -> None:
            type(self).pages += 1
            body = (
                '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>'
                f"true</IsTruncated><NextContinuationToken>{self.pages}</NextContinuationToken>"
                "</ListBucketResult>"
            )
            self.give(body.encode())

    with running(Handler) as url:
        yield url


def test_a_listing_without_end_is_left(
    access: SourceAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_keys, "LISTING_S", 0.3)
    with listing_without_end() as endpoint:
        endless = replace(access, s3_endpoint=endpoint)
        with pytest.raises(CatalogError, match="not listed within"):
            open_source("s3://endless/folder", endless)


# --- the Copernicus Data Space

KEYS_OF_BANDS = {
    "blue": "B02_10m",
    "green": "B03_10m",
    "red": "B04_10m",
    "nir": "B08_10m",
    "scl": "SCL_20m",
}
OFFSET = 1000  # that Zagreb's files have had taken off, and a product as ESA gives it has not


@pytest.fixture(scope="module")
def data_space(
    shared: Path, s3: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A loopback copy of CDSE's catalogue: its two recorded items, and five derived of Zagreb."""
    folder = shared / "contracts/03-cdse-stac-and-planetary-computer/cdse"
    pages = [json.loads((folder / f"search_l2a_{n}.json").read_text()) for n in PAGES]
    recorded = [feature for page in pages for feature in page["features"]]
    source = open_source(str(shared / "real/zagreb/archive"))
    work = tmp_path_factory.mktemp("eodata")
    derived = []
    for item in items_of(source, "zagreb"):
        raw = as_product(item, recorded[0])
        for band, key in KEYS_OF_BANDS.items():
            path = work / raw["assets"][key]["href"].removeprefix("s3://eodata/")
            write_jp2(shared / "real/zagreb/archive" / item.bands[band].href, path)
        derived.append(raw)
    s3.upload(work, "eodata")
    with serving({**pages[0], "features": [*recorded, *derived]}) as url:
        yield url


PAGES = ("N0500_2020", "N0512_2026")


def as_product(item: Item, template: dict[str, Any]) -> dict[str, Any]:
    """An item of Zagreb as CDSE would list its product."""
    start = f"{item.datatake_at:%Y%m%dT%H%M%S}"
    satellite = f"S2{item.platform[-1].upper()}"
    orbit = f"R{item.relative_orbit:03d}"
    name = f"{satellite}_MSIL2A_{start}_N0509_{orbit}_T{item.mgrs_tile}_{start}"
    raw = copy.deepcopy(template)
    old = raw["id"]
    raw["id"] = name
    raw["geometry"] = item.footprint.__geo_interface__
    raw["bbox"] = list(item.footprint.bounds)
    raw["properties"] |= {
        "datetime": f"{item.datatake_at:%Y-%m-%dT%H:%M:%S}.024000Z",
        "platform": item.platform,
        "grid:code": f"MGRS-{item.mgrs_tile}",
        "processing:version": "05.09",
        "sat:relative_orbit": item.relative_orbit,
        "eopf:datatake_id": f"G{satellite}_{start}_000001_N05.09",
        "eopf:datastrip_id": f"{satellite}_OPER_MSI_L2A_DS_2APS_{start}"
        f"_S{item.datastrip_at or item.sensed_at:%Y%m%dT%H%M%S}_N05.09",
    }
    raw["assets"] = {key: raw["assets"][key] for key in KEYS_OF_BANDS.values()}
    for asset in raw["assets"].values():
        asset["href"] = asset["href"].replace(old, name)
        asset.get("proj:code") and asset.update({"proj:code": "EPSG:32633"})
    return raw


def write_jp2(source: Path, path: Path) -> None:
    """A band as lossless JPEG 2000 in small tiles; reflectance with the offset not taken off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(source) as file:
        pixels, profile = file.read(1), file.profile
    if pixels.dtype == np.uint16:
        pixels = np.where(pixels > 0, pixels + np.uint16(OFFSET), 0).astype(np.uint16)
    kept = {key: profile[key] for key in ("width", "height", "count", "dtype", "crs", "transform")}
    lossless = {"QUALITY": "100", "REVERSIBLE": "YES", "BLOCKXSIZE": 64, "BLOCKYSIZE": 64}
    with rasterio.open(path, "w", driver="JP2OpenJPEG", **kept, **lossless) as file:
        file.write(pixels, 1)


@contextmanager
def serving(page: dict[str, Any]) -> Iterator[str]:
    """A STAC API that gives the same page to every search."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            link = {"rel": "search", "href": f"{self.url}/search", "method": "POST"}
            links = [{**link, "type": "application/geo+json"}]
            uri = "https://api.stacspec.org/v1.0.0"
            conforms = [f"{uri}/core", f"{uri}/item-search"]
            landing = {"type": "Catalog", "id": "x", "description": "x", "stac_version": "1.0.0"}
            self.give(json.dumps({**landing, "conformsTo": conforms, "links": links}).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.give(json.dumps(page).encode())

    with running(Handler) as url:
        yield url


def keys_of(s3: S3Server) -> SourceAccess:
    return SourceAccess(cdse_key_id=s3.key_id, cdse_secret=s3.secret)


def test_products_of_the_data_space_are_read_with_its_keys_as_the_folder_has_them(
    shared: Path, s3: S3Server, data_space: str
) -> None:
    folder = open_source(str(shared / "real/zagreb/archive"))
    source = StacApi(cdse_service(keys_of(s3), url=data_space, endpoint=s3.endpoint))
    items = {item.datatake_at: item for item in items_of(source, "zagreb")}
    assert len(items) == 5
    for item in items_of(folder, "zagreb"):
        product = items[item.datatake_at]
        assert (product.platform, product.relative_orbit) == (item.platform, item.relative_orbit)
        expected, found = read(folder, "zagreb", item), read(source, "zagreb", product)
        assert list(found.rasters) == list(expected.rasters)
        decision = decide_offset(product)
        assert decision.offset_dn == -OFFSET
        for band, raster in found.rasters.items():
            other = expected.rasters[band]
            assert (raster.transform, raster.epsg) == (other.transform, other.epsg)
            pixels = raster.pixels.astype(int)
            if band != "scl":
                pixels = np.where(pixels > 0, pixels + int(decision.offset_dn), 0)
            np.testing.assert_array_equal(pixels, other.pixels)
        assert found.requests > 0


def test_recorded_products_are_listed_and_their_absent_pixels_are_one_clear_error_each(
    s3: S3Server, data_space: str
) -> None:
    source = StacApi(cdse_service(keys_of(s3), url=data_space, endpoint=s3.endpoint))
    found = source.search(WORLD, *ALWAYS)
    assert found.refused == ()
    recorded = [item for item in found.items if item.mgrs_tile != "33TWL"]
    assert sorted(str(item.processing_baseline) for item in recorded) == ["05.00", "05.12"]
    for item in recorded:
        assert set(item.bands) >= set(BANDS) - {"cloud", "snow"}
        with pytest.raises(SceneUnreadable, match="no such file"):
            read(source, "zagreb", item)


def test_wrong_keys_of_the_data_space_are_one_clear_error_without_the_secret(
    s3: S3Server, data_space: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = SourceAccess(cdse_key_id=s3.key_id, cdse_secret="another-secret")
    source = StacApi(cdse_service(wrong, url=data_space, endpoint=s3.endpoint))
    item = items_of(source, "zagreb")[0]
    with pytest.raises(SceneUnreadable, match="may not be read with these keys") as error:
        read(source, "zagreb", item)
    assert "another-secret" not in str(error.value) + caplog.text
    assert s3.key_id not in str(error.value) + caplog.text


def test_without_keys_the_data_space_is_searched_but_not_read(
    s3: S3Server, data_space: str
) -> None:
    source = StacApi(cdse_service(SourceAccess(), url=data_space, endpoint=s3.endpoint))
    items = items_of(source, "zagreb")
    assert len(items) == 5
    with pytest.raises(SceneUnreadable, match="needs S3 keys and found none"):
        read(source, "zagreb", items[0])
