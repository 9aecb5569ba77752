"""The value of each index of a zone in one look, its expectation, and the errors of both.

Pure. The baseline comes from `baseline`; rows for the lake are made in `rows`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from assets.activity.baseline import Baseline, ZoneBaseline
from assets.activity.comparison import Comparison, compare_look
from assets.activity.counts import count_values
from assets.activity.errors import (
    SPREAD_FLOORS,
    Judged,
    judge_count,
    judge_mean,
    past_means,
    patchy_floor,
)
from assets.activity.indices import (
    AREA_INDICES,
    BANDS_NEEDED,
    INDICES,
    IndexName,
)
from assets.activity.models import ClearLook, Floats, ZonePixels, ZoneView
from assets.activity.moderation import NO_PRIOR
from assets.activity.plain import plain_values
from assets.activity.radiometry import Radiometry
from assets.activity.views import BoxLooks
from assets.clouds.fractions import PARTIAL_CLEAR, VALID_CLEAR, ZoneState
from resources.models import REFLECTANCE_BANDS

IndexState = Literal["valid", "partial", "cloudy", "snow", "no_data", "superseded", "learning"]

NOISY: Final = 2.0  # times the usual unexplained residual: haze or snow that the mask missed
WANDERING_MAX: Final = 4.0  # times further than usual blocks of the site lie off: haze, floods
BESIDE_CLOUD: Final = 2.0  # times the hidden share of a zone, by which its errors grow: thin haze
# and scattered light reach some hundred metres from clouds (Koren et al. 2007,
# doi:10.1029/2007GL029253), further than any margin of a mask that leaves something to measure
TURNOVER_FLOOR: Final = 0.01  # share of a zone
NOISY_FLAG: Final = 1.5  # times; measured, but its errors are wider
SEEN: Final = ("valid", "partial")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One index of one zone in one look; numbers are None where the state forbids a value.

    `z` = (value - expected) / sqrt(standard_error^2 + expected_error^2).
    """

    index_name: IndexName
    state: IndexState
    clear_px: float
    clear_fraction: float
    value: float | None = None
    standard_error: float | None = None
    expected: float | None = None
    expected_error: float | None = None
    z: float | None = None
    baseline_n: int = 0
    flags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class BandLevel:
    """What was taken off a band of a look before a zone was measured, see `normalise.Levels`."""

    band: str
    gain: float
    offset: float
    pixels: int
    residual: float


@dataclass(frozen=True, slots=True)
class ZoneMeasured:
    """All that was measured of a zone in a look."""

    measurements: list[Measurement]
    levels: list[BandLevel]


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
    seen = _Seen.of(look, zone, state)
    if state not in SEEN:
        return ZoneMeasured([seen.blank(name, state) for name in INDICES], [])
    if baseline is None:
        values = plain_values(look, zone)
        found = [seen.blank(name, "learning", value=values.get(name)) for name in INDICES]
        return ZoneMeasured(_without_lacking(found, look, zone), [])
    compared = compare_look(look, baseline, zone.zone_id)
    if not compared.noise <= NOISY:
        is_unfit = math.isnan(compared.noise)
        flag = "site_not_comparable" if is_unfit else "haze_or_snow_missed_by_mask"
        blanks = [seen.blank(name, "cloudy", flags=(flag,)) for name in INDICES]
        return ZoneMeasured(blanks, _levels(compared.fit))
    found = _judge(compared, seen, baseline, before)
    return ZoneMeasured(_without_lacking(found, look, zone), _levels(compared.fit))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of a zone a look shows."""

    state: ZoneState
    clear_px: float
    clear_fraction: float

    @classmethod
    def of(cls, look: ClearLook, zone: ZonePixels, state: ZoneState) -> _Seen:
        clear = look.clear.ravel()[zone.index]
        area = zone.area_m2
        share = float(area[clear].sum() / area.sum())
        if state == "valid" and share < VALID_CLEAR:  # clear, but too near to clouds
            state = "partial"
        return cls(state, float((area / 100.0)[clear].sum()), share)

    def blank(
        self,
        name: IndexName,
        state: IndexState,
        *,
        value: float | None = None,
        baseline_n: int = 0,
        flags: tuple[str, ...] = (),
    ) -> Measurement:
        """An index without a judgement."""
        return Measurement(
            name,
            state,
            self.clear_px,
            self.clear_fraction,
            value=value,
            baseline_n=baseline_n,
            flags=flags,
        )

    def judged(self, name: IndexName, found: Judged, noise: float, unit: float) -> Measurement:
        """An index with a judgement; areas come as shares of the zone, `unit` is its area."""
        return Measurement(
            name,
            self.state,
            self.clear_px,
            self.clear_fraction,
            value=found.value * unit,
            standard_error=found.standard_error * unit,
            expected=found.expected * unit,
            expected_error=found.expected_error * unit,
            z=found.z,
            baseline_n=found.baseline_n,
            flags=("noisy",) if noise > NOISY_FLAG else (),
        )


def _judge(
    compared: Comparison, seen: _Seen, baseline: Baseline, before: ClearLook | None
) -> list[Measurement]:
    """Measurements of a zone that has a baseline."""
    rest = compared.rest()
    if rest.wandering["brightness"] > WANDERING_MAX:
        flags = ("haze_or_snow_missed_by_mask",)
        return [seen.blank(name, "cloudy", flags=flags) for name in INDICES]
    looks, known = compared.at_zone(), compared.known
    differences, levels = looks.differences(rest.threshold), looks.levels()
    view_before = _view_before(before, baseline, known.box.zone.zone_id)
    counts = count_values(looks.view(0, rest.unrest), view_before)
    found = []
    for name in INDICES:
        wandering = rest.wandering.get(name, max(1.0, rest.wandering["brightness"]))
        if name in differences:
            field = (differences[name][0], levels[name][0])
            found.append(_judge_field(name, field, known, seen=seen, noise=wandering))
        else:
            value = counts.get(name)
            found.append(_judge_count(name, value, known, looks, seen=seen, noise=wandering))
    return found


def _view_before(before: ClearLook | None, baseline: Baseline, zone_id: str) -> ZoneView | None:
    """The view of the look before; None where there is none, or it was no ordinary day."""
    if before is None:
        return None
    compared = compare_look(before, baseline, zone_id)
    if not compared.noise <= NOISY_FLAG:
        return None
    rest = compared.rest()
    if rest.wandering["brightness"] > NOISY_FLAG:
        return None
    return compared.at_zone().view(0, rest.unrest)


def _judge_field(
    name: IndexName,
    field: tuple[Floats, Floats],
    known: ZoneBaseline,
    *,
    seen: _Seen,
    noise: float,
) -> Measurement:
    """One index that is a mean: today's difference and level beside those of the past looks."""
    area = known.box.zone.area_m2
    change, level = field[0] - known.habit[name], field[1]
    usable = np.isfinite(change) & np.isfinite(level)
    if area[usable].sum() < PARTIAL_CLEAR * area.sum():
        if area[np.isfinite(known.habit[name])].sum() < PARTIAL_CLEAR * area.sum():
            return seen.blank(name, "learning", baseline_n=len(known.weights))
        return seen.blank(name, "no_data", flags=("too_few_pixels",))
    zone_m2 = float(area.sum())
    past = past_means(
        known.differences[name],
        area * usable,
        weights=known.weights,
        days=known.days,
        noise=known.scatter.past.get(name, known.noise),
        prior=known.scatter.prior.get(name, NO_PRIOR),
        is_sparse=name in AREA_INDICES,
    )
    hidden = 1.0 - float(area[usable].sum()) / zone_m2
    expected = float(np.average((level + known.habit[name])[usable], weights=area[usable]))
    found = judge_mean(
        moved=float(np.average(change[usable], weights=area[usable])),
        expected=expected,
        past=past,
        noise=noise * (1.0 + BESIDE_CLOUD * hidden),
        own_share=known.own_share,
        floor=SPREAD_FLOORS.get(name, patchy_floor(expected * zone_m2) / zone_m2),
    )
    if found is None:
        return seen.blank(name, "learning")
    return seen.judged(name, found, noise, zone_m2 if name in AREA_INDICES else 1.0)


def _judge_count(
    name: IndexName,
    value: float | None,
    known: ZoneBaseline,
    looks: BoxLooks,
    *,
    seen: _Seen,
    noise: float,
) -> Measurement:
    """One index that is a count or a sum over the view."""
    clear = looks.clear[0, known.box.inside]
    area = known.box.zone.area_m2
    if area[clear].sum() < PARTIAL_CLEAR * area.sum():
        unknown = area[np.isfinite(known.habit["occupancy"])].sum() < PARTIAL_CLEAR * area.sum()
        if unknown:
            return seen.blank(name, "learning", baseline_n=len(known.weights))
        return seen.blank(name, "no_data", flags=("too_few_pixels",))
    past, zone_m2 = known.counts.get(name), float(area.sum())
    if value is None or math.isnan(value):
        return seen.blank(name, "no_data", flags=("no_look_before",))
    found = None
    if past is not None:
        floor = max(SPREAD_FLOORS[name], TURNOVER_FLOOR * zone_m2 if name == "turnover" else 0.0)
        found = judge_count(value, past, known.weights, noise=noise, floor=floor)
    if found is None:
        return seen.blank(name, "learning", value=value)
    return seen.judged(name, found, noise, 1.0)


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
    found: Sequence[Measurement], look: ClearLook, zone: ZonePixels
) -> list[Measurement]:
    """Measurements with those taken out that need bands which a look has nowhere in a zone."""
    flat = look.reflectance.reshape(len(look.reflectance), -1)[:, zone.index]
    has_band = np.asarray(np.isfinite(flat).any(axis=1))
    lacking = {name for name, has in zip(REFLECTANCE_BANDS, has_band, strict=True) if not has}
    return [
        Measurement(
            one.index_name,
            "no_data",
            one.clear_px,
            one.clear_fraction,
            flags=("band_missing",),
        )
        if lacking.intersection(BANDS_NEEDED[one.index_name])
        else one
        for one in found
    ]
