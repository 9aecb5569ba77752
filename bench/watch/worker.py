"""`python -m bench.watch.worker`: one watch of one site in a process of its own, as JSON.

Months come in equal parts, one after the other, as they would over the years.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import dagster as dg
import rasterio
from rich.console import Console

from pipelines.automation.due import MonthRange
from pipelines.definitions import build_defs
from pipelines.session.progress import LOGGER, ProgressSteps, run_loggers
from pipelines.session.run import WatchRunner, peak_memory_mb
from pipelines.session.session import WatchSession, session_of
from resources.archive.store import FolderArchive
from resources.months import Month
from resources.settings import load_settings
from resources.watchlist.read import read_watch_list
from resources.wiring.dagster import build_resources

SCALE: Final = 1e-4  # reflectance per DN; the one pass of arithmetic of the floor
TIFF: Final = ".tif"


def watch(data: Path, archive: Path, sites: Path, parts: list[tuple[str, str]]) -> dict[str, Any]:
    """Work parts of a site's months in order; what each took by stage, and the whole.

    Args:
        data: a new folder.
        archive: static catalogue.
        sites: watch list of one site.
        parts: first and last month of each.
    """
    settings = load_settings(data=data)
    session = session_of(settings, dict(build_resources(settings)))
    (site,) = read_watch_list(sites)
    session.take([site], str(archive))
    cpu = time.process_time()
    done = list(_parts(session, site.site_id, parts))
    grid = session.lake.sites()[0].grid
    rows, columns = grid.shape
    return {
        "parts": done,
        "looks": sum(part["looks"] for part in done),
        "cpu_s": time.process_time() - cpu,
        "read_km2": rows * columns * grid.resolution_m**2 / 1e6,
        "zones": len(site.zones),
        "peak_mb": peak_memory_mb(),
        "floor_s": floor_s(archive, FolderArchive(settings.archive)),
    }


def _parts(
    session: WatchSession, site_id: str, parts: list[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """What each part took."""
    steps = ProgressSteps(Console(stderr=True, quiet=True), None)
    definitions = build_defs(session.resources, loggers=run_loggers(steps))
    work = WatchRunner(definitions, session.instance, session.lake, logger=LOGGER)
    for first, last in parts:
        done = work.run(MonthRange(site_id, Month.parse(first), Month.parse(last)))
        seconds: dict[str, float] = {}
        for one in done.times:
            seconds[one.stage] = seconds.get(one.stage, 0.0) + one.seconds
        yield {"first": first, "last": last, "looks": done.looks, "seconds": seconds}


def floor_s(archive: Path, kept: FolderArchive) -> float:
    """Seconds to read and decode what the source has, write the bytes kept, and one pass over it.

    Args:
        archive: static catalogue that was read.
        kept: chips that the watch made of it; as many bytes are written.
    """
    begun = time.perf_counter()
    for path in sorted(archive.glob(f"*/*{TIFF}")):
        with rasterio.open(path) as file:
            (file.read(1) * SCALE).mean()
    for key in (key for site in kept.folders() for key in kept.keys(site)):
        if key.endswith(TIFF):
            kept.put("floor/written", kept.get(key))
    return time.perf_counter() - begun


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    data, archive, sites = (Path(one) for one in sys.argv[1:4])
    print(json.dumps(watch(data, archive, sites, json.loads(sys.argv[4]))))  # noqa: T201 - for the parent
