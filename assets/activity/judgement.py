"""One index of a zone beside the baseline: its departure, in errors that past looks tell.

Pure. Which look it is of, and whether that compares at all, is decided in `measure`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from assets.activity.baseline import ZoneBaseline
from assets.activity.errors import (
    SPREAD_FLOORS,
    judge_count,
    judge_mean,
    past_means,
    patchy_floor,
)
from assets.activity.indices import AREA_INDICES, IndexName
from assets.activity.measurement import Measurement, Seen
from assets.activity.models import Floats, Mask
from assets.activity.moderation import NO_PRIOR
from assets.clouds.fractions import PARTIAL_CLEAR

BESIDE_CLOUD: Final = 2.0
"""Times the hidden share of zone or surroundings by which errors grow: thin haze and scattered
light reach some hundred metres from clouds (Koren et al. 2007, doi:10.1029/2007GL029253), further
than any margin of a mask that leaves something to measure."""
TURNOVER_FLOOR: Final = 0.01  # share of a zone


def judge_field(
    name: IndexName,
    field: tuple[Floats, Floats],
    known: ZoneBaseline,
    *,
    seen: Seen,
    noise: float,
    hidden: float,
) -> Measurement:
    """One index that is a mean: today's difference and level beside those of the past looks.

    Args:
        name: of the index.
        field: difference from what is expected, and that, shape (pixel of the zone,) each; NaN
            where not clear.
        known: baseline of the zone.
        seen: what of it the look shows.
        noise: how much noisier than usual the look is.
        hidden: share of the zone's surroundings that the look hides, 0..1.
    """
    habit, area = known.habit[name], known.box.zone.area_m2
    change, level = field[0] - habit, field[1]
    usable = np.isfinite(change) & np.isfinite(level)
    too_little = _too_little(name, usable, habit, known, seen)
    if too_little is not None:
        return too_little
    zone_m2, weights = float(area.sum()), area[usable]
    expected = float(np.average((level + habit)[usable], weights=weights))
    found = judge_mean(
        moved=float(np.average(change[usable], weights=weights)),
        expected=expected,
        past=past_means(
            known.differences[name],
            area * usable,
            weights=known.weights,
            days=known.days,
            noise=known.scatter.past.get(name, known.noise),
            prior=known.scatter.prior.get(name, NO_PRIOR),
            is_sparse=name in AREA_INDICES,
        ),
        noise=noise,
        hidden=1.0 + BESIDE_CLOUD * max(hidden, 1.0 - float(weights.sum()) / zone_m2),
        own_share=known.own_share,
        floor=SPREAD_FLOORS.get(name, patchy_floor(expected * zone_m2) / zone_m2),
    )
    if found is None:
        return seen.blank(name, "learning")
    return seen.judged(name, found, noise, zone_m2 if name in AREA_INDICES else 1.0)


def judge_sum(
    name: IndexName,
    value: float | None,
    known: ZoneBaseline,
    clear: Mask,
    *,
    seen: Seen,
    noise: float,
    hidden: float,
) -> Measurement:
    """One index that is a count or a sum over the view; arguments as for `judge_field`.

    Args:
        name: of the index.
        value: of the look, None or NaN where it has none.
        known: baseline of the zone.
        clear: shape (pixel of the zone,).
        seen: what of the zone the look shows.
        noise: how much noisier than usual the look is.
        hidden: share of the zone's surroundings that the look hides, 0..1.
    """
    too_little = _too_little(name, clear, known.habit["occupancy"], known, seen)
    if too_little is not None:
        return too_little
    if value is None or math.isnan(value):
        return seen.blank(name, "no_data", flags=("no_look_before",))
    past, found = known.counts.get(name), None
    if past is not None:
        floor = SPREAD_FLOORS[name]
        if name == "turnover":
            floor = max(floor, TURNOVER_FLOOR * float(known.box.zone.area_m2.sum()))
        found = judge_count(
            value,
            past,
            known.weights,
            noise=noise * (1.0 + BESIDE_CLOUD * hidden),
            floor=floor,
            is_patchy=name in AREA_INDICES,
        )
    if found is None:
        return seen.blank(name, "learning", value=value)
    return seen.judged(name, found, noise, 1.0)


def _too_little(
    name: IndexName, shown: Mask, habit: Floats, known: ZoneBaseline, seen: Seen
) -> Measurement | None:
    """The blank of an index of which less than PARTIAL_CLEAR is shown; None where enough is.

    "learning" where the past shows no more of it either.
    """
    area = known.box.zone.area_m2
    enough = PARTIAL_CLEAR * area.sum()
    if area[shown].sum() >= enough:
        return None
    if area[np.isfinite(habit)].sum() < enough:
        return seen.blank(name, "learning", baseline_n=len(known.weights))
    return seen.blank(name, "no_data", flags=("too_few_pixels",))
