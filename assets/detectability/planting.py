"""Puts objects of known size into the real pixels of a look, as the instrument would show them.

Pure: a look on the site's grid goes in, the same look with an object in it comes out.
`object_models` makes the objects.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from assets.detectability.object_models import FINE_M, SHADE, ObjectDrawing
from resources.instrument import BAND_DELAY_S, BAND_PIXEL_M, blur_sigma_m
from resources.models import REFLECTANCE_BANDS, RESOLUTION_M

Plane = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BLUR_REACH: Final = 3.0  # sigma of the blur beyond which a pixel sees nothing of an object
TOUCHED: Final = 0.01  # share of a pixel; less changes it by less than its noise
SPOT_TRIES: Final = 12  # places tried for an object; chosen
INSIDE_GOOD: Final = 0.9  # share of an object inside the zone with which the search ends
INSIDE_MIN: Final = 0.5  # an object that lies mostly outside says nothing about the zone


@dataclass(frozen=True, slots=True)
class ObjectPosition:
    """Where the middle of an object lies on the grid: rows and columns of 10 m from its corner.

    Whole numbers are corners of pixels, so (0.5, 0.5) is the middle of the first one.
    """

    row: float
    column: float


@dataclass(frozen=True, slots=True)
class SignalShares:
    """What pixels of one size see of an object: shares of their signal, shape (y, x).

    `rows` and `columns` say which pixels of that size, counted from the corner of the grid.
    """

    rows: slice
    columns: slice
    cover: Plane
    shadow: Plane


@dataclass(frozen=True, slots=True)
class PlantedLook:
    """A look with an object in it; pixels outside `rows` and `columns` are untouched."""

    reflectance: npt.NDArray[np.float32]
    rows: slice
    columns: slice


def signal_shares(
    drawing: ObjectDrawing, place: ObjectPosition, *, pixel_m: int, shape: tuple[int, int]
) -> SignalShares:
    """What pixels see of an object: blurred and averaged by the instrument, at its own place.

    Square pixel and Gaussian with a modulation transfer of 0.22 at the Nyquist frequency; the
    response is a product of rows and columns, so that any part of a pixel costs the same.

    Args:
        drawing: object and shadow, from `object_models.draw_object`.
        place: of its middle.
        pixel_m: 10 or 20.
        shape: rows and columns of the grid in pixels of that size.

    Returns:
        Shares 0..1 of the pixels that see it, float64.

    Raises:
        ValueError: the planes of the drawing are not square.

    Source:
        Own derivation: a Gaussian over a square pixel integrates to differences of the normal
        distribution function; docs/methods/detectability.md, tests/unit/assets/detectability.
    """
    scale = RESOLUTION_M / pixel_m
    rows, by_row = _axis_response(place.row * scale, len(drawing.cover), pixel_m, shape[0])
    columns, by_column = _axis_response(place.column * scale, len(drawing.cover), pixel_m, shape[1])
    return SignalShares(
        rows,
        columns,
        by_row @ drawing.cover @ by_column.T,
        by_row @ drawing.shadow @ by_column.T,
    )


def plant_object(
    reflectance: npt.NDArray[np.float32],
    drawing: ObjectDrawing,
    place: ObjectPosition,
    *,
    paint: Sequence[float],
    velocity_m_s: tuple[float, float] = (0.0, 0.0),
) -> PlantedLook:
    """A look with an object in it.

    new = old * (1 - cover - shade * shadow) + paint * cover, pixel by pixel and band by band:
    where the object stands its own reflectance replaces the ground's, for the share of the
    pixel's signal that comes from there; shadow takes light from the ground beside it. Each band
    on its own pixels of 10 or 20 m, the latter repeated as on the site grid, whose corner is one
    of theirs. A mover is seen by each band where it is at that band's moment.

    Args:
        reflectance: on the site grid, shape (band, y, x), bands as in REFLECTANCE_BANDS, before
            gain and offset of the look are taken off; NaN stays NaN. Not changed.
        drawing: object and shadow, from `object_models.draw_object`.
        place: of its middle, when the blue band passed.
        paint: reflectance of the object, in the order of the bands.
        velocity_m_s: east and north.

    Raises:
        IndexError: `paint` or `reflectance` lacks a band of REFLECTANCE_BANDS.

    Source:
        Linear mixture: Keshava and Mustard 2002, doi:10.1109/79.974727; shadow, delays of bands
        and tests: docs/methods/detectability.md, tests/unit/assets/detectability.
    """
    out = reflectance.copy()
    shape = reflectance.shape[1:]
    tops, lefts, bottoms, rights = [], [], [], []
    seen: dict[tuple[int, ObjectPosition], SignalShares] = {}
    for band, name in enumerate(REFLECTANCE_BANDS):
        pixel_m, delay = BAND_PIXEL_M[name], BAND_DELAY_S[name]
        east, north = (speed * delay / RESOLUTION_M for speed in velocity_m_s)
        key = pixel_m, ObjectPosition(place.row - north, place.column + east)
        if key not in seen:
            size = RESOLUTION_M / pixel_m
            coarse = (math.ceil(shape[0] * size), math.ceil(shape[1] * size))
            seen[key] = signal_shares(drawing, key[1], pixel_m=pixel_m, shape=coarse)
        here = _on_grid(seen[key], round(pixel_m / RESOLUTION_M), (shape[0], shape[1]))
        old = out[band, here.rows, here.columns]
        kept = 1 - here.cover - SHADE[band] * here.shadow
        out[band, here.rows, here.columns] = old * kept + paint[band] * here.cover
        tops.append(here.rows.start)
        lefts.append(here.columns.start)
        bottoms.append(here.rows.stop)
        rights.append(here.columns.stop)
    return PlantedLook(out, slice(min(tops), max(bottoms)), slice(min(lefts), max(rights)))


def find_spot(
    drawing: ObjectDrawing,
    *,
    area_m2: npt.NDArray[np.float64],
    clear: Mask,
    chance: np.random.Generator,
) -> ObjectPosition | None:
    """A random place for an object in a zone, over clear pixels only.

    Args:
        drawing: object and shadow.
        area_m2: area of the zone in each pixel of the grid, shape (y, x).
        clear: pixels that may be used, same shape; also those the shadow falls on must be clear.
        chance: where randomness comes from.

    Returns:
        The first place found where INSIDE_GOOD of the object lies inside the zone, else the best
        of SPOT_TRIES; None where not even half of it ever did, or too little is clear.

    Raises:
        ValueError: `area_m2` and `clear` have shapes that do not broadcast.
    """
    spots = np.flatnonzero((area_m2 > 0) & clear)
    if spots.size == 0:
        return None
    weights = area_m2.ravel()[spots]
    columns = area_m2.shape[1]
    best, found = INSIDE_MIN, None
    for spot in chance.choice(spots, SPOT_TRIES, p=weights / weights.sum()):
        row, column = divmod(int(spot), columns)
        place = ObjectPosition(row + float(chance.random()), column + float(chance.random()))
        inside = _share_inside(drawing, place, area_m2=area_m2, clear=clear)
        if inside > best:
            best, found = inside, place
        if best >= INSIDE_GOOD:
            break
    return found


def _share_inside(
    drawing: ObjectDrawing, place: ObjectPosition, *, area_m2: npt.NDArray[np.float64], clear: Mask
) -> float:
    """Share of an object inside a zone; 0 where it or its shadow touches what is not clear."""
    seen = signal_shares(drawing, place, pixel_m=10, shape=(clear.shape[0], clear.shape[1]))
    window = seen.rows, seen.columns
    touched = seen.cover + seen.shadow > TOUCHED
    whole = float(drawing.cover.sum()) * (FINE_M / RESOLUTION_M) ** 2
    if (touched & ~clear[window]).any():
        return 0.0
    share = area_m2[window] / RESOLUTION_M**2
    return float((seen.cover * share).sum()) / whole


def _axis_response(middle: float, cells: int, pixel_m: int, size: int) -> tuple[slice, Plane]:
    """Pixels of one axis that see an object, and the weight of each of its cells in each of them.

    Args:
        middle: of the object, in pixels of that size.
        cells: of the drawing along this axis.
        pixel_m: pixel, metres.
        size: pixels of the grid along this axis.

    Returns:
        The pixels and weights, shape (pixel, cell); a cell's weights sum to its share of a pixel.
    """
    sigma = blur_sigma_m(pixel_m)
    reach = (cells * FINE_M / 2 + BLUR_REACH * sigma) / pixel_m
    first = min(max(math.floor(middle - reach), 0), size)
    last = min(max(math.ceil(middle + reach), first), size)
    centres = (np.arange(first, last) + 0.5 - middle) * pixel_m
    distance = centres[:, None] - ((np.arange(cells) + 0.5) * FINE_M - cells * FINE_M / 2)[None]
    edge = pixel_m / 2
    density = special.ndtr((distance + edge) / sigma) - special.ndtr((distance - edge) / sigma)
    return slice(first, last), density * (FINE_M / pixel_m)


def _on_grid(seen: SignalShares, step: int, shape: tuple[int, int]) -> SignalShares:
    """A footprint of coarse pixels on those of the grid, each repeated `step` times a side."""
    if step == 1:
        return seen
    rows = slice(seen.rows.start * step, min(seen.rows.stop * step, shape[0]))
    columns = slice(seen.columns.start * step, min(seen.columns.stop * step, shape[1]))
    height, width = max(rows.stop - rows.start, 0), max(columns.stop - columns.start, 0)
    cover, shadow = (
        plane.repeat(step, axis=0).repeat(step, axis=1)[:height, :width]
        for plane in (seen.cover, seen.shadow)
    )
    return SignalShares(rows, columns, cover, shadow)
