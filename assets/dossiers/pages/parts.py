"""Parts that pages of alerts and sites share: charts, detectability, looks, comparison.

Rows in, what templates show out; numbers go through `FigureList`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from assets.activity.indices.indices import UNITS
from assets.dossiers.drawings import charts
from assets.dossiers.drawings.charts import AlertSpan
from assets.dossiers.evidence.traced_numbers import FigureList
from assets.dossiers.pages import texts
from assets.dossiers.pages.panels import PictureComparison
from assets.dossiers.pages.rendering import data_uri
from resources.archive.dossier_folder import figures_of
from resources.attribution import credits_of_looks, how_simulated
from resources.lake.question_rows import ObjectSizeRow
from resources.lake.questions.dossier_reads import SiteRecord
from resources.lake.rows import ActivityRow, DetectabilityRow, Row, SceneRow
from resources.models import Site

DRAWN: Final = (
    "value",
    "standard_error",
    "expected",
    "expected_error",
    "level_effect",
    "season_effect",
    "state",
)
Context = dict[str, Any]


def page_frame(page: str, title: str, site: Site, looks: Sequence[SceneRow]) -> Context:
    """What stands round the content of a page of a site or an alert.

    Args:
        page: its name.
        title: of the page.
        site: that it is of.
        looks: rows of `scenes` that it shows.
    """
    return {
        "root": "../",
        "title": title,
        "site_id": site.site_id,
        "site_name": site.name,
        "simulated": how_simulated(row["attribution"] for row in looks),
        "credits": credits_of_looks(looks),
        "figures_file": figures_of(page).rsplit("/", 1)[-1],
    }


def zone_names(record: SiteRecord) -> dict[str, str]:
    """Names of zones for people by id."""
    return {zone.zone_id: zone.name for zone in record.stored.site.zones}


def chart_context(
    record: SiteRecord,
    key: tuple[str, str],
    rows: Sequence[ActivityRow],
    figures: FigureList,
    span: AlertSpan | None = None,
) -> Context:
    """A chart of one series with its words.

    Args:
        record: of the site.
        key: zone and index.
        rows: the series.
        figures: of the page.
        span: time of an alert, shaded.

    Raises:
        KeyError: the index has no unit in UNITS.
    """
    zone_id, index_name = key
    zone, name = zone_names(record).get(zone_id, zone_id), texts.index_name(index_name)
    thresholds = [row for row in record.thresholds if (row["zone_id"], row["index_name"]) == key]
    figures.draw(rows, DRAWN)
    judged, blocked = charts.judged_looks(rows), [row for row in rows if row["value"] is None]
    label = f"{name} of {zone} at each look; the list of figures holds every value"
    return {
        "zone": zone,
        "index": name,
        "svg": charts.series_chart(
            rows,
            unit=texts.UNIT_WORDS.get(UNITS[index_name], UNITS[index_name]),
            threshold_z=thresholds[0]["threshold_z"] if thresholds else None,
            span=span,
            label=label,
        ),
        "has_looks": bool(rows),
        "has_judged": bool(judged),
        "has_blocked": bool(blocked),
        "threshold": _detection_threshold(thresholds, figures),
    }


def _detection_threshold(thresholds: Sequence[DetectabilityRow], figures: FigureList) -> object:
    """The departure of a lone look that counts as seen; None where it was not worked out."""
    if not thresholds:
        return None
    row = thresholds[0]
    return figures.show(
        "detectability",
        row,
        "max(threshold_z)",
        f"{row['threshold_z']:.1f} standard errors",
        name="threshold_z",
        by=("site_id", "zone_id", "index_name"),
    )


def detectability_table(
    record: SiteRecord, figures: FigureList, zones: Iterable[str] | None = None
) -> list[Context]:
    """What zones would have shown: a row a zone and kind of object.

    Args:
        record: of the site.
        figures: of the page.
        zones: ids of those that are wanted; None for all.
    """
    wanted = None if zones is None else set(zones)
    names = zone_names(record)
    return [
        {"zone": names.get(row["zone_id"], row["zone_id"]), **_detectable_lengths(row, figures)}
        for row in record.detectability
        if wanted is None or row["zone_id"] in wanted
    ]


def _detectable_lengths(row: ObjectSizeRow, figures: FigureList) -> Context:
    """From which length on a kind of object is seen."""

    def show(column: str, shown: str, name: str = "") -> object:
        return figures.show("detectability", row, column, shown, name=name)

    longest = row["longest_m"]
    return {
        "object": f"{row['paint']} {row['shape']}".replace("_", " "),
        "half": show("length_50_m", texts.format_detection_length(row["length_50_m"], longest)),
        "most": show("length_90_m", texts.format_detection_length(row["length_90_m"], longest)),
        "looks": show("max(looks)", f"{row['looks']}", "looks"),
        "until": show("computed_for", texts.format_day(row["computed_for"])),
    }


def looks_table(
    rows: Sequence[SceneRow],
    products: Mapping[str, Sequence[str]],
    roles: Mapping[str, Sequence[str]],
    figures: FigureList,
) -> list[Context]:
    """List looks with product names, sensing times, states and checksums.

    Raises:
        ValueError: a look has another number of checksums than of chips.
    """
    found = []
    for row in rows:
        name = str(row["acquisition_id"])
        sums = row["chip_sha256s"] or ()
        keys = row["chip_uris"] or ()
        found.append(
            {
                "id": name,
                "products": products.get(name, ()),
                "sensed": figures.show(
                    "scenes", row, "sensed_at", texts.format_timestamp(row["sensed_at"])
                ),
                "orbit": figures.show(
                    "scenes",
                    row,
                    "relative_orbit",
                    texts.format_relative_orbit(row["relative_orbit"]),
                ),
                "state": row["state"],
                "roles": roles.get(name, ()),
                "files": [
                    {"name": key.rsplit("/", 1)[-1].rsplit("-", 1)[0], "sha256": digest}
                    for key, digest in zip(keys, sums, strict=True)
                ],
            }
        )
    return found


def look_with_picture(row: SceneRow, png: bytes | None, figures: FigureList) -> Context:
    """A look with its picture."""
    return {
        "uri": data_uri(png, "image/png"),
        "id": row["acquisition_id"],
        "sensed": figures.show(
            "scenes", row, "sensed_at", texts.format_timestamp(row["sensed_at"])
        ),
        "day": texts.format_day(row["sensed_at"]),
        "satellite": figures.show("scenes", row, "platform", texts.satellite_name(row["platform"])),
        "satellite_name": texts.satellite_name(row["platform"]),
        "orbit": figures.show(
            "scenes", row, "relative_orbit", texts.format_relative_orbit(row["relative_orbit"])
        ),
        "credit": row["attribution"] or "",
    }


def picture_size(comparison: PictureComparison) -> Context:
    """How large pictures are, and what lies over them."""
    return {
        "width": comparison.width,
        "height": comparison.height,
        "overlay": comparison.overlay,
        "is_averaged": comparison.step > 1,
        "missing": comparison.missing,
    }


def rates_of_site(record: SiteRecord, figures: FigureList) -> Context | None:
    """Whether the site is tested, and at what rates; None before it was ever judged."""
    if not record.tests:
        return None
    row = record.tests[0]

    def show(column: str, digits: str) -> object:
        return show_number(figures, "site_tests", row, column, digits)

    return {
        "state": row["state"],
        "missing": show("looks_missing", "d") if row["looks_missing"] else None,
        "series": show("series", "d"),
        "asked": show("false_alarms_per_year_asked", ".2g"),
        "achieved": show("false_alarms_per_year_achieved", ".2g"),
        "openings": show("quiet_openings", "d") if row["quiet_openings"] is not None else None,
        "quiet_years": show("quiet_years", ".1f"),
    }


def show_number(figures: FigureList, table: str, row: Row, column: str, digits: str) -> object:
    """A number of a row in a format of Python's; None where it is not known."""
    value = row[column]
    return None if value is None else figures.show(table, row, column, f"{value:{digits}}")
