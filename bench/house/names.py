"""Names of the product: of how many words they are, and which stand for two things. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from bench.house.figure import Figure, share
from bench.house.sources import Source, scopes

ONE_WORD_HOW: Final = (
    "Share of the functions and classes at the top of the product's files, private ones too, whose "
    "name without leading underscores is one word: words end at underscores and where capitals "
    "begin anew, a run of capitals is one; constants and methods do not count."
)
WITH_CONSTANTS_HOW: Final = "The same with constants (names in capitals) at the top of the files."
SHARED_HOW: Final = (
    "Names that two or more classes of the product have, at any depth, private ones too, leading "
    "underscores being part of the name."
)

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def figures(sources: Sequence[Source]) -> list[Figure]:
    """What is told of names."""
    shared = shared_class_names(sources)
    plain = one_word_names(sources)
    wide = one_word_names(sources, constants=True)
    return [
        Figure("one_word_names", plain, ONE_WORD_HOW, 0.2),
        Figure("one_word_names_with_constants", wide, WITH_CONSTANTS_HOW),
        Figure("shared_class_names", len(shared), SHARED_HOW, 0, shared),
    ]


def one_word_names(sources: Sequence[Source], *, constants: bool = False) -> float | None:
    """Share of top-level names that are one word, 0 to 1; None without names."""
    names = [name for source in sources for name in top_names(source, constants=constants)]
    return share(sum(words(name) == 1 for name in names), len(names))


def shared_class_names(sources: Sequence[Source]) -> dict[str, list[str]]:
    """Names of several classes, each with the files and classes that they stand in."""
    found: dict[str, list[str]] = {}
    for source in sources:
        for name, node in scopes(source.tree.body):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(f"{source.path}: {name}")
    return {name: places for name, places in sorted(found.items()) if len(places) > 1}


def top_names(source: Source, *, constants: bool) -> Iterator[str]:
    """Functions and classes at the top of a file; names in capitals that it binds if asked for."""
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif constants and isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            every = [part for one in targets for part in ast.walk(one)]
            yield from (one.id for one in every if isinstance(one, ast.Name) and one.id.isupper())


def words(name: str) -> int:
    """Words of a name: `read_rows` and `ReadRows` have two, `CODE` and `_row` one."""
    return sum(
        1 if part.isupper() else _camel_words(part) for part in name.strip("_").split("_") if part
    )


def _camel_words(part: str) -> int:
    """Words of a part without underscores; numbers are part of the word before them."""
    return sum(not one.isdigit() for one in _WORD.findall(part)) or 1
