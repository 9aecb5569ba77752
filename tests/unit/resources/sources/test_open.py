"""Which addresses a source may have, what it may make us fetch, and what that would cost."""

import datetime as dt
import json
import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from shapely.geometry import box

from resources.costs import Cost
from resources.errors import CatalogError, SceneUnreadable, SettingsError
from resources.models import BANDS, BandAsset, Bounds, Item
from resources.settings import SourceAccess, load_settings, load_source_access
from resources.source import Source
from resources.sources.open import EARTH_SEARCH, is_address, open_source
from resources.sources.stac import static_catalog
from resources.sources.stac.api import StacApi
from resources.sources.stac.services import CDSE, cdse_service, earth_search_service, stac_service
from resources.sources.stac.static_catalog import FileNotFetched, StaticCatalog

NOTHING = SourceAccess()
KEYS = SourceAccess(cdse_key_id="an-id", cdse_secret="a-secret-word")
COGS = "https://sentinel-cogs.s3.us-west-2.amazonaws.com/33/T/WL"
ALWAYS = dt.datetime(2015, 7, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
EVERYWHERE = Bounds(-180, -90, 180, 90)


def item(bands: tuple[str, ...] = BANDS) -> Item:
    return Item(
        item_id="one",
        collection="sentinel-2-l2a",
        source="here",
        platform="sentinel-2a",
        sensed_at=ALWAYS[0],
        footprint=box(15, 45, 16, 46),
        bands={name: BandAsset(name, f"s3://eodata/{name}.jp2") for name in bands},
        attribution="",
    )


# --- which source an address means


@pytest.mark.parametrize("location", [None, "earth-search", EARTH_SEARCH, EARTH_SEARCH + "/"])
def test_no_address_means_earth_search(location: str | None) -> None:
    assert open_source(location, NOTHING).name == "earth-search"


@pytest.mark.parametrize("location", ["cdse", CDSE, CDSE + "/"])
def test_the_copernicus_data_space_has_a_name(location: str) -> None:
    source = open_source(location, NOTHING)
    assert source.name == "cdse"
    assert source.quota is not None
    assert source.quota.requests_a_month == 50_000
    assert source.quota.bytes_a_month == 12 * 10**12
    assert source.quota.processing_units_a_month is None


def test_another_api_is_named_by_its_host() -> None:
    assert open_source("https://stac.example.org/api/v1", NOTHING).name == "stac.example.org"
    assert open_source("http://127.0.0.1:8080/stac", NOTHING).name == "127.0.0.1"


@pytest.mark.parametrize(
    "location",
    [
        "http://stac.example.org/v1",
        "http://127.0.0.1.example.org/v1",
        "ftp://stac.example.org",
        "file:///catalog.json",
        "https://user:geheim@stac.example.org/v1",
        "https://user:ge/heim@stac.example.org/v1",
        "https://user:geheim@[x",
        "https://user:geheim\uff20stac.example.org/v1",
        "https://stac.example.org/v1?token=geheim",
        "http://[geheim",
        "https:///v1",
        "https://stac.example.org:port/v1",
        "https://stac.example.org/a b",
        "s3://b/catalog.json",
        "s3:///folder",
        "s3://bucket/../folder",
        "s3://bucket/folder?versionId=geheim",
        "s3://AKIAIOSFODNN7EXAMPLE:geheim@bucket/p",
        "s3://AKIAIOSFODNN7EXAMPLE:geh/eim@bucket/p",
        "S3://AKIAIOSFODNN7EXAMPLE:geheim@bucket/p",
        "s3://geheim@bucket/p",
        "no-such-folder",
        "no-such-folder/catalog.json",
        "sentinelhubs",
        "",
    ],
)
def test_any_other_address_is_one_clear_error(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")  # else the chain asks the network for keys
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    with pytest.raises(SettingsError) as error:
        open_source(location, NOTHING)
    told = "".join(traceback.format_exception(error.value))
    assert not any(secret in told for secret in ("geh", "heim", "AKIA"))


@pytest.mark.parametrize(
    "location", ["planetary-computer", "https://planetarycomputer.microsoft.com/api/stac/v1"]
)
def test_the_planetary_computer_is_not_read_yet_and_says_so(location: str) -> None:
    with pytest.raises(SettingsError, match=r"understood but not read yet.*earth-search or cdse"):
        open_source(location, NOTHING)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("earth-search", True),
        ("cdse", True),
        ("sentinelhub", True),
        ("sentinelhub-cdse", True),
        ("sentinelhub:mine", True),
        ("planetary-computer", True),
        ("s3://bucket/folder", True),
        ("https://stac.example.org", True),
        ("archive", False),
        ("./cdse", False),
        ("/data/archive/catalog.json", False),
    ],
)
def test_names_and_addresses_are_told_from_paths(location: str, *, expected: bool) -> None:
    assert is_address(location) is expected


def test_tiles_of_an_api_lie_on_the_common_lattice() -> None:
    assert open_source(None, NOTHING).lattice(32633, Bounds(15, 45, 16, 46)) == (0.0, 0.0)


# --- what an API may make us fetch

IN_EARTH_SEARCH = earth_search_service(EARTH_SEARCH, NOTHING)
ELSEWHERE = stac_service("https://stac.example.org/v1", NOTHING)
HERE = stac_service("http://127.0.0.1:8080/v1", NOTHING)
HERE_TOO = stac_service(
    "http://127.0.0.1:8080/v1", SourceAccess(asset_hosts=frozenset({"127.0.0.1:9999"}))
)
WIDER = stac_service(
    "https://stac.example.org:8443/v1", SourceAccess(asset_hosts=frozenset({"cogs.example.net"}))
)


@pytest.mark.parametrize(
    ("service", "href"),
    [
        (IN_EARTH_SEARCH, f"{COGS}/B02.tif"),
        (
            IN_EARTH_SEARCH,
            "https://e84-earth-search-sentinel-data.s3.us-west-2.amazonaws.com/B02.tif",
        ),
        (ELSEWHERE, "https://stac.example.org/B02.tiff"),
        (ELSEWHERE, "https://stac.example.org/B02.JP2"),
        (HERE, "http://127.0.0.1:8080/B02.tif"),
        (HERE_TOO, "http://127.0.0.1:9999/B02.tif"),
        (WIDER, "https://stac.example.org:8443/B02.tif"),
        (WIDER, "https://cogs.example.net/B02.tif"),
        (cdse_service(NOTHING), "s3://eodata/Sentinel-2/MSI/L2A/T33TWL_B02_10m.jp2"),
    ],
)
def test_an_asset_where_it_belongs_is_taken_as_it_is(service, href: str) -> None:
    assert StacApi(service).resolve(href) == href


@pytest.mark.parametrize(
    ("service", "href", "reason"),
    [
        (IN_EARTH_SEARCH, "s3://sentinel-s2-l2a/tiles/33/B02.jp2", "SITEWATCH_REQUESTER_PAYS=yes"),
        (IN_EARTH_SEARCH, "s3://sentinel-cogs/B02.tif", "'sentinel-cogs', which scenes are not"),
        (IN_EARTH_SEARCH, "https://stac.example.org/B02.tif", "not a host"),
        (IN_EARTH_SEARCH, "https://sentinel-cogs.s3.us-west-2.amazonaws.com.evil.org/x.tif", "not"),
        (IN_EARTH_SEARCH, f"{COGS}/B02.vrt", "GeoTIFF or JPEG 2000"),
        (IN_EARTH_SEARCH, f"{COGS}/B02.tif?versionId=1", "query"),
        (IN_EARTH_SEARCH, f"{COGS}/../../B02.tif", "upward"),
        (IN_EARTH_SEARCH, COGS.replace("https", "http") + "/B02.tif", "https"),
        (IN_EARTH_SEARCH, "file:///etc/passwd", "https"),
        (IN_EARTH_SEARCH, "/vsizip//vsicurl/https://x.org/x.tif", "https"),
        (IN_EARTH_SEARCH, "B02.tif", "https"),
        (ELSEWHERE, f"{COGS}/B02.tif", "not a host"),
        (ELSEWHERE, "https://user:word@stac.example.org/B02.tif", "credentials"),
        (ELSEWHERE, "https://stac.example.org:8080/B02.tif", "not a host"),
        (ELSEWHERE, "https://127.0.0.1/B02.tif", "this machine"),
        (ELSEWHERE, "https://169.254.169.254/B02.tif", "not a host"),
        (ELSEWHERE, "https://localhost/B02.tif", "this machine"),
        (ELSEWHERE, "https://stac.example.org/B 02.tif", "blanks"),
        (ELSEWHERE, "https://[bad/B02.tif", "cannot be understood"),
        (HERE, "http://127.0.0.1:9999/B02.tif", "port"),
        (HERE, "http://127.0.0.1/B02.tif", "port"),
        (HERE_TOO, "http://127.0.0.1:9998/B02.tif", "port"),
        (HERE, "http://192.168.1.1/B02.tif", "https"),
        (HERE, "https://stac.example.org/B02.tif", "not a host"),
        (cdse_service(KEYS), "s3://other/B02.jp2", "not read from"),
        (cdse_service(KEYS), "https://download.dataspace.copernicus.eu/B02.jp2", "not a host"),
    ],
)
def test_an_asset_anywhere_else_is_refused_with_the_reason(service, href: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as error:
        StacApi(service).resolve(href)
    assert "word" not in str(error.value)


def test_buckets_in_which_the_reader_pays_are_read_where_the_operator_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    service = earth_search_service(EARTH_SEARCH, SourceAccess(is_requester_paid=True))
    href = "s3://sentinel-s2-l2a/tiles/33/T/WL/2023/8/15/0/B02.jp2"
    assert StacApi(service).resolve(href) == href
    (bucket,) = service.reach().buckets
    assert (bucket.is_requester_paid, bucket.region) == (True, "eu-central-1")
    assert (bucket.key_id, bucket.secret) == ("an-id", "a-secret")
    with pytest.raises(ValueError, match="not read from"):
        StacApi(service).resolve("s3://another-bucket/B02.jp2")


def test_the_data_space_without_keys_refuses_to_read_with_one_clear_message() -> None:
    source = open_source("cdse", NOTHING)
    message = r"needs S3 keys.*SITEWATCH_CDSE_KEY_ID and SITEWATCH_CDSE_SECRET"
    with pytest.raises(SceneUnreadable, match=message):
        source.read(item(), ["blue"], Bounds(0, 0, 1, 1), 32633)
    with pytest.raises(SceneUnreadable, match=message):
        source.read_overview(item(), "blue")


def test_no_secret_is_shown_of_a_source_or_its_settings() -> None:
    service = cdse_service(KEYS)
    shown = [repr(KEYS), repr(service), repr(service.reach()), repr(StacApi(service))]
    assert not [text for text in shown if "a-secret-word" in text or "an-id" in text]


# --- settings


def test_what_sources_may_read_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SITEWATCH_ASSET_HOSTS", " Cogs.Example.org, tiles.example.net:8443 ,")
    monkeypatch.setenv("SITEWATCH_REQUESTER_PAYS", "Yes")
    monkeypatch.setenv("SITEWATCH_CDSE_KEY_ID", "an-id")
    monkeypatch.setenv("SITEWATCH_CDSE_SECRET", "a-secret-word")
    found = load_source_access()
    assert found.asset_hosts == {"cogs.example.org", "tiles.example.net:8443"}
    assert found.is_requester_paid
    assert (found.cdse_key_id, found.cdse_secret) == ("an-id", "a-secret-word")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SITEWATCH_ASSET_HOSTS", "https://cogs.example.org", "without scheme"),
        ("SITEWATCH_ASSET_HOSTS", "cogs.example.org/path", "names of hosts"),
        ("SITEWATCH_ASSET_HOSTS", "*", "names of hosts"),
        ("SITEWATCH_ASSET_HOSTS", "localhost", "names of hosts"),
        ("SITEWATCH_ASSET_HOSTS", "127.0.0.1", "names of hosts"),
        ("SITEWATCH_ASSET_HOSTS", "127.0.0.1:80/x", "names of hosts"),
        ("SITEWATCH_REQUESTER_PAYS", "maybe", "yes or no"),
        ("SITEWATCH_CDSE_SECRET", "a-secret-word", "go together"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name}.*{reason}") as error:
        load_source_access()
    assert "a-secret-word" not in str(error.value)


def test_ports_of_this_machine_are_named_as_hosts_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITEWATCH_ASSET_HOSTS", "127.0.0.1:8000, localhost:8001")
    assert load_source_access().asset_hosts == {"127.0.0.1:8000", "localhost:8001"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITEWATCH_SOURCE", "s3://AKIAIOSFODNN7EXAMPLE:geheim@bucket/p"),
        ("SITEWATCH_SOURCE", "https://user:geheim@stac.example.org/v1"),
        ("SITEWATCH_LAKE_FILES", "s3://AKIAIOSFODNN7EXAMPLE:geheim@bucket/p"),
        ("SITEWATCH_LAKE_CATALOG", "postgres:dbname=lake user=me password=geheim"),
        ("SITEWATCH_LAKE_CATALOG", "postgres:dbname=lake PASSWORD = 'geheim'"),
        ("SITEWATCH_LAKE_CATALOG", "postgres:dbname=lake sslpassword=geheim"),
        ("SITEWATCH_LAKE_CATALOG", "postgres:postgresql://me:geheim@db.example.org/lake"),
        ("SITEWATCH_LAKE_CATALOG", "postgres:postgresql://db.example.org/lake?password=geheim"),
    ],
)
def test_a_setting_that_dagster_would_keep_holds_no_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("SITEWATCH_LAKE_CATALOG", "postgres:dbname=lake")
    monkeypatch.setenv("SITEWATCH_LAKE_FILES", "s3://bucket/lake")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert ("PGPASSWORD" in str(error.value)) == (name == "SITEWATCH_LAKE_CATALOG")
    assert not any(word in str(error.value) for word in ("geheim", "AKIA"))


@pytest.mark.parametrize(
    "catalog",
    [
        "postgres:dbname=lake host=db.example.org port=5432 user=me passfile=/run/pgpass",
        "postgres:service=lake",
        "postgres:postgresql://me@db.example.org:5432/lake",
    ],
)
def test_a_catalogue_of_a_server_is_named_without_a_password(
    monkeypatch: pytest.MonkeyPatch, catalog: str
) -> None:
    monkeypatch.setenv("SITEWATCH_LAKE_CATALOG", catalog)
    monkeypatch.setenv("SITEWATCH_LAKE_FILES", "s3://bucket/lake")
    assert load_settings().catalog == catalog


# --- what it would cost


def costs(source: Source, side_m: float, items: int = 1) -> Cost:
    box_m = Bounds(500_000, 5_000_000, 500_000 + side_m, 5_000_000 + side_m)
    return source.cost([item()] * items, box_m, 32633)


def test_cogs_cost_about_two_requests_a_file_and_grow_with_the_box() -> None:
    source = open_source(None, NOTHING)
    small, large = costs(source, 3_000), costs(source, 10_000)
    assert 2 * len(BANDS) <= small.requests <= 3 * len(BANDS)
    assert 5e6 < small.bytes < large.bytes < 40e6
    assert small.processing_units == 0
    whole = costs(source, 200_000)
    assert whole.bytes < 7 * 1.4 * 10_980**2 * 1.01  # never more than the files


def test_many_items_cost_as_much_as_each_of_them() -> None:
    source = open_source(None, NOTHING)
    assert costs(source, 3_000, items=0) == Cost()
    assert costs(source, 3_000, items=1_000).bytes == pytest.approx(
        1_000 * costs(source, 3_000).bytes, rel=1e-6
    )
    assert costs(source, 3_000, items=1_000).requests <= 1_000 * costs(source, 3_000).requests


def test_jpeg_2000_costs_many_more_requests() -> None:
    cogs, data_space = open_source(None, NOTHING), open_source("cdse", NOTHING)
    assert costs(data_space, 3_000).requests > 10 * costs(cogs, 3_000).requests
    assert costs(data_space, 3_000).bytes > 5 * costs(cogs, 3_000).bytes


# --- static catalogues, wherever they are


class Shelf:
    """The files of a catalogue in memory; counts how often each is loaded."""

    root = "catalog.json"
    readers = 2
    edition: int | None = None

    def __init__(self, files: dict[str, object]) -> None:
        self.files = files
        self.loaded: list[str] = []

    def refresh(self) -> None: ...

    def resolve(self, base: str, href: str) -> str:
        folder = base.rpartition("/")[0]
        key = f"{folder}/{href}" if folder else href
        if key not in self.files:
            raise ValueError(f"is missing: {key}")
        return key

    def version(self, key: str) -> str:
        return json.dumps(self.files.get(key))

    def load(self, key: str, limit: int) -> bytes:  # noqa: ARG002
        self.loaded.append(key)
        content = self.files[key]
        return content if isinstance(content, bytes) else json.dumps(content).encode()


def an_item(name: str, **changes: Any) -> dict[str, Any]:
    keys = ("blue", "green", "red", "nir", "scl")
    ring = [[15, 45], [16, 45], [16, 46], [15, 45]]
    return {
        "type": "Feature",
        "id": name,
        "collection": "sentinel-2-l2a",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"datetime": "2023-08-15T09:58:11Z", "platform": "sentinel-2a"},
        "assets": {key: {"href": f"{key}.tif", "raster:offset": 0} for key in keys},
        **changes,
    }


@pytest.fixture
def shelf() -> Shelf:
    bands = {
        f"{name}/{key}.tif": "pixels"
        for name in ("a", "b")
        for key in ("blue", "green", "red", "nir", "scl")
    }
    return Shelf(
        {
            "catalog.json": {
                "id": "some",
                "links": [
                    {"rel": "child", "href": "sub.json"},
                    {"rel": "item", "href": "a/item.json"},
                    {"rel": "item", "href": "gone.json"},
                    {"rel": "self", "href": "https://example.org/catalog.json"},
                ],
            },
            "sub.json": {
                "id": "sub",
                "links": [
                    {"rel": "item", "href": "b/item.json"},
                    {"rel": "child", "href": "catalog.json"},
                    {"href": 3},
                    "nonsense",
                ],
            },
            "a/item.json": an_item("S2A_a"),
            "b/item.json": an_item("S2A_b"),
            **bands,
        }
    )


def found_in(catalog: StaticCatalog) -> tuple[list[str], list[str]]:
    found = catalog.search(EVERYWHERE, *ALWAYS)
    return [one.item_id for one in found.items], [one.item_id for one in found.refused]


def test_a_catalogue_is_walked_once_through_and_parsed_only_when_it_changes(shelf: Shelf) -> None:
    catalog = StaticCatalog(shelf, "stac-memory")
    assert catalog.name == "stac-memory:some"
    assert found_in(catalog) == (["S2A_a", "S2A_b"], ["gone.json"])
    assert sorted(shelf.loaded[1:]) == ["a/item.json", "b/item.json", "catalog.json", "sub.json"]
    shelf.loaded.clear()
    assert found_in(catalog) == (["S2A_a", "S2A_b"], ["gone.json"])
    assert shelf.loaded == []
    shelf.files["b/item.json"] = an_item("S2A_c")
    assert found_in(catalog)[0] == ["S2A_a", "S2A_c"]
    assert shelf.loaded == ["b/item.json"]


def test_an_item_that_was_refused_is_looked_at_again(shelf: Shelf) -> None:
    red = shelf.files.pop("a/red.tif")
    catalog = StaticCatalog(shelf, "stac-memory")
    assert found_in(catalog) == (["S2A_b"], ["S2A_a", "gone.json"])
    shelf.files["a/red.tif"] = red
    assert found_in(catalog) == (["S2A_a", "S2A_b"], ["gone.json"])


def test_a_refused_item_is_looked_at_again_only_when_some_file_has_changed_if_that_is_known(
    shelf: Shelf,
) -> None:
    red = shelf.files.pop("a/red.tif")
    shelf.edition = 1
    catalog = StaticCatalog(shelf, "stac-memory")
    assert found_in(catalog) == (["S2A_b"], ["S2A_a", "gone.json"])
    shelf.loaded.clear()
    assert found_in(catalog) == (["S2A_b"], ["S2A_a", "gone.json"])
    assert shelf.loaded == []
    shelf.files["a/red.tif"], shelf.edition = red, 2
    assert found_in(catalog) == (["S2A_a", "S2A_b"], ["gone.json"])
    assert shelf.loaded == ["a/item.json"]


def test_an_item_file_that_did_not_come_is_asked_for_again(shelf: Shelf) -> None:
    shelf.edition, load = 1, shelf.load

    def fail(key: str, limit: int) -> bytes:
        if key == "a/item.json":
            raise FileNotFetched("it did not come")
        return load(key, limit)

    shelf.load = fail
    catalog = StaticCatalog(shelf, "stac-memory")
    assert found_in(catalog) == (["S2A_b"], ["gone.json", "item"])
    shelf.load = load
    assert found_in(catalog) == (["S2A_a", "S2A_b"], ["gone.json"])


def test_a_search_that_takes_too_long_is_given_up_and_the_next_goes_on_from_there(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, load = [0.0], shelf.load

    def slowly(key: str, limit: int) -> bytes:
        now[0] += 200.0
        return load(key, limit)

    catalog = StaticCatalog(shelf, "stac-memory")
    shelf.load = slowly
    monkeypatch.setattr(static_catalog, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(static_catalog, "SEARCH_S", 500.0)
    with pytest.raises(CatalogError, match="not searched within 500 seconds"):
        found_in(catalog)
    assert found_in(catalog)[0] == ["S2A_a", "S2A_b"]


def test_a_refusal_holds_no_commands_for_a_terminal(shelf: Shelf) -> None:
    shelf.files["a/\x9b31m.json"] = ["no item"]
    shelf.files["sub.json"]["links"].append({"rel": "item", "href": "a/\x9b31m.json"})
    refused = StaticCatalog(shelf, "stac-memory").search(EVERYWHERE, *ALWAYS).refused
    assert len(refused) == 2
    assert all(f"{one} {one.reason}".isprintable() for one in refused)


def test_items_of_a_site_are_those_in_its_crs_that_touch_it(shelf: Shelf) -> None:
    shelf.files["b/item.json"]["properties"]["proj:epsg"] = 32633
    catalog = StaticCatalog(shelf, "stac-memory")

    def ids(epsg: int, west: float) -> list[str]:
        return [one.item_id for one in catalog.items_in(epsg, Bounds(west, 45, west + 1, 46))]

    assert ids(32633, 15) == ["S2A_a", "S2A_b"]
    assert ids(32634, 15) == ["S2A_a"]  # whose CRS is not told
    assert ids(32633, 25) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.update({"catalog.json": b"[" * 100_000}),
        lambda files: files.update({"catalog.json": b"\xff"}),
        lambda files: files.update({"sub.json": {"links": {}}}),
        lambda files: files.update({"sub.json": {"links": [{"rel": "child", "href": "../x"}]}}),
        lambda files: files.update(
            {"sub.json": {"links": [{"rel": "item", "href": "a/item.json"}] * 10_001}}
        ),
        lambda files: files.update(
            {
                f"{n}.json": {"links": [{"rel": "child", "href": f"{n + 1}.json"}]}
                for n in range(1200)
            }
            | {"sub.json": {"links": [{"rel": "child", "href": "0.json"}]}, "1200.json": {}}
        ),
    ],
    ids=["deep", "no text", "links", "no child", "many items", "many catalogues"],
)
def test_a_catalogue_that_cannot_be_walked_is_one_clear_error(
    shelf: Shelf, change: Callable[[dict[str, object]], None]
) -> None:
    change(shelf.files)
    with pytest.raises(CatalogError):
        StaticCatalog(shelf, "stac-memory").search(EVERYWHERE, *ALWAYS)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{", b"\xff", b"[]"])
def test_an_item_file_that_cannot_be_read_is_refused_and_the_rest_goes_on(
    shelf: Shelf, content: bytes
) -> None:
    shelf.files["a/item.json"] = content
    shelf.version = lambda key: key
    catalog = StaticCatalog(shelf, "stac-memory")
    assert found_in(catalog) == (["S2A_b"], ["gone.json", "item"])
