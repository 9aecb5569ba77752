"""Broken rasters: each is refused with a reason, or read as rasterio reads it."""

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
from rasterio.enums import Resampling
from servers.ranges import FolderServer, serve_folder
from servers.rasters import NORTH, WEST, write_raster

from resources.errors import SceneUnreadable
from resources.http.documents import FetchAllowlist
from resources.models import BandAsset, Bounds, Raster
from resources.pixels.read import read_bands, read_overview
from resources.pixels.tiff_tags import FilePieces, first_directory

HERE = FetchAllowlist(is_loopback=True)
SIDE = 200
BOX = Bounds(WEST + 350, NORTH - 1500, WEST + 1500, NORTH - 90)
"""Columns 35 to 150 and rows 9 to 150: parts of nine tiles."""
WHOLE = Bounds(WEST, NORTH - 10 * SIDE, WEST + 10 * SIDE, NORTH)
KINDS = [
    {"dtype": "uint16", "predictor": 2, "nodata": 0},
    {"dtype": "uint16", "predictor": 2, "nodata": 0, "endianness": "big"},
    {"dtype": "uint8", "predictor": 1, "bigtiff": "yes"},
    {"dtype": "int16", "predictor": 2, "bigtiff": "yes", "endianness": "big", "nodata": -1},
]
OTHERS = [
    {"dtype": "uint16", "compress": "lzw", "predictor": 2},
    {"dtype": "uint16", "compress": None, "tiled": False, "blockysize": 8},
    {"dtype": "uint16", "compress": None},
    {"dtype": "uint8", "compress": "packbits", "tiled": False, "blockysize": 8},
    {"dtype": "uint16", "compress": "zstd", "endianness": "big"},
    {"dtype": "uint16", "compress": "deflate", "tiled": False, "blockysize": 16, "bigtiff": "yes"},
]
"""Ways of storing that are left to GDAL."""
ALL = [*KINDS, *OTHERS]
WIDTH, HEIGHT, BITS, TILE_WIDTH, TILE_HEIGHT, OFFSETS, COUNTS = 256, 257, 258, 322, 323, 324, 325
STRIPED = {TILE_WIDTH: 278, TILE_HEIGHT: 278, OFFSETS: 273, COUNTS: 279}
"""Tags of a striped file that stand for those of a tiled one."""

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FolderServer]:
    with serve_folder(tmp_path) as found:
        yield found


def outcome(server: FolderServer | None, path: Path, box: Bounds) -> Raster | str:
    """The pixels, or the reason why there are none."""
    try:
        if server is not None:
            asset = BandAsset("red", f"{server.url}/{path.name}")
            reading = read_bands({"red": asset}, box, 32633, item_id="S2A_x", reach=HERE)
        else:
            asset = BandAsset("red", str(path))
            reading = read_bands({"red": asset}, box, 32633, item_id="S2A_x")
        return reading.rasters["red"]
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
    pieces = FilePieces(len(data), [(0, data)])
    tags = first_directory(pieces)
    tag = OFFSETS if OFFSETS in tags.places else STRIPED[OFFSETS]
    return int(tags.values(pieces, tag).min())


def test_a_hundred_rasters_with_wrong_bytes_in_the_header_are_read_right_or_refused(
    server: FolderServer,
) -> None:
    tried, rng = Tried(), random.Random(20261123)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(100):
        path = server.folder / f"{number}.tif"
        write_raster(path, **ALL[number % len(ALL)])
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
        write_raster(path, **ALL[number % len(ALL)])
        sound = outcome(None, path, BOX)
        data = path.read_bytes()
        path.write_bytes(data[: rng.randrange(len(data))])
        tried.add(server, path, sound)
    assert tried.refused > 25


def break_pixels(server: FolderServer, kinds: list[dict[str, object]]) -> Tried:
    """Flip one bit among the pixels of forty rasters, and read each whole."""
    tried, rng = Tried(), random.Random(2)
    for number in range(40):
        path = server.folder / f"{number}.tif"
        write_raster(path, **kinds[number % len(kinds)])
        sound = outcome(None, path, WHOLE)
        data = bytearray(path.read_bytes())
        at = rng.randrange(header_end(bytes(data)), len(data))
        data[at] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        tried.add(server, path, sound, WHOLE)
    return tried


def test_forty_rasters_with_wrong_bytes_in_whole_tiles_are_read_right_or_refused(
    server: FolderServer,
) -> None:
    """Deflate's checksum stands at a tile's end, so it tells only where all rows are wanted."""
    assert break_pixels(server, KINDS).refused > 30


def test_forty_rasters_without_checksums_are_read_as_rasterio_reads_them_or_refused(
    server: FolderServer,
) -> None:
    tried = break_pixels(server, OTHERS)
    assert tried.refused > 5
    assert tried.read > 5


def patched(data: bytes, tag: int, value: int, index: int = 0) -> bytes:
    """A classic or big TIFF with one number of a tag replaced."""
    pieces = FilePieces(len(data), [(0, data)])
    tags = first_directory(pieces)
    kind, _, at = tags.places[tag]
    form = tags.order + {3: "H", 4: "I", 16: "Q"}[kind]
    size = struct.calcsize(form)
    limit = 256**size - 1
    changed = struct.pack(form, min(value, limit))
    return data[: at + index * size] + changed + data[at + (index + 1) * size :]


@pytest.mark.parametrize("kind", ALL, ids=str)
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
    write_raster(path, **kind)
    sound = outcome(None, path, BOX)
    data = path.read_bytes()
    if kind.get("tiled") is False:
        tag = STRIPED.get(tag, tag)
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
    found = outcome(server, server.folder / "a.tif", BOX)
    assert isinstance(found, str)
    assert len(found) > 10


def test_overviews_that_lead_in_a_circle_are_refused(server: FolderServer) -> None:
    path = server.folder / "a.tif"
    write_raster(path, **KINDS[0])
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2], Resampling.nearest)
    data = bytearray(path.read_bytes())
    pieces = FilePieces(len(data), [(0, bytes(data))])
    first = first_directory(pieces)
    (count,) = struct.unpack_from("<H", data, first.next_at)
    struct.pack_into("<I", data, first.next_at + 2 + 12 * count, first.next_at)
    path.write_bytes(data)
    asset = BandAsset("red", f"{server.url}/a.tif")
    for reach, href in ((HERE, asset.href), (None, str(path))):
        with pytest.raises(SceneUnreadable, match="its overviews have no end"):
            read_overview(replace(asset, href=href), item_id="S2A_x", reach=reach)


@pytest.mark.parametrize(("tag", "value"), [(TILE_WIDTH, 48), (OFFSETS, 0), (OFFSETS, 2**62)])
def test_a_local_file_that_contradicts_itself_is_refused_before_gdal_reads_it(
    server: FolderServer, tag: int, value: int
) -> None:
    path = server.folder / "a.tif"
    write_raster(path, **KINDS[0])
    path.write_bytes(patched(path.read_bytes(), tag, value))
    for found in (outcome(None, path, BOX), outcome(server, path, BOX)):
        assert isinstance(found, str)
        assert found.startswith("the file is broken: ")
