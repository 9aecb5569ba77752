"""How much of a zone changed since it was last seen clear from the same orbit.

One index of two views; which look came before is chosen by the caller.
"""

from __future__ import annotations

import math

import numpy as np

from assets.activity.indices.indices import CHANGED_SIGMA, departure_score
from assets.activity.indices.zone_pixels import ZoneView


def turnover_m2(view: ZoneView, before: ZoneView | None) -> float:
    """Area changed between two looks of one orbit, m2, scaled to the whole zone.

    A pixel has changed where the difference of the two residuals departs by CHANGED_SIGMA or
    more (root mean square of the 10 m bands). The expectation of each look's own day is subtracted
    before, so that season and sun between the looks do not count. What came or went counts, and
    what moved counts twice: where it was and where it is.

    Args:
        view: today.
        before: the last clear look of the same orbit at the same box; None if there is none.

    Returns:
        m2; NaN without an earlier look, or where no pixel was seen in both. Also moved by wet
        patches, snow left lying, shadows of clouds and errors of registration.

    Raises:
        ValueError: the views are not of the same box.

    Source:
        Own: docs/methods/indices.md; tests/unit/assets/activity/test_turnover.py.
    """
    if before is None:
        return math.nan
    if before.residual.shape != view.residual.shape:
        raise ValueError(
            f"Both views must show the same box, found {view.residual.shape} and "
            f"{before.residual.shape}; take them from one zone on one grid."
        )
    shape = (len(view.residual), -1)
    sigma = np.hypot(view.sigma, before.sigma).reshape(shape)
    change = departure_score((view.residual - before.residual).reshape(shape), sigma)
    area = view.area_m2.ravel()
    seen = (view.clear & before.clear).ravel() & np.isfinite(change) & (area > 0)
    if not seen.any():
        return math.nan
    changed = area[seen & (change >= CHANGED_SIGMA)].sum()
    return float(changed / area[seen].sum() * area.sum())
