"""The page of a site: zones, looks, what is tested, alerts, series and what could be seen.

What it shows, from rows and pictures; the layout is its template's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from assets.dossiers.evidence.traced_numbers import FigureList, acquisition_ids
from assets.dossiers.pages import parts, texts
from assets.dossiers.pages.panels import LAPSE_LEAST, PictureComparison, TimeLapse
from assets.dossiers.pages.parts import Context
from assets.dossiers.pages.rendering import data_uri
from assets.dossiers.pages.witness_section import witnesses_of
from resources.archive.dossier_folder import alert_page, site_page
from resources.attribution import credits_of_looks
from resources.lake.questions.dossier_reads import SiteRecord
from resources.lake.rows import ActivityRow, AlertRow, AssessmentRow, SceneRow, ZoneRow
from resources.models import NO_LOOKS

OPEN: Final = ("possible", "confirmed")
STATEMENTS_MOST: Final = 24  # on the course of the site that the page lists: the newest
LISTED: Final = 60  # looks of which the page names product and checksums: the newest


def site_context(
    record: SiteRecord,
    clear: Sequence[SceneRow],
    comparison: PictureComparison | None,
    lapse: TimeLapse | None,
    products: Mapping[str, Sequence[str]],
    figures: FigureList,
) -> Context:
    """What the template `site.html` shows.

    Args:
        record: of the site.
        clear: looks that show every zone.
        comparison: picture of the newest of them with its zones; None if there is none.
        lapse: the time-lapse.
        products: names of products by look, of those that are listed.
        figures: every number goes through it.
    """
    site = record.stored.site
    looks = listed_looks(record)
    return {
        **parts.page_frame(site_page(site.site_id), site.name, site, record.scenes),
        "is_retired": record.stored.is_retired,
        "picture": None
        if comparison is None
        else {
            **parts.picture_size(comparison),
            **parts.look_with_picture(clear[-1], comparison.after, figures),
        },
        "zones": [_zone_facts(row, figures) for row in record.zones],
        "tests": parts.rates_of_site(record, figures),
        "course": _statement_entries(record.course[:STATEMENTS_MOST], figures),
        "passes": [
            {
                "state": texts.PASS_WORDS.get(row["state"], row["state"]),
                "count": figures.show("passes", row, "count(*)", f"{row['n']}", name="n"),
            }
            for row in record.passes
        ],
        "alerts": [_alert_entry(row, figures) for row in _ordered_alerts(record.alerts)],
        "series": _charts_by_zone(record, figures),
        "witnesses": witnesses_of(record, figures),
        "detectability": parts.detectability_table(record, figures),
        "lapse": None
        if lapse is None
        else {
            "uri": data_uri(lapse.gif, "image/gif"),
            "file": f"{site.site_id}.gif",
            "is_all": lapse.is_all,
        },
        "has_clear_looks": len(clear) >= LAPSE_LEAST,
        "looks": parts.looks_table(looks, products, {}, figures),
        "is_shortened": len(looks) < len(record.scenes),
    }


def site_metadata(record: SiteRecord) -> Context:
    """What the list of figures says of the page besides them."""
    return {
        "site_id": record.stored.site.site_id,
        "acquisition_ids": acquisition_ids(
            row for row in record.scenes if row["state"] not in NO_LOOKS
        ),
        "attribution": credits_of_looks(record.scenes),
    }


def listed_looks(record: SiteRecord) -> list[SceneRow]:
    """The looks that the page lists, the newest first."""
    return list(reversed(record.scenes[-LISTED:]))


def _ordered_alerts(alerts: Sequence[AlertRow]) -> list[AlertRow]:
    """Open ones first, by score; then the others, the newest first."""
    ranked = sorted(alerts, key=lambda row: (-row["score"], row["alert_id"]))
    still = [row for row in ranked if row["status"] in OPEN]
    others = [row for row in ranked if row["status"] not in OPEN]
    return still + sorted(others, key=lambda row: row["opened_on"], reverse=True)


def _statement_entries(rows: Sequence[AssessmentRow], figures: FigureList) -> list[Context]:
    """Statements on how much of what is usual is there; of the newest, since and until when."""
    found = [_statement_entry(row, figures) for row in rows]
    if found:
        newest, due = rows[0], rows[0]["next_look_due"]
        since = texts.format_day(newest["since"])
        found[0]["since"] = figures.show("assessments", newest, "since", since)
        if due is not None:
            found[0]["next"] = figures.show(
                "assessments", newest, "next_look_due", texts.format_day(due)
            )
    return found


def _statement_entry(row: AssessmentRow, figures: FigureList) -> Context:
    """A statement on how much of what is usual is there."""

    def show(column: str, shown: str) -> object:
        return figures.show("assessments", row, column, shown)

    share = None
    if row["share"] is not None:
        share = show("share", f"{row['share']:.0%}")
    ends = None
    if row["share_low"] is not None:
        ends = (
            show("share_low", f"{row['share_low']:.0%}"),
            show("share_high", f"{row['share_high']:.0%}"),
        )
    return {
        "statement": texts.STATEMENTS.get(row["statement"], row["statement"]),
        "known": show("known_at", texts.format_day(row["known_at"])),
        "share": share,
        "ends": ends,
        "looks": show("looks", f"{row['looks']}"),
        "reason": show("reason", str(row["reason"])),
    }


def _zone_facts(row: ZoneRow, figures: FigureList) -> Context:
    """A zone in words."""
    area = texts.format_quantity(row["area_m2"], "m2")
    return {
        "name": row["name"],
        "kind": row["kind"],
        "is_approximate": row["is_approximate"],
        "area": figures.show("zones", row, "area_m2", area),
    }


def _alert_entry(row: AlertRow, figures: FigureList) -> Context:
    """An alert in a line."""
    return {
        "href": "../" + alert_page(row["alert_id"]),
        "title": texts.headline_of(row),
        "is_simulated": False,  # the page says it of the whole site
        "status": row["status"],
        "opened": figures.show("alerts", row, "opened_on", texts.format_day(row["opened_on"])),
        "closed": figures.show("alerts", row, "closed_on", texts.format_day(row["closed_on"]))
        if row["closed_on"]
        else None,
        "score": figures.show("alerts", row, "score", f"{row['score']:.1f}"),
        "summary": figures.show("alerts", row, "summary", str(row["summary"])),
    }


def _charts_by_zone(record: SiteRecord, figures: FigureList) -> list[Context]:
    """Charts of each zone."""
    grouped: dict[str, dict[str, list[ActivityRow]]] = {}
    for row in record.series:
        grouped.setdefault(row["zone_id"], {}).setdefault(row["index_name"], []).append(row)
    return [
        {
            "zone": zone.name,
            "charts": [
                parts.chart_context(record, (zone.zone_id, name), rows, figures)
                for name, rows in sorted(grouped.get(zone.zone_id, {}).items())
            ],
        }
        for zone in record.stored.site.zones
    ]
