"""Area-weighted statistics of all zones of a site at once, from coverage shares kept per site.

Pure: weighted sums on arrays. The callers decide which fields are averaged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PixelCoverage:
    """How much of each pixel each zone of a site covers: made once a site, used for every look.

    Attributes:
        zone_ids: the zones, in the order of all that is computed from here.
        zones: the zone of each entry, an entry being a pixel that a zone touches: positions in
            `zone_ids`, ascending, shape (entry,).
        pixels: the pixel of each entry: positions in the flattened grid, shape (entry,).
        area_m2: area of the zone in the pixel, float64, shape (entry,).
        starts: the first entry of each zone that has any, ascending.
    """

    zone_ids: tuple[str, ...]
    zones: Indices
    pixels: Indices
    area_m2: Floats
    starts: Indices

    @classmethod
    def of(cls, weights: Mapping[str, npt.NDArray[np.floating]], pixel_m2: float) -> PixelCoverage:
        """From the coverage shares (0..1) of each zone, shape (y, x), as `zone_weights` has them.

        Args:
            weights: by zone id, all of one shape.
            pixel_m2: area of a whole pixel of the grid, m2.

        Source:
            As `zonal_means`.
        """
        touched = {zone_id: np.flatnonzero(weight) for zone_id, weight in weights.items()}
        areas = {
            zone_id: weights[zone_id].ravel()[index].astype(np.float64) * pixel_m2
            for zone_id, index in touched.items()
        }
        return cls.of_pixels(touched, areas)

    @classmethod
    def of_pixels(
        cls, indices: Mapping[str, Indices], areas: Mapping[str, Floats]
    ) -> PixelCoverage:
        """From the pixels of each zone, as `ZonePixels` has them.

        Args:
            indices: by zone id, positions in the flattened grid, shape (pixel,), none twice.
            areas: by zone id, area of the zone in each of them, m2, same shape.

        Raises:
            KeyError: a zone has pixels and no areas.
        """
        sizes = [index.size for index in indices.values()]
        zones = np.repeat(np.arange(len(sizes)), sizes)
        return cls(
            tuple(indices),
            zones,
            np.concatenate([*indices.values(), np.empty(0, np.intp)]),
            np.concatenate([*(areas[zone_id] for zone_id in indices), np.empty(0)]),
            np.flatnonzero(np.diff(zones, prepend=-1)),
        )


@dataclass(frozen=True, slots=True)
class ZoneMeans:
    """What `zonal_means` found.

    Attributes:
        mean: area-weighted mean over the seen pixels, shape (zone, field); NaN where none is.
        seen_m2: area of the zone in the pixels that were seen, m2, same shape.
    """

    mean: Floats
    seen_m2: Floats


def zonal_means(coverage: PixelCoverage, fields: npt.NDArray[np.floating]) -> ZoneMeans:
    """Area-weighted mean of every field in every zone, over the pixels where the field is finite.

    Args:
        coverage: of the site.
        fields: shape (field, y, x) or (field, y * x), any unit; NaN where unseen, each for itself.

    Returns:
        Means (zone, field) in the unit of the field and seen areas, m2; both float64, summed in
        float64 whatever the dtype of the fields.

    Raises:
        ValueError: the fields have fewer pixels than the grid of the coverage.

    Source:
        Coverage shares from exactextract (see `resources.grids.zone_weights`): the same numbers as
        its `mean` gives, as tests/unit/assets/test_zonal.py checks.
    """
    values = _values_at_entries(coverage, fields)
    seen = np.isfinite(values)
    seen_m2 = _seen_areas(coverage, seen)
    sums = _area_weighted_sums(coverage, values, seen)
    mean = np.divide(sums, seen_m2, out=np.full_like(sums, np.nan), where=seen_m2 > 0)
    return ZoneMeans(mean, seen_m2)


def zonal_sums(
    coverage: PixelCoverage, fields: npt.NDArray[np.floating] | npt.NDArray[np.bool_]
) -> Floats:
    """Integral of every field over every zone, in the field's unit times m2; NaN counts as 0.

    Args:
        coverage: of the site.
        fields: as for `zonal_means`; a mask gives the area of the zone under it, m2.

    Returns:
        Shape (zone, field), float64.

    Raises:
        ValueError: the fields have fewer pixels than the grid of the coverage.

    Source:
        As `zonal_means`.
    """
    values = _values_at_entries(coverage, fields)
    return _area_weighted_sums(coverage, values, np.isfinite(values))


def class_areas(coverage: PixelCoverage, classes: npt.NDArray[np.uint8], count: int) -> Floats:
    """Area of every zone under every class, m2, shape (zone, count), float64.

    Args:
        coverage: of the site.
        classes: codes from 0 to count - 1, shape (y, x).
        count: how many classes there are.

    Raises:
        ValueError: a code under a zone is not one of them.
        IndexError: `classes` has fewer pixels than the grid of the coverage.
    """
    codes = classes.ravel()[coverage.pixels]
    if codes.size and codes.max() >= count:
        raise ValueError(f"Classes must be codes under {count}, found {codes.max()}")
    zones = len(coverage.zone_ids)
    found = np.bincount(coverage.zones * count + codes, coverage.area_m2, minlength=zones * count)
    return found.astype(np.float64, copy=False).reshape(zones, count)


def _values_at_entries(coverage: PixelCoverage, fields: npt.NDArray[np.generic]) -> Floats:
    """The fields at every entry, shape (field, entry), float64; a copy that may be changed."""
    flat = fields.reshape(len(fields), math.prod(fields.shape[1:]))
    if coverage.pixels.max(initial=-1) >= flat.shape[1]:
        raise ValueError(f"Fields must have the pixels of the coverage, found {fields.shape}")
    found = flat.take(coverage.pixels, axis=1, mode="clip")  # other modes check what was checked
    return found.astype(np.float64, copy=False)


def _seen_areas(coverage: PixelCoverage, seen: npt.NDArray[np.bool_]) -> Floats:
    """Area of each zone under each mask, shapes (field, entry) and (zone, field).

    The fields of one look mostly share a mask: the last one's is summed once for all that have it.
    """
    others = np.flatnonzero((seen[:-1] != seen[-1:]).any(axis=1))
    own = np.full(len(seen), others.size)  # which of the masks that are summed is a field's
    own[others] = np.arange(others.size)
    masks = [*others, *range(len(seen))[-1:]]
    return _by_zone(coverage, seen[masks] * coverage.area_m2)[:, own]


def _area_weighted_sums(
    coverage: PixelCoverage, values: Floats, seen: npt.NDArray[np.bool_]
) -> Floats:
    """Sums of values (field, entry) weighted by area, shape (zone, field); changes `values`."""
    values *= coverage.area_m2
    np.copyto(values, 0, where=~seen)
    return _by_zone(coverage, values)


def _by_zone(coverage: PixelCoverage, parts: Floats) -> Floats:
    """Sums over the entries of each zone, shapes (field, entry) and (zone, field)."""
    sums = np.zeros((len(coverage.zone_ids), len(parts)))
    if coverage.starts.size:  # a zone without entries keeps its zeros
        zones = coverage.zones[coverage.starts]
        sums[zones] = np.add.reduceat(parts, coverage.starts, axis=1).T
    return sums
