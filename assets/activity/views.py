"""Looks at the box of a zone beside what is expected of them, and the fields that indices are of.

Pure. What is expected comes from `baseline`, what is made of the fields is `measure`'s job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar, cast

import numpy as np
import numpy.typing as npt

from assets.activity import indices, robust
from assets.activity.indices import FIELD_INDICES, IndexName
from assets.activity.models import Floats, Mask, ZonePixels, ZoneView
from assets.activity.spectral import SpectralName, spectral

Number = TypeVar("Number", bound=np.generic)
COMMON_SIGMA: Final = (1.0, 3.0)  # less is ordinary noise, more is a zone emptied or filled
SPECTRAL: Final = tuple(name for name in FIELD_INDICES if name != "texture")


@dataclass(frozen=True, slots=True)
class ZoneBox:
    """The box of a zone with its margin, in the site's grid.

    Attributes:
        positions: of its pixels in the flattened grid, shape (y * x,).
        shape: rows and columns.
        inside: of the zone's own pixels in the flattened box, in the order of `zone.index`.
    """

    zone: ZonePixels
    positions: npt.NDArray[np.intp]
    shape: tuple[int, int]
    inside: npt.NDArray[np.intp]

    @classmethod
    def of(cls, zone: ZonePixels, shape: tuple[int, int]) -> ZoneBox:
        """The box of a zone in a grid of this shape."""
        rows, columns = zone.box(shape)
        grid = np.arange(shape[0] * shape[1]).reshape(shape)[rows, columns]
        y, x = np.unravel_index(zone.index, shape)
        inside = np.ravel_multi_index((y - rows.start, x - columns.start), grid.shape)
        return cls(zone, grid.ravel(), (grid.shape[0], grid.shape[1]), np.asarray(inside))

    @property
    def area_m2(self) -> Floats:
        """Area of the zone in each pixel, shape (y, x)."""
        area = np.zeros(self.shape)
        area.ravel()[self.inside] = self.zone.area_m2
        return area

    def image(self, flat: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Pixels of the last axis as rows and columns."""
        return flat.reshape(*flat.shape[:-1], *self.shape)


@dataclass(frozen=True, slots=True)
class BoxLooks:
    """Looks at a box at the level of the reference.

    Attributes:
        residual, expected: reflectance, shape (look, band, y * x), as in `ZoneView`.
        bare: what the empty surface would show, same shape.
        sigma: standard deviation of the residual, each look's own noise included, same shape.
        clear: shape (look, y * x).
    """

    box: ZoneBox
    residual: Floats
    expected: Floats
    bare: Floats
    sigma: Floats
    clear: Mask

    def view(self, look: int, unrest: float = 1.0) -> ZoneView:
        """One of the looks; `unrest` widens its sigma on a day when all of the site flickers."""
        return ZoneView(
            residual=self.box.image(self.residual[look]),
            from_bare=self.box.image(self._from_bare(look)),
            sigma=self.box.image(unrest * self.sigma[look]),
            expected=self.box.image(self.expected[look]),
            clear=self.clear[look].reshape(self.box.shape),
            area_m2=self.box.area_m2,
        )

    def levels(self) -> dict[IndexName, Floats]:
        """Each index of what is expected, shape (look, pixel of the zone); occupancy is 0."""
        inside = self.expected[..., self.box.inside]
        found: dict[IndexName, Floats] = {}
        for name in SPECTRAL:
            found[name] = spectral_field(name, inside)
        found["texture"] = self._texture(self.expected)
        found["occupancy"] = np.zeros(inside.shape[:1] + inside.shape[2:])
        return found

    def differences(self, threshold: Floats) -> dict[IndexName, Floats]:
        """Each index of what is seen minus that of what is expected, shape (look, pixel).

        Args:
            threshold: of occupancy, shape (look, 1).
        """
        seen = self.expected + self.residual
        levels = self.levels()
        found: dict[IndexName, Floats] = {
            name: spectral_field(name, seen[..., self.box.inside]) - levels[name]
            for name in SPECTRAL
        }
        found["texture"] = self._texture(seen) - levels["texture"]
        found["occupancy"] = indices.occupied(self.scores(), threshold)
        clear = self.clear[:, self.box.inside]
        return {name: np.where(clear, values, np.nan) for name, values in found.items()}

    def scores(self) -> Floats:
        """How far each pixel of the zone departs from the bare surface, shape (look, pixel).

        What all pixels of the zone have in common is taken off as far as it lies between
        COMMON_SIGMA of a usual pixel: damp, haze and the level of the look move a zone as a
        whole, objects a part of it. A zone that is emptied or filled moves by far more than that.
        """
        inside = self.box.inside
        from_bare, sigma = self._from_bare(slice(None))[..., inside], self.sigma[..., inside]
        usual = np.nan_to_num(robust.median(np.moveaxis(sigma, -1, 0)))
        residual = np.moveaxis(self.residual[..., inside], -1, 0)
        common = np.nan_to_num(robust.median(residual))
        ordinary, most = (limit * usual for limit in COMMON_SIGMA)
        excess = np.clip(np.abs(common) - ordinary, 0.0, most - ordinary)
        alone = from_bare - (np.sign(common) * excess)[..., None]
        return indices.departure_score(alone, sigma)

    def _from_bare(self, looks: int | slice) -> Floats:
        """Observed minus the bare surface, of one look or several."""
        found: Floats = self.residual[looks] + self.expected[looks] - self.bare[looks]
        return found

    def _texture(self, reflectance: Floats) -> Floats:
        """Texture of a surface in the zone, of clear pixels only, shape (look, pixel)."""
        images = self.box.image(indices.brightness(reflectance))
        found = indices.texture(images, self.box.image(self.clear))
        return found.reshape(len(found), -1)[:, self.box.inside].astype(np.float64)


def spectral_field(name: IndexName, reflectance: Floats) -> Floats:
    """An index of SPECTRAL, shape (..., pixel), from reflectance (..., band, pixel)."""
    if name == "brightness":
        return indices.brightness(reflectance)
    return spectral(cast("SpectralName", name), reflectance)
