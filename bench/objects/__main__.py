"""The command `python -m bench.objects`: parses arguments and calls.

What it does: `python -m bench.objects --help`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.objects import simulated_report
from bench.objects.ports import read_ports
from bench.objects.report import COMMAND, figures, markdown
from bench.objects.simulated import Score, score_simulated
from bench.objects.trial import run
from bench.options import Docs, JsonTo
from bench.tables import put_into, write_json
from resources.simulated.archive import write_archive

RENDERED = "sitewatch-objects-simulated"

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    data: Annotated[
        Path, typer.Option(help="Folder with archive/items.json and labels/NAME/*_coco.json.")
    ] = Path("../shared/real/ports"),
    simulated: Annotated[
        Path | None,
        typer.Option(help="Folder of a simulated archive; only ports are scored if not given."),
    ] = None,
    render: Annotated[
        bool,
        typer.Option("--render", help="Render the simulated archive into the temporary folder."),
    ] = False,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="Data folder to keep for the simulated archive; a temporary one if not given."
        ),
    ] = None,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Find vessels in ports without history, and aircraft of the simulated base with it."""
    try:
        ports = read_ports(data)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--data") from problem
    trial = run(ports)
    table = markdown(trial)
    typer.echo(table)
    base = _base(simulated, cache, render=render)
    typer.echo(f"\n{simulated_report.HOW if base is None else simulated_report.markdown(base)}")
    if json_to is not None:
        told = {} if base is None else {"simulated": simulated_report.figures(base)}
        write_json(json_to, COMMAND, {**figures(trial), **told})
    if docs is not None:
        put_into(docs, COMMAND, table)
        if base is not None:
            put_into(docs, simulated_report.COMMAND, simulated_report.markdown(base))


def _base(folder: Path | None, cache: Path | None, *, render: bool) -> Score | None:
    """Aircraft found on the simulated base; None where it is not asked for."""
    if folder is None and render:
        folder = Path(tempfile.gettempdir()) / RENDERED
        typer.echo("Rendering the simulated archive; this takes some minutes ...", err=True)
        write_archive(folder)
    if folder is None:
        return None
    typer.echo("Watching the simulated air base ...", err=True)
    try:
        return score_simulated(folder, cache)
    except FileNotFoundError as problem:
        raise typer.BadParameter(str(problem), param_hint="--simulated") from problem


if __name__ == "__main__":
    app()
