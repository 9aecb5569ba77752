"""The command `python -m bench.alerts.sites`: false alarms and power of the test of departures.

Parses arguments and lays the tables out; the experiments are `simulated`'s and `power`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bench.alerts.power import lone_looks_table, power_table
from bench.alerts.simulated import Calibration, calibration_table, places_table
from bench.options import Docs, JsonTo
from bench.tables import machine, put_into, write_json

COMMAND: Final = "python -m bench.alerts.sites"
QUIET: Final = "Quiet sites, false alarms a site-year for those asked for:"
PLACES: Final = """The same at sites of other sizes and paces, achieved for each asked: the middle
kind of series, and from the one that opens least to the one that opens most:"""
POWER: Final = """One series of a site of 25 at 0.5 a site-year: share found within 60 days
(confirmed within them), median days; beside it what no test of that rate can beat:"""
LONE: Final = """One wild look of eight standard errors in a quiet series: how often it opens
alone, and the 0.95 quantile of what the looks after it then say for it:"""
CURVES: Final = Path("images/departures_power.svg")  # beside the folder of the docs written


def main(
    *,
    site_years: Annotated[
        float, typer.Option(min=1, help="Made-up quiet site-years of each kind of series.")
    ] = 2000,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Count false alarms on made-up quiet sites, and plant changes of many sizes and shapes."""
    plot = None if docs is None else docs.parent.parent / CURVES
    quiet, achieved = calibration_table(site_years)
    elsewhere, others = places_table(site_years / 2)
    powers, found = power_table(plot)
    text = "\n\n".join(
        [
            QUIET,
            quiet,
            PLACES,
            elsewhere,
            POWER,
            powers,
            LONE,
            lone_looks_table(),
            f"{machine()}.",
        ]
    )
    typer.echo(text)
    if json_to is not None:
        figures = {
            "quiet": _figures(achieved),
            "places": {label: _figures(found) for label, found in others.items()},
            "power": [asdict(one) for one in found],
        }
        write_json(json_to, COMMAND, figures)
    if docs is not None:
        put_into(docs, f"{COMMAND} --docs", text)


def _figures(found: Sequence[Calibration]) -> list[dict[str, Any]]:
    """Calibrations as they are written to a file."""
    return [{**asdict(one), "achieved": one.achieved} for one in found]


if __name__ == "__main__":
    typer.run(main)
