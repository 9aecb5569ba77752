"""Rows on their way into the lake: checked, staged in a temporary table, compared and applied.

Works inside a transaction that someone else opened; knows tables, not what their rows mean.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from resources.errors import LakeError
from resources.lake.rows import Row
from resources.lake.schema.table import LakeTable
from resources.months import Month, month_spans

Rows = Sequence[Row]
"""Rows as column -> Python value. A missing column is NULL, and so is NaN."""


@dataclass(frozen=True, slots=True)
class RowScope:
    """Which stored rows a write stands for: a condition on the table, and its parameters."""

    condition: str
    parameters: tuple[object, ...]

    def __and__(self, other: RowScope) -> RowScope:
        """Rows in both."""
        condition = f"({self.condition}) AND ({other.condition})"
        return RowScope(condition, self.parameters + other.parameters)


def scope_of_site(site_id: str) -> RowScope:
    """All rows of a site, in a table with `site_id`."""
    return RowScope("site_id = ?", (site_id,))


def scope_of_months(table: LakeTable, months: Iterable[Month]) -> RowScope:
    """All rows of some months, by the table's month column; neighbouring months as one span."""
    if table.month_column is None:
        raise LakeError(f"Rows of {table.name} belong to no month; write them by site")
    spans = month_spans(months)
    if not spans:
        return RowScope("false", ())
    one = f"{table.month_column} >= ? AND {table.month_column} < ?"
    is_date = {column.name: column.type for column in table.columns}[table.month_column] == "DATE"
    edges = (edge for first, last in spans for edge in (first.start, last.end))
    parameters = (edge.date() if is_date else edge for edge in edges)
    return RowScope(" OR ".join(f"({one})" for _ in spans), tuple(parameters))


def apply_rows(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, scope: RowScope, rows: Rows
) -> int:
    """Make the rows of a scope be exactly these, touching only those that differ.

    Rows that are stored with the same values, bookkeeping aside, are left alone, so that writing
    the same again writes nothing.

    Returns:
        Rows that were added or taken away, counting a changed row once.

    Raises:
        LakeError: an unknown column, a key that is NULL or there twice, a row out of scope.
    """
    _stage_rows(connection, table, rows)
    _check_staged(connection, table, scope)
    names, keys = ", ".join(table.compared_names), ", ".join(table.key)
    compared = ", ".join(_comparable_sql(table, name) for name in table.compared_names)
    stored = f"SELECT {compared} FROM {table.name} WHERE {scope.condition}"
    staged = f"SELECT {compared} FROM incoming"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE changed AS
        SELECT DISTINCT {keys} FROM (
            (SELECT {names} FROM ({stored} EXCEPT ALL {staged}))
            UNION ALL
            (SELECT {names} FROM ({staged} EXCEPT ALL {stored}))
        )
        """,
        [*scope.parameters, *scope.parameters],
    )
    count = _single_number(connection, "SELECT count(*) FROM changed")
    if count:
        # By key alone: a look whose time moved to another month must not stay there as well.
        is_changed = f"({keys}) IN (SELECT ({keys}) FROM changed)"
        connection.execute(f"DELETE FROM {table.name} WHERE {is_changed}")
        _insert_staged(connection, table, is_changed)
    return count


def append_rows(connection: duckdb.DuckDBPyConnection, table: LakeTable, rows: Rows) -> int:
    """Add the rows whose key is not stored yet; those that are stay as they were.

    Returns:
        Rows that were added.
    """
    _stage_rows(connection, table, rows)
    _check_staged(connection, table, RowScope("true", ()))
    keys = ", ".join(table.key)
    is_new = f"({keys}) NOT IN (SELECT ({keys}) FROM {table.name})"
    count = _single_number(connection, f"SELECT count(*) FROM incoming WHERE {is_new}")
    if count:
        _insert_staged(connection, table, is_new)
    return count


def with_defaults(rows: Rows, **defaults: object) -> list[dict[str, object]]:
    """The rows with values for columns that they leave out."""
    return [{**defaults, **row} for row in rows]


def _stage_rows(connection: duckdb.DuckDBPyConnection, table: LakeTable, rows: Rows) -> None:
    """Put rows into the temporary table `incoming`, with the types of the table."""
    types = {column.name: column.type for column in table.columns}
    wire = {name: "BLOB" if type_ == "GEOMETRY" else type_ for name, type_ in types.items()}
    struct = ", ".join(f'"{name}" {type_}' for name, type_ in wire.items())
    picked = ", ".join(
        f'ST_GeomFromWKB(r."{name}") AS {name}' if type_ == "GEOMETRY" else f'r."{name}" AS {name}'
        for name, type_ in types.items()
    )
    values = [_plain_row(table, row) for row in rows]
    try:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT {picked} "
            f"FROM (SELECT unnest(CAST(? AS STRUCT({struct})[])) AS r)",
            [values],
        )
    except (duckdb.ConversionException, duckdb.TypeMismatchException) as cause:
        raise LakeError(
            f"A row for {table.name} has a value that does not fit its column; "
            f"compare it with lake_schema.py: {cause}"
        ) from cause


def _check_staged(connection: duckdb.DuckDBPyConnection, table: LakeTable, scope: RowScope) -> None:
    """Refuse keys that are NULL or there twice, and rows that the scope would not replace."""
    keys = ", ".join(table.key)
    is_null = " OR ".join(f"{key} IS NULL" for key in table.key)
    questions: tuple[tuple[str, str, tuple[object, ...]], ...] = (
        ("no value in a key column", f"WHERE {is_null}", ()),
        ("a key that another row has too", f"GROUP BY {keys} HAVING count(*) > 1", ()),
        (
            "a site or time outside what is being written",
            f"WHERE ({scope.condition}) IS NOT TRUE",
            scope.parameters,
        ),
    )
    for fault, clause, parameters in questions:
        found = connection.execute(
            f"SELECT {keys} FROM incoming {clause} LIMIT 1", list(parameters)
        ).fetchone()
        if found is not None:
            raise LakeError(
                f"A row for {table.name} has {fault}: expected {keys} to be unique and in place, "
                f"found {found}; nothing was written, mend the stage that made it"
            )


def _insert_staged(connection: duckdb.DuckDBPyConnection, table: LakeTable, condition: str) -> None:
    """Write the staged rows that meet a condition, in the order that the table is sorted by."""
    names = table.column_names
    values = ", ".join(_written_sql(name) for name in names)
    order = ", ".join(table.sorted_by or table.key)
    connection.execute(
        f"INSERT INTO {table.name} ({', '.join(names)}) "
        f"SELECT {values} FROM incoming WHERE {condition} ORDER BY {order}"
    )


def _written_sql(name: str) -> str:
    """SQL of a column's value as it is written; the lake itself knows when, and as what."""
    if name == "recorded_at":
        return "coalesce(recorded_at, now())"
    if name == "snapshot_id":
        return "(SELECT id + 1 FROM watch.current_snapshot())"
    return name


def _comparable_sql(table: LakeTable, name: str) -> str:
    """SQL of a column's value in a form that EXCEPT can compare."""
    types = {column.name: column.type for column in table.columns}
    return f"ST_AsWKB({name}) AS {name}" if types[name] == "GEOMETRY" else name


def _plain_row(table: LakeTable, row: Row) -> dict[str, object]:
    """The row with every column of the table, in plain Python values."""
    unknown = set(row) - set(table.column_names)
    if unknown:
        raise LakeError(
            f"Table {table.name} has no column {', '.join(sorted(unknown))}; "
            f"it has {', '.join(table.column_names)}"
        )
    return {name: _plain_value(table, name, row.get(name)) for name in table.column_names}


def _plain_value(table: LakeTable, name: str, value: object) -> object:
    """A value that DuckDB takes: numpy scalars unpacked, NaN and NaT as NULL, times aware."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return None
        raise LakeError(f"{table.name}.{name} must be finite or NULL, found {value}")
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        raise LakeError(f"{table.name}.{name} must be an aware time in UTC, found naive {value}")
    return list(value) if isinstance(value, tuple) else value


def _single_number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number that a question gives."""
    found = connection.execute(sql).fetchone()
    return 0 if found is None else int(found[0])
