"""In which ways a place is measured: with all steps, with one turned off, with relief put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from assets.activity.models import Steps

StepName = Literal[
    "registration", "normalisation", "orbit", "orbit, unlevelled", "relief", "orbit, relief"
]


@dataclass(frozen=True, slots=True)
class Way:
    """How a run differs from the product on the scenes as they are.

    Attributes:
        steps: what is done.
        is_leaning: scenes have relief that is not where it belongs, see `leaning`.
    """

    steps: Steps
    is_leaning: bool = False


WAYS: Final[dict[StepName, Way]] = {
    "registration": Way(Steps(registration=False)),
    "normalisation": Way(Steps(normalisation=False)),
    "orbit": Way(Steps(orbit=False)),
    "orbit, unlevelled": Way(Steps(normalisation=False, orbit=False)),
    "relief": Way(Steps(), is_leaning=True),
    "orbit, relief": Way(Steps(orbit=False), is_leaning=True),
}
"""The runs beside the one with all steps; of made-up scenes also those with relief."""
BESIDE: Final[dict[StepName, StepName]] = {
    "orbit, unlevelled": "normalisation",
    "orbit, relief": "relief",
}
"""The run that one is held against, where that is not the one with all steps. Levels and the map
of the bands take off what materials differ by from orbit to orbit, so the step is also judged
without them; and made-up ground is flat, so it is judged with relief, too."""
LOCAL: Final[frozenset[StepName]] = frozenset({"registration", "orbit, relief"})
"""Steps that matter where something stands out of its surroundings: at edges."""
