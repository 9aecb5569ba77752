"""Headers of TIFFs out of as many bytes as are here, and windows by plain geometry."""

import struct

import pytest
from affine import Affine
from rasterio.io import MemoryFile

from resources.models import Bounds
from resources.pixels.cog_header import CogHeader, read_header
from resources.pixels.tiff_tags import FilePieces, MissingBytes, UnfitForFastPath
from resources.pixels.window import PixelBox, RasterFrame, UnreadableRaster, covering_window

FRAME = RasterFrame(32633, Affine(10, 0, 500_000, 0, -10, 5_000_000), 100, 80)


def raster(**changes: object) -> bytes:
    """A raster of 3000 small tiles, none of them written."""
    profile = {
        "driver": "GTiff",
        "width": 960,
        "height": 800,
        "count": 1,
        "dtype": "int16",
        "crs": "EPSG:32633",
        "transform": FRAME.transform,
        "tiled": True,
        "blockxsize": 16,
        "blockysize": 16,
        "compress": "deflate",
        "sparse_ok": True,
        "nodata": -5,
        **changes,
    }
    with MemoryFile() as memory:
        memory.open(**profile).close()
        return bytes(memory.getbuffer())


def read_in_pieces(data: bytes, step: int) -> tuple[CogHeader, int]:
    """The header out of the first bytes and those that are asked for; how often they were."""
    pieces, asked = FilePieces(len(data), [(0, data[:step])]), 0
    while True:
        try:
            return read_header(pieces), asked
        except MissingBytes as missing:
            stop = max(missing.stop, missing.start + step)
            pieces.add(missing.start, data[missing.start : stop])
            asked += 1


@pytest.mark.parametrize("endianness", ["little", "big"])
@pytest.mark.parametrize("bigtiff", ["yes", "no"])
def test_a_header_is_the_same_in_one_piece_and_in_many(endianness: str, bigtiff: str) -> None:
    data = raster(endianness=endianness, bigtiff=bigtiff)
    whole, asked = read_in_pieces(data, len(data))
    assert asked == 0
    parts, asked = read_in_pieces(data, 64)
    assert asked > 3
    assert (parts.frame, parts.nodata) == (whole.frame, whole.nodata) == (FRAME_OF_ALL, -5.0)
    assert (parts.image.fill, parts.image.tile_width, parts.image.dtype.str[1:]) == (-5, 16, "i2")
    assert parts.image.counts.tolist() == whole.image.counts.tolist() == [0] * 3000


FRAME_OF_ALL = RasterFrame(32633, FRAME.transform, 960, 800)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"compress": "lzw"}, "not tiled and deflated"),
        ({"tiled": False}, "not tiled and deflated|larger|tag"),
        ({"dtype": "float32"}, "32 bits and the format 3"),
        ({"count": 2}, "tag 277|more than one|not one whole number"),
        ({"crs": "EPSG:4326"}, "its key"),
        ({"crs": None}, "keys of a coordinate system"),
        ({"transform": Affine(10, 1, 0, 1, -10, 0)}, "north-up"),
        ({"nodata": None, "crs": "+proj=utm +zone=33 +ellps=bessel"}, "its key|not a plain one"),
    ],
    ids=str,
)
def test_a_file_of_another_kind_is_told_from_its_header(
    changes: dict[str, object], reason: str
) -> None:
    data = raster(**changes)
    with pytest.raises(UnfitForFastPath, match=reason):
        read_header(FilePieces(len(data), [(0, data)]))


@pytest.mark.parametrize("count", [0, 257, 65535])
def test_a_directory_of_an_unlikely_length_is_not_read(count: int) -> None:
    data = b"II*\0" + struct.pack("<IH", 8, count) + b"\0" * 100
    with pytest.raises(UnfitForFastPath, match="entries"):
        read_header(FilePieces(len(data), [(0, data)]))


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        ((10, 20), (5, 9), PixelBox(10, 5, 20, 9)),
        ((10.2, 19.8), (5.5, 8.001), PixelBox(10, 5, 20, 9)),
        ((10 - 1e-9, 20 + 1e-9), (5, 9), PixelBox(10, 5, 20, 9)),
        ((-50, 3), (-9, 4), PixelBox(0, 0, 3, 4)),
        ((95, 300), (70, 90), PixelBox(95, 70, 100, 80)),
        ((-50, 500), (-50, 500), PixelBox(0, 0, 100, 80)),
        ((100, 110), (0, 10), None),
        ((-10, 0), (0, 10), None),
        ((0, 10), (80, 90), None),
    ],
)
def test_a_window_is_snapped_outward_and_cropped(
    columns: tuple[float, float], rows: tuple[float, float], expected: PixelBox | None
) -> None:
    box = Bounds(
        500_000 + columns[0] * 10,
        5_000_000 - rows[1] * 10,
        500_000 + columns[1] * 10,
        5_000_000 - rows[0] * 10,
    )
    assert covering_window(FRAME, box, 32633) == expected


@pytest.mark.parametrize("pixel", [1e-320, 1e-9])
def test_a_window_of_absurdly_many_pixels_is_refused(pixel: float) -> None:
    frame = RasterFrame(32633, Affine(pixel, 0, 500_000, 0, -pixel, 5_000_000), 10**9, 10**9)
    with pytest.raises(UnreadableRaster, match="too"):
        covering_window(frame, Bounds(500_000, 4_999_000, 501_000, 5_000_000), 32633)


def test_a_box_that_grows_beyond_reason_in_the_rasters_crs_is_refused() -> None:
    """A raster that says it lies in another CRS than it does cannot make us hold many pixels."""
    frame = RasterFrame(3857, Affine(5, 0, -2e7, 0, -5, 2e8), 10**9, 10**9)
    near_the_pole = Bounds(499_000, 9_900_000, 501_000, 9_902_000)
    with pytest.raises(UnreadableRaster, match="too large for a site, or for this box"):
        covering_window(frame, near_the_pole, 32633)
    oblique = covering_window(
        RasterFrame(3035, Affine(5, 0, 0, 0, -5, 1e7), 10**9, 10**9),
        Bounds(499_000, 4_999_000, 500_000, 5_000_000),
        32633,
    )
    assert oblique is not None
