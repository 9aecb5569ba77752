"""Searching STAC APIs: Earth Search's recorded answers replayed, and servers that misbehave."""

import datetime as dt
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from servers.handlers import Quiet, running

from resources.errors import CatalogError
from resources.models import Bounds
from resources.settings import SourceAccess
from resources.sources.open import EARTH_SEARCH, open_source
from resources.sources.stac import session
from resources.sources.stac.api import StacApi
from resources.sources.stac.services import cdse_service, earth_search_service

WORLD = Bounds(-180, -90, 180, 90)
NOTHING = SourceAccess()
Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


def day(year: int, month: int, number: int) -> tuple[dt.datetime, dt.datetime]:
    start = dt.datetime(year, month, number, tzinfo=dt.UTC)
    return start, start + dt.timedelta(days=1)


def as_json(content: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def serving(
    search: Callable[[dict[str, Any]], Answer | Iterator[bytes]], root: str = EARTH_SEARCH
) -> Iterator[str]:
    """A server with a landing page whose searches are answered by `search`; yields its address.

    An answer that is an iterator is sent piece by piece, without its length; one that is a function
    writes all of it, headers too.
    """

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            links = [
                {"rel": "self", "href": root},
                {
                    "rel": "search",
                    "type": "application/geo+json",
                    "href": f"{root}/search",
                    "method": "POST",
                },
            ]
            conforms = ["core", "item-search"]
            uris = [f"https://api.stacspec.org/v1.0.0/{name}" for name in conforms]
            landing = {"type": "Catalog", "id": "x", "description": "x", "stac_version": "1.0.0"}
            self.answer(as_json({**landing, "conformsTo": uris, "links": links}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(search(json.loads(body)))

        def answer(self, answer: Answer | Iterator[bytes] | Callable[[BinaryIO], None]) -> None:
            if callable(answer):
                self.close_connection = True
                with suppress(ConnectionError):  # whoever asked has had enough
                    answer(self.wfile)
                return
            if not isinstance(answer, tuple):
                self.send_response(200)
                self.close_connection = True
                self.end_headers()
                try:
                    for piece in answer:
                        self.wfile.write(piece)
                except ConnectionError:
                    pass  # whoever asked has had enough
                return
            status, headers, content = answer
            url = f"{self.url}/v1"
            sent = {key: value.replace(root, url) for key, value in headers.items()}
            self.give(content.replace(root.encode(), url.encode()), sent, status)

    with running(Handler) as url:
        yield f"{url}/v1"


def api(url: str) -> StacApi:
    """Earth Search at another address."""
    return StacApi(earth_search_service(url, NOTHING))


# --- recorded answers of Earth Search

EMPTY = {"type": "FeatureCollection", "features": [], "links": []}


@contextmanager
def replaying(shared: Path, name: str) -> Iterator[StacApi]:
    """Earth Search as it was recorded.

    A search without a page's token gets the first recorded page, the recorded body of a next
    page gets that page, and a page that was not recorded is empty.
    """
    folder = shared / "contracts/01-earth-search/pystac-client"
    exchanges = json.loads((folder / f"{name}.exchanges.json").read_text())
    posts = [one for one in exchanges if one["request"]["method"] == "POST"]
    pages = {one["request"]["body"].get("next"): one["response"]["body"] for one in posts}
    with serving(lambda body: as_json(pages.get(body.get("next"), EMPTY))) as url:
        yield api(url)


@pytest.mark.shared
def test_paging_goes_to_the_end_and_survives_an_empty_last_page(shared: Path) -> None:
    with replaying(shared, "search_paged_three_collections_same_acquisition") as source:
        found = source.search(WORLD, *day(2025, 7, 31))
    assert len(found.items) == 12
    assert found.refused == ()
    assert {item.collection for item in found.items} == {"sentinel-2-l2a", "sentinel-2-c1-l2a"}
    assert [item.item_id for item in found.items] == sorted(item.item_id for item in found.items)


@pytest.mark.shared
def test_what_was_not_asked_for_is_filtered_here_since_servers_ignore_filters(
    shared: Path,
) -> None:
    inside, beside = Bounds(-105.2, 40.1, -105.0, 40.2), Bounds(10, 40, 11, 41)
    with replaying(shared, "search_two_collections_and_empty_page") as source:
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
    july = dt.datetime(2025, 7, 1, tzinfo=dt.UTC), dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
    with replaying(shared, "search_c1_fields_excluded_next_token") as source:
        found = source.search(WORLD, *july)
    assert found.items == ()
    assert len(found.refused) == 10
    assert "excluded" in found.refused[0].reason


@pytest.mark.shared
def test_pixels_on_a_host_that_is_not_the_catalogues_are_one_clear_refusal_each(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replaying(shared, "search_paged_three_collections_same_acquisition") as source:
        url = source._service.url  # noqa: SLF001
        found = open_source(url, NOTHING).search(WORLD, *day(2025, 7, 31))
        assert found.items == ()
        assert len(found.refused) == 12
        for refusal in found.refused:
            assert "which is not a host that scenes are read from" in refusal.reason
        monkeypatch.setenv(
            "SITEWATCH_ASSET_HOSTS", "sentinel-cogs.s3.us-west-2.amazonaws.com,cogs.example.org"
        )
        found = open_source(url).search(WORLD, *day(2025, 7, 31))
        assert {item.collection for item in found.items} == {"sentinel-2-l2a"}
        assert (len(found.items), len(found.refused)) == (6, 6)


# --- servers made here


def feature(number: int, **changes: Any) -> dict[str, Any]:
    keys = ("blue", "green", "red", "nir", "scl")
    host = "https://sentinel-cogs.s3.us-west-2.amazonaws.com"
    moment = dt.datetime(2023, 8, 15, 9, tzinfo=dt.UTC) + dt.timedelta(seconds=number)
    return {
        "type": "Feature",
        "id": f"S2A_{number:04d}",
        "collection": "sentinel-2-l2a",
        "geometry": {"type": "Polygon", "coordinates": [[[15, 45], [16, 45], [16, 46], [15, 45]]]},
        "properties": {"datetime": moment.isoformat(), "platform": "sentinel-2a"},
        "assets": {key: {"href": f"{host}/{number}/{key}.tif"} for key in keys},
        **changes,
    }


class Catalogue:
    """Pages through items by number, as Earth Search does; `most` items are all that it can."""

    def __init__(self, count: int, *, most: int = 10_000, grows: bool = False) -> None:
        self.items = [feature(number) for number in range(count)]
        self.most = most
        self.grows = grows
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, body: dict[str, Any]) -> Answer:
        self.bodies.append(body)
        limit, start = body["limit"], int(body.get("next", 0))
        if limit > self.most:
            return 502, {}, b"Bad Gateway" * 10_000
        page = self.items[start : start + limit]
        after = start + limit - (1 if self.grows else 0)  # an item came in before this page
        link = {
            "rel": "next",
            "href": f"{EARTH_SEARCH}/search",
            "method": "POST",
            "merge": False,
            "body": {**body, "next": str(after)},
        }
        return as_json({**EMPTY, "features": page, "links": [link] if len(page) == limit else []})


def ids(source: StacApi) -> list[str]:
    return [item.item_id for item in source.search(WORLD, *day(2023, 8, 15)).items]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200])
def test_every_item_comes_whether_or_not_the_last_page_is_full(count: int) -> None:
    catalogue = Catalogue(count)
    with serving(catalogue) as url:
        assert ids(api(url)) == [f"S2A_{number:04d}" for number in range(count)]
    assert len(catalogue.bodies) == count // 100 + 1
    for body in catalogue.bodies:
        assert body["collections"] == ["sentinel-2-l2a", "sentinel-2-c1-l2a"]
        assert body["bbox"] == [-180, -90, 180, 90]
        assert body["datetime"] == "2023-08-14T23:00:00Z/2023-08-16T00:00:00Z"
        assert "filter" not in body  # CQL2 is ignored in silence


def test_an_item_on_two_pages_is_one_item() -> None:
    with serving(Catalogue(250, grows=True)) as url:
        assert ids(api(url)) == [f"S2A_{number:04d}" for number in range(250)]


def test_links_that_only_add_a_token_and_links_to_get_are_followed() -> None:
    tokens: list[object] = []

    def search(body: dict[str, Any]) -> Answer:
        tokens.append(body.get("token"))
        link = {
            "rel": "next",
            "href": f"{EARTH_SEARCH}/search",
            "method": "POST",
            "merge": True,
            "body": {"token": "second"},
        }
        number = len(tokens)
        assert body["limit"] == 100
        return as_json({**EMPTY, "features": [feature(number)], "links": [link] * (number < 2)})

    with serving(search) as url:
        assert ids(api(url)) == ["S2A_0001", "S2A_0002"]
    assert tokens == [None, "second"]


def test_a_page_too_large_for_the_server_is_asked_for_in_smaller_pages() -> None:
    catalogue = Catalogue(30, most=20)
    with serving(catalogue) as url:
        assert ids(api(url)) == [f"S2A_{number:04d}" for number in range(30)]
    assert [body["limit"] for body in catalogue.bodies] == [100, 50, 20, 20]


def test_a_page_too_large_for_us_is_asked_for_in_smaller_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalogue = Catalogue(120)
    size = len(json.dumps(catalogue.items[:60]))
    monkeypatch.setattr(session, "PAGE_BYTES", size)
    with serving(catalogue) as url:
        assert len(ids(api(url))) == 120
    assert [body["limit"] for body in catalogue.bodies] == [100, 50, 50, 50]


def test_a_server_that_is_busy_is_asked_again_at_growing_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "FIRST_PAUSE_S", 0.1)
    catalogue = Catalogue(1)
    troubles = iter([(503, "0"), (429, "1"), (403, "soon")])
    times: list[float] = []

    def search(body: dict[str, Any]) -> Answer:
        times.append(time.monotonic())
        trouble = next(troubles, None)
        return (trouble[0], {"Retry-After": trouble[1]}, b"busy") if trouble else catalogue(body)

    with serving(search) as url:
        assert ids(api(url)) == ["S2A_0000"]
    pauses = [after - before for before, after in pairwise(times)]
    assert 0.1 <= pauses[0] < 0.9
    assert 1.0 <= pauses[1] < 1.9
    assert 0.4 <= pauses[2] < 0.9


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_server_that_asks_for_an_hour_is_left_alone(status: int) -> None:
    """Asking it again at once, as was done here once, is what it asks not to do."""
    asked: list[int] = []

    def search(body: dict[str, Any]) -> Answer:
        asked.append(body["limit"])
        return status, {"Retry-After": "3600"}, b"busy"

    with serving(search) as url, pytest.raises(CatalogError, match=f"{status} busy; try again"):
        ids(api(url))
    assert len(asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_stays_busy_is_given_up(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FIRST_PAUSE_S", 0.001)
    asked: list[int] = []

    def search(body: dict[str, Any]) -> Answer:
        asked.append(body["limit"])
        return status, {}, b"<html>\n" + b"busy " * 100_000

    with (
        serving(search) as url,
        pytest.raises(CatalogError, match=f"did not answer.*{status}") as error,
    ):
        ids(api(url))
    assert len(asked) == (5 if status == 502 else 6)
    assert len(str(error.value)) < 500
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("status", "location", "body", "reason"),
    [
        (404, "", '{"code":"NotFound","description":"Not Found"}', "NotFound"),
        (200, "", "<html>sign in</html>", ""),
        (200, "", '{"features": 3}', ""),
        (200, "", "[" * 100_000, ""),
        (200, "", '{"features": [{}], "links": [{"rel": "next"}]}', "href"),
        (200, "", '{"features": [{}], "links": [{"rel": "next", "href": "ELSEWHERE"}]}', "away"),
        (302, "ELSEWHERE", "", "away"),
        (307, "file:///etc/passwd", "", ""),
        (200, "", '{"features": [{}], "links": [{"rel": "next", "href": "file:///x"}]}', "file:"),
        (200, "", '{"features": [{}], "links": [{"rel": "next", "href": "/etc/passwd"}]}', ""),
    ],
    ids=[
        "missing",
        "no JSON",
        "no list",
        "too deep",
        "no address",
        "elsewhere",
        "redirect",
        "redirect to a file",
        "file",
        "path",
    ],
)
def test_an_answer_that_is_no_search_result_is_one_clear_error(
    status: int, location: str, body: str, reason: str
) -> None:
    elsewhere = "http://127.0.0.1:9/search"
    headers = {"Location": location.replace("ELSEWHERE", elsewhere)} if location else {}
    answer = status, headers, body.replace("ELSEWHERE", elsewhere).encode()
    with (
        serving(lambda _: answer) as url,
        pytest.raises(CatalogError, match=rf"earth-search did not answer.*{reason}"),
    ):
        ids(api(url))


def test_an_endless_catalogue_is_stopped() -> None:
    link = {"rel": "next", "href": f"{EARTH_SEARCH}/search", "method": "POST", "body": {}}
    with (
        serving(lambda _: as_json({**EMPTY, "features": [{}], "links": [link]})) as url,
        pytest.raises(CatalogError, match=r"more than .* pages"),
    ):
        ids(api(url))


def test_a_page_of_too_many_items_is_stopped() -> None:
    with (
        serving(lambda _: as_json({**EMPTY, "features": [{}] * 10_001})) as url,
        pytest.raises(CatalogError, match="more than 10000 items"),
    ):
        ids(api(url))


@contextmanager
def most_memory() -> Iterator[Callable[[], int]]:
    """Gives the most bytes that Python held at once since the beginning of the block."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_page_of_gigabytes_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FIRST_PAUSE_S", 0.001)
    sent = [0]

    def gigabytes() -> Iterator[bytes]:
        yield b'{"features": ["'
        for _ in range(2_000):
            sent[0] += 1_000_000
            yield b"x" * 1_000_000

    with serving(lambda _: gigabytes()) as url, most_memory() as peak:
        with pytest.raises(CatalogError, match="bytes"):
            ids(api(url))
        assert 16e6 < peak() < 100e6
    assert sent[0] < 5 * 40_000_000  # in five pages, each left when it became too large


def test_a_small_answer_that_unpacks_to_gigabytes_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "FIRST_PAUSE_S", 0.001)
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    answer = 200, {"Content-Encoding": "gzip"}, bomb * 10  # members of one file: 500 MB
    with serving(lambda _: answer) as url, most_memory() as peak:
        with pytest.raises(CatalogError, match="bytes"):
            ids(api(url))
        assert 16e6 < peak() < 100e6


def test_an_answer_that_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SEARCH_S", 0.5)

    def drips() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b" "

    start = time.monotonic()
    with serving(lambda _: drips()) as url, pytest.raises(CatalogError, match="did not finish"):
        ids(api(url))
    assert time.monotonic() - start < 2


def drip_headers(out: BinaryIO) -> None:
    """For five seconds at most, so that a test that fails ends."""
    for part in (b"HTTP/1.1 200 OK\r\nX-Long: ", *([b"x"] * 100)):
        out.write(part)
        out.flush()
        time.sleep(0.05)


def drip_interim_answers(out: BinaryIO) -> None:
    """Answers that say no more than that the request may go on."""
    for _ in range(100):
        out.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("drip", [drip_headers, drip_interim_answers])
def test_headers_that_drip_are_left(
    monkeypatch: pytest.MonkeyPatch, drip: Callable[[BinaryIO], None]
) -> None:
    monkeypatch.setattr(session, "SEARCH_S", 0.5)
    start = time.monotonic()
    with serving(lambda _: drip) as url:
        with pytest.raises(CatalogError, match="did not finish"):
            ids(api(url))
        assert time.monotonic() - start < 2


def test_a_search_in_smaller_and_smaller_pages_has_one_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "SEARCH_S", 0.6)
    monkeypatch.setattr(session, "FIRST_PAUSE_S", 0.001)

    def slowly(_: object) -> Answer:
        time.sleep(0.4)
        return 502, {}, b""

    start = time.monotonic()
    with serving(slowly) as url:
        with pytest.raises(CatalogError, match="did not finish"):
            ids(api(url))
        assert time.monotonic() - start < 1.2


def test_a_server_s_words_reach_no_terminal_as_commands() -> None:
    with serving(lambda _: (400, {}, "\x1b]0;title\x07 \x9b31m \u202e no".encode())) as url:
        with pytest.raises(CatalogError, match="earth-search did not answer") as error:
            ids(api(url))
        assert str(error.value).isprintable()


def test_an_answer_that_is_cut_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FIRST_PAUSE_S", 0.001)
    catalogue, cuts = Catalogue(3), iter([True, True])

    def search(body: dict[str, Any]) -> Answer:
        status, headers, content = catalogue(body)
        if next(cuts, False):
            return status, {"Content-Length": "99999", "Connection": "close"}, content[:100]
        return status, headers, content

    with serving(search) as url:
        assert ids(api(url)) == ["S2A_0000", "S2A_0001", "S2A_0002"]


def test_an_api_that_is_not_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FIRST_PAUSE_S", 0.001)
    with serving(Catalogue(1)) as url:
        source = api(url)
    with pytest.raises(CatalogError, match="earth-search did not answer"):
        ids(source)


# --- what items say


def test_an_item_of_the_data_space_is_of_the_time_of_its_tile_not_of_its_datatake() -> None:
    product = "S2A_MSIL2A_20230815T235959_N0509_R079_T33TWL_20230816T042358"
    keys = ["B02_10m", "B03_10m", "B04_10m", "B08_10m", "SCL_20m"]
    properties = {
        "datetime": "2023-08-15T23:59:59.024Z",
        "platform": "sentinel-2a",
        "eopf:datastrip_id": "S2A_OPER_MSI_L2A_DS_2APS_20230816T042358_S20230816T000812_N05.09",
    }
    raw = feature(0, id=product, properties=properties)
    raw["assets"] = {key: {"href": f"s3://eodata/{key}.jp2"} for key in keys}
    asked: list[dict[str, Any]] = []

    def search(body: dict[str, Any]) -> Answer:
        asked.append(body)
        return as_json({**EMPTY, "features": [raw]})

    with serving(search) as url:
        source = StacApi(cdse_service(NOTHING, url=url))
        (item,) = source.search(WORLD, *day(2023, 8, 16)).items
        assert source.search(WORLD, *day(2023, 8, 15)).items == ()
    assert f"{item.sensed_at:%Y-%m-%dT%H:%M:%S}" == "2023-08-16T00:08:12"
    assert asked[0]["datetime"] == "2023-08-15T23:00:00Z/2023-08-17T00:00:00Z"
    assert asked[0]["collections"] == ["sentinel-2-l2a"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "../../etc"}, "id"),
        ({"geometry": None}, "geometry"),
        ({"properties": {}}, "datetime"),
        ({"properties": None}, "properties"),
        ({"assets": {"blue": {"href": "file:///etc/passwd"}}}, "required bands"),
    ],
)
def test_an_item_that_cannot_be_used_is_one_refusal_and_the_rest_goes_on(
    changes: dict[str, Any], reason: str
) -> None:
    page = [feature(1), feature(2, **changes), 7, None, feature(3)]
    with serving(lambda _: as_json({**EMPTY, "features": page})) as url:
        found = api(url).search(WORLD, *day(2023, 8, 15))
    assert [item.item_id for item in found.items] == ["S2A_0001", "S2A_0003"]
    (refusal,) = found.refused
    assert reason in refusal.reason
    assert "/" not in refusal.item_id


def test_bands_in_a_bucket_where_the_reader_pays_are_left_out_or_refuse_the_item() -> None:
    paid = {"href": "s3://sentinel-s2-l2a/tiles/33/T/WL/2023/8/15/0/B02.jp2"}
    optional, required = feature(1), feature(2)
    optional["assets"]["cloud"] = paid
    required["assets"]["blue"] = paid
    with serving(lambda _: as_json({**EMPTY, "features": [optional, required]})) as url:
        found = api(url).search(WORLD, *day(2023, 8, 15))
    (item,) = found.items
    assert "cloud" not in item.bands
    (refusal,) = found.refused
    assert "the reader pays; set SITEWATCH_REQUESTER_PAYS=yes" in refusal.reason
