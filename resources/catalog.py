"""What every source of scenes can do, and how one is opened.

The sources themselves are in files of their own; nothing here knows STAC or rasters.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from resources.costs import Cost, Quota
from resources.errors import ItemRefused, SettingsError
from resources.models import BandName, Bounds, Item, Raster, Reading
from resources.settings import SourceAccess, load_source_access, refuse_credentials

EARTH_SEARCH = "https://earth-search.aws.element84.com/v1"
"""The default source: needs no key (Element 84)."""
EARTH_SEARCH_NAME = "earth-search"
CDSE_NAME = "cdse"
SENTINEL_HUB = re.compile(r"sentinelhub(?:-cdse|:.+)?")
PLANETARY_COMPUTER = re.compile(
    r"planetary-computer|https?://planetarycomputer\.microsoft\.com(?:/.*)?"
)


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

    def read(self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int) -> Reading:
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


def is_address(location: str) -> bool:
    """Whether this names a source by preset or URL, and not a path on this machine."""
    presets = {EARTH_SEARCH_NAME, CDSE_NAME}
    is_preset = location in presets or SENTINEL_HUB.fullmatch(location)
    return "://" in location or bool(is_preset or PLANETARY_COMPUTER.fullmatch(location))


def open_source(location: str | None, access: SourceAccess | None = None) -> Source:
    """The source of this name or at this address.

    Args:
        location: None or `earth-search` for Earth Search; `cdse`; `sentinelhub`,
            `sentinelhub-cdse` or `sentinelhub:PROFILE`; an https URL of a STAC API (plain http only
            on this machine); s3://BUCKET/FOLDER of a static catalogue; or a folder with a
            `catalog.json`, or that file itself.
        access: what it may read besides; None for what the environment says.

    Raises:
        SettingsError: it is none of these, lacks what it needs, or holds a key or password.
        CatalogError: a static catalogue that cannot be read.
    """
    location = EARTH_SEARCH_NAME if location is None else location
    refuse_credentials(location)
    if PLANETARY_COMPUTER.fullmatch(location):
        raise SettingsError(
            "Scenes of the Planetary Computer are understood but not read yet, since its files "
            "need signed addresses that nobody here could prove; use earth-search or cdse."
        )
    if SENTINEL_HUB.fullmatch(location):
        from resources.sentinel_hub import open_sentinel_hub

        return open_sentinel_hub(location)
    if not is_address(location):
        return _folder(location)
    access = access or load_source_access()
    if location.startswith("s3://"):
        from resources.stac_bucket import open_bucket

        return open_bucket(location, access)
    return _api(location, access)


def _api(location: str, access: SourceAccess) -> Source:
    from resources.stac_api import StacApi
    from resources.stac_services import CDSE, cdse, earth_search, stac_service

    address = location.rstrip("/")
    if address in {EARTH_SEARCH_NAME, EARTH_SEARCH}:
        return StacApi(earth_search(EARTH_SEARCH, access))
    if address in {CDSE_NAME, CDSE}:
        return StacApi(cdse(access))
    return StacApi(stac_service(location, access))


def _folder(location: str) -> Source:
    from resources.stac_folder import StacFolder

    path = Path(location).expanduser()
    catalog = path / "catalog.json" if path.is_dir() else path
    if catalog.suffix != ".json" or not catalog.is_file():
        raise SettingsError(
            "A source must be earth-search, cdse, sentinelhub, the https URL of a STAC API, an "
            f"s3:// address or a folder with a catalog.json; found {location!r}; check the path, "
            "or leave it out for Earth Search."
        )
    return StacFolder(catalog)
