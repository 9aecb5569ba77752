"""Views and macros of the lake: an analyst's questions in one line each, and the SQL to make them.

Only questions whose answer is in the tables; nothing here writes rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from resources.lake.schema.quoting import escaped_sql_text
from resources.lake.schema.tables import NO_LOOK


@dataclass(frozen=True, slots=True)
class LakeView:
    """A view; the comment says what a row of it is."""

    name: str
    comment: str
    query: str

    def statements(self) -> list[str]:
        """SQL that makes the view or replaces an older one."""
        return [
            f"CREATE OR REPLACE VIEW {self.name} AS {self.query}",
            f"COMMENT ON VIEW {self.name} IS '{escaped_sql_text(self.comment)}'",
        ]


@dataclass(frozen=True, slots=True)
class TableMacro:
    """A question with parameters, asked as `FROM name(...)`; DuckLake keeps no comment of it."""

    name: str
    parameters: tuple[str, ...]
    query: str

    def statements(self) -> list[str]:
        """SQL that makes the macro or replaces an older one."""
        names = ", ".join(self.parameters)
        return [f"CREATE OR REPLACE MACRO {self.name}({names}) AS TABLE {self.query}"]


LATEST = LakeView(
    name="latest",
    comment="The newest look of every site, zone and index, whatever it showed",
    query=f"""
        SELECT * FROM activity
        WHERE coalesce(state, '') NOT IN {NO_LOOK}
        QUALIFY row_number() OVER (
            PARTITION BY site_id, zone_id, index_name
            ORDER BY sensed_at DESC, acquisition_id DESC
        ) = 1
        ORDER BY site_id, zone_id, index_name
    """,
)

OPEN_ALERTS = LakeView(
    name="open_alerts",
    comment="Alerts that are possible or confirmed and not closed, newest first",
    query="""
        SELECT * FROM alerts
        WHERE status IN ('possible', 'confirmed')
        ORDER BY opened_on DESC, site_id, alert_id
    """,
)

ALERT_ZONES = LakeView(
    name="alert_zones",
    comment="Every series that moved in an alert: a row an alert, zone and index, with its dates",
    query="""
        SELECT
            a.site_id, e.zone_id, e.index_name, a.alert_id, a.direction AS alert_direction,
            e.direction, e.meaning, a.status, a.first_seen_on, a.opened_on, a.confirmed_on,
            a.closed_on,
            CAST(f.sensed_at AT TIME ZONE 'UTC' AS DATE) AS first_on,
            CAST(p.sensed_at AT TIME ZONE 'UTC' AS DATE) AS peak_on,
            e.peak_z, e.effect, e.unit, e.first_acquisition_id, e.peak_acquisition_id,
            e.ordinary_causes, a.score, a.headline, a.summary
        FROM alerts AS a
        JOIN alert_evidence AS e USING (alert_id)
        LEFT JOIN scenes AS f
            ON f.site_id = a.site_id AND f.acquisition_id = e.first_acquisition_id
        LEFT JOIN scenes AS p
            ON p.site_id = a.site_id AND p.acquisition_id = e.peak_acquisition_id
        ORDER BY a.opened_on, a.alert_id, abs(e.peak_z) DESC, e.zone_id, e.index_name
    """,
)

SITE_COURSES = LakeView(
    name="site_courses",
    comment="What may be said of each site now: how much of what usually covers it is there",
    query="""
        SELECT * FROM assessments
        QUALIFY row_number() OVER (PARTITION BY site_id ORDER BY known_at DESC) = 1
        ORDER BY site_id
    """,
)

UNTIMED = "~[0-9]{4}-[0-9]{2}$"
"""Ends the id of a refused item whose day is not known; its month stands for it."""
PASS_LATE_DAYS, PASS_GIVEN_UP_DAYS = 2, 30
"""Age in days from which a pass that nobody listed is late, and given up, as `passes` has it."""

COVERAGE_CALENDAR = LakeView(
    name="coverage_calendar",
    comment="What each day showed of each site: its looks, refused ones, expected passes without",
    query=f"""
        WITH zones_of_look AS (
            SELECT
                site_id, acquisition_id, count(*) AS zones,
                count(*) FILTER (state = 'valid') AS zones_valid,
                avg(clear_fraction) AS clear_fraction
            FROM cloud_masks GROUP BY site_id, acquisition_id
        ), day_with_look AS (
            SELECT
                s.site_id, CAST(s.sensed_at AT TIME ZONE 'UTC' AS DATE) AS day,
                count(*) AS looks,
                arg_min(s.state, list_position(
                    ['valid', 'partial', 'snow', 'cloudy', 'no_data'], s.state
                )) AS state,
                max(z.zones_valid) AS zones_valid, max(z.zones) AS zones,
                max(z.clear_fraction) AS clear_fraction
            FROM scenes AS s
            LEFT JOIN zones_of_look AS z USING (site_id, acquisition_id)
            WHERE coalesce(s.state, '') NOT IN {NO_LOOK}
            GROUP BY s.site_id, day
        ), fate AS (
            -- A pass ages while nobody works its month again; days as in assets.scenes.passes.
            SELECT
                site_id, expected_on AS day,
                expected_on < max(expected_on) FILTER (state IN ('seen', 'no_data'))
                    OVER (PARTITION BY site_id, platform) AS is_followed,
                CASE
                    WHEN state = 'seen' THEN 'refused'
                    WHEN state NOT IN ('expected_not_published', 'late') THEN state
                    WHEN epoch(now()) - epoch(expected_on) > 86400 * {PASS_GIVEN_UP_DAYS}
                        THEN CASE WHEN is_followed THEN 'no_pass' ELSE 'not_in_source' END
                    WHEN epoch(now()) - epoch(expected_on) > 86400 * {PASS_LATE_DAYS} THEN 'late'
                    ELSE state
                END AS state
            FROM passes
            UNION ALL
            SELECT
                site_id, CAST(sensed_at AT TIME ZONE 'UTC' AS DATE) AS day, NULL AS is_followed,
                state
            FROM scenes WHERE state = 'refused' AND NOT regexp_matches(acquisition_id, '{UNTIMED}')
        ), day_without AS (
            SELECT
                site_id, day,
                arg_min(state, list_position(
                    ['refused', 'no_data', 'late', 'expected_not_published', 'no_pass',
                        'not_in_source'], state
                )) AS state
            FROM fate
            WHERE NOT EXISTS (
                FROM day_with_look AS d WHERE d.site_id = fate.site_id AND d.day = fate.day
            )
            GROUP BY site_id, day
        )
        SELECT site_id, day, state, looks, zones_valid, zones, clear_fraction FROM day_with_look
        UNION ALL
        SELECT site_id, day, state, 0, NULL, NULL, NULL FROM day_without
        ORDER BY site_id, day
    """,
)

WITNESS_LATEST = LakeView(
    name="witness_latest",
    comment="The newest value of each witness, with its alarm if it is in one; not from Sentinel-2",
    query="""
        SELECT
            w.site_id, w.zone_id, w.name, w.unit, v.counted_on, v.value, t.state AS alarm_state,
            t.looks_missing, a.opened_on, a.mean_expected, a.mean_value, a.false_alarms_per_year,
            a.summary, w.source
        FROM witnesses AS w
        LEFT JOIN (
            SELECT * FROM witness_values
            QUALIFY row_number() OVER (PARTITION BY site_id, name ORDER BY counted_on DESC) = 1
        ) AS v USING (site_id, name)
        LEFT JOIN witness_tests AS t USING (site_id, name)
        LEFT JOIN (
            SELECT * FROM witness_alarms
            QUALIFY row_number() OVER (
                PARTITION BY site_id, name, direction ORDER BY opened_on DESC
            ) = 1
        ) AS a ON a.site_id = w.site_id AND a.name = w.name AND a.direction = t.state
        ORDER BY w.site_id, w.name
    """,
)

TIMELINE = TableMacro(
    name="timeline",
    parameters=("site", "zone"),
    query="""
        SELECT
            sensed_at, index_name, value, standard_error, expected, expected_error, level_effect,
            season_effect, departure, z, state,
            clear_fraction, baseline_n, relative_orbit, shift_px, flags, acquisition_id
        FROM activity
        WHERE site_id = site AND zone_id = zone
        ORDER BY index_name, sensed_at, acquisition_id
    """,
)

AS_KNOWN_ON = TableMacro(
    name="as_known_on",
    parameters=("day",),
    query="""
        SELECT
            l.alert_id, l.site_id, l.status, l.known_at, l.direction, l.meaning, l.headline,
            a.opened_on, a.first_acquisition_id
        FROM alert_log AS l
        LEFT JOIN alerts AS a USING (alert_id)
        WHERE l.known_at < (CAST(day AS DATE) + INTERVAL 1 DAY) AT TIME ZONE 'UTC'
        QUALIFY row_number() OVER (
            PARTITION BY l.alert_id
            ORDER BY l.known_at DESC, list_position(
                ['possible', 'confirmed', 'closed', 'withdrawn'], l.status
            ) DESC
        ) = 1
        ORDER BY l.site_id, l.known_at, l.alert_id
    """,
)

VIEWS: tuple[LakeView, ...] = (
    LATEST,
    OPEN_ALERTS,
    ALERT_ZONES,
    SITE_COURSES,
    COVERAGE_CALENDAR,
    WITNESS_LATEST,
)
MACROS: tuple[TableMacro, ...] = (TIMELINE, AS_KNOWN_ON)
