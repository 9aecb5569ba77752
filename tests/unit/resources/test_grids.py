"""Laws of grids: they hold their zones, fall on the source's pixels, and weigh areas exactly."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from resources.grids import (
    ground_scale,
    is_grid_of,
    project_geometry,
    rebuilt_site_grid,
    shown_window,
    site_grid,
    utm_epsg,
    window_around,
    window_grid,
    zone_geometry,
    zone_weights,
)
from resources.models import Bounds, Grid, Site, Zone

ROMANIA_LATTICE = (5271982.576551932, 2533004.2149151857)


def _site(*geometries: BaseGeometry, epsg: int = 32636, margin_m: float = 500.0) -> Site:
    zones = tuple(Zone(f"z{i}", "Z", "apron", geometry) for i, geometry in enumerate(geometries))
    return Site("site", "Site", epsg, margin_m, zones, "0" * 16)


@st.composite
def outlines(draw: DrawFn, reach_m: float = 900.0) -> Polygon:
    """A star-shaped polygon of 3 to 12 corners about the middle of a square of 2 km, metres."""
    corners = draw(st.integers(3, 12))
    radii = draw(st.lists(st.floats(30, reach_m), min_size=corners, max_size=corners))
    turn = draw(st.floats(0, 1))
    angles = [2 * math.pi * (k + turn) / corners for k in range(corners)]
    return Polygon(
        [
            (1000 + r * math.cos(a), 1000 + r * math.sin(a))
            for r, a in zip(radii, angles, strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("longitude", "latitude", "epsg"),
    [
        (35.9487, 35.4011, 32636),
        (36.0, 35.4, 32637),
        (-0.46, 51.47, 32630),
        (0.0, 0.0, 32631),
        (0.0, -0.0001, 32731),
        (-180.0, 10.0, 32601),
        (180.0, 10.0, 32601),
        (179.99, -16.5, 32760),
        (5.3, 60.4, 32632),
        (2.99, 60.4, 32631),
        (5.3, 55.99, 32631),
        (5.3, 64.0, 32631),
        (8.99, 78.2, 32631),
        (15.6, 78.2, 32633),
        (32.9, 78.2, 32635),
        (33.0, 84.0, 32637),
        (42.0, 78.2, 32638),
        (15.6, 71.9, 32633),
        (20.0, 71.9, 32634),
        (-70.0, -80.0, 32719),
    ],
)
def test_utm_zones_follow_the_six_degrees_and_their_northern_exceptions(
    longitude: float, latitude: float, epsg: int | None
) -> None:
    assert utm_epsg(longitude, latitude) == epsg


@pytest.mark.parametrize(
    ("longitude", "latitude"), [(0, 84.1), (0, -80.1), (181, 0), (0, math.nan)]
)
def test_there_is_no_utm_zone_at_the_poles_or_off_the_globe(
    longitude: float, latitude: float
) -> None:
    with pytest.raises(ValueError, match="UTM reaches"):
        utm_epsg(longitude, latitude)


@given(
    longitude=st.floats(33.1, 35.9),
    latitude=st.floats(-75, 75),
    size=st.floats(0.002, 0.1),
    margin_m=st.floats(0, 5000),
    lattice=st.tuples(st.floats(-1e6, 6e6), st.floats(-1e6, 6e6)),
)
@settings(max_examples=80, deadline=None)
def test_a_grid_holds_its_zones_and_margin_and_lies_on_its_lattice(
    longitude: float, latitude: float, size: float, margin_m: float, lattice: tuple[float, float]
) -> None:
    square = box(longitude, latitude, longitude + size, latitude + size)
    site = _site(square, epsg=utm_epsg(longitude, latitude), margin_m=margin_m)
    grid = site_grid(site, lattice=lattice)
    x, y = lattice
    west, south, east, north = zone_geometry(site.zones[0], site.epsg).bounds
    reach = max(margin_m, 500.0)
    slacks = np.array(
        [
            west - reach - grid.bounds.west,
            south - reach - grid.bounds.south,
            grid.bounds.east - east - reach,
            grid.bounds.north - north - reach,
        ]
    )
    assert slacks.min() >= -1e-5
    assert slacks.max() <= 60 + 1e-5
    edges = (np.array([grid.bounds.west, grid.bounds.east]) - x) / 20
    assert np.abs(edges - edges.round()).max() < 1e-6
    edges = (np.array([grid.bounds.south, grid.bounds.north]) - y) / 20
    assert np.abs(edges - edges.round()).max() < 1e-6
    assert grid.shape[0] % 6 == grid.shape[1] % 6 == 0


@given(
    corner=st.tuples(st.integers(-100_000, 400_000), st.integers(-100_000, 400_000)),
    start=st.sampled_from([0.0, 5.0, 10.0, 1.576551932, 4.2149151857, 15.0, 17.4]),
    crop=st.tuples(st.integers(0, 5000), st.integers(0, 5000)),
    rounding=st.floats(-1e-7, 1e-7),
    moved=st.floats(-0.02, 0.02),
    margins=st.tuples(st.floats(0, 3000), st.floats(0, 3000)),
)
@settings(max_examples=60, deadline=None)
def test_blocks_of_all_sites_of_a_source_are_the_same_blocks(
    corner: tuple[int, int],
    start: float,
    crop: tuple[int, int],
    rounding: float,
    moved: float,
    margins: tuple[float, float],
) -> None:
    lattice = (corner[0] * 20 + start, corner[1] * 20 + start)
    cropped = (lattice[0] + 20 * crop[0] + rounding, lattice[1] - 20 * crop[1] - rounding)
    one = _site(box(34, 45.20, 34.005, 45.205), margin_m=margins[0])
    other = _site(box(34 + moved, 45.20, 34.005 + moved, 45.21), margin_m=margins[1])
    first, second = site_grid(one, lattice=lattice).bounds, site_grid(other, lattice=cropped).bounds
    for edge, same in ((first.west, second.west), (first.north, second.north)):
        blocks = (edge - same) / 60
        assert blocks == pytest.approx(round(blocks), abs=1e-6)


@given(
    margin_m=st.floats(0, 3000),
    lattice=st.tuples(st.floats(-1e6, 6e6), st.floats(-1e6, 6e6)),
    grown=st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_a_stored_grid_tells_whether_it_is_that_of_today(
    margin_m: float, lattice: tuple[float, float], grown: int
) -> None:
    site = _site(box(34.0, 45.20, 34.005, 45.205), margin_m=margin_m)
    grid = site_grid(site, lattice=lattice)
    assert is_grid_of(site, grid)
    older = Grid(grid.epsg, grid.bounds.buffered(-20.0 * grown))
    assert not is_grid_of(site, older)
    fresh = rebuilt_site_grid(site, older)
    assert is_grid_of(site, fresh)
    steps = (older.bounds.west - fresh.bounds.west) / 20
    assert steps == pytest.approx(round(steps), abs=1e-6)


def test_a_grid_without_lattice_has_multiples_of_sixty_metres() -> None:
    bounds = site_grid(_site(box(35.94, 35.39, 35.95, 35.41))).bounds
    assert all(edge % 60 == 0 for edge in (bounds.west, bounds.south, bounds.east, bounds.north))


@pytest.mark.parametrize("margin_m", [0.0, 35.0, 600.0, 5000.0])
def test_pictures_show_the_margin_though_more_is_read(margin_m: float) -> None:
    site = _site(box(35.94, 35.39, 35.95, 35.41), margin_m=margin_m)
    grid = site_grid(site)
    shown = window_grid(grid, shown_window(site, grid)).bounds
    wanted = Bounds(*zone_geometry(site.zones[0], site.epsg).bounds).buffered(margin_m)
    for edge, at_least in (
        (wanted.west, shown.west),
        (wanted.south, shown.south),
        (shown.east, wanted.east),
        (shown.north, wanted.north),
    ):
        assert 0 <= edge - at_least <= 10


@given(west=st.floats(-400, 400), south=st.floats(-400, 400), margin_m=st.floats(0, 900))
@settings(max_examples=60, deadline=None)
def test_a_window_is_a_part_of_its_grid_and_never_empty(
    west: float, south: float, margin_m: float
) -> None:
    grid = Grid(32636, Bounds(0.0, 0.0, 300.0, 240.0))
    shape = box(west, south, west + 50, south + 50)
    rows, columns = window_around([shape], grid, margin_m)
    assert 0 <= rows.start < rows.stop <= grid.shape[0]
    assert 0 <= columns.start < columns.stop <= grid.shape[1]
    assert window_grid(grid, (rows, columns)).shape == (
        rows.stop - rows.start,
        columns.stop - columns.start,
    )


def test_the_same_lattice_is_met_from_any_of_its_corners() -> None:
    site = _site(box(22.15, 45.20, 22.155, 45.205), epsg=3035, margin_m=0)
    x, y = ROMANIA_LATTICE
    near, far = site_grid(site, lattice=(x, y)), site_grid(site, lattice=(x - 2000, y + 46000))
    assert near.shape == far.shape
    assert near.bounds.west == pytest.approx(far.bounds.west, abs=1e-6)
    assert near.bounds.north == pytest.approx(far.bounds.north, abs=1e-6)


def test_rounding_does_not_widen_a_grid_whose_zone_ends_on_the_lattice() -> None:
    site = _site(box(35.94, 35.39, 35.95, 35.41), margin_m=0)
    west, _, _, north = zone_geometry(site.zones[0], site.epsg).bounds
    for lattice in ((west + 1e-9, north - 1e-9), (west - 1e-9, north + 1e-9)):
        grid = site_grid(site, lattice=lattice)
        slacks = (west - 500 - grid.bounds.west, grid.bounds.north - north - 500)
        assert all(-1e-5 < slack < 60 - 1e-5 for slack in slacks)


def test_long_edges_keep_to_their_parallel_when_projected() -> None:
    shape = project_geometry(box(33.5, 60.0, 34.5, 60.1), 32636)
    ends = [project_geometry(shapely.Point(longitude, 60.0), 32636) for longitude in (33.5, 34.5)]
    for longitude in (33.7, 34.0017, 34.2):
        on_the_parallel = project_geometry(shapely.Point(longitude, 60.0), 32636)
        assert shape.exterior.distance(on_the_parallel) < 0.01
        assert shapely.LineString(ends).distance(on_the_parallel) > 50


@given(outlines(), st.floats(0, 20), st.floats(0, 20))
@settings(max_examples=60, deadline=None)
def test_weights_add_up_to_the_area_of_the_zone(outline: Polygon, x: float, y: float) -> None:
    grid = Grid(32636, Bounds(x - 20, y - 20, x + 2000, y + 2000))
    weights = zone_weights(outline, grid)
    assert weights.dtype == np.float32
    assert weights.shape == grid.shape
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert weights.sum(dtype=float) * 100 == pytest.approx(outline.area, rel=1e-6)


@given(outlines(reach_m=90.0))
@settings(max_examples=25, deadline=None)
def test_each_weight_is_the_shared_area_of_pixel_and_zone(outline: Polygon) -> None:
    grid = Grid(32636, Bounds(900, 900, 1100, 1100))
    rows, columns = grid.shape
    pixels = shapely.box(
        *(900 + 10.0 * np.arange(columns), (1090 - 10.0 * np.arange(rows))[:, None]),
        *(910 + 10.0 * np.arange(columns), (1100 - 10.0 * np.arange(rows))[:, None]),
    )
    shared = shapely.area(shapely.intersection(pixels, outline)) / 100
    assert zone_weights(outline, grid) == pytest.approx(shared, abs=1e-6)


def test_weights_know_holes_and_parts_and_which_way_is_up() -> None:
    grid = Grid(32636, Bounds(0, 0, 60, 40))
    ring = Polygon(box(0, 20, 20, 40).exterior, [box(5, 25, 15, 35).exterior])
    weights = zone_weights(MultiPolygon([ring, box(50, 0, 55, 10)]), grid)
    expected = np.zeros((4, 6))
    expected[:2, :2] = 0.75
    expected[3, 5] = 0.5
    assert weights == pytest.approx(expected)


def test_what_lies_outside_the_grid_has_no_weight() -> None:
    grid = Grid(32636, Bounds(0, 0, 40, 40))
    assert zone_weights(box(30, 30, 100, 100), grid).sum() == 1
    assert zone_weights(box(100, 100, 200, 200), grid).sum() == 0


def test_scale_is_true_in_utm_and_false_in_web_mercator() -> None:
    x, y = project_geometry(shapely.Point(4.5, 51.9), 32631).coords[0]
    assert ground_scale(32631, x, y) == pytest.approx((0.9998, 0.9998), abs=3e-4)
    x, y = project_geometry(shapely.Point(4.5, 51.9), 3857).coords[0]
    assert ground_scale(3857, x, y) == pytest.approx((1.62, 1.62), abs=0.02)
