"""Misleading rasters and troubled servers: nothing else is opened, and each failure is clear."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from servers.ranges import FolderServer, Trouble, serve_folder
from servers.rasters import NORTH, WEST, write_raster

from resources.errors import SceneUnreadable
from resources.http import retry
from resources.http.documents import FetchAllowlist
from resources.models import BandAsset, BandName, Bounds, ItemReading
from resources.pixels.read import read_bands, read_overview

HERE = FetchAllowlist(is_loopback=True)
BOX = Bounds(WEST + 350, NORTH - 1500, WEST + 1500, NORTH - 90)
"""Columns 35 to 150 and rows 9 to 150: parts of nine tiles."""
CORNER = Bounds(WEST, NORTH - 2000, WEST + 2000, NORTH)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderServer]:
    monkeypatch.setattr(retry, "FIRST_PAUSE_S", 0.01)
    with serve_folder(tmp_path) as found:
        yield found


def over_network(server: FolderServer, name: str, box: Bounds = BOX) -> ItemReading:
    asset = BandAsset("red", f"{server.url}/{name}")
    return read_bands({"red": asset}, box, 32633, item_id="S2A_x", reach=HERE)


def test_gdal_is_never_sent_to_another_file_by_a_raster(server: FolderServer) -> None:
    write_raster(server.folder / "other.tif", width=50, height=50)
    path = server.folder / "a.tif"
    for href in (str(server.folder / "other.tif"), f"/vsicurl/{server.url}/other.tif"):
        write_raster(path, compress="lzw")
        with rasterio.open(path, "r+") as file:
            file.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=href)
        for reach, where in ((HERE, f"{server.url}/a.tif"), (None, str(path))):
            server.reset()
            asset = BandAsset("red", where)
            with pytest.raises(SceneUnreadable, match="names another file"):
                read_overview(asset, item_id="S2A_x", reach=reach)
            assert {asked.path for asked in server.asked} <= {"/a.tif"}


def test_nothing_beside_a_remote_raster_is_asked_for(server: FolderServer) -> None:
    for compress in ("deflate", "lzw"):
        server.reset()
        write_raster(server.folder / "a.tif", compress=compress)
        over_network(server, "a.tif")
        read_overview(BandAsset("red", f"{server.url}/a.tif"), item_id="x", reach=HERE)
        assert {asked.path for asked in server.asked} == {"/a.tif"}


@pytest.mark.parametrize("compress", ["deflate", "lzw"])
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble(status=302, times=99, headers={"Location": "http://x.example/"}), "redirects"),
        (Trouble(status=404, times=99), "there is no such file"),
        (Trouble(status=403, times=99), "may not be read"),
        (Trouble(status=503, times=99, spare=1), "could not be fetched in 6 attempts"),
        (Trouble(claims_range="bytes 1-2/3", times=99, spare=1), "expected bytes"),
        (Trouble(status=416, times=99, spare=1), "ends before"),
    ],
    ids=str,
)
def test_a_band_that_cannot_be_fetched_is_one_clear_error(
    server: FolderServer, compress: str, trouble: Trouble, reason: str
) -> None:
    write_raster(server.folder / "large.tif", compress=compress, width=700, height=700)
    server.troubles.append(replace(trouble))
    far = Bounds(WEST + 5000, NORTH - 6000, WEST + 6000, NORTH - 5000)
    with pytest.raises(SceneUnreadable, match=rf"Item S2A_x, band red: .*{reason}") as caught:
        over_network(server, "large.tif", far)
    assert "\n" not in str(caught.value)
    assert caught.value.is_transient is (trouble.status in {None, 503}), "worth another run"


@pytest.mark.parametrize("compress", ["deflate", "lzw"])
def test_interrupted_and_busy_answers_are_got_over(server: FolderServer, compress: str) -> None:
    pixels = write_raster(server.folder / "a.tif", compress=compress, width=700, height=700)
    server.troubles += [
        Trouble(cut_after=5000),
        Trouble(status=503, times=2),
        Trouble(cut_after=30_000),
    ]
    reading = over_network(server, "a.tif", CORNER)
    np.testing.assert_array_equal(reading.rasters["red"].pixels, pixels[:200, :200])
    assert reading.requests == len(server.asked)
    assert reading.bytes_read == server.bytes_sent


@pytest.mark.parametrize("style", ["strong", "weak"])
def test_a_file_replaced_between_two_reads_is_read_anew(server: FolderServer, style: str) -> None:
    server.tag_style = style
    path = server.folder / "a.tif"
    write_raster(path, width=700, height=700)
    first = over_network(server, "a.tif")
    pixels = write_raster(path, width=700, height=700, dtype="uint8", blockxsize=128)
    second = over_network(server, "a.tif")
    np.testing.assert_array_equal(second.rasters["red"].pixels, pixels[9:150, 35:150])
    assert first.versions["red"] != second.versions["red"] == server.tag(path)
    assert second.requests == 3, "the kept header's, then header and pixels anew"


@pytest.mark.parametrize("compress", ["deflate", "lzw"])
def test_a_file_that_keeps_changing_while_it_is_read_is_refused(
    server: FolderServer, compress: str
) -> None:
    path = server.folder / "a.tif"
    write_raster(path, compress=compress, width=700, height=700)
    data = path.read_bytes()
    server.troubles.append(Trouble(times=99, after=lambda: path.write_bytes(data)))
    far = Bounds(WEST + 5000, NORTH - 6000, WEST + 6000, NORTH - 5000)
    with pytest.raises(SceneUnreadable, match="changed while it was read"):
        over_network(server, "a.tif", far)


def test_a_server_without_ranges_serves_small_files(server: FolderServer) -> None:
    for compress in ("deflate", "lzw"):
        pixels = write_raster(server.folder / f"{compress}.tif", compress=compress)
        server.troubles = [Trouble(ignores_range=True, times=99)]
        raster = over_network(server, f"{compress}.tif").rasters["red"]
        np.testing.assert_array_equal(raster.pixels, pixels[9:150, 35:150])


@pytest.mark.parametrize(
    "href",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "/vsicurl/http://127.0.0.1/a.tif",
        "https://example.org/a.tif",
        "s3://bucket/a.tif",
        "http://user:SECRET@127.0.0.1/a.tif",
        "http://127.0.0.1/a.tif?sig=SECRET",
    ],
)
def test_addresses_out_of_reach_are_refused_unread(href: str) -> None:
    asset = BandAsset("red", href)
    for read in (
        lambda: read_bands({"red": asset}, BOX, 32633, item_id="S2A_x", reach=HERE),
        lambda: read_overview(asset, item_id="S2A_x", reach=HERE),
    ):
        with pytest.raises(SceneUnreadable, match="band red: its file ") as caught:
            read()
        assert "SECRET" not in str(caught.value)


def test_all_bands_of_an_item_are_read_in_their_order(server: FolderServer) -> None:
    names: list[BandName] = ["nir", "red", "blue", "swir16"]
    for number, name in enumerate(names):
        write_raster(
            server.folder / f"{name}.tif", dtype="uint8", compress=["lzw", "deflate"][number % 2]
        )
    assets = {name: BandAsset(name, f"{server.url}/{name}.tif") for name in names}
    reading = read_bands(assets, BOX, 32633, item_id="S2A_x", reach=HERE)
    assert list(reading.rasters) == names
    assert set(reading.versions) == set(names)
    (server.folder / "blue.tif").unlink()
    with pytest.raises(SceneUnreadable, match=r"band blue: .*404"):
        read_bands(assets, BOX, 32633, item_id="S2A_x", reach=HERE)
