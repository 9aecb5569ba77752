"""What each command does, from opened session to printed result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import duckdb
from rich.console import Console

from pipelines.automation.due import stale_range
from pipelines.cli import demo, estimate
from pipelines.session import report, screen
from pipelines.session.lakes import existing_lake, show_credit
from pipelines.session.progress import show_progress
from pipelines.session.run import RunFailed
from pipelines.session.session import WatchSession, months_asked, open_session
from resources.archive.dossier_folder import INDEX, DossierFiles
from resources.clock import utc_now
from resources.errors import CatalogError, LakeError, SettingsError, SitewatchError
from resources.lake.lake import StoredSite
from resources.lake.questions.site_reads import status_counts
from resources.lake.questions.stage_reads import stage_months
from resources.months import Month
from resources.settings import Settings, load_settings
from resources.simulated.archive import Simulation
from resources.watchlist.read import read_watch_list
from resources.wiring.dagster import ArchiveResource, SourceResource, build_resources


def run_demo(console: Console, *, data: Path | None, seed: int) -> None:
    """Simulate, watch, compare."""
    started = time.monotonic()
    session = open_session(data=data)
    folder, simulation = session.settings.data / "simulated", Simulation(seed=seed)
    console.print("Every scene of this demonstration is SIMULATED: a made-up air base at sea.")
    with show_progress(console) as steps:
        archive = demo.write_demo_archive(folder, simulation, partial(steps.count, "simulate"))
        sites = read_watch_list(archive.sites)
        session.take(sites, str(archive.catalog.parent))
        months = (simulation.first, simulation.first.plus(simulation.months - 1))
        done, failed = session.watch(sites, months, steps)
    if failed:
        raise failed[0]
    (watched,) = done
    report.show_times(console, watched)
    report.show_alerts(console, session.lake, watched.site_id)
    contradicts = _compare_with_truth(console, session, watched.site_id, archive.truth)
    console.print(f"Took {time.monotonic() - started:.0f} s.")
    _show_next(console, session.settings)
    if contradicts:
        raise SitewatchError("What is told above contradicts what was planted: please report it.")


def run_watch(
    console: Console,
    *,
    data: Path | None,
    sites: Path | None,
    archive: str | None,
    first: str | None,
    last: str | None,
    is_agreed: bool,
) -> None:
    """Watch a list over months, unless it goes beyond a quota and nobody agreed to that."""
    session = open_session(data=data, sites=sites)
    listed = read_watch_list(session.settings.sites)
    months = months_asked(first, last, utc_now())
    location = archive or session.settings.source
    sources = cast("SourceResource", session.resources["source"])
    found_places = estimate.sites_to_estimate(
        listed, session.lake.sites(), sources, location=location
    )
    found, _ = _estimate_sites(console, found_places, session.resources, months)
    totals = estimate.totals_by_source(one for _, one in found)
    console.print(estimate.estimate_line(totals), markup=False, highlight=False, soft_wrap=True)
    if not is_agreed:
        estimate.check_quotas(totals)
    session.take(listed, location)
    with show_progress(console) as steps:
        done, failed = session.watch(listed, months, steps)
    for watched in done:
        report.show_times(console, watched)
        report.show_alerts(console, session.lake, watched.site_id)
    _show_pages(console, session.settings)
    show_credit(console, session.lake)
    if failed:
        raise RunFailed("\n".join(str(problem) for problem in failed))


def show_estimate(
    console: Console,
    *,
    data: Path | None,
    sites: Path | None,
    archive: str | None,
    first: str | None,
    last: str | None,
) -> None:
    """What watching a list over months would take; nothing is read or written.

    Raises:
        CatalogError: a catalogue cannot be searched; the others are shown.
    """
    settings = load_settings(data=data, sites=sites)
    listed = read_watch_list(settings.sites)
    months = months_asked(first, last, utc_now())
    resources: dict[str, object] = dict(build_resources(settings))
    found_places = estimate.sites_to_estimate(
        listed,
        _stored_sites(settings),
        cast("SourceResource", resources["source"]),
        location=archive or settings.source,
    )
    found, failed = _estimate_sites(console, found_places, resources, months)
    totals = estimate.totals_by_source(one for _, one in found)
    summed = [("all", total) for total in totals if len(found) > 1]
    screen.show_rows(console, estimate.estimate_rows([*found, *summed]))
    console.print(estimate.estimate_line(totals), markup=False, highlight=False, soft_wrap=True)
    for total in totals:
        for excess in estimate.quota_excesses(total):
            console.print(f"Beyond the allowance of {total.source}: {excess}.", markup=False)
    if failed:
        raise CatalogError("\n".join(failed))


def check_list(console: Console, path: Path | None) -> None:
    """Read a watch list and list its zones."""
    source = load_settings(sites=path).sites
    sites = read_watch_list(source)
    rows = [
        {
            "site": site.site_id,
            "name": site.name,
            "zone": zone.zone_id,
            "kind": zone.kind,
            "epsg": site.epsg,
            "approximate": "yes" if zone.is_approximate else "",
        }
        for site in sites
        for zone in site.zones
    ]
    screen.show_rows(console, rows)
    console.print(f"{len(sites)} sites, {len(rows)} zones: the list can be used.")


def show_status(console: Console, *, data: Path | None) -> None:
    """Counts a site, and months that should be run again."""
    lake = existing_lake(load_settings(data=data))
    stored = {one.site.site_id: one for one in lake.sites()}
    rows = []
    for counts in status_counts(lake):
        site_id = str(counts["site_id"])
        done = stage_months(lake, site_id)
        behind = stale_range(site_id, done, config_hash=stored[site_id].config_hash)
        months = "" if behind is None else f"{behind.first} to {behind.last}"
        named = {"last look" if name == "newest" else name: value for name, value in counts.items()}
        rows.append(
            {
                **named,
                **report.next_look_and_delay(lake, site_id, utc_now()),
                "months behind": months,
            }
        )
    screen.show_rows(console, rows)
    show_credit(console, lake)


def _estimate_sites(
    console: Console,
    places: Sequence[estimate.SiteToEstimate],
    resources: Mapping[str, object],
    months: tuple[Month, Month],
) -> tuple[list[tuple[str, estimate.CostEstimate]], list[str]]:
    """Estimates by site, and what was wrong where there is none, which is shown at once."""
    archive = cast("ArchiveResource", resources["archive"]).open()
    found, failed = [], []
    for place in places:
        try:
            found.append((place.site_id, estimate.estimate_site(place, archive, months)))
        except CatalogError as problem:
            failed.append(f"{place.site_id} could not be estimated: {problem}")
            console.print(failed[-1], style="yellow", markup=False, soft_wrap=True)
    return found, failed


def _stored_sites(settings: Settings) -> list[StoredSite]:
    """Sites that the lake knows; none where there is no lake yet."""
    try:
        return existing_lake(settings).sites()
    except (SettingsError, LakeError, duckdb.CatalogException):
        return []


def _compare_with_truth(console: Console, session: WatchSession, site_id: str, truth: Path) -> bool:
    """What was planted beside what was found; whether anything says the opposite of the truth."""
    found = demo.compare_events(session.lake, site_id, truth)
    rows = [
        {
            "planted (SIMULATED)": one.event,
            "on": one.planted_on,
            "zone": one.zone_id,
            "truth": one.meaning,
            "found on": one.found_on or "not found",
            "told": f"{one.told} (CONTRADICTS)" if one.contradicts else one.told,
            "headline": one.headline,
        }
        for one in found
    ]
    screen.show_rows(console, rows, title="Planted and found")
    quiet = demo.quiet_year_alerts(session.lake, site_id, truth)
    screen.show_rows(console, quiet, title="Confirmed in the quiet time before (should be none)")
    course = demo.compare_course(session.lake, site_id, truth)
    if course is not None:
        share = "" if course.share is None else f", {course.share:.0%} of the usual"
        said = "CONTRADICTS: " if course.contradicts else ""
        console.print(
            f"The base in the end: {said}{course.statement}{share} ({course.reason});"
            f" truth: {course.left:.0%} left."
        )
    return any(one.contradicts for one in found) or bool(course and course.contradicts)


def _show_pages(console: Console, settings: Settings) -> None:
    """Where the pages for readers begin."""
    index = DossierFiles(settings.dossiers).path(INDEX)
    console.print(f"Pages for readers: {index}", markup=False, highlight=False, soft_wrap=True)


def _show_next(console: Console, settings: Settings) -> None:
    """Where to look now."""
    _show_pages(console, settings)
    option = "" if settings.data == load_settings().data else f" --data {settings.data}"
    console.print("Next:", style="bold")
    console.print(f'  sitewatch sql "from alert_zones"{option}', markup=False, highlight=False)
    console.print(f"  sitewatch status{option}", highlight=False)
    console.print(f"  sitewatch dev{option}   and open http://127.0.0.1:3000", highlight=False)
