"""The `sitewatch` command: arguments in, work done elsewhere, results on the screen."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.screen import open_console
from resources.errors import SitewatchError

app = typer.Typer(
    help="Watch places on Earth for unusual activity in openly licensed Sentinel-2 scenes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sites_app = typer.Typer(help="Watch lists.", no_args_is_help=True)
app.add_typer(sites_app, name="sites")

Data = Annotated[
    Path | None, typer.Option("--data", help="Data folder [default: SITEWATCH_DATA or ./data]")
]
Sites = Annotated[
    Path | None,
    typer.Option(
        "--sites", help="Watch list, a file or folder [default: SITEWATCH_SITES or sites]"
    ),
]
ArchiveOption = Annotated[
    str | None,
    typer.Option(
        "--archive",
        "--source",
        help="earth-search, cdse, sentinelhub, a STAC API, or a catalogue in a folder or bucket"
        " [default: the site's own, or Earth Search]",
    ),
]
First = Annotated[
    str | None, typer.Option("--from", help="First month, like 2015-08 [default: 24 months ago]")
]
Last = Annotated[
    str | None, typer.Option("--to", help="Last month, like 2021-01 [default: this month]")
]


@app.command()
def demo(data: Data = None) -> None:
    """Simulate an air base, watch it for 26 months, and compare what was found with the truth."""
    from pipelines.commands import run_demo

    run_demo(open_console(), data=data)


@app.command()
def run(
    data: Data = None,
    sites: Sites = None,
    archive: ArchiveOption = None,
    first: First = None,
    last: Last = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go ahead also beyond the source's monthly allowance")
    ] = False,
) -> None:
    """Watch the sites of a list over a range of months: scenes, masks, activity, alerts."""
    from pipelines.commands import run_watch

    run_watch(
        open_console(),
        data=data,
        sites=sites,
        archive=archive,
        first=first,
        last=last,
        is_agreed=yes,
    )


@app.command()
def detectability(
    sites: Annotated[
        list[str] | None, typer.Argument(help="Ids of sites on the watch [default: all]")
    ] = None,
    data: Data = None,
) -> None:
    """What size of object each zone would have shown, from objects planted in its own looks."""
    from pipelines.detect import show_detectability

    show_detectability(open_console(), sites or [], data=data)


@app.command()
def dossiers(
    sites: Annotated[list[str] | None, typer.Argument(help="Ids of sites [default: all]")] = None,
    data: Data = None,
) -> None:
    """Write the pages of sites and their alerts anew, and tell where the index is."""
    from pipelines.dossiers import write_dossiers

    write_dossiers(open_console(), sites or [], data=data)


@app.command()
def estimate(
    data: Data = None,
    sites: Sites = None,
    archive: ArchiveOption = None,
    first: First = None,
    last: Last = None,
) -> None:
    """What a run would read and what that takes of a source's monthly allowance; reads nothing."""
    from pipelines.commands import show_estimate

    show_estimate(open_console(), data=data, sites=sites, archive=archive, first=first, last=last)


@app.command()
def doctor(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="More sources to try, as --source takes them [default: the configured]"
        ),
    ] = None,
    data: Data = None,
    sites: Sites = None,
) -> None:
    """Try sources, lake and archive with one small request each; writes nothing."""
    from pipelines.doctor import examine

    if not examine(open_console(), sources or [], data=data, sites=sites):
        raise typer.Exit(1)


@app.command()
def dev(
    data: Data = None,
    sites: Sites = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1")] = 3000,
) -> None:
    """Open Dagster's web UI with schedules and sensors on 127.0.0.1."""
    from pipelines.web import serve
    from resources.settings import load_settings

    serve(load_settings(data=data, sites=sites), port)


@sites_app.command("check")
def check_sites(
    path: Annotated[
        Path | None, typer.Argument(help="Watch list [default: SITEWATCH_SITES or sites]")
    ] = None,
) -> None:
    """Read a watch list and say what is in it, or what must be mended."""
    from pipelines.commands import check_list

    check_list(open_console(), path)


@app.command()
def status(data: Data = None) -> None:
    """What the lake holds of each site, and what is due."""
    from pipelines.commands import show_status

    show_status(open_console(), data=data)


@app.command()
def sql(
    question: Annotated[str, typer.Argument(help='SQL, such as "from open_alerts"')],
    data: Data = None,
) -> None:
    """Ask the lake in SQL; read-only."""
    from pipelines.commands import ask

    ask(open_console(), question, data=data)


def main() -> None:
    """Run the command; known errors are one clear message and exit code 1."""
    warnings.filterwarnings("ignore", message=".* is currently in (beta|preview)")  # of Dagster
    try:
        app()
    except SitewatchError as problem:
        Console(stderr=True).print(
            str(problem), style="red", markup=False, highlight=False, soft_wrap=True
        )
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
