"""What stages and sensors ask of scenes, masks, activity and months, with typed answers.

Tables are in `schema`, writing in `writes`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, cast

from resources.archive.stac_collections import SitePage
from resources.attribution import credit_lines
from resources.grids import geographic_bounds
from resources.lake.lake import Lake, StoredSite
from resources.lake.question_rows import LookTimeRow, SeriesRow
from resources.lake.rows import ActivityRow, CloudMaskRow, Row, SceneRow
from resources.lake.schema.table import LakeTable
from resources.lake.schema.tables import NO_LOOK
from resources.months import Month

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


def scenes_between(
    lake: Lake, site_id: str, start: dt.datetime, end: dt.datetime
) -> list[SceneRow]:
    """Looks of a site in [start, end) that were read and hold, in the order of sensing."""
    return lake.query_as(
        SceneRow,
        "SELECT * FROM scenes WHERE site_id = ? AND sensed_at >= ? AND sensed_at < ?"
        f" AND state NOT IN {NO_LOOK} ORDER BY sensed_at, acquisition_id",
        [site_id, start, end],
    )


def rows_of_scenes(
    lake: Lake, site_id: str, start: dt.datetime, end: dt.datetime
) -> list[SceneRow]:
    """All that `scenes` says of a site in [start, end), also what was replaced or refused."""
    return lake.query_as(
        SceneRow,
        "SELECT * FROM scenes WHERE site_id = ? AND sensed_at >= ? AND sensed_at < ?"
        " ORDER BY sensed_at, acquisition_id",
        [site_id, start, end],
    )


def rows_of_site(lake: Lake, table: LakeTable, site_id: str) -> list[Row]:
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


def mask_states(
    lake: Lake, site_id: str, start: dt.datetime, end: dt.datetime
) -> list[CloudMaskRow]:
    """State of each zone at each look in [start, end)."""
    return lake.query_as(
        CloudMaskRow,
        "SELECT acquisition_id, zone_id, state FROM cloud_masks"
        " WHERE site_id = ? AND sensed_at >= ? AND sensed_at < ?",
        [site_id, start, end],
    )


def activity_series(lake: Lake, site_id: str) -> list[SeriesRow]:
    """Every look of a site's zones that is tested or learnt from, in the order of sensing.

    Judged values (`z`) of looks that show a zone whole: what is partly hidden is there for
    people, but what stands beside a cloud is too often a rim of it. Looks still learning and those
    under snow come without a value: they tell what was seen, and when snow lay.
    """
    return lake.query_as(
        SeriesRow,
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


def look_times(lake: Lake, site_id: str) -> list[LookTimeRow]:
    """Every look of a site, whatever it shows, with the moment from which it could be known."""
    return lake.query_as(
        LookTimeRow,
        f"SELECT s.acquisition_id, s.sensed_at, {KNOWN_AT} AS known_at FROM scenes s"
        f" WHERE s.site_id = ? AND coalesce(s.state, '') NOT IN {NO_LOOK}"
        " ORDER BY s.sensed_at, s.acquisition_id",
        [site_id],
    )


def newest_look(lake: Lake, site_id: str) -> dt.datetime | None:
    """When the newest look of a site was sensed."""
    rows = lake.query(
        f"SELECT max(sensed_at) AS t FROM scenes WHERE site_id = ? AND state NOT IN {NO_LOOK}",
        [site_id],
    )
    return cast("dt.datetime | None", rows[0]["t"])


def zone_series(lake: Lake, site_id: str, zone_id: str, index_name: str) -> list[ActivityRow]:
    """One series of a zone for a chart, in the order of sensing."""
    return lake.query_as(
        ActivityRow,
        "SELECT sensed_at, value, expected, expected_error, standard_error, state FROM activity"
        " WHERE site_id = ? AND zone_id = ? AND index_name = ? ORDER BY sensed_at",
        [site_id, zone_id, index_name],
    )
