"""False alarms against delay and share found, every method a curve, drawn as an SVG.

Drawing only; the figures are `compare`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.alerts.compare import OURS, Comparison

Value = Callable[[Mapping[str, Any]], float]
PANELS: Final[tuple[tuple[str, str, Value], ...]] = (
    ("down", "mean capped delay in 2020, days", lambda row: row["mean_delay_days_capped"]),
    ("down", "halving found in 60 days", lambda row: row["surges"]["x0.5"]["within_60d"]),
    ("up", "doubling found in 60 days", lambda row: row["surges"]["x2"]["within_60d"]),
)

COLOURS: Final = 7  # told apart at a glance


def draw(found: Comparison, path: Path) -> None:
    """Draw the curves of every method; the same figures give the same bytes."""
    with mpl.rc_context({"svg.hashsalt": "sitewatch", "svg.fonttype": "none"}):
        figure = Figure(figsize=(10.0, 3.9), layout="constrained")
        axes = figure.subplots(1, len(PANELS))
        for panel, (way, label, value) in zip(axes, PANELS, strict=True):
            for number, (method, sweep) in enumerate(found.sweeps.items()):
                rows = [row for row in (sweep.get(way) or {}).values() if row is not None]
                style = _style(method, number)
                rates = [row["false_alarms_per_site_year"] for row in rows]
                panel.plot(rates, [value(row) for row in rows], label=method, **style)
            panel.set(xlabel=f"false alarms {way}, a site-year", ylabel=label, xlim=(0, 1), ylim=0)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=8
        )
        figure.savefig(path, format="svg", metadata={"Date": None})


def _style(method: str, number: int) -> dict[str, Any]:
    """The product stands out; colours come round again with dashes."""
    if method == OURS:
        return {"color": "k", "linewidth": 2.2}
    dashes = "-" if number <= COLOURS else "--"
    return {"color": f"C{number % COLOURS}", "linestyle": dashes, "linewidth": 1.0}
