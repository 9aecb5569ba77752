"""What a stage writes in one transaction: a site's months, or a site's alerts with their log.

Works inside a transaction that someone else opened; how rows get in is `row_writer`'s work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from resources.errors import LakeError
from resources.lake.row_writer import (
    Rows,
    RowScope,
    append_rows,
    apply_rows,
    scope_of_months,
    scope_of_site,
    with_defaults,
)
from resources.lake.rows import Row
from resources.lake.schema.tables import (
    ALERT_EVIDENCE,
    ALERT_LOG,
    ALERTS,
    SITE_MONTHS,
    table_named,
)
from resources.months import Month

WHOLE_SITE = dt.date(1, 1, 1)
"""Month in `site_months` of a stage that is cut by site alone."""


@dataclass(frozen=True, slots=True)
class SiteAlertRows:
    """All alerts of a site as judged today: rows of `alerts`, `alert_evidence` and `alert_log`.

    `stage_row` is the row of `site_months` that says the work was done, its month left out;
    `others` are rows of further tables that are the site's own, such as `site_tests`, by table.
    """

    alerts: Rows
    evidence: Rows
    log: Rows
    stage_row: Row | None = None
    others: Mapping[str, Rows] = field(default_factory=dict)


def write_months(
    connection: duckdb.DuckDBPyConnection,
    site_id: str,
    months: Sequence[Month],
    tables: Mapping[str, Rows],
    stage_months: Rows,
) -> int:
    """Make a site's months be exactly these rows; counts rows added, changed or taken away."""
    count = 0
    for name, rows in tables.items():
        table = table_named(name)
        scope = scope_of_site(site_id) & scope_of_months(table, months)
        count += apply_rows(connection, table, scope, with_defaults(rows, site_id=site_id))
    return count + _note_stages(connection, site_id, stage_months)


def write_site(
    connection: duckdb.DuckDBPyConnection, site_id: str, tables: Mapping[str, Rows]
) -> int:
    """Make all rows of a site be exactly these; counts rows added, changed or taken away."""
    scope = scope_of_site(site_id)
    return sum(
        apply_rows(connection, table_named(name), scope, with_defaults(rows, site_id=site_id))
        for name, rows in tables.items()
    )


def write_alerts(
    connection: duckdb.DuckDBPyConnection, site_id: str, judgement: SiteAlertRows, *, run_id: str
) -> int:
    """Make a site's alerts be exactly these and append to the log; counts rows as above.

    Raises:
        LakeError: evidence or log of an alert that is neither among these nor stored.
    """
    alerts = with_defaults(judgement.alerts, site_id=site_id)
    log = with_defaults(judgement.log, site_id=site_id, run_id=run_id)
    new_ids = {str(row.get("alert_id")) for row in alerts}
    old_ids = _stored_alert_ids(connection, site_id)
    _check_belong(judgement.evidence, new_ids, ALERT_EVIDENCE.name)
    _check_belong(log, new_ids | old_ids, ALERT_LOG.name)
    of_site = RowScope(
        "alert_id IN (SELECT unnest(CAST(? AS VARCHAR[])))", (sorted(new_ids | old_ids),)
    )
    count = apply_rows(connection, ALERTS, scope_of_site(site_id), alerts)
    count += apply_rows(connection, ALERT_EVIDENCE, of_site, judgement.evidence)
    count += append_rows(connection, ALERT_LOG, log)
    count += write_site(connection, site_id, judgement.others)
    stage_rows = [] if judgement.stage_row is None else [judgement.stage_row]
    return count + _note_stages(connection, site_id, with_defaults(stage_rows, month=WHOLE_SITE))


def _note_stages(connection: duckdb.DuckDBPyConnection, site_id: str, rows: Rows) -> int:
    """Write rows of `site_months`, each in place of the one of its month and stage."""
    rows = with_defaults(rows, site_id=site_id)
    count = 0
    for stage in sorted({str(row.get("stage")) for row in rows}):
        of_stage = [row for row in rows if row.get("stage") == stage]
        months = [row.get("month") for row in of_stage]
        scope = scope_of_site(site_id) & RowScope(
            "stage = ? AND month IN (SELECT unnest(CAST(? AS DATE[])))", (stage, months)
        )
        count += apply_rows(connection, SITE_MONTHS, scope, of_stage)
    return count


def _stored_alert_ids(connection: duckdb.DuckDBPyConnection, site_id: str) -> set[str]:
    """Alerts of the site that were ever stored, also those that only the log remembers."""
    answer = connection.execute(
        "SELECT alert_id FROM alerts WHERE site_id = ? "
        "UNION SELECT alert_id FROM alert_log WHERE site_id = ?",
        [site_id, site_id],
    )
    return {str(row[0]) for row in answer.fetchall()}


def _check_belong(rows: Rows, alert_ids: set[str], table: str) -> None:
    """Refuse rows of alerts that are not the site's."""
    strange = {str(row.get("alert_id")) for row in rows} - alert_ids
    if strange:
        raise LakeError(
            f"Rows for {table} must be of alerts that are being written, found {sorted(strange)}; "
            f"write an alert together with its evidence and log"
        )
