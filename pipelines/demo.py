"""The demonstration: a made-up air base watched for 26 months, found beside what was planted.

Only here the truth of the simulation is read, to compare; no stage ever sees it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assets.anomalies import wording
from resources.errors import SettingsError
from resources.lake import Lake
from resources.lake_reads import Row
from resources.simulated.archive import SimulatedArchive, Simulation, write_archive
from resources.simulated.files import marked

APRON: Final = "main-apron"
SLACK_DAYS: Final = 35  # after an event, in which it counts as found: some looks are cloudy


@dataclass(frozen=True, slots=True)
class Finding:
    """A planted event beside the evidence that came of it; None where nothing did."""

    event: str
    planted_on: dt.date
    zone_id: str
    found_on: dt.date | None
    index_name: str
    effect: str


def simulate(
    folder: Path, simulation: Simulation, progress: Callable[[int, int], None]
) -> SimulatedArchive:
    """Write the simulated archive, unless it is there.

    Raises:
        SettingsError: the data folder has the base of another seed, whose looks are in its lake.
    """
    found = marked(folder)
    if found is not None and found.get("seed") != simulation.seed:
        raise SettingsError(
            f"{folder} holds the base of seed {found.get('seed')}, expected {simulation.seed};"
            " name another folder with --data"
        )
    return write_archive(folder, simulation, progress=progress)


def findings(lake: Lake, site_id: str, truth: Path) -> list[Finding]:
    """What was planted and what the alerts show of it, in order."""
    phases = _phases(truth)
    rows = lake.query(
        "SELECT zone_id, index_name, direction, effect, unit, peak_z, opened_on, confirmed_on,"
        " first_on FROM alert_zones WHERE site_id = ? AND confirmed_on IS NOT NULL"
        " ORDER BY first_on, peak_z DESC",
        [site_id],
    )
    planted = (
        ("vehicles, then aircraft arrive", "gather", APRON, "rise"),
        ("helicopters gone", "dismantle", "helicopter-stand", "fall"),
        ("vehicle park emptied", "dismantle", "vehicle-park", None),
        ("all gone", "depart", APRON, "fall"),
    )
    return [
        _finding(event, phases[phase], zone, rows, direction)
        for event, phase, zone, direction in planted
    ]


def quiet_year_alerts(lake: Lake, site_id: str, truth: Path) -> list[Row]:
    """Alerts that were confirmed before the story began: there should be none."""
    return lake.query(
        "SELECT direction, opened_on, confirmed_on, summary FROM alerts WHERE site_id = ?"
        " AND confirmed_on IS NOT NULL AND opened_on < ? ORDER BY opened_on",
        [site_id, _phases(truth)["gather"]],
    )


def _finding(
    event: str, planted_on: dt.date, zone_id: str, rows: list[Row], direction: str | None
) -> Finding:
    """The first evidence of a zone within the weeks after an event."""
    latest = planted_on + dt.timedelta(days=SLACK_DAYS)
    for row in rows:
        matches = row["zone_id"] == zone_id and direction in (None, row["direction"])
        if matches and planted_on <= row["first_on"] <= latest:
            said = wording.quantity(row["effect"], row["index_name"])
            return Finding(event, planted_on, zone_id, row["first_on"], row["index_name"], said)
    return Finding(event, planted_on, zone_id, None, "", "")


def _phases(truth: Path) -> dict[str, dt.date]:
    """First day of each part of the story."""
    phases = json.loads(truth.read_text())["phases"]
    return {name: dt.date.fromisoformat(day) for name, day in phases.items()}
