"""A site's months worked again from its scenes, in a temporary folder of their own.

The product's own stages do the work; the lake and archive that they are held against are only
read. What is compared, and what is said of it, is others' work.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, cast

from assets import fingerprints
from assets.detectability.site import open_history
from pipelines.automation.watch_list_sync import add_partitions
from pipelines.session.progress import ProgressSteps
from pipelines.session.run import WatchResult
from pipelines.session.session import WatchSession, session_of
from resources.errors import SitewatchError
from resources.grids import geographic_bounds
from resources.lake.lake import Lake, LakeLocation, StoredSite
from resources.lake.questions.site_reads import detectability_month
from resources.lake.questions.stage_reads import StageMonth, rows_of_site, stage_months
from resources.lake.schema.tables import SCENES, SITE_MONTHS
from resources.months import Month, month_spans
from resources.settings import Settings
from resources.wiring.dagster import (
    ArchiveOverChips,
    ArchiveResource,
    SourceResource,
    build_resources,
)

ScenesFrom = Literal["source", "chips"]
"""Whether the catalogue is asked again, or the scenes are those that the lake has chips of."""

TRIES: Final = 20  # at removing the folder: readers that were interrupted may still write
PAUSE_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class OriginalSite:
    """What is to be reproduced: a site in a lake, with the archive of its chips. Only read."""

    lake: Lake
    archive: ArchiveResource
    source: SourceResource
    stored: StoredSite

    @property
    def site_id(self) -> str:
        """Id of the site."""
        return self.stored.site.site_id

    def done(self) -> list[StageMonth]:
        """Every stage and month that was worked."""
        return stage_months(self.lake, self.site_id)

    def spans(self) -> list[tuple[Month, Month]]:
        """Months with activity, neighbouring ones together, first and last."""
        return month_spans(row.month for row in self.done() if row.stage == fingerprints.ACTIVITY)


def open_original(settings: Settings, site_id: str) -> OriginalSite:
    """The site as lake, archive and source have it; nothing is made or changed.

    Raises:
        SitewatchError: the lake has no such site.
    """
    lake = lake_of(settings)
    stored = {one.site.site_id: one for one in lake.sites()}
    if site_id not in stored:
        known = ", ".join(sorted(stored)) or "none"
        raise SitewatchError(
            f"Expected a site that the lake under {settings.data} holds ({known}), found "
            f"{site_id[:80]!r}; name one of those, or the data folder with --data."
        )
    resources = build_resources(settings)
    return OriginalSite(
        lake,
        cast("ArchiveResource", resources["archive"]),
        cast("SourceResource", resources["source"]),
        stored[site_id],
    )


def lake_of(settings: Settings) -> Lake:
    """The lake of these settings, without making or defining anything in it."""
    return Lake(LakeLocation(settings.catalog, settings.files))


def source_trouble(original: OriginalSite) -> str | None:
    """Why the site's source cannot be searched now; None if it can."""
    last = original.spans()[-1][1]
    area = geographic_bounds(original.stored.grid)
    try:
        original.source.open(original.stored.source).search(area, last.start, last.end)
    except SitewatchError as problem:
        return str(problem)
    return None


@contextmanager
def fresh_session(settings: Settings, kept: ArchiveResource | None) -> Iterator[WatchSession]:
    """Lake, archive and Dagster's home in a new folder, removed at the end in any case.

    Args:
        settings: of the original; where its data are is left aside.
        kept: archive whose chips may be read; None to read all from the source.
    """
    with _temporary_folder() as folder:
        own = replace(settings, data=folder, lake_catalog=None, lake_files=None, bucket=None)
        resources: dict[str, object] = dict(build_resources(own))
        if kept is not None:
            resources["archive"] = ArchiveOverChips(
                folder=str(own.archive), s3=kept.s3, beneath=kept
            )
        session = session_of(own, resources)
        try:
            yield session
        finally:
            session.lake.close()
            session.instance.dispose()


def recompute_site(
    original: OriginalSite, session: WatchSession, steps: ProgressSteps, scenes_from: ScenesFrom
) -> list[WatchResult]:
    """Work all months of the site again, then its alerts; its detectability when it was worked.

    Args:
        original: what is to be reproduced.
        session: an empty folder.
        steps: shows how far it is.
        scenes_from: with `chips`, rows of `scenes` are those of the original.

    Raises:
        RunFailed: a stage failed after its retries.
    """
    stored = original.stored
    session.lake.put_site(stored.site, stored.grid, stored.source)
    add_partitions(session.lake, session.instance)
    given: tuple[str, ...] = ()
    if scenes_from == "chips":
        _give_scenes(original, session.lake)
        given = (fingerprints.SCENES,)
    done: list[WatchResult] = []
    for (first, last), is_followed in _spans_to_work(original):
        watched, failed = session.watch([stored.site], (first, last), steps, given=given)
        if failed:
            raise failed[0]
        done += watched
        if is_followed:
            session.detect(original.site_id, steps)
    return done


def split_after(spans: Sequence[tuple[Month, Month]], cut: Month) -> list[tuple[Month, Month]]:
    """The spans, the one that goes on beyond a month cut in two after it."""
    parts: list[tuple[Month, Month]] = []
    for first, last in spans:
        is_cut = first <= cut < last
        parts += [(first, cut), (cut.plus(1), last)] if is_cut else [(first, last)]
    return parts


def _spans_to_work(original: OriginalSite) -> list[tuple[tuple[Month, Month], bool]]:
    """Months to work in one go, and whether detectability is worked after them.

    The lake's was worked when the month that it names was the newest to show anything; looks that
    came later were not known to it.
    """
    spans, cut = original.spans(), detectability_month(original.lake, original.site_id)
    if cut is None:
        return [(span, False) for span in spans]
    history = open_history(original.lake, original.archive.open(), original.site_id)
    until = spans[-1][1] if cut == history.newest_month() else cut
    parts = split_after(spans, until)
    known = sum(first <= until for first, _ in parts)
    return [(part, number == known) for number, part in enumerate(parts, 1)]


def _give_scenes(original: OriginalSite, lake: Lake) -> None:
    """Put the original's rows of scenes into the new lake, with the word that they are done."""
    site_id = original.site_id
    stages = rows_of_site(original.lake, SITE_MONTHS, site_id)
    done = [row for row in stages if row["stage"] == fingerprints.SCENES]
    months = [Month.parse(str(row["month"])) for row in done]
    scenes = rows_of_site(original.lake, SCENES, site_id)
    lake.replace_months(site_id, months, {SCENES.name: scenes}, done, run_id="reproduce")


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A new folder, removed whatever happens in the block."""
    folder = Path(tempfile.mkdtemp(prefix="sitewatch-reproduce-"))
    try:
        yield folder
    finally:
        for _ in range(TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(PAUSE_S)
