"""Files beside a local raster: none is opened but a small .aux.xml, and no more taken from it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from servers.ranges import FolderServer, serve_folder
from servers.rasters import NORTH, WEST, write_raster

from resources.errors import SceneUnreadable
from resources.models import BandAsset, Bounds, Raster
from resources.pixels.read import read_bands, read_corner, read_overview

BOX = Bounds(WEST + 350, NORTH - 1500, WEST + 1500, NORTH - 90)
PLACE = "<GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>"
SYSTEM = f"<SRS>{rasterio.crs.CRS.from_epsg(32633).to_wkt()}</SRS>"
VRT = """<VRTDataset rasterXSize="100" rasterYSize="100"><VRTRasterBand dataType="UInt16" band="1">
<SimpleSource><SourceFilename>{href}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
</VRTRasterBand></VRTDataset>"""
WMS = """<GDAL_WMS><Service name="TMS"><ServerUrl>{href}/${{z}}/${{x}}/${{y}}</ServerUrl></Service>
<DataWindow><UpperLeftX>500000</UpperLeftX><UpperLeftY>5000000</UpperLeftY>
<LowerRightX>502000</LowerRightX><LowerRightY>4998000</LowerRightY><SizeX>100</SizeX>
<SizeY>100</SizeY></DataWindow><BandsCount>1</BandsCount></GDAL_WMS>"""

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FolderServer]:
    with serve_folder(tmp_path) as found:
        yield found


def overview(path: Path) -> Raster:
    found = read_overview(BandAsset("red", str(path)), item_id="S2A_x")
    assert found is not None
    return found


def window(path: Path) -> Raster:
    asset = BandAsset("red", str(path))
    return read_bands({"red": asset}, BOX, 32633, item_id="S2A_x").rasters["red"]


@pytest.mark.parametrize("ending", [".ovr", ".msk"])
def test_nothing_that_pretends_to_be_an_overview_is_opened(
    server: FolderServer, ending: str
) -> None:
    other = np.full((100, 100), 9999, np.uint16)
    with rasterio.open(
        server.folder / "other.tif", "w", "GTiff", 100, 100, 1, dtype="uint16", crs="EPSG:32633"
    ) as file:
        file.write(other, 1)
    path = server.folder / "a.tif"
    pixels = write_raster(path)
    beside = Path(f"{path}{ending}")
    for text in (
        VRT.format(href=server.folder / "other.tif"),
        VRT.format(href=f"/vsicurl/{server.url}/other.tif"),
        WMS.format(href=server.url),
    ):
        beside.write_text(text)
        np.testing.assert_array_equal(overview(path).pixels, pixels)
        np.testing.assert_array_equal(window(path).pixels, pixels[9:150, 35:150])
    beside.unlink()
    beside.symlink_to(server.folder / "other.tif")
    np.testing.assert_array_equal(overview(path).pixels, pixels)
    assert not server.asked


def unplaced(folder: Path, text: str) -> Path:
    """A raster without a place in it, and a file beside that tells it."""
    path = folder / "a.tif"
    write_raster(path, crs=None, transform=None)
    Path(f"{path}.aux.xml").write_text(text)
    return path


def test_place_and_mark_of_unseen_pixels_may_be_told_beside(tmp_path: Path) -> None:
    band = '<PAMRasterBand band="1"><NoDataValue>5.0</NoDataValue></PAMRasterBand>'
    path = unplaced(tmp_path, f"<PAMDataset>{SYSTEM}{PLACE}{band}</PAMDataset>")
    found = window(path)
    write_raster(tmp_path / "placed.tif", nodata=5)
    expected = window(tmp_path / "placed.tif")
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    assert (found.transform, found.epsg, found.nodata) == (expected.transform, 32633, 0)
    assert 5 not in found.pixels
    assert read_corner(str(path)) == (32633, WEST, NORTH)


def test_an_overview_that_is_named_beside_is_not_opened(server: FolderServer) -> None:
    write_raster(server.folder / "other.tif", width=100, height=100)
    for href in (server.folder / "other.tif", f"/vsicurl/{server.url}/other.tif"):
        named = f'<Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{href}</MDI></Metadata>'
        path = unplaced(server.folder, f"<PAMDataset>{SYSTEM}{PLACE}{named}</PAMDataset>")
        assert overview(path).pixels.shape == (200, 200)
        assert not server.asked


def test_overviews_in_the_file_are_still_used(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif", "r+") as file:
        file.build_overviews([4], Resampling.nearest)
    assert overview(tmp_path / "a.tif").pixels.shape == (50, 50)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "large", "entity", "text", "numbers"])
def test_a_file_beside_that_is_not_what_gdal_writes_is_refused(tmp_path: Path, kind: str) -> None:
    good = f"<PAMDataset>{SYSTEM}{PLACE}</PAMDataset>"
    path = unplaced(tmp_path, good)
    beside = Path(f"{path}.aux.xml")
    if kind in {"link", "pipe", "folder"}:
        beside.rename(tmp_path / "elsewhere.xml")
    match kind:
        case "link":
            beside.symlink_to(tmp_path / "elsewhere.xml")
        case "pipe":
            os.mkfifo(beside)
        case "folder":
            beside.mkdir()
        case "large":
            beside.write_text(good + " " * 300_000)
        case "entity":
            beside.write_text(f'<!DOCTYPE x [<!ENTITY y SYSTEM "{path}">]>{good}')
        case "text":
            beside.write_text("no XML")
        case "numbers":
            beside.write_text(good.replace("500000", "nan"))
    with pytest.raises(SceneUnreadable, match=r"the \.aux\.xml beside it"):
        window(path)


@pytest.mark.shared
def test_a_real_raster_is_placed_by_the_file_beside_it_alone(shared: Path, tmp_path: Path) -> None:
    folder = shared / "contracts/02-local-archive/mapchete-eo/full_products/sentinel-2-l2a"
    real = folder / "S2A_33TWL_20230815_0_L2A/B04.tif"
    copy = tmp_path / "B04.tif"
    shutil.copyfile(real, copy)
    with pytest.raises(SceneUnreadable, match="expected a georeferenced raster"):
        overview(copy)
    shutil.copyfile(f"{real}.aux.xml", f"{copy}.aux.xml")
    assert overview(copy).epsg == 32633
