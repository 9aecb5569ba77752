"""From the name or address of a source to the source itself.

What a source can do is said in `resources.source`; each is in a file of its own.
"""

from __future__ import annotations

import re
from pathlib import Path

from resources.errors import SettingsError
from resources.settings import SourceAccess, load_source_access, refuse_credentials
from resources.source import Source

EARTH_SEARCH = "https://earth-search.aws.element84.com/v1"
"""The default source: needs no key (Element 84)."""
EARTH_SEARCH_NAME = "earth-search"
CDSE_NAME = "cdse"
SENTINEL_HUB = re.compile(r"sentinelhub(?:-cdse|:.+)?")
PLANETARY_COMPUTER = re.compile(
    r"planetary-computer|https?://planetarycomputer\.microsoft\.com(?:/.*)?"
)


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
            `sources.open.json`, or that file itself.
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
        from resources.sources.sentinel_hub.source import open_sentinel_hub

        return open_sentinel_hub(location)
    if not is_address(location):
        return _open_folder(location)
    access = access or load_source_access()
    if location.startswith("s3://"):
        from resources.sources.stac.bucket import open_bucket

        return open_bucket(location, access)
    return _open_api(location, access)


def _open_api(location: str, access: SourceAccess) -> Source:
    from resources.sources.stac.api import StacApi
    from resources.sources.stac.services import (
        CDSE,
        cdse_service,
        earth_search_service,
        stac_service,
    )

    address = location.rstrip("/")
    if address in {EARTH_SEARCH_NAME, EARTH_SEARCH}:
        return StacApi(earth_search_service(EARTH_SEARCH, access))
    if address in {CDSE_NAME, CDSE}:
        return StacApi(cdse_service(access))
    return StacApi(stac_service(location, access))


def _open_folder(location: str) -> Source:
    from resources.sources.stac.folder import StacFolder

    path = Path(location).expanduser()
    catalog = path / "catalog.json" if path.is_dir() else path
    if catalog.suffix != ".json" or not catalog.is_file():
        raise SettingsError(
            "A source must be earth-search, cdse, sentinelhub, the https URL of a STAC API, an "
            f"s3:// address or a folder with a catalog.json; found {location!r}; check the path, "
            "or leave it out for Earth Search."
        )
    return StacFolder(catalog)
