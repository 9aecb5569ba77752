"""Outcomes as a table in Markdown and as figures.

Layout and wording only.
"""

from __future__ import annotations

import math
from typing import Any, Final, get_args

from scipy import stats

from bench.objects.detectors import BACKGROUND_PX, GUARD_PX
from bench.objects.scoring import CLASSES_M, OPEN_WATER_M, REACH_PX, Place, Score, score
from bench.objects.trial import Trial
from bench.objects.vessels import CONTRAST_MIN, LIKELY, SMALLEST_M2
from bench.tables import machine, table

COMMAND: Final = "python -m bench.objects --docs"


def markdown(trial: Trial) -> str:
    """The tables, with how they were made."""
    heading = (
        f"Vessels in {len(trial.ports)} ports, one look each, no history, against labels "
        f"drawn by people. A detection is matched if its centre lies in a label's box grown by "
        f"{REACH_PX:.0f} pixel, one to one. Open water: the box is {OPEN_WATER_M:.0f} m or more "
        "from land. Length is the label's, less the brush it was drawn with; of a false "
        "detection, its own."
    )
    parts = [
        heading,
        _classes(trial),
        "Counts on open water, all lengths:",
        _counts(trial),
        _settings(trial),
        f"{machine()}.",
    ]
    return "\n\n".join(parts)


def figures(trial: Trial) -> dict[str, Any]:
    """The same as numbers."""
    return {
        "ports": list(trial.ports),
        "cfar_levels": dict(trial.levels),
        **{
            name: {
                place: {
                    length: _record(score(outcomes, place=place, length_class=length))
                    for length in CLASSES_M
                }
                for place in get_args(Place)
            }
            for name, outcomes in (("sitewatch", trial.ours), ("cfar", trial.yardstick))
        },
    }


def _classes(trial: Trial) -> str:
    """A row for each place and length class."""
    rows = []
    for place in get_args(Place):
        for length in CLASSES_M:
            own = score(trial.ours, place=place, length_class=length)
            other = score(trial.yardstick, place=place, length_class=length)
            rows.append(
                [f"{place}, {length}", own.found + own.missed, *_cells(own), *_cells(other)]
            )
    head = ["vessels", "labels", "found", "false", "precision", "recall", "F1"]
    return table([*head, *(f"CFAR {name}" for name in head[2:])], rows)


def _counts(trial: Trial) -> str:
    """A row a port: how many vessels were counted on open water."""
    rows = []
    for port in trial.ports:
        own, other = (
            score([one for one in outcomes if one.port == port], place="open water")
            for outcomes in (trial.ours, trial.yardstick)
        )
        rows.append(
            [
                port,
                own.found + own.missed,
                own.found + own.false,
                f"{own.false - own.missed:+d}",
                other.found + other.false,
                f"{other.false - other.missed:+d}",
            ]
        )
    return table(["port", "labels", "counted", "error", "CFAR counted", "CFAR error"], rows)


def _settings(trial: Trial) -> str:
    """What both were set to."""
    levels = ", ".join(
        f"{name} {level:g} sigma ({stats.norm.sf(level):.0e})"
        for name, level in trial.levels.items()
    )
    return (
        f"sitewatch: probability over {LIKELY:g}, contrast over {CONTRAST_MIN:g}, area over "
        f"{SMALLEST_M2:g} m2. CFAR: two parameters, near infrared, guard {GUARD_PX} and background "
        f"{BACKGROUND_PX} pixels, the same water mask and limits of size; threshold (and its "
        f"nominal false-alarm rate) with the best F1 over the other ports: {levels}."
    )


def _cells(one: Score) -> list[str]:
    shares = [one.precision, one.recall, one.f1]
    return [
        str(one.found),
        str(one.false),
        *("-" if math.isnan(share) else f"{share:.2f}" for share in shares),
    ]


def _record(one: Score) -> dict[str, float | int | None]:
    shares = {"precision": one.precision, "recall": one.recall, "f1": one.f1}
    return {
        "found": one.found,
        "missed": one.missed,
        "false": one.false,
        **{name: None if math.isnan(share) else share for name, share in shares.items()},
    }
