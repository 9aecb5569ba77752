"""Rows of a site's activity made up from departures: what the stage of alerts reads from the lake.

Quiet ground scatters by the error that its rows state; what is planted in it is the tests' matter.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

START = dt.datetime(2022, 1, 3, 9, tzinfo=dt.UTC)
EVERY_DAYS = 6
LOOKS_MAX = 400
ERROR = {
    "covered_area": 200.0,
    "objects_large": 0.3,
    "objects_medium": 0.3,
    "objects_small": 0.3,
    "changed_area": 200.0,
    "texture": 0.003,
    "bare_soil": 0.02,
    "ndvi": 0.02,
    "brightness": 0.01,
    "pattern": 0.1,
    "novelty": 0.5,
}
UNIT_LEVEL = 0.2

Row = dict[str, Any]


def day(number: float) -> dt.datetime:
    """When look so many was seen."""
    return START + dt.timedelta(days=EVERY_DAYS * number)


def quiet(looks: int, seed: int) -> np.ndarray:
    """Departures of a series in which nothing happens, in errors."""
    return np.random.default_rng([17, seed]).normal(size=LOOKS_MAX)[:looks]


def series_rows(
    z: Sequence[float | None],
    *,
    zone: str = "apron",
    index: str = "pattern",
    published_after: Mapping[int, float] | float = 0.2,
    **columns: Any,
) -> list[Row]:
    """Rows of one series, a look every six days; None is a look without a value.

    Args:
        z: departures in errors.
        zone: the zone.
        index: the index.
        published_after: days from a look until it is published, of all or by number.
        columns: in place of the usual ones.
    """
    error = ERROR[index]
    found = []
    for number, departure in enumerate(z):
        late = published_after
        if isinstance(late, Mapping):
            late = late.get(number, 0.2)
        found.append(
            {
                "zone_id": zone,
                "index_name": index,
                "acquisition_id": f"look-{number:03d}",
                "sensed_at": day(number),
                "known_at": day(number) + dt.timedelta(days=late),
                "value": None if departure is None else UNIT_LEVEL + departure * error,
                "expected": UNIT_LEVEL,
                "standard_error": 0.8 * error,
                "expected_error": 0.6 * error,
                "level_effect": 0.0,
                "season_effect": 0.0,
                "departure": None if departure is None else departure * error,
                "z": departure,
                "baseline_n": 20,
                "state": "cloudy" if departure is None else "valid",
                "flags": [],
                "shift_px": 0.1,
                "relative_orbit": 7 + number % 2,
                "sun_elevation_deg": 50.0,
                "haze_fraction": 0.0,
                "attribution": "Contains modified Copernicus Sentinel data 2022",
                **columns,
            }
        )
    return found


def site_rows(
    planted: Mapping[tuple[str, str], Mapping[int, float]],
    *,
    looks: int = 80,
    zones: Sequence[str] = ("apron", "park"),
    indices: Sequence[str] = ("pattern", "texture", "ndvi", "brightness"),
    is_exact: bool = False,
    **columns: Any,
) -> list[Row]:
    """Rows of a quiet site with changes planted in some of its series.

    Args:
        planted: errors added to the looks of a zone and index, by number of look.
        is_exact: those looks have just these errors, nothing besides.
        looks: how many.
        zones: of the site.
        indices: of each zone.
        columns: as of `series_rows`.
    """
    rows = []
    for at, zone in enumerate(zones):
        for position, index in enumerate(indices):
            z = quiet(looks, 10 * at + position)
            for number, size in planted.get((zone, index), {}).items():
                if number < looks:
                    z[number] = size + z[number] * (not is_exact)
            rows += series_rows(z.tolist(), zone=zone, index=index, **columns)
    return sorted(rows, key=lambda row: (row["sensed_at"], row["zone_id"], row["index_name"]))


def lasting(first: int, size: float, until: int = 80) -> dict[int, float]:
    """A change of one size from a look on, for as long as there are looks."""
    return dict.fromkeys(range(first, until), size)
