"""What of a site's record belongs to one alert: its zones, looks, series and words.

Pure; everything a page of an alert shows is chosen here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from assets.dossiers.drawings.charts import AlertSpan
from assets.dossiers.evidence.looks_shown import BeforeLook, before_look, clear_looks
from resources.lake.questions.dossier_reads import SiteRecord
from resources.lake.rows import ActivityRow, AlertEvidenceRow, AlertLogRow, AlertRow, SceneRow
from resources.models import NO_LOOKS, Zone

R = TypeVar("R", ActivityRow, SceneRow)

BEFORE: Final = dt.timedelta(days=731)
"""Looks that the expectation at the first look was learnt from (partitions.HISTORY_MONTHS)."""
AFTER: Final = dt.timedelta(days=183)
"""How long a chart goes on after the last look, so that an old page does not change for ever."""
REASON: Final = re.compile(r"(?:^|, )(for|against|open): ")


@dataclass(frozen=True, slots=True)
class ParsedCause:
    """An ordinary cause with what speaks for and against it, in words."""

    name: str
    is_likely: bool
    speaks_for: str
    against: str
    undecided: str


@dataclass(frozen=True, slots=True)
class AlertCase:
    """An alert with all that its page shows.

    Attributes:
        alert: row of `alerts`.
        evidence: rows of `alert_evidence`, the rarest first.
        log: rows of `alert_log`.
        zones: of the site, as far as they are still in use, that moved.
        scenes: looks from two years before the first look to half a year after the last; all of
            the site if it is not known when those were.
        span: first and last look; None if the looks are not there any more.
        before: the look to compare with; None where there is none.
        after: the look that departs most, else the first one; None if neither is there any more.
        series: rows of `activity` by zone and index.
    """

    alert: AlertRow
    evidence: list[AlertEvidenceRow]
    log: list[AlertLogRow]
    zones: list[Zone]
    scenes: list[SceneRow]
    span: AlertSpan | None
    before: BeforeLook | None
    after: SceneRow | None
    series: dict[tuple[str, str], list[ActivityRow]]

    @property
    def strongest(self) -> AlertEvidenceRow | None:
        """The rarest evidence."""
        return self.evidence[0] if self.evidence else None


def alert_case(record: SiteRecord, alert: AlertRow) -> AlertCase:
    """What belongs to one alert of a site."""
    alert_id = alert["alert_id"]
    evidence: list[AlertEvidenceRow] = sorted(
        (row for row in record.evidence if row["alert_id"] == alert_id),
        key=lambda row: (row["false_alarms_per_year"], row["zone_id"], row["index_name"]),
    )
    looks = {row["acquisition_id"]: row for row in record.scenes if row["state"] not in NO_LOOKS}
    first = looks.get(alert["first_acquisition_id"])
    last = looks.get(alert["last_acquisition_id"], first)
    span = None
    if first is not None and last is not None:
        moments = (first["sensed_at"], last["sensed_at"])
        span = AlertSpan(min(moments), max(moments))
    after = looks.get(alert["peak_acquisition_id"], first)
    moved = {row["zone_id"] for row in evidence}
    return AlertCase(
        alert=alert,
        evidence=evidence,
        log=[row for row in record.log if row["alert_id"] == alert_id],
        zones=[zone for zone in record.stored.site.zones if zone.zone_id in moved],
        scenes=_rows_within_span(list(looks.values()), span),
        span=span,
        before=_look_to_compare(record, evidence, after, span),
        after=after,
        series=_evidence_series(record, evidence, span),
    )


def causes_of(evidence: AlertEvidenceRow) -> list[ParsedCause]:
    """Ordinary causes of a series that moved, the likeliest first.

    Args:
        evidence: row of `alert_evidence`.

    Raises:
        ValueError: the row has another number of reasons than of causes.
    """
    likely = set(evidence["likely_causes"] or ())
    names = evidence["ordinary_causes"] or ()
    told = evidence["cause_reasons"] or ()
    return [
        _parse_cause(name, words, is_likely=name in likely)
        for name, words in zip(names, told, strict=True)
    ]


def _parse_cause(name: str, words: str, *, is_likely: bool) -> ParsedCause:
    """From the words of `wording.describe_cause`: name (for: ..., against: ..., open: ...)."""
    inside = words.removeprefix(f"{name} (").removesuffix(")")
    parts = REASON.split(inside)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    if not found:
        found["open"] = inside
    return ParsedCause(
        name, is_likely, found.get("for", ""), found.get("against", ""), found.get("open", "")
    )


def _look_to_compare(
    record: SiteRecord,
    evidence: Sequence[AlertEvidenceRow],
    after: SceneRow | None,
    span: AlertSpan | None,
) -> BeforeLook | None:
    """The look to compare with: one that shows the zone of the rarest evidence whole."""
    if after is None or span is None or not evidence:
        return None
    clear = clear_looks(record.masks, evidence[0]["zone_id"])
    # the look that departs most may be older than the one that opened the alert
    begun = min(span.first, after["sensed_at"])
    return before_look(record.scenes, after, opened=begun, clear=clear)


def _rows_within_span(rows: Sequence[R], span: AlertSpan | None) -> list[R]:
    """Rows sensed in the time that a page shows; all where it is not known."""
    if span is None:
        return list(rows)
    begin, end = span.first - BEFORE, span.last + AFTER
    return [row for row in rows if begin <= row["sensed_at"] <= end]


def _evidence_series(
    record: SiteRecord, evidence: Sequence[AlertEvidenceRow], span: AlertSpan | None
) -> dict[tuple[str, str], list[ActivityRow]]:
    """Series of the evidence, in its order."""
    found: dict[tuple[str, str], list[ActivityRow]] = {
        (row["zone_id"], row["index_name"]): [] for row in evidence
    }
    for row in _rows_within_span(record.series, span):
        key = (row["zone_id"], row["index_name"])
        if key in found:
            found[key].append(row)
    return found
