"""The zones of a site as weights on its grid: computed once a run, then used by every stage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from resources.grids import zone_geometry, zone_weights
from resources.lake.lake import StoredSite


def weights_of_zones(stored: StoredSite) -> dict[str, npt.NDArray[np.float32]]:
    """Share of each pixel that each zone covers, shape (y, x), by zone id."""
    return {
        zone.zone_id: zone_weights(zone_geometry(zone, stored.grid.epsg), stored.grid)
        for zone in stored.site.zones
    }
