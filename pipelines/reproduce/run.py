"""The command `sitewatch reproduce`: numbers recomputed from the scenes, held against the lake.

Finds what is asked for, has it recomputed, compares; what is printed is in `reproduce.report`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb
from rich.console import Console

from assets import fingerprints
from pipelines.reproduce import report
from pipelines.reproduce.comparable import ChipCheck, NotComparable, check_chips, check_comparable
from pipelines.reproduce.dossier_figures import compare_figures
from pipelines.reproduce.figures_file import read_figures
from pipelines.reproduce.recompute import (
    OriginalSite,
    ScenesFrom,
    fresh_session,
    lake_of,
    open_original,
    recompute_site,
    source_trouble,
)
from pipelines.reproduce.reproduction import ReproductionRequest, ReproductionResult
from pipelines.reproduce.row_comparison import (
    COMPARED,
    TableResult,
    compare_rows,
    earlier_judgement_rule,
)
from pipelines.session.progress import show_progress
from pipelines.session.run import peak_memory_mb
from resources.archive.dossier_folder import alert_page, figures_of, site_page
from resources.errors import SitewatchError
from resources.lake.lake import Lake
from resources.lake.questions.alert_reads import alerts_beginning, stored_alerts
from resources.lake.questions.stage_reads import rows_of_site
from resources.lake.rows import AlertRow, Row
from resources.lake.schema.tables import ALERT_LOG, ALERTS, SCENES, SITE_MONTHS, TABLES
from resources.settings import Settings, load_settings

SCENES_FROM: Final = ("auto", "source", "chips")
OF_ALERT: Final = ("alerts", "alert_evidence", "alert_log")
PIXELS: Final = (fingerprints.CLOUD_MASKS, fingerprints.ACTIVITY)
"""Stages of `site_months` that are compared: their hashes stand for masks, pixel by pixel."""
OF_SITES: Final = {"site_id", "alert_id"}
"""Columns that tell whose a row is; tables without are about no site."""
SHOWN: Final = 5  # scenes or alerts that a message names

Tables = Mapping[str, Sequence[Row]]


def show_reproduction(
    console: Console,
    *,
    alert: str | None,
    site: str | None,
    data: Path | None,
    scenes_from: str,
    figures: Path | None,
    json_to: Path | None,
) -> bool:
    """Recompute an alert or a site, and print what is equal and what differs; whether all is.

    Raises:
        SitewatchError: it is not there, cannot be compared, or its scenes cannot be had.
    """
    if (alert is None) == (site is None):
        raise SitewatchError("Name either an alert or, with --site, a site; found both or neither.")
    if scenes_from not in SCENES_FROM:
        raise SitewatchError(
            f"--scenes must be {', '.join(SCENES_FROM)}, found {scenes_from[:40]!r}."
        )
    settings = load_settings(data=data)
    with _sigterm_as_interrupt():
        asked = find_request(settings, alert=alert, site=site, figures=figures)
        found = reproduce_site(console, settings, asked, scenes_from)
    report.print_report(console, found)
    if json_to is not None:
        report.write_json_report(json_to, found)
    return found.is_equal


def find_request(
    settings: Settings, *, alert: str | None, site: str | None, figures: Path | None
) -> ReproductionRequest:
    """The alert that begins with these letters, or the site, with the figures of its dossiers.

    Raises:
        SitewatchError: there is no such alert, or several.
    """
    lake = lake_of(settings)
    try:
        with _older_lakes_refused():
            rows = _requested_alerts(lake, alert, site)
    finally:
        lake.close()
    site_id = str(site) if site is not None else str(rows[0]["site_id"])
    ids = [str(row["alert_id"]) for row in rows]
    if figures is not None:
        paths = [figures]
    else:
        pages = [*([] if site is None else [site_page(site_id)]), *map(alert_page, ids)]
        expected = [settings.dossiers / figures_of(page) for page in pages]
        paths = [path for path in expected if path.is_file()]
    return ReproductionRequest(site_id, None if site is not None else ids[0], tuple(paths))


def reproduce_site(
    console: Console, settings: Settings, asked: ReproductionRequest, scenes_from: str = "auto"
) -> ReproductionResult:
    """Recompute in a temporary folder and compare; see `show_reproduction`."""
    started = time.monotonic()
    original = open_original(settings, asked.site_id)
    try:
        with _older_lakes_refused():
            check_comparable(original)
            stored = _comparable_rows(original.lake, asked.site_id)
        figures = [(path, read_figures(path)) for path in asked.figures]
        chips = check_chips(original.archive.open(), stored[SCENES.name])
        origin, reason = _choose_scene_origin(original, chips, scenes_from)
        kept = None if scenes_from == "source" else original.archive
        with fresh_session(settings, kept) as session:
            with show_progress(console) as steps:
                watched = recompute_site(original, session, steps, origin)
            recomputed = _comparable_rows(session.lake, asked.site_id)
    finally:
        original.lake.close()
    tables = _compare_tables(asked, stored, recomputed, origin)
    aside = {one.table: one.set_aside for one in tables}
    unmade = {SCENES.name} if origin == "chips" else set()
    return ReproductionResult(
        asked=asked,
        scenes_from=origin,
        reason=reason,
        tables=tables,
        figures=tuple(
            compare_figures(path, read, recomputed, aside, taken_as_stored=unmade)
            for path, read in figures
        ),
        chips=chips,
        watched=tuple(watched),
        seconds=time.monotonic() - started,
        memory_mb=peak_memory_mb(),
    )


def _requested_alerts(lake: Lake, alert: str | None, site: str | None) -> list[AlertRow]:
    """Rows of `alerts`: the one that is asked for, or all of a site."""
    if alert is None:
        return stored_alerts(lake, site or "")
    rows = alerts_beginning(lake, alert)
    exact = [row for row in rows if row["alert_id"] == alert]
    if exact or (len(rows) == 1 and alert):
        return exact or rows
    if not rows:
        raise SitewatchError(
            f"Expected the id of an alert in the lake, found {alert[:80]!r}; `sitewatch sql "
            '"select alert_id, site_id, opened_on from alerts"` lists them.'
        )
    names = ", ".join(str(row["alert_id"]) for row in rows[:SHOWN])
    raise SitewatchError(f"{alert!r} begins {len(rows)} alerts ({names}); write more of the id.")


def _choose_scene_origin(
    original: OriginalSite, chips: ChipCheck, scenes_from: str
) -> tuple[ScenesFrom, str]:
    """Where the scenes come from, and why not from the source if they do not.

    Raises:
        NotComparable: they cannot be had, with their names.
    """
    reason = "as asked"
    if scenes_from != "chips":
        trouble = source_trouble(original)
        if trouble is None:
            return "source", ""
        reason = f"the source cannot be searched: {trouble}"
        if scenes_from == "source":
            raise NotComparable(f"Expected scenes from the site's source, but {reason}")
    lost = [*chips.missing, *chips.other]
    if lost:
        names = sorted({key.split("/")[-2] for key in lost})
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise NotComparable(
            f"Expected the chips of every scene in the archive ({reason}), found {len(names)} "
            f"scenes without whole chips: {', '.join(names[:SHOWN])}{more}; bring the source back, "
            "or the archive."
        )
    return "chips", reason


def _comparable_rows(lake: Lake, site_id: str) -> dict[str, list[Row]]:
    """All rows of a site that are compared or that a figure may name, by table."""
    found = {
        name: rows_of_site(lake, table, site_id) if OF_SITES & set(table.column_names) else []
        for name, table in TABLES.items()
    }
    stages = found[SITE_MONTHS.name]
    return found | {SITE_MONTHS.name: [row for row in stages if row["stage"] in PIXELS]}


def _compare_tables(
    asked: ReproductionRequest, stored: Tables, recomputed: Tables, origin: ScenesFrom
) -> tuple[TableResult, ...]:
    """The comparison of each table; of `scenes` only where they were searched for anew."""
    taken_back = [row["alert_id"] for row in stored[ALERTS.name] if row["status"] == "withdrawn"]
    is_aside = earlier_judgement_rule(stored[ALERT_LOG.name], withdrawn=taken_back)
    return tuple(
        compare_rows(
            table,
            _rows_of_alert(table.name, stored[table.name], asked.alert_id),
            _rows_of_alert(table.name, recomputed[table.name], asked.alert_id),
            is_aside,
        )
        for table in COMPARED
        if not (table is SCENES and origin == "chips")
    )


def _rows_of_alert(table: str, rows: Sequence[Row], alert_id: str | None) -> list[Row]:
    """Rows of one alert, in the tables of alerts; all rows of others."""
    is_of_one = table in OF_ALERT and alert_id is not None
    return [row for row in rows if not is_of_one or row["alert_id"] == alert_id]


@contextmanager
def _older_lakes_refused() -> Iterator[None]:
    """NotComparable where the lake lacks tables or columns of this program."""
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as cause:
        raise NotComparable(
            "The lake was made by an older program and lacks what is to be compared; run its "
            f"months with this one first. {cause}"
        ) from cause


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Let a polite end (SIGTERM) unwind as Ctrl-C does, so that the folder is removed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
