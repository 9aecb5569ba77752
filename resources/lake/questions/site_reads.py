"""What the command asks of sites and of the lake as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from resources.attribution import credit_lines
from resources.lake.lake import Lake
from resources.lake.question_rows import ObjectSizeRow, PassTimeRow, ShownLookRow, SiteStatusRow
from resources.lake.questions.numbers import single_number
from resources.lake.rows import SceneRow
from resources.lake.schema.tables import NO_LOOK
from resources.months import Month

ANY_INDEX: Final = "any"  # of the indices of `detectability`: what an alert needs
SEEN_OBJECTS: Final = """
SELECT
    site_id, zone_id, index_name, shape, paint, any_value(length_50_m) AS length_50_m,
    any_value(length_90_m) AS length_90_m, max(length_m) AS longest_m, max(looks) AS looks,
    max(computed_for) AS computed_for
FROM detectability WHERE site_id = ? AND index_name = ?
GROUP BY ALL ORDER BY zone_id, shape, paint
"""
NEWEST_OF_ZONES: Final = """
WITH newest AS (
    SELECT
        site_id, zone_id, max(sensed_at) AS sensed_at, any_value(state) AS state,
        arg_max(index_name, abs(z)) AS index_name, arg_max(z, abs(z)) AS z
    FROM latest GROUP BY site_id, zone_id
), raised AS (
    SELECT site_id, zone_id, min(status) AS status  -- confirmed comes before possible
    FROM alert_zones WHERE status IN ('possible', 'confirmed') GROUP BY site_id, zone_id
)
SELECT
    z.site_id, z.zone_id, z.name, z.kind, z.area_m2, z.is_approximate,
    coalesce(r.status, CASE WHEN coalesce(t.state, 'learning') = 'learning' THEN 'learning' END,
        'none') AS alert,
    n.sensed_at, n.state, n.index_name, n.z, z.geometry
FROM zones AS z
LEFT JOIN newest AS n USING (site_id, zone_id)
LEFT JOIN raised AS r USING (site_id, zone_id)
LEFT JOIN site_tests AS t USING (site_id)
JOIN sites AS s USING (site_id)
WHERE z.valid_to IS NULL
    AND (s.retired_at IS NULL OR NOT EXISTS (FROM sites WHERE retired_at IS NULL))
ORDER BY z.site_id, z.position
"""
LOOKS_SHOWN: Final = """
WITH peaks AS (
    SELECT peak_acquisition_id FROM alerts
    WHERE site_id = $site AND confirmed_on IS NOT NULL AND status <> 'withdrawn'
    ORDER BY opened_on DESC LIMIT $most
), newest AS (
    SELECT acquisition_id FROM activity WHERE site_id = $site AND state = 'valid' AND z IS NOT NULL
    ORDER BY sensed_at DESC, acquisition_id LIMIT 1
)
SELECT
    acquisition_id, sensed_at, attribution,
    concat_ws(', ',
        CASE WHEN acquisition_id IN (FROM newest) THEN 'newest clear look' END,
        CASE WHEN acquisition_id IN (FROM peaks) THEN 'peak of an alert' END
    ) AS why
FROM scenes
WHERE site_id = $site AND acquisition_id IN (FROM peaks UNION ALL FROM newest)
ORDER BY sensed_at DESC, acquisition_id
"""


def count_looks(lake: Lake, site_id: str, start: dt.datetime, end: dt.datetime) -> int:
    """Looks of a site in [start, end)."""
    return single_number(
        lake,
        "SELECT count(*) AS n FROM scenes WHERE site_id = ? AND sensed_at >= ?"
        f" AND sensed_at < ? AND state NOT IN {NO_LOOK}",
        site_id,
        start,
        end,
    )


def count_sites_and_scenes(lake: Lake) -> tuple[int, int]:
    """How many sites and rows of scenes there are."""
    sites = single_number(lake, "SELECT count(*) AS n FROM sites")
    return sites, single_number(lake, "SELECT count(*) AS n FROM scenes")


def pass_times(lake: Lake, site_id: str, days: int) -> list[PassTimeRow]:
    """Looks of a site in so many days before its newest."""
    return lake.query_as(
        PassTimeRow,
        "SELECT platform, coalesce(relative_orbit, 0) AS orbit, sensed_at, published_at"
        f" FROM scenes WHERE site_id = ? AND state NOT IN {NO_LOOK} AND platform IS NOT NULL"
        " QUALIFY sensed_at >= max(sensed_at) OVER () - to_days(?)",
        [site_id, days],
    )


def lake_credits(lake: Lake) -> list[str]:
    """Lines of attribution for all that the lake holds: the project's own, and those of sources."""
    rows = lake.query(
        "SELECT DISTINCT year(sensed_at) AS year, attribution AS line FROM scenes"
        " WHERE attribution IS NOT NULL"
    )
    return credit_lines((int(str(row["year"])), str(row["line"])) for row in rows)


def seen_objects(lake: Lake, site_id: str) -> list[ObjectSizeRow]:
    """The shortest objects that would have been seen in each zone, by shape and paint."""
    return lake.query_as(ObjectSizeRow, SEEN_OBJECTS, [site_id, ANY_INDEX])


def detectability_inputs(lake: Lake, site_id: str) -> set[str]:
    """The hash that the stored detectability of a site was made for; empty without rows."""
    rows = lake.query("SELECT DISTINCT inputs_hash FROM detectability WHERE site_id = ?", [site_id])
    return {str(row["inputs_hash"]) for row in rows}


def detectability_month(lake: Lake, site_id: str) -> Month | None:
    """The newest month that the lake's detectability was worked from; None without any."""
    (row,) = lake.query(
        "SELECT max(computed_for) AS day FROM detectability WHERE site_id = ?", [site_id]
    )
    return None if row["day"] is None else Month.parse(str(row["day"]))


def method_versions(lake: Lake, table: str, site_id: str) -> set[str]:
    """Versions of the method by which a site's rows of a table were made; not of withdrawn ones."""
    stands = " AND status <> 'withdrawn'" if table == "alerts" else ""
    rows = lake.query(
        f"SELECT DISTINCT method_version FROM {table} WHERE site_id = ?{stands}", [site_id]
    )
    return {str(row["method_version"]) for row in rows}


def look_scenes(lake: Lake, site_id: str, acquisition_id: str) -> list[SceneRow]:
    """The row of `scenes` of a look; none where it is no look any more."""
    return lake.query_as(
        SceneRow,
        f"SELECT * FROM scenes WHERE site_id = ? AND acquisition_id = ? AND state NOT IN {NO_LOOK}",
        [site_id, acquisition_id],
    )


def shown_looks(lake: Lake, site_id: str, most: int) -> list[ShownLookRow]:
    """The newest clear look of a site and the peaks of its newest confirmed alerts."""
    return lake.query_as(ShownLookRow, LOOKS_SHOWN, {"site": site_id, "most": most})


def status_counts(lake: Lake) -> list[SiteStatusRow]:
    """What the lake holds of each site, one row a site."""
    return lake.query_as(
        SiteStatusRow,
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
        " FROM sites s LEFT JOIN site_tests t USING (site_id) ORDER BY s.site_id",
    )


def looks_missing(lake: Lake, site_ids: Sequence[str]) -> int:
    """Looks that the sites still learning miss, the most of any; 0 where all are tested."""
    return single_number(
        lake,
        "SELECT coalesce(max(looks_missing), 0) AS n FROM site_tests"
        " WHERE site_id IN (SELECT unnest(CAST(? AS VARCHAR[])))",
        list(site_ids),
    )
