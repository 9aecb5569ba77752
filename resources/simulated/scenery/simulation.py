"""What a simulation is asked for, and its streams of chance: one seed, independent parts.

Every random number of the simulated source comes from `Simulation.chance`; none from elsewhere.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from resources.months import Month

FIRST_MONTH = Month(2022, 10)
MONTHS = 26
"""A year to learn from, a quiet year, and the ten weeks of the story."""


class RandomStream(IntEnum):
    """Independent streams of random numbers, so that one part can change without the others."""

    GROUND = 1
    TRAFFIC = 2
    VEHICLES = 3
    HELICOPTERS = 4
    SEASON = 5
    WEATHER = 6
    LOOK = 7
    CLASSES = 8


@dataclass(frozen=True, slots=True)
class Simulation:
    """A made-up archive: same values, same pixels.

    Attributes:
        seed: of every random number, 0 or more.
        first: first month written.
        months: how many months; the story fills the last ten weeks of them.
    """

    seed: int = 7
    first: Month = FIRST_MONTH
    months: int = MONTHS

    def __post_init__(self) -> None:
        if self.seed < 0 or self.months < 1:
            raise ValueError(
                f"A simulation needs seed >= 0 and months >= 1, "
                f"found seed {self.seed} and months {self.months}"
            )

    @property
    def first_day(self) -> dt.date:
        """First day that can have a look, UTC."""
        return self.first.start.date()

    @property
    def end_day(self) -> dt.date:
        """First day after the simulation, UTC."""
        return self.first.plus(self.months).start.date()

    @property
    def days(self) -> list[dt.date]:
        """Every day of the simulation."""
        count = (self.end_day - self.first_day).days
        return [self.first_day + dt.timedelta(days=step) for step in range(count)]

    def chance(self, stream: RandomStream, number: int = 0) -> np.random.Generator:
        """Random numbers of one stream; `number` tells days or looks apart."""
        return np.random.default_rng([self.seed, int(stream), number])
