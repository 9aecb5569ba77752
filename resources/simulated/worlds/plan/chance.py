"""The random numbers of a drawn world: one seed, independent parts.

Every random number of `worlds` comes from here; none from elsewhere.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

WORLDS: Final = 4021  # no unit; keeps these streams apart from those of the air base


class WorldStream(IntEnum):
    """Independent streams of random numbers, so that one part can change without the others."""

    STORY = 1
    NATURE = 2
    PASSES = 3
    PARCELS = 4
    COVERS = 5
    TEXTURE = 6
    ZONES = 7
    TRAFFIC = 8
    SKY = 9
    LOOK = 10
    CLASSES = 11
    EVENTS = 12


def random_stream(seed: int, part: WorldStream, number: int = 0) -> np.random.Generator:
    """Random numbers of one part of a world; `number` tells looks or years apart."""
    return np.random.default_rng([seed, WORLDS, int(part), number])


def uniform_between(random: np.random.Generator, low: float, high: float) -> float:
    """A number of the range, evenly."""
    return float(random.uniform(low, high))


def log_uniform_between(random: np.random.Generator, low: float, high: float) -> float:
    """A number of the range, evenly on a logarithmic scale."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def happens_by_chance(random: np.random.Generator, share: float) -> bool:
    """True in the given share of cases."""
    return bool(random.random() < share)
