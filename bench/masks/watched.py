"""A folder of scenes as a watched site: read and masked by the product's own code, without a lake.

No figures here; what they are is decided by the yardsticks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assets.clouds.external_masks import MaskModel
from assets.clouds.months import CloudMasker, load_clear_probability, load_mask
from assets.scenes.fetch import SceneFetcher
from assets.scenes.looks import LookReader
from assets.scenes.stack import Classes
from assets.zones import weights_of_zones
from resources.archive.store import Archive, FolderArchive
from resources.grids import box_around, site_grid
from resources.lake.rows import CloudMaskRow, SceneRow
from resources.lake.sites import StoredSite
from resources.months import Month, months_between
from resources.sources.open import open_source
from resources.watchlist.read import read_watch_list

READ_AT = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)  # no figure depends on it


@dataclass(frozen=True, slots=True)
class WatchedSite:
    """A site with its looks read and nothing masked yet; `rows` are looks in order."""

    stored: StoredSite
    archive: Archive
    reader: LookReader
    weights: dict[str, npt.NDArray[np.float32]]
    rows: list[SceneRow]


@dataclass(frozen=True, slots=True)
class MaskedLook:
    """A look as the product masked it, with the SCL that it had, shapes (y, x).

    `zones` are its rows of `cloud_masks` by zone id, `clear_percent` the stored probability.
    """

    row: SceneRow
    classes: Classes
    clear_percent: Classes
    scl: Classes
    zones: dict[str, CloudMaskRow]


def watch_folder(
    catalog: Path, sites: Path, archive: Path, span: tuple[Month, Month]
) -> WatchedSite:
    """Read a site's months from a folder of scenes into an archive.

    Args:
        catalog: folder with the STAC catalogue.
        sites: watch list with the site as its first.
        archive: folder for chips and masks.
        span: first and last month.
    """
    site = read_watch_list(sites)[0]
    source = open_source(str(catalog))
    bounds = box_around([zone.geometry for zone in site.zones])
    grid = site_grid(site, lattice=source.lattice(site.epsg, bounds))
    stored = StoredSite(site, grid, str(catalog), is_retired=False)
    kept = FolderArchive(archive)
    fetcher = SceneFetcher(site, grid, source, kept)
    rows = [
        row
        for month in months_between(*span)
        for row in fetcher.fetch(month, READ_AT).scenes
        if row["state"] not in ("superseded", "refused")
    ]
    rows.sort(key=lambda row: row["sensed_at"])
    return WatchedSite(stored, kept, LookReader(kept, grid), weights_of_zones(stored), rows)


def mask_looks(
    site: WatchedSite,
    *,
    wanted: Callable[[int], bool] = lambda _: True,
    learner: MaskModel | None = None,
) -> Iterator[MaskedLook]:
    """Mask looks in order of time, each with all its past.

    Args:
        site: the site.
        wanted: whether to mask the look of this number; others still serve as past.
        learner: a learned mask, if one is to be on.
    """
    masker = CloudMasker(site.stored, site.archive, site.reader, site.weights, learner)
    picked = [row for number, row in enumerate(site.rows) if wanted(number)]
    for month in sorted({Month.of(row["sensed_at"]) for row in picked}):
        past = [row for row in site.rows if row["sensed_at"] < month.start]
        now = [row for row in picked if Month.of(row["sensed_at"]) == month]
        made = masker.mask(month, past + now)
        for row in now:
            name = str(row["acquisition_id"])
            site_id = site.stored.site.site_id
            yield MaskedLook(
                row,
                load_mask(site.archive, site_id, name),
                load_clear_probability(site.archive, site_id, name),
                site.reader.scene_classes([row])[0],
                {one["zone_id"]: one for one in made.rows if one["acquisition_id"] == name},
            )
