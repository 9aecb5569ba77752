"""A folder of scenes taken through the product's own stages up to the masks.

What is made is kept in a data folder, so that a run again begins where this one ended. Zones and
numbers are not chosen here.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dagster as dg

from assets.fingerprints import CLOUD_MASKS, SCENES, fingerprint
from pipelines.definitions import build_defs
from pipelines.due import VERSIONS, MonthRange
from pipelines.jobs import range_tags, watch_months
from pipelines.session import Session, open_session
from pipelines.watched import full_address
from resources.archive import Archive
from resources.catalog import open_source
from resources.connections import ArchiveResource
from resources.grids import geographic_bounds
from resources.lake import StoredSite
from resources.lake_reads import Row, scenes_between, stage_months
from resources.models import Month, months_between
from resources.watchlist import read_watch_list

BEGINS: Final = dt.datetime(2015, 6, 23, tzinfo=dt.UTC)  # launch of Sentinel-2A
ENDS: Final = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
STAGES: Final = (SCENES, CLOUD_MASKS)
QUIET_LOG: Final = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its looks and masks.

    Attributes:
        name: of the folder that it came from and of the site.
        archive: has the chips and the masks.
        looks: rows of `scenes`, in the order of sensing.
        eventful: zones in which something happens, by the truth beside made-up scenes; None where
            nobody knows the truth.
    """

    name: str
    stored: StoredSite
    archive: Archive
    looks: list[Row]
    eventful: frozenset[str] | None

    @property
    def months(self) -> list[Month]:
        """Months with a look."""
        return sorted({Month.of(row["sensed_at"]) for row in self.looks})

    @property
    def orbits(self) -> list[int]:
        """Relative orbits that it is seen from."""
        return sorted({row["relative_orbit"] or 0 for row in self.looks})


def watch(folder: Path, cache: Path | None = None) -> list[Place]:
    """The sites of a folder with all their looks and masks.

    Args:
        folder: has `archive/catalog.json` and site files in `site/` or `sites/`, as the folders
            of `real/` and those of the simulated source have; `truth.json` if scenes are made up.
        cache: data folder to work in; one of the temporary folder, kept, if not given.

    Raises:
        FileNotFoundError: the folder is not laid out so.
    """
    archive, sites = _laid_out(folder)
    data = cache or Path(tempfile.gettempdir()) / "sitewatch-noise" / fingerprint(str(archive))
    session = open_session(data=data, sites=sites)
    listed = read_watch_list(sites)
    session.take(listed, full_address(str(archive)))
    known = [one for one in session.lake.sites() if one.site.site_id in {s.site_id for s in listed}]
    for stored in known:
        _work(session, stored)
    eventful = _eventful(folder / "truth.json")
    resource = session.resources["archive"]
    if not isinstance(resource, ArchiveResource):
        raise TypeError(f"expected an archive, found {resource!r}")
    kept = resource.open()
    try:
        return [
            Place(
                _name(folder),
                stored,
                kept,
                scenes_between(session.lake, stored.site.site_id, BEGINS, ENDS),
                eventful,
            )
            for stored in known
        ]
    finally:
        session.lake.close()
        session.instance.dispose()


def _laid_out(folder: Path) -> tuple[Path, Path]:
    """Archive and site files of a folder."""
    folder = folder.resolve()
    sites = [path for path in (folder / "site", folder / "sites") if path.is_dir()]
    if not (folder / "archive" / "catalog.json").is_file() or not sites:
        raise FileNotFoundError(
            f"{folder} must have archive/catalog.json and a folder site/ or sites/ with GeoJSON, "
            "as ../shared/real/romania has; give such a folder."
        )
    return folder / "archive", sites[0]


def _work(session: Session, stored: StoredSite) -> None:
    """Scenes and masks of every month that the catalogue lists, unless they stand."""
    site_id = stored.site.site_id
    span = list(_span(stored))
    stand = (
        {
            (one.stage, one.month)
            for one in stage_months(session.lake, site_id)
            if one.method_version == VERSIONS[one.stage]
        }
        if span
        else set()
    )
    if all((stage, month) in stand for stage in STAGES for month in span):
        return
    definitions = build_defs(session.resources)
    definitions.resolve_job_def(watch_months.name).execute_in_process(
        instance=session.instance,
        tags=range_tags(MonthRange(site_id, span[0], span[-1])),
        asset_selection=[dg.AssetKey(stage) for stage in STAGES],
        run_config=QUIET_LOG,
    )


def _span(stored: StoredSite) -> Iterator[Month]:
    """Months from the first to the last look of the site's catalogue."""
    found = open_source(stored.source).search(geographic_bounds(stored.grid), BEGINS, ENDS)
    days = [item.sensed_at for item in found.items]
    if days:
        yield from months_between(Month.of(min(days)), Month.of(max(days)))


def _eventful(truth: Path) -> frozenset[str] | None:
    """Zones in which something happens, by the truth beside made-up scenes."""
    if not truth.is_file():
        return None
    told = json.loads(truth.read_text(encoding="utf-8"))
    return frozenset(str(one["zone"]) for name in ("events", "days") for one in told[name])


def _name(folder: Path) -> str:
    """What the tables call a folder: simulated ones are labelled so."""
    is_simulated = (folder / "simulation.json").exists()
    return "SIMULATED air base" if is_simulated else folder.name
