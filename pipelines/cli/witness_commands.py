"""Arguments of `sitewatch witness`; the work is in `witness`, which is loaded when it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.session.screen import open_console

witness_app = typer.Typer(
    help="Dated counts of your own, tested as they are and shown beside what scenes show.",
    no_args_is_help=True,
)

Data = Annotated[
    Path | None, typer.Option("--data", help="Data folder [default: SITEWATCH_DATA or ./data]")
]
SiteOption = Annotated[str, typer.Option("--site", help="Id of a site that the lake knows")]
NameOption = Annotated[str, typer.Option("--name", help="What the series is called")]


@witness_app.command("add")
def add_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns date and value, and any of n_valid_cells, cells,"
            " share_seen, error; or date, cell and value"
        ),
    ],
    site: SiteOption,
    name: NameOption,
    unit: Annotated[str, typer.Option("--unit", help="What is counted, such as port calls")],
    zone: Annotated[
        str | None, typer.Option("--zone", help="Id of a zone [default: the whole site]")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Where it is from, in your words")
    ] = None,
    data: Data = None,
) -> None:
    """Take a series in, in place of the one of its name, and test it."""
    from pipelines.cli.witness import WitnessDescription, run_witness_add

    run_witness_add(
        open_console(), file, WitnessDescription(site, zone, name, unit, source), data=data
    )


@witness_app.command("list")
def list_all(
    site: Annotated[str | None, typer.Option("--site", help="Of one site [default: all]")] = None,
    data: Data = None,
) -> None:
    """What series there are, with their newest values and how they stand."""
    from pipelines.cli.witness import show_witnesses

    show_witnesses(open_console(), site, data=data)


@witness_app.command("remove")
def remove_one(site: SiteOption, name: NameOption, data: Data = None) -> None:
    """Take a series and its alarms out of the lake."""
    from pipelines.cli.witness import run_witness_remove

    run_witness_remove(open_console(), site, name, data=data)
