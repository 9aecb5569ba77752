"""The kinds of story, one a world, and the events that they come down to.

Names and nouns only; who stands where on which day is `traffic`, what is built is `ground`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, get_args

from shapely.geometry import Polygon

StoryKind = Literal[
    "quiet",
    "arrival",
    "drawdown_25",
    "drawdown_50",
    "drawdown_75",
    "full_exit",
    "slow_exit",
    "rotation",
    "construction",
    "resurfacing",
    "drought",
    "long_snow",
    "vessels",
]
STORIES: Final[tuple[StoryKind, ...]] = get_args(StoryKind)
LEFT: Final[dict[StoryKind, float]] = {
    "drawdown_25": 0.75,
    "drawdown_50": 0.50,
    "drawdown_75": 0.25,
    "full_exit": 0.0,
    "slow_exit": 0.0,
    "rotation": 1.0,
}
"""Share of what usually stands there that is left in the end."""
SLOW_DAYS: Final = 180  # of a slow exit
OF_OBJECTS: Final[tuple[StoryKind, ...]] = ("arrival", *LEFT, "vessels")
OF_GROUND: Final[tuple[StoryKind, ...]] = ("construction", "resurfacing")
OF_NATURE: Final[tuple[StoryKind, ...]] = ("drought", "long_snow")


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened to a zone, or with the nature of a whole place.

    Attributes:
        kind: of the story.
        zone_id: None for what lies outside all zones, or befalls all ground.
        first: first day that differs from before; `last` the last day on which it still changes.
        before_m2: mean area covered by what it is about in the 60 days before `first`; `after_m2`
            alike after `last`, until the end of the world or of the event.
        sign: +1 more, -1 less, 0 other things or no objects.
        until: first day on which it is over again; None where it lasts to the end.
        outline: of works, metres of the map; None where it is all of a zone or of the place.
    """

    kind: StoryKind
    zone_id: str | None
    first: dt.date
    last: dt.date
    before_m2: float
    after_m2: float
    sign: int
    until: dt.date | None = None
    outline: Polygon | None = None
