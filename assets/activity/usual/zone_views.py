"""Looks at the box of a zone beside what is expected of them, pixel by pixel.

Pure. Expectations come from `baseline`; `counted_indices` counts in the views.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats, Mask
from assets.activity.indices import indices
from assets.activity.indices.zone_pixels import ZoneView
from assets.activity.looks.zone_looks import ZoneBox

Number = TypeVar("Number", bound=np.generic)
COMMON_SIGMA: Final = (1.0, 3.0)  # sigma; less is ordinary noise, more is a zone emptied or filled


@dataclass(frozen=True, slots=True)
class BoxLooks:
    """Looks at a box, what like ground shows taken off.

    Attributes:
        residual, expected: reflectance, shape (look, band, y * x), as in `ZoneView`.
        sigma: standard deviation of the residual, each look's own noise included, same shape.
        clear: shape (look, y * x).
    """

    box: ZoneBox
    residual: Floats
    expected: Floats
    sigma: Floats
    clear: Mask

    def view(self, look: int) -> ZoneView:
        """One of the looks."""
        return ZoneView(
            residual=self._image(self.residual[look]),
            sigma=self._image(self.sigma[look]),
            expected=self._image(self.expected[look]),
            clear=self.clear[look].reshape(self.box.shape),
            area_m2=self.box.area_m2,
        )

    def changed_pixels(self) -> Floats:
        """Whether pixels of the zone are not as usual, shape (look, pixel), NaN unseen."""
        scores = np.where(self.clear[:, self.box.inside], self.scores(), np.nan)
        return indices.changed_pixels(scores, np.array(indices.CHANGED_SIGMA))

    def scores(self) -> Floats:
        """How far each pixel of the zone departs from what is usual, shape (look, pixel).

        What all pixels of the zone have in common is taken off as far as it lies between
        COMMON_SIGMA of a usual pixel: damp and haze move a zone as a whole, objects a part of it.
        A zone that is emptied or filled moves by far more than that.
        """
        inside = self.box.inside
        sigma = self.sigma[..., inside]
        usual = np.nan_to_num(robust.nan_median(np.moveaxis(sigma, -1, 0)))
        residual = np.moveaxis(self.residual[..., inside], -1, 0)
        common = np.nan_to_num(robust.nan_median(residual))
        ordinary, most = (limit * usual for limit in COMMON_SIGMA)
        excess = np.clip(np.abs(common) - ordinary, 0.0, most - ordinary)
        alone = self.residual[..., inside] - (np.sign(common) * excess)[..., None]
        return indices.departure_score(alone, sigma)

    def _image(self, flat: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Pixels of the last axis as rows and columns."""
        return flat.reshape(*flat.shape[:-1], *self.box.shape)
