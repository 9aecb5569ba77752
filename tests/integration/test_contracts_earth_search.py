"""Recorded answers of Earth Search: what may be read from there, and paging, replayed.

Identity and version of every item are in `test_contracts_items`.
"""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box

from assets.scenes.acquisitions import group_items
from resources.catalog import Source, open_source
from resources.errors import CatalogError, ItemRefused
from resources.models import Bounds, Item
from resources.settings import SourceAccess
from resources.stac_api import StacApi
from resources.stac_items import parse_item
from resources.stac_services import EARTH_SEARCH_HOSTS, earth_search

ROOT = "https://earth-search.aws.element84.com/v1"
WORLD = Bounds(-180, -90, 180, 90)
Answer = tuple[int, dict[str, str], bytes]

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
    return parse_item(raw, "earth-search", StacApi(earth_search(ROOT, SourceAccess())).resolve)


def opened(url: str) -> Source:
    """The replayed catalogue, whose items are those of Earth Search and name its hosts."""
    return open_source(url, SourceAccess(asset_hosts=EARTH_SEARCH_HOSTS))


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
    with replaying(shared, "search_paged_three_collections_same_acquisition") as url:
        found = opened(url).search(WORLD, *day(2025, 7, 31))
    assert {item.collection for item in found.items} == {"sentinel-2-l2a", "sentinel-2-c1-l2a"}
    assert found.refused == ()
    tile = [item for item in found.items if item.mgrs_tile == "24MVV"]
    looks = group_items(tile, site_epsg=32724, site_area=tile[0].footprint.centroid.buffer(0.01))
    assert [look.acquisition_id for look in looks] == ["S2B_20250731T130249_R095"]
    assert [item.item_id for item in looks[0].items] == ["S2B_24MVV_20250731_0_L2A"]
    assert [(item.item_id, winner) for item, winner in looks[0].superseded] == [
        ("S2B_T24MVV_20250731T130245_L2A", "S2B_24MVV_20250731_0_L2A")
    ]
    (spare,) = looks[0].alternatives["S2B_24MVV_20250731_0_L2A"]
    assert spare.item_id == "S2B_T24MVV_20250731T130245_L2A"


@pytest.mark.shared
def test_paging_goes_to_the_end_and_survives_an_empty_last_page(shared: Path) -> None:
    with replaying(shared, "search_paged_three_collections_same_acquisition") as url:
        found = opened(url).search(WORLD, *day(2025, 7, 31))
    assert len(found.items) == 12
    assert [item.item_id for item in found.items] == sorted(item.item_id for item in found.items)


@pytest.mark.shared
def test_what_was_not_asked_for_is_filtered_here_since_servers_ignore_filters(
    shared: Path,
) -> None:
    name = "search_two_collections_and_empty_page"
    inside, beside = Bounds(-105.2, 40.1, -105.0, 40.2), Bounds(10, 40, 11, 41)
    with replaying(shared, name) as url:
        source = opened(url)
        found = source.search(inside, *day(2023, 10, 8))
        assert [item.item_id for item in found.items] == ["S2A_13TDE_20231008_0_L2A"]
        assert source.search(beside, *day(2023, 10, 8)).items == ()
        assert source.search(inside, *day(2023, 10, 9)).items == ()
        # the end does not belong to the time searched, the start does
        moment = found.items[0].sensed_at
        assert source.search(inside, moment - dt.timedelta(days=1), moment).items == ()
        assert len(source.search(inside, moment, moment + dt.timedelta(days=1)).items) == 1


@pytest.mark.shared
def test_items_without_assets_are_refused_and_the_search_goes_on(shared: Path) -> None:
    with replaying(shared, "search_c1_fields_excluded_next_token") as url:
        found = opened(url).search(WORLD, *month(2025, 7))
    assert found.items == ()
    assert len(found.refused) == 10
    assert "excluded" in found.refused[0].reason


@pytest.mark.shared
def test_a_search_is_repeated_when_the_server_is_busy(shared: Path) -> None:
    failures = iter([503, 429])

    def busy(_: str) -> Answer | None:
        status = next(failures, None)
        return (status, {"Retry-After": "3600"}, b"busy") if status else None

    with replaying(shared, "search_two_collections_and_empty_page", busy) as url:
        assert len(opened(url).search(WORLD, *day(2023, 10, 8)).items) == 1


@pytest.mark.shared
@pytest.mark.parametrize(
    ("status", "location", "body", "reason"),
    [
        (404, "", '{"code":"NotFound","description":"Not Found"}', "NotFound"),
        (200, "", "<html>sign in</html>", ""),
        (200, "", '{"features": 3}', ""),
        (200, "", '{"features": [{}], "links": [{"rel": "next"}]}', "href"),
        (200, "", '{"features": [{}], "links": [{"rel": "next", "href": "ELSEWHERE"}]}', "away"),
        (302, "ELSEWHERE", "", "away"),
        (200, "", '{"features": [{}], "links": [{"rel": "next", "href": "file:///x"}]}', "file:"),
    ],
    ids=["missing", "no JSON", "no list", "no address", "elsewhere", "redirect", "file"],
)
def test_an_answer_that_is_no_search_result_is_one_clear_error(
    shared: Path, status: int, location: str, body: str, reason: str
) -> None:
    elsewhere = "http://127.0.0.1:9/search"
    headers = {"Location": elsewhere} if location else {}
    answer = status, headers, body.replace("ELSEWHERE", elsewhere).encode()
    with (
        replaying(shared, "search_two_collections_and_empty_page", lambda _: answer) as url,
        pytest.raises(CatalogError, match=rf"127\.0\.0\.1 did not answer.*{reason}"),
    ):
        opened(url).search(WORLD, *day(2023, 10, 8))


@pytest.mark.shared
def test_an_endless_catalogue_is_stopped(shared: Path) -> None:
    page = {
        "features": [{}],
        "links": [{"rel": "next", "href": f"{ROOT}/search", "method": "POST"}],
    }
    with (
        replaying(shared, "search_two_collections_and_empty_page", lambda _: as_json(page)) as url,
        pytest.raises(CatalogError, match="more than"),
    ):
        opened(url).search(WORLD, *day(2023, 10, 8))


def day(year: int, month_: int, day_: int) -> tuple[dt.datetime, dt.datetime]:
    start = dt.datetime(year, month_, day_, tzinfo=dt.UTC)
    return start, start + dt.timedelta(days=1)


def month(year: int, month_: int) -> tuple[dt.datetime, dt.datetime]:
    start = dt.datetime(year, month_, 1, tzinfo=dt.UTC)
    return start, start + dt.timedelta(days=31)


def as_json(content: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def replaying(
    shared: Path, name: str, search: Callable[[str], Answer | None] = lambda _: None
) -> Iterator[str]:
    """A server on this machine that gives the recorded answers; yields its address.

    A search without a page's token gets the first recorded page, the recorded body of a next
    page gets that page, and a page that was not recorded is the recorded empty one. `search`
    may answer in its place.
    """
    folder = shared / "contracts/01-earth-search/pystac-client"

    def exchanges(of: str) -> list[dict[str, Any]]:
        return json.loads((folder / f"{of}.exchanges.json").read_text())

    landing = exchanges("landing_and_collections")[0]["response"]["body"]
    empty = exchanges("search_two_collections_and_empty_page")[1]["response"]["body"]
    posts = [one for one in exchanges(name) if one["request"]["method"] == "POST"]
    pages = {one["request"]["body"].get("next"): one["response"]["body"] for one in posts}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.give(as_json(landing))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            token = json.loads(body).get("next")
            self.give(search(body) or as_json(pages.get(token, empty)))

        def give(self, answer: Answer) -> None:
            status, headers, content = answer
            content = content.replace(ROOT.encode(), url.encode())
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
