"""Indices that are counted or summed over a view rather than averaged over its pixels.

Pure; `objects`, `movers` and `turnover` find what is counted.
"""

from __future__ import annotations

import numpy as np

from assets.activity.detect.matched_filter import ViewNoise, scored_bands
from assets.activity.detect.movers import count_movers, find_movers
from assets.activity.detect.objects import find_objects, object_values
from assets.activity.detect.turnover import turnover_m2
from assets.activity.fit.arrays import Floats
from assets.activity.indices.indices import IndexName
from assets.activity.indices.zone_pixels import ZoneView


def count_values(view: ZoneView, before: ZoneView | None) -> dict[IndexName, float]:
    """Objects by size class, movers, and turnover where there is a look before.

    Args:
        view: of a zone.
        before: of the same zone at the last clear look of the same orbit; None without one.

    Returns:
        Expected numbers, no unit, and m2 for turnover.

    Raises:
        ValueError: `before` is of another box.
    """
    noise = ViewNoise.of(*scored_bands(view))
    found: dict[IndexName, float] = dict(object_values(view, find_objects(view, noise=noise)))
    found["movers"] = count_movers(view, find_movers(view, noise=noise))
    if before is not None:
        found["turnover"] = turnover_m2(view, before)
    return found


def changed_m2(changed: Floats, area_m2: Floats) -> Floats:
    """Area of the pixels that depart, scaled from what was seen to the whole zone, m2, (look,).

    Args:
        changed: 1.0 or 0.0, NaN unseen, shape (look, pixel).
        area_m2: of the zone in the pixels, shape (pixel,).

    Returns:
        m2, float64; NaN for looks that show no pixel of the zone.

    Raises:
        ValueError: the numbers of pixels differ.
    """
    seen = np.isfinite(changed) @ area_m2
    found = np.nan_to_num(changed) @ area_m2
    share = found / np.where(seen > 0, seen, 1.0)
    return np.asarray(np.where(seen > 0, share * area_m2.sum(), np.nan))
