"""How often waiting and trying again is written anew. Pure."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from bench.house.figure import Figure
from bench.house.sources import FunctionNode, Source, all_functions

BACKOFF_HOW: Final = (
    "Functions of the product that call `sleep` for a time that is worked out, not for a number or "
    "a name in capitals, in a loop or not: each is a pause before something is tried again."
)
SLEEPS_HOW: Final = (
    "Functions of the product that call `sleep` inside a loop of their own, for whatever time."
)
PARSERS_HOW: Final = (
    "Functions of the product with the text Retry-After in their code, in whatever case, or with "
    "a constant of their file that is this text."
)
RETRY_AFTER: Final = "retry-after"

_Loop = ast.For | ast.AsyncFor | ast.While


def figures(sources: Sequence[Source]) -> list[Figure]:
    """What is told of trying again."""
    pauses, parsers = backoff_loops(sources), retry_after_parsers(sources)
    sleeps = sleeps_in_loops(sources)
    return [
        Figure("backoff_loops", len(pauses), BACKOFF_HOW, 1, pauses),
        Figure("sleeps_in_loops", len(sleeps), SLEEPS_HOW, None, sleeps),
        Figure("retry_after_parsers", len(parsers), PARSERS_HOW, 1, parsers),
    ]


def backoff_loops(sources: Sequence[Source]) -> list[str]:
    """Functions that pause for a time that is worked out."""
    return [
        function.where
        for function in all_functions(sources)
        if any(_is_worked_out(call) for call in _sleeps(function.node))
    ]


def sleeps_in_loops(sources: Sequence[Source]) -> list[str]:
    """Functions that pause in a loop."""
    return [
        function.where
        for function in all_functions(sources)
        if any(_sleeps(loop) for loop in _own(function.node) if isinstance(loop, _Loop))
    ]


def retry_after_parsers(sources: Sequence[Source]) -> list[str]:
    """Functions that read how long a server asks to wait."""
    return [
        function.where
        for source in sources
        for function in source.functions
        if any(_says_retry_after(node, _constants(source)) for node in _own(function.node))
    ]


def _sleeps(node: ast.AST) -> list[ast.Call]:
    """Calls of `sleep`, of whatever module, in a node."""
    calls = [one for one in _own(node) if isinstance(one, ast.Call)]
    return [call for call in calls if _name(call.func) == "sleep"]


def _is_worked_out(call: ast.Call) -> bool:
    """Whether it is not called with a number or the name of a constant."""
    return not all(
        isinstance(one, ast.Constant) or _name(one).isupper()
        for one in [*call.args, *(keyword.value for keyword in call.keywords)]
    )


def _says_retry_after(node: ast.AST, constants: set[str]) -> bool:
    """Whether it is the text, or the name of a constant that is."""
    return _is_retry_after(node) or (isinstance(node, ast.Name) and node.id in constants)


def _constants(source: Source) -> set[str]:
    """Names at the top of a file that are bound to the text."""
    return {
        target.id
        for node in source.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_retry_after(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _is_retry_after(node: ast.AST | None) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and text.strip().lower() == RETRY_AFTER


def _own(node: ast.AST) -> list[ast.AST]:
    """All that is in a node, without what is in functions that are defined in it."""
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, FunctionNode):
            found += [child, *_own(child)]
    return found


def _name(node: ast.expr) -> str:
    """Last part of a name: `sleep` of `time.sleep`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
