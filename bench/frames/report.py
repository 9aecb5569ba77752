"""What is told of frames: a table, and the figures with what is wanted of them.

Layout and wording only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bench.frames.runs import Outcome
from bench.tables import table

COMMAND: Final = "python -m bench.frames"
WANTED: Final = {
    "whole": {
        "masks_equal": 0.995,
        "states_equal": 0.995,
        "values_equal": 1.0,
        "shifts_equal": 1.0,
    },
    "edge": {"values_within_two_errors": 0.95},
}
"""Least shares by source; issue 16."""
LARGEST_SHIFT_PX: Final = 1.2  # issue 16
COLUMNS: Final = (
    "masks_equal",
    "states_equal",
    "values_equal",
    "expectations_equal",
    "values_within_two_errors",
    "departures_within_two_errors",
    "shifts_equal",
)
ALERT: Final = ("direction", "status", "opened_on", "confirmed_on", "closed_on", "summary")


def figures(outcomes: Sequence[Outcome], *, with_alerts: bool = False) -> dict[str, Any]:
    """Figures of all frames; `failing` names those that are not as wanted, and in what."""
    told = [_figures(one, with_alerts=with_alerts) for one in outcomes]
    failing = {
        f"{one['place']}, {one['frame']}": one["failing"] for one in told if one.get("failing")
    }
    return {"frames": told, "wanted": WANTED, "failing": failing}


def markdown(outcomes: Sequence[Outcome]) -> str:
    """The table."""
    rows = []
    for one in outcomes:
        if one.agreement is None:
            continue
        found = one.agreement.figures()
        rows.append(
            [
                f"{one.variant.place}, {one.variant.name}",
                found["rows"],
                *(_percent(found[name]) for name in COLUMNS),
                f"{found['largest_shift_px']:.2f}",
            ]
        )
    head = ["frame", "rows", *(name.replace("_", " ") for name in COLUMNS), "largest shift, px"]
    widest = {one.variant.place: one.variant.name for one in outcomes if one.agreement is None}
    beside = "; ".join(f"{place}: {name}" for place, name in widest.items())
    return f"Beside the widest frame of each place ({beside}):\n\n{table(head, rows)}"


def _figures(one: Outcome, *, with_alerts: bool) -> dict[str, Any]:
    """Figures of one frame."""
    found: dict[str, Any] = {
        "place": one.variant.place,
        "frame": one.variant.name,
        "source": one.variant.source,
        "margin_m": one.variant.site.margin_m,
        "zones": len(one.variant.site.zones),
        "looks": len({key[1] for key in one.measured.masks}),
    }
    if one.agreement is not None:
        agreement = one.agreement.figures()
        found |= agreement | {"failing": _failing(one.variant.source, agreement)}
    if with_alerts:
        found["alerts"] = [{name: row[name] for name in ALERT} for row in one.measured.alerts]
    return found


def _failing(source: str, agreement: dict[str, Any]) -> list[str]:
    """Names of figures that are not as wanted."""
    failing = [
        name
        for name, least in WANTED[source].items()
        if agreement[name] is not None and agreement[name] < least
    ]
    if agreement["largest_shift_px"] > LARGEST_SHIFT_PX:
        failing.append("largest_shift_px")
    return failing


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"
