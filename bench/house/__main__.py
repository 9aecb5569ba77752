"""The command `python -m bench.house`: parses arguments and calls.

What it does: `python -m bench.house --help`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.house import alert, docstrings, imports, names, retries, rows, sizes, sql
from bench.house.figure import Figure
from bench.house.report import markdown, record
from bench.house.sources import TESTS, Source, read_sources
from bench.options import JsonTo
from bench.tables import publish, tell
from bench.warned import hush

COMMAND: Final = "python -m bench.house --json"


def main(
    *,
    root: Annotated[Path, typer.Option(help="Folder of the project.")] = Path(),
    static: Annotated[
        bool, typer.Option("--static", help="Leave out the run of a month, about two minutes.")
    ] = False,
    json_to: JsonTo = None,
) -> None:
    """Count how easy the product is to read: folders, circles, names, rows, SQL, docstrings."""
    sources = read_sources(root)
    run = None
    if not static:
        hush()
        from bench.house.alert_run import run_to_alert

        tell("Running a month of a SIMULATED site to its alert ...")
        run = run_to_alert(root)
    figures = [*alert.figures(sources, run), *_counted(sources, read_sources(root, TESTS))]
    publish(COMMAND, markdown(figures), record(figures), json_to=json_to)


def _counted(sources: Sequence[Source], tests: Sequence[Source]) -> list[Figure]:
    """All figures that need no run, in the order of the table."""
    return [
        *sizes.figures(sources),
        *imports.figures(sources, tests),
        *names.figures(sources),
        *rows.figures(sources),
        *sql.figures(sources),
        *docstrings.figures(sources),
        *retries.figures(sources),
    ]


if __name__ == "__main__":
    typer.run(main)
