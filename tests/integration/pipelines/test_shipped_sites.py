"""The watch lists in sites/ and the real list of the main job, read from disk."""

import csv
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import rasterio
from places import ROOT
from pyproj import Geod
from shapely.geometry import Point, shape

from resources.errors import WatchListError
from resources.grids import shown_window, site_grid, window_grid, zone_geometry, zone_weights
from resources.models import Site
from resources.watchlist.read import parse_watch_list, read_watch_list

SITES = ROOT / "sites"
GEOD = Geod(ellps="WGS84")
PLACES = {
    "khmeimim": (35.9487, 35.4011),
    "brize-norton": (-1.58362, 51.75),
    "ramstein": (7.60028, 49.4369),
    "sigonella": (14.9224, 37.4017),
    "heathrow": (-0.46194, 51.4706),
    "frankfurt": (8.54313, 50.0264),
    "schiphol": (4.76389, 52.3086),
    "madrid-barajas": (-3.56676, 40.4936),
    "tartus": (35.9, 34.9),
    "rotterdam": (4.5, 51.92),
}
"""Longitude and latitude of each: the airport's reference point, or the port's to 0.1 degree."""
RUNWAYS = {
    "khmeimim": "OSLK",
    "brize-norton": "EGVN",
    "ramstein": "ETAR",
    "sigonella": "LICZ",
    "heathrow": "EGLL",
    "frankfurt": "EDDF",
    "schiphol": "EHAM",
    "madrid-barajas": "LEMD",
}
ROMANIA_LATTICE = (5271982.576551932, 2533004.2149151857)


@pytest.fixture(scope="module")
def sites() -> dict[str, Site]:
    return {site.site_id: site for site in read_watch_list(SITES)}


def test_each_shipped_site_has_a_file_of_its_name(sites: dict[str, Site]) -> None:
    assert set(sites) == set(PLACES)
    assert {file.stem for file in SITES.glob("*.geojson")} == set(PLACES)


@pytest.mark.parametrize("site_id", PLACES)
def test_each_shipped_site_lies_where_its_place_is(sites: dict[str, Site], site_id: str) -> None:
    longitude, latitude = PLACES[site_id]
    for zone in sites[site_id].zones:
        middle = zone.geometry.centroid
        assert GEOD.inv(longitude, latitude, middle.x, middle.y)[2] < 9_000


def test_zones_drawn_by_hand_say_so_in_flag_and_name_and_runways_do_not(
    sites: dict[str, Site],
) -> None:
    for site in sites.values():
        for zone in site.zones:
            assert zone.is_approximate == (zone.kind != "runway")
            assert zone.is_approximate == zone.name.endswith(", approximate")


@pytest.mark.parametrize("site_id", ["khmeimim", "tartus"])
def test_sites_at_the_seam_are_gridded_in_zone_36(sites: dict[str, Site], site_id: str) -> None:
    assert sites[site_id].epsg == 32636


def test_weights_of_every_shipped_zone_add_up_to_its_area(sites: dict[str, Site]) -> None:
    for site in sites.values():
        grid = site_grid(site)
        for zone in site.zones:
            geometry = zone_geometry(zone, site.epsg)
            weights = zone_weights(geometry, grid)
            assert weights.sum(dtype=float) * 100 == pytest.approx(geometry.area, rel=1e-6)


def test_the_example_in_the_guide_is_a_good_watch_list() -> None:
    guide = (SITES / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", guide, flags=re.DOTALL)
    (site,) = parse_watch_list(example, name="example")
    assert [zone.zone_id for zone in site.zones] == ["runway-05-23", "apron-north"]
    assert (site.epsg, site.margin_m) == (32636, 300.0)


@pytest.mark.shared
@pytest.mark.parametrize("site_id", RUNWAYS)
def test_shipped_runways_are_the_corridors_of_the_published_ends(
    sites: dict[str, Site], shared: Path, site_id: str
) -> None:
    source = shared / "contracts/06-geometry/ourairports/runways.subset.csv"
    with source.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["airport_ident"] == RUNWAYS[site_id]]
    runways = {zone.zone_id: zone for zone in sites[site_id].zones if zone.kind == "runway"}
    assert len(runways) == len(rows)
    for row in rows:
        zone = runways[f"runway-{row['le_ident']}-{row['he_ident']}".lower()]
        ends = [
            (float(row[f"{end}_longitude_deg"]), float(row[f"{end}_latitude_deg"]))
            for end in ("le", "he")
        ]
        length_m = GEOD.inv(*ends[0], *ends[1])[2]
        width_m = float(row["width_ft"]) * 0.3048 + 20
        area_m2 = abs(GEOD.geometry_area_perimeter(zone.geometry)[0])
        assert area_m2 == pytest.approx(length_m * width_m, rel=0.002)
        assert all(zone.geometry.distance(Point(end)) < 1e-6 for end in ends)


@pytest.mark.shared
def test_shipped_seam_sites_lie_wholly_in_both_of_their_tiles(
    sites: dict[str, Site], shared: Path
) -> None:
    source = shared / "contracts/06-geometry/s2_tiles.subset.geojson"
    features = json.loads(source.read_text(encoding="utf-8"))["features"]
    tiles = {next(iter(f["properties"].values())): shape(f["geometry"]) for f in features}
    for site_id, names in {"khmeimim": ("36SYE", "37SBV"), "tartus": ("36SYD", "37SBU")}.items():
        for name in names:
            assert all(tiles[name].contains(zone.geometry) for zone in sites[site_id].zones)


@pytest.mark.shared
def test_the_grid_of_the_real_road_falls_on_the_pixels_of_its_source(shared: Path) -> None:
    (site,) = read_watch_list(shared / "real/romania/site")
    assert (site.site_id, site.epsg, site.margin_m) == ("romania-road", 3035, 0.0)
    assert [zone.zone_id for zone in site.zones] == ["corridor", "forest-south", "meadow-north"]
    whole = site_grid(site, lattice=ROMANIA_LATTICE)
    assert whole.shape[0] % 6 == whole.shape[1] % 6 == 0
    grid = window_grid(whole, shown_window(site, whole))
    folder = next(iter(sorted((shared / "real/romania/archive").glob("S2A_*"))))
    for band, step in (("*B04*.tif", 1), ("*B11*.tif", 2)):
        with rasterio.open(next(folder.glob(band))) as source:
            window = source.window(
                *(getattr(grid.bounds, side) for side in ("west", "south", "east", "north"))
            )
            offsets = np.array(window.flatten())
            if step == 1:
                assert np.abs(offsets - offsets.round()).max() < 1e-6
            assert min(offsets[:2]) >= -1e-6
            assert offsets[0] + offsets[2] <= source.width + 1e-6
            assert offsets[1] + offsets[3] <= source.height + 1e-6
            assert (round(offsets[3] * step), round(offsets[2] * step)) == grid.shape
            corner = source.window(
                *(getattr(whole.bounds, side) for side in ("west", "south", "east", "north"))
            )
            offsets = np.array(corner.flatten())
            assert np.abs(offsets - offsets.round()).max() < 1e-6


@pytest.mark.shared
def test_weights_of_the_real_corridor_add_up_to_its_area(shared: Path) -> None:
    (site,) = read_watch_list(shared / "real/romania/site/romania-road.geojson")
    grid = site_grid(site, lattice=ROMANIA_LATTICE)
    geometry = zone_geometry(site.zone("corridor"), site.epsg)
    weights = zone_weights(geometry, grid)
    assert weights.shape == grid.shape
    assert weights.sum(dtype=float) * 100 == pytest.approx(geometry.area, rel=1e-6)
    assert geometry.area == pytest.approx(
        abs(GEOD.geometry_area_perimeter(site.zone("corridor").geometry)[0]), rel=0.001
    )


def test_a_folder_is_read_in_order_of_its_file_names(tmp_path: Path) -> None:
    for stem in ("b", "a"):
        text = (SITES / "tartus.geojson").read_text(encoding="utf-8")
        (tmp_path / f"{stem}.geojson").write_text(text.replace('"tartus"', f'"port-{stem}"'))
    (tmp_path / "notes.txt").write_text("not a watch list")
    (tmp_path / "._a.geojson").write_bytes(b"\x00\x05\x16")
    assert [site.site_id for site in read_watch_list(tmp_path)] == ["port-a", "port-b"]


def test_a_site_may_be_spread_over_files_but_not_repeat_a_zone(tmp_path: Path) -> None:
    text = (SITES / "tartus.geojson").read_text(encoding="utf-8")
    (tmp_path / "a.geojson").write_text(text)
    (tmp_path / "b.json").write_text(text.replace('"basin"', '"basin-2"'))
    (site,) = read_watch_list(tmp_path)
    assert [zone.zone_id for zone in site.zones] == ["basin", "basin-2"]
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(WatchListError, match=r"b\.json, feature 1 .*zone basin.*a\.geojson"):
        read_watch_list(tmp_path)


def test_site_wide_properties_must_agree_across_files(tmp_path: Path) -> None:
    text = (SITES / "tartus.geojson").read_text(encoding="utf-8")
    (tmp_path / "a.geojson").write_text(text)
    (tmp_path / "b.geojson").write_text(
        text.replace('"basin"', '"basin-2"').replace("32636", "32637")
    )
    with pytest.raises(WatchListError, match=r"b\.geojson.*field epsg.*32636 as in .*a\.geojson"):
        read_watch_list(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file or folder"),
        (b"\xff\xfe{", "expected UTF-8"),
        (b" " * 20_000_001, "at most 20 MB"),
        (b"", "expected JSON"),
    ],
)
def test_a_file_that_cannot_be_a_watch_list_is_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "list.geojson"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(WatchListError, match=message) as caught:
        read_watch_list(file)
    assert str(file) in str(caught.value)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "list.geojson"
    file.write_bytes(b"\xef\xbb\xbf" + (SITES / "tartus.geojson").read_bytes())
    assert read_watch_list(file)[0].site_id == "tartus"


def test_a_file_whose_name_is_no_text_is_read_and_its_faults_are_told(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff.geojson")
    text = (SITES / "tartus.geojson").read_text(encoding="utf-8")
    file.write_text(text)
    assert read_watch_list(file)[0].site_id == "tartus"
    file.write_text(text.replace('"berth"', '"quay"'))
    with pytest.raises(WatchListError, match="field kind"):
        read_watch_list(file)


def test_an_empty_folder_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(WatchListError, match=r"holds no \.geojson or \.json file"):
        read_watch_list(tmp_path)


def test_all_faults_of_all_files_are_told_at_once_a_line_each(tmp_path: Path) -> None:
    text = (SITES / "tartus.geojson").read_text(encoding="utf-8")
    (tmp_path / "a.geojson").write_text(text.replace('"berth"', '"quay"'))
    (tmp_path / "b.geojson").write_text("[]")
    (tmp_path / "c.geojson").write_text(text.replace("32636", "4326"))
    with pytest.raises(WatchListError) as caught:
        read_watch_list(tmp_path)
    lines = str(caught.value).splitlines()
    assert len([line for line in lines if "a.geojson" in line and "field kind" in line]) == 1
    assert len([line for line in lines if "b.geojson" in line and "field type" in line]) == 1
    assert any("c.geojson" in line and "field epsg" in line for line in lines)
