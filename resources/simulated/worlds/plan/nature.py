"""Where a world lies and what its nature is like: latitude, setting, years, snow, drought, cloud.

Drawn once a world; the weather of each look is `skies`.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np

from resources.months import Month
from resources.simulated.worlds.plan.chance import (
    WorldStream,
    happens_by_chance,
    random_stream,
    uniform_between,
)
from resources.simulated.worlds.plan.stories import StoryKind

Setting = Literal["farmland", "woodland", "desert", "town", "coast", "steppe"]
SETTINGS: Final[tuple[Setting, ...]] = get_args(Setting)
SETTING_SHARES: Final = (0.32, 0.14, 0.14, 0.16, 0.12, 0.12)  # chosen: fields are the usual ground
LATITUDES_DEG: Final[dict[Setting, tuple[float, float]]] = {
    "farmland": (36.0, 55.0),
    "woodland": (42.0, 55.0),
    "desert": (16.0, 34.0),
    "town": (30.0, 55.0),
    "coast": (28.0, 52.0),
    "steppe": (34.0, 50.0),
}
SOUTHERN: Final = 0.15  # share of worlds south of the equator; chosen
LONGITUDES_DEG: Final = (-34.4, -31.6)  # degrees east; open Atlantic, UTM zone 25
MONTHS: Final = 26  # of each world; more than a year to learn from, then the story
STORY_MONTHS: Final = 10  # at the end, in which something can happen
FIRST_MONTHS: Final = (2016, 2023)  # first and last year in which a world can begin
CLOUD_SHARES: Final = (0.2, 0.8)  # mean share of sky that is cloud, from world to world
HALF_YEAR: Final = dt.timedelta(days=182)
SNOW_LATITUDE_DEG: Final = 40.0  # from here on poleward winters have snow
COLDEST: Final = 18  # day of the year, north; snow is most likely about it


@dataclass(frozen=True, slots=True)
class WeatherSpell:
    """Days from `first` to `last` on which something holds, and how much, 0..1."""

    first: dt.date
    last: dt.date
    depth: float
    is_classed: bool = True

    def holds(self, day: dt.date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class WorldNature:
    """What a place is like through its years.

    Attributes:
        latitude_deg: south is negative; `longitude_deg` east of Greenwich.
        first: first month; a world lasts `MONTHS`.
        cloud_share: mean share of sky that is cloud, 0..1.
        year_shift_days: by year, how late the season is.
        wave_phases: of the season's slow swings of growth, radians.
        snow: spells of snow; `drought`: spells without growth.
    """

    setting: Setting
    latitude_deg: float
    longitude_deg: float
    first: Month
    cloud_share: float
    year_shift_days: dict[int, float]
    wave_phases: tuple[float, ...]
    snow: tuple[WeatherSpell, ...]
    drought: tuple[WeatherSpell, ...]

    @property
    def first_day(self) -> dt.date:
        """First day that can have a look."""
        return self.first.start.date()

    @property
    def end_day(self) -> dt.date:
        """First day after the world."""
        return self.first.plus(MONTHS).start.date()

    @property
    def story_day(self) -> dt.date:
        """First day on which something can happen."""
        return self.first.plus(MONTHS - STORY_MONTHS).start.date()

    def northern(self, day: dt.date) -> dt.date:
        """The day of the same season on the northern side, shifted as the year is late."""
        turned = day + HALF_YEAR if self.latitude_deg < 0 else day
        return turned - dt.timedelta(days=round(self.year_shift_days[day.year]))

    def snow_on(self, day: dt.date) -> WeatherSpell | None:
        """The snow that lies on a day."""
        return next((spell for spell in self.snow if spell.holds(day)), None)

    def dryness_on(self, day: dt.date) -> float:
        """How far growth is set back by drought, 0..1; a month to come, six weeks to go."""
        return max((_ramped_depth(spell, day) for spell in self.drought), default=0.0)


def draw_nature(seed: int, story: StoryKind) -> WorldNature:
    """The nature of a world; a story that needs water, summer or winter gets it."""
    random = random_stream(seed, WorldStream.NATURE)
    setting = SETTINGS[int(random.choice(len(SETTINGS), p=SETTING_SHARES))]
    if story == "vessels":
        setting = "coast"
    if story in ("long_snow", "drought") and setting in ("desert", "coast"):
        setting = "farmland"
    low, high = LATITUDES_DEG[setting]
    latitude = uniform_between(
        random, max(low, SNOW_LATITUDE_DEG) if story == "long_snow" else low, high
    )
    is_south = happens_by_chance(random, SOUTHERN)
    first = _first_month(random, story, is_south=is_south)
    years = range(first.year - 1, first.year + 5)
    nature = WorldNature(
        setting=setting,
        latitude_deg=-latitude if is_south else latitude,
        longitude_deg=uniform_between(random, *LONGITUDES_DEG),
        first=first,
        cloud_share=_cloud_share(random, setting),
        year_shift_days={year: float(np.clip(random.normal(0, 8), -18, 18)) for year in years},
        wave_phases=tuple(float(phase) for phase in random.uniform(0, 2 * math.pi, 3)),
        snow=(),
        drought=(),
    )
    return _with_spells(nature, random, story)


def _cloud_share(random: np.random.Generator, setting: Setting) -> float:
    """Deserts are clear, the rest anything."""
    low, high = CLOUD_SHARES
    return uniform_between(random, low, (low + high) / 2 if setting == "desert" else high)


def _first_month(random: np.random.Generator, story: StoryKind, *, is_south: bool) -> Month:
    """Any month, but for stories that need a season late in the world."""
    year = int(random.integers(FIRST_MONTHS[0], FIRST_MONTHS[1] + 1))
    month = int(random.integers(1, 13))
    wanted = {"long_snow": (1, 2, 3), "drought": (8, 9, 10)}.get(story)
    if wanted is not None:
        last = wanted[month % 3] + (6 if is_south else 0)
        month = (last - MONTHS) % 12 + 1
    return Month(year, month)


def _with_spells(nature: WorldNature, random: np.random.Generator, story: StoryKind) -> WorldNature:
    """The same nature with its snow and drought."""
    snow = _snow_spells(nature, random)
    drought: tuple[WeatherSpell, ...] = ()
    if story == "long_snow":
        first, days = _season_day(nature, 350), int(random.integers(45, 76))
        spell = WeatherSpell(
            first, first + dt.timedelta(days=days), uniform_between(random, 0.75, 0.98)
        )
        snow = (*[one for one in snow if one.last < first or one.first > spell.last], spell)
    if story == "drought":
        first = _season_day(nature, int(random.integers(130, 165)))
        last = first + dt.timedelta(days=int(random.integers(70, 120)))
        drought = (WeatherSpell(first, last, uniform_between(random, 0.45, 0.85)),)
    return replace(nature, snow=snow, drought=drought)


def _season_day(nature: WorldNature, day_of_year: int) -> dt.date:
    """The last day of the world that is this northern day of the year, within the story."""
    latest = nature.end_day - dt.timedelta(days=20)
    day = latest
    while _northern_number(nature, day) != day_of_year:
        day -= dt.timedelta(days=1)
    return day


def _northern_number(nature: WorldNature, day: dt.date) -> int:
    """Day of the year of the same season on the northern side."""
    turned = day + HALF_YEAR if nature.latitude_deg < 0 else day
    return min(turned.timetuple().tm_yday, 365)


def _snow_spells(nature: WorldNature, random: np.random.Generator) -> tuple[WeatherSpell, ...]:
    """Spells of snow of ordinary winters: none in the south, more and longer poleward."""
    cold = (abs(nature.latitude_deg) - SNOW_LATITUDE_DEG) / 15.0
    spells: list[WeatherSpell] = []
    day = nature.first_day
    while day < nature.end_day:
        number = _northern_number(nature, day)
        distance = min(abs(number - COLDEST), 365 - abs(number - COLDEST))
        likely = 0.035 * cold * math.exp(-0.5 * (distance / 28) ** 2)
        if random.random() < likely:
            last = day + dt.timedelta(days=int(random.integers(2, 5 + round(12 * cold))))
            depth = uniform_between(random, 0.35, 0.95)
            spells.append(WeatherSpell(day, last, depth, is_classed=happens_by_chance(random, 0.7)))
            day = last
        day += dt.timedelta(days=1)
    return tuple(spells)


def _ramped_depth(spell: WeatherSpell, day: dt.date) -> float:
    """Depth of a spell that comes within 30 days and goes within 45."""
    since, left = (day - spell.first).days, (spell.last - day).days
    return spell.depth * min(max(since / 30, 0.0), 1.0) * min(max(1 + left / 45, 0.0), 1.0)
