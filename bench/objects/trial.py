"""Both detectors over all ports, the yardstick with a threshold that suits the other ports best.

Order of work only; detectors, matching and tables are elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assets.activity.measure.surroundings import find_surfaces
from bench.objects.detectors import THRESHOLDS, cfar, clutter_scores, ours
from bench.objects.ports import Port
from bench.objects.scoring import Outcome, match, score

USUAL_LEVEL: Final = 5.0  # standard deviations, for a port that has no others to learn from


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out.

    Attributes:
        ports: names.
        ours, yardstick: outcomes over all ports.
        levels: threshold of the yardstick at each port, standard deviations.
    """

    ports: tuple[str, ...]
    ours: tuple[Outcome, ...]
    yardstick: tuple[Outcome, ...]
    levels: Mapping[str, float]


def run(ports: Sequence[Port]) -> Trial:
    """Score both detectors on every port."""
    own: list[Outcome] = []
    by_level: dict[str, dict[float, list[Outcome]]] = {}
    for port in ports:
        surfaces = find_surfaces(port.reflectance, port.clear, pixel_m=port.pixel_m)
        own += match(port, surfaces, ours(port, surfaces))
        scores = clutter_scores(port, surfaces)
        by_level[port.name] = {
            level: match(port, surfaces, cfar(scores, level, port.pixel_m)) for level in THRESHOLDS
        }
    levels = {port.name: best_level(by_level, without=port.name) for port in ports}
    return Trial(
        ports=tuple(port.name for port in ports),
        ours=tuple(own),
        yardstick=tuple(one for name, level in levels.items() for one in by_level[name][level]),
        levels=levels,
    )


def best_level(by_level: Mapping[str, Mapping[float, Sequence[Outcome]]], *, without: str) -> float:
    """Threshold with the best F1 on open water over the other ports, vessels over 60 m.

    The lowest of those that are equally good; USUAL_LEVEL where there is no other port.
    """
    others = [outcomes for name, outcomes in by_level.items() if name != without]
    if not others:
        return USUAL_LEVEL

    def worth(level: float) -> float:
        pooled = [one for outcomes in others for one in outcomes[level]]
        found = score(pooled, place="open water", length_class="over 60 m")
        return 0.0 if math.isnan(found.f1) else found.f1

    return max(others[0], key=worth)
