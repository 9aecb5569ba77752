"""What hides or moves a look: clouds, haze, snow, wet ground, the swath's edge, misplacement.

The sky of every look and its fields of cloud; what they do to the light is `render`.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.scenery.simulation import RandomStream, Simulation
from resources.simulated.scenery.story import AirbaseStory

SkyKind = Literal["clear", "scattered", "broken", "overcast", "haze", "cirrus"]
SKIES: tuple[SkyKind, ...] = ("clear", "scattered", "broken", "overcast", "haze")
SKY_SHARES = {"winter": (0.38, 0.14, 0.14, 0.26, 0.08), "summer": (0.52, 0.18, 0.09, 0.13, 0.08)}
PERSISTENCE = 0.2
"""Chance that the sky of the look before stays."""
SUMMER = range(4, 10)

COVER = {"scattered": (0.06, 0.40), "broken": (0.5, 0.92), "overcast": (0.97, 1.0)}
"""Least and greatest share of the sky that is cloud."""
CLOUD_BASE_M = (700.0, 2200.0)
THIN_HAZE = (0.035, 0.085)
"""Reflectance that a thin haze adds in blue."""
RESIDUAL_HAZE, RESIDUAL_GAIN = 0.010, 0.012
"""Spread of what is left of the atmosphere on clear looks: added blue reflectance, and gain."""
COARSE_FROM_PX = 0.5
HALF = 0.5
SHIFT_PX, COARSE_SHIFT_PX, COARSE_SHARE = 0.15, 0.8, 0.03
ORBIT_SHIFT_PX = {21: (0.06, -0.04), 121: (-0.07, 0.05)}
"""Registration: spread of a look, of the few bad ones, and what an orbit has in common; 10 m px."""
PARTIAL_SHARE, PARTIAL_UNSEEN = 0.07, (0.15, 0.85)
"""How often the swath ends within the tile, and which share is unseen then."""
SNOW_SPELLS: tuple[tuple[int, int, int, bool], ...] = ((1, 12, 4, True), (12, 14, 3, False))
"""Month, day, days, and whether SCL sees it: a spell of snow each winter season."""
SNOW_COVER = 0.9
RAIN_HALF_LIFE_DAYS = 3.0
RAIN = {"clear": 0.0, "haze": 0.1, "scattered": 0.15, "broken": 0.5, "overcast": 0.75}
STORY_HIDDEN_LOOKS = 2
"""In the ten weeks of the story no more looks than this in a row are hidden, so that it shows."""

FIELD_SIZE, FIELD_PIXEL_M = 512, 20.0
"""Cloud fields are periodic: 512 pixels of 20 m, so that shadows from outside the tile exist."""
CLOUD_SLOPE: dict[SkyKind, float] = {
    "scattered": 1.55,
    "broken": 1.7,
    "overcast": 1.9,
    "haze": 2.1,
    "clear": 2.1,
    "cirrus": 1.8,
}
"""Fall of the amplitude spectrum: the steeper, the larger the clouds."""
LARGEST_CLOUD_M = 4000.0


@dataclass(frozen=True, slots=True)
class SkyState:
    """What stands between a look and the ground.

    Attributes:
        cover: share of the whole sky that is cloud, 0..1.
        haze: reflectance added in blue; slightly negative where the atmosphere was overcorrected.
        gain: factor left over by the atmosphere's correction, about 1.
        is_haze_classed: SCL calls the haze cirrus, rather than clear.
        wetness: of the ground, 0..1.  snow: 0..1.  is_snow_classed: SCL calls it snow.
        unseen: share of the tile outside the swath, 0 for none.
        is_east_unseen: the unseen side.
        shift_px: how far the content lies east and south of its place, 10 m pixels.
        vigour: of the season's growth.
    """

    kind: SkyKind
    cover: float
    haze: float
    gain: float
    is_haze_classed: bool
    cloud_base_m: float
    wetness: float
    snow: float
    is_snow_classed: bool
    unseen: float
    is_east_unseen: bool
    shift_px: tuple[float, float]
    vigour: float

    @property
    def registration(self) -> str:
        """`nominal`, or `coarse` for the few looks that lie half a pixel off or more."""
        return "coarse" if math.hypot(*self.shift_px) >= COARSE_FROM_PX else "nominal"


def all_skies(
    simulation: Simulation, looks: list[SimulatedPass], story: AirbaseStory
) -> list[SkyState]:
    """The sky of every look, in order: days remember the days before."""
    chance = simulation.chance(RandomStream.WEATHER)
    kinds = _sky_kinds(chance, looks, story)
    wetness, skies = 0.0, []
    for number, (look, kind) in enumerate(zip(looks, kinds, strict=True)):
        gap = (look.day - looks[max(number - 1, 0)].day).days
        wetness = wetness * 0.5 ** (gap / RAIN_HALF_LIFE_DAYS)
        sky = _draw_sky_state(
            simulation.chance(RandomStream.LOOK, look.day.toordinal()), look, kind
        )
        skies.append(replace(sky, wetness=wetness, vigour=_season_vigour(simulation, look.day)))
        wetness = min(1.0, wetness + float(chance.uniform(0, 1)) * RAIN[kind])
    return skies


def cloud_field(chance: np.random.Generator, kind: SkyKind) -> npt.NDArray[np.float32]:
    """Periodic noise with the spectrum of clouds, unit spread, shape (512, 512) of 20 m."""
    along = np.fft.fftfreq(FIELD_SIZE)[:, None]
    across = np.fft.rfftfreq(FIELD_SIZE)[None, :]
    lowest = FIELD_PIXEL_M / LARGEST_CLOUD_M
    frequency = np.sqrt(along**2 + across**2 + lowest**2)
    white = np.fft.rfft2(chance.standard_normal((FIELD_SIZE, FIELD_SIZE)))
    field = np.fft.irfft2(white * frequency ** -CLOUD_SLOPE[kind], s=(FIELD_SIZE, FIELD_SIZE))
    unit: npt.NDArray[np.float32] = ((field - field.mean()) / field.std()).astype(np.float32)
    return unit


def cloud_opacity(field: npt.NDArray[np.float32], cover: float) -> npt.NDArray[np.float32]:
    """Clouds over the given share of a field: 0 no cloud .. 1 opaque, soft at the edge."""
    if cover <= 0:
        return np.zeros_like(field)
    edge = float(np.quantile(field, 1 - min(cover, 1.0)))
    depth = (field - np.float32(edge)) / np.float32(0.45)
    clouds: npt.NDArray[np.float32] = np.clip(depth, 0, 1).astype(np.float32)
    return clouds if cover < COVER["overcast"][0] else np.maximum(clouds, np.float32(0.72))


def shadow_offset_px(look: SimulatedPass, cloud_base_m: float) -> tuple[int, int]:
    """Rows and columns from ground to the cloud that shades it, towards the sun, 20 m pixels."""
    reach = cloud_base_m / math.tan(math.radians(look.sun_elevation_deg)) / FIELD_PIXEL_M
    azimuth = math.radians(look.sun_azimuth_deg)
    return round(-reach * math.cos(azimuth)), round(reach * math.sin(azimuth))


def _sky_kinds(
    chance: np.random.Generator, looks: list[SimulatedPass], story: AirbaseStory
) -> list[SkyKind]:
    """Kind of sky of each look: it tends to stay, and is merciful to the story."""
    kinds: list[SkyKind] = []
    for look in looks:
        shares = SKY_SHARES["summer" if look.day.month in SUMMER else "winter"]
        drawn = SKIES[int(chance.choice(len(SKIES), p=shares))]
        stays = bool(chance.random() < PERSISTENCE)
        kind = kinds[-1] if stays and kinds else drawn
        hidden = kinds[-STORY_HIDDEN_LOOKS:]
        in_story = look.day >= story.phases["gather"]
        if in_story and len(hidden) == STORY_HIDDEN_LOOKS and "clear" not in hidden:
            kind = "clear"
        kinds.append("clear" if _snow_spell(look.day) else kind)
    return kinds


def _draw_sky_state(chance: np.random.Generator, look: SimulatedPass, kind: SkyKind) -> SkyState:
    """One look's sky, but for what it remembers of the days before."""
    spell = _snow_spell(look.day)
    is_partial = bool(chance.random() < PARTIAL_SHARE)
    unseen = float(chance.uniform(*PARTIAL_UNSEEN))
    haze = float(chance.uniform(*THIN_HAZE))
    return SkyState(
        kind=kind,
        cover=float(chance.uniform(*COVER.get(kind, (0.0, 0.0)))),
        haze=haze if kind == "haze" else RESIDUAL_HAZE * float(chance.standard_normal()),
        gain=1 + RESIDUAL_GAIN * float(chance.standard_normal()),
        is_haze_classed=bool(chance.random() < HALF),
        cloud_base_m=float(chance.uniform(*CLOUD_BASE_M)),
        wetness=0.0,
        snow=SNOW_COVER if spell else 0.0,
        is_snow_classed=bool(spell and spell[3]),
        unseen=unseen if is_partial else 0.0,
        is_east_unseen=bool(chance.random() < HALF),
        shift_px=_draw_misplacement(chance, look),
        vigour=0.0,
    )


def _draw_misplacement(chance: np.random.Generator, look: SimulatedPass) -> tuple[float, float]:
    """Misplacement of a look: of its orbit, and its own; a few are bad. 10 m pixels."""
    spread = COARSE_SHIFT_PX if chance.random() < COARSE_SHARE else SHIFT_PX
    own = np.clip(spread * chance.standard_normal(2), -1.4, 1.4)
    common = ORBIT_SHIFT_PX[look.relative_orbit]
    return common[0] + float(own[0]), common[1] + float(own[1])


def _snow_spell(day: dt.date) -> tuple[int, int, int, bool] | None:
    """The spell of snow that covers a day."""
    for spell in SNOW_SPELLS:
        first = dt.date(day.year, spell[0], spell[1])
        if first <= day < first + dt.timedelta(days=spell[2]):
            return spell
    return None


def _season_vigour(simulation: Simulation, day: dt.date) -> float:
    """Growth ahead of or behind the usual season: a slow wave of its own each season."""
    phases = simulation.chance(RandomStream.SEASON).uniform(0, 2 * math.pi, 3)
    return growth_waves(day, tuple(float(phase) for phase in phases))


def growth_waves(day: dt.date, phases: tuple[float, ...]) -> float:
    """Growth ahead of or behind the usual season, about 0: three slow waves with these phases."""
    waves = zip((97.0, 163.0, 410.0), (0.025, 0.03, 0.035), phases, strict=True)
    number = day.toordinal()
    return sum(
        height * math.sin(2 * math.pi * number / days + phase) for days, height, phase in waves
    )
