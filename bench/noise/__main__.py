"""The command `python -m bench.noise`: parses arguments and calls.

What it does: `python -m bench.noise --help`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.noise.warned import hush
from bench.options import Docs, JsonTo
from bench.tables import put_into, write_json

REAL: Final = Path("../shared/real/romania")


def main(
    *,
    data: Annotated[
        list[Path] | None,
        typer.Option(help="Folder with archive/catalog.json and site/; several if repeated."),
    ] = None,
    simulated: Annotated[
        Path | None, typer.Option(help="Folder of made-up scenes with truth.json; made if missing.")
    ] = None,
    is_real_only: Annotated[
        bool, typer.Option("--real-only", help="Leave the made-up scenes out.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Few zones, the last twelve months, no step turned off.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="Data folder of an earlier watch of --data, or a new one.")
    ] = None,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Measure ground that does not change, and compare its spread with the errors given."""
    hush()
    from bench.noise.report import COMMAND, figures, markdown
    from bench.noise.runs import QUICK, Extent, run
    from bench.noise.watched import watch

    folders = [(folder, cache) for folder in data or [REAL]]
    if not is_real_only:
        folders.append((_simulated(simulated), None))
    places = []
    for folder, kept in folders:
        _tell(f"Scenes and masks of {folder.name} ...")
        try:
            places += watch(folder, kept)
        except FileNotFoundError as problem:
            raise typer.BadParameter(str(problem)) from problem
    outcomes = run(places, QUICK if quick else Extent(), _tell)
    typer.echo(markdown(outcomes))
    if json_to is not None:
        write_json(json_to, "python -m bench.noise", figures(outcomes))
    if docs is not None:
        put_into(docs, COMMAND, markdown(outcomes, is_short=True))


def _simulated(folder: Path | None) -> Path:
    """The folder of made-up scenes, rendered (minutes) where it is not there yet."""
    from resources.simulated.archive import write_archive

    found = folder or Path(tempfile.gettempdir()) / "sitewatch-noise" / "simulated-airbase"
    if not (found / "truth.json").is_file():
        _tell(f"Rendering made-up scenes into {found} ...")
        write_archive(found)
    return found


def _tell(line: str) -> None:
    """Say what is being done, apart from the tables."""
    typer.echo(line, err=True)


if __name__ == "__main__":
    typer.run(main)
