"""What is told of an index of a zone in a look: its value with its errors, or why there is none.

Nouns only; how the numbers are found is `measure`'s and `judgement`'s job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from assets.activity.errors import Judged
from assets.activity.indices import IndexName
from assets.activity.models import ClearLook, ZonePixels
from assets.clouds.fractions import VALID_CLEAR, ZoneState

IndexState = Literal["valid", "partial", "cloudy", "snow", "no_data", "superseded", "learning"]
NOISY_FLAG: Final = 1.5  # times the usual noise; measured, but its errors are wider


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


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a zone a look shows."""

    state: ZoneState
    clear_px: float
    clear_fraction: float

    @classmethod
    def of(cls, look: ClearLook, zone: ZonePixels, state: ZoneState) -> Seen:
        """What a look shows of a zone that its mask gives this state."""
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
