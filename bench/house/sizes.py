"""How much code there is, and how it is spread over folders, files and functions. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bench.house.figure import Figure
from bench.house.sources import LINES_HOW, Source, all_functions

FOLDER_HOW: Final = (
    "Files of Python that lie in the fullest folder of the product, `__init__.py` with them, "
    "folders within it without."
)
CODE_HOW: Final = "Lines of code of the product, simulated scenes with them. " + LINES_HOW
SIMULATED_HOW: Final = "Of those, lines under resources/simulated/."
FILE_HOW: Final = "All lines of the longest file of the product, docstrings and blank ones too."
P90_HOW: Final = (
    "Nine of ten functions of the product have at most so many lines of code, those of functions "
    "that are defined in them left out."
)
P90: Final = 0.9


def figures(sources: Sequence[Source]) -> list[Figure]:
    """What is told of sizes."""
    folder, files = fullest_folder(sources)
    path, lines = longest_file(sources)
    simulated = [source for source in sources if source.is_simulated]
    return [
        Figure("max_files_in_folder", files, FOLDER_HOW, 16, folder, "fullest_folder"),
        Figure("code_lines", code_lines(sources), CODE_HOW),
        Figure("code_lines_simulated", code_lines(simulated), SIMULATED_HOW),
        Figure("max_lines_in_file", lines, FILE_HOW, 300, path, "longest_file"),
        Figure("p90_function_lines", p90_function_lines(sources), P90_HOW),
    ]


def fullest_folder(sources: Sequence[Source]) -> tuple[str, int]:
    """The folder with the most files, and how many it has."""
    counts = Counter(source.folder for source in sources)
    return max(counts.items(), key=lambda one: (one[1], one[0]), default=("", 0))


def code_lines(sources: Sequence[Source]) -> int:
    """Lines of code."""
    return sum(len(source.code) for source in sources)


def longest_file(sources: Sequence[Source]) -> tuple[str, int]:
    """The file with the most lines, and how many it has."""
    counts = {source.path: len(source.text.splitlines()) for source in sources}
    return max(counts.items(), key=lambda one: (one[1], one[0]), default=("", 0))


def p90_function_lines(sources: Sequence[Source]) -> int | None:
    """Lines of code that nine of ten functions do not exceed; None without functions."""
    lengths = sorted(len(function.code) for function in all_functions(sources))
    if not lengths:
        return None
    return lengths[-int(-len(lengths) * P90 // 1) - 1]
