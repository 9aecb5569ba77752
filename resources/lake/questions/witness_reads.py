"""What the lake holds of witnesses, as the test, pages and the command ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from resources.lake.lake import Lake
from resources.lake.question_rows import ListedWitnessRow
from resources.lake.rows import WitnessAlarmRow, WitnessRow, WitnessValueRow

LISTED: Final = """
SELECT
    w.site_id, w.name, w.zone_id, w.unit, w.source, w.sha256, t.state, t.looks_missing,
    t.witnesses, t.false_alarms_per_year_asked, count(v.value) AS value_count,
    max(v.counted_on) AS counted_on, arg_max(v.value, v.counted_on) AS value
FROM witnesses AS w
LEFT JOIN witness_values AS v USING (site_id, name)
LEFT JOIN witness_tests AS t USING (site_id, name)
WHERE {which}
GROUP BY ALL ORDER BY w.site_id, w.name
"""


@dataclass(frozen=True, slots=True)
class StoredWitness:
    """A witness with its values.

    Attributes:
        row: of `witnesses`.
        looks: rows of `witness_values` by day.
    """

    row: WitnessRow
    looks: list[WitnessValueRow]


def stored_witnesses(lake: Lake, site_id: str) -> list[StoredWitness]:
    """All witnesses of a site by name."""
    rows = lake.query_as(
        WitnessRow, "SELECT * FROM witnesses WHERE site_id = ? ORDER BY name", [site_id]
    )
    looks = lake.query_as(
        WitnessValueRow,
        "SELECT * FROM witness_values WHERE site_id = ? ORDER BY name, counted_on",
        [site_id],
    )
    by_name: dict[str, list[WitnessValueRow]] = {}
    for look in looks:
        by_name.setdefault(look["name"], []).append(look)
    return [StoredWitness(row, by_name.get(row["name"], [])) for row in rows]


def listed_witnesses(lake: Lake, site_id: str | None = None) -> list[ListedWitnessRow]:
    """A row a witness of a site, or of all: what it is, its newest value, and its state."""
    if site_id is None:
        return lake.query_as(ListedWitnessRow, LISTED.format(which="true"))
    return lake.query_as(ListedWitnessRow, LISTED.format(which="w.site_id = ?"), [site_id])


def witness_alarms(lake: Lake, site_id: str) -> list[WitnessAlarmRow]:
    """Alarms of a site's witnesses, the newest first."""
    return lake.query_as(
        WitnessAlarmRow,
        "SELECT * FROM witness_alarms WHERE site_id = ? ORDER BY opened_on DESC, name, direction",
        [site_id],
    )
