"""An answer as a CSV file that stays machine readable, with W3C's CSV on the Web beside it.

The other formats are in `exports`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from resources.atomic_files import replacing
from resources.exports.answers import Answer, AnswerColumn
from resources.lake.quoting import quoted, quoted_name

MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
FORMULA: Final = "^\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]"
"""Text that a spreadsheet would work out instead of showing it, also
in full width (OWASP, CSV Injection)."""
CSVW_TYPES: Final = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    "FLOAT": "float",
    "TIMESTAMP": "dateTime",
    "TIMESTAMP WITH TIME ZONE": "dateTime",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT"), "integer"),
}  # fmt: skip


def write_csv(answer: Answer, to: Path) -> list[Path]:
    """Text only: places as WKT, times as ISO 8601 in UTC, lists as JSON."""
    header = [_harmless(one.name) for one in answer.columns]
    select = ", ".join(
        f"{_as_text(one)} AS {quoted_name(name)}"
        for one, name in zip(answer.columns, header, strict=True)
    )
    beside = to.with_name(f"{to.name}-metadata.json")
    with replacing(beside) as fresh_beside, replacing(to) as fresh:
        fresh_beside.write_text(json.dumps(_csvw(answer, header, to.name), indent=1), "utf-8")
        answer.connection.execute(
            f"COPY (SELECT {select} FROM ({answer.rows_sql}))"
            f" TO '{quoted(str(fresh))}' (FORMAT csv, HEADER)"
        )
    return [to, beside]


def _as_text(column: AnswerColumn) -> str:
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
    if column.type in CSVW_TYPES or column.type.startswith("DECIMAL"):
        return name
    return f"CAST(to_json({name}) AS VARCHAR)"


def _harmless(name: str) -> str:
    """A column's name that no spreadsheet takes for a formula."""
    return f"'{name}" if re.match(FORMULA, name) else name


def _csvw(answer: Answer, header: list[str], url: str) -> dict[str, object]:
    """The table's description after W3C's Metadata Vocabulary for Tabular Data."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:rights": "; ".join(answer.credits),
        "dc:description": answer.caution,
        "schema:isBasedOn": answer.question,
        "rdfs:comment": [
            f"simulated scenes: {answer.simulated}",
            "text that a spreadsheet would take for a formula begins with an apostrophe",
            "geometry is WKT, degrees, EPSG:4326; lists are JSON; times are UTC",
        ],
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "doubleQuote": True},
        "tableSchema": {
            "columns": [
                {
                    "titles": name,
                    "dc:description": one.description,
                    "schema:unitText": one.unit,
                    "datatype": _csvw_type(one),
                    "required": False,
                }
                for one, name in zip(answer.columns, header, strict=True)
            ]
        },
    }


def _csvw_type(column: AnswerColumn) -> str:
    """CSV on the Web's name of a column's type."""
    if column.is_geometry or column.type == "VARCHAR":
        return "string"
    is_number = column.type.startswith("DECIMAL")
    return "decimal" if is_number else CSVW_TYPES.get(column.type, "json")
