"""The command `python -m bench.objects`: parses arguments and calls.

What it does: `python -m bench.objects --help`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.objects.ports import read_ports
from bench.objects.report import COMMAND, figures, markdown
from bench.objects.trial import run
from bench.tables import put_into, write_json

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    data: Annotated[
        Path, typer.Option(help="Folder with archive/items.json and labels/NAME/*_coco.json.")
    ] = Path("../shared/real/ports"),
    json_to: Annotated[
        Path | None, typer.Option("--json", help="Write figures to this file.")
    ] = None,
    docs: Annotated[
        Path | None, typer.Option(help="Write the table between the marks of this file.")
    ] = None,
) -> None:
    """Find vessels in ports without history and compare them with labels and with a CFAR."""
    try:
        ports = read_ports(data)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--data") from problem
    trial = run(ports)
    table = markdown(trial)
    typer.echo(table)
    if json_to is not None:
        write_json(json_to, COMMAND, figures(trial))
    if docs is not None:
        put_into(docs, COMMAND, table)


if __name__ == "__main__":
    app()
