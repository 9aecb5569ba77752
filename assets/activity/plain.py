"""What can be said of a zone that has no past yet: plain means, and objects beside their like.

Pure; no expectation over time is known here.
"""

from __future__ import annotations

import numpy as np

from assets.activity import indices
from assets.activity.counts import count_values
from assets.activity.indices import FIELD_INDICES, IndexName
from assets.activity.models import ClearLook, Floats, ZonePixels, ZoneView
from assets.activity.spatial import expect_spatially
from assets.activity.spectral import CATALOGUE, spectral
from assets.activity.views import ZoneBox


def plain_values(look: ClearLook, zone: ZonePixels) -> dict[IndexName, float]:
    """What needs no past: area-weighted means over the clear zone, and objects in it.

    Objects and movers are counted beside what the same surface round them shows.
    """
    observed = look.reflectance.reshape(len(look.reflectance), -1)[:, zone.index]
    fields: dict[IndexName, Floats] = {
        "brightness": indices.brightness(observed),
        "texture": texture_of(look).ravel()[zone.index].astype(np.float64),
    }
    fields |= {name: spectral(name, observed) for name in CATALOGUE}
    clear = look.clear.ravel()[zone.index]
    means: dict[IndexName, float] = {}
    for name in FIELD_INDICES:
        usable = clear & np.isfinite(fields[name])
        if usable.any():
            means[name] = float(np.average(fields[name][usable], weights=zone.area_m2[usable]))
    return means | count_values(_spatial_view(look, zone), None)


def _spatial_view(look: ClearLook, zone: ZonePixels) -> ZoneView:
    """The box of a zone beside its own surroundings."""
    box = ZoneBox.of(zone, look.clear.shape)
    bands = look.reflectance.reshape(len(look.reflectance), -1)[:, box.positions]
    clear = look.clear.ravel()[box.positions].reshape(box.shape)
    return expect_spatially(bands.reshape(-1, *box.shape), clear, area_m2=box.area_m2)


def texture_of(look: ClearLook) -> Floats:
    """Texture image of a look, shape (y, x)."""
    bands = look.reflectance.reshape(len(look.reflectance), -1)
    image = indices.brightness(bands).reshape(look.clear.shape)
    return indices.texture(image, look.clear).astype(np.float64)
