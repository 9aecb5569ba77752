"""Figures that a dossier prints, read from its file and held against recomputed rows.

A figure names its table, row and column; how it is shown on the page is the dossier's business.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipelines.row_comparison import CHANGED, LEFT_OUT, NOT_RECOMPUTED, Difference, same
from resources.errors import SitewatchError
from resources.lake_reads import Row
from resources.lake_schema import TABLES

FIELDS: Final = ("table", "key", "column", "value")
EXACT: Final = 2**53  # below it, every whole number is a float
NO_ROW: Final = "no such row among what was recomputed"
SEVERAL: Final = "several such rows: the key must name one"


class FiguresUnreadable(SitewatchError):
    """A file of figures is not what a dossier writes; names file, place, field and remedy."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, date or word of a page: `value` of a column in the row that `key` names."""

    table: str
    key: Mapping[str, object]
    column: str
    value: object
    shown: str


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
    differing: list[Difference] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def read_figures(path: Path) -> list[Figure]:
    """The figures of a file.

    Raises:
        FiguresUnreadable: it is no JSON of that shape, or names what the lake has not.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise FiguresUnreadable(f"{path} cannot be read: {cause.strerror}.") from cause
    except ValueError as cause:
        raise FiguresUnreadable(
            f"{path} must be JSON, and is not: {cause}; write the dossier again."
        ) from cause
    figures = content.get("figures") if isinstance(content, dict) else None
    if not isinstance(figures, list):
        raise FiguresUnreadable(
            f"{path} must be an object with a list `figures`; write the dossier again."
        )
    return [figure_of(one, path, place) for place, one in enumerate(figures)]


def figure_of(given: Any, path: Path, place: int) -> Figure:
    """One figure of a file, checked.

    Args:
        given: what JSON gave.
        path: of the file.
        place: in its list.

    Raises:
        FiguresUnreadable: a field is absent, or no table, row or column of the lake.
    """
    where = f"{path}, figures[{place}]"
    absent = [name for name in FIELDS if not isinstance(given, dict) or name not in given]
    if absent:
        raise FiguresUnreadable(f"{where} must have {', '.join(absent)}; write the dossier again.")
    table, key, column = given["table"], given["key"], given["column"]
    if not isinstance(table, str) or table not in TABLES:
        raise FiguresUnreadable(
            f"{where}: `table` must be one of {', '.join(TABLES)}, found {str(table)[:60]!r}."
        )
    names = TABLES[table].column_names
    columns = [*(key if isinstance(key, dict) else ["key"]), column]
    values = key.values() if isinstance(key, dict) else ()
    strange = [name for name in columns if name not in names]
    strange += [value for value in values if isinstance(value, list | dict)]
    if strange or not key:
        raise FiguresUnreadable(
            f"{where}: `key` must be an object of columns of {table} and plain values, and "
            f"`column` one of them; found {str(strange or key)[:80]}."
        )
    return Figure(table, key, column, given["value"], str(given.get("shown", "")))


def compare_figures(
    path: Path,
    figures: Sequence[Figure],
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
    result, rows, old = FiguresResult(str(path)), _Lookup(recomputed), _Lookup(aside)
    for figure in figures:
        reason = NOT_RECOMPUTED.get(figure.table) or LEFT_OUT.get(figure.column)
        found = rows.find(figure)
        if reason is None and figure.table in taken_as_stored:
            reason = f"rows of {figure.table} were taken from the lake"
        if reason is None and not found and old.find(figure):
            reason = "tells of an earlier judgement"
        if reason is not None:
            result.left_out[reason] = result.left_out.get(reason, 0) + 1
            continue
        result.compared[figure.table] = result.compared.get(figure.table, 0) + 1
        difference = _difference(figure, found)
        if difference is not None:
            result.differing.append(difference)
    return result


@dataclass(slots=True)
class _Lookup:
    """Finds rows by any of their columns; an index for each set of columns that is asked for."""

    tables: Mapping[str, Sequence[Row]]
    indexes: dict[tuple[str, ...], dict[tuple[object, ...], list[Row]]] = field(
        default_factory=dict
    )

    def find(self, figure: Figure) -> list[Row]:
        """Rows whose columns have the values of a figure's key."""
        names = tuple(sorted(figure.key))
        index = self.indexes.setdefault((figure.table, *names), {})
        if not index:
            for row in self.tables.get(figure.table, ()):
                index.setdefault(tuple(map(_hashed, map(row.get, names))), []).append(row)
        wanted = (_hashed(_typed(figure.table, name, figure.key[name])) for name in names)
        return index.get(tuple(wanted), [])


def _difference(figure: Figure, rows: Sequence[Row]) -> Difference | None:
    """How a figure differs from the row that it names; None if it does not."""
    if len(rows) != 1:
        what = SEVERAL if rows else NO_ROW
        return Difference(figure.table, figure.key, what, figure.column, figure.value)
    value = rows[0][figure.column]
    given = _typed(figure.table, figure.column, figure.value)
    is_part = isinstance(value, list) and not isinstance(given, list) and given in value
    if is_part or same(_number(value), _number(given)):
        return None
    return Difference(figure.table, figure.key, CHANGED, figure.column, figure.value, value)


def _number(value: object) -> object:
    """Whole numbers as floats too: JSON does not tell 3.0 from 3 in every writer."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < EXACT:
        return float(value)
    return value


def _typed(table: str, column: str, value: object) -> object:
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


def _hashed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
