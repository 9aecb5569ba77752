"""Airports as users would have them judged: witnesses of sites in a lake, alarms read from it.

Each file is taken in by the code of `sitewatch witness add`; the lake is gone afterwards.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.alerts.airports import DIRECTIONS, Alarm, Direction, read_airports
from pipelines.cli.witness import WitnessDescription, add_witness
from resources.grids import site_grid
from resources.lake.lake import Lake, LakeLocation
from resources.models import Site
from resources.watchlist.read import parse_watch_list

PLACES: Final = {"AMS": (4.76389, 52.3086), "MAD": (-3.56676, 40.4936)}
"""Longitude and latitude in degrees of airports of the data, from airportsdata (MIT)."""
MADE_UP: Final = (0.0, 0.1)  # the same at sea, for those whose place is not known here
HALF_DEG: Final = 0.005  # of the square's edge; counts do not depend on it
WITNESS: Final = "flights"
UNIT: Final = "aircraft in flight"
SOURCE: Final = "doi:10.1109/JSTARS.2021.3094053"


def alarms_of_lake(
    data: Path, rate: float, directions: Sequence[Direction] = tuple(DIRECTIONS)
) -> list[Alarm]:
    """The looks in alarm of every airport of a folder, as the lake has them.

    Args:
        data: folder of one CSV per airport, named by it.
        rate: false alarms a year in each direction: the site is asked for both together.
        directions: those that are wanted.

    Raises:
        ValueError: the files are not laid out as the yardstick's are.
        SitewatchError: one cannot be taken in.
    """
    names = [airport.name for airport in read_airports(data)]
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(LakeLocation(f"{folder}/catalog.sqlite", f"{folder}/files"))
        lake.ensure()
        try:
            for name, site in zip(names, sites(names, len(DIRECTIONS) * rate), strict=True):
                lake.put_site(site, site_grid(site))
                told = WitnessDescription(site.site_id, None, WITNESS, UNIT, SOURCE)
                add_witness(lake, data / f"{name}.csv", told)
            return _alarms(lake, names, directions)
        finally:
            lake.close()


def sites(names: Iterable[str], asked: float) -> tuple[Site, ...]:
    """A site an airport, from a watch list.

    Args:
        names: of the airports.
        asked: false alarms a year of each site.
    """
    features = [_feature(name, asked) for name in names]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return parse_watch_list(text, name="airports")


def _feature(name: str, asked: float) -> dict[str, Any]:
    """A square for an airport, labelled as what it is."""
    east, north = PLACES.get(name, MADE_UP)
    label = "round its place" if name in PLACES else "made up, at sea"
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[east + HALF_DEG * x, north + HALF_DEG * y] for x, y in corners]
    return {
        "type": "Feature",
        "properties": {
            "site": name.lower(),
            "site_name": f"{name} (square {label})",
            "zone": "square",
            "name": f"Square, {label}",
            "kind": "other",
            "approximate": True,
            "false_alarms_per_year": asked,
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _alarms(lake: Lake, names: Sequence[str], directions: Sequence[Direction]) -> list[Alarm]:
    """Looks in alarm by airport, direction and day."""
    found = lake.query(
        "SELECT site_id, direction, unnest(looks_on) AS day FROM witness_alarms ORDER BY ALL"
    )
    days: dict[tuple[object, object], list[Any]] = {}
    for row in found:
        days.setdefault((row["site_id"], row["direction"]), []).append(row["day"])
    return [
        Alarm(name, day, direction)
        for name in names
        for direction in directions
        for day in days.get((name.lower(), DIRECTIONS[direction]), [])
    ]
