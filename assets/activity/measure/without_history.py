"""What can be said of a zone that has no past yet: means of indices, and objects beside their like.

Pure; no expectation over time is known here.
"""

from __future__ import annotations

import numpy as np

from assets.activity.detect.counted_indices import count_values
from assets.activity.indices.indices import FIELD_INDICES, IndexName
from assets.activity.indices.zone_pixels import ZoneView
from assets.activity.looks.zone_looks import ZoneBox, ZoneLook
from assets.activity.measure.surroundings import expect_spatially


def values_without_history(look: ZoneLook, box: ZoneBox) -> dict[IndexName, float]:
    """What needs no past: area-weighted means over the clear zone, and objects in it.

    Objects and movers are counted beside what the same surface round them shows.
    """
    means: dict[IndexName, float] = {}
    for name, field in zip(FIELD_INDICES, look.fields.astype(np.float64), strict=True):
        usable = np.isfinite(field)
        if usable.any():
            means[name] = float(np.average(field[usable], weights=box.zone.area_m2[usable]))
    return means | count_values(_spatial_view(look, box), None)


def _spatial_view(look: ZoneLook, box: ZoneBox) -> ZoneView:
    """The box of a zone beside its own surroundings."""
    bands = look.look.reflectance.astype(np.float64)
    return expect_spatially(bands, look.look.clear, area_m2=box.area_m2)
