"""The weather of each look of a world: clouds, cirrus, haze, snow, rain, misplacement.

What it does to the light is `resources.simulated.sky.atmosphere`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.sky.weather import (
    CLOUD_BASE_M,
    COVER,
    PERSISTENCE,
    RAIN,
    RAIN_HALF_LIFE_DAYS,
    THIN_HAZE,
    SkyKind,
    SkyState,
)
from resources.simulated.worlds.plan.chance import (
    WorldStream,
    happens_by_chance,
    random_stream,
    uniform_between,
)
from resources.simulated.worlds.plan.nature import WorldNature
from resources.simulated.worlds.plan.timetable import PassTimetable

KINDS: Final[tuple[SkyKind, ...]] = ("overcast", "broken", "scattered", "haze", "cirrus", "clear")
OF_CLOUD: Final = (0.72, 0.25, 0.20)  # chance of the first three, per share of cloud
OF_REST: Final = (0.13, 0.12, 0.75)  # of the others, of what is left
WINTER: Final = 1.2  # how much cloudier midwinter is than the mean, and midsummer less
MISPLACED_PX: Final = (0.0, 0.5)  # spread of misregistration, from world to world; 10 m pixels
MISPLACED_MOST_PX: Final = 1.2  # what the mission states for looks before its refinement
GAIN_SPREAD: Final = (0.004, 0.025)  # relative; what correction of the atmosphere leaves
HAZE_SPREAD: Final = (0.002, 0.010)  # reflectance in blue; the same
PARTIAL_SHARES: Final = (0.0, 0.10)  # of looks on which the swath ends within the tile
PARTIAL_UNSEEN: Final = (0.1, 0.85)
STAY_DAYS: Final = 3  # over which a sky can stay
HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class InstrumentErrors:
    """What is alike in all looks of a world, between ground and numbers.

    Attributes:
        misplaced_px: spread of misregistration on either axis, 10 m pixels.
        gain_spread: of what correction leaves, relative; `haze_spread` in blue reflectance.
        partial_share: of looks that show a part of the tile only.
    """

    misplaced_px: float
    gain_spread: float
    haze_spread: float
    partial_share: float


def draw_instrument(seed: int) -> InstrumentErrors:
    """A world's own share of nuisance."""
    random = random_stream(seed, WorldStream.SKY)
    return InstrumentErrors(
        misplaced_px=uniform_between(random, *MISPLACED_PX),
        gain_spread=uniform_between(random, *GAIN_SPREAD),
        haze_spread=uniform_between(random, *HAZE_SPREAD),
        partial_share=uniform_between(random, *PARTIAL_SHARES)
        if happens_by_chance(random, HALF)
        else 0.0,
    )


def draw_skies(
    seed: int, nature: WorldNature, timetable: PassTimetable, instrument: InstrumentErrors
) -> tuple[SkyState, ...]:
    """The sky of every look, in order: days remember the days before."""
    random = random_stream(seed, WorldStream.SKY, 1)
    skies: list[SkyState] = []
    wetness, before = 0.0, nature.first_day
    for look in timetable.looks:
        wetness *= 0.5 ** ((look.day - before).days / RAIN_HALF_LIFE_DAYS)
        stays = (
            bool(skies)
            and happens_by_chance(random, PERSISTENCE)
            and (look.day - before).days <= STAY_DAYS
        )
        kind = skies[-1].kind if stays else _draw_sky_kind(random, nature, look.day)
        own = random_stream(seed, WorldStream.SKY, look.day.toordinal())
        sky = _draw_sky(own, nature, look, kind, instrument)
        common = timetable.orbit_shift_px[look.relative_orbit]
        shift = (sky.shift_px[0] + common[0], sky.shift_px[1] + common[1])
        skies.append(replace(sky, wetness=wetness, shift_px=shift))
        rain = RAIN.get(kind, 0.0) * (0.15 if nature.setting == "desert" else 1.0)
        wetness = min(1.0, wetness + float(random.uniform(0, 1)) * rain)
        before = look.day
    return tuple(skies)


def _draw_sky_kind(random: np.random.Generator, nature: WorldNature, day: dt.date) -> SkyKind:
    """Kind of sky of a day, cloudier in winter."""
    number = nature.northern(day).timetuple().tm_yday
    winter = np.cos(2 * np.pi * (number - 15) / 365)
    share = min(nature.cloud_share * (1 + (WINTER - 1) * winter), 0.85)
    cloudy = [share * part for part in OF_CLOUD]
    rest = max(1 - sum(cloudy), 0.02)
    shares = np.array([*cloudy, *[rest * part for part in OF_REST]])
    return KINDS[int(random.choice(len(KINDS), p=shares / shares.sum()))]


def _draw_sky(
    random: np.random.Generator,
    nature: WorldNature,
    look: SimulatedPass,
    kind: SkyKind,
    instrument: InstrumentErrors,
) -> SkyState:
    """One look's sky, but for what it remembers of the days before."""
    spell = nature.snow_on(look.day)
    is_partial = happens_by_chance(random, instrument.partial_share)
    unseen = uniform_between(random, *PARTIAL_UNSEEN)
    veil = uniform_between(random, *THIN_HAZE)
    residual = instrument.haze_spread * float(random.standard_normal())
    own = np.clip(
        instrument.misplaced_px * random.standard_normal(2), -MISPLACED_MOST_PX, MISPLACED_MOST_PX
    )
    return SkyState(
        kind=kind,
        cover=uniform_between(random, *COVER.get(kind, (0.0, 0.0))),
        haze=veil if kind in ("haze", "cirrus") else residual,
        gain=1 + instrument.gain_spread * float(random.standard_normal()),
        is_haze_classed=happens_by_chance(random, HALF),
        cloud_base_m=uniform_between(random, *CLOUD_BASE_M),
        wetness=0.0,
        snow=0.0 if spell is None else spell.depth,
        is_snow_classed=spell is not None and spell.is_classed,
        unseen=unseen if is_partial else 0.0,
        is_east_unseen=happens_by_chance(random, HALF),
        shift_px=(float(own[0]), float(own[1])),
        vigour=0.0,
    )
