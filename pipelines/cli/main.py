"""The `sitewatch` command: arguments in, work done elsewhere, results on the screen."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.witness_commands import witness_app
from pipelines.session.screen import open_console
from resources.errors import SitewatchError

app = typer.Typer(
    help="Watch places on Earth for unusual activity in openly licensed Sentinel-2 scenes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sites_app = typer.Typer(help="Watch lists.", no_args_is_help=True)
app.add_typer(sites_app, name="sites")
app.add_typer(witness_app, name="witness")

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
def demo(
    data: Data = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weather, traffic and fields")] = 7,
) -> None:
    """Simulate an air base, watch it for 26 months, and compare what was found with the truth."""
    from pipelines.cli.commands import run_demo

    run_demo(open_console(), data=data, seed=seed)


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
    from pipelines.cli.commands import run_watch

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
    from pipelines.cli.detect import show_detectability

    show_detectability(open_console(), sites or [], data=data)


@app.command()
def reproduce(
    alert: Annotated[
        str | None, typer.Argument(help="Id of an alert, or enough of its first letters")
    ] = None,
    site: Annotated[
        str | None, typer.Option("--site", help="All of a site instead of one alert")
    ] = None,
    data: Data = None,
    scenes: Annotated[
        str,
        typer.Option(
            help="auto: its catalogue and the chips that were kept, or those alone where the"
            " catalogue is gone; source: every pixel read again; chips: the catalogue is not asked"
        ),
    ] = "auto",
    figures: Annotated[
        Path | None,
        typer.Option(help="A dossier's figures [default: those under the data folder]"),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write what was compared to a file")] = None,
) -> None:
    """Recompute an alert from the scenes and compare every number; exit code 1 if one differs."""
    from pipelines.reproduce.run import show_reproduction

    is_equal = show_reproduction(
        open_console(),
        alert=alert,
        site=site,
        data=data,
        scenes_from=scenes,
        figures=figures,
        json_to=json,
    )
    if not is_equal:
        raise typer.Exit(1)


@app.command()
def dossiers(
    sites: Annotated[list[str] | None, typer.Argument(help="Ids of sites [default: all]")] = None,
    data: Data = None,
) -> None:
    """Write the pages of sites and their alerts anew, and tell where the index is."""
    from pipelines.cli.dossiers import write_dossiers

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
    from pipelines.cli.commands import show_estimate

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
    from pipelines.cli.doctor import run_doctor

    if not run_doctor(open_console(), sources or [], data=data, sites=sites):
        raise typer.Exit(1)


@app.command()
def dev(
    data: Data = None,
    sites: Sites = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1")] = 3000,
) -> None:
    """Open Dagster's web UI with schedules and sensors on 127.0.0.1."""
    from pipelines.server.web import serve_web_ui
    from resources.settings import load_settings

    raise typer.Exit(serve_web_ui(load_settings(data=data, sites=sites), port))


@sites_app.command("check")
def check_sites(
    path: Annotated[
        Path | None, typer.Argument(help="Watch list [default: SITEWATCH_SITES or sites]")
    ] = None,
) -> None:
    """Read a watch list and say what is in it, or what must be mended."""
    from pipelines.cli.commands import check_list

    check_list(open_console(), path)


@app.command()
def status(data: Data = None) -> None:
    """What the lake holds of each site, and what is due."""
    from pipelines.cli.commands import show_status

    show_status(open_console(), data=data)


@app.command()
def notify(
    data: Data = None,
    test: Annotated[
        str | None, typer.Option("--test", help="Send a test message to this receiver alone")
    ] = None,
    *,
    digest: Annotated[
        bool, typer.Option("--digest", help="Send everyone a digest now, due or not")
    ] = False,
) -> None:
    """Tell the receivers in SITEWATCH_NOTIFY of changes of alerts, once each."""
    from pipelines.cli.notify import run_notify

    run_notify(open_console(), data=data, test=test, is_digest_wanted=digest)


@app.command()
def sql(
    question: Annotated[str, typer.Argument(help='SQL, such as "from open_alerts"')],
    data: Data = None,
) -> None:
    """Ask the lake in SQL; read-only."""
    from pipelines.cli.sql import show_answer

    show_answer(open_console(), question, data=data)


@app.command()
def export(
    question: Annotated[
        str | None,
        typer.Argument(metavar="TABLE|SQL", help='A table or view, or SQL: "from alert_zones"'),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="File: NAME.parquet (GeoParquet), NAME.csv or NAME.geojson"),
    ] = None,
    qgis: Annotated[
        Path | None, typer.Option("--qgis", help="Folder for a QGIS project: zones and residuals")
    ] = None,
    data: Data = None,
) -> None:
    """Take an answer away as a file, with units, places and attribution in it."""
    from pipelines.cli.export import run_export as export_answer

    export_answer(open_console(), question, to=to, qgis=qgis, data=data)


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
