"""What the longer docstrings say: which errors come, and where a formula is from. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from bench.house.figure import Figure, share
from bench.house.imports import external_imports
from bench.house.sources import Source, scopes

SCIENCE: Final = "assets/"
LONG_HOW: Final = "Long is a docstring with a section (Args, Returns, Raises, Source, Attributes)."
ERROR_HOW: Final = (
    "Share of the long docstrings of public functions, and public methods of public classes, of "
    "pure files under assets/ that name what is raised: in a section Raises, or in a sentence with "
    "raise. A file is pure that imports neither dagster nor duckdb, nor lake, archive or settings "
    "out of resources. " + LONG_HOW
)
SOURCE_HOW: Final = (
    "The same of those that name a source: in a section Source, or by DOI, `et al.` or address."
)
WIDE_ERROR_HOW: Final = "As docstrings_error, of all public functions and classes of the product."
WIDE_SOURCE_HOW: Final = "As docstrings_source, of all public functions and classes of the product."

_SECTION: Final = re.compile(r"^(Args|Returns|Yields|Raises|Source|Attributes):", re.MULTILINE)
_ERROR: Final = re.compile(r"\braise", re.IGNORECASE)
_SOURCE: Final = re.compile(
    r"^Source:|\bdoi:|\bdoi\.org|\b10\.\d{4,9}/|\bet al\.|https?:", re.IGNORECASE | re.MULTILINE
)
_IMPURE: Final = re.compile(r"(dagster|duckdb)(\.|$)|resources\.(lake|archive|settings)([._]|$)")


def figures(sources: Sequence[Source]) -> list[Figure]:
    """What is told of docstrings."""
    science = long_docstrings([source for source in sources if is_pure_science(source)])
    wide = long_docstrings(sources, classes=True)
    return [
        Figure("docstrings_error", naming(science, _ERROR), ERROR_HOW, 0.6),
        Figure("docstrings_source", naming(science, _SOURCE), SOURCE_HOW, 0.4),
        Figure("docstrings_error_product", naming(wide, _ERROR), WIDE_ERROR_HOW),
        Figure("docstrings_source_product", naming(wide, _SOURCE), WIDE_SOURCE_HOW),
    ]


def naming(docstrings: Sequence[str], what: re.Pattern[str]) -> float | None:
    """Share of docstrings in which something is found, 0 to 1; None without docstrings."""
    return share(sum(bool(what.search(one)) for one in docstrings), len(docstrings))


def long_docstrings(sources: Sequence[Source], *, classes: bool = False) -> list[str]:
    """Docstrings with a section, of what is public; of classes too if asked for."""
    return [
        text
        for source in sources
        for text in _docstrings(source, classes=classes)
        if _SECTION.search(text)
    ]


def is_pure_science(source: Source) -> bool:
    """Whether a file is of the stages and knows no Dagster, database, archive or settings."""
    return source.path.startswith(SCIENCE) and not any(
        _IMPURE.match(name) for name in external_imports(source)
    )


def _docstrings(source: Source, *, classes: bool) -> Iterator[str]:
    """Those of public functions and methods, none of functions within functions."""
    functions: set[str] = set()
    for name, node in scopes(source.tree.body):
        outer, _, _ = name.rpartition(".")
        if not isinstance(node, ast.ClassDef):
            functions.add(name)
        is_public = not any(part.startswith("_") for part in name.split("."))
        if is_public and outer not in functions and (classes or name in functions):
            yield ast.get_docstring(node) or ""
