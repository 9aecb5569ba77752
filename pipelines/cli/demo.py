"""The demonstration: a made-up air base watched for 26 months, found beside what was planted.

Only here the truth of the simulation is read, to compare; no stage ever sees it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from resources.errors import SettingsError
from resources.lake.lake import Lake
from resources.lake.question_rows import ZoneEvidenceRow
from resources.lake.questions.alert_reads import (
    confirmed_before,
    confirmed_evidence,
    newest_assessment,
)
from resources.lake.rows import AlertRow
from resources.simulated.archive import SimulatedArchive, Simulation, write_archive
from resources.simulated.files import read_marker

APRON: Final = "main-apron"
SLACK_DAYS: Final = 35  # after an event, in which it counts as found: some looks are cloudy
OPPOSITE: Final[dict[str, str]] = {"filled": "emptied", "emptied": "filled"}
STILL_THERE: Final = ("as_usual", "building_up")
"""What contradicts that nothing is left of it."""


@dataclass(frozen=True, slots=True)
class EventComparison:
    """A planted event beside the evidence that came of it; None and "" where nothing did.

    Attributes:
        event: in words, with the day and the zone.
        meaning: what the evidence should mean.
        found_on: day of the first evidence of the zone.
        told: what it means.
        headline: of its alert.
    """

    event: str
    planted_on: dt.date
    zone_id: str
    meaning: str
    found_on: dt.date | None = None
    told: str = ""
    headline: str = ""

    @property
    def contradicts(self) -> bool:
        """Whether the evidence says the opposite of what was planted."""
        return self.told == OPPOSITE[self.meaning]


@dataclass(frozen=True, slots=True)
class CourseComparison:
    """What was last said of the base beside what is truly left of it.

    Attributes:
        statement, share, reason: as in `assessments`.
        left: true share of what usually stands there.
    """

    statement: str
    share: float | None
    reason: str
    left: float

    @property
    def contradicts(self) -> bool:
        """Whether it says that things are there which all went."""
        return self.statement in STILL_THERE


def write_demo_archive(
    folder: Path, simulation: Simulation, progress: Callable[[int, int], None]
) -> SimulatedArchive:
    """Write the simulated archive, unless it is there.

    Raises:
        SettingsError: the data folder has the base of another seed, whose looks are in its lake.
    """
    found = read_marker(folder)
    if found is not None and found.get("seed") != simulation.seed:
        raise SettingsError(
            f"{folder} holds the base of seed {found.get('seed')}, expected {simulation.seed};"
            " name another folder with --data"
        )
    return write_archive(folder, simulation, progress=progress)


def compare_events(lake: Lake, site_id: str, truth: Path) -> list[EventComparison]:
    """What was planted and what the alerts show of it, in order."""
    phases = _phase_first_days(truth)
    rows = confirmed_evidence(lake, site_id)
    planted = (
        ("vehicles, then aircraft arrive", "gather", APRON, "filled"),
        ("helicopters gone", "dismantle", "helicopter-stand", "emptied"),
        ("vehicle park emptied", "dismantle", "vehicle-park", "emptied"),
        ("all gone", "depart", APRON, "emptied"),
    )
    return [
        _with_first_evidence(EventComparison(event, phases[phase], zone, meaning), rows)
        for event, phase, zone, meaning in planted
    ]


def compare_course(lake: Lake, site_id: str, truth: Path) -> CourseComparison | None:
    """What was last said of the base; None where nothing was."""
    said = newest_assessment(lake, site_id)
    if said is None:
        return None
    return CourseComparison(
        said["statement"], said["share"], said["reason"], _true_share_left(truth)
    )


def quiet_year_alerts(lake: Lake, site_id: str, truth: Path) -> list[AlertRow]:
    """Alerts that were confirmed before the story began: there should be none."""
    return confirmed_before(lake, site_id, _phase_first_days(truth)["gather"])


def _with_first_evidence(
    planted: EventComparison, rows: Sequence[ZoneEvidenceRow]
) -> EventComparison:
    """The first evidence of a zone within the weeks after an event; what contradicts it before."""
    latest = planted.planted_on + dt.timedelta(days=SLACK_DAYS)
    mine = [
        row
        for row in rows
        if row["zone_id"] == planted.zone_id and planted.planted_on <= row["first_on"] <= latest
    ]
    mine.sort(key=lambda row: row["meaning"] != OPPOSITE[planted.meaning])
    if not mine:
        return planted
    row = mine[0]
    return replace(planted, found_on=row["first_on"], told=row["meaning"], headline=row["headline"])


def _phase_first_days(truth: Path) -> dict[str, dt.date]:
    """First day of each part of the story."""
    phases = json.loads(truth.read_text())["phases"]
    return {name: dt.date.fromisoformat(day) for name, day in phases.items()}


def _true_share_left(truth: Path) -> float:
    """Share that stands on the last day of what stood there on the mean day before the story."""
    told = json.loads(truth.read_text())
    area: dict[str, float] = {}
    for entry in told["days"]:
        area[entry["day"]] = area.get(entry["day"], 0.0) + entry["area_m2"]
    usual = [m2 for day, m2 in area.items() if day < told["phases"]["gather"]]
    return area.get(told["last_day"], 0.0) / (sum(usual) / len(usual))
