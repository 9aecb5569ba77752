"""A drawn world: everything that its looks share, from one seed.

What one look shows is `scene`, files are `archive`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from pyproj import Transformer

from resources.simulated.scenery.passes import SimulatedPass
from resources.simulated.scenery.place import SimulatedPlace
from resources.simulated.sky.weather import SkyState
from resources.simulated.worlds.plan.chance import WorldStream, random_stream
from resources.simulated.worlds.plan.nature import WorldNature, draw_nature
from resources.simulated.worlds.plan.site_plan import WorldPlan, draw_plan
from resources.simulated.worlds.plan.skies import InstrumentErrors, draw_instrument, draw_skies
from resources.simulated.worlds.plan.slots import WorldSlots, draw_slots
from resources.simulated.worlds.plan.stories import OF_NATURE, STORIES, StoryKind, WorldEvent
from resources.simulated.worlds.plan.timetable import PassTimetable, draw_timetable
from resources.simulated.worlds.plan.traffic import WorldTraffic, draw_traffic
from resources.simulated.worlds.plan.zones import ZONES_MOST, WorldZone, draw_zone_count, draw_zones
from resources.simulated.worlds.surface.ground import WorldGround, draw_ground

MARGINS_M: Final = (0.0, 40.0, 100.0, 150.0, 250.0, 400.0)  # from tight to wide
UTM_NORTH, UTM_SOUTH = 32625, 32725
"""CRS of all worlds by hemisphere: zone 25, open Atlantic."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnWorld:
    """One made-up place through 26 months.

    Attributes:
        place: names, CRS and tile.
        zones: on its watch list; `all_zones` those that could be, in the same order.
        events: of the zones on the list, and of the whole place.
    """

    seed: int
    story: StoryKind
    place: SimulatedPlace
    margin_m: float
    nature: WorldNature
    plan: WorldPlan
    zones: tuple[WorldZone, ...]
    all_zones: tuple[WorldZone, ...]
    ground: WorldGround
    slots: WorldSlots
    traffic: WorldTraffic
    timetable: PassTimetable
    instrument: InstrumentErrors
    skies: tuple[SkyState, ...]
    events: tuple[WorldEvent, ...]

    @property
    def looks(self) -> tuple[SimulatedPass, ...]:
        """Every pass that the archive holds, in order of time."""
        return self.timetable.looks


def draw_world(
    seed: int,
    *,
    story: StoryKind | None = None,
    zones: int | None = None,
    quiet: bool = False,
    margin_m: float | None = None,
) -> DrawnWorld:
    """The world of a seed: the same each time.

    Args:
        seed: 0 or more.
        story: A kind that it shall have; else its own.
        zones: How many zones are listed, 2 to 30, but at least those of the story; else its own
            number. Ground, events and weather are the same whatever the number.
        quiet: Nothing happens; the same as the story `quiet`.
        margin_m: Of the watch list; else its own.

    Raises:
        ValueError: an unknown story, or a seed or number of zones out of range.
    """
    kind = _choose_story(seed, story, quiet=quiet)
    if zones is not None and not 1 <= zones <= ZONES_MOST:
        raise ValueError(f"A world has 1 to {ZONES_MOST} zones, found {zones}")
    nature = draw_nature(seed, kind)
    plan = draw_plan(seed, nature, kind, _tile_corner(nature))
    every = draw_zones(seed, plan, kind)
    told = sum(zone.is_of_story for zone in every)
    count = zones if zones is not None else draw_zone_count(seed, told, len(every))
    listed = every[: max(count, told)]
    ground = draw_ground(seed, nature, plan, every, kind)
    slots = draw_slots(random_stream(seed, WorldStream.ZONES, 2), plan.frame, every)
    traffic = draw_traffic(seed, nature, every, slots, kind)
    instrument = draw_instrument(seed)
    timetable = draw_timetable(seed, nature, instrument.misplaced_px)
    own_margin = MARGINS_M[int(random_stream(seed, WorldStream.ZONES, 3).integers(len(MARGINS_M)))]
    return DrawnWorld(
        seed=seed,
        story=kind,
        place=_make_place(seed, nature, plan),
        margin_m=own_margin if margin_m is None else margin_m,
        nature=nature,
        plan=plan,
        zones=listed,
        all_zones=every,
        ground=ground,
        slots=slots,
        traffic=traffic,
        timetable=timetable,
        instrument=instrument,
        skies=draw_skies(seed, nature, timetable, instrument),
        events=(*traffic.events, *ground.events, *_nature_events(nature, kind)),
    )


def _choose_story(seed: int, story: StoryKind | None, *, quiet: bool) -> StoryKind:
    """The story asked for, or the seed's own."""
    if seed < 0:
        raise ValueError(f"A world needs a seed of 0 or more, found {seed}")
    if story is not None and story not in STORIES:
        raise ValueError(f"Expected a story of {', '.join(STORIES)}; found {story}")
    if quiet:
        return "quiet"
    return story or STORIES[int(random_stream(seed, WorldStream.STORY).integers(len(STORIES)))]


def _tile_corner(nature: WorldNature) -> tuple[float, float]:
    """About where the tile lies, metres of its CRS."""
    epsg = UTM_SOUTH if nature.latitude_deg < 0 else UTM_NORTH
    to_map = Transformer.from_crs(4326, epsg, always_xy=True)
    east, north = to_map.transform(nature.longitude_deg, nature.latitude_deg)
    return float(east), float(north)


def _make_place(seed: int, nature: WorldNature, plan: WorldPlan) -> SimulatedPlace:
    """Names of a world."""
    tile = plan.frame.tile
    is_south = nature.latitude_deg < 0
    return SimulatedPlace(
        site_id=f"simulated-world-{seed}",
        site_name=f"SIMULATED world {seed}",
        description=(
            f"SIMULATED Sentinel-2 scenes of a made-up place ({nature.setting}), seed {seed};"
            " its coordinates are open sea"
        ),
        epsg=UTM_SOUTH if is_south else UTM_NORTH,
        mgrs_tile=_mgrs_square(nature.latitude_deg, tile.west, tile.south),
        tile=tile,
    )


def _mgrs_square(latitude_deg: float, east_m: float, north_m: float) -> str:
    """Zone 25's square of 100 km, such as 25SEA."""
    band = "CDEFGHJKLMNPQRSTUVWX"[int((latitude_deg + 80) // 8)]
    column = "ABCDEFGH"[int(east_m // 100_000) - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[int(north_m // 100_000) % 20]
    return f"25{band}{column}{row}"


def _nature_events(nature: WorldNature, story: StoryKind) -> tuple[WorldEvent, ...]:
    """Drought or long snow, which befall all ground."""
    if story not in OF_NATURE:
        return ()
    spell = (nature.drought if story == "drought" else nature.snow)[-1]
    return (
        WorldEvent(story, None, spell.first, spell.last, 0.0, 0.0, 0, spell.last + dt.timedelta(1)),
    )
