"""Masks of a site's months: which past looks teach the prior, what is stored, which rows follow.

Everything between the archive and the `cloud_masks` table; Dagster is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import numpy.typing as npt
import shapely

from assets.clouds.fractions import ZoneFractions, zone_fractions
from assets.clouds.mask import CLEAR, METHOD, METHOD_VERSION, classify, site_prior
from assets.partitions import HISTORY_MONTHS
from assets.scenes.looks import LookReader
from assets.scenes.stack import Classes
from resources.archive import Archive
from resources.chips import StoredFile, item_files, load_image, read_item, store_image, write_item
from resources.errors import ArchiveError
from resources.grids import geographic_bounds
from resources.lake import StoredSite
from resources.lake_reads import Row
from resources.models import Month

MASK: Final = "mask"


@dataclass(frozen=True, slots=True)
class MonthOfMasks:
    """Rows of `cloud_masks` of a month, and the checksums of its masks by look."""

    rows: list[Row]
    checksums: dict[str, str]
    clear_fraction: float


@dataclass(frozen=True, slots=True)
class Masker:
    """Makes the masks of one site."""

    stored: StoredSite
    archive: Archive
    reader: LookReader
    zone_weights: Mapping[str, npt.NDArray[np.float32]]

    def mask(self, month: Month, scenes: Sequence[Row]) -> MonthOfMasks:
        """Masks and rows of a month.

        Args:
            month: the month.
            scenes: rows of this month and of the two years before it, in order.
        """
        start = month.plus(-HISTORY_MONTHS).start
        past = [row for row in scenes if start <= row["sensed_at"] < month.start]
        now = [row for row in scenes if month.start <= row["sensed_at"] < month.end]
        if not now:
            return MonthOfMasks([], {}, 0.0)
        prior = site_prior(self.reader.scene_classes(past))
        rows: list[Row] = []
        checksums = {}
        clear = []
        for scene in now:
            classes = classify(self.reader.look(scene), prior)
            checksums[str(scene["acquisition_id"])] = self._store(scene, classes).sha256
            clear.append(float((classes == CLEAR).mean()))
            rows += [
                _row(scene, zone_id, zone_fractions(classes, weights))
                for zone_id, weights in self.zone_weights.items()
            ]
        return MonthOfMasks(rows, checksums, float(np.mean(clear)))

    def _store(self, scene: Row, classes: Classes) -> StoredFile:
        """Write a mask and its STAC item."""
        key = mask_key(self.stored.site.site_id, str(scene["acquisition_id"]))
        note = str(scene["attribution"])
        stem = key.rsplit("/", 1)[0] + "/" + MASK
        file = store_image(self.archive, stem, classes, grid=self.stored.grid, name=MASK, note=note)
        box = geographic_bounds(self.stored.grid)
        write_item(
            self.archive,
            key,
            item_id=f"{scene['acquisition_id']}_mask",
            footprint=shapely.box(box.west, box.south, box.east, box.north),
            sensed_at=scene["sensed_at"],
            properties={"attribution": note, "sitewatch:method": f"{METHOD} {METHOD_VERSION}"},
            assets={MASK: file},
        )
        return file


def mask_key(site_id: str, acquisition_id: str) -> str:
    """Where the STAC item of a look's mask is."""
    return f"{site_id}/masks/{acquisition_id}/item.json"


def load_mask(archive: Archive, site_id: str, acquisition_id: str) -> Classes:
    """The mask of a look, shape (y, x).

    Raises:
        ArchiveError: it has none.
    """
    key = mask_key(site_id, acquisition_id)
    item = read_item(archive, key)
    if item is None:
        raise ArchiveError(f"The archive has no mask {key}; run cloud_masks of its month.")
    return cast("Classes", load_image(archive, item_files(item, key)[0].key))


def _row(scene: Row, zone_id: str, fractions: ZoneFractions) -> Row:
    """A row of `cloud_masks`."""
    return {
        "acquisition_id": scene["acquisition_id"],
        "zone_id": zone_id,
        "sensed_at": scene["sensed_at"],
        "clear_fraction": fractions.clear,
        "cloud_fraction": fractions.cloud,
        "shadow_fraction": fractions.shadow,
        "snow_fraction": fractions.snow,
        "haze_fraction": fractions.haze,
        "no_data_fraction": fractions.no_data,
        "state": fractions.state,
        "method": METHOD,
        "method_version": METHOD_VERSION,
    }
