"""Rasters that cannot be of Sentinel-2: refused with the reason, from the disk and over HTTP."""

from collections.abc import Iterator

import numpy as np
import pytest
import rasterio
from affine import Affine
from servers.ranges import FolderServer, serve_folder
from servers.rasters import NORTH, WEST

from resources.errors import SceneUnreadable
from resources.http.documents import FetchAllowlist
from resources.models import BandAsset, Bounds
from resources.pixels.read import read_bands

HERE = FetchAllowlist(is_loopback=True)
PROFILE = {
    "driver": "GTiff",
    "count": 1,
    "dtype": "uint16",
    "crs": "EPSG:32633",
    "transform": Affine(10, 0, WEST, 0, -10, NORTH),
    "tiled": True,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FolderServer]:
    with serve_folder(tmp_path_factory.mktemp("served")) as server:
        yield server


REFUSED = [
    ({"compress": "lerc", "predictor": 1}, "compressed by TIFF's method 34887"),
    ({"count": 3, "interleave": "pixel"}, "expected one band"),
    ({"count": 2, "interleave": "band"}, "expected one band"),
    ({"dtype": "float32", "predictor": 3}, "found 1 of float32"),
    ({"dtype": "float32", "nodata": float("nan")}, "found 1 of float32"),
    ({"dtype": "int8", "nodata": None}, "found 1 of int8"),
    ({"dtype": "uint32", "predictor": 1, "box_of": 2**17}, "found 131072 to 131072"),
    ({"crs": "EPSG:4326", "transform": Affine(10, 0, 0, 0, -10, 80)}, "projected CRS in metres"),
    ({"crs": "EPSG:2263"}, "projected CRS in metres"),
    ({"transform": Affine(4, 0, WEST, 0, -4, NORTH)}, "found pixels of 4 x 4"),
    ({"transform": Affine(250, 0, WEST, 0, -250, NORTH)}, "found pixels of 250 x 250"),
    ({"transform": Affine(10, 0, WEST, 0, -10.2, NORTH)}, "found pixels of 10 x 10.2"),
    ({"transform": Affine(10, 0, WEST, 0, 10, NORTH)}, "north-up"),
]


@pytest.mark.parametrize("compress", ["deflate", "lzw"])
@pytest.mark.parametrize(("changes", "reason"), REFUSED, ids=str)
def test_rasters_that_cannot_be_of_sentinel_2_are_refused_both_ways(
    served: FolderServer, changes: dict[str, object], reason: str, compress: str
) -> None:
    changes = {"compress": compress, "width": 64, "height": 64, **changes}
    fill = changes.pop("box_of", 7)
    path = served.folder / "refused.tif"
    with rasterio.open(path, "w", **PROFILE | {"predictor": 1} | changes) as file:
        for band in file.indexes:
            file.write(np.full((64, 64), fill, file.dtypes[0]), band)
    box = Bounds(WEST, NORTH - 500, WEST + 500, NORTH)
    for href, reach in ((f"{served.url}/refused.tif", HERE), (str(path), None)):
        with pytest.raises(SceneUnreadable, match=reason):
            read_bands({"red": BandAsset("red", href)}, box, 32633, item_id="x", reach=reach)
