"""The series of a zone as inline SVG: expectation, spread, threshold, every look. Pure.

Rows in, markup out. What is drawn is listed by `FigureList.draw` of `traced_numbers`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from resources.lake.rows import ActivityRow

WIDTH, HEIGHT = 820, 260
LEFT, RIGHT, TOP = 84, 12, 12
PLOT_BOTTOM: Final = 176  # below it, lanes of looks that gave no value, and the years
LANES: Final = ("partial", "cloudy", "snow", "no_data")
LANE_WORDS: Final = {"partial": "partly seen", "no_data": "no data"}
LANE_HEIGHT: Final = 14
SPREAD: Final = 2.0  # standard errors drawn as the band
ROOM: Final = 0.15  # above and below the values, of their range
DAY: Final = 86400.0
STEP_ROUNDING: Final = 1e-6  # of the logarithm of a step, which floating point may leave short
YEARLY: Final = 3  # years from which ticks are years, not quarters


@dataclass(frozen=True, slots=True)
class AlertSpan:
    """When an alert was open: its first and its last look."""

    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, slots=True)
class ChartScale:
    """From times and values to places in the drawing."""

    begin: float
    end: float
    low: float
    high: float

    def x(self, moment: dt.datetime) -> float:
        """Place of a time."""
        share = (moment.timestamp() - self.begin) / (self.end - self.begin)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Place of a value, kept within the plot."""
        share = (value - self.low) / (self.high - self.low)
        return PLOT_BOTTOM - min(max(share, 0.0), 1.0) * (PLOT_BOTTOM - TOP)


def series_chart(
    rows: Sequence[ActivityRow],
    *,
    unit: str,
    threshold_z: float | None,
    span: AlertSpan | None,
    label: str,
) -> Markup:
    """Draw one series as SVG.

    Args:
        rows: rows of `activity` of one zone and index, in the order of sensing.
        unit: written at the axis.
        threshold_z: departure that counts as seen, in standard errors; None is not drawn.
        span: time of the alert, shaded; None is not drawn.
        label: what is drawn, for those who do not see it.

    Returns:
        An element `svg`; nothing without rows.
    """
    if not rows:
        return Markup("")
    scale = _chart_scale(rows)
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT, label
        ),
        _draw_span(span, scale),
        _draw_axes(scale, unit),
        _draw_expectation(rows, scale, threshold_z),
        _draw_looks(rows, scale),
        _draw_lanes(rows, scale),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def judged_looks(rows: Sequence[ActivityRow]) -> list[ActivityRow]:
    """Looks with a value and an expectation."""
    return [row for row in rows if row["value"] is not None and row["expected"] is not None]


def expected_value(row: ActivityRow) -> float:
    """Expected value of a look: sum of expectation, level of the look and season of like ground."""
    effects = (row.get("level_effect"), row.get("season_effect"))
    return float(row["expected"]) + sum(effect or 0.0 for effect in effects)


def _chart_scale(rows: Sequence[ActivityRow]) -> ChartScale:
    """Room for the values and expectations; a noisy look's error must not flatten the rest."""
    found = [row["value"] for row in rows if row["value"] is not None]
    found += [expected_value(row) for row in judged_looks(rows)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    room = ROOM * (high - low) or max(abs(high), 1.0) * ROOM
    begin, end = (rows[place]["sensed_at"].timestamp() for place in (0, -1))
    return ChartScale(begin - 5 * DAY, end + 5 * DAY, low - room, high + room)


def _draw_span(span: AlertSpan | None, scale: ChartScale) -> Markup:
    """The time of the alert, shaded."""
    if span is None:
        return Markup("")
    left, right = scale.x(span.first), scale.x(span.last)
    shape = Markup('<rect class="span" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>')
    return shape.format(left - 2, TOP, right - left + 4, PLOT_BOTTOM - TOP)


def _draw_axes(scale: ChartScale, unit: str) -> Markup:
    """Lines and numbers of both axes."""
    parts = []
    for value, shown in _value_ticks(scale):
        place = scale.y(value)
        line = Markup(
            '<path class="grid" d="M{} {:.1f}H{}"/><text x="{}" y="{:.1f}" class="y">{}</text>'
        )
        parts.append(line.format(LEFT, place, WIDTH - RIGHT, LEFT - 6, place + 4, shown))
    parts.append(Markup('<text x="14" y="{}" class="unit">{}</text>').format(TOP + 2, unit))
    for moment, shown in _date_ticks(scale):
        place = scale.x(moment)
        line = Markup(
            '<path class="grid" d="M{:.1f} {}V{}"/><text x="{:.1f}" y="{}" class="x">{}</text>'
        )
        parts.append(line.format(place, TOP, HEIGHT - 22, place, HEIGHT - 8, shown))
    return Markup("").join(parts)


def _value_ticks(scale: ChartScale) -> list[tuple[float, str]]:
    """Values to write at the axis; their steps have one digit, so that each is told exactly."""
    ticks = MaxNLocator(7, steps=[1, 2, 5, 10]).tick_values(scale.low, scale.high)
    digits = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + STEP_ROUNDING))
    found = [round(float(tick), digits) for tick in ticks]
    return [
        (value, f"{value:,.{digits}f}" if value else "0")
        for value in found
        if scale.low <= value <= scale.high
    ]


def _date_ticks(scale: ChartScale) -> list[tuple[dt.datetime, str]]:
    """Moments to write at the axis: years, or quarters where the time is short."""
    begin = dt.datetime.fromtimestamp(scale.begin, dt.UTC)
    end = dt.datetime.fromtimestamp(scale.end, dt.UTC)
    years = range(begin.year, end.year + 1)
    is_long = scale.end - scale.begin > YEARLY * 366 * DAY
    months = (1,) if is_long else (1, 4, 7, 10)
    found = [dt.datetime(year, month, 1, tzinfo=dt.UTC) for year in years for month in months]
    kind = "%Y" if is_long else "%Y-%m"
    edge = scale.x(end) - 24  # half the width of a label
    return [(one, one.strftime(kind)) for one in found if begin <= one and scale.x(one) <= edge]


def _draw_expectation(
    rows: Sequence[ActivityRow], scale: ChartScale, threshold_z: float | None
) -> Markup:
    """Expectation as a line, its spread as a band, and the threshold as two dashed lines."""
    known = judged_looks(rows)
    if not known:
        return Markup("")
    times = [scale.x(row["sensed_at"]) for row in known]
    centre = [expected_value(row) for row in known]
    error = [
        math.hypot(row["expected_error"] or 0.0, row["standard_error"] or 0.0) for row in known
    ]

    def course(sigma: float) -> list[tuple[float, float]]:
        return [
            (x, scale.y(middle + sigma * one))
            for x, middle, one in zip(times, centre, error, strict=True)
        ]

    band = _line_path([*course(SPREAD), *reversed(course(-SPREAD))])
    parts = [
        Markup('<path class="spread" d="{}z"/>').format(band),
        Markup('<path class="expected" d="{}"/>').format(_line_path(course(0.0))),
    ]
    if threshold_z is not None:
        parts += [
            Markup('<path class="threshold" d="{}"/>').format(
                _line_path(course(sign * threshold_z))
            )
            for sign in (-1, 1)
        ]
    return Markup("").join(parts)


def _draw_looks(rows: Sequence[ActivityRow], scale: ChartScale) -> Markup:
    """A dot for each value: filled where judged, open while learning or partly seen."""
    filled = [row for row in rows if row["value"] is not None and row["z"] is not None]
    whole = _dot_path([row for row in filled if row["state"] == "valid"], scale)
    others = [row for row in rows if row["value"] is not None and row["z"] is None]
    others += [row for row in filled if row["state"] != "valid"]
    shape = Markup('<path class="look" d="{}"/><path class="open-look" d="{}"/>')
    inner = Markup('<path class="open-look-inside" d="{}"/>')
    hollow = _dot_path(others, scale)
    return shape.format(whole, hollow) + inner.format(hollow)


def _dot_path(rows: Sequence[ActivityRow], scale: ChartScale) -> str:
    """A path of points, which its round line ends draw as dots."""
    return "".join(
        f"M{scale.x(row['sensed_at']):.1f} {scale.y(row['value']):.1f}h0" for row in rows
    )


def _draw_lanes(rows: Sequence[ActivityRow], scale: ChartScale) -> Markup:
    """A tick for each look that did not show the zone whole, in the lane of its state."""
    parts = []
    for place, state in enumerate(LANES):
        y = PLOT_BOTTOM + 6 + place * LANE_HEIGHT
        ticks = "".join(
            f"M{scale.x(row['sensed_at']):.1f} {y}v9" for row in rows if row["state"] == state
        )
        shape = Markup('<text x="{}" y="{}" class="y">{}</text><path class="tick {}" d="{}"/>')
        word = LANE_WORDS.get(state, state)
        parts.append(shape.format(LEFT - 6, y + 9, word, state, ticks))
    return Markup("").join(parts)


def _line_path(points: Sequence[tuple[float, float]]) -> str:
    """Points as a path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
