"""How living ground changes through the year: crops that are sown, cut and ploughed, grass, trees.

Shares of green, dry and bare by date; what they reflect is `covers`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from resources.simulated.scenery.materials import green_share
from resources.simulated.sky.weather import growth_waves
from resources.simulated.worlds.plan.nature import WorldNature

Plant = Literal["crop", "meadow", "pasture", "thin_grass", "deciduous", "evergreen"]


class CropYear(NamedTuple):
    """Northern days of the year of one crop; `winter` is its green share before spring."""

    emerges: int
    full: int
    ripens: int
    ripe: int
    cut: int
    ploughed: int
    winter: float


CROPS: Final[dict[str, CropYear]] = {
    "winter_wheat": CropYear(70, 125, 155, 190, 203, 245, 0.28),
    "rapeseed": CropYear(60, 105, 150, 185, 195, 225, 0.40),
    "spring_barley": CropYear(95, 145, 165, 195, 206, 262, 0.0),
    "maize": CropYear(130, 195, 235, 262, 275, 305, 0.0),
    "beet": CropYear(120, 185, 260, 320, 300, 303, 0.0),
}
"""Typical of mid-latitudes; round days, chosen here."""
WINTER_FROM, WINTER_FULL = 300, 345
"""Northern days of the year between which next year's winter crop comes up."""
CUT_LOSS: Final = 0.42  # green share that mowing takes
CUT_RECOVERY_DAYS: Final = 28
DEEP_THIRST: Final = 0.25  # of trees in a drought, against grass; chosen
STUBBLE_DRY: Final = 0.55  # share of stubble that is straw, the rest soil; chosen


@dataclass(frozen=True, slots=True)
class PlantGrowth:
    """What grows on one piece of ground.

    Attributes:
        plant: its kind.
        crops: by calendar year of harvest, for crops.
        late_days: how late this piece is, against others of the kind.
        cuts: northern days of the year on which a meadow is mown.
        fullness: of its growth, about 1.
    """

    plant: Plant
    crops: dict[int, str]
    late_days: int = 0
    cuts: tuple[int, ...] = ()
    fullness: float = 1.0


class GroundShares(NamedTuple):
    """Parts of a piece of living ground, which add to 1."""

    green: float
    dry: float
    soil: float


@dataclass(frozen=True, slots=True)
class SeasonState:
    """What all ground of a world shares on a day.

    Attributes:
        day: northern day of the same season.
        vigour: growth ahead of or behind the usual, about 0.
        dryness: how far growth is set back, 0..1.
    """

    day: dt.date
    vigour: float
    dryness: float


def season_on(nature: WorldNature, day: dt.date) -> SeasonState:
    """The season of a world on a day."""
    return SeasonState(
        nature.northern(day), growth_waves(day, nature.wave_phases), nature.dryness_on(day)
    )


def shares_on(growth: PlantGrowth, season: SeasonState) -> GroundShares:
    """What a piece of ground is made of in a season."""
    own_day = season.day - dt.timedelta(days=growth.late_days)
    if growth.plant == "crop":
        shares = _crop_shares(growth, own_day)
        green = shares.green * (1 + season.vigour) * growth.fullness
    else:
        green = _perennial_green(growth, own_day, season.vigour) * growth.fullness
        shares = GroundShares(green, 1 - green, 0.0)
    is_deep = growth.plant in ("deciduous", "evergreen")
    thirst = season.dryness * (DEEP_THIRST if is_deep else 1.0)
    green = min(max(green * (1 - thirst), 0.0), 0.98)
    soil = min(shares.soil, 1 - green)
    return GroundShares(green, 1 - green - soil, soil)


def _crop_shares(growth: PlantGrowth, season: dt.date) -> GroundShares:
    """A field in its crop's year, or under the next one's winter growth."""
    number = season.timetuple().tm_yday
    crop = CROPS[growth.crops[season.year]]
    following = CROPS[growth.crops.get(season.year + 1, "maize")]
    if number > max(WINTER_FROM, crop.ploughed):
        green = following.winter * _smooth_rise(
            number, max(WINTER_FROM, crop.ploughed), WINTER_FULL
        )
        return GroundShares(green, 0.0, 1 - green)
    if number >= crop.ploughed:
        return GroundShares(0.02, 0.0, 0.98)
    if number >= crop.cut:
        return GroundShares(0.05, STUBBLE_DRY - 0.05, 1 - STUBBLE_DRY)
    green = crop.winter + (0.93 - crop.winter) * _smooth_rise(number, crop.emerges, crop.full)
    ripe = _smooth_rise(number, crop.ripens, crop.ripe)
    bare = 1 - green
    return GroundShares(green * (1 - 0.92 * ripe), green * 0.92 * ripe, bare)


def _perennial_green(growth: PlantGrowth, season: dt.date, vigour: float) -> float:
    """Green share of grass and trees."""
    if growth.plant == "evergreen":
        return 0.86 + 0.4 * (green_share("trees", season) - 0.5) * 0.25 + 0.3 * vigour
    if growth.plant == "deciduous":
        return green_share("trees", season, 0.5 * vigour)
    kind = {"meadow": "lush_grass"}.get(growth.plant, growth.plant)
    number = season.timetuple().tm_yday
    lost = sum(
        CUT_LOSS * (1 - (number - cut) / CUT_RECOVERY_DAYS)
        for cut in growth.cuts
        if 0 <= number - cut < CUT_RECOVERY_DAYS
    )
    return max(green_share(kind, season, vigour) - lost, 0.08)


def _smooth_rise(number: int, first: int, last: int) -> float:
    """From 0 to 1 between two days, smoothly."""
    part = min(max((number - first) / max(last - first, 1), 0.0), 1.0)
    return part * part * (3 - 2 * part)
