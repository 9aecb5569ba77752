"""Rows of the lake that travel as plain mappings, so that no checker knows their columns. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from bench.house.figure import Figure
from bench.house.row_types import Kind, Types
from bench.house.sources import FunctionNode, Source, all_functions

DEFINITIONS_HOW: Final = (
    "Definitions at the top of the product's files of the name `Row`, alias or class, and of "
    "aliases of dict or Mapping from str to Any or object whose name ends in Row."
)
UNTYPED_HOW: Final = (
    "Parameters and returns of functions under assets/ and pipelines/, private ones too, whose "
    "annotation holds such an alias, or dict or Mapping from str to Any or object spelt out."
)
NAMED_HOW: Final = "Of those, parameters and returns with such an alias; the others spell it out."
ACCESSES_HOW: Final = (
    'Places in the product, simulated scenes left out, with `x["column"]`, the text being a column '
    "of the lake's tables, where x is annotated as such a mapping or as an alias of one under any "
    "name, or comes by loops, assignments, attributes or returns from something that is; "
    "TypedDicts, and what no annotation leads to, do not count."
)
STAGES: Final = ("assets/", "pipelines/")
COLUMNS_CALL: Final = "columns_of"
"""Function of the lake's schema that makes columns out of lines `name TYPE: comment`."""

_COLUMN: Final = re.compile(r"^\s*([a-z]\w*) [^:\n]+:", re.MULTILINE)


def figures(sources: Sequence[Source]) -> list[Figure]:
    """What is told of rows."""
    definitions, boundaries = row_definitions(sources), untyped_rows(sources)
    named = untyped_rows(sources, spelt=False)
    accesses = untyped_column_accesses(sources)
    return [
        Figure("row_definitions", len(definitions), DEFINITIONS_HOW, 1, definitions),
        Figure("untyped_rows", sum(boundaries.values()), UNTYPED_HOW, 0, boundaries),
        Figure("untyped_rows_named", sum(named.values()), NAMED_HOW, 0),
        Figure("untyped_column_accesses", sum(accesses.values()), ACCESSES_HOW, 0, accesses),
    ]


def row_definitions(sources: Sequence[Source]) -> list[str]:
    """Where rows are defined, file and name."""
    types = Types.of(sources)
    return [
        f"{source.path}: {name}"
        for source in sources
        for name in _top_names(source)
        if name == "Row" or name in types.row_aliases
    ]


def untyped_rows(sources: Sequence[Source], *, spelt: bool = True) -> dict[str, int]:
    """Functions of the stages that take or return untyped rows, each with how often.

    Args:
        sources: of the product.
        spelt: whether mappings that are spelt out count, beside those that are called rows.
    """
    types = Types.of(sources)
    stages = [source for source in sources if source.path.startswith(STAGES)]
    counts = {
        function.where: sum(types.is_row(one, spelt=spelt) for one in _annotations(function.node))
        for function in all_functions(stages)
    }
    return {where: count for where, count in counts.items() if count}


def untyped_column_accesses(sources: Sequence[Source]) -> dict[str, int]:
    """Files with accesses by the name of a column to what is known to be an untyped row."""
    types, columns = Types.of(sources), lake_columns(sources)
    product = [source for source in sources if not source.is_simulated]
    counts = {
        source.path: sum(kind == "row" for kind, _ in column_accesses(source, types, columns))
        for source in product
    }
    return {path: count for path, count in counts.items() if count}


def column_accesses(
    source: Source, types: Types, columns: Collection[str]
) -> Iterator[tuple[Kind, ast.Subscript]]:
    """Subscripts of a file by the name of a column, each with what is subscripted."""
    for scope in _outermost(source.tree):
        names = types.names_in(scope)
        for node in ast.walk(scope):
            if isinstance(node, ast.Subscript) and _text(node.slice) in columns:
                yield names.kind(node.value), node


def lake_columns(sources: Sequence[Source]) -> frozenset[str]:
    """Columns of all tables, from the calls that define them."""
    texts = [
        argument.value
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and COLUMNS_CALL in ast.unparse(node.func)
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    return frozenset(name for text in texts for name in _COLUMN.findall(text))


def _annotations(node: FunctionNode) -> list[ast.expr | None]:
    """Annotations of all parameters and of what is returned."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*(one.annotation for one in every), node.returns]


def _outermost(tree: ast.Module) -> list[ast.AST]:
    """Functions, methods and other statements of a file, each with all that is in it."""
    found: list[ast.AST] = []
    for node in tree.body:
        found += node.body if isinstance(node, ast.ClassDef) else [node]
    return found


def _text(node: ast.expr) -> object:
    """Value of a constant; None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def _top_names(source: Source) -> Iterator[str]:
    """Names of classes and of what is assigned at the top of a file."""
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
