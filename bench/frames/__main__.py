"""The command `python -m bench.frames`: parses arguments and calls.

What it does: `python -m bench.frames --help`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.made_up import FIRST_SEED, Kept, Seed, Worlds, world_folders
from bench.options import REAL_DATA, JsonTo, Months, RealData, months_of
from bench.tables import publish, tell
from bench.warned import hush


def main(
    *,
    data: RealData = REAL_DATA,
    worlds: Worlds = 0,
    seed: Seed = FIRST_SEED,
    kept: Kept = None,
    alerts: Annotated[bool, typer.Option("--alerts", help="Draw alerts too.")] = False,
    months: Months = None,
    json_to: JsonTo = None,
) -> None:
    """Measure the same ground in many frames and tell where the answers differ."""
    hush()
    from bench.frames.report import COMMAND, figures, markdown
    from bench.frames.runs import run
    from bench.frames.variants import all_frames

    folders = world_folders(worlds, seed, kept, tell)
    with tempfile.TemporaryDirectory(prefix="sitewatch-frames-") as scratch:
        places = all_frames(data, folders, Path(scratch), months_of(months))
        outcomes = run(places, with_alerts=alerts, tell=tell)
    told = figures(outcomes, with_alerts=alerts)
    publish(COMMAND, markdown(outcomes), told, json_to=json_to)


if __name__ == "__main__":
    typer.run(main)
