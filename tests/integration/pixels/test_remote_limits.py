"""Time, memory and hosts that are down: every reading ends, and says why."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio.shutil
from servers.ranges import FolderServer, Trouble, serve_folder
from servers.rasters import NORTH, WEST, write_raster

from resources.errors import SceneUnreadable
from resources.http import limits, retry
from resources.http.client import HttpClient
from resources.http.documents import FetchAllowlist, RemoteError, fetch_bytes
from resources.http.loop import run_with_client
from resources.http.retry import ReadingTally
from resources.http.seekable_file import RemoteFile
from resources.models import BandAsset, Bounds
from resources.pixels import read as read_module
from resources.pixels.read import read_bands, read_corner, read_overview

HERE = FetchAllowlist(is_loopback=True)
BOX = Bounds(WEST + 350, NORTH - 1500, WEST + 1500, NORTH - 90)
CONTENT = np.random.default_rng(0).integers(0, 256, 400_000, dtype=np.uint8).tobytes()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderServer]:
    monkeypatch.setattr(retry, "FIRST_PAUSE_S", 0.001)
    (tmp_path / "a.bin").write_bytes(CONTENT)
    with serve_folder(tmp_path) as found:
        yield found


@pytest.mark.parametrize("compress", ["deflate", "lzw"])
def test_one_reading_of_all_bands_ends_in_its_time(
    server: FolderServer, monkeypatch: pytest.MonkeyPatch, compress: str
) -> None:
    write_raster(server.folder / "a.tif", compress=compress, width=900, height=900)
    asset = BandAsset("red", f"{server.url}/a.tif")
    monkeypatch.setattr(read_module, "READ_S", 0.3)
    monkeypatch.setattr(read_module, "OVERVIEW_S", 0.3)
    server.troubles.append(Trouble(spare=1, times=99, pause_s=0.6))
    for read in (
        lambda: read_bands({"red": asset}, BOX, 32633, item_id="x", reach=HERE),
        lambda: read_overview(asset, item_id="x", reach=HERE),
    ):
        begun = time.monotonic()
        with pytest.raises(
            SceneUnreadable, match=r"in the time that one reading may take|too long"
        ):
            read()
        assert time.monotonic() - begun < 1.0


def test_waiting_for_a_turn_takes_nothing_of_a_requests_time(
    server: FolderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "REQUEST_S", 0.5)
    monkeypatch.setattr(limits, "CONNECTIONS", 1)
    server.latency_s = 0.15
    target = HERE.target(f"{server.url}/a.bin")

    async def fetch(client: HttpClient) -> int:
        parts = (client.fetch(target, at, at + 10, tally=ReadingTally()) for at in range(5))
        return len(await asyncio.gather(*parts))

    assert run_with_client(fetch) == 5, "the last one waits for 0.6 seconds"


def test_a_larger_part_may_take_longer() -> None:
    target = HERE.target("http://127.0.0.1:1/a")
    assert retry.RangeDownload(target, 0, 10, None).allowed_s == pytest.approx(120, abs=1)
    assert retry.RangeDownload(target, 0, 10**7, None).allowed_s == pytest.approx(320)


def test_a_host_that_cannot_be_reached_is_left_alone_for_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE_S", 0.001)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        href = f"http://127.0.0.1:{free.getsockname()[1]}/x"
        for _ in range(3):
            with pytest.raises(RemoteError, match=r"in 6 attempts, .* no connection was possible"):
                fetch_bytes(HERE, href, limit=10)
        with pytest.raises(RemoteError, match="could not be reached 3 times; it is asked again in"):
            fetch_bytes(HERE, href, limit=10)


def test_a_host_that_was_left_alone_is_asked_again_and_forgiven(
    server: FolderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = limits.HostLimiter(1)
    target = HERE.target(f"{server.url}/a.bin")
    for _ in range(2):
        door.given_up()
    door.reached()
    for _ in range(2):
        door.given_up()
    door.check(target)
    monkeypatch.setattr(limits, "REST_S", 0.05)
    door.given_up()
    with pytest.raises(RemoteError, match="asked again"):
        door.check(target)
    time.sleep(0.06)
    door.check(target)


def test_a_busy_host_is_not_taken_for_one_that_is_down(server: FolderServer) -> None:
    server.troubles.append(Trouble(status=503, times=24))
    for _ in range(4):
        with pytest.raises(RemoteError, match="503"):
            fetch_bytes(HERE, f"{server.url}/a.bin", limit=10**6)
    assert fetch_bytes(HERE, f"{server.url}/a.bin", limit=10**6)[0] == CONTENT


def test_a_file_that_was_sent_in_parts_is_not_taken_whole(server: FolderServer) -> None:
    target = HERE.target(f"{server.url}/a.bin")
    first = run_with_client(lambda client: client.fetch(target, 0, 10, tally=ReadingTally()))
    server.troubles.append(Trouble(ignores_range=True))
    with pytest.raises(RemoteError, match="in parts first and then whole"):
        run_with_client(
            lambda c: c.fetch(target, 10, 20, tally=ReadingTally(), version=first.version)
        )


def test_what_gdal_reads_takes_its_room_in_memory(server: FolderServer) -> None:
    target = HERE.target(f"{server.url}/a.bin")

    async def fill(client: HttpClient) -> int:
        return await client.budget.take(2**40)

    taken = run_with_client(fill)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(RemoteFile, target, ReadingTally())
        time.sleep(0.1)
        assert not server.asked, "no request before there is room"

        async def free(client: HttpClient) -> None:
            client.budget.give(taken)

        run_with_client(free)
        file = waiting.result(5)
    assert file.read(300_000, 300_010) == CONTENT[300_000:300_010]
    taken = run_with_client(fill)
    with pytest.raises(RemoteError, match="too much else is being read"):
        RemoteFile(target, ReadingTally(until=time.monotonic() + 0.05))
    run_with_client(free)


@pytest.mark.parametrize("shape", [".jp2", "codestream"])
def test_of_jpeg_2000_no_overview_is_fetched(server: FolderServer, shape: str) -> None:
    path = server.folder / ("a.jp2" if shape == ".jp2" else "a.tif")
    kind = {"driver": "JP2OpenJPEG", "tiled": False, "width": 1024, "height": 1024}
    write_raster(path, **kind, QUALITY="100", REVERSIBLE="YES", compress=None)
    asset = BandAsset("red", f"{server.url}/{path.name}")
    assert read_overview(asset, item_id="x", reach=HERE) is None
    assert [one.span for one in server.asked] == [(0, 16_383)]
    if shape == ".jp2":
        assert read_corner(asset.href, reach=HERE) == (32633, WEST, NORTH)


def test_an_overview_after_a_window_takes_one_request(server: FolderServer) -> None:
    path = server.folder / "cog.tif"
    write_raster(path.with_suffix(".plain"), width=1500, height=1500)
    rasterio.shutil.copy(
        path.with_suffix(".plain"), path, driver="COG", compress="deflate", blocksize=256
    )
    asset = BandAsset("red", f"{server.url}/cog.tif")
    read_bands({"red": asset}, BOX, 32633, item_id="x", reach=HERE)
    server.reset()
    found = read_overview(asset, item_id="x", reach=HERE)
    assert found is not None
    assert max(found.pixels.shape) < 256
    assert len(server.asked) == 1


class Interrupt(BaseException):
    """As Control-C, but nobody else's."""


def test_what_nobody_waits_for_any_more_is_cancelled() -> None:
    ended = threading.Event()

    async def wait(_: HttpClient) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    def interrupt(*_: object) -> None:
        raise Interrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(Interrupt):
            run_with_client(wait)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert ended.wait(2)
