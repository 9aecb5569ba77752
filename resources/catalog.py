"""What every source of scenes can do, and how one is opened.

The sources themselves are in files of their own; nothing here knows STAC or rasters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from resources.errors import ItemRefused, SettingsError
from resources.models import BandName, Bounds, Item, Raster

EARTH_SEARCH = "https://earth-search.aws.element84.com/v1"
"""The default source: needs no key (Element 84)."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Items sorted by id, and those that were refused, each with its reason."""

    items: tuple[Item, ...]
    refused: tuple[ItemRefused, ...]


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

    def read(
        self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int
    ) -> dict[BandName, Raster]:
        """Windows of those bands, of the wanted ones, that the item has; `bounds` in `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
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


def open_source(location: str | None) -> Source:
    """The source at an address: a STAC API, or a static STAC catalogue in a folder.

    Args:
        location: None for Earth Search; an https URL of a STAC API (plain http only on this
            machine); or a folder with a `catalog.json`, or that file itself.

    Raises:
        SettingsError: it is none of these.
    """
    from resources.stac_api import StacApi
    from resources.stac_folder import StacFolder

    if location is None:
        return StacApi(EARTH_SEARCH, name="earth-search")
    if "://" in location:
        return StacApi(location, name=_api_name(location))
    path = Path(location).expanduser()
    catalog = path / "catalog.json" if path.is_dir() else path
    if catalog.suffix != ".json" or not catalog.is_file():
        raise SettingsError(
            "A source must be the https URL of a STAC API, or a folder with a catalog.json; "
            f"found {location!r}; check the path, or leave it out for Earth Search."
        )
    return StacFolder(catalog)


def _api_name(location: str) -> str:
    if location.rstrip("/") == EARTH_SEARCH:
        return "earth-search"
    return urlsplit(location).hostname or "stac-api"
