"""Data classes of a measured index of a zone in a look: its value with errors, or why it has none.

`zone_meter` and `standard_errors` compute the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from assets.activity.indices.indices import IndexName
from assets.activity.indices.standard_errors import JudgedValue
from assets.activity.indices.zone_pixels import ClearLook, ZonePixels
from assets.clouds.fractions import VALID_CLEAR, ZoneState

IndexState = Literal["valid", "partial", "cloudy", "snow", "no_data", "superseded", "learning"]
NOISY_FLAG: Final = 3.0  # times the usual scatter of like ground: haze or snow that the mask missed


@dataclass(frozen=True, slots=True)
class IndexMeasurement:
    """One index of one zone in one look; numbers are None where the state forbids a value.

    value - expected = level_effect + season_effect + departure, and
    z = departure / sqrt(standard_error^2 + expected_error^2).
    """

    index_name: IndexName
    state: IndexState
    clear_px: float
    clear_fraction: float
    value: float | None = None
    standard_error: float | None = None
    expected: float | None = None
    expected_error: float | None = None
    level_effect: float | None = None
    season_effect: float | None = None
    departure: float | None = None
    z: float | None = None
    baseline_n: int = 0
    flags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class BandLevel:
    """Gain and offset of a band of a look beside a zone, see `light_and_air.RadiometricLevels`."""

    band: str
    gain: float
    offset: float
    blocks: int
    residual: float


@dataclass(frozen=True, slots=True)
class ZoneMeasurements:
    """All that was measured of a zone in a look."""

    measurements: list[IndexMeasurement]
    levels: list[BandLevel]


@dataclass(frozen=True, slots=True)
class ZoneVisibility:
    """What of a zone a look shows."""

    state: ZoneState
    clear_px: float
    clear_fraction: float

    @classmethod
    def of(cls, look: ClearLook, zone: ZonePixels, state: ZoneState) -> ZoneVisibility:
        """What a look shows of a zone that its mask gives this state."""
        clear = look.clear.ravel()[zone.index]
        area = zone.area_m2
        share = float(area[clear].sum() / area.sum())
        if state == "valid" and share < VALID_CLEAR:  # its shift moved a part behind the mask
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
    ) -> IndexMeasurement:
        """An index without a judgement."""
        return IndexMeasurement(
            name,
            state,
            self.clear_px,
            self.clear_fraction,
            value=value,
            baseline_n=baseline_n,
            flags=flags,
        )

    def judged(
        self,
        name: IndexName,
        found: JudgedValue,
        *,
        noise: float,
        level: float = 0.0,
        season: float = 0.0,
    ) -> IndexMeasurement:
        """An index with a judgement.

        Args:
            name: of the index.
            found: its value and departure with their errors.
            noise: how much more than usual like ground scatters, 1 as usual.
            level: what the level of the look adds to the value, in its unit.
            season: what this year's season of like ground adds to it.

        Source:
            expected = value - level - season - departure: docs/methods/expectation.md.
        """
        return IndexMeasurement(
            name,
            self.state,
            self.clear_px,
            self.clear_fraction,
            value=found.value,
            standard_error=found.standard_error,
            expected=found.value - level - season - found.departure,
            expected_error=found.expected_error,
            level_effect=level,
            season_effect=season,
            departure=found.departure,
            z=found.z,
            baseline_n=found.baseline_n,
            flags=("noisy",) if noise > NOISY_FLAG else (),
        )
