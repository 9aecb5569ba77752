"""Numbers in capital names as the source has them, with what stands beside them. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.tables import table

STAGES: Final = ("scenes", "clouds", "activity", "anomalies")


@dataclass(frozen=True, slots=True)
class Number:
    """One of them.

    Attributes:
        room: the module, from the folder of its stage.
        value: as the source has it.
        told: unit and origin; empty where the source says nothing.
    """

    stage: str
    room: str
    name: str
    value: str
    told: str


def numbers(assets: Path) -> list[Number]:
    """Those of all stages, in the order of stages, rooms and lines.

    Args:
        assets: folder of the stages.
    """
    return [
        Number(stage, path.relative_to(assets / stage).with_suffix("").as_posix(), *found)
        for stage in STAGES
        for path in sorted((assets / stage).rglob("*.py"))
        for found in _of_source(path.read_text(encoding="utf-8"))
    ]


def markdown(found: Sequence[Number]) -> str:
    """A table a stage."""
    parts = []
    for stage in STAGES:
        mine = [one for one in found if one.stage == stage]
        rows = [[f"`{one.name}`", one.room, f"`{one.value}`", one.told] for one in mine]
        parts.append(f"### {stage.capitalize()}: {len(mine)}")
        parts.append(table(["name", "in", "value", "unit and origin"], rows))
    return "\n\n".join(parts)


def _of_source(source: str) -> Iterator[tuple[str, str, str]]:
    """Name, value and what is told of each number of a module."""
    lines = source.splitlines()
    for node, following in pairwise([*ast.parse(source).body, None]):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if not isinstance(target, ast.Name) or not target.id.strip("_").isupper():
            continue
        if _is_number(node.value):
            written = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            told = " ".join(re.findall(r"  ?#\s*(?!noqa)([^\n]*)", written))
            value = " ".join(ast.unparse(node.value).split())
            yield target.id, value, _cell(f"{told} {_docstring(following)}")


def _is_number(value: ast.expr) -> bool:
    """Whether a value holds a number that is no flag."""
    return any(
        isinstance(part, ast.Constant) and type(part.value) in (int, float)
        for part in ast.walk(value)
    )


def _docstring(node: ast.stmt | None) -> str:
    """The text that stands below a name, as that of a constant does."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def _cell(text: str) -> str:
    """A text as a cell of a table holds it."""
    return " ".join(text.split()).replace("|", "\\|")
