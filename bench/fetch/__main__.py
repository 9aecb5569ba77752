"""The command `python -m bench.fetch`: parses arguments and calls.

What it does: `python -m bench.fetch --help`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.fetch.figures import figures
from bench.fetch.plan import TILE
from bench.fetch.programs import PROGRAMS, Program
from bench.fetch.report import COMMAND, markdown, record
from bench.fetch.rounds import Setting, measure
from bench.fetch.scenes import make_scenes
from bench.options import Docs, JsonTo
from bench.tables import put_into

FULL_EDGE: Final = 10_980  # 10 m pixels, edge of a Sentinel-2 tile
ROUNDS: Final = 9
QUICK_ROUNDS: Final = 3


def main(  # noqa: PLR0913 - each is an option of the command
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help=f"{QUICK_ROUNDS} rounds a case instead of {ROUNDS}.")
    ] = False,
    rounds: Annotated[int | None, typer.Option(min=1, help="Rounds a case.")] = None,
    dates: Annotated[int, typer.Option(min=1, help="Dates read in one round.")] = 6,
    edge: Annotated[
        int, typer.Option(min=TILE, help="Edge of the scene in 10 m pixels, an even number.")
    ] = FULL_EDGE,
    only: Annotated[
        list[str] | None, typer.Option(help="A reader to measure; may be given several times.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder for the files; in the temporary folder if not given."),
    ] = None,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Read windows of COGs from a slow server with sitewatch and its peers, and compare."""
    typer.echo("Preparing the files (once) ...", err=True)
    setting = Setting(
        scenes=make_scenes(edge // 2 * 2, cache),
        dates=tuple(f"S2A_33TWL_2023080{number}_0_L2A" for number in range(1, dates + 1)),
        rounds=rounds or (QUICK_ROUNDS if quick else ROUNDS),
        programs=_programs(only),
    )
    outcome = measure(setting, lambda title: typer.echo(f"Measuring: {title} ...", err=True))
    found = figures(outcome)
    table = markdown(setting, outcome, found)
    typer.echo(table)
    if json_to is not None:
        json_to.write_text(json.dumps(record(setting, outcome, found), indent=1))
    if docs is not None:
        put_into(docs, COMMAND, table)


def _programs(names: list[str] | None) -> tuple[Program, ...]:
    known = {program.name: program for program in PROGRAMS}
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise typer.BadParameter(f"expected one of {', '.join(known)}; found {', '.join(unknown)}")
    return tuple(known[name] for name in names) if names else PROGRAMS


if __name__ == "__main__":
    typer.run(main)
