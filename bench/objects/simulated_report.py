"""Aircraft found on the simulated base as a table in Markdown and as figures.

Layout and wording only.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, Final

from bench.objects.simulated import REACH_M, Found, Score
from bench.tables import machine, table

COMMAND: Final = "python -m bench.objects --simulated --docs"
WANTED: Final = {"an-124": 0.9, "il-76": 0.7}
"""Shares that must be found, by type; the others are whatever is true."""
HOW: Final = (
    "Aircraft of the simulated air base are not scored: give its folder with --simulated, or "
    "--render it."
)


def markdown(one: Score) -> str:
    """The table, with how it was made."""
    rows = [
        [
            f"{found.kind}, {found.area_m2:.0f} m2",
            found.stood,
            found.found,
            _share(found),
            strict.found,
            _share(strict),
            _wanted(strict),
        ]
        for found, strict in zip(one.kinds, one.strict, strict=True)
    ]
    heading = (
        f"Aircraft on the main apron in {one.looks} looks of {one.years:.1f} years, each look a "
        "trial of each aircraft that stands there; a candidate counts within half its length "
        f"or {REACH_M:.0f} m. *By noise*: at {one.alarms_per_look:.4f} false alarms a look as "
        f"stated; in the {one.quiet_looks} looks before the story begins {one.false} such "
        f"candidates belonged to no aircraft, {one.false / max(one.quiet_looks, 1):.2f} a look: "
        "what masks leave of clouds, shadows and wet patches is no noise. *By all*: by candidates "
        "stronger than those, so that half a false alarm a year holds whatever its cause."
    )
    head = ["aircraft", "stood", "by noise", "share", "by all", "share", "wanted"]
    return f"{heading}\n\n{table(head, rows)}\n\n{machine()}."


def figures(one: Score) -> dict[str, Any]:
    """The same as numbers."""
    return {
        **asdict(one),
        "kinds": [_row(found) for found in one.kinds],
        "strict": [_row(found) for found in one.strict],
    }


def _row(found: Found) -> dict[str, Any]:
    return {**asdict(found), "share": _number(found.share), "error": _number(found.error)}


def _share(found: Found) -> str:
    return f"{found.share:.0%} \u00b1 {found.error:.0%}" if found.stood else "-"


def _wanted(found: Found) -> str:
    least = WANTED.get(found.kind)
    if least is None or not found.stood:
        return "-"
    return f"{least:.0%}: {'met' if found.share >= least else 'NOT met'}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
