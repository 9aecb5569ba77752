"""From the stored series of a site to rows of alerts, evidence, log and test.

The bridge between rows and the pure test; Dagster is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, cast, get_args

from assets.activity.indices.indices import UNITS
from assets.anomalies.alerts import wording
from assets.anomalies.alerts.alerts import Alert, Status
from assets.anomalies.alerts.evidence import AlertEvidence
from assets.anomalies.alerts.findings import SiteFindings, SiteUnderTest
from assets.anomalies.alerts.headline import alert_headline
from assets.anomalies.alerts.status_log import StatusLogEntry, site_alert_history
from assets.anomalies.alerts.versions import METHOD_VERSION
from assets.anomalies.change_tests.series import SeriesKey
from assets.anomalies.course import assess
from assets.anomalies.course.assess import SiteAssessment, assess_site
from assets.anomalies.course.meaning import Meaning
from resources.lake.question_rows import LookTimeRow, SeriesRow
from resources.lake.rows import (
    AlertEvidenceRow,
    AlertLogRow,
    AlertRow,
    AssessmentRow,
    Row,
    SiteTestRow,
)

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
"""In the order in which `as_known_on` takes those that came at one moment."""
WITHDRAWN: Final = STATUSES[-1]  # no number: the last status
READ_AS: Final = ("direction", "meaning", "headline")  # columns
TAKEN_BACK: Final = "Withdrawn: the looks do not show it any more. Before, they said:"


@dataclass(frozen=True, slots=True)
class AnomalyRows:
    """Rows of `alerts`, `alert_evidence`, `alert_log`, `site_tests` and `assessments` of a site."""

    alerts: list[AlertRow]
    evidence: list[AlertEvidenceRow]
    log: list[AlertLogRow]
    tests: list[SiteTestRow] = field(default_factory=list)
    assessments: list[AssessmentRow] = field(default_factory=list)


def judge_site(
    place: SiteUnderTest,
    rows: Sequence[SeriesRow],
    *,
    zone_names: Mapping[str, str],
    before: AnomalyRows,
    now: dt.datetime,
    passes: Sequence[LookTimeRow] = (),
) -> AnomalyRows:
    """Judge a site as its series stand: alerts, evidence, log, test and assessments.

    Args:
        place: the site.
        rows: rows of `stage_reads.activity_series`.
        zone_names: names for people by zone id.
        before: alerts, evidence and log as stored; alerts that the series no longer show are
            withdrawn.
        now: present moment, from which a withdrawal, or any other status that does not follow
            from the log, is known.
        passes: rows of `stage_reads.look_times`.

    Returns:
        Rows of all tables of the stage for the site.
    """
    known = site_alert_history(place, rows)
    findings = known.findings
    tell = _AlertRowBuilder(findings, zone_names, {str(row["acquisition_id"]): row for row in rows})
    judged = [tell.alert(alert) for alert in findings.alerts]
    evidence = [row for alert in findings.alerts for row in tell.evidence(alert)]
    for alert in known.gone.values():
        row = tell.alert(alert)
        judged.append(_withdrawn_row(row))
        evidence += tell.evidence(alert)
    log = [_log_row(step, zone_names, now) for step in known.log]
    taken = _withdrawn_alerts(before, {row["alert_id"] for row in judged})
    kept = {row["alert_id"] for row in taken}
    evidence += [row for row in before.evidence if row["alert_id"] in kept]
    judged = with_replacements(judged + taken, evidence)
    log += _log_corrections([*before.log, *log], judged, now)
    said = [_assessment_row(one) for one in assess_site(rows, passes, place.unpaved)]
    return AnomalyRows(judged, evidence, log, [_test_row(findings)], said)


def _log_row(step: StatusLogEntry, zone_names: Mapping[str, str], now: dt.datetime) -> AlertLogRow:
    """The row of a status that an alert came to."""
    return {
        "alert_id": step.alert_id,
        "status": step.status,
        "known_at": step.known_at,
        "recorded_at": now,
        "direction": step.alert.direction,
        "meaning": step.alert.meaning,
        "headline": alert_headline(step.alert, zone_names),
    }


def with_replacements(
    alerts: Sequence[AlertRow], evidence: Sequence[AlertEvidenceRow]
) -> list[AlertRow]:
    """Alerts, each withdrawn one with the id of the standing alert that tells the same event now.

    The id of an alert depends on its first look and the side of it, which another method may see
    otherwise. Of the standing alerts that share a zone and a time with a withdrawn one, the one
    which opened nearest to it replaces it.
    """
    zones: dict[object, set[object]] = {}
    for row in evidence:
        zones.setdefault(row["alert_id"], set()).add(row["zone_id"])
    standing = [row for row in alerts if row["status"] != WITHDRAWN]

    def replacement(gone: AlertRow) -> str | None:
        same = [
            row
            for row in standing
            if zones.get(row["alert_id"], set()) & zones.get(gone["alert_id"], set())
            and _event_start(row) <= _event_end(gone)
            and _event_start(gone) <= _event_end(row)
        ]
        nearest = min(
            same,
            key=lambda row: (abs(row["opened_on"] - gone["opened_on"]), row["alert_id"]),
            default=None,
        )
        return None if nearest is None else nearest["alert_id"]

    return [
        {**row, "replaced_by": replacement(row) if row["status"] == WITHDRAWN else None}
        for row in alerts
    ]


def _event_start(alert: AlertRow) -> dt.date:
    """When the event of an alert began."""
    begins: dt.date = alert["first_seen_on"] or alert["opened_on"]
    return begins


def _event_end(alert: AlertRow) -> dt.date:
    """When it ended; the last day there is while it goes on."""
    ends: dt.date = alert["closed_on"] or dt.date.max
    return ends


def _withdrawn_alerts(before: AnomalyRows, judged: Collection[object]) -> list[AlertRow]:
    """Stored alerts that no look shows any more."""
    gone = [row for row in before.alerts if row["alert_id"] not in judged]
    return [row if row["status"] == WITHDRAWN else _withdrawn_row(row) for row in gone]


def _withdrawn_row(row: AlertRow) -> AlertRow:
    """The row of an alert once it is taken back."""
    return {**row, "status": WITHDRAWN, "summary": f"{TAKEN_BACK} {row['summary']}"}


def _log_corrections(
    log: Sequence[AlertLogRow], alerts: Sequence[AlertRow], now: dt.datetime
) -> list[AlertLogRow]:
    """Rows of the log, known from now on, of alerts whose newest status in it is another one.

    A reprocessed scene may take back a look that had confirmed or ended an alert, or the alert
    itself.
    """
    newest: dict[object, tuple[dt.datetime, int]] = {}
    for row in log:
        step = row["known_at"], STATUSES.index(row["status"])
        newest[row["alert_id"]] = max(newest.get(row["alert_id"], step), step)
    said = {alert_id: STATUSES[place] for alert_id, (_, place) in newest.items()}
    return [
        _current_log_row(row, now) for row in alerts if said.get(row["alert_id"]) != row["status"]
    ]


def _current_log_row(alert: AlertRow, now: dt.datetime) -> AlertLogRow:
    """A row of the log that is known from now on, of a row of `alerts`."""
    columns: Row = alert
    told = {name: columns.get(name) for name in ("alert_id", "status", *READ_AS)}
    return cast("AlertLogRow", {**told, "known_at": now, "recorded_at": now})


@dataclass(frozen=True, slots=True)
class _AlertRowBuilder:
    """Makes rows of alerts; `looks` is a row of the series by acquisition id."""

    findings: SiteFindings
    zone_names: Mapping[str, str]
    looks: Mapping[str, SeriesRow]

    def alert(self, alert: Alert) -> AlertRow:
        """A row of `alerts`."""
        strongest = alert.strongest
        peak = strongest.peak.acquisition_id
        confirmed, closed = alert.confirmed_at, alert.closed_at
        causes, achieved = self.findings.causes(strongest), self.findings.achieved
        said = wording.alert_summary(
            alert, self.zone_names, causes, self.findings.seen_before(alert)
        )
        return {
            "alert_id": alert.alert_id,
            "direction": alert.direction,
            "meaning": alert.meaning,
            "headline": alert_headline(alert, self.zone_names),
            "status": alert.status,
            "first_seen_on": alert.onset.sensed_at.date(),
            "opened_on": alert.first.sensed_at.date(),
            "confirmed_on": None if confirmed is None else confirmed.date(),
            "closed_on": None if closed is None else closed.date(),
            "closed_as": alert.ending,
            "first_seen_acquisition_id": alert.onset.acquisition_id,
            "first_acquisition_id": alert.first.acquisition_id,
            "confirmed_acquisition_id": alert.confirmed_by_look,
            "peak_acquisition_id": peak,
            "last_acquisition_id": alert.last.acquisition_id,
            "score": self.findings.score(alert),
            "false_alarms_per_year": strongest.episode.rate,
            "false_alarms_per_year_asked": self.findings.place.asked,
            "false_alarms_per_year_achieved": achieved.rate if achieved else None,
            "confirmations": alert.confirmations,
            "summary": f"{said} {self.looks[peak]['attribution']}.",
            "method_version": METHOD_VERSION,
        }

    def evidence(self, alert: Alert) -> list[AlertEvidenceRow]:
        """Rows of `alert_evidence`: the strongest change of each series."""
        best: dict[SeriesKey, AlertEvidence] = {}
        for one in alert.evidence:
            known = best.get(one.key)
            if known is None or one.episode.rate < known.episode.rate:
                best[one.key] = one
        meanings = alert.meanings
        return [self._evidence_row(alert, best[key], meanings[key.zone_id]) for key in sorted(best)]

    def _evidence_row(self, alert: Alert, one: AlertEvidence, meaning: Meaning) -> AlertEvidenceRow:
        """A row of `alert_evidence`."""
        causes = self.findings.causes(one)
        return {
            "alert_id": alert.alert_id,
            "zone_id": one.key.zone_id,
            "index_name": one.key.index_name,
            "direction": one.direction,
            "meaning": meaning,
            "peak_z": one.peak_z,
            "effect": one.effect,
            "unit": UNITS[one.key.index_name],
            "first_acquisition_id": one.series[one.episode.opened].acquisition_id,
            "peak_acquisition_id": one.peak.acquisition_id,
            "false_alarms_per_year": one.episode.rate,
            "ordinary_causes": [cause.name for cause in causes],
            "likely_causes": [cause.name for cause in causes if cause.is_likely],
            "cause_reasons": [wording.describe_cause(cause) for cause in causes],
        }


def _assessment_row(one: SiteAssessment) -> AssessmentRow:
    """A row of `assessments`."""
    return cast("AssessmentRow", {**asdict(one), "method_version": assess.METHOD_VERSION})


def _test_row(findings: SiteFindings) -> SiteTestRow:
    """The row of `site_tests`: whether the site is tested at all, and at what rate."""
    achieved = findings.achieved
    return {
        "state": "learning" if findings.missing else "tested",
        "looks_missing": findings.missing,
        "series": findings.tested,
        "false_alarms_per_year_asked": findings.place.asked,
        "false_alarms_per_year_achieved": achieved.rate if achieved else None,
        "quiet_openings": achieved.openings if achieved else None,
        "quiet_years": achieved.years if achieved else 0.0,
        "method_version": METHOD_VERSION,
    }
