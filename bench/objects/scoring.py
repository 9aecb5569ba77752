"""Detections against labels: which belong together, and what that makes of each length class.

Matching and counting; where the water is, the detector was told by
`assets.activity.measure.surroundings`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from assets.activity.measure.surroundings import SurfaceMasks
from bench.objects.detectors import Detection
from bench.objects.ports import Port

Place = Literal["open water", "quay"]
OPEN_WATER_M: Final = 30.0  # from the nearest pixel of a box to land, at least
REACH_PX: Final = 1.0  # a detection's centre lies in the label's box, grown by so much
CLASSES_M: Final[dict[str, tuple[float, float]]] = {
    "under 30 m": (0, 30),
    "30 to 60 m": (30, 60),
    "60 to 120 m": (60, 120),
    "over 120 m": (120, math.inf),
    "over 60 m": (60, math.inf),
    "all": (0, math.inf),
}
"""By length: of the label where there is one, else of the detection."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One label found or missed, or one detection without label."""

    port: str
    place: Place
    length_m: float
    kind: Literal["found", "missed", "false"]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts with precision, recall and F1; NaN where there is nothing to divide by."""

    found: int
    missed: int
    false: int

    @property
    def precision(self) -> float:
        """Share of the detections that are labelled."""
        return _share(self.found, self.found + self.false)

    @property
    def recall(self) -> float:
        """Share of the labels that are detected."""
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.found, 2 * self.found + self.missed + self.false)


def match(port: Port, surfaces: SurfaceMasks, detections: Sequence[Detection]) -> list[Outcome]:
    """Pairs labels and detections one to one, nearest first in sum.

    A pair is possible where the detection's centre lies in the label's box, grown by REACH_PX.
    What is on open water is decided by the label's box or, without label, the detection's.
    """
    land_m = ndimage.distance_transform_edt(~surfaces.land) * port.pixel_m
    far = 1e6
    costs = np.full((len(port.labels), len(detections)), far)
    for row, label in enumerate(port.labels):
        for column, one in enumerate(detections):
            x, y = one.column + 0.5, one.row + 0.5
            if (
                label.left - REACH_PX <= x <= label.right + REACH_PX
                and label.top - REACH_PX <= y <= label.bottom + REACH_PX
            ):
                costs[row, column] = math.hypot(
                    x - (label.left + label.right) / 2, y - (label.top + label.bottom) / 2
                )
    pairs = [
        (int(row), int(column))
        for row, column in zip(*linear_sum_assignment(costs), strict=True)
        if costs[row, column] < far
    ]
    paired_labels, paired = {row for row, _ in pairs}, {column for _, column in pairs}

    def place(box: tuple[slice, slice]) -> Place:
        return "open water" if land_m[box].min() >= OPEN_WATER_M else "quay"

    outcomes = [
        Outcome(
            port.name,
            place(label.box),
            label.length_px * port.pixel_m,
            "found" if number in paired_labels else "missed",
        )
        for number, label in enumerate(port.labels)
    ]
    outcomes += [
        Outcome(port.name, place(one.box), one.length_m, "false")
        for number, one in enumerate(detections)
        if number not in paired
    ]
    return outcomes


def score(outcomes: Iterable[Outcome], *, place: Place, length_class: str = "all") -> Score:
    """Counts of one place and length class."""
    least, most = CLASSES_M[length_class]
    kinds = [one.kind for one in outcomes if one.place == place and least <= one.length_m < most]
    return Score(kinds.count("found"), kinds.count("missed"), kinds.count("false"))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
