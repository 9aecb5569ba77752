"""The yardstick of zonal statistics: `python -m bench.zones`, against exactextract and rasterstats.

Made-up fields and zones from a fixed seed; the method itself is `assets.zonal`.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import typer
from shapely.affinity import rotate, translate
from shapely.geometry import Point, box, mapping
from shapely.geometry.base import BaseGeometry

from assets.zonal import PixelCoverage, zonal_means
from bench.options import Docs, JsonTo
from bench.tables import machine, put_into, table, write_json
from resources.grids import zone_weights
from resources.models import Bounds, Grid

COMMAND: Final = "python -m bench.zones --docs"
SEED: Final = 4
EDGE: Final = 300  # pixels, a site of 3 km
FIELDS: Final = 10
STRIPS: Final = 20
STRIP_WIDTH_M: Final = 30.0
POLYGONS: Final = 5
UNSEEN: Final = 0.2  # share of pixels without a value, in patches
WANTED: Final = 15.0  # times as fast as exactextract
ROUNDS: Final = 15
IN_A_ROW: Final = 5  # scenes a round, as a month of a site brings them
CLOSE: Final = 1e-6  # relative to a field's spread: exactextract's shares are single precision

Floats: TypeAlias = npt.NDArray[np.float64]
Fields: TypeAlias = npt.NDArray[np.float32]  # as looks are
Peer: TypeAlias = Callable[[], Floats]


@dataclass(frozen=True, slots=True)
class Scene:
    """What all are given: fields (field, y, x) with NaN, and zones in the metres of the grid."""

    grid: Grid
    fields: Fields
    zones: dict[str, BaseGeometry]


@dataclass(frozen=True, slots=True)
class Result:
    """What one of them did.

    Attributes:
        seconds: of the processor, a scene, in each round; all use one thread.
        apart: largest difference from ours, in spreads (standard deviations) of the fields.
    """

    title: str
    seconds: list[float]
    apart: float


def main(
    *,
    rounds: Annotated[int, typer.Option(min=3, help="Rounds, interleaved.")] = ROUNDS,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Means of ten fields over narrow strips and polygons with sitewatch and its peers."""
    scene = make_scene()
    started = time.process_time()
    coverage = coverage_of(scene)
    once_s = time.process_time() - started
    results = measure(scene, coverage, rounds)
    text = markdown(results, once_s)
    typer.echo(text)
    if json_to is not None:
        write_json(json_to, "python -m bench.zones", figures(results, once_s))
    if docs is not None:
        put_into(docs, COMMAND, text)


def make_scene() -> Scene:
    """Fields of a made-up site with unseen patches, strips at all angles and polygons."""
    chance = np.random.default_rng(SEED)
    side = EDGE * 10.0
    grid = Grid(32636, Bounds(500_000, 5_000_000, 500_000 + side, 5_000_000 + side))
    fields = chance.normal(0.2, 0.05, (FIELDS, EDGE, EDGE)).astype(np.float32)
    patches = chance.random((EDGE // 10, EDGE // 10)) < UNSEEN
    fields[:, patches.repeat(10, axis=0).repeat(10, axis=1)] = np.nan
    fields[0, chance.random((EDGE, EDGE)) < UNSEEN] = np.nan  # a field may lack more than others
    west, south = grid.bounds.west, grid.bounds.south
    zones: dict[str, BaseGeometry] = {}
    for number in range(STRIPS):
        strip = box(0, 0, chance.uniform(500, 2000), STRIP_WIDTH_M)
        turned = rotate(strip, chance.uniform(0, 180), origin="centroid")
        x, y = chance.uniform(500, side - 2500, 2)
        zones[f"strip-{number}"] = translate(turned, west + x, south + y)
    for number in range(POLYGONS):
        x, y = chance.uniform(500, side - 500, 2)
        zones[f"polygon-{number}"] = Point(west + x, south + y).buffer(chance.uniform(50, 400))
    return Scene(grid, fields, zones)


def coverage_of(scene: Scene) -> PixelCoverage:
    """What sitewatch makes once a site."""
    weights = {name: zone_weights(zone, scene.grid) for name, zone in scene.zones.items()}
    return PixelCoverage.of(weights, scene.grid.resolution_m**2)


def measure(scene: Scene, coverage: PixelCoverage, rounds: int) -> list[Result]:
    """Each peer does some scenes in each round, ours first; one scene before is not counted."""
    peers: dict[str, Peer] = {
        "sitewatch": lambda: zonal_means(coverage, scene.fields).mean,
        "exactextract": _exactextract(scene),
    }
    if find_spec("rasterstats") is not None:
        peers["rasterstats (pixels by their centre)"] = _rasterstats(scene)
    found = {title: peer() for title, peer in peers.items()}
    seconds: dict[str, list[float]] = {title: [] for title in peers}
    for _ in range(rounds):
        for title, peer in peers.items():
            started = time.process_time()
            for _ in range(IN_A_ROW):
                peer()
            seconds[title].append((time.process_time() - started) / IN_A_ROW)
    spread = float(np.nanstd(scene.fields))
    ours = found["sitewatch"]
    return [
        Result(title, seconds[title], _apart(values, ours) / spread)
        for title, values in found.items()
    ]


def markdown(results: list[Result], once_s: float) -> str:
    """The table with what it was made from, and the verdict."""
    ours = statistics.median(results[0].seconds)
    rows = [
        [
            f"**{one.title}**" if one is results[0] else one.title,
            f"{1000 * statistics.median(one.seconds):.2f}",
            f"{statistics.median(one.seconds) / ours:.1f}",
            f"{one.apart:.1e}" if one is not results[0] else "",
        ]
        for one in results
    ]
    head = ["statistics", "CPU, ms a scene", "x ours", "largest difference, spreads of the field"]
    exact = results[1]
    ratio = statistics.median(exact.seconds) / ours
    is_met = ratio >= WANTED and exact.apart <= CLOSE
    return (
        f"{machine()}. {STRIPS} strips of {STRIP_WIDTH_M:.0f} m and {POLYGONS} polygons x {FIELDS} "
        f"fields of {EDGE} x {EDGE} pixels in single precision, as looks are, "
        f"{UNSEEN:.0%} unseen; medians of {len(exact.seconds)} interleaved rounds of "
        f"{IN_A_ROW} scenes. Shares are computed once a site, in {1000 * once_s:.0f} ms.\n\n"
        f"{table(head, rows)}\n\n"
        f"Target ({WANTED:.0f} times as fast as exactextract, results within {CLOSE:g}): "
        f"**{'met' if is_met else 'NOT met'}**"
    )


def figures(results: list[Result], once_s: float) -> Mapping[str, Any]:
    """The same as plain values, seconds of processor."""
    return {
        "once_s": once_s,
        "peers": {
            one.title: {"seconds": one.seconds, "largest_difference": one.apart} for one in results
        },
    }


def _exactextract(scene: Scene) -> Peer:
    from exactextract import exact_extract
    from exactextract.feature import JSONFeatureSource
    from exactextract.raster import NumPyRasterSource

    edges = scene.grid.bounds
    rasters = [
        NumPyRasterSource(
            field,
            edges.west,
            edges.south,
            edges.east,
            edges.north,
            nodata=np.nan,
            name=f"f{number}",
        )
        for number, field in enumerate(scene.fields)
    ]
    features = JSONFeatureSource(
        [
            {"type": "Feature", "properties": {}, "geometry": mapping(zone)}
            for zone in scene.zones.values()
        ]
    )

    def means() -> Floats:
        found = exact_extract(rasters, features, ["mean"])
        return np.array(
            [[one["properties"][f"f{n}_mean"] for n in range(FIELDS)] for one in found], np.float64
        )

    return means


def _rasterstats(scene: Scene) -> Peer:
    zonal_stats = import_module("rasterstats").zonal_stats  # optional, and without types
    zones = list(scene.zones.values())

    def means() -> Floats:
        columns = [
            zonal_stats(zones, field, affine=scene.grid.transform, stats=["mean"], nodata=math.nan)
            for field in scene.fields
        ]
        values = [
            [np.nan if one["mean"] is None else float(one["mean"]) for one in column]
            for column in columns
        ]
        return np.array(values, np.float64).T

    return means


def _apart(values: Floats, ours: Floats) -> float:
    """Largest difference; infinite where one has a value and the other not."""
    if not np.array_equal(np.isnan(values), np.isnan(ours)):
        return math.inf
    return float(np.nanmax(np.abs(values - ours)))


if __name__ == "__main__":
    typer.run(main)
