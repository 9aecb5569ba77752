"""From the stored series of a site to rows of alerts, evidence, log and test.

The bridge between rows and the pure test; Dagster is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assets.activity.indices import UNITS
from assets.anomalies import wording
from assets.anomalies.alerts import METHOD_VERSION, Alert, Evidence
from assets.anomalies.findings import Findings, Place
from assets.anomalies.known import Known, all_known
from assets.anomalies.series import SeriesKey
from resources.lake_reads import Row


@dataclass(frozen=True, slots=True)
class Judgement:
    """Rows of `alerts`, `alert_evidence`, `alert_log` and `site_tests` of a site."""

    alerts: list[Row]
    evidence: list[Row]
    log: list[Row]
    tests: list[Row] = field(default_factory=list)


def judge_site(
    place: Place,
    rows: Sequence[Row],
    *,
    zone_names: Mapping[str, str],
    before: Judgement,
    now: dt.datetime,
) -> Judgement:
    """Alerts of a site as its series stand.

    Args:
        place: the site.
        rows: of `lake_reads.activity_series`.
        zone_names: names for people by zone id.
        before: alerts and evidence as stored; those that the series no longer show are withdrawn.
        now: present moment, from which a withdrawal is known.
    """
    known = all_known(place, rows)
    findings = known.findings
    tell = _Teller(findings, zone_names, {str(row["acquisition_id"]): row for row in rows})
    judged = [tell.alert(alert) for alert in findings.alerts]
    evidence = [row for alert in findings.alerts for row in tell.evidence(alert)]
    for alert in known.gone.values():
        judged.append({**tell.alert(alert), "status": "withdrawn"})
        evidence += tell.evidence(alert)
    log = [
        {
            "alert_id": step.alert_id,
            "status": step.status,
            "known_at": step.known_at,
            "recorded_at": now,
        }
        for step in known.log
    ]
    taken, changed = _taken_back(before, judged, known, now)
    kept = {row["alert_id"] for row in taken}
    evidence += [dict(row) for row in before.evidence if row["alert_id"] in kept]
    return Judgement(judged + taken, evidence, log + changed, [_test_row(findings)])


def _taken_back(
    before: Judgement, judged: Sequence[Row], known: Known, now: dt.datetime
) -> tuple[list[Row], list[Row]]:
    """Stored alerts that no look shows any more, and what the log says of them from now on."""
    status = {row["alert_id"]: row["status"] for row in judged}
    told = {step.alert_id for step in known.log if step.status == "withdrawn"}
    rows, log = [], []
    for row in before.alerts:
        alert_id = row["alert_id"]
        seen_again = row["status"] == "withdrawn" and status.get(alert_id) not in {
            None,
            "withdrawn",
        }
        if alert_id not in status:
            rows.append({**row, "status": "withdrawn"})
        if alert_id not in status and row["status"] != "withdrawn":
            log.append(_now(alert_id, "withdrawn", now))
        elif seen_again and alert_id not in told:
            log.append(_now(alert_id, str(status[alert_id]), now))
    return rows, log


def _now(alert_id: object, status: str, now: dt.datetime) -> Row:
    """A row of the log that is known from now on."""
    return {"alert_id": alert_id, "status": status, "known_at": now, "recorded_at": now}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Makes rows of alerts; `looks` is a row of the series by acquisition id."""

    findings: Findings
    zone_names: Mapping[str, str]
    looks: Mapping[str, Row]

    def alert(self, alert: Alert) -> Row:
        """A row of `alerts`."""
        strongest = alert.strongest
        peak = strongest.peak.acquisition_id
        confirmed, closed = alert.confirmed_at, alert.closed_at
        causes = self.findings.causes(strongest)
        said = wording.summary(alert, self.zone_names, causes)
        return {
            "alert_id": alert.alert_id,
            "direction": alert.direction,
            "status": alert.status,
            "opened_on": alert.first.sensed_at.date(),
            "confirmed_on": None if confirmed is None else confirmed.date(),
            "closed_on": None if closed is None else closed.date(),
            "closed_as": alert.ending,
            "first_acquisition_id": alert.first.acquisition_id,
            "peak_acquisition_id": peak,
            "last_acquisition_id": alert.last.acquisition_id,
            "score": self.findings.score(alert),
            "false_alarms_per_year": strongest.episode.rate,
            "false_alarms_per_year_asked": self.findings.place.asked,
            "false_alarms_per_year_achieved": self.findings.achieved,
            "confirmations": alert.confirmations,
            "summary": f"{said} {self.looks[peak]['attribution']}.",
            "method_version": METHOD_VERSION,
        }

    def evidence(self, alert: Alert) -> list[Row]:
        """Rows of `alert_evidence`: the strongest change of each series."""
        best: dict[SeriesKey, Evidence] = {}
        for one in alert.evidence:
            known = best.get(one.key)
            if known is None or one.episode.rate < known.episode.rate:
                best[one.key] = one
        return [self._evidence_row(alert, best[key]) for key in sorted(best)]

    def _evidence_row(self, alert: Alert, one: Evidence) -> Row:
        """A row of `alert_evidence`."""
        causes = self.findings.causes(one)
        return {
            "alert_id": alert.alert_id,
            "zone_id": one.key.zone_id,
            "index_name": one.key.index_name,
            "peak_z": one.peak_z,
            "effect": one.effect,
            "unit": UNITS[one.key.index_name],
            "first_acquisition_id": one.series[one.episode.opened].acquisition_id,
            "peak_acquisition_id": one.peak.acquisition_id,
            "false_alarms_per_year": one.episode.rate,
            "ordinary_causes": [cause.name for cause in causes],
            "likely_causes": [cause.name for cause in causes if cause.is_likely],
            "cause_reasons": [wording.told(cause) for cause in causes],
        }


def _test_row(findings: Findings) -> Row:
    """The row of `site_tests`: whether the site is tested at all, and at what rate."""
    return {
        "state": "learning" if findings.missing else "tested",
        "looks_missing": findings.missing,
        "series": findings.tested,
        "false_alarms_per_year_asked": findings.place.asked,
        "false_alarms_per_year_achieved": findings.achieved,
        "quiet_years": findings.quiet_years,
        "method_version": METHOD_VERSION,
    }
