"""The fast path gives what rasterio gives: on every real raster and on a thousand made ones."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from servers.ranges import FolderServer, serve_folder
from servers.rasters import NORTH, WEST, Made, add_overviews, make_raster

from resources.errors import SceneUnreadable
from resources.http.documents import FetchAllowlist
from resources.models import BandAsset, Bounds, Raster
from resources.pixels.cog_byte_ranges import byte_ranges, needed_tiles
from resources.pixels.cog_header import read_header
from resources.pixels.read import read_bands, read_overview
from resources.pixels.tiff_tags import FilePieces, UnfitForFastPath
from resources.pixels.window import PixelBox

HERE = FetchAllowlist(is_loopback=True)
PROFILE = {
    "driver": "GTiff",
    "width": 1024,
    "height": 1024,
    "count": 1,
    "dtype": "uint16",
    "crs": "EPSG:32633",
    "transform": Affine(10, 0, WEST, 0, -10, NORTH),
    "tiled": True,
    "compress": "deflate",
    "predictor": 2,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FolderServer]:
    with serve_folder(tmp_path_factory.mktemp("served")) as server:
        yield server


def is_fit(path: Path) -> bool:
    """Whether the fast path accepts a file."""
    data = path.read_bytes()
    try:
        read_header(FilePieces(len(data), [(0, data)]))
    except UnfitForFastPath:
        return False
    return True


def assert_same(found: Raster, expected: Raster, why: object) -> None:
    np.testing.assert_array_equal(found.pixels, expected.pixels, err_msg=str(why))
    assert found.pixels.dtype == expected.pixels.dtype, why
    assert found.transform == expected.transform, why
    assert found.epsg == expected.epsg, why
    assert repr(found.nodata) == repr(expected.nodata), why


def by_rasterio(made: Made) -> Raster | None:
    """The box through rasterio alone, unseen pixels 0; None if there are negative numbers.

    The window is reckoned here, in fractions, and not by our own code.
    """
    edges = made.box.west, made.box.south, made.box.east, made.box.north
    with rasterio.open(made.path) as file:
        if made.box_epsg != file.crs.to_epsg():
            edges = transform_bounds(f"EPSG:{made.box_epsg}", file.crs, *edges, densify_pts=21)
        west, south, east, north = map(Fraction, edges)
        a, c, e, f = map(Fraction, (file.transform.a, file.transform.c, *file.transform[4:6]))
        hair = Fraction(1, 10**6)
        left, right = math.floor((west - c) / a + hair), math.ceil((east - c) / a - hair)
        top, bottom = math.floor((north - f) / e + hair), math.ceil((south - f) / e - hair)
        left, top = max(left, 0), max(top, 0)
        columns, rows = min(right, file.width) - left, min(bottom, file.height) - top
        is_beside = columns <= 0 or rows <= 0
        left, top, columns, rows = (0, 0, 0, 0) if is_beside else (left, top, columns, rows)
        whole = file.read(1, window=Window(left, top, columns, rows)) if not is_beside else None
        pixels = np.zeros((0, 0), file.dtypes[0]) if whole is None else whole
        marker = 5.0 if file.nodata is None else file.nodata
        pixels = np.where(pixels == marker, np.zeros((), pixels.dtype), pixels)
        if (pixels < 0).any():
            return None
        x, y = float(c + left * a), float(f + top * e)
        place = Affine(float(a), 0, x, 0, float(e), y)
        return Raster(pixels, place, file.crs.to_epsg(), 0.0)


def read_over_network(server: FolderServer, made: Made) -> Raster:
    href = f"{server.url}/{made.path.relative_to(server.folder)}"
    asset = BandAsset("blue", href, nodata=5.0)
    reading = read_bands({"blue": asset}, made.box, made.box_epsg, item_id="made", reach=HERE)
    assert reading.requests > 0
    assert reading.versions["blue"] == server.tag(made.path)
    return reading.rasters["blue"]


def read_from_disk(made: Made) -> Raster:
    asset = BandAsset("blue", str(made.path), nodata=5.0)
    reading = read_bands({"blue": asset}, made.box, made.box_epsg, item_id="made")
    assert (reading.requests, reading.versions) == (0, {})
    return reading.rasters["blue"]


def compare(server: FolderServer, made: Made, *, is_bare: bool = False) -> int | None:
    """Read a raster's box over the network and from the disk; how many pixels were the same.

    None if it has negative numbers, which both refuse. `is_bare` compares with rasterio alone too.
    """
    expected = by_rasterio(made) if is_bare else None
    try:
        found = read_over_network(server, made)
    except SceneUnreadable as cause:
        reason = cause
    else:
        reason = None
    if reason is not None:
        assert expected is None, made
        assert "expected numbers of 0 to 65535, found -" in str(reason)
        with pytest.raises(SceneUnreadable, match=re.escape(str(reason))):
            read_from_disk(made)
        return None
    assert_same(found, read_from_disk(made), made)
    if is_bare:
        assert expected is not None, made
        assert_same(found, expected, made)
    return found.pixels.size


def test_a_thousand_made_rasters_are_read_as_rasterio_reads_them(served: FolderServer) -> None:
    rng = np.random.default_rng(20261123)
    made = []
    while len(made) < 1000:
        one = make_raster(served.folder / f"{len(made)}.tif", rng)
        if is_fit(one.path):
            made.append(one)
    pixels = [compare(served, one, is_bare=number < 400) for number, one in enumerate(made)]
    touched = sum(count is not None and count > 0 for count in pixels)
    assert touched > 700, "most boxes were to touch their raster"
    assert 0 in pixels, "some were to miss it"
    assert None in pixels, "some were to be refused"


UNFIT = [
    {"compress": "lzw"},
    {"compress": "zstd"},
    {"compress": "none", "predictor": 1},
    {"compress": "packbits", "predictor": 1},
    {"tiled": False, "blockysize": 3},
    {"nbits": 12, "dtype": "uint16", "predictor": 1, "nodata": None},
    {"dtype": "uint16", "photometric": "MINISWHITE"},
    {"crs": "EPSG:3857", "GEOTIFF_KEYS_FLAVOR": "ESRI_PE"},
    {"driver": "JP2OpenJPEG", "dtype": "uint16", "quality": "100", "reversible": "yes"},
]


@pytest.mark.parametrize("changes", UNFIT, ids=str)
def test_rasters_of_other_kinds_are_left_to_gdal_with_the_same_result(
    served: FolderServer, changes: dict[str, object]
) -> None:
    rng = np.random.default_rng(7)
    if changes.get("driver") == "JP2OpenJPEG":
        changes = changes | {"nodata": None, "width": 300, "height": 200}
    ending = "jp2" if "driver" in changes else "tif"  # named .tif, GDAL writes the bare stream
    for number in range(3):
        made = make_raster(served.folder / f"other-{number}.{ending}", rng, **changes)
        if "ESRI_PE" not in str(changes):
            assert not is_fit(made.path)
        compare(served, made)


def test_a_raster_placed_by_pixel_centres_is_read_as_rasterio_reads_it(
    served: FolderServer,
) -> None:
    made = make_raster(served.folder / "points.tif", np.random.default_rng(3), width=64, height=64)
    with rasterio.open(made.path, "r+") as file:
        file.update_tags(AREA_OR_POINT="Point")
    compare(served, made)


@pytest.mark.shared
def test_every_real_raster_is_read_as_rasterio_reads_it(shared: Path) -> None:
    paths = sorted(path for path in shared.rglob("*.tif") if is_fit(path))
    assert len(paths) > 1000, "all GeoTIFFs beside the project are fit for the fast path"
    rng = np.random.default_rng(1)
    with serve_folder(shared) as server:
        for path in paths:
            made = _real(path, rng)
            found, expected = read_over_network(server, made), by_rasterio(made)
            assert expected is not None
            assert_same(found, expected, path)
            assert found.pixels.size > 0


def _real(path: Path, rng: np.random.Generator) -> Made:
    """A random window of a real raster."""
    with rasterio.open(path) as file:
        edges, epsg = file.bounds, file.crs.to_epsg()
    west, east = np.sort(rng.uniform(edges.left, edges.right, 2))
    south, north = np.sort(rng.uniform(edges.bottom, edges.top, 2))
    return Made(path, Bounds(west, south, east + 1, north + 1), epsg)


def test_an_overview_is_the_smallest_one_whole(served: FolderServer) -> None:
    rng = np.random.default_rng(5)
    for number in range(12):
        path = served.folder / f"overview-{number}.tif"
        made = make_raster(path, rng, width=700, height=500, crs="EPSG:32633", dtype="uint16")
        if number % 3:
            add_overviews(path, rng)
        remote = BandAsset("red", f"{served.url}/{path.name}")
        served.reset()
        found = read_overview(remote, item_id="made", reach=HERE)
        requests = len(served.asked)
        expected = read_overview(replace(remote, href=str(path)), item_id="made")
        assert_same(found, expected, made)
        assert max(found.pixels.shape) <= (350 if number % 3 == 0 else 256)
        assert found.transform.a * found.pixels.shape[1] == pytest.approx(
            made.note["transform"].a * 700
        )
        assert requests <= 4


def test_a_band_whose_file_has_no_tile_there_is_all_fill_and_costs_one_request(
    served: FolderServer,
) -> None:
    path = served.folder / "sparse.tif"
    with rasterio.open(
        path, "w", **PROFILE, nodata=9, sparse_ok=True, blockxsize=64, blockysize=64
    ) as file:
        file.write(np.full((64, 64), 3, dtype=np.uint16), 1, window=Window(0, 0, 64, 64))
    box = Bounds(WEST + 640, NORTH - 2000, WEST + 2000, NORTH - 640)
    reading = read_bands(
        {"red": BandAsset("red", f"{served.url}/sparse.tif")}, box, 32633, item_id="x", reach=HERE
    )
    assert (reading.rasters["red"].pixels == 0).all(), "unseen, which is 0 whatever the file says"
    assert reading.rasters["red"].nodata == 0
    assert reading.requests == 1


def test_a_header_is_asked_for_once_and_only_the_leading_rows_of_a_tile_are_fetched(
    served: FolderServer,
) -> None:
    path = served.folder / "large.tif"
    noise = np.random.default_rng(0).integers(0, 4000, (1024, 1024)).astype(np.uint16)
    with rasterio.open(path, "w", **PROFILE, blockxsize=512, blockysize=512) as file:
        file.write(noise, 1)
    asset = {"red": BandAsset("red", f"{served.url}/large.tif")}
    box = Bounds(WEST + 100, NORTH - 1000, WEST + 1000, NORTH)  # 100 of 512 rows of one tile
    first = read_bands(asset, box, 32633, item_id="x", reach=HERE)
    second = read_bands(asset, box, 32633, item_id="x", reach=HERE)
    np.testing.assert_array_equal(second.rasters["red"].pixels, noise[:100, 10:100])
    assert (first.requests, second.requests) == (2, 1)
    tile = path.stat().st_size / 4
    assert 0.15 * tile < second.bytes_read < 0.25 * tile


def test_over_random_windows_at_most_0_65_of_the_tiles_is_fetched(served: FolderServer) -> None:
    path = served.folder / "tile-1024.tif"
    rng = np.random.default_rng(2)
    slopes = np.add.outer(np.arange(4096), np.arange(4096)).astype(np.uint16)
    with rasterio.open(
        path, "w", **PROFILE | {"width": 4096, "height": 4096}, blockxsize=1024, blockysize=1024
    ) as file:
        file.write(slopes + rng.integers(0, 300, slopes.shape, dtype=np.uint16), 1)
    data = path.read_bytes()
    image = read_header(FilePieces(len(data), [(0, data)])).image
    fetched = whole = 0
    requests = []
    for left, top in rng.integers(0, 4096 - 300, (2000, 2)).tolist():
        found = needed_tiles(image, PixelBox(left, top, left + 300, top + 300), len(data))
        parts = byte_ranges(found)
        fetched += sum(stop - start for start, stop in parts)
        whole += sum(need.count for need in found)
        if len({need.row for need in found}) == 1:
            requests.append(len(parts))
    assert fetched <= 0.65 * whole
    assert max(requests) <= 2
    assert np.mean(requests) < 1.25
