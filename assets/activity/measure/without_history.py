"""Values of a zone without a past: means of indices, and objects against their surroundings.

Pure; no expectation over time is used.
"""

from __future__ import annotations

import numpy as np

from assets.activity.detect.counted_indices import count_values
from assets.activity.indices.indices import FIELD_INDICES, IndexName
from assets.activity.indices.zone_pixels import ZoneView
from assets.activity.looks.zone_looks import ZoneBox, ZoneLook
from assets.activity.measure.surroundings import expect_spatially


def values_without_history(look: ZoneLook, box: ZoneBox) -> dict[IndexName, float]:
    """Indices that need no past: area-weighted means over the clear zone, and counts of objects.

    Objects and movers are departures from the same surface round them.
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
