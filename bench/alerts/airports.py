"""Airports of the yardstick as series of counts per cell, and alarms as its scorer reads them.

Reading, the product's own test, and writing; what alarms are worth is `scoring`'s.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.anomalies.counts.count_series import scan_counts
from assets.anomalies.counts.prior import CountPrior
from assets.anomalies.counts.scan import Direction as ScanDirection
from assets.anomalies.counts.scan import SeriesScan

Direction = Literal["down", "up"]
DIRECTIONS: Final[dict[Direction, ScanDirection]] = {"down": "fall", "up": "rise"}
COLUMNS: Final = ("airport", "date", "cells")
UNSEEN: Final = "."
BASE: Final = 36  # a cell's count is one digit of this base


class Alarm(NamedTuple):
    """A look at which a detector is in alarm."""

    airport: str
    date: dt.date
    direction: Direction


@dataclass(frozen=True, slots=True)
class Airport:
    """The looks of one airport, oldest first.

    Attributes:
        name: as its file has it.
        dates: of the looks, shape (look,).
        cells: things counted in each cell, shape (look, cell), NaN where unseen.
    """

    name: str
    dates: npt.NDArray[np.datetime64]
    cells: npt.NDArray[np.float64]

    @property
    def days(self) -> npt.NDArray[np.float64]:
        """Days since 1970, shape (look,)."""
        return self.dates.astype("datetime64[D]").astype(np.float64)


def read_airports(folder: Path) -> list[Airport]:
    """Every airport of a folder, by name.

    Raises:
        ValueError: there is none, or a file is not laid out as the yardstick's are.
    """
    rows: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(folder.glob("*.csv")):
        for airport, date, cells in _rows(path):
            rows.setdefault(airport, []).append((date, cells))
    if not rows:
        raise ValueError(
            f"Expected one CSV per airport with the columns {', '.join(COLUMNS)} in {folder}; "
            "found none with rows."
        )
    return [_airport(name, sorted(looks)) for name, looks in sorted(rows.items())]


def _rows(path: Path) -> list[tuple[str, str, str]]:
    """Airport, date and cells of each row of a file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        absent = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if absent:
            raise ValueError(f"{path.name}: expected the columns {absent}; see the data's README.")
        rows = [(row["airport"], row["date"], row["cells"]) for row in table]
    for line, row in enumerate(rows, start=2):
        if not all(row):
            raise ValueError(f"{path.name}: row {line} lacks one of {', '.join(COLUMNS)}.")
    return rows


def _airport(name: str, looks: Sequence[tuple[str, str]]) -> Airport:
    """An airport from its rows, sorted by date."""
    if len({len(cells) for _, cells in looks}) > 1 or len({date for date, _ in looks}) < len(looks):
        raise ValueError(f"{name}: expected one row a day, each with as many cells.")
    try:
        dates = np.array([date for date, _ in looks], dtype="datetime64[D]")
        counts = [[_count(sign) for sign in cells] for _, cells in looks]
    except ValueError as cause:
        raise ValueError(
            f"{name}: expected dates as 2019-12-31 and cells as '.' or a digit of base {BASE}; "
            f"found otherwise ({cause})."
        ) from cause
    return Airport(name, dates, np.array(counts, dtype=np.float64))


def _count(sign: str) -> float:
    """What one sign says of a cell."""
    return float("nan") if sign == UNSEEN else float(int(sign, BASE))


def scan_airport(airport: Airport, prior: CountPrior | None = None) -> SeriesScan:
    """The product's own test of an airport."""
    return scan_counts(airport.days, airport.cells, prior=prior)


def find_alarms(
    airport: Airport, scan: SeriesScan, rate: float, directions: Iterable[Direction] = DIRECTIONS
) -> list[Alarm]:
    """The looks in alarm, at `rate` false alarms a year in each of the directions."""
    return [
        Alarm(airport.name, date, direction)
        for direction in directions
        for date in airport.dates[scan.alarms(DIRECTIONS[direction], rate)].tolist()
    ]


def write_alarms(path: Path, alarms: Iterable[Alarm]) -> None:
    """Write alarms as the scorer reads them: airport, alarm_date, direction."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["airport", "alarm_date", "direction"])
        for alarm in alarms:
            table.writerow([alarm.airport, alarm.date.isoformat(), alarm.direction])
