"""Masks of a site's months: chooses the earlier looks, stores the masks, makes the rows.

Everything between the archive and the `cloud_masks` table, without Dagster.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from assets.clouds.external_masks import MaskModel
from assets.clouds.fractions import ZoneFractions, zones_fractions
from assets.clouds.mask import (
    CLASS_NAMES,
    CLEAR,
    METHOD,
    METHOD_VERSION,
    LookMask,
    classify_look,
)
from assets.clouds.signs.past_looks import PastLooks, PastPlane, past_plane
from assets.clouds.signs.sun_position import SunPosition
from assets.partitions import HISTORY_MONTHS
from assets.scenes.looks import LookReader
from assets.scenes.stack import Classes
from assets.zonal import PixelCoverage
from resources.archive.chips import StoredFile, image_beside, store_image
from resources.archive.stac_items import BandFacts, write_item
from resources.archive.store import Archive
from resources.errors import ArchiveError
from resources.grids import geographic_box
from resources.lake.lake import StoredSite
from resources.lake.rows import CloudMaskRow, SceneRow
from resources.months import Month

MASK: Final = "mask"
PROBABILITY: Final = "probability"
PERCENT_UNSEEN: Final = 255  # in the stored probability
FACTS: Final = {
    MASK: BandFacts("What each pixel shows", classes=CLASS_NAMES),
    PROBABILITY: BandFacts("Probability of clear ground", unit="%"),
}
KEPT_BYTES: Final = 400_000_000  # of past looks at 20 m: 150 of a site of 60 km2
DAY_S: Final = 86_400.0  # unit


@dataclass(frozen=True, slots=True)
class MonthOfMasks:
    """Rows of `cloud_masks` of a month, and the checksums of its masks by look."""

    rows: list[CloudMaskRow]
    checksums: dict[str, str]
    clear_fraction: float


@dataclass(slots=True)
class CloudMasker:
    """Makes the masks of one site.

    `learner` makes learned masks, where the operator has turned one on. `planes` keeps past looks
    at 20 m while they are used; `coverage` is of the zones.
    """

    stored: StoredSite
    archive: Archive
    reader: LookReader
    zone_weights: Mapping[str, npt.NDArray[np.float32]]
    learner: MaskModel | None = None
    planes: OrderedDict[str, PastPlane] = field(default_factory=OrderedDict)
    coverage: PixelCoverage = field(init=False)

    def __post_init__(self) -> None:
        self.coverage = PixelCoverage.of(self.zone_weights, self.stored.grid.resolution_m**2)

    @property
    def method(self) -> str:
        """What the masks are made with, as the `method` column has it."""
        return METHOD if self.learner is None else f"{METHOD}+{self.learner.name}"

    def mask(self, month: Month, scenes: Sequence[SceneRow]) -> MonthOfMasks:
        """Masks and rows of a month.

        Args:
            month: the month.
            scenes: rows of this month and of the two years before it, in order.
        """
        start = month.plus(-HISTORY_MONTHS).start
        looks = [row for row in scenes if start <= row["sensed_at"] < month.end]
        rows: list[CloudMaskRow] = []
        checksums = {}
        clear = []
        for scene in looks:
            if scene["sensed_at"] < month.start:
                continue
            mask = self._classify(scene, self._past(scene, looks))
            checksums[str(scene["acquisition_id"])] = self._store(scene, mask)
            clear.append(float((mask.classes == CLEAR).mean()))
            rows += [
                self._row(scene, zone_id, shares)
                for zone_id, shares in zones_fractions(mask.classes, self.coverage).items()
            ]
        return MonthOfMasks(rows, checksums, float(np.mean(clear)) if clear else 0.0)

    def _classify(self, scene: SceneRow, known: PastLooks) -> LookMask:
        """The mask of a look."""
        look = self.reader.look(scene)
        return classify_look(
            look,
            known,
            sun=SunPosition(
                scene.get("sun_elevation_deg"),
                scene.get("sun_azimuth_deg"),
                self.stored.site.latitude_deg,
            ),
            learned=None if self.learner is None else self.learner(look),
        )

    def _past(self, scene: SceneRow, looks: Sequence[SceneRow]) -> PastLooks:
        """The looks of the two years before one."""
        ages = [(scene["sensed_at"] - row["sensed_at"]).total_seconds() / DAY_S for row in looks]
        earlier = [(self._plane(row), age) for row, age in zip(looks, ages, strict=True) if age > 0]
        return PastLooks([plane for plane, _ in earlier], [age for _, age in earlier])

    def _plane(self, row: SceneRow) -> PastPlane:
        """A past look at 20 m."""
        name = str(row["acquisition_id"])
        if name not in self.planes:
            self.planes[name] = past_plane(self.reader.look(row))
        self.planes.move_to_end(name)
        most = max(1, KEPT_BYTES // self.planes[name].reflectance.nbytes)
        while len(self.planes) > most:
            self.planes.popitem(last=False)
        return self.planes[name]

    def _store(self, scene: SceneRow, mask: LookMask) -> str:
        """Write a mask with its probability and their STAC item; the checksum of the mask."""
        key = mask_key(self.stored.site.site_id, str(scene["acquisition_id"]))
        note = str(scene["attribution"])
        percent = np.where(mask.classes == 0, PERCENT_UNSEEN, np.round(100 * mask.clear))
        files = {
            MASK: self._image(key, MASK, mask.classes, note, 0),
            PROBABILITY: self._image(
                key, PROBABILITY, percent.astype(np.uint8), note, PERCENT_UNSEEN
            ),
        }
        write_item(
            self.archive,
            key,
            item_id=f"{scene['acquisition_id']}_mask",
            footprint=geographic_box(self.stored.grid),
            sensed_at=scene["sensed_at"],
            properties={"attribution": note, "sitewatch:method": f"{self.method} {METHOD_VERSION}"},
            assets=files,
            facts=FACTS,
        )
        return files[MASK].sha256

    def _image(
        self, item_key: str, name: str, image: Classes, note: str, nodata: int
    ) -> StoredFile:
        """One image beside the item of a mask."""
        return store_image(
            self.archive,
            item_key.rsplit("/", 1)[0] + "/" + name,
            image,
            grid=self.stored.grid,
            name="probability of clear ground, percent" if name == PROBABILITY else name,
            note=note,
            nodata=nodata,
        )

    def _row(self, scene: SceneRow, zone_id: str, fractions: ZoneFractions) -> CloudMaskRow:
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
            "method": self.method,
            "method_version": METHOD_VERSION,
        }


def mask_key(site_id: str, acquisition_id: str) -> str:
    """Where the STAC item of a look's mask is."""
    return f"{site_id}/masks/{acquisition_id}/item.json"


def load_mask(archive: Archive, site_id: str, acquisition_id: str) -> Classes:
    """The mask of a look, shape (y, x).

    Raises:
        ArchiveError: it has none.
    """
    return _load_mask_image(archive, site_id, acquisition_id, MASK)


def load_clear_probability(archive: Archive, site_id: str, acquisition_id: str) -> Classes:
    """Probability that each pixel of a look is clear, percent, PERCENT_UNSEEN where unseen.

    Raises:
        ArchiveError: the look has no mask.
    """
    return _load_mask_image(archive, site_id, acquisition_id, PROBABILITY)


def _load_mask_image(archive: Archive, site_id: str, acquisition_id: str, name: str) -> Classes:
    """One image of a mask's item, by the name of its file."""
    key = mask_key(site_id, acquisition_id)
    image = image_beside(archive, key, name)
    if image is None:
        raise ArchiveError(f"The archive has no {name} at {key}; run cloud_masks of its month.")
    return cast("Classes", image)
