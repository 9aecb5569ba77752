"""Parts of a look: the site's blocks as they came, and each zone's box with its shift taken out.

Pure. `registration` finds the shift, `site_looks` keeps the looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.align.lattice import block_means, blocks_of
from assets.activity.align.registration import ZoneRegistration
from assets.activity.fit.arrays import Floats, Mask
from assets.activity.indices import indices
from assets.activity.indices.indices import FIELD_INDICES, IndexName
from assets.activity.indices.spectral import CATALOGUE, spectral_index
from assets.activity.indices.zone_pixels import ClearLook, ZonePixels
from resources.models import REFLECTANCE_BANDS

BANDS: Final = len(REFLECTANCE_BANDS)
CHANNELS: Final = BANDS + len(FIELD_INDICES)
"""Of a block: the bands of REFLECTANCE_BANDS, then FIELD_INDICES."""
BESIDE_CLOUD: Final = 2.0  # no unit; chosen
"""Times the hidden share by which errors grow: thin haze and scattered light reach some
hundred metres from clouds (Koren et al. 2007, doi:10.1029/2007GL029253)."""


@dataclass(frozen=True, slots=True)
class ZoneBox:
    """The box of a zone with its margin.

    Attributes:
        zone: its pixels in the flattened site grid.
        rows, columns: of the box in the site grid.
        blocks: block of the lattice that each pixel of the box lies in, shape (y * x,).
        inside: of the zone's own pixels in the flattened box, in the order of `zone.index`.
    """

    zone: ZonePixels
    rows: slice
    columns: slice
    blocks: npt.NDArray[np.intp]
    inside: npt.NDArray[np.intp]

    @classmethod
    def of(cls, zone: ZonePixels, shape: tuple[int, int]) -> ZoneBox:
        """The box of a zone in a grid of this shape."""
        rows, columns = zone.box(shape)
        grid = np.arange(shape[0] * shape[1]).reshape(shape)[rows, columns]
        y, x = np.unravel_index(zone.index, shape)
        inside = np.ravel_multi_index((y - rows.start, x - columns.start), grid.shape)
        return cls(zone, rows, columns, blocks_of(grid.ravel(), shape), np.asarray(inside))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the box."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def area_m2(self) -> Floats:
        """Area of the zone in each pixel, shape (y, x)."""
        area = np.zeros(self.shape)
        area.ravel()[self.inside] = self.zone.area_m2
        return area

    @property
    def zone_in_box(self) -> ZonePixels:
        """The zone with its pixels counted in the box."""
        return ZonePixels(self.zone.zone_id, self.zone.kind, self.inside, self.zone.area_m2)


@dataclass(frozen=True, slots=True)
class SiteLook:
    """A look at the whole site in blocks.

    Attributes:
        blocks: mean of each channel of CHANNELS over the clear pixels, shape (channel, block).
        brightness: of the clear pixels, reflectance, shape (y, x), NaN elsewhere; for the picture.
    """

    acquisition_id: str
    day: float
    orbit: int
    blocks: npt.NDArray[np.float32]
    brightness: npt.NDArray[np.float16]

    @classmethod
    def of(cls, look: ClearLook) -> SiteLook:
        """From a look at the site grid, no shift taken out."""
        fields = field_images(look.reflectance, look.clear)
        means = block_means(np.concatenate([look.reflectance, fields]), look.clear)
        bright = fields[FIELD_INDICES.index("brightness")]
        picture = np.where(look.clear, bright, np.nan).astype(np.float16)
        return cls(look.acquisition_id, look.day, look.orbit, means, picture)


@dataclass(frozen=True, slots=True)
class ZoneLook:
    """A look at the box of a zone.

    Attributes:
        look: of the box, its shift taken out.
        fields: FIELD_INDICES of the zone's clear pixels, shape (index, pixel), NaN elsewhere.
        clear_share: share of the zone that is clear, or of its box where that is less, 0..1.
        where: how far the look lay off.
    """

    look: ClearLook
    fields: npt.NDArray[np.float32]
    clear_share: float
    where: ZoneRegistration

    @classmethod
    def of(cls, look: ClearLook, box: ZoneBox, where: ZoneRegistration) -> ZoneLook:
        """From a look at the box of a zone."""
        fields = zone_fields(look.reflectance, look.clear, box)
        area = box.zone.area_m2
        share = float(area[look.clear.ravel()[box.inside]].sum() / area.sum())
        return cls(look, fields, min(share, float(look.clear.mean())), where)

    @property
    def cloud_factor(self) -> float:
        """Times by which errors grow for what the look hides of the zone and beside it."""
        return 1.0 + BESIDE_CLOUD * (1.0 - self.clear_share)


def field_images(reflectance: npt.NDArray[np.floating], clear: Mask) -> npt.NDArray[np.float32]:
    """FIELD_INDICES of a look, shape (index, y, x), from reflectance (band, y, x)."""
    flat = reflectance.reshape(len(reflectance), -1)
    bright = indices.brightness(flat).reshape(clear.shape)
    found: dict[IndexName, npt.NDArray[np.floating]] = {
        name: spectral_index(name, flat).reshape(clear.shape) for name in CATALOGUE
    }
    found["brightness"], found["texture"] = bright, indices.texture(bright, clear)
    return np.stack([found[name] for name in FIELD_INDICES]).astype(np.float32)


def zone_fields(
    reflectance: npt.NDArray[np.floating], clear: Mask, box: ZoneBox
) -> npt.NDArray[np.float32]:
    """FIELD_INDICES of the clear pixels of a zone, shape (index, pixel of the zone), NaN others."""
    flat = field_images(reflectance, clear).reshape(len(FIELD_INDICES), -1)[:, box.inside]
    return np.where(clear.ravel()[box.inside], flat, np.float32(np.nan))
