"""The command `python -m bench.detectability`: parses arguments and calls.

What it does: `python -m bench.detectability --help`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.detectability.airbase import airbase
from bench.detectability.ports import ports
from bench.detectability.report import COMMAND, Outcome, figures, markdown
from bench.detectability.road import road
from bench.options import Docs, JsonTo
from bench.tables import put_into, write_json


def main(
    *,
    data: Annotated[
        Path, typer.Option(help="Folder with romania/ and ports/; what is not there is left out.")
    ] = Path("../shared/real"),
    simulated: Annotated[
        Path | None,
        typer.Option(help="Folder of a simulated archive; left out if not given."),
    ] = None,
    months: Annotated[
        int | None, typer.Option(min=1, help="Last so many months of the simulated archive.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Data folder to keep; in the temporary folder if not given."),
    ] = None,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Compare what planted objects predict with what was found where the truth is known."""

    def tell(text: str) -> None:
        typer.echo(text, err=True)

    def kept(name: str) -> Path | None:
        return None if cache is None else cache / name

    outcome = Outcome(
        airbase=airbase(simulated, kept("simulated"), months=months, tell=tell)
        if simulated
        else None,
        road=road(data / "romania", kept("romania"), tell=tell)
        if (data / "romania").is_dir()
        else None,
        ports=ports(data / "ports", tell=tell) if (data / "ports").is_dir() else None,
    )
    text = markdown(outcome)
    typer.echo(text)
    if json_to is not None:
        write_json(json_to, COMMAND, figures(outcome))
    if docs is not None:
        put_into(docs, COMMAND, text)


if __name__ == "__main__":
    typer.run(main)
