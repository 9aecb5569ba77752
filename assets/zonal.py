"""Area-weighted statistics of all zones of a site at once, from coverage shares kept per site.

A sparse product and its bookkeeping. Which fields are worth a mean is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of each pixel each zone of a site covers: made once a site, used for every look.

    Attributes:
        zone_ids: the zones, in the order of all that is computed from here.
        pixels: positions in the flattened grid of all pixels that any zone touches, ascending.
        area_m2: area of each zone in each of `pixels`, sparse, shape (zone, pixel), float64.
    """

    zone_ids: tuple[str, ...]
    pixels: Indices
    area_m2: sparse.csr_array

    @classmethod
    def of(cls, weights: Mapping[str, npt.NDArray[np.floating]], pixel_m2: float) -> Coverage:
        """From the coverage shares (0..1) of each zone, shape (y, x), as `zone_weights` has them.

        Args:
            weights: by zone id, all of one shape.
            pixel_m2: area of a whole pixel of the grid, m2.
        """
        touched = {zone_id: np.flatnonzero(weight) for zone_id, weight in weights.items()}
        areas = {
            zone_id: weights[zone_id].ravel()[index].astype(np.float64) * pixel_m2
            for zone_id, index in touched.items()
        }
        return cls.of_pixels(touched, areas)

    @classmethod
    def of_pixels(cls, indices: Mapping[str, Indices], areas: Mapping[str, Floats]) -> Coverage:
        """From the pixels of each zone, as `ZonePixels` has them.

        Args:
            indices: by zone id, positions in the flattened grid, shape (pixel,), none twice.
            areas: by zone id, area of the zone in each of them, m2, same shape.
        """
        all_of_them = np.concatenate([*indices.values(), np.empty(0, np.intp)])
        pixels, columns = np.unique(all_of_them, return_inverse=True)
        starts = np.cumsum([0, *(index.size for index in indices.values())])
        data = np.concatenate([*(areas[zone_id] for zone_id in indices), np.empty(0)])
        shape = (len(indices), pixels.size)
        return cls(tuple(indices), pixels, sparse.csr_array((data, columns, starts), shape=shape))


@dataclass(frozen=True, slots=True)
class ZoneMeans:
    """What `zonal_means` found.

    Attributes:
        mean: area-weighted mean over the seen pixels, shape (zone, field); NaN where none is.
        seen_m2: area of the zone in the pixels that were seen, m2, same shape.
    """

    mean: Floats
    seen_m2: Floats


def zonal_means(coverage: Coverage, fields: npt.NDArray[np.floating]) -> ZoneMeans:
    """Area-weighted mean of every field in every zone, over the pixels where the field is finite.

    Args:
        coverage: of the site.
        fields: shape (field, y, x) or (field, y * x), any unit; NaN where unseen, each for itself.

    Returns:
        Means and seen areas, float64 whatever the fields are; sums are made in float64.

    Source:
        Coverage shares from exactextract (see `resources.grids.zone_weights`): the same numbers as
        its `mean` gives, since both weigh a pixel by the area of the zone in it.
    """
    values = _gathered(coverage, fields)
    seen = np.isfinite(values)
    np.copyto(values, 0, where=~seen)
    seen_m2 = _areas(coverage, seen)
    sums = _product(coverage, values)
    mean = np.divide(sums, seen_m2, out=np.full_like(sums, np.nan), where=seen_m2 > 0)
    return ZoneMeans(mean, seen_m2)


def zonal_sums(
    coverage: Coverage, fields: npt.NDArray[np.floating] | npt.NDArray[np.bool_]
) -> Floats:
    """Integral of every field over every zone (field times m2), NaN counting as nothing.

    Args:
        coverage: of the site.
        fields: as for `zonal_means`; a mask gives the area of the zone under it, m2.

    Returns:
        Shape (zone, field), float64.
    """
    values = _gathered(coverage, fields)
    np.copyto(values, 0, where=~np.isfinite(values))
    return _product(coverage, values)


def _gathered(coverage: Coverage, fields: npt.NDArray[np.generic]) -> Floats:
    """The fields at the covered pixels, shape (field, pixel)."""
    flat = fields.reshape(len(fields), -1)
    return np.take(flat, coverage.pixels, axis=1).astype(np.float64, copy=False)


def _areas(coverage: Coverage, seen: npt.NDArray[np.bool_]) -> Floats:
    """Area of each zone under each mask, shapes (field, pixel) and (zone, field).

    The fields of one look mostly share its mask: the one of the middle field, by how much is
    seen, is multiplied once for all that have it.
    """
    if not len(seen):
        return np.empty((len(coverage.zone_ids), 0))
    usual = int(np.argsort(np.count_nonzero(seen, axis=1))[len(seen) // 2])
    areas = np.repeat(_product(coverage, seen[usual : usual + 1]), len(seen), axis=1)
    others = np.flatnonzero((seen != seen[usual]).any(axis=1))
    if others.size:
        areas[:, others] = _product(coverage, seen[others])
    return areas


def _product(coverage: Coverage, values: npt.NDArray[np.generic]) -> Floats:
    """Sums of (field, pixel) weighted by area, shape (zone, field).

    Pixel by pixel in memory (the sparse product is many times slower across the other way).
    """
    by_pixel = values.T.astype(np.float64, order="C")
    return np.asarray(coverage.area_m2 @ by_pixel, np.float64)
