"""Who imports whom in the product, and where imports run in a circle. Pure."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from bench.house.figure import Figure
from bench.house.sources import Source

Edges = Mapping[str, Collection[str]]

CYCLES_HOW: Final = (
    "Sets of more than one file of the product each of which reaches every other one by imports; "
    "those inside functions and for types only count as well."
)
FOLDERS_HOW: Final = (
    "The same of folders: a file counts to the folder that it lies in, a folder within another one "
    "is a folder of its own."
)
UNTESTED_HOW: Final = (
    "Files of the product with code that no file under tests/ imports itself, by name or by a "
    "name out of it."
)
UNTESTED_LINES_HOW: Final = "Lines of code in those files."


def figures(sources: Sequence[Source], tests: Sequence[Source]) -> list[Figure]:
    """What is told of imports."""
    found = import_cycles(sources)
    folders = folder_cycles(sources)
    untested = modules_no_test_imports(sources, tests)
    lines = sum(untested.values())
    return [
        Figure("import_cycles", len(found), CYCLES_HOW, 0, found),
        Figure("folder_cycles", len(folders), FOLDERS_HOW, 0, folders),
        Figure("modules_no_test_imports", len(untested), UNTESTED_HOW, 15, untested),
        Figure("modules_no_test_imports_lines", lines, UNTESTED_LINES_HOW),
    ]


def import_cycles(sources: Sequence[Source]) -> list[list[str]]:
    """Circles of modules."""
    return circles(import_edges(sources))


def folder_cycles(sources: Sequence[Source]) -> list[list[str]]:
    """Circles of folders."""
    folders = {source.module: source.folder for source in sources}
    edges: dict[str, set[str]] = {folder: set() for folder in folders.values()}
    for module, imported in import_edges(sources).items():
        edges[folders[module]] |= {folders[one] for one in imported}
    return circles(edges)


def modules_no_test_imports(sources: Sequence[Source], tests: Sequence[Source]) -> dict[str, int]:
    """Modules of the product that no test imports directly, each with its lines of code."""
    modules = {source.module for source in sources}
    imported = {name for test in tests for name in imports_of(test, modules)}
    return {
        source.module: len(source.code)
        for source in sources
        if source.code and source.module not in imported
    }


def import_edges(sources: Sequence[Source]) -> dict[str, set[str]]:
    """What each module imports of the others."""
    modules = {source.module for source in sources}
    return {source.module: imports_of(source, modules) - {source.module} for source in sources}


def imports_of(source: Source, modules: Collection[str]) -> set[str]:
    """Those of some modules that a file imports anywhere.

    `from a import b` imports `a.b` where that is a module, else `a`.
    """
    found = set()
    for whole, part in _named(source):
        name = f"{whole}.{part}" if f"{whole}.{part}" in modules else whole
        if name in modules:
            found.add(name)
    return found


def external_imports(source: Source) -> set[str]:
    """Every module or name that a file imports, with its parents: `a.b.c`, `a.b` and `a`."""
    names = {f"{whole}.{part}".strip(".") for whole, part in _named(source)}
    return {".".join(parts[:n]) for parts in map(_split, names) for n in range(1, len(parts) + 1)}


def circles(edges: Edges) -> list[list[str]]:
    """Strongly connected parts of more than one node, each sorted, the largest first."""
    reach = {node: _reached(node, edges) for node in edges}
    found = {
        tuple(sorted(other for other in reached if node in reach.get(other, ())))
        for node, reached in reach.items()
    }
    return sorted((list(one) for one in found if len(one) > 1), key=lambda one: (-len(one), one))


def _named(source: Source) -> Iterator[tuple[str, str]]:
    """Module and name of each import; the name is empty for `import a.b`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = ".".join([*_above(source, node.level), *filter(None, [node.module])])
            yield from ((whole, alias.name) for alias in node.names)


def _above(source: Source, level: int) -> Iterable[str]:
    """Packages that the dots of an import stand for."""
    if level == 0:
        return ()
    parts = PurePosixPath(source.folder).parts
    return parts[: len(parts) - level + 1]


def _reached(start: str, edges: Edges) -> set[str]:
    """All nodes that can be reached from one, itself only by a circle."""
    found: set[str] = set()
    todo = [start]
    while todo:
        new = set(edges.get(todo.pop(), ())) - found
        found |= new
        todo += new
    return found


def _split(name: str) -> list[str]:
    return name.split(".")
