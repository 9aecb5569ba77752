"""The functions of the product that a site-month needs from search to alert. Pure.

The run itself is in `alert_run`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bench.house.calls import Called
from bench.house.figure import Figure
from bench.house.sources import Function, Source, all_functions

FILES_HOW: Final = (
    "Files of the product, resources/simulated/ left out, of which at least one function is run "
    "when the last of 14 months of a SIMULATED site goes through the product: lake opened and site "
    "taken, then search, scenes, cloud_masks, activity and anomalies, no dossiers; what runs while "
    "a file is imported does not count, nor lambdas and comprehensions by themselves."
)
LINES_HOW: Final = (
    "Lines of code of those functions, each from `def` to its end without functions that are "
    "defined in it, which count if they are run."
)
FUNCTIONS_HOW: Final = "How many functions those are."
ALERTS_HOW: Final = (
    "Alerts that stand after that run; with none it went as far as judging the site."
)


@dataclass(frozen=True, slots=True)
class Run:
    """What the run of a site-month called, and how many alerts stand after it."""

    called: frozenset[Called]
    alerts: int


def figures(sources: Sequence[Source], run: Run | None) -> list[Figure]:
    """What is told of a run; without one the figures have no values."""
    functions = [] if run is None else run_functions(sources, run.called)
    by_file = dict(Counter(function.path for function in functions))
    lines = sum(len(function.code) for function in functions)
    found = [
        Figure("files_to_alert", len(by_file), FILES_HOW, 80, by_file),
        Figure("function_lines_to_alert", lines, LINES_HOW, 6000),
        Figure("functions_to_alert", len(functions), FUNCTIONS_HOW),
        Figure("alerts_of_run", 0 if run is None else run.alerts, ALERTS_HOW),
    ]
    if run is None:
        return [Figure(one.key, None, one.how, one.goal) for one in found]
    return found


def run_functions(sources: Sequence[Source], called: Collection[Called]) -> list[Function]:
    """Functions that were called, those of simulated scenes left out."""
    return [
        function
        for function in all_functions([one for one in sources if not one.is_simulated])
        if Called(function.path, function.first_line, function.node.name) in called
    ]
