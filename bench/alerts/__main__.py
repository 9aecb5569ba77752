"""The command `python -m bench.alerts`: parses arguments and calls.

What it does: `python -m bench.alerts --help`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from bench.alerts.airports import DIRECTIONS, Direction, write_alarms
from bench.alerts.curves import draw
from bench.alerts.report import COMMAND, Outcome, figures, markdown, run
from bench.alerts.scoring import Yardstick
from bench.alerts.through_lake import alarms_of_lake
from bench.options import Docs, JsonTo
from bench.tables import put_into, write_json
from resources.errors import SitewatchError

REAL: Final = Path("../shared/bench/airports")
SCORER: Final = "score.py"
CURVES: Final = Path("images/alerts_curves.svg")  # beside the folder of the docs written

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder of one CSV per airport.")] = REAL,
    alarms: Annotated[
        Path | None, typer.Option(help="Write the looks in alarm here, as the scorer reads them.")
    ] = None,
    rate: Annotated[
        float, typer.Option(help="False alarms a site-year, in each direction asked for.")
    ] = 0.5,
    direction: Annotated[
        Literal["both", "down", "up"], typer.Option(help="Which changes are alarms.")
    ] = "both",
    quiet_years: Annotated[
        float, typer.Option(min=0, help="Made-up quiet site-years to count false alarms in.")
    ] = 2000,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Judge airports by their counts alone; with --alarms only that, else every experiment.

    Alarms for the scorer come of the lake, into which each airport goes as `sitewatch witness add`
    takes it; the other experiments call the same test on the same counts.
    """
    directions: tuple[Direction, ...] = tuple(DIRECTIONS) if direction == "both" else (direction,)
    if rate <= 0:
        raise typer.BadParameter("must be above 0, such as 0.5", param_hint="--rate")
    if alarms is not None and not alarms.parent.is_dir():
        raise typer.BadParameter(f"no such folder: {alarms.parent}", param_hint="--alarms")
    try:
        if alarms is not None:
            write_alarms(alarms, alarms_of_lake(data, rate, directions))
        if alarms is None or json_to is not None or docs is not None:
            outcome = run(Yardstick(data, data / SCORER), rate, quiet_years, _tell)
            _report(outcome, json_to, docs)
    except (SitewatchError, ValueError) as problem:
        raise typer.BadParameter(str(problem), param_hint="--data") from problem


def _report(outcome: Outcome, json_to: Path | None, docs: Path | None) -> None:
    """Print the tables, and write them where asked."""
    typer.echo(markdown(outcome))
    if json_to is not None:
        write_json(json_to, "python -m bench.alerts", figures(outcome))
    if docs is not None:
        put_into(docs, COMMAND, markdown(outcome))
        draw(outcome.compared, docs.parent.parent / CURVES)


def _tell(line: str) -> None:
    """Say what is being done, apart from the tables."""
    typer.echo(line, err=True)


if __name__ == "__main__":
    app()
