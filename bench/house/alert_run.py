"""One site-month from search to alert, run with an eye on which functions are called.

The site is SIMULATED: three zones of the made-up air base, with as few months and looks as an
alert needs. Months before the last one are worked beforehand, out of sight.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assets.fingerprints import ANOMALIES
from bench.house.alert import Run
from bench.house.calls import noted_calls
from bench.watched import TO_ACTIVITY, Folder, Span, worked
from bench.workers import worked_on
from resources.models import Site
from resources.months import Month
from resources.simulated.archive import Simulation, write_archive
from resources.watchlist.read import read_watch_list

MONTHS: Final = 14  # a year is learnt from, the story of the base fills the last ten weeks
ZONES: Final = 3  # the first ones, in which something happens
EVERY: Final = 3  # look of the history that is kept
WHOLE_MONTHS: Final = 2  # the last ones, of which every look is kept
PROCESSES: Final = 2  # more than one: the traced month has a process of its own

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Months of a site to be run.

    Attributes:
        root: folder of the project.
        data: folder of the lake, with what was worked before.
        archive: scenes.
    """

    root: Path
    data: Path
    archive: Path
    site: Site
    span: Span


def run_to_alert(root: Path) -> Run:
    """Write the site, work its history, and run its last month with an eye on what is called.

    Raises:
        RuntimeError: the product that is run does not lie in that root.
    """
    with tempfile.TemporaryDirectory(prefix="sitewatch-house-") as scratch:
        scenes, data = Path(scratch) / "scenes", Path(scratch) / "data"
        first = write_place(scenes)
        last = first.plus(MONTHS - 1)
        parts = Folder.of(scenes)
        (site,) = read_watch_list(parts.sites)
        with worked(data, site, parts.archive, span=(first, last.plus(-1))):
            pass  # the history is there now
        wanted = Wanted(root, data, parts.archive, site, (last, last))
        (run,) = worked_on(run_months, [wanted], PROCESSES)
    if not run.called:
        raise RuntimeError(
            f"Expected the product of {root.resolve()} to run, found another one; run this in the "
            "root of the project, or with --static."
        )
    return run


def run_months(wanted: Wanted) -> Run:
    """All stages and the site's alerts, in a process that has not run any before."""
    stages = (*TO_ACTIVITY, ANOMALIES)
    with (
        noted_calls(wanted.root) as called,
        worked(wanted.data, wanted.site, wanted.archive, stages=stages, span=wanted.span) as done,
    ):
        alerts = done.lake.query("SELECT alert_id FROM alerts")
    return Run(frozenset(called), len(alerts))


def write_place(folder: Path) -> Month:
    """Write the scenes and the watch list; the first month."""
    simulation = Simulation(months=MONTHS)
    written = write_archive(folder, simulation)
    whole = simulation.first.plus(MONTHS - WHOLE_MONTHS)
    catalog = _read(written.catalog)
    catalog["links"] = kept_links(catalog["links"], written.catalog.parent, whole)
    written.catalog.write_text(json.dumps(catalog), encoding="utf-8")
    sites = _read(written.sites)
    sites["features"] = sites["features"][:ZONES]
    written.sites.write_text(json.dumps(sites), encoding="utf-8")
    return simulation.first


def kept_links(links: Sequence[Json], archive: Path, whole: Month) -> list[Json]:
    """Links of a catalogue with some looks before a month, and all from it on.

    Args:
        links: of the catalogue.
        archive: folder that they start from.
        whole: first month of which every look is kept.
    """
    others = [link for link in links if link["rel"] != "item"]
    looks = sorted(
        ((_sensed_at(archive / link["href"]), link) for link in links if link["rel"] == "item"),
        key=lambda look: look[0],
    )
    from_day = whole.start.date().isoformat()
    return others + [
        link for place, (at, link) in enumerate(looks) if place % EVERY == 0 or at >= from_day
    ]


def _sensed_at(item: Path) -> str:
    """When a look was taken, as the catalogue writes it."""
    return str(_read(item)["properties"]["datetime"])


def _read(path: Path) -> Json:
    """A file of JSON."""
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found
