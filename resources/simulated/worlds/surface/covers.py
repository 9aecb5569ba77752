"""What pieces of ground are made of, and what they reflect on a day.

A cover is one piece of ground with its own tint and its own year; where it lies is `ground`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from resources.models import REFLECTANCE_BANDS
from resources.simulated.scenery.materials import (
    DRAWN_HARD,
    DRY,
    GREEN,
    LEAVES,
    LIVING_ORBIT_FACTOR,
    NEEDLES,
    SNOW,
    SNOW_HOLD,
    SNOW_HOLD_ELSEWHERE,
    TWIGS,
    WETTING,
    Spectrum,
)
from resources.simulated.sky.weather import SkyState
from resources.simulated.worlds.plan.chance import happens_by_chance
from resources.simulated.worlds.plan.nature import WorldNature
from resources.simulated.worlds.surface.growth import (
    CROPS,
    Plant,
    PlantGrowth,
    SeasonState,
    season_on,
    shares_on,
)

Kind = Literal["forest", "green", "hard", "water"]
"""Kinds of ground that a step of radiometry can be shared by."""
Table = npt.NDArray[np.float32]
"""A value per cover and band, shape (covers, 7)."""

TINT, BAND_TINT = 0.09, 0.025
"""Spread of one piece of ground against another of its material: brightness, and single bands."""
TEXTURE: Final[dict[str, float]] = {
    "water": 0.02,
    "turbid_water": 0.05,
    "sand": 0.06,
    "deciduous": 0.10,
    "evergreen": 0.11,
    "asphalt": 0.05,
    "fresh_asphalt": 0.02,
    "new_concrete": 0.025,
    "concrete": 0.035,
    "old_concrete": 0.055,
    "gravel": 0.06,
}
TEXTURE_ELSEWHERE: Final = 0.06  # relative brightness of patches within a piece of ground; chosen
SOFT: Final = ("sand", "dark_soil", "bare_soil", "gravel")
SOFT_WETTING: Final = 0.30  # share of light that bare soil and sand lose when soaked
FULL_EMPTY: Final = {"deciduous": (LEAVES, TWIGS), "evergreen": (NEEDLES, TWIGS)}
"""Spectra of trees with leaves and without; of all other plants green and dry grass."""
FOREST_HOLD: Final = 0.40  # share of a forest that is white under full snow


@dataclass(frozen=True, slots=True)
class GroundCover:
    """One piece of ground.

    Attributes:
        material: of `materials.DRAWN_HARD`, or a plant of `growth`.
        tint: factor on each band.
        soil: material that shows where a crop does not stand.
    """

    material: str
    tint: Spectrum
    growth: PlantGrowth | None = None
    soil: str = "bare_soil"

    @property
    def kind(self) -> Kind:
        """Which steps of radiometry it shares."""
        if self.material in ("deciduous", "evergreen"):
            return "forest"
        if "water" in self.material:
            return "water"
        return "hard" if self.growth is None else "green"


@dataclass(frozen=True, slots=True)
class RadiometricStep:
    """A change of processing that all ground of a kind shares, for good."""

    first: dt.date
    kind: Kind | Literal["all"]
    factor: tuple[float, ...]


def draw_cover(random: np.random.Generator, material: str, years: range) -> GroundCover:
    """A piece of ground of a material."""
    spread = TINT * (0.4 if material == "sand" else 1.0)
    tint = np.exp(random.normal(0, spread)) * np.exp(random.normal(0, BAND_TINT, 7))
    if material in DRAWN_HARD:
        return GroundCover(material, np.clip(tint, 0.75, 1.3))
    soil = "dark_soil" if happens_by_chance(random, 0.3) else "bare_soil"
    growth = draw_growth(random, material, years)
    return GroundCover(material, np.clip(tint, 0.8, 1.25), growth, soil)


def draw_growth(random: np.random.Generator, material: str, years: range) -> PlantGrowth:
    """What grows on one piece of ground through the years; a crop follows another."""
    plants: dict[str, Plant] = {
        plant: plant
        for plant in ("crop", "meadow", "pasture", "thin_grass", "deciduous", "evergreen")
    }
    names = list(CROPS)
    crops = {year: names[int(random.integers(len(names)))] for year in years}
    cuts = sorted(int(day) for day in random.choice(np.arange(135, 285, 8), 3, replace=False))
    spread = 9 if material == "crop" else 4
    return PlantGrowth(
        plants[material],
        crops,
        late_days=int(np.clip(random.normal(0, spread), -20, 20)),
        cuts=tuple(cuts[: int(random.integers(1, 4))]) if material == "meadow" else (),
        fullness=float(random.uniform(0.80, 1.05)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class CoverTable:
    """What does not change of a world's covers, a row each.

    Attributes:
        covers: in order of their labels.
        hard: reflectance of ground without a season, shape (covers, 7); 0 elsewhere.
        wetting: share of light lost when soaked, shape (covers, 1).
        snow_hold: share that is white under full snow, same shape.
        view: how much it follows the angle of view, same shape.
    """

    covers: tuple[GroundCover, ...]
    hard: npt.NDArray[np.float64]
    wetting: npt.NDArray[np.float64]
    snow_hold: npt.NDArray[np.float64]
    view: npt.NDArray[np.float64]


def cover_table(covers: list[GroundCover]) -> CoverTable:
    """The table of some covers."""
    nothing = np.zeros(len(REFLECTANCE_BANDS))
    hard = [nothing if one.growth else DRAWN_HARD[one.material] * one.tint for one in covers]
    return CoverTable(
        tuple(covers),
        np.array(hard),
        np.array([[_wetting_loss(one)] for one in covers]),
        np.array([[_snow_hold(one)] for one in covers]),
        np.array([[LIVING_ORBIT_FACTOR if one.growth else 1.0] for one in covers]),
    )


def cover_reflectances(
    table: CoverTable, nature: WorldNature, day: dt.date, sky: SkyState, orbit_gain: float
) -> tuple[Table, Table]:
    """What each cover reflects on a day, and what more of its green would add.

    Args:
        table: Of the covers.
        nature: Season, drought and snow.
        day: UTC.
        sky: Wetness and snow of the look.
        orbit_gain: Brightness by angle of view, relative, of hard ground.

    Returns:
        Reflectance and its change by one more of green share, both shape (covers, 7).
    """
    base, slope = table.hard.copy(), np.zeros_like(table.hard)
    season = season_on(nature, day)
    for number, cover in enumerate(table.covers):
        if cover.growth is not None:
            base[number], slope[number] = _living_reflectance(cover, cover.growth, season)
    dry = 1 - table.wetting * sky.wetness
    white = table.snow_hold * sky.snow
    gain = 1 + table.view * orbit_gain
    base = ((1 - white) * base * dry + white * SNOW) * gain
    slope *= (1 - white) * dry * gain
    return base.astype(np.float32), slope.astype(np.float32)


def step_factors(
    covers: tuple[GroundCover, ...], steps: tuple[RadiometricStep, ...], day: dt.date
) -> Table:
    """Factor of the processing on each cover's reflectance, shape (covers, 7)."""
    factor = np.ones((len(covers), len(REFLECTANCE_BANDS)))
    for step in steps:
        if step.first <= day:
            shares = [step.kind in ("all", cover.kind) for cover in covers]
            factor[np.array(shares)] *= np.array(step.factor)
    return factor.astype(np.float32)


def _living_reflectance(
    cover: GroundCover, growth: PlantGrowth, season: SeasonState
) -> tuple[Spectrum, Spectrum]:
    """Reflectance of living ground before rain, snow and view, and its change with green."""
    shares = shares_on(growth, season)
    full, empty = FULL_EMPTY.get(growth.plant, (GREEN, DRY))
    soil = DRAWN_HARD[cover.soil]
    mixed = shares.green * full + shares.dry * empty + shares.soil * soil
    rest = empty if shares.dry >= shares.soil else soil
    return mixed * cover.tint, shares.green * (full - rest) * cover.tint


def _wetting_loss(cover: GroundCover) -> float:
    """Share of light that a cover loses when soaked."""
    if cover.growth is not None:
        return 0.12 if cover.growth.plant == "crop" else 0.03
    return SOFT_WETTING if cover.material in SOFT else WETTING.get(cover.material, 0.0)


def _snow_hold(cover: GroundCover) -> float:
    """Share of a cover that is white under full snow."""
    if cover.kind == "forest":
        return FOREST_HOLD
    if cover.kind == "water":
        return 0.0
    return SNOW_HOLD.get(cover.material, SNOW_HOLD_ELSEWHERE)
