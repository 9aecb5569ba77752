"""Residual pictures in the archive: a COG and a STAC item beside each look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.residuals import RESIDUAL_SCALE, UNSEEN
from resources.archive.chips import store_image
from resources.archive.stac_items import BandFacts, write_item
from resources.archive.store import Archive
from resources.grids import geographic_box
from resources.lake.lake import StoredSite
from resources.lake.rows import SceneRow

RESIDUAL: Final = "residual"
FACTS: Final = BandFacts(
    "Brightness beyond what earlier looks let expect", unit="reflectance", scale=RESIDUAL_SCALE
)


def residual_key(site_id: str, acquisition_id: str) -> str:
    """Where the STAC item of a look's residual is."""
    return f"{site_id}/residuals/{acquisition_id}/item.json"


def store_residual(
    archive: Archive,
    stored: StoredSite,
    scene: SceneRow,
    image: npt.NDArray[np.int16] | None,
    baseline_looks: Sequence[str],
) -> None:
    """Write the picture of a look's residual; nothing where there is none."""
    if image is None:
        return
    name = str(scene["acquisition_id"])
    key = residual_key(stored.site.site_id, name)
    note = str(scene["attribution"])
    file = store_image(
        archive,
        key.rsplit("/", 1)[0] + "/" + RESIDUAL,
        image,
        grid=stored.grid,
        name="brightness residual, 0.0001 reflectance",
        note=note,
        nodata=UNSEEN,
    )
    write_item(
        archive,
        key,
        item_id=f"{name}_residual",
        footprint=geographic_box(stored.grid),
        sensed_at=scene["sensed_at"],
        properties={"attribution": note, "sitewatch:baseline_looks": tuple(baseline_looks)},
        assets={RESIDUAL: file},
        facts={RESIDUAL: FACTS},
    )
