"""Changes planted in the airports: what a detector finds, and what it could have found at all.

Planting and scoring are the scorer's; here is only what an alarm would be if the day were known.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.alerts.airports import DIRECTIONS, Airport, Alarm, Direction, read_airports
from bench.alerts.scoring import FACTORS, Changed, Yardstick

WITHIN: Final = ("within_30d", "within_60d")  # of the scorer's answer


@dataclass(frozen=True, slots=True)
class Planting:
    """Series with a planted change each.

    Attributes:
        series: folder of `Yardstick.simulate`.
        truth: file of the same.
        airports: the series, read.
    """

    series: Path
    truth: Path
    airports: Sequence[Airport]


def plant(
    yardstick: Yardstick,
    folder: Path,
    *,
    starts: int,
    factors: Sequence[float] = FACTORS,
    seed: int = 0,
) -> Planting:
    """Have changes planted; arguments as of `Yardstick.simulate`."""
    series, truth = yardstick.simulate(folder, starts=starts, factors=factors, seed=seed)
    return Planting(series, truth, read_airports(series))


def score_planted(
    yardstick: Yardstick, own: Sequence[Alarm], planting: Planting, found: Sequence[Alarm]
) -> dict[str, Any]:
    """What the scorer says of alarms, with what it says of `if_known` under `at_best`.

    Args:
        yardstick: airports and their scorer.
        own: alarms in the airports as they are.
        planting: changes.
        found: alarms in the series with a planted change, of the same detector.
    """

    def scored(alarms: Sequence[Alarm]) -> dict[str, Any]:
        return yardstick.score(own, Changed(planting.series, planting.truth, alarms))

    return {**scored(found), "at_best": scored(if_known(planting))["surges"]}


def if_known(planting: Planting) -> list[Alarm]:
    """Alarms of one who is told the day, at every look of a change: some have none in time."""
    dates = {one.name: one.dates.tolist() for one in planting.airports}
    return [
        Alarm(name, day, direction)
        for name, direction, start, end in _truth(planting.truth)
        for day in dates[name]
        if start <= day <= end
    ]


def _truth(path: Path) -> list[tuple[str, Direction, dt.date, dt.date]]:
    """Name, direction, first and last day of each planted change."""
    day = dt.date.fromisoformat
    ways = {str(way): way for way in DIRECTIONS}
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            (row["airport"], ways[row["direction"]], day(row["start"]), day(row["end"]))
            for row in csv.DictReader(lines)
        ]


def shares(score: Mapping[str, Any], factor: str) -> str:
    """What was found of a factor within 30 and 60 days, beside what could be within 60."""
    early, late = (f"{score['surges'][factor][within]:.0%}" for within in WITHIN)
    return f"{early} / {late} of {score['at_best'][factor][WITHIN[1]]:.0%}"
