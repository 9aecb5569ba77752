"""Where SQL is written: in the lake's room, or elsewhere in the product. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from bench.house.figure import Figure
from bench.house.sources import Source, texts_as_statements

OUTSIDE_HOW: Final = (
    "Files of the product outside the lake's room (resources/lake/, or resources/lake*.py and "
    "resources/dossier_reads.py) with SQL in a text that is no docstring: it begins with a word of "
    "SQL in capitals and a blank, or holds FROM and WHERE; parts of f-strings count, texts that "
    "are shown to the user too."
)

ALL_HOW: Final = "Files of the product with such a text, those of the lake's room with them."

_ROOM: Final = re.compile(r"resources/(lake[_./]|dossier_reads\.py)")
_BEGINS: Final = re.compile(
    r"[\s(]*((SELECT|INSERT|UPDATE|DELETE|CREATE|ATTACH|DETACH|WITH|COPY|FROM|DESCRIBE|SUMMARIZE"
    r"|INSTALL|LOAD|SET|CALL|PRAGMA|DROP|ALTER|COMMENT|MERGE|JOIN|WHERE|ORDER|GROUP|UNION|VALUES"
    r"|USE|EXPLAIN)\s|(BEGIN|COMMIT|ROLLBACK)(\s|;|$))"
)


def figures(sources: Sequence[Source]) -> list[Figure]:
    """What is told of SQL."""
    every, found = sql_files(sources), sql_outside_lake(sources)
    return [
        Figure("sql_outside_lake", len(found), OUTSIDE_HOW, 0, found),
        Figure("sql_files", len(every), ALL_HOW),
    ]


def sql_outside_lake(sources: Sequence[Source]) -> dict[str, int]:
    """Files outside the lake's room with SQL, each with the number of such texts."""
    return sql_files([source for source in sources if not _ROOM.match(source.path)])


def sql_files(sources: Sequence[Source]) -> dict[str, int]:
    """Files with SQL, each with the number of such texts."""
    counts = {source.path: sum(map(is_sql, texts(source))) for source in sources}
    return {path: count for path, count in counts.items() if count}


def texts(source: Source) -> Iterator[str]:
    """Texts of a file that are no docstrings; an f-string is one, with gaps for its values."""
    left_out = {id(node) for node in texts_as_statements(source.tree)}
    for node in ast.walk(source.tree):  # from the outside in: parts come after their f-string
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(part) for part in node.values}
            yield "".join(_said(part) for part in node.values)
        elif id(node) not in left_out and isinstance(node, ast.Constant):
            yield _said(node)


def is_sql(text: str) -> bool:
    """Whether a text is SQL, or a piece of it."""
    return bool(_BEGINS.match(text)) or (" FROM " in text and " WHERE " in text)


def _said(node: ast.expr) -> str:
    """The text of a constant; a gap for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?"
