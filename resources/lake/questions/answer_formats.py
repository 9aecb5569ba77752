"""Rows of an answer in the shapes that files want: Arrow with WKB, text, and JSON values.

SQL alone; what a file says besides its rows is decided in `resources.exports`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from resources.lake.questions.answers import PLACE, AnswerColumn, LakeAnswer
from resources.lake.schema.quoting import escaped_sql_text, quoted_name

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS: Final = 10_000  # rows held at once; chosen
MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
FORMULA: Final = "^\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]"
"""Text that a spreadsheet would work out instead of showing it, also
in full width (OWASP, CSV Injection)."""
INTEGER_TYPES: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT")
PLAIN_TYPES: Final = frozenset({"BOOLEAN", "DATE", *INTEGER_TYPES})
"""DuckDB types that stand in a text file as they are."""


def arrow_rows(answer: LakeAnswer) -> pa.RecordBatchReader:
    """The rows in batches, geometries as WKB."""
    select = ", ".join(
        f"ST_AsWKB({quoted_name(one.name)}) AS {quoted_name(one.name)}"
        if one.is_geometry
        else quoted_name(one.name)
        for one in answer.columns
    )
    found = answer.connection.execute(f"SELECT {select} FROM ({answer.rows_sql})")
    return found.to_arrow_reader(BATCH_ROWS)


def write_text_rows(answer: LakeAnswer, header: Sequence[str], to: Path) -> None:
    """Write the rows as CSV under these names: WKT, ISO 8601 in UTC, lists as JSON."""
    select = ", ".join(
        f"{_csv_column_sql(one)} AS {quoted_name(name)}"
        for one, name in zip(answer.columns, header, strict=True)
    )
    answer.connection.execute(
        f"COPY (SELECT {select} FROM ({answer.rows_sql}))"
        f" TO '{escaped_sql_text(str(to))}' (FORMAT csv, HEADER)"
    )


def json_rows(answer: LakeAnswer) -> Iterator[list[dict[str, Any]]]:
    """Batches of rows: the place as WKB, every other value as JSON text; None is NULL."""
    select = ", ".join(
        f"ST_AsWKB({quoted_name(one.name)})" if one.name == PLACE else _json_column_sql(one)
        for one in answer.columns
    )
    found = answer.connection.execute(f"SELECT {select} FROM ({answer.rows_sql})")
    names = [one.name for one in answer.columns]
    while rows := found.fetchmany(BATCH_ROWS):
        yield [dict(zip(names, row, strict=True)) for row in rows]


def _csv_column_sql(column: AnswerColumn) -> str:
    """SQL of a column as it stands in a CSV file."""
    name = quoted_name(column.name)
    if column.type.startswith("TIMESTAMP"):
        return f"strftime({name}, '{MOMENT}')"
    if column.is_geometry:
        return f"ST_AsText({name})"
    if column.type == "VARCHAR":
        return f"CASE WHEN regexp_matches({name}, '{FORMULA}') THEN '''' || {name} ELSE {name} END"
    if column.type in ("DOUBLE", "FLOAT"):
        endless = f"CASE WHEN isnan({name}) THEN 'NaN' WHEN {name} > 0 THEN 'INF' ELSE '-INF' END"
        return (
            f"CASE WHEN isfinite({name}) THEN CAST({name} AS VARCHAR) WHEN {name} IS NOT NULL"
            f" THEN {endless} END"
        )
    if column.type in PLAIN_TYPES or column.type.startswith("DECIMAL"):
        return name
    return f"CAST(to_json({name}) AS VARCHAR)"


def _json_column_sql(column: AnswerColumn) -> str:
    """SQL of a column as JSON; no number is JSON's word for those that are none or endless."""
    name = quoted_name(column.name)
    if column.type.startswith("TIMESTAMP"):
        return f"to_json(strftime({name}, '{MOMENT}'))"
    if column.is_geometry:
        return f"to_json(ST_AsText({name}))"
    if column.type in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({name}) THEN to_json({name}) END"
    return f"to_json({name})"
