"""The questions that stages, checks and sensors ask the lake, as functions with typed answers.

SQL of the project's own reading stands here; tables are in `tables`, writing in `lake`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from resources.archive.stac_collections import SitePage
from resources.attribution import credit_lines
from resources.grids import geographic_bounds
from resources.lake.lake import Lake, StoredSite
from resources.lake.schema.table import Table
from resources.lake.schema.tables import NO_LOOK
from resources.models import Month

Row = dict[str, Any]
KNOWN_AT: Final = "greatest(coalesce(s.published_at, s.sensed_at), s.sensed_at)"
"""From when a look `s` of `scenes` could be known: not before it was sensed."""


@dataclass(frozen=True, slots=True)
class StageMonth:
    """What a stage last made of a month: hashes of what it read and wrote, and its version."""

    stage: str
    month: Month
    inputs_hash: str
    outputs_hash: str
    method_version: str


def site_of(lake: Lake, site_id: str) -> StoredSite:
    """The stored site; KeyError if the lake has none of this id."""
    for stored in lake.sites():
        if stored.site.site_id == site_id:
            return stored
    raise KeyError(site_id)


def site_page(lake: Lake, stored: StoredSite) -> SitePage:
    """What the archive's catalogue says of a site."""
    rows = lake.query(
        "SELECT attribution, min(sensed_at) AS first, max(sensed_at) AS last FROM scenes"
        " WHERE site_id = ? AND attribution IS NOT NULL GROUP BY attribution",
        [stored.site.site_id],
    )
    lines = {(cast("dt.datetime", row["last"]).year, str(row["attribution"])) for row in rows}
    return SitePage(
        stored.site.site_id,
        stored.site.name,
        geographic_bounds(stored.grid),
        first=min((cast("dt.datetime", row["first"]) for row in rows), default=None),
        last=max((cast("dt.datetime", row["last"]) for row in rows), default=None),
        credits=tuple(credit_lines(lines)),
    )


def scenes_between(lake: Lake, site_id: str, start: dt.datetime, end: dt.datetime) -> list[Row]:
    """Looks of a site in [start, end) that were read and hold, in the order of sensing."""
    return lake.query(
        "SELECT * FROM scenes WHERE site_id = ? AND sensed_at >= ? AND sensed_at < ?"
        f" AND state NOT IN {NO_LOOK} ORDER BY sensed_at, acquisition_id",
        [site_id, start, end],
    )


def rows_of_scenes(lake: Lake, site_id: str, start: dt.datetime, end: dt.datetime) -> list[Row]:
    """All that `scenes` says of a site in [start, end), also what was replaced or refused."""
    return lake.query(
        "SELECT * FROM scenes WHERE site_id = ? AND sensed_at >= ? AND sensed_at < ?"
        " ORDER BY sensed_at, acquisition_id",
        [site_id, start, end],
    )


def rows_of_site(lake: Lake, table: Table, site_id: str) -> list[Row]:
    """All rows of a site in a table, by key; in those without `site_id`, of the site's alerts."""
    has_site = "site_id" in table.column_names
    of_site = "site_id = ?"
    of_alerts = "alert_id IN (SELECT alert_id FROM alerts WHERE site_id = ?)"
    return lake.query(
        f"SELECT * FROM {table.name} WHERE {of_site if has_site else of_alerts}"
        f" ORDER BY {', '.join(table.key)}",
        [site_id],
    )


def stage_months(lake: Lake, site_id: str) -> list[StageMonth]:
    """Every stage and month that was worked for a site."""
    rows = lake.query(
        "SELECT stage, month, inputs_hash, outputs_hash, method_version FROM site_months"
        " WHERE site_id = ? ORDER BY month, stage",
        [site_id],
    )
    return [
        StageMonth(
            str(row["stage"]),
            Month.parse(str(row["month"])),
            str(row["inputs_hash"]),
            str(row["outputs_hash"]),
            str(row["method_version"]),
        )
        for row in rows
    ]


def mask_states(lake: Lake, site_id: str, start: dt.datetime, end: dt.datetime) -> list[Row]:
    """State of each zone at each look in [start, end)."""
    return lake.query(
        "SELECT acquisition_id, zone_id, state FROM cloud_masks"
        " WHERE site_id = ? AND sensed_at >= ? AND sensed_at < ?",
        [site_id, start, end],
    )


def activity_series(lake: Lake, site_id: str) -> list[Row]:
    """Every look of a site's zones that is tested or learnt from, in the order of sensing.

    Judged values (`z`) of looks that show a zone whole: what is partly hidden is there for
    people, but what stands beside a cloud is too often a rim of it. Looks still learning and those
    under snow come without a value: they tell what was seen, and when snow lay.
    """
    return lake.query(
        "SELECT a.zone_id, a.index_name, a.acquisition_id, a.sensed_at, a.value, a.departure,"
        " a.standard_error, a.expected_error, a.baseline_n, a.state, a.flags, a.shift_px,"
        " CASE WHEN a.state = 'valid' THEN a.z END AS z,"
        " a.relative_orbit, s.sun_elevation_deg, s.attribution, m.haze_fraction,"
        f" {KNOWN_AT} AS known_at"
        " FROM activity a JOIN scenes s USING (site_id, acquisition_id)"
        " LEFT JOIN cloud_masks m USING (site_id, acquisition_id, zone_id)"
        " WHERE a.site_id = ? AND a.state IN ('valid', 'learning', 'snow')"
        " ORDER BY a.sensed_at, a.acquisition_id, a.zone_id, a.index_name",
        [site_id],
    )


def look_times(lake: Lake, site_id: str) -> list[Row]:
    """Every look of a site, whatever it shows, with the moment from which it could be known."""
    return lake.query(
        f"SELECT s.acquisition_id, s.sensed_at, {KNOWN_AT} AS known_at FROM scenes s"
        f" WHERE s.site_id = ? AND coalesce(s.state, '') NOT IN {NO_LOOK}"
        " ORDER BY s.sensed_at, s.acquisition_id",
        [site_id],
    )


def stored_alerts(lake: Lake, site_id: str) -> list[Row]:
    """Alerts of a site as last judged."""
    return lake.query("SELECT * FROM alerts WHERE site_id = ? ORDER BY alert_id", [site_id])


def stored_evidence(lake: Lake, site_id: str) -> list[Row]:
    """Evidence of a site's alerts as last judged."""
    return lake.query(
        "SELECT e.* FROM alert_evidence e JOIN alerts a USING (alert_id) WHERE a.site_id = ?"
        " ORDER BY e.alert_id, e.zone_id, e.index_name",
        [site_id],
    )


def stored_log(lake: Lake, site_id: str) -> list[Row]:
    """Every status that an alert of a site ever came to."""
    return lake.query(
        "SELECT * FROM alert_log WHERE site_id = ? ORDER BY alert_id, known_at, status", [site_id]
    )


def duplicate_keys(lake: Lake, table: str, key: tuple[str, ...], site_id: str) -> int:
    """Rows of a site too many under one key; `table` and `key` come from the schema."""
    columns = ", ".join(key)
    return count(
        lake,
        f"SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM {table}"
        f" WHERE site_id = ? GROUP BY {columns})",
        site_id,
    )


def repeated_evidence(lake: Lake, site_id: str) -> int:
    """Evidence of a site's alerts that stands more than once."""
    return count(
        lake,
        "SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM alert_evidence"
        " WHERE alert_id IN (SELECT alert_id FROM alerts WHERE site_id = ?)"
        " GROUP BY alert_id, zone_id, index_name)",
        site_id,
    )


def count(lake: Lake, sql: str, *parameters: object) -> int:
    """The one number of a question whose column is called n."""
    return int(cast("Any", lake.query(sql, list(parameters))[0]["n"]))


def fractions_off(lake: Lake, site_id: str) -> int:
    """Masks of a site whose shares are not within 0..1 or do not add up to 1."""
    parts = [f"{name}_fraction" for name in ("clear", "cloud", "shadow", "snow", "haze", "no_data")]
    inside = " AND ".join(f"{part} BETWEEN -1e-6 AND 1 + 1e-6" for part in parts)
    whole = f"abs({' + '.join(parts)} - 1) <= 1e-6"
    return count(
        lake,
        "SELECT count(*) AS n FROM cloud_masks WHERE site_id = ?"
        f" AND NOT coalesce({inside} AND {whole}, false)",
        site_id,
    )


def values_without_state(lake: Lake, site_id: str) -> int:
    """Activity rows without a state, or with a judged value that their state forbids."""
    return count(
        lake,
        "SELECT count(*) AS n FROM activity WHERE site_id = ? AND (state IS NULL"
        " OR (z IS NOT NULL AND state NOT IN ('valid', 'partial'))"
        " OR (state IN ('valid', 'partial') AND (value IS NULL OR standard_error IS NULL)))",
        site_id,
    )


def looks_from_the_future(lake: Lake, site_id: str, now: dt.datetime) -> int:
    """Looks of a site sensed after now."""
    return count(
        lake,
        "SELECT count(*) AS n FROM scenes WHERE site_id = ? AND sensed_at > ?",
        site_id,
        now,
    )


def offset_conflicts(lake: Lake, site_id: str) -> int:
    """Looks of a site whose declared offset disagrees with other evidence."""
    return count(
        lake,
        "SELECT count(*) AS n FROM scenes WHERE site_id = ? AND offset_conflict"
        f" AND state NOT IN {NO_LOOK}",
        site_id,
    )


def alerts_without_first_look(lake: Lake, site_id: str) -> int:
    """Alerts of a site whose first look `scenes` has not; withdrawn ones are left aside."""
    return count(
        lake,
        "SELECT count(*) AS n FROM alerts a LEFT JOIN scenes s ON s.site_id = a.site_id"
        " AND s.acquisition_id = a.first_acquisition_id"
        " WHERE a.site_id = ? AND a.status <> 'withdrawn' AND s.acquisition_id IS NULL",
        site_id,
    )


def newest_look(lake: Lake, site_id: str) -> dt.datetime | None:
    """When the newest look of a site was sensed."""
    rows = lake.query(
        f"SELECT max(sensed_at) AS t FROM scenes WHERE site_id = ? AND state NOT IN {NO_LOOK}",
        [site_id],
    )
    return cast("dt.datetime | None", rows[0]["t"])


def open_alerts(lake: Lake, site_id: str) -> list[Row]:
    """Possible and confirmed alerts of a site, strongest first."""
    return lake.query(
        "SELECT alert_id, direction, status, opened_on, score, headline, summary FROM alerts"
        " WHERE site_id = ? AND status IN ('possible', 'confirmed') ORDER BY score DESC, alert_id",
        [site_id],
    )


def looks_missing(lake: Lake, site_ids: Sequence[str]) -> int:
    """Looks that the sites still learning miss, the most of any; 0 where all are tested."""
    return count(
        lake,
        "SELECT coalesce(max(looks_missing), 0) AS n FROM site_tests"
        " WHERE site_id IN (SELECT unnest(CAST(? AS VARCHAR[])))",
        list(site_ids),
    )


def zone_series(lake: Lake, site_id: str, zone_id: str, index_name: str) -> list[Row]:
    """One series of a zone for a chart, in the order of sensing."""
    return lake.query(
        "SELECT sensed_at, value, expected, expected_error, standard_error, state FROM activity"
        " WHERE site_id = ? AND zone_id = ? AND index_name = ? ORDER BY sensed_at",
        [site_id, zone_id, index_name],
    )


def status_counts(lake: Lake) -> list[Row]:
    """What the lake holds of each site, one row a site."""
    return lake.query(
        "SELECT s.site_id, s.name, s.retired_at IS NOT NULL AS is_retired,"
        " (SELECT count(*) FROM scenes c WHERE c.site_id = s.site_id"
        f"   AND c.state NOT IN {NO_LOOK}) AS looks,"
        " (SELECT max(sensed_at) FROM scenes c WHERE c.site_id = s.site_id"
        f"   AND c.state NOT IN {NO_LOOK}) AS newest,"
        " (SELECT count(DISTINCT acquisition_id) FROM activity a"
        "   WHERE a.site_id = s.site_id AND z IS NOT NULL) AS judged,"
        " (SELECT count(*) FROM alerts l WHERE l.site_id = s.site_id"
        "   AND status IN ('possible', 'confirmed')) AS open_alerts,"
        " t.state AS test, t.looks_missing,"
        " round(t.false_alarms_per_year_asked, 2) AS false_alarms_asked,"
        " round(t.false_alarms_per_year_achieved, 2) AS false_alarms_achieved"
        " FROM sites s LEFT JOIN site_tests t USING (site_id) ORDER BY s.site_id"
    )
