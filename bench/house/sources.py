"""The files that are counted: each parsed once, with its lines of code and its functions. Pure.

What is counted over them is the business of the modules beside this one.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PRODUCT: Final = ("assets", "pipelines", "resources")
TESTS: Final = ("tests",)
SIMULATED: Final = "resources/simulated/"

LINES_HOW: Final = (
    "A line of code is one with a token on it; docstrings (any text that stands as a statement), "
    "comments and blank lines are left out."
)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Scope = FunctionNode | ast.ClassDef

_EMPTY: Final = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function or method.

    Attributes:
        name: with the classes and functions round it, as `Lake.query`.
        code: numbers of its own lines of code from `def` to its end, without those of functions
            that are defined in it.
    """

    path: str
    name: str
    node: FunctionNode
    code: frozenset[int]

    @property
    def first_line(self) -> int:
        """Where it begins for Python: at its first decorator."""
        return min([self.node.lineno, *(one.lineno for one in self.node.decorator_list)])

    @property
    def where(self) -> str:
        """File and name."""
        return f"{self.path}: {self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file of Python.

    Attributes:
        path: from the root of the project, with slashes.
        code: numbers of its lines of code.
        functions: its functions and methods at any depth, those in functions too.
    """

    path: str
    text: str
    tree: ast.Module
    code: frozenset[int]
    functions: tuple[Function, ...]

    @property
    def module(self) -> str:
        """Name by which it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def folder(self) -> str:
        """Folder that it lies in, with slashes."""
        return self.path.rpartition("/")[0]

    @property
    def is_simulated(self) -> bool:
        """Whether it is of the simulated scenes."""
        return self.path.startswith(SIMULATED)


def parsed(path: str, text: str) -> Source:
    """A file from its text.

    Args:
        path: from the root of the project, with slashes.
        text: of the file.

    Raises:
        SyntaxError: it is no Python.
    """
    tree = ast.parse(text, filename=path)
    code = _code_lines(text, tree)
    functions = (
        Function(path, name, node, code & _lines(node) - _nested_lines(node))
        for name, node in scopes(tree.body)
        if not isinstance(node, ast.ClassDef)
    )
    return Source(path, text, tree, code, tuple(functions))


def read_sources(root: Path, folders: Iterable[str] = PRODUCT) -> list[Source]:
    """All files of Python in folders of a project, in order.

    Raises:
        FileNotFoundError: there are none.
    """
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    if not paths:
        raise FileNotFoundError(
            f"Expected Python files in {', '.join(folders)} of {root.resolve()}, found none; "
            "run this in the project's root or name it with --root."
        )
    return [
        parsed(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
    ]


def all_functions(sources: Iterable[Source]) -> list[Function]:
    """Functions of several files."""
    return [function for source in sources for function in source.functions]


def scopes(body: Iterable[ast.AST], outer: str = "") -> Iterator[tuple[str, Scope]]:
    """Functions and classes at any depth with their full names, also those under `if` or `try`."""
    for node in body:
        if isinstance(node, Scope):
            name = f"{outer}{node.name}"
            yield name, node
            yield from scopes(node.body, f"{name}.")
        elif not isinstance(node, ast.expr):  # no expression defines any
            yield from scopes(ast.iter_child_nodes(node), outer)


def texts_as_statements(tree: ast.AST) -> Iterator[ast.Constant]:
    """Docstrings, of attributes and constants too."""
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value


def _code_lines(text: str, tree: ast.Module) -> frozenset[int]:
    """Numbers of the lines with code."""
    lines = text.split("\n")
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _EMPTY:
            found.update(range(token.start[0], token.end[0] + 1))
    for node in texts_as_statements(tree):
        found -= _lines(node)
    return frozenset(line for line in found if lines[line - 1].strip())


def _nested_lines(node: FunctionNode) -> set[int]:
    """Lines of functions that are defined in it, classes in between or not."""
    nested = [inner for _, inner in scopes(node.body) if isinstance(inner, FunctionNode)]
    return {line for inner in nested for line in _lines(inner)}


def _lines(node: ast.stmt | ast.expr) -> set[int]:
    """All lines from the first to the last of a node."""
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
