"""Predictions beside what was found, as tables in Markdown and as figures.

Layout and wording only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import stats

from assets.detectability.false_alarms import share_error
from bench.detectability.airbase import Airbase
from bench.detectability.ports import SHOWN, Ports
from bench.detectability.road import Road
from bench.objects.simulated import Found
from bench.tables import machine, table
from resources.models import FALSE_ALARMS_PER_YEAR

COMMAND: Final = "python -m bench.detectability --docs"
AGREE: Final = 0.05  # chance of shares so far apart, were they one, from which they agree


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was asked for and came out; None where it was not asked for."""

    airbase: Airbase | None = None
    road: Road | None = None
    ports: Ports | None = None


def markdown(outcome: Outcome) -> str:
    """The tables, with how they were made."""
    parts = [
        (
            "Predicted: share of planted objects that were found. Found: share of those that "
            "really were there. With standard errors, binomial. "
            f"{FALSE_ALARMS_PER_YEAR:g} false alarms a year and zone. Agree: Fisher's exact test, "
            f"which holds for few as well, does not tell both apart at {AGREE:.0%}."
        )
    ]
    if outcome.airbase is not None:
        parts += _airbase(outcome.airbase)
    if outcome.road is not None:
        parts += _road(outcome.road)
    if outcome.ports is not None:
        parts += _ports(outcome.ports)
    return "\n\n".join([*parts, f"{machine()}."])


def figures(outcome: Outcome) -> dict[str, Any]:
    """The same as numbers."""
    found: dict[str, Any] = {}
    if outcome.airbase is not None:
        one = outcome.airbase
        found["airbase"] = {
            "false": one.false,
            "false_looks": one.false_looks,
            "hidden": {kind: tally.hidden for kind, tally in one.tallies.items()},
            "quiet_looks": one.quiet_looks,
            "looks": one.looks,
            **{
                name: {kind.kind: _record(kind) for kind in one.kinds(name)}
                for name in ("real", "planted", "real_by_index", "planted_by_index")
            },
        }
    if outcome.road is not None:
        found["road"] = {
            **{one.kind: _record(one) for one in outcome.road.planted},
            "predicted for the road's looks": _record(outcome.road.expected),
            outcome.road.found.kind: _record(outcome.road.found),
        }
    if outcome.ports is not None:
        found["ports"] = {
            "labels": {name: _record(one) for name, one in outcome.ports.labels.items()},
            **{
                paint: {name: _record(one) for name, one in twins.items()}
                for paint, twins in outcome.ports.twins.items()
            },
        }
    return found


def _airbase(one: Airbase) -> list[str]:
    """Aircraft of the simulated base."""
    by_place = [
        [
            planted.kind,
            f"{planted.area_m2:.0f}",
            *_pair(planted, real),
            one.tallies[real.kind].hidden,
        ]
        for planted, real in zip(one.kinds("planted"), one.kinds("real"), strict=True)
    ]
    by_index = [
        [planted.kind, f"{planted.area_m2:.0f}", *_pair(planted, real)]
        for planted, real in zip(
            one.kinds("planted_by_index"), one.kinds("real_by_index"), strict=True
        )
    ]
    head = ["aircraft", "m2", "planted", "predicted", "real", "found", "agree"]
    return [
        (
            f"Simulated air base ({one.name}), main apron, {one.looks} looks. Found where it "
            f"stands, by a candidate of at most {one.alarms_per_look:.2g} false alarms a look; "
            f"{one.false} candidates in {one.false_looks} of {one.quiet_looks} looks before the "
            "story belonged to nothing (what masks leave of clouds, not noise). Masked: stood "
            "there and were "
            "taken for cloud or shadow, so that nothing could find them:"
        ),
        table([*head, "masked"], by_place),
        (
            "The same by the indices of the zone, in looks with that one aircraft alone: any "
            f"beyond {one.threshold:.1f} standard errors of an apron where such visitors are usual:"
        ),
        table(head, by_index),
    ]


def _road(one: Road) -> list[str]:
    """Strips and the road."""
    rows = [
        [f"strip of {found.kind}", f"{found.area_m2:.0f}", found.stood, _share(found)]
        for found in one.planted
    ]
    as_road = [f"{one.expected.kind}", f"{one.expected.area_m2:.0f}"]
    return [
        (
            f"Road corridor ({one.name}), real looks: strips of bare soil in quiet looks of its "
            f"last year; any index beyond {one.threshold:.1f} standard errors:"
        ),
        table(["what", "m2", "planted", "shown"], rows),
        (
            "The road itself in the four months after it was built, when there was less history "
            "and errors were wider: as many strips as have its median changed area "
            f"({one.found.area_m2:.0f} m2), each judged by the errors of each of the road's looks:"
        ),
        table(
            ["strips", "m2", "strips x looks", "predicted", "looks", "found", "agree"],
            [[*as_road, *_pair(one.expected, one.found)]],
        ),
    ]


def _ports(one: Ports) -> list[str]:
    """Vessels by length class."""
    rows = []
    for name in SHOWN:
        bright, dark = one.twins["bright"][name], one.twins["dark"][name]
        both = Found(name, math.nan, bright.stood + dark.stood, bright.found + dark.found)
        rows.append([name, _share(bright), _share(dark), *_pair(both, one.labels[name])])
    head = ["vessels", "bright", "dark", "planted", "predicted", "labels", "found", "agree"]
    return [
        (
            f"Ports ({', '.join(one.names)}), one real look each, open water, no history: twins of "
            "the labelled vessels planted elsewhere on the same water, half of them bright:"
        ),
        table(head, rows),
    ]


def _pair(predicted: Found, found: Found) -> list[str]:
    """Two shares, and whether they agree."""
    cells = [str(predicted.stood), _share(predicted), str(found.stood), _share(found)]
    if not predicted.stood or not found.stood:
        return [*cells, "-"]
    both = np.array([[one.found, one.stood - one.found] for one in (predicted, found)])
    return [*cells, "yes" if stats.fisher_exact(both).pvalue >= AGREE else "no"]


def _share(one: Found) -> str:
    return f"{one.share:.2f} ± {one.error:.2f}" if one.stood else "-"


def _record(one: Found) -> dict[str, float | int | None]:
    return {
        "there": one.stood,
        "found": one.found,
        "share": one.share if one.stood else None,
        "error": share_error(one.found, one.stood),
    }
