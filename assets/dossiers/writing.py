"""Pages of a site and the index, from the lake and the archive to files.

The bridge between what is stored and what is shown; Dagster is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from assets.anomalies.change_tests.series import ORDER
from assets.dossiers.evidence import looks_shown, selection
from assets.dossiers.evidence.selection import AlertCase
from assets.dossiers.evidence.traced_numbers import FigureList
from assets.dossiers.pages import alert_page, index_page, site_page
from assets.dossiers.pages.panels import PicturePainter
from assets.dossiers.pages.parts import Context
from assets.dossiers.pages.rendering import layout_hash, render_page
from assets.fingerprints import values_fingerprint
from resources.archive.dossier_folder import INDEX, DossierFiles, figures_of
from resources.archive.dossier_folder import alert_page as alert_name
from resources.archive.dossier_folder import site_page as site_name
from resources.archive.store import Archive
from resources.lake.lake import Lake
from resources.lake.questions import dossier_reads
from resources.lake.questions.dossier_reads import SiteRecord
from resources.lake.rows import RegistrationRow

LAYOUT_VERSION: Final = "2"
"""Raised when pages come out differently though templates and rows are the same."""
INPUTS: Final = "inputs_hash"


@dataclass(frozen=True, slots=True)
class WrittenPages:
    """Pages of a site: all there are, and how many were made anew."""

    pages: tuple[str, ...]
    anew: int


def write_site_pages(
    lake: Lake, archive: Archive, files: DossierFiles, site_id: str, *, is_forced: bool = False
) -> WrittenPages:
    """Write the pages of a site and its alerts, so that they show what the lake holds.

    A page whose inputs are those that it was made from is left alone, unless `is_forced`.

    Args:
        lake: read.
        archive: read for pictures and names of products.
        files: where the pages are written.
        site_id: id of the site.
        is_forced: whether all pages are made anew.

    Returns:
        Names of all pages, and how many were made anew.

    Raises:
        KeyError: the lake has no site of this id.
    """
    record = dossier_reads.read_site(lake, site_id, ORDER)
    work = _PageWriter(record, PicturePainter(archive, record), files, is_forced=is_forced)
    cases = [selection.alert_case(record, alert) for alert in record.alerts]
    anew = [work.alert(case) for case in cases]
    anew.append(work.site())
    names = [alert_name(str(case.alert["alert_id"])) for case in cases]
    return WrittenPages((*names, site_name(site_id)), sum(anew))


def write_index(lake: Lake, files: DossierFiles) -> None:
    """Write the index, so that it shows what the lake holds; it links to pages that exist."""
    figures = FigureList()
    sites = dossier_reads.sites_overview(lake)
    context = index_page.index_context(
        sites,
        dossier_reads.all_open_alerts(lake),
        dossier_reads.all_credits(lake),
        is_there=lambda name: files.path(name).is_file(),
        figures=figures,
    )
    about = {"attribution": context["credits"]}
    _write_page(files, INDEX, render_page("index.html", context), figures, about)


def _write_page(
    files: DossierFiles, page: str, html: bytes, figures: FigureList, about: Context
) -> None:
    """Write a page and its list; the list last, so that a crash between them is mended."""
    files.put(page, html)
    told = {**about, "software_version": version("sitewatch")}
    files.put(figures_of(page), figures.as_json(told))


@dataclass(frozen=True, slots=True)
class _PageWriter:
    """Pages of one site."""

    record: SiteRecord
    painter: PicturePainter
    files: DossierFiles
    is_forced: bool

    def alert(self, case: AlertCase) -> bool:
        """Write the page of an alert; whether it was made anew."""
        page = alert_name(str(case.alert["alert_id"]))
        inputs = _alert_inputs(self.record, case)
        if self._stands(page, inputs):
            return False
        figures = FigureList()
        context = alert_page.alert_context(
            self.record,
            case,
            self.painter.comparison(case),
            self.painter.products(case.scenes),
            figures,
        )
        about = {**alert_page.alert_metadata(self.record, case), INPUTS: inputs}
        _write_page(self.files, page, render_page("alert.html", context), figures, about)
        return True

    def site(self) -> bool:
        """Write the page of the site and its time-lapse; whether they were made anew."""
        site_id = self.record.stored.site.site_id
        page = site_name(site_id)
        inputs = values_fingerprint(
            _page_versions(), self.record.stored.config_hash, _all_site_rows(self.record)
        )
        if self._stands(page, inputs):
            return False
        figures = FigureList()
        clear = looks_shown.wholly_clear(self.record.scenes, self.record.masks)
        lapse = self.painter.lapse(clear)
        context = site_page.site_context(
            self.record,
            clear,
            self.painter.site_picture(clear[-1]) if clear else None,
            lapse,
            self.painter.products(site_page.listed_looks(self.record)),
            figures,
        )
        if lapse is not None:
            self.files.put(f"sites/{site_id}.gif", lapse.gif)
        about = {**site_page.site_metadata(self.record), INPUTS: inputs}
        _write_page(self.files, page, render_page("site.html", context), figures, about)
        return True

    def _stands(self, page: str, inputs: str) -> bool:
        """Whether a page was made from these inputs; the list beside it says from which."""
        known = self.files.get(figures_of(page))
        if self.is_forced or known is None or not self.files.path(page).is_file():
            return False
        try:
            return bool(json.loads(known).get(INPUTS) == inputs)
        except (ValueError, AttributeError):
            return False


def _page_versions() -> Sequence[str]:
    return (version("sitewatch"), LAYOUT_VERSION, layout_hash())


def _alert_inputs(record: SiteRecord, case: AlertCase) -> str:
    """Hash of all that the page of an alert is made from."""
    zones = {row["zone_id"] for row in case.evidence}
    return values_fingerprint(
        _page_versions(),
        record.stored.config_hash,
        record.stored.site.name,
        record.zones,
        case.alert,
        case.evidence,
        case.log,
        [_without_times(row) for row in case.scenes],
        list(case.series.values()),
        case.before and case.before.row["acquisition_id"],
        [row for row in record.detectability if row["zone_id"] in zones],
        [row for row in record.thresholds if row["zone_id"] in zones],
        _shown_registrations(record, case),
    )


def _shown_registrations(record: SiteRecord, case: AlertCase) -> list[RegistrationRow]:
    """Rows of `registrations` of the looks that are shown."""
    looks = [case.after, None if case.before is None else case.before.row]
    shown = {look["acquisition_id"] for look in looks if look is not None}
    return [row for row in record.registrations if row["acquisition_id"] in shown]


def _all_site_rows(record: SiteRecord) -> list[object]:
    """All rows of a site, without when they were written."""
    return [
        record.stored.site.name,
        record.stored.is_retired,
        record.zones,
        record.alerts,
        record.tests,
        [_without_times(row) for row in record.scenes],
        record.passes,
        record.masks,
        record.series,
        record.detectability,
        record.thresholds,
        record.registrations,
        record.witnesses,
        record.witness_alarms,
    ]


def _without_times(row: Mapping[str, object]) -> dict[str, object]:
    """A row of `scenes` without when and how it was fetched."""
    return {name: row[name] for name in row if name not in ("fetched_at", "bytes_read")}
