"""From the stored series of a site to rows of alerts, evidence and log.

The bridge between rows and the pure test; Dagster is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.activity.indices import UNITS
from assets.anomalies import wording
from assets.anomalies.alerts import (
    METHOD_VERSION,
    ORDER,
    Alert,
    Evidence,
    SeriesKey,
    find_alerts,
)
from assets.anomalies.evidence import bounded
from assets.anomalies.sequential import Observation
from resources.lake_reads import Row


@dataclass(frozen=True, slots=True)
class Judgement:
    """Rows of `alerts`, `alert_evidence` and `alert_log` of a site."""

    alerts: list[Row]
    evidence: list[Row]
    log: list[Row]


FALSE_ALARMS_ASKED: Final = 0.5  # a year and site, all its zones and indices together


def judge_site(
    site_id: str,
    rows: Sequence[Row],
    *,
    zone_names: Mapping[str, str],
    before: Judgement,
    now: dt.datetime,
) -> Judgement:
    """Alerts of a site as its series stand.

    Args:
        site_id: the site.
        rows: of `lake_reads.activity_series`.
        zone_names: names for people by zone id.
        before: alerts and evidence as stored; those that the series no longer show are withdrawn.
        now: present moment, from which a withdrawal is known.
    """
    alerts = find_alerts(site_id, series_of(rows))
    attributions = {str(row["acquisition_id"]): str(row["attribution"]) for row in rows}
    judged = [_alert_row(alert, zone_names, attributions) for alert in alerts]
    evidence = [_evidence_row(alert, one) for alert in alerts for one in _one_a_series(alert)]
    log = [
        {"alert_id": alert.alert_id, "status": status, "known_at": known_at, "recorded_at": now}
        for alert in alerts
        for status, known_at in alert.history()
    ]
    standing = {row["alert_id"]: row["status"] for row in judged}
    for row in before.alerts:
        if row["alert_id"] in standing and row["status"] == "withdrawn":  # seen again after all
            log.append(
                {
                    "alert_id": row["alert_id"],
                    "status": standing[row["alert_id"]],
                    "known_at": now,
                    "recorded_at": now,
                }
            )
        if row["alert_id"] not in standing:
            judged.append({**row, "status": "withdrawn"})
            if row["status"] != "withdrawn":
                log.append(
                    {
                        "alert_id": row["alert_id"],
                        "status": "withdrawn",
                        "known_at": now,
                        "recorded_at": now,
                    }
                )
    evidence += [dict(row) for row in before.evidence if row["alert_id"] not in standing]
    return Judgement(judged, evidence, log)


def series_of(rows: Sequence[Row]) -> dict[SeriesKey, list[Observation]]:
    """Each series of a site that is tested, with the evidence of its looks, in order of the rows.

    Only the indices of ORDER are; the others are there for people.
    """
    rows = [row for row in rows if row["index_name"] in ORDER]
    scores = bounded(np.array([row["z"] for row in rows], dtype=np.float64))
    series: dict[SeriesKey, list[Observation]] = {}
    for row, score in zip(rows, scores, strict=True):
        key = SeriesKey(str(row["zone_id"]), str(row["index_name"]))
        series.setdefault(key, []).append(
            Observation(
                acquisition_id=str(row["acquisition_id"]),
                sensed_at=row["sensed_at"],
                known_at=row["known_at"],
                value=row["value"],
                departure=row["value"] - row["expected"],
                measurement_error=row["standard_error"],
                z=row["z"],
                evidence=float(score),
            )
        )
    return series


def _alert_row(alert: Alert, zone_names: Mapping[str, str], attributions: Mapping[str, str]) -> Row:
    """A row of `alerts`; `attributions` is the line of attribution by acquisition id."""
    peak = alert.strongest.peak.acquisition_id
    confirmed, closed = alert.confirmed_at, alert.closed_at
    return {
        "alert_id": alert.alert_id,
        "direction": alert.direction,
        "status": alert.status,
        "opened_on": alert.first.sensed_at.date(),
        "confirmed_on": None if confirmed is None else confirmed.date(),
        "closed_on": None if closed is None else closed.date(),
        "first_acquisition_id": alert.first.acquisition_id,
        "peak_acquisition_id": peak,
        "last_acquisition_id": alert.last.acquisition_id,
        "score": alert.score,
        "false_alarms_per_year_asked": FALSE_ALARMS_ASKED,
        "false_alarms_per_year_achieved": None,
        "confirmations": alert.confirmations,
        "summary": f"{wording.summary(alert, zone_names)} {attributions[peak]}.",
        "method_version": METHOD_VERSION,
    }


def _one_a_series(alert: Alert) -> list[Evidence]:
    """The strongest change of each series of an alert."""
    best: dict[SeriesKey, Evidence] = {}
    for one in alert.evidence:
        known = best.get(one.key)
        if known is None or one.episode.peak_evidence > known.episode.peak_evidence:
            best[one.key] = one
    return [best[key] for key in sorted(best)]


def _evidence_row(alert: Alert, one: Evidence) -> Row:
    """A row of `alert_evidence`."""
    return {
        "alert_id": alert.alert_id,
        "zone_id": one.key.zone_id,
        "index_name": one.key.index_name,
        "peak_z": one.episode.peak_z(one.series),
        "effect": one.episode.effect(one.series),
        "unit": UNITS[one.key.index_name],
        "first_acquisition_id": one.series[one.episode.opened].acquisition_id,
        "peak_acquisition_id": one.peak.acquisition_id,
        "ordinary_causes": wording.ordinary_causes(one.key.index_name),
    }
