"""What identifies a made-up place to those who read its archive: names, CRS and tile.

The air base and every drawn world have one; what lies there is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from resources.models import Bounds


@dataclass(frozen=True, slots=True)
class SimulatedPlace:
    """A made-up place.

    Attributes:
        site_id: as in its watch list; `site_name` alike.
        description: says SIMULATED, and what of.
        epsg: UTM zone of tile and grid.
        mgrs_tile: as in product names, such as 29TLG.
        tile: that every look shows, metres of the CRS on the lattice of 20 m.
    """

    site_id: str
    site_name: str
    description: str
    epsg: int
    mgrs_tile: str
    tile: Bounds

    def shape(self, pixel_m: float) -> tuple[int, int]:
        """Rows and columns of the tile in pixels of that size."""
        return (
            round((self.tile.north - self.tile.south) / pixel_m),
            round((self.tile.east - self.tile.west) / pixel_m),
        )
