"""The page of an alert: what it shows, from rows and pictures; the layout is its template's.

Wording: what was measured and what else could cause it, never what it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assets.anomalies.alerts import wording
from assets.dossiers.evidence.selection import AlertCase, ParsedCause, causes_of
from assets.dossiers.evidence.traced_numbers import FigureList, acquisition_ids
from assets.dossiers.pages import parts, texts
from assets.dossiers.pages.panels import PictureComparison
from assets.dossiers.pages.parts import Context
from assets.dossiers.pages.rendering import data_uri
from resources.archive.dossier_folder import alert_page
from resources.attribution import credits_of_looks
from resources.lake.questions.dossier_reads import SiteRecord
from resources.lake.rows import AlertEvidenceRow, AlertRow, Row


def alert_context(
    record: SiteRecord,
    case: AlertCase,
    comparison: PictureComparison,
    products: Mapping[str, Sequence[str]],
    figures: FigureList,
) -> Context:
    """What the template `alert.html` shows.

    Args:
        record: of the site.
        case: the alert.
        comparison: its pictures.
        products: names of products by look.
        figures: every number goes through it.
    """
    alert, site = case.alert, record.stored.site
    page = alert_page(str(alert["alert_id"]))
    return {
        **parts.page_frame(page, texts.title_of(alert, site.name), site, case.scenes),
        **_alert_heading(alert, figures),
        "facts": _alert_facts(alert, figures),
        "rates": _false_alarm_rates(alert, figures),
        "compare": _before_and_after(case, comparison, figures),
        "evidence": [_evidence_entry(record, case, row, figures) for row in case.evidence],
        "charts": [
            parts.chart_context(record, key, rows, figures, case.span)
            for key, rows in case.series.items()
        ],
        "detectability": parts.detectability_table(
            record, figures, [row["zone_id"] for row in case.evidence[:1]]
        ),
        "strongest_zone": _strongest_zone(record, case),
        "is_dated": case.span is not None,
        "log": _status_log(case, figures),
        "looks": parts.looks_table(case.scenes, products, _look_roles(case), figures),
    }


def alert_metadata(record: SiteRecord, case: AlertCase) -> Context:
    """What the list of figures says of the page besides them."""
    return {
        "alert_id": case.alert["alert_id"],
        "site_id": record.stored.site.site_id,
        "acquisition_ids": acquisition_ids(case.scenes),
        "attribution": credits_of_looks(case.scenes),
    }


def _alert_heading(alert: AlertRow, figures: FigureList) -> Context:
    """The alert in a few words."""
    return {
        "alert_id": str(alert["alert_id"]),
        "status": texts.STATUS_WORDS.get(alert["status"], alert["status"]),
        "status_word": alert["status"],
        "ending": wording.ENDINGS.get(alert["closed_as"] or "", ""),
        "replaced_by": alert["replaced_by"],
        "summary": figures.show("alerts", alert, "summary", str(alert["summary"])),
    }


def _false_alarm_rates(alert: AlertRow, figures: FigureList) -> Context:
    """How often chance does this, and what the site is set to."""
    often = texts.format_rate(alert["false_alarms_per_year"])
    return {
        "asked": parts.show_number(figures, "alerts", alert, "false_alarms_per_year_asked", ".2g"),
        "achieved": parts.show_number(
            figures, "alerts", alert, "false_alarms_per_year_achieved", ".2g"
        ),
        "here": figures.show("alerts", alert, "false_alarms_per_year", often),
    }


def _status_log(case: AlertCase, figures: FigureList) -> list[Context]:
    """When the alert came to each status."""
    return [
        {
            "known": figures.show(
                "alert_log", row, "known_at", texts.format_timestamp(row["known_at"])
            ),
            "status": row["status"],
        }
        for row in case.log
    ]


def _alert_facts(alert: AlertRow, figures: FigureList) -> list[tuple[str, object]]:
    """Days and numbers of the alert with their names."""
    days = (
        ("First seen on", "first_seen_on"),
        ("Opened on", "opened_on"),
        ("Confirmed on", "confirmed_on"),
        ("Closed on", "closed_on"),
    )
    columns: Row = alert
    facts: list[tuple[str, object]] = [
        (name, figures.show("alerts", alert, column, texts.format_day(columns[column])))
        for name, column in days
        if columns[column] is not None
    ]
    agree = figures.show("alerts", alert, "confirmations", f"{alert['confirmations']}")
    score = figures.show("alerts", alert, "score", f"{alert['score']:.1f}")
    return [*facts, ("Further looks that agree and may confirm", agree), ("Score", score)]


def _strongest_zone(record: SiteRecord, case: AlertCase) -> str:
    """Name of the zone of the rarest evidence."""
    if case.strongest is None:
        return "this zone"
    zone_id = str(case.strongest["zone_id"])
    return parts.zone_names(record).get(zone_id, zone_id)


def _before_and_after(
    case: AlertCase, comparison: PictureComparison, figures: FigureList
) -> Context:
    """Before, after and the residual."""
    before, after = case.before, case.after
    return {
        **parts.picture_size(comparison),
        "before": before and parts.look_with_picture(before.row, comparison.before, figures),
        "after": after and parts.look_with_picture(after, comparison.after, figures),
        "residual": data_uri(comparison.residual, "image/png"),
        "is_orbit_told": bool(after and after["relative_orbit"]),
        "is_peak": after is not None
        and after["acquisition_id"] == case.alert["peak_acquisition_id"],
        "likeness": before and before.likeness,
        "no_before": _no_before(case),
        "can_slide": comparison.before is not None and comparison.after is not None,
    }


def _no_before(case: AlertCase) -> str:
    """Why there is no look to compare with, where there is none."""
    if case.span is None:
        return "the first look of this alert is not in the lake any more"
    if not case.evidence:
        return "no zone is stored for this alert"
    is_orbit_told = case.after is not None and case.after["relative_orbit"]
    return f"no clear look{' of the same orbit' if is_orbit_told else ''} is older than this alert"


def _evidence_entry(
    record: SiteRecord, case: AlertCase, row: AlertEvidenceRow, figures: FigureList
) -> Context:
    """One series that moved, with what else could cause it."""
    sensed = {one["acquisition_id"]: one["sensed_at"] for one in case.scenes}
    peak = sensed.get(row["peak_acquisition_id"])

    def show(column: str, shown: str) -> object:
        return figures.show("alert_evidence", row, column, shown)

    return {
        "zone": parts.zone_names(record).get(row["zone_id"], row["zone_id"]),
        "index": texts.index_name(row["index_name"]),
        "effect": show("effect", texts.format_quantity(row["effect"], row["unit"], is_signed=True)),
        "z": show("peak_z", f"{row['peak_z']:+.1f}"),
        "peak": show(
            "peak_acquisition_id",
            texts.format_day(peak) if peak else str(row["peak_acquisition_id"]),
        ),
        "rate": show("false_alarms_per_year", texts.format_rate(row["false_alarms_per_year"])),
        "causes": [_cause_entry(cause, row, figures) for cause in causes_of(row)],
        "likely": list(row["likely_causes"] or ()),
    }


def _cause_entry(cause: ParsedCause, row: AlertEvidenceRow, figures: FigureList) -> Context:
    """A cause with its reasons, which hold numbers."""

    def reason(words: str) -> object:
        return figures.show("alert_evidence", row, "cause_reasons", words) if words else ""

    return {
        "name": cause.name,
        "is_likely": cause.is_likely,
        "speaks_for": reason(cause.speaks_for),
        "against": reason(cause.against),
        "undecided": reason(cause.undecided),
    }


def _look_roles(case: AlertCase) -> dict[str, list[str]]:
    """What looks are to the alert, by look."""
    roles: dict[str, list[str]] = {}

    def add(acquisition_id: object, role: str) -> None:
        kept = roles.setdefault(str(acquisition_id), [])
        if role not in kept:
            kept.append(role)

    if case.before is not None:
        add(case.before.row["acquisition_id"], "picture before")
    if case.after is not None:
        add(case.after["acquisition_id"], "picture after")
    for row in case.evidence:
        add(row["first_acquisition_id"], f"first look of {row['index_name']}")
        add(row["peak_acquisition_id"], f"peak of {row['index_name']}")
    return roles
