"""Figures that a dossier prints, held against recomputed rows.

How a file is read is in `figures_file`; how a figure is shown is the dossier's business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipelines.reproduce.figures_file import FigureRecord
from pipelines.reproduce.row_comparison import (
    CHANGED,
    LEFT_OUT,
    NOT_RECOMPUTED,
    RowDifference,
    is_same_value,
)
from resources.lake.rows import Row
from resources.lake.schema.tables import TABLES

EXACT: Final = 2**53  # below it, every whole number is a float
NO_ROW: Final = "no such row among what was recomputed"
SEVERAL: Final = "several such rows with different values: the key must name one"


@dataclass(slots=True)
class FiguresResult:
    """What came of the figures of one file.

    Attributes:
        path: the file.
        compared: figures by table that were held against a recomputed value.
        differing: those that differ, `stored` being what the dossier says.
        left_out: how many cannot be recomputed, by the reason.
    """

    path: str
    compared: dict[str, int] = field(default_factory=dict)
    differing: list[RowDifference] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def compare_figures(
    path: Path,
    figures: Sequence[FigureRecord],
    recomputed: Mapping[str, Sequence[Row]],
    aside: Mapping[str, Sequence[Row]],
    *,
    taken_as_stored: Collection[str] = (),
) -> FiguresResult:
    """Hold each figure against the value that was recomputed for it.

    Args:
        path: of the file, for the answer.
        figures: of that file.
        recomputed: rows by table.
        aside: stored rows by table that tell of earlier judgements only.
        taken_as_stored: tables that were not made anew.
    """
    result, rows, old = FiguresResult(str(path)), _RowLookup(recomputed), _RowLookup(aside)
    for figure in figures:
        found = rows.find(figure)
        difference = _figure_difference(figure, found)
        reason = LEFT_OUT.get(figure.asked.column)
        if figure.table in taken_as_stored:
            reason = f"rows of {figure.table} were taken from the lake"
        elif difference is not None and figure.table in NOT_RECOMPUTED:
            reason = f"another value, which {NOT_RECOMPUTED[figure.table]}"
        elif not found and old.find(figure):
            reason = "tells of an earlier judgement"
        if reason is not None:
            result.left_out[reason] = result.left_out.get(reason, 0) + 1
            continue
        result.compared[figure.table] = result.compared.get(figure.table, 0) + 1
        if difference is not None:
            result.differing.append(difference)
    return result


@dataclass(slots=True)
class _RowLookup:
    """Finds rows by any of their columns; an index for each set of columns that is asked for."""

    tables: Mapping[str, Sequence[Row]]
    indexes: dict[tuple[str, ...], dict[tuple[object, ...], list[Row]]] = field(
        default_factory=dict
    )

    def find(self, figure: FigureRecord) -> list[Row]:
        """Rows whose columns have the values of a figure's key, those that may differ aside."""
        names = tuple(sorted(name for name in figure.key if name not in LEFT_OUT))
        place = (figure.table, *names)
        if place not in self.indexes:
            index = self.indexes[place] = {}
            for row in self.tables.get(figure.table, ()):
                index.setdefault(
                    tuple(_hashable_value(row.get(name)) for name in names), []
                ).append(row)
        wanted = tuple(
            _hashable_value(_as_column_type(figure.table, name, figure.key[name])) for name in names
        )
        return self.indexes[place].get(wanted, [])


def _figure_difference(figure: FigureRecord, rows: Sequence[Row]) -> RowDifference | None:
    """How a figure differs from the rows that it names; None if it does not."""
    asked = figure.asked
    if not rows and asked.over != "count":
        return RowDifference(figure.table, figure.key, NO_ROW, figure.column, figure.value)
    chosen = [row for row in rows if not asked.where or row.get(asked.where) in asked.among]
    values = [row.get(asked.column, True) for row in chosen]
    value = _aggregate_values(asked.over, values) if asked.over else values[0]
    if not asked.over and not all(is_same_value(value, other) for other in values):
        return RowDifference(figure.table, figure.key, SEVERAL, figure.column, figure.value)
    given = _as_column_type(figure.table, asked.column, figure.value)
    is_part = isinstance(value, list) and not isinstance(given, list) and given in value
    if is_part or is_same_value(_number_as_float(value), _number_as_float(given)):
        return None
    return RowDifference(figure.table, figure.key, CHANGED, figure.column, figure.value, value)


def _aggregate_values(function: str, values: Sequence[Any]) -> object:
    """`count`, `max` or `min` of what is not NULL, as SQL has it."""
    there = [value for value in values if value is not None]
    if function == "count":
        return len(there)
    pick = max if function == "max" else min
    return pick(there, default=None)


def _number_as_float(value: object) -> object:
    """Whole numbers as floats too: JSON does not tell 3.0 from 3 in every writer."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < EXACT:
        return float(value)
    return value


def _as_column_type(table: str, column: str, value: object) -> object:
    """A value from JSON with the type of its column; as it is where it does not fit."""
    kind = {one.name: one.type for one in TABLES[table].columns}.get(column, "")
    try:
        if kind == "TIMESTAMPTZ" and isinstance(value, str):
            moment = dt.datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        if kind == "DATE" and isinstance(value, str):
            return dt.date.fromisoformat(value)
    except ValueError:
        return value
    return value


def _hashable_value(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
