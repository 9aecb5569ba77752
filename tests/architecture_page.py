"""The page of the architecture, read and written: links with a line, and the list of folders."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from places import ROOT

PAGE = ROOT / "docs" / "architecture.md"
LINK = re.compile(r"\[`([\w/.]+):(\d+)`\]\(\.\./([\w/.]+)#L(\d+)\) `([\w.]+)`")
LISTED = re.compile(r"(<!-- begins: folders[^\n]*-->\n)(.*?)(<!-- ends: folders -->)", re.DOTALL)
FLOORS = ("pipelines", "assets", "resources")
INNER = "resources/simulated/"
"""The rooms of made-up scenes are left out: one line stands for all of them."""


@dataclass(frozen=True)
class LineLink:
    """A link with a line: path and line as shown and as linked to, and the name beside it."""

    path: str
    line: int
    target: str
    target_line: int
    name: str


def line_links(text: str) -> list[LineLink]:
    return [
        LineLink(path, int(line), target, int(target_line), name)
        for path, line, target, target_line, name in LINK.findall(text)
    ]


def section_of(text: str, title: str) -> str:
    """What stands below a heading, up to the next one of its kind."""
    below = text.partition(f"\n## {title}\n")[2]
    assert below, f"there is no heading {title!r}"
    return below.partition("\n## ")[0]


@cache
def definition_lines(path: str) -> dict[str, int]:
    """Line of each function, class, method and name at the top of a module."""
    found: dict[str, int] = {}
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    todo: list[tuple[str, ast.stmt]] = [("", one) for one in tree.body]
    while todo:
        prefix, node = todo.pop()
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[prefix + node.name] = node.lineno
        elif isinstance(node, ast.AnnAssign | ast.Assign) and not prefix:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id: node.lineno for one in targets if isinstance(one, ast.Name)}
        if isinstance(node, ast.ClassDef):
            todo += [(f"{prefix}{node.name}.", one) for one in node.body]
    return found


def folders_of(root: Path) -> list[str]:
    """The folders of the product, by floor from above, each before those in it."""
    found = [
        file.parent.relative_to(root).as_posix()
        for floor in FLOORS
        for file in sorted((root / floor).rglob("__init__.py"), key=lambda one: one.parent)
    ]
    return [folder for folder in found if not folder.startswith(INNER)]


def folder_lines() -> str:
    """The list of folders, each with the first line of what it says of itself."""
    lines = []
    for folder in folders_of(ROOT):
        said = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text()))
        assert said, f"{folder}/__init__.py says nothing"
        lines.append(f"{'  ' * folder.count('/')}- `{folder}`: {said.splitlines()[0]}\n")
    return "".join(lines)


def with_lines(text: str) -> str:
    """The page with the lines and the list of folders that the sources have now."""

    def linked(match: re.Match[str]) -> str:
        path, _, _, _, name = match.groups()
        line = definition_lines(path)[name]
        return f"[`{path}:{line}`](../{path}#L{line}) `{name}`"

    def listed(match: re.Match[str]) -> str:
        return f"{match[1]}{folder_lines()}{match[3]}"

    return LISTED.sub(listed, LINK.sub(linked, text))
