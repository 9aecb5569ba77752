"""The value of each index of a zone in one look, its expectation, and the errors of both.

Pure. The baseline comes from `baseline`, each index is judged in `judgement`, and rows for the lake
are made in `rows`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.baseline import Baseline
from assets.activity.comparison import Comparison, compare_look
from assets.activity.counts import count_values
from assets.activity.indices import BANDS_NEEDED, INDICES
from assets.activity.judgement import judge_field, judge_sum
from assets.activity.measurement import (
    NOISY_FLAG,
    BandLevel,
    Measurement,
    Seen,
    ZoneMeasured,
)
from assets.activity.models import ClearLook, ZonePixels, ZoneView
from assets.activity.plain import plain_values
from assets.activity.radiometry import Radiometry
from assets.clouds.fractions import ZoneState
from resources.models import REFLECTANCE_BANDS

NOISY: Final = 2.0  # times the usual unexplained residual: haze or snow that the mask missed
WANDERING_MAX: Final = 4.0  # times further than usual blocks of the site lie off: haze, floods
SHOWN: Final = ("valid", "partial")  # states of a mask that leave something to measure


def measure_look(
    look: ClearLook,
    zones: Sequence[ZonePixels],
    states: Mapping[str, ZoneState],
    baseline: Baseline | None,
    before: ClearLook | None = None,
) -> dict[str, ZoneMeasured]:
    """Every index of every zone in a look.

    Args:
        look: on the site grid, registered, with the mask that says where it was clear.
        zones: their pixels.
        states: what the look can say of each zone, from its mask, by zone id.
        baseline: of the look's orbit and month; None while the site is learning.
        before: the last look of the same orbit that was clear enough to teach; for turnover.

    Returns:
        By zone id one measurement an index, in the order of INDICES, and the levels taken off.
    """
    return {
        zone.zone_id: measure_zone(
            look, zone=zone, state=states[zone.zone_id], baseline=baseline, before=before
        )
        for zone in zones
    }


def measure_zone(
    look: ClearLook,
    *,
    zone: ZonePixels,
    state: ZoneState,
    baseline: Baseline | None,
    before: ClearLook | None = None,
) -> ZoneMeasured:
    """Every index of one zone in a look; arguments as for `measure_look`."""
    seen = Seen.of(look, zone, state)
    if state not in SHOWN:
        return ZoneMeasured([seen.blank(name, state) for name in INDICES], [])
    if baseline is None:
        values = plain_values(look, zone)
        found = [seen.blank(name, "learning", value=values.get(name)) for name in INDICES]
        return ZoneMeasured(_without_lacking(found, seen, look, zone), [])
    compared = compare_look(look, baseline, zone.zone_id)
    if not compared.noise <= NOISY:
        is_unfit = math.isnan(compared.noise)
        flag = "site_not_comparable" if is_unfit else "haze_or_snow_missed_by_mask"
        blanks = [seen.blank(name, "cloudy", flags=(flag,)) for name in INDICES]
        return ZoneMeasured(blanks, _levels(compared.fit))
    found = _judge(compared, seen, baseline, before)
    return ZoneMeasured(_without_lacking(found, seen, look, zone), _levels(compared.fit))


def _judge(
    compared: Comparison, seen: Seen, baseline: Baseline, before: ClearLook | None
) -> list[Measurement]:
    """Measurements of a zone that has a baseline."""
    rest = compared.rest()
    if rest.wandering["brightness"] > WANDERING_MAX:
        flags = ("haze_or_snow_missed_by_mask",)
        return [seen.blank(name, "cloudy", flags=flags) for name in INDICES]
    looks, known = compared.at_zone(), compared.known
    differences, levels = looks.differences(rest.threshold), looks.levels()
    earlier = _earlier(before, baseline, known.box.zone.zone_id)
    counts = count_values(looks.view(0, rest.unrest), earlier.view if earlier else None)
    clear = looks.clear[0, known.box.inside]
    hidden = 1.0 - float(looks.clear.mean())
    found = []
    for name in INDICES:
        wandering = rest.wandering.get(name, max(1.0, rest.wandering["brightness"]))
        if name in differences:
            field = (differences[name][0], levels[name][0])
            found.append(judge_field(name, field, known, seen=seen, noise=wandering, hidden=hidden))
            continue
        noise, veiled = wandering, hidden
        if earlier is not None and name == "turnover":  # as uncertain as the worse of the two
            noise, veiled = max(wandering, earlier.noise), max(hidden, earlier.hidden)
        value = counts.get(name)
        found.append(judge_sum(name, value, known, clear, seen=seen, noise=noise, hidden=veiled))
    return found


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The look before at a zone.

    Attributes:
        view: what it showed.
        noise: how much noisier than usual it was, at least 1.
        hidden: share of the zone's surroundings that it hid, 0..1.
    """

    view: ZoneView
    noise: float
    hidden: float


def _earlier(before: ClearLook | None, baseline: Baseline, zone_id: str) -> _Earlier | None:
    """The look before at a zone; None where there is none, or it was no ordinary day."""
    if before is None:
        return None
    compared = compare_look(before, baseline, zone_id)
    if not compared.noise <= NOISY_FLAG:
        return None
    rest = compared.rest()
    wandering = rest.wandering["brightness"]
    if wandering > NOISY_FLAG:
        return None
    looks = compared.at_zone()
    return _Earlier(
        looks.view(0, rest.unrest), max(1.0, wandering), 1.0 - float(looks.clear.mean())
    )


def _levels(fit: Radiometry) -> list[BandLevel]:
    """What was taken off each band."""
    return [
        BandLevel(
            REFLECTANCE_BANDS[band],
            float(fit.levels.gain[0, place]),
            float(fit.levels.offset[0, place]),
            int(fit.levels.pixels[0]),
            float(fit.season.scale[0, place]),
        )
        for place, band in enumerate(fit.bands)
    ]


def _without_lacking(
    found: Sequence[Measurement], seen: Seen, look: ClearLook, zone: ZonePixels
) -> list[Measurement]:
    """Measurements with those taken out that need bands which a look has nowhere in a zone."""
    flat = look.reflectance.reshape(len(look.reflectance), -1)[:, zone.index]
    has_band = np.asarray(np.isfinite(flat).any(axis=1))
    lacking = {name for name, has in zip(REFLECTANCE_BANDS, has_band, strict=True) if not has}
    return [
        seen.blank(one.index_name, "no_data", flags=("band_missing",))
        if lacking.intersection(BANDS_NEEDED[one.index_name])
        else one
        for one in found
    ]
