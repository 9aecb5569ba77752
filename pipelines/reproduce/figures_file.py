"""A dossier's file of figures, read and checked: which value of which row each figure shows.

The file may have been changed by anyone: nothing in it is run, and what it names must exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from resources.errors import SitewatchError
from resources.lake.schema.tables import TABLES

FIELDS: Final = ("table", "key", "column", "value")
SERIES_FIELDS: Final = ("table", "key", "columns", "rows")
OVER_ROWS: Final = re.compile(
    r"(max|min|count)\((\*|\w+)\)(?: FILTER \((\w+) IN \(('\w+'(?:, '\w+')*)\)\))?"
)
"""What a figure may say of several rows: `max(looks)`, `count(*)`, `count(*) FILTER (status IN
('possible', 'confirmed'))`."""
AGAIN: Final = "write the dossier again."


class FiguresUnreadable(SitewatchError):
    """A file of figures is not what a dossier writes; names file, place, field and remedy."""


@dataclass(frozen=True, slots=True)
class ColumnExpression:
    """What of the rows a figure shows.

    Attributes:
        column: whose value; `*` for rows as such.
        over: `max`, `min` or `count` over the rows; empty if they all have this very value.
        where: column that must be one of `among`; empty for all rows.
        among: texts.
    """

    column: str
    over: str = ""
    where: str = ""
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FigureRecord:
    """One number, date or word of a page, of the rows that `key` names; `column` as it was told."""

    table: str
    key: Mapping[str, object]
    column: str
    asked: ColumnExpression
    value: object


def read_figures(path: Path) -> list[FigureRecord]:
    """The figures of a file, and the values that its charts draw.

    Raises:
        FiguresUnreadable: it is no JSON of that shape, or names what the lake has not.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise FiguresUnreadable(f"{path} cannot be read: {cause.strerror}.") from cause
    except ValueError as cause:
        raise FiguresUnreadable(f"{path} must be JSON, and is not: {cause}; {AGAIN}") from cause
    lists = [
        content.get(name, absent) if isinstance(content, dict) else None
        for name, absent in (("figures", None), ("series", []))
    ]
    figures, series = lists
    if not isinstance(figures, list) or not isinstance(series, list):
        raise FiguresUnreadable(
            f"{path} must be an object with a list `figures`, and `series` a list; {AGAIN}"
        )
    found = [parse_figure(one, f"{path}, figures[{place}]") for place, one in enumerate(figures)]
    for place, one in enumerate(series):
        found += _chart_figures(one, f"{path}, series[{place}]")
    return found


def parse_figure(given: Any, where: str) -> FigureRecord:
    """One figure, checked.

    Args:
        given: what JSON gave.
        where: its file and place, for errors.

    Raises:
        FiguresUnreadable: a field is absent, or it names no table, row or column of the lake.
    """
    _check_fields(given, FIELDS, where)
    table, key, column = given["table"], given["key"], given["column"]
    if not isinstance(table, str) or table not in TABLES:
        raise FiguresUnreadable(
            f"{where}: `table` must be one of {', '.join(TABLES)}, found {str(table)[:60]!r}."
        )
    asked = _parse_column_expression(column)
    named = [*(key if isinstance(key, dict) else ["key"]), *_columns_of_expression(asked, column)]
    values = key.values() if isinstance(key, dict) else ()
    strange = [name for name in named if name not in TABLES[table].column_names]
    strange += [value for value in values if isinstance(value, list | dict)]
    if strange or not key or asked is None:
        raise FiguresUnreadable(
            f"{where}: `key` must be an object of columns of {table} and plain values, and "
            f"`column` one of them; found {str(strange or key)[:80]}."
        )
    return FigureRecord(table, key, column, asked, given["value"])


def _chart_figures(given: Any, where: str) -> Iterator[FigureRecord]:
    """What a chart draws: a figure for each value, key columns in the rows joining the key."""
    _check_fields(given, SERIES_FIELDS, where)
    key, columns, rows = given["key"], given["columns"], given["rows"]
    is_whole = (
        isinstance(key, dict)
        and isinstance(columns, list)
        and isinstance(rows, list)
        and all(isinstance(row, list) and len(row) == len(columns) for row in rows)
    )
    if not is_whole:
        raise FiguresUnreadable(f"{where}: each of `rows` must have a value a column; {AGAIN}")
    table = given["table"]
    keys = TABLES[table].key if isinstance(table, str) and table in TABLES else ()
    for row in rows:
        values = dict(zip(map(str, columns), row, strict=True))
        names = {**key, **{name: values[name] for name in values if name in keys}}
        for name, value in values.items():
            if name not in keys:
                told = {"table": table, "key": names, "column": name, "value": value}
                yield parse_figure(told, where)


def _parse_column_expression(column: object) -> ColumnExpression | None:
    """What a figure's column asks for; None if it is no text."""
    if not isinstance(column, str):
        return None
    found = OVER_ROWS.fullmatch(column)
    if found is None:
        return ColumnExpression(column)
    over, of, where, among = found.groups()
    return ColumnExpression(of, over, where or "", tuple(re.findall(r"\w+", among or "")))


def _columns_of_expression(asked: ColumnExpression | None, column: object) -> list[object]:
    """Names that must be columns of the table."""
    if asked is None:
        return [column]
    is_rows = asked.over == "count" and asked.column == "*"
    return [*([] if is_rows else [asked.column]), *([asked.where] if asked.where else [])]


def _check_fields(given: Any, fields: tuple[str, ...], where: str) -> None:
    absent = [name for name in fields if not isinstance(given, dict) or name not in given]
    if absent:
        raise FiguresUnreadable(f"{where} must have {', '.join(absent)}; {AGAIN}")
