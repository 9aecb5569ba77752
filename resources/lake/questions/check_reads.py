"""What asset checks ask the lake: how many rows are not as they must be, a number each.

What follows from a number is decided by the check.
"""

from __future__ import annotations

import datetime as dt

from resources.lake.lake import Lake
from resources.lake.questions.numbers import single_number
from resources.lake.schema.tables import NO_LOOK


def duplicate_keys(lake: Lake, table: str, key: tuple[str, ...], site_id: str) -> int:
    """Rows of a site too many under one key; `table` and `key` come from the schema."""
    columns = ", ".join(key)
    return single_number(
        lake,
        f"SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM {table}"
        f" WHERE site_id = ? GROUP BY {columns})",
        site_id,
    )


def repeated_evidence(lake: Lake, site_id: str) -> int:
    """Evidence of a site's alerts that stands more than once."""
    return single_number(
        lake,
        "SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM alert_evidence"
        " WHERE alert_id IN (SELECT alert_id FROM alerts WHERE site_id = ?)"
        " GROUP BY alert_id, zone_id, index_name)",
        site_id,
    )


def inconsistent_fractions(lake: Lake, site_id: str) -> int:
    """Masks of a site whose shares are not within 0..1 or do not add up to 1."""
    parts = [f"{name}_fraction" for name in ("clear", "cloud", "shadow", "snow", "haze", "no_data")]
    inside = " AND ".join(f"{part} BETWEEN -1e-6 AND 1 + 1e-6" for part in parts)
    whole = f"abs({' + '.join(parts)} - 1) <= 1e-6"
    return single_number(
        lake,
        "SELECT count(*) AS n FROM cloud_masks WHERE site_id = ?"
        f" AND NOT coalesce({inside} AND {whole}, false)",
        site_id,
    )


def values_without_state(lake: Lake, site_id: str) -> int:
    """Activity rows without a state, or with a judged value that their state forbids."""
    return single_number(
        lake,
        "SELECT count(*) AS n FROM activity WHERE site_id = ? AND (state IS NULL"
        " OR (z IS NOT NULL AND state NOT IN ('valid', 'partial'))"
        " OR (state IN ('valid', 'partial') AND (value IS NULL OR standard_error IS NULL)))",
        site_id,
    )


def looks_from_the_future(lake: Lake, site_id: str, now: dt.datetime) -> int:
    """Looks of a site sensed after now."""
    return single_number(
        lake,
        "SELECT count(*) AS n FROM scenes WHERE site_id = ? AND sensed_at > ?",
        site_id,
        now,
    )


def offset_conflicts(lake: Lake, site_id: str) -> int:
    """Looks of a site whose declared offset disagrees with other evidence."""
    return single_number(
        lake,
        "SELECT count(*) AS n FROM scenes WHERE site_id = ? AND offset_conflict"
        f" AND state NOT IN {NO_LOOK}",
        site_id,
    )


def alerts_without_first_look(lake: Lake, site_id: str) -> int:
    """Alerts of a site whose first look `scenes` has not; withdrawn ones are left aside."""
    return single_number(
        lake,
        "SELECT count(*) AS n FROM alerts a LEFT JOIN scenes s ON s.site_id = a.site_id"
        " AND s.acquisition_id = a.first_acquisition_id"
        " WHERE a.site_id = ? AND a.status <> 'withdrawn' AND s.acquisition_id IS NULL",
        site_id,
    )
