"""Candidates for large objects in a look: compact departures with place, size and probability.

A candidate is a departure of the size of an object, never an identification; how strongly a place
departs is found in `matched_filter`, how large the departure is in `outline`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from assets.activity.detect.matched_filter import (
    PIXEL_M,
    ViewNoise,
    medians_in_place,
    object_probability,
    scored_bands,
)
from assets.activity.detect.outline import measure_outline
from assets.activity.detect.regions import VALLEY, DepartureRegion, find_regions
from assets.activity.fit.arrays import Floats
from assets.activity.indices.indices import FINE_BANDS, IndexName
from assets.activity.indices.zone_pixels import ZoneView
from assets.constants import MAD_TO_SIGMA

ObjectSize = Literal["objects_small", "objects_medium", "objects_large"]
SIZES_M2: Final[dict[ObjectSize, tuple[float, float]]] = {
    "objects_small": (100.0, 300.0),  # An-32, An-72; 145 to 190 m2
    "objects_medium": (300.0, 800.0),  # Il-76; about 540 m2
    "objects_large": (800.0, math.inf),  # An-124; about 1,100 m2
}
"""Area seen from above, from the first up to the second."""
LARGEST_M2: Final = 3_000.0
"""More is a change of the ground: snow left lying, a wet area, new pavement."""


@dataclass(frozen=True, slots=True)
class ObjectCandidate:
    """A compact departure.

    Attributes:
        row, column: centre, pixels of the view, sub-pixel.
        area_m2: seen from above, estimated from its light; `area_error_m2` its standard error.
        length_m, width_m: along its principal axes, metres.
        contrast: residual reflectance of its strongest pixel, mean of the 10 m bands; positive
            where it is brighter than its ground.
        box: rows and columns of the view that it covers.
        score: strength of its peak in standard deviations.
        false_alarms: number of noise peaks at least as strong that one such view would show.
        probability: that it is not noise, 0..1.
        size: class by area; None where it is smaller than the smallest.
    """

    row: float
    column: float
    area_m2: float
    area_error_m2: float
    length_m: float
    width_m: float
    contrast: float
    box: tuple[slice, slice]
    score: float
    false_alarms: float
    probability: float
    size: ObjectSize | None


def find_objects(
    view: ZoneView,
    *,
    pixel_m: float = PIXEL_M,
    largest_m2: float = LARGEST_M2,
    valley: float = VALLEY,
    noise: ViewNoise | None = None,
) -> list[ObjectCandidate]:
    """Candidates for large objects, strongest first.

    Departures that touch are parted where the valley between them is deep; the shadow beside a
    brighter object is part of that object, not a second one.

    Args:
        view: a look beside its expectation; the 10 m bands are used.
        pixel_m: ground pixel, metres.
        largest_m2: what covers more is a change of the ground and left out.
        valley: see `regions.find_regions`.
        noise: of the view, if it is known.

    Returns:
        Those with at most one false alarm expected in the view; empty where too little is seen.
        Also found are puddles, patches of snow, spills, markings and shadows of this size.

    Raises:
        ValueError: images of the view have frames that do not broadcast, if `noise` is not given.

    Source:
        Statistics as `find_departures`, regions as `find_regions`, sizes as `measure_outline`;
        docs/methods/objects.md, tests/unit/assets/activity/test_objects.py.
    """
    noise = noise or ViewNoise.of(*scored_bands(view), pixel_m)
    if noise is None:
        return []
    light = np.where(noise.seen, view.residual[list(FINE_BANDS)].mean(axis=0), 0.0)
    regions = find_regions(noise, light, valley=valley)
    if not regions:
        return []
    spread = MAD_TO_SIGMA * float(medians_in_place(np.abs(light[noise.seen])))
    found = [
        _candidate_of_region(view, light, region, noise=spread, pixel_m=pixel_m)
        for region in regions
    ]
    return [one for one in found if one.area_m2 < largest_m2]


def object_values(
    view: ZoneView, found: Sequence[ObjectCandidate] | None = None, *, pixel_m: float = PIXEL_M
) -> dict[IndexName, float]:
    """Expected number of objects in the zone by size class: sums of probabilities, no unit.

    A candidate counts by the share of the zone at its centre, so one across the edge of two
    zones is counted once in all. Not scaled up to what was not seen.

    Args:
        view: a look beside its expectation.
        found: its candidates, if they are known.
        pixel_m: ground pixel, metres.

    Raises:
        ValueError: as `find_objects`, if `found` is not given.
    """
    if found is None:
        found = find_objects(view, pixel_m=pixel_m)
    values: dict[IndexName, float] = dict.fromkeys(SIZES_M2, 0.0)
    for one in found:
        if one.size is not None:
            values[one.size] += one.probability * zone_share(view, one.row, one.column, pixel_m)
    return values


def zone_share(view: ZoneView, row: float, column: float, pixel_m: float = PIXEL_M) -> float:
    """Share of the pixel at a place of the view that lies in the zone, 0..1."""
    rows, columns = view.area_m2.shape
    y, x = min(max(round(row), 0), rows - 1), min(max(round(column), 0), columns - 1)
    return float(min(view.area_m2[y, x] / pixel_m**2, 1.0))


def size_class(area_m2: float) -> ObjectSize | None:
    """Class of an area seen from above; None under the smallest."""
    for name, (least, most) in SIZES_M2.items():
        if least <= area_m2 < most:
            return name
    return None


def _candidate_of_region(
    view: ZoneView, light: Floats, region: DepartureRegion, *, noise: float, pixel_m: float
) -> ObjectCandidate:
    """Place, size and probability of a region."""
    inside = np.where(region.pixels, light[region.box], 0.0)
    expected = view.expected[:, *region.box][list(FINE_BANDS)][:, region.pixels]
    ground = float(medians_in_place(expected[np.isfinite(expected)]))
    found = measure_outline(inside, noise, ground=ground, pixel_m=pixel_m)
    return ObjectCandidate(
        row=region.box[0].start + found.row,
        column=region.box[1].start + found.column,
        area_m2=found.area_m2,
        area_error_m2=found.area_error_m2,
        length_m=found.length_m,
        width_m=found.width_m,
        contrast=float(inside.flat[np.argmax(np.abs(inside))]),
        box=region.box,
        score=region.score,
        false_alarms=math.exp(min(region.log_alarms, 700.0)),
        probability=object_probability(region.log_alarms),
        size=size_class(found.area_m2),
    )
