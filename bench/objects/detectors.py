"""The two detectors that are compared: sitewatch's, and a CFAR from the literature.

Each takes a port with its water and land and gives detections; scores are made in `scoring`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.measure import regionprops

from assets.activity.measure.surroundings import FLOATING_M, SurfaceMasks
from bench.objects.ports import Port
from bench.objects.vessels import WIDEST_M, find_vessels
from resources.models import REFLECTANCE_BANDS

NIR: Final = REFLECTANCE_BANDS.index("nir")
GUARD_PX: Final = 41  # edge of the window that is kept out: the largest ship, 400 m
BACKGROUND_PX: Final = 61  # edge of the window that the clutter is taken from
CLUTTER_MIN_PX: Final = 50  # water pixels in it; fewer do not describe clutter
CFAR_MIN_PX: Final = 2  # pixels of a detection; single ones are dropped, as usual
THRESHOLDS: Final = tuple(float(level) for level in np.arange(2.0, 20.5, 0.5))
"""Standard deviations that the yardstick may choose from."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A vessel that a detector claims: centre and box in pixels, length in metres."""

    row: float
    column: float
    length_m: float
    box: tuple[slice, slice]


def ours(port: Port, surfaces: SurfaceMasks) -> list[Detection]:
    """What `bench.objects.vessels` finds."""
    found = find_vessels(port.reflectance, port.clear, surfaces, pixel_m=port.pixel_m)
    return [Detection(one.row, one.column, one.length_m, one.box) for one in found]


def clutter_scores(port: Port, surfaces: SurfaceMasks) -> npt.NDArray[np.float64]:
    """Near infrared beside its clutter, in standard deviations, shape (y, x); 0 off the water.

    The two-parameter CFAR: mean and standard deviation come from a hollow window round each pixel,
    here of water pixels alone, land being masked as before any such detector.

    Source:
        Novak, Owirka and Netishen 1993, Lincoln Laboratory Journal 6(1); for ships: Crisp 2004,
        The State-of-the-Art in Ship Detection in Synthetic Aperture Radar Imagery, DSTO-RR-0272.
    """
    use = surfaces.water & port.clear
    nir = np.where(use, port.reflectance[NIR], 0.0)
    count = _ring_sum(use.astype(np.float64))
    enough = use & (count >= CLUTTER_MIN_PX)
    count = np.maximum(count, 1.0)
    mean = _ring_sum(nir) / count
    spread = np.sqrt(np.maximum(_ring_sum(nir**2) / count - mean**2, 1e-8))
    return np.where(enough, (nir - mean) / spread, 0.0)


def cfar(scores: npt.NDArray[np.float64], level: float, pixel_m: float) -> list[Detection]:
    """Connected pixels beyond a level, with the measures that a ship can have."""
    numbers, _ = ndimage.label(scores > level, np.ones((3, 3)))
    found = []
    for part in regionprops(numbers):  # type: ignore[no-untyped-call]
        length, width = (
            axis * pixel_m for axis in (part.axis_major_length, part.axis_minor_length)
        )
        if part.area >= CFAR_MIN_PX and length <= FLOATING_M and width <= WIDEST_M:
            row, column = part.centroid
            found.append(Detection(float(row), float(column), float(length), part.slice))
    return found


def _ring_sum(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sum over the background window less the guard window."""
    outer, inner = (
        ndimage.uniform_filter(values, edge, mode="constant") * edge**2
        for edge in (BACKGROUND_PX, GUARD_PX)
    )
    return np.asarray(outer - inner)
