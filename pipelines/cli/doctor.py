"""What works here: each source, the lake and the archive tried with one small request.

For a user with keys and a network to prove what no test can. Nothing is written, and nothing that
might be a secret is printed.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import duckdb
import shapely
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from assets.partitions import FIRST_MONTH
from resources.clock import utc_now
from resources.errors import SitewatchError, WatchListError
from resources.grids import SNAP_M, box_around, project_geometry, utm_epsg
from resources.lake.lake import Lake, LakeLocation
from resources.lake.questions.site_reads import count_sites_and_scenes
from resources.models import Bounds, Item
from resources.settings import Settings, load_settings
from resources.source import SearchResult, Source
from resources.sources.open import is_address, open_source
from resources.text import printable_line
from resources.watchlist.read import read_watch_list
from resources.wiring.dagster import ArchiveResource, build_resources

SPANS_DAYS: Final = (30, 365)  # the second where the first has nothing
EDGE_PX: Final = 16  # of the window that is read
EDGE_M: Final = EDGE_PX * 10.0
WORLD: Final = Bounds(-180.0, -90.0, 180.0, 90.0)
KHMEIMIM: Final = Bounds(35.94, 35.40, 35.96, 35.42)
"""Of the shipped list; where there is no list, catalogues are asked about it."""
SHOWN: Final = 300  # characters of an address
LINE: Final = 4_000  # and of a message
TROUBLE: Final = (SitewatchError, OSError, ValueError, duckdb.Error, BotoCoreError, ClientError)
LOGIN: Final = re.compile(r"""(://)[^/\s@'"]+(@)""")
NAMED_SECRET: Final = re.compile(
    r"""(?i)((?:password|passwd|secret|token|key)\s*[=:]\s*)(?:'[^']*'|"[^"]*"|[^\s'"&;,]+)"""
)


@dataclass(frozen=True, slots=True)
class DoctorCheck:
    """One thing that was tried."""

    subject: str
    is_ok: bool
    text: str
    seconds: float

    def __str__(self) -> str:
        word = "ok" if self.is_ok else "FAIL"
        return f"{word:<5} {self.subject}: {self.text} ({self.seconds:.1f} s)"


def run_doctor(
    console: Console, locations: Sequence[str], *, data: Path | None, sites: Path | None
) -> bool:
    """Try everything, a line each as it comes; whether all of it works.

    Args:
        console: prints.
        locations: sources besides the configured one.
        data: data folder; None for the configured one.
        sites: watch list; None for the configured one.
    """
    settings = load_settings(data=data, sites=sites)
    is_well = True
    for finding in run_checks(settings, locations):
        style = None if finding.is_ok else "red"
        console.print(str(finding), style=style, markup=False, highlight=False, soft_wrap=True)
        is_well &= finding.is_ok
    return is_well


def run_checks(settings: Settings, locations: Sequence[str]) -> Iterator[DoctorCheck]:
    """All that can be tried with these settings, one after the other."""
    area = KHMEIMIM
    try:
        if settings.sites.exists():
            area = box_around([zone.geometry for zone in read_watch_list(settings.sites)[0].zones])
    except WatchListError as problem:
        yield DoctorCheck("watch list", is_ok=False, text=redacted_message(problem), seconds=0.0)
    for location in dict.fromkeys((settings.source or "earth-search", *locations)):
        yield from _check_source(location, area)
    yield _run_check("lake", lambda: _check_lake(settings))
    yield _run_check("archive", lambda: _check_archive(settings))


def redacted_message(problem: BaseException | str) -> str:
    """A message in one line that can be printed, without what may be a password."""
    text = LOGIN.sub(r"\1***\2", " ".join(str(problem).split()))
    return printable_line(NAMED_SECRET.sub(r"\1***", text), LINE)


def _run_check(subject: str, attempt: Callable[[], str]) -> DoctorCheck:
    """What an attempt said, or what it failed of."""
    started = time.monotonic()
    try:
        text, is_ok = attempt(), True
    except TROUBLE as problem:
        text, is_ok = str(problem) or type(problem).__name__, False
    return DoctorCheck(subject, is_ok, redacted_message(text), time.monotonic() - started)


def _check_source(location: str, area: Bounds) -> Iterator[DoctorCheck]:
    """A search of a source, and a read of what it found."""
    subject = _redacted_location(location)
    found: list[Item] = []
    opened: list[Source] = []

    def search() -> str:
        opened.append(open_source(location))
        said, result = _search_source(opened[0], area, is_static=not _is_api(location))
        found.extend(sorted(result.items, key=lambda item: item.sensed_at, reverse=True))
        return said

    yield _run_check(f"{subject} search", search)
    if found:
        yield _run_check(f"{subject} read", lambda: _read_item_pixels(opened[0], found[0], area))


def _search_source(source: Source, area: Bounds, *, is_static: bool) -> tuple[str, SearchResult]:
    """What a search of the last days found; of a static catalogue, whatever it has.

    Raises:
        ValueError: it found items, and each of them was refused.
    """
    now = utc_now()
    spans = [(f"the last {days} days", now - dt.timedelta(days=days)) for days in SPANS_DAYS]
    if is_static:
        spans, area = [("all times and places", FIRST_MONTH.start)], WORLD
    for span, start in spans:
        result = source.search(area, start, now)
        if result.items:
            newest = max(item.sensed_at for item in result.items)
            refused = f", {len(result.refused)} refused" if result.refused else ""
            said = f"{len(result.items)} items of {span}{refused}, the newest of {newest:%Y-%m-%d}"
            return said, result
        if result.refused:
            raise ValueError(
                f"all of {len(result.refused)} items of {span} were refused; {result.refused[0]}"
            )
    return f"it answers, but lists nothing here of {spans[-1][0]}; no read was tried", result


def _read_item_pixels(source: Source, item: Item, area: Bounds) -> str:
    """What came of reading a few pixels in the middle of an item, of its part in the area if any.

    Raises:
        ValueError: there were none.
    """
    box = shapely.box(area.west, area.south, area.east, area.north)
    is_here = item.footprint.intersects(box)  # a static catalogue may be of another place
    ground = item.footprint.intersection(box) if is_here else item.footprint
    place = ground.representative_point()
    epsg = item.epsg or utm_epsg(place.x, place.y)
    middle = project_geometry(place, epsg).centroid
    west, south = (round((at - EDGE_M / 2) / SNAP_M) * SNAP_M for at in (middle.x, middle.y))
    window = Bounds(west, south, west + EDGE_M, south + EDGE_M)
    reading = source.read(item, ("red", "scl"), window, epsg)
    missing = [band for band in ("red", "scl") if band not in reading.rasters]
    if missing:
        raise ValueError(f"{item.item_id} gave no pixels of {' and '.join(missing)}")
    size = f"{reading.requests} requests, {reading.bytes_read / 1000:.0f} kB"
    return f"{EDGE_PX}x{EDGE_PX} px of red and scl of {item.item_id}, {size}"


def _check_lake(settings: Settings) -> str:
    """What attaching the lake for reading told."""
    location = LakeLocation(settings.catalog, settings.files)
    if location.is_file and not Path(location.catalog).exists():
        _check_writable(Path(location.catalog))
        return "there is none yet; `sitewatch run` will make it"
    lake = Lake(location)
    try:
        sites, scenes = count_sites_and_scenes(lake)
    except duckdb.CatalogException:
        return "attached; its tables are not made yet, `sitewatch run` will make them"
    finally:
        lake.close()
    return f"attached, {sites} sites and {scenes} rows of scenes"


def _check_archive(settings: Settings) -> str:
    """What looking into the archive told."""
    archive = cast("ArchiveResource", build_resources(settings)["archive"]).open()
    folders = archive.folders()
    said = f"chips of {len(folders)} sites"
    if settings.bucket is None:
        _check_writable(settings.archive)
        return f"{said}, and may be written"
    archive.exists("doctor")  # asks for one object, which listing does not
    return f"{said} in the bucket {settings.bucket}; writing was not tried"


def _check_writable(path: Path) -> None:
    """PermissionError unless a file or folder may be made or changed here."""
    there = next(one for one in (path, *path.parents) if one.exists())
    if not os.access(there, os.W_OK):
        raise PermissionError(f"{there} cannot be written; change its permissions or name another")


def _is_api(location: str) -> bool:
    """Whether a source answers searches itself; others are static catalogues of any age."""
    return is_address(location) and not location.startswith("s3://")


def _redacted_location(location: str) -> str:
    """A source as a person named it, without what an address may carry besides.

    Not taken apart by the rules for addresses, since it may be none that keeps them.
    """
    scheme, separator, rest = location.partition("://")
    if not separator:
        return printable_line(location, SHOWN)
    before, _, after = rest.rpartition("@")  # a password may hold anything, a query too
    is_plain = not set("?#") & set(before) and not (scheme == "s3" and ":" in after.split("/")[0])
    place = re.split(r"[?#]", after, maxsplit=1)[0] if is_plain else "***"
    return printable_line(f"{scheme}://{place}", SHOWN)
