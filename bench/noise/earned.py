"""What each step before an index earns: how far quiet zones stray without it, and with it.

Pure; the runs with a step turned off are made by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.models import Steps
from assets.constants import MAD_TO_SIGMA
from bench.noise.measured import Values
from bench.noise.ways import BESIDE, LOCAL, WAYS, StepName

EDGES: Final = "edge"


@dataclass(frozen=True, slots=True)
class Earned:
    """Spread of one index over the same looks and zones, without a step and with it.

    Attributes:
        ground: which zones: those with a fixed edge in them, or all.
        rms_off, rms_on: root mean square of value minus expected, in the unit of the index.
        spread_off, spread_on: robust standard deviation of the same.
    """

    step: StepName
    index: str
    ground: str
    values: int
    rms_off: float
    rms_on: float
    spread_off: float
    spread_on: float


def earned(on: Values, off: Mapping[StepName, Values]) -> Iterator[Earned]:
    """What each step earns for each index; of LOCAL ones on zones with edges apart.

    Args:
        on: with all steps.
        off: by the step that was turned off; with the runs that those are held against.
    """
    for step, values in off.items():
        if WAYS[step].steps == Steps():
            continue
        first, second = _common(off[BESIDE[step]] if step in BESIDE else on, values)
        grounds = {"all": np.ones(len(first), bool)}
        edges = first.group == EDGES
        if step in LOCAL and edges.any():
            grounds["edges"] = edges
        for index in dict.fromkeys(first.index.tolist()):
            for ground, which in grounds.items():
                here = which & (first.index == index)
                if here.any():
                    yield _earned(
                        step, index, ground, with_it=first.where(here), off=second.where(here)
                    )


def _earned(step: StepName, index: str, ground: str, *, with_it: Values, off: Values) -> Earned:
    return Earned(
        step=step,
        index=index,
        ground=ground,
        values=len(with_it),
        rms_off=float(np.sqrt(np.mean(off.moved**2))),
        rms_on=float(np.sqrt(np.mean(with_it.moved**2))),
        spread_off=float(MAD_TO_SIGMA * np.median(np.abs(off.moved))),
        spread_on=float(MAD_TO_SIGMA * np.median(np.abs(with_it.moved))),
    )


def _common(one: Values, other: Values) -> tuple[Values, Values]:
    """Values of the same index, zone and look of both, in the same order."""
    _, first, second = np.intersect1d(_keys(one), _keys(other), return_indices=True)
    order = np.argsort(first)
    return one.where(first[order]), other.where(second[order])


def _keys(values: Values) -> npt.NDArray[np.str_]:
    parts = zip(values.index, values.zone, values.look, strict=True)
    return np.array(["\t".join(part) for part in parts], np.str_)
