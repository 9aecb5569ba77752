"""What is asked of alerts: as judged, as told, and what a site's course comes to."""

from __future__ import annotations

import datetime as dt

from resources.lake.lake import Lake
from resources.lake.question_rows import ZoneEvidenceRow
from resources.lake.questions.numbers import single_number
from resources.lake.rows import AlertEvidenceRow, AlertLogRow, AlertRow, AssessmentRow


def stored_alerts(lake: Lake, site_id: str) -> list[AlertRow]:
    """Alerts of a site as last judged."""
    return lake.query_as(
        AlertRow, "SELECT * FROM alerts WHERE site_id = ? ORDER BY alert_id", [site_id]
    )


def stored_evidence(lake: Lake, site_id: str) -> list[AlertEvidenceRow]:
    """Evidence of a site's alerts as last judged."""
    return lake.query_as(
        AlertEvidenceRow,
        "SELECT e.* FROM alert_evidence e JOIN alerts a USING (alert_id) WHERE a.site_id = ?"
        " ORDER BY e.alert_id, e.zone_id, e.index_name",
        [site_id],
    )


def stored_log(lake: Lake, site_id: str) -> list[AlertLogRow]:
    """Every status that an alert of a site ever came to."""
    return lake.query_as(
        AlertLogRow,
        "SELECT * FROM alert_log WHERE site_id = ? ORDER BY alert_id, known_at, status",
        [site_id],
    )


def open_alerts(lake: Lake, site_id: str) -> list[AlertRow]:
    """Possible and confirmed alerts of a site, strongest first."""
    return lake.query_as(
        AlertRow,
        "SELECT alert_id, direction, status, opened_on, score, headline, summary FROM alerts"
        " WHERE site_id = ? AND status IN ('possible', 'confirmed') ORDER BY score DESC, alert_id",
        [site_id],
    )


def alerts_beginning(lake: Lake, start: str) -> list[AlertRow]:
    """Alerts whose id begins with these letters."""
    return lake.query_as(
        AlertRow, "SELECT * FROM alerts WHERE starts_with(alert_id, ?) ORDER BY alert_id", [start]
    )


def told_alerts(lake: Lake, site_id: str) -> list[AlertRow]:
    """Alerts of a site that were confirmed or are open, in the order in which they opened."""
    return lake.query_as(
        AlertRow,
        "SELECT status, opened_on, confirmed_on, closed_on, headline, summary FROM alerts"
        " WHERE site_id = ? AND status <> 'withdrawn'"
        " AND (confirmed_on IS NOT NULL OR status = 'possible')"
        " ORDER BY opened_on, alert_id",
        [site_id],
    )


def count_unconfirmed(lake: Lake, site_id: str) -> int:
    """How many alerts of a site were closed without ever being confirmed."""
    return single_number(
        lake,
        "SELECT count(*) AS n FROM alerts WHERE site_id = ? AND confirmed_on IS NULL"
        " AND status = 'closed'",
        site_id,
    )


def confirmed_before(lake: Lake, site_id: str, day: dt.date) -> list[AlertRow]:
    """Alerts of a site that opened before a day and were confirmed."""
    return lake.query_as(
        AlertRow,
        "SELECT headline, opened_on, confirmed_on, summary FROM alerts WHERE site_id = ?"
        " AND confirmed_on IS NOT NULL AND opened_on < ? ORDER BY opened_on",
        [site_id, day],
    )


def confirmed_evidence(lake: Lake, site_id: str) -> list[ZoneEvidenceRow]:
    """Evidence of a site's confirmed alerts by day, the strongest of a day first."""
    return lake.query_as(
        ZoneEvidenceRow,
        "SELECT zone_id, meaning, headline, first_on FROM alert_zones"
        " WHERE site_id = ? AND confirmed_on IS NOT NULL ORDER BY first_on, peak_z DESC",
        [site_id],
    )


def newest_assessment(lake: Lake, site_id: str) -> AssessmentRow | None:
    """What was last said of a site's course; None where nothing was."""
    rows = lake.query_as(
        AssessmentRow,
        "SELECT statement, share, reason FROM site_courses WHERE site_id = ?",
        [site_id],
    )
    return rows[0] if rows else None
