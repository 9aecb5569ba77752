"""What every source of scenes can do, and what a search of one gives.

The sources themselves are in `resources.sources`; nothing here knows STAC or rasters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from resources.costs import Cost, Quota
from resources.errors import ItemRefused
from resources.models import BandName, Bounds, Item, ItemReading, Raster


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Items sorted by id, and those that were refused, each with its reason."""

    items: tuple[Item, ...]
    refused: tuple[ItemRefused, ...]

    @classmethod
    def of(cls, items: Iterable[Item], refused: Iterable[ItemRefused]) -> SearchResult:
        """In order, each entry of the catalogue once, the last of several winning."""
        listed = {(item.item_id, item.collection): item for item in items}
        reasons = {refusal.item_id: refusal for refusal in refused}
        return cls(
            items=tuple(listed[key] for key in sorted(listed)),
            refused=tuple(reasons[key] for key in sorted(reasons)),
        )


class Source(Protocol):
    """Where scenes come from.

    Attributes:
        name: As the `source` column shows it; never a machine's path or a secret.
    """

    @property
    def name(self) -> str:
        """As the `source` column shows it."""
        ...

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: the catalogue cannot be read, or its answer makes no sense.
        """
        ...

    def read(self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int) -> ItemReading:
        """Windows of those bands, of the wanted ones, that the item has; `bounds` in `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
        """
        ...

    def read_overview(self, item: Item, band: BandName) -> Raster | None:
        """The whole item in one band, coarse: its smallest overview; None if the source has none.

        Raises:
            SceneUnreadable: it cannot be read.
        """
        ...

    @property
    def is_static(self) -> bool:
        """Whether it is a collection that somebody made, and no service that goes on listing."""
        ...

    @property
    def quota(self) -> Quota | None:
        """What its service gives a user in a month; None if it sets no limit that we know."""
        ...

    def cost(self, items: Sequence[Item], bounds: Bounds, epsg: int) -> Cost:
        """What reading a box of these items, in all bands, would take; `bounds` in `epsg`, metres.

        An expectation from how the source's files are laid out; nothing is asked for. Searching
        is not counted.
        """
        ...

    def lattice(self, site_epsg: int, bounds: Bounds) -> tuple[float, float]:
        """A pixel corner of this source, x and y in a CRS; their remainders by 20 m count.

        Args:
            site_epsg: CRS of the site's grid, metres.
            bounds: Box of the site, longitude and latitude.

        Returns:
            (0.0, 0.0) where the source has Sentinel-2's own tiles: multiples of 10 m.
        """
        ...
