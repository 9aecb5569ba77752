"""Rasters that are broken, or made to mislead: refused with a reason, or read as rasterio does."""

import random
import re
import resource
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from servers.ranges import FolderServer, Trouble, serve_folder
from servers.rasters import NORTH, WEST

from resources import remote_client
from resources.cog_tags import Pieces, first_directory
from resources.errors import SceneUnreadable
from resources.models import BandAsset, BandName, Bounds, Raster, Reading
from resources.rasters import read_bands, read_overview
from resources.remote import Reach

HERE = Reach(is_loopback=True)
SIDE, TILE = 200, 64
BOX = Bounds(WEST + 350, NORTH - 1500, WEST + 1500, NORTH - 90)
"""Columns 35 to 150 and rows 9 to 150: parts of nine tiles."""
WHOLE = Bounds(WEST, NORTH - 10 * SIDE, WEST + 10 * SIDE, NORTH)
KINDS = [
    {"dtype": "uint16", "predictor": 2, "nodata": 0},
    {"dtype": "uint16", "predictor": 2, "nodata": 0, "endianness": "big"},
    {"dtype": "uint8", "predictor": 1, "bigtiff": "yes"},
    {"dtype": "int16", "predictor": 2, "bigtiff": "yes", "endianness": "big", "nodata": -1},
]
WIDTH, HEIGHT, BITS, TILE_WIDTH, TILE_HEIGHT, OFFSETS, COUNTS = 256, 257, 258, 322, 323, 324, 325

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderServer]:
    monkeypatch.setattr(remote_client, "FIRST_PAUSE_S", 0.01)
    with serve_folder(tmp_path) as found:
        yield found


def write(path: Path, **changes: object) -> np.ndarray:
    """A raster with something in every tile; gives its pixels."""
    profile = {
        "driver": "GTiff",
        "width": SIDE,
        "height": SIDE,
        "count": 1,
        "dtype": "uint16",
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, WEST, 0, -10, NORTH),
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "compress": "deflate",
        **changes,
    }
    rng = np.random.default_rng(3)
    pixels = rng.integers(1, 100, (profile["height"], profile["width"])).astype(profile["dtype"])
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels, 1)
    return pixels


def over_network(server: FolderServer, name: str, box: Bounds = BOX) -> Reading:
    asset = BandAsset("red", f"{server.url}/{name}")
    return read_bands({"red": asset}, box, 32633, item_id="S2A_x", reach=HERE)


def outcome(server: FolderServer | None, path: Path, box: Bounds) -> Raster | str:
    """The pixels, or the reason why there are none."""
    try:
        if server is not None:
            return over_network(server, path.name, box).rasters["red"]
        asset = BandAsset("red", str(path))
        return read_bands({"red": asset}, box, 32633, item_id="S2A_x").rasters["red"]
    except SceneUnreadable as cause:
        return re.fullmatch(r"Item S2A_x, band red: (.+)", str(cause))[1]


def is_same(found: Raster, expected: Raster) -> bool:
    return (
        np.array_equal(found.pixels, expected.pixels)
        and found.pixels.dtype == expected.pixels.dtype
        and (found.transform, found.epsg) == (expected.transform, expected.epsg)
        and repr(found.nodata) == repr(expected.nodata)
    )


@dataclass
class Tried:
    """How many broken files were read as rasterio does, and how many refused."""

    read: int = 0
    refused: int = 0

    def add(self, server: FolderServer, path: Path, sound: Raster, box: Bounds = BOX) -> None:
        """Read one broken file both ways; only what is right or refused is let pass."""
        found, expected = outcome(server, path, box), outcome(None, path, box)
        if isinstance(found, str):
            self.refused += 1
            return
        self.read += 1
        if isinstance(expected, str):  # GDAL reads whole tiles, and so sees damage beyond ours
            assert is_same(found, sound), path
        else:
            assert is_same(found, expected), path


def header_end(data: bytes) -> int:
    """Where the header ends: the first byte of the first tile."""
    pieces = Pieces(len(data), [(0, data)])
    return int(first_directory(pieces).values(pieces, OFFSETS).min())


def test_a_hundred_rasters_with_wrong_bytes_in_the_header_are_read_right_or_refused(
    server: FolderServer,
) -> None:
    tried, rng = Tried(), random.Random(20261123)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(100):
        path = server.folder / f"{number}.tif"
        write(path, **KINDS[number % len(KINDS)])
        sound = outcome(None, path, BOX)
        data = bytearray(path.read_bytes())
        end = header_end(bytes(data)) if number % 2 else 200  # where most tags are
        for _ in range(rng.choice([1, 1, 2, 5, 20])):
            data[rng.randrange(end)] = rng.choice([0, 1, 255, rng.randrange(256)])
        path.write_bytes(data)
        tried.add(server, path, sound)
    assert tried.refused > 30
    assert tried.read > 10
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 300, "no header makes us hold what is not there"


def test_forty_truncated_rasters_are_read_right_or_refused(server: FolderServer) -> None:
    tried, rng = Tried(), random.Random(1)
    for number in range(40):
        path = server.folder / f"{number}.tif"
        write(path, **KINDS[number % len(KINDS)])
        sound = outcome(None, path, BOX)
        data = path.read_bytes()
        path.write_bytes(data[: rng.randrange(len(data))])
        tried.add(server, path, sound)
    assert tried.refused > 25


def test_forty_rasters_with_wrong_bytes_in_whole_tiles_are_read_right_or_refused(
    server: FolderServer,
) -> None:
    """Deflate's checksum stands at a tile's end, so it tells only where all rows are wanted."""
    tried, rng = Tried(), random.Random(2)
    for number in range(40):
        path = server.folder / f"{number}.tif"
        write(path, **KINDS[number % len(KINDS)])
        sound = outcome(None, path, WHOLE)
        data = bytearray(path.read_bytes())
        at = rng.randrange(header_end(bytes(data)), len(data))
        data[at] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        tried.add(server, path, sound, WHOLE)
    assert tried.refused > 30


def patched(data: bytes, tag: int, value: int, index: int = 0) -> bytes:
    """A classic or big TIFF with one number of a tag replaced."""
    pieces = Pieces(len(data), [(0, data)])
    tags = first_directory(pieces)
    kind, _, at = tags.places[tag]
    form = tags.order + {3: "H", 4: "I", 16: "Q"}[kind]
    size = struct.calcsize(form)
    limit = 256**size - 1
    changed = struct.pack(form, min(value, limit))
    return data[: at + index * size] + changed + data[at + (index + 1) * size :]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (WIDTH, 2**31 - 1),
        (HEIGHT, 2**32 - 1),
        (WIDTH, 0),
        (BITS, 64),
        (TILE_WIDTH, 65520),
        (TILE_HEIGHT, 2**31 - 16),
        (TILE_WIDTH, 0),
        (TILE_WIDTH, 48),
        (OFFSETS, 2**62),
        (OFFSETS, 1),
        (OFFSETS, 0),
        (COUNTS, 2**62),
        (COUNTS, 1),
        (COUNTS, 0),
    ],
)
def test_a_size_or_offset_that_is_not_true_is_read_as_rasterio_reads_it_or_refused(
    server: FolderServer, kind: dict[str, object], tag: int, value: int
) -> None:
    path = server.folder / "a.tif"
    write(path, **kind)
    sound = outcome(None, path, BOX)
    data = path.read_bytes()
    path.write_bytes(patched(data, tag, value))
    Tried().add(server, path, sound)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"II*\0",
        b"II*\0\x08\0\0\0",
        b"II*\0\x08\0\0\0" + b"\xff" * 4000,
        b"II*\0\x08\0\0\0" + b"\0" * 4000,
        b"MM\0*\0\0\0\x08" + b"\xff" * 4000,
        b"II+\0\x08\0\0\0" + b"\xff" * 4000,
        b"II+\0\x04\0\0\0" + b"\0" * 4000,
        b"\0\0\0\x0cjP  \r\n\x87\n" + b"\xff" * 400,
        b"\xff\x4f\xff\x51" + b"\0" * 400,
        b"<VRTDataset></VRTDataset>",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_no_raster_is_refused(server: FolderServer, content: bytes) -> None:
    (server.folder / "a.tif").write_bytes(content)
    with pytest.raises(SceneUnreadable, match=r"Item S2A_x, band red: .{10}"):
        over_network(server, "a.tif")


def test_overviews_that_lead_in_a_circle_are_refused_or_left_out(server: FolderServer) -> None:
    path = server.folder / "a.tif"
    write(path, **KINDS[0])
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2], Resampling.nearest)
    data = bytearray(path.read_bytes())
    pieces = Pieces(len(data), [(0, bytes(data))])
    first = first_directory(pieces)
    (count,) = struct.unpack_from("<H", data, first.next_at)
    struct.pack_into("<I", data, first.next_at + 2 + 12 * count, first.next_at)
    path.write_bytes(data)
    asset = BandAsset("red", f"{server.url}/a.tif")
    try:
        raster = read_overview(asset, item_id="S2A_x", reach=HERE)
    except SceneUnreadable:
        return
    assert raster.pixels.shape == (SIDE // 2, SIDE // 2)


def test_gdal_is_never_sent_to_another_file_by_a_raster(server: FolderServer) -> None:
    write(server.folder / "other.tif", width=50, height=50)
    path = server.folder / "a.tif"
    for href in (str(server.folder / "other.tif"), f"/vsicurl/{server.url}/other.tif"):
        write(path, compress="lzw")
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
        write(server.folder / "a.tif", compress=compress)
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
    write(server.folder / "large.tif", compress=compress, width=700, height=700)
    server.troubles.append(replace(trouble))
    far = Bounds(WEST + 5000, NORTH - 6000, WEST + 6000, NORTH - 5000)
    with pytest.raises(SceneUnreadable, match=rf"Item S2A_x, band red: .*{reason}") as caught:
        over_network(server, "large.tif", far)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("compress", ["deflate", "lzw"])
def test_interrupted_and_busy_answers_are_got_over(server: FolderServer, compress: str) -> None:
    pixels = write(server.folder / "a.tif", compress=compress, width=700, height=700)
    server.troubles += [
        Trouble(cut_after=5000),
        Trouble(status=503, times=2),
        Trouble(cut_after=30_000),
    ]
    reading = over_network(server, "a.tif", WHOLE)
    np.testing.assert_array_equal(reading.rasters["red"].pixels, pixels[:SIDE, :SIDE])
    assert reading.requests == len(server.asked)
    assert reading.bytes_read == server.bytes_sent


@pytest.mark.parametrize("style", ["strong", "weak"])
def test_a_file_replaced_between_two_reads_is_read_anew(server: FolderServer, style: str) -> None:
    server.tag_style = style
    path = server.folder / "a.tif"
    write(path, width=700, height=700)
    first = over_network(server, "a.tif")
    pixels = write(path, width=700, height=700, dtype="uint8", blockxsize=128)
    second = over_network(server, "a.tif")
    np.testing.assert_array_equal(second.rasters["red"].pixels, pixels[9:150, 35:150])
    assert first.versions["red"] != second.versions["red"] == server.tag(path)
    assert second.requests == 3, "the kept header's, then header and pixels anew"


@pytest.mark.parametrize("compress", ["deflate", "lzw"])
def test_a_file_that_keeps_changing_while_it_is_read_is_refused(
    server: FolderServer, compress: str
) -> None:
    path = server.folder / "a.tif"
    write(path, compress=compress, width=700, height=700)
    data = path.read_bytes()
    server.troubles.append(Trouble(times=99, after=lambda: path.write_bytes(data)))
    far = Bounds(WEST + 5000, NORTH - 6000, WEST + 6000, NORTH - 5000)
    with pytest.raises(SceneUnreadable, match="changed while it was read"):
        over_network(server, "a.tif", far)


def test_a_server_without_ranges_serves_small_files(server: FolderServer) -> None:
    for compress in ("deflate", "lzw"):
        pixels = write(server.folder / f"{compress}.tif", compress=compress)
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
    names: list[BandName] = ["scl", "red", "blue", "nir"]
    for number, name in enumerate(names):
        write(server.folder / f"{name}.tif", dtype="uint8", compress=["lzw", "deflate"][number % 2])
    assets = {name: BandAsset(name, f"{server.url}/{name}.tif") for name in names}
    reading = read_bands(assets, BOX, 32633, item_id="S2A_x", reach=HERE)
    assert list(reading.rasters) == names
    assert set(reading.versions) == set(names)
    (server.folder / "blue.tif").unlink()
    with pytest.raises(SceneUnreadable, match=r"band blue: .*404"):
        read_bands(assets, BOX, 32633, item_id="S2A_x", reach=HERE)
