"""The section of a site's page on series of the user's own: what each is, and its alarms.

Rows in, what the template shows out; numbers go through `FigureList`.
"""

from __future__ import annotations

from collections.abc import Mapping

from assets.dossiers.evidence.traced_numbers import FigureList
from assets.dossiers.pages import texts
from assets.dossiers.pages.parts import Context, zone_names
from resources.lake.question_rows import ListedWitnessRow
from resources.lake.questions.dossier_reads import SiteRecord
from resources.lake.rows import WitnessAlarmRow

STATES = {
    "quiet": "tested: nothing unusual at its newest value",
    "rise": "in alarm: more than its own past lets expect",
    "fall": "in alarm: less than its own past lets expect",
}


def witnesses_of(record: SiteRecord, figures: FigureList) -> list[Context]:
    """Witnesses of a site by name, each with its alarms, the newest first."""
    zones = zone_names(record)
    return [
        {
            **_witness_facts(row, figures),
            "zone": _zone_named(row["zone_id"], zones),
            "alarms": [
                _alarm_entry(one, figures)
                for one in record.witness_alarms
                if one["name"] == row["name"]
            ],
        }
        for row in record.witnesses
    ]


def _zone_named(zone_id: str | None, names: Mapping[str, str]) -> str:
    """The zone that a series is of, as a reader knows it."""
    return "the whole site" if zone_id is None else names.get(zone_id, zone_id)


def _witness_facts(row: ListedWitnessRow, figures: FigureList) -> Context:
    """What a series is, how long, and its newest value."""
    number = f"{row['value_count']}"
    return {
        "name": row["name"],
        "unit": row["unit"],
        "source": row["source"] or "not told",
        "sha256": row["sha256"],
        "number": figures.show(
            "witness_values", row, "count(*)", number, name="value_count", by=("site_id", "name")
        ),
        "last_value": figures.show("witness_values", row, "value", f"{row['value']:g}"),
        "last_on": figures.show(
            "witness_values", row, "counted_on", texts.format_day(row["counted_on"])
        ),
        "state": _witness_state(row, figures),
    }


def _witness_state(row: ListedWitnessRow, figures: FigureList) -> Context:
    """How a series stands, in words, with the values it misses while it learns."""
    missing = row["looks_missing"]
    if row["state"] == "learning":
        shown = figures.show("witness_tests", row, "looks_missing", f"{missing}")
        return {"words": "still learning, values missing until tested:", "missing": shown}
    return {"words": STATES.get(row["state"] or "", "not tested yet"), "missing": None}


def _alarm_entry(row: WitnessAlarmRow, figures: FigureList) -> Context:
    """An alarm in a line."""
    return {
        "direction": row["direction"],
        "opened": figures.show(
            "witness_alarms", row, "opened_on", texts.format_day(row["opened_on"])
        ),
        "last": figures.show("witness_alarms", row, "last_on", texts.format_day(row["last_on"])),
        "summary": figures.show("witness_alarms", row, "summary", str(row["summary"])),
    }
