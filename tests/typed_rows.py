"""The typed rows of the lake as text, made from its schema: what `resources/lake/rows.py` must be.

Written anew by `pytest --write-docs tests/unit/resources/lake/test_rows.py`.
"""

import textwrap
from collections.abc import Iterable

from resources.lake.schema.table import LakeTable, TableColumn

PYTHON = {
    "VARCHAR": "str",
    "DOUBLE": "float",
    "INTEGER": "int",
    "BIGINT": "int",
    "BOOLEAN": "bool",
    "DATE": "dt.date",
    "TIMESTAMPTZ": "dt.datetime",
    "GEOMETRY": "bytes",  # WKB
}
SINGULAR = {"passes": "pass", "cloud_masks": "cloud_mask", "witnesses": "witness"}
HEAD = '''\
"""A row of each table of the lake as a type; made from `schema` by a test, not by hand.

A column that a row leaves out is NULL. `None` is in a type where the schema says that NULL has a
meaning, `MaybeNone` in every other column outside the key. Answers that join tables have their
rows in `question_rows`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

MaybeNone: TypeAlias = Any
"""In a union: NULL is possible, and a reader need not ask each time (as in typeshed)."""
Row = Mapping[str, Any]
"""A row of whatever table or question: for code that treats all columns alike."""
'''


def class_name(table: str) -> str:
    """`scenes` is a list of `SceneRow`."""
    one = SINGULAR.get(table, table.removesuffix("s"))
    return "".join(word.capitalize() for word in one.split("_")) + "Row"


def python_type(table: LakeTable, column: TableColumn) -> str:
    """The type of a column's values as DuckDB hands them out."""
    plain = column.type.removesuffix("[]")
    found = PYTHON[plain]
    if plain != column.type:
        found = f"Sequence[{found} | MaybeNone]"
    if "NULL" in column.comment:
        return f"{found} | None"
    return found if column.name in table.key else f"{found} | MaybeNone"


def typed_rows(tables: Iterable[LakeTable]) -> str:
    """The whole module."""
    parts = [HEAD]
    for table in tables:
        text = f'"""{table.comment}."""'
        doc = textwrap.fill(text, 95, initial_indent="    ", subsequent_indent="    ")
        lines = [f"    {one.name}: {python_type(table, one)}" for one in table.columns]
        head = f"class {class_name(table.name)}(TypedDict, total=False):"
        parts.append("\n".join([head, doc, "", *lines]) + "\n")
    return "\n\n".join(parts)
