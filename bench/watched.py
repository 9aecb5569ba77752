"""Scenes taken through the product's own stages, over a lake in a data folder.

What is made is kept in that folder, so that a run again begins where this one ended. Zones and
numbers are not chosen here.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dagster as dg

from assets.fingerprints import ACTIVITY, ANOMALIES, CLOUD_MASKS, SCENES, values_fingerprint
from pipelines.automation.due import VERSIONS, MonthRange
from pipelines.automation.jobs import range_tags, watch_months, watch_site
from pipelines.automation.watch_list_sync import full_address
from pipelines.definitions import build_defs
from pipelines.session.session import WatchSession, open_session
from resources.archive.store import Archive
from resources.grids import geographic_bounds
from resources.lake.lake import StoredSite
from resources.lake.questions.stage_reads import scenes_between, site_of, stage_months
from resources.lake.rows import SceneRow
from resources.models import Site
from resources.months import Month, months_between
from resources.sources.open import open_source
from resources.watchlist.read import read_watch_list
from resources.wiring.dagster import ArchiveResource

BEGINS: Final = dt.datetime(2015, 6, 23, tzinfo=dt.UTC)  # launch of Sentinel-2A
ENDS: Final = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
TO_MASKS: Final = (SCENES, CLOUD_MASKS)
TO_ACTIVITY: Final = (*TO_MASKS, ACTIVITY)
QUIET_LOG: Final = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}

Span = tuple[Month, Month]


@dataclass(frozen=True, slots=True)
class Folder:
    """Scenes with their watch list, as the folders of `real/` and made-up ones are laid out."""

    archive: Path
    sites: Path

    @classmethod
    def of(cls, folder: Path) -> Folder:
        """The parts of a folder.

        Raises:
            FileNotFoundError: the folder is not laid out so.
        """
        folder = folder.resolve()
        sites = [path for path in (folder / "site", folder / "sites") if path.is_dir()]
        if not (folder / "archive" / "catalog.json").is_file() or not sites:
            raise FileNotFoundError(
                f"{folder} must have archive/catalog.json and a folder site/ or sites/ with "
                "GeoJSON, as ../shared/real/romania has; give such a folder."
            )
        return cls(folder / "archive", sites[0])


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its looks and masks.

    Attributes:
        name: of the folder that it came from and of the site.
        archive: has the chips and the masks.
        looks: rows of `scenes`, in the order of sensing.
    """

    name: str
    stored: StoredSite
    archive: Archive
    looks: list[SceneRow]

    @property
    def months(self) -> list[Month]:
        """Months with a look."""
        return sorted({Month.of(row["sensed_at"]) for row in self.looks})


def watch(folder: Path, cache: Path | None = None) -> Place:
    """The first site of a folder with all its looks and masks.

    Args:
        folder: as `Folder.of` takes it.
        cache: data folder to work in; one of the temporary folder, kept, if not given.

    Raises:
        FileNotFoundError: the folder is not laid out so.
    """
    parts = Folder.of(folder)
    kept = (
        Path(tempfile.gettempdir()) / "sitewatch-watched" / values_fingerprint(str(parts.archive))
    )
    site = read_watch_list(parts.sites)[0]
    with worked(cache or kept, site, parts.archive, stages=TO_MASKS) as session:
        return Place(
            _name(folder),
            site_of(session.lake, site.site_id),
            archive_of(session),
            scenes_between(session.lake, site.site_id, BEGINS, ENDS),
        )


def archive_of(session: WatchSession) -> Archive:
    """Where a session keeps its chips and masks."""
    resource = session.resources["archive"]
    if not isinstance(resource, ArchiveResource):
        raise TypeError(f"expected an archive, found {resource!r}")
    return resource.open()


@contextmanager
def worked(
    data: Path,
    site: Site,
    archive: Path,
    *,
    stages: Sequence[str] = TO_ACTIVITY,
    span: Span | None = None,
) -> Iterator[WatchSession]:
    """A lake in which stages of a site's months are worked, unless they stood already.

    Args:
        data: folder of the lake and of what else the product keeps.
        site: to watch.
        archive: folder with `sources.open.json`.
        stages: of the months, and `anomalies` where alerts are asked for.
        span: first and last month; from the first to the last look of the catalogue if None.
    """
    session = open_session(data=data)
    try:
        session.take([site], full_address(str(archive)))
        stored = site_of(session.lake, site.site_id)
        months = span or _span(stored)
        if months is not None:
            _work(session, stored, months, [one for one in stages if one != ANOMALIES])
            if ANOMALIES in stages:
                _execute(session, watch_site.name, [ANOMALIES], key=site.site_id)
        yield session
    finally:
        session.lake.close()
        session.instance.dispose()


def _work(session: WatchSession, stored: StoredSite, span: Span, stages: Sequence[str]) -> None:
    """Stages of every month, unless they stand."""
    site_id = stored.site.site_id
    stand = {
        (one.stage, one.month)
        for one in stage_months(session.lake, site_id)
        if one.method_version == VERSIONS.get(one.stage)
    }
    if not all((stage, month) in stand for stage in stages for month in months_between(*span)):
        _execute(session, watch_months.name, stages, months=MonthRange(site_id, *span))


def _execute(
    session: WatchSession,
    job: str,
    stages: Sequence[str],
    *,
    months: MonthRange | None = None,
    key: str | None = None,
) -> None:
    """One run in this process."""
    build_defs(session.resources).resolve_job_def(job).execute_in_process(
        instance=session.instance,
        tags={} if months is None else range_tags(months),
        partition_key=key,
        asset_selection=[dg.AssetKey(stage) for stage in stages],
        run_config=QUIET_LOG,
    )


def _span(stored: StoredSite) -> Span | None:
    """Months of the first and the last look of the site's catalogue; None without any."""
    found = open_source(stored.source).search(geographic_bounds(stored.grid), BEGINS, ENDS)
    days = [item.sensed_at for item in found.items]
    return (Month.of(min(days)), Month.of(max(days))) if days else None


def _name(folder: Path) -> str:
    """What the tables call a folder: simulated ones are labelled so."""
    return "SIMULATED air base" if (folder / "simulation.json").exists() else folder.name
