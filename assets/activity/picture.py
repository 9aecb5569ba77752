"""A small chart of a site's series for the operator, as PNG.

Drawing only; what is drawn is read by `resources.lake.questions.stage_reads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from assets.pictures import small_png
from resources.lake.lake import Lake, StoredSite
from resources.lake.questions.stage_reads import zone_series
from resources.lake.rows import ActivityRow

INDEX: Final = "changed_area"
ZONES_MAX: Final = 4  # panels that fit a page
ROOM: Final = 0.3  # above and below the values, of their range
TITLE_MAX: Final = 90  # letters that fit a line
NOT_SEEN: Final = ("cloudy", "snow", "no_data")


def series_chart(lake: Lake, stored: StoredSite, *, credit: str) -> bytes:
    """Changed area of the site's zones over time with its expectation and every look.

    Args:
        lake: read for the series.
        stored: the site.
        credit: line of attribution, drawn below.

    Returns:
        Small PNG; looks that saw nothing are marks on the lower edge.
    """
    zones = [zone for zone in stored.site.zones if zone.kind != "reference"][:ZONES_MAX]
    zones = zones or list(stored.site.zones[:1])
    figure = Figure(figsize=(7, 1.4 * len(zones) + 0.9), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(zones), 1, sharex=True, squeeze=False)[:, 0]
    for axis, zone in zip(axes, zones, strict=True):
        rows = zone_series(lake, stored.site.site_id, zone.zone_id, INDEX)
        _draw_series(axis, rows)
        axis.set_ylabel("m2", fontsize=7)
        axis.set_title(f"{zone.zone_id}: changed area", fontsize=8, loc="left", parse_math=False)
        axis.tick_params(labelsize=7)
    figure.suptitle(stored.site.name[:TITLE_MAX], fontsize=9, parse_math=False)
    figure.supxlabel(credit, fontsize=6)
    return small_png(figure)


def _draw_series(axis: Axes, rows: Sequence[ActivityRow]) -> None:
    """One series: expectation with two sigma, values, and looks that saw nothing."""
    judged = [row for row in rows if row["value"] is not None and row["expected"] is not None]
    times: Any = [row["sensed_at"] for row in judged]  # Matplotlib's types know no dates
    expected = np.array([row["expected"] for row in judged], dtype=float)
    error = np.array(
        [np.hypot(row["expected_error"], row["standard_error"]) for row in judged], dtype=float
    )
    axis.fill_between(times, expected - 2 * error, expected + 2 * error, color="0.85", lw=0)
    axis.plot(times, expected, color="0.5", lw=0.8)
    axis.plot(times, [row["value"] for row in judged], ".", color="C0", ms=3)
    if judged:  # a noisy look's error must not flatten the rest of the series
        shown = [row["value"] for row in judged] + list(expected)
        room = ROOM * (max(shown) - min(shown) or 1.0)
        axis.set_ylim(min(shown) - room, max(shown) + room)
    blocked: Any = [row["sensed_at"] for row in rows if row["state"] in NOT_SEEN]
    low = axis.get_ylim()[0]
    axis.plot(blocked, [low] * len(blocked), "|", color="C3", ms=4, lw=0.5)
