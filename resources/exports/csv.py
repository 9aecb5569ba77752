"""An answer as a CSV file that stays machine readable, with W3C's CSV on the Web beside it.

The other formats are in `exports`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from resources.atomic_files import atomic_replacement
from resources.lake.questions.answer_formats import FORMULA, INTEGER_TYPES, write_text_rows
from resources.lake.questions.answers import AnswerColumn, LakeAnswer

CSVW_TYPES: Final = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    "FLOAT": "float",
    "TIMESTAMP": "dateTime",
    "TIMESTAMP WITH TIME ZONE": "dateTime",
    **dict.fromkeys(INTEGER_TYPES, "integer"),
}  # fmt: skip


def write_csv(answer: LakeAnswer, to: Path) -> list[Path]:
    """Text only: places as WKT, times as ISO 8601 in UTC, lists as JSON."""
    header = [_formula_safe_name(one.name) for one in answer.columns]
    beside = to.with_name(f"{to.name}-metadata.json")
    with atomic_replacement(beside) as fresh_beside, atomic_replacement(to) as fresh:
        fresh_beside.write_text(
            json.dumps(_csvw_metadata(answer, header, to.name), indent=1), "utf-8"
        )
        write_text_rows(answer, header, fresh)
    return [to, beside]


def _formula_safe_name(name: str) -> str:
    """A column's name that no spreadsheet takes for a formula."""
    return f"'{name}" if re.match(FORMULA, name) else name


def _csvw_metadata(answer: LakeAnswer, header: list[str], url: str) -> dict[str, object]:
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
