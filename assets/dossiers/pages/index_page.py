"""The index: all sites on a map, and what is open, the strongest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from pyproj import Transformer

from assets.dossiers.drawings import maps
from assets.dossiers.evidence.traced_numbers import FigureList
from assets.dossiers.pages import texts
from assets.dossiers.pages.parts import Context
from resources.archive.dossier_folder import INDEX, alert_page, figures_of, site_page
from resources.attribution import credit_lines, how_simulated
from resources.lake.question_rows import CreditRow, NamedAlertRow, SiteLineRow

OPEN_COUNT: Final = "count(*) FILTER (status IN ('possible', 'confirmed'))"


def index_context(
    sites: Sequence[SiteLineRow],
    alerts: Sequence[NamedAlertRow],
    credit_rows: Sequence[CreditRow],
    *,
    is_there: Callable[[str], bool],
    figures: FigureList,
) -> Context:
    """What the template `index.html` shows.

    Args:
        sites: of `dossier_reads.sites_overview`.
        alerts: open ones of all sites, the strongest first.
        credit_rows: of `dossier_reads.all_credits`.
        is_there: whether a page exists, so that no link leads nowhere.
        figures: every number goes through it.
    """
    made_up = {str(row["site_id"]) for row in sites if row["is_simulated"]}
    open_by_site = [str(row["site_id"]) for row in alerts]
    return {
        "root": "",
        "title": "Sites on the watch",
        "simulated": how_simulated(row["attribution"] for row in credit_rows),
        "map": maps.world_map([_map_place(row, open_by_site, is_there) for row in sites]),
        "sites": [_site_entry(row, open_by_site, is_there, figures) for row in sites],
        "alerts": [_open_alert_entry(row, made_up, is_there, figures) for row in alerts],
        "credits": credit_lines((int(row["year"]), str(row["attribution"])) for row in credit_rows),
        "figures_file": figures_of(INDEX),
    }


def _map_place(
    row: SiteLineRow, open_by_site: Sequence[str], is_there: Callable[[str], bool]
) -> Context:
    """Where a site is on the map."""
    transformer = Transformer.from_crs(f"EPSG:{row['epsg']}", "EPSG:4326", always_xy=True)
    longitude, latitude = transformer.transform(row["x"], row["y"])
    page = site_page(row["site_id"])
    return {
        "longitude": longitude,
        "latitude": latitude,
        "name": row["name"],
        "href": page if is_there(page) else None,
        "is_open": row["site_id"] in open_by_site,
    }


def _site_entry(
    row: SiteLineRow,
    open_by_site: Sequence[str],
    is_there: Callable[[str], bool],
    figures: FigureList,
) -> Context:
    """A site in a line."""
    page = site_page(row["site_id"])
    counted = {**row, "n": open_by_site.count(str(row["site_id"]))}
    if row["state"] == "learning":
        missing = figures.show("site_tests", row, "looks_missing", f"{row['looks_missing']}")
    else:
        missing = None
    return {
        "name": row["name"],
        "href": page if is_there(page) else None,
        "is_retired": row["is_retired"],
        "state": row["state"] or "not judged yet",
        "missing": missing,
        "newest": figures.show(
            "scenes",
            row,
            "max(sensed_at)",
            texts.format_day(row["newest"]),
            name="newest",
            by=("site_id",),
        ),
        "open": figures.show(
            "alerts", counted, OPEN_COUNT, f"{counted['n']}", name="n", by=("site_id",)
        ),
        "is_simulated": row["is_simulated"],
    }


def _open_alert_entry(
    row: NamedAlertRow,
    made_up: Collection[str],
    is_there: Callable[[str], bool],
    figures: FigureList,
) -> Context:
    """An open alert in a few lines."""
    page = alert_page(row["alert_id"])
    return {
        "title": texts.title_of(row, row["site_name"]),
        "href": page if is_there(page) else None,
        "is_simulated": row["site_id"] in made_up,
        "status": row["status"],
        "closed": None,
        "opened": figures.show("alerts", row, "opened_on", texts.format_day(row["opened_on"])),
        "score": figures.show("alerts", row, "score", f"{row['score']:.1f}"),
        "summary": figures.show("alerts", row, "summary", str(row["summary"])),
    }
