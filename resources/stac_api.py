"""Scenes from a STAC API, by default Earth Search v1: searched with pystac-client, read as COGs.

Answers are filtered again here, since servers ignore filters that they do not know. What one
item's JSON means is in `stac_items`.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from pystac import STACError
from pystac_client import Client
from pystac_client.exceptions import APIError
from pystac_client.stac_api_io import StacApiIO
from requests.adapters import HTTPAdapter
from shapely.geometry import box
from urllib3 import Retry

from resources.catalog import SearchResult
from resources.errors import CatalogError, ItemRefused, SettingsError
from resources.models import BandName, Bounds, Item, Raster
from resources.rasters import read_bands
from resources.stac_fields import footprint, sensing_time
from resources.stac_items import COLLECTIONS, parse_item, readable_id

PAGE_ITEMS = 100  # larger pages of Earth Search end in 502 (facts.md 1.15)
MAX_ITEMS = 10_000  # a month of one site has tens
MAX_PAGES = 200
TIMEOUT_S = (10.0, 60.0)  # connect, read
RASTER_SUFFIXES = (".tif", ".tiff")


class StacApi:
    """A STAC API with the layout of Earth Search v1."""

    def __init__(self, url: str, name: str) -> None:
        self._url = _checked_url(url)
        self._name = name
        self._is_loopback = _is_loopback(urlsplit(self._url).hostname or "")

    @property
    def name(self) -> str:
        """As the `source` column shows it."""
        return self._name

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: the API cannot be reached, or its answer makes no sense.
        """
        wanted = box(bounds.west, bounds.south, bounds.east, bounds.north)
        items: dict[tuple[str, str], Item] = {}
        refused: dict[str, ItemRefused] = {}
        for raw in self._features(bounds, start, end):
            if raw.get("collection") not in COLLECTIONS:
                continue  # not asked for: the server ignored the filter
            try:
                if not start <= sensing_time(raw) < end or not footprint(raw).intersects(wanted):
                    continue
                item = parse_item(raw, self.name, self._resolve)
                items[item.collection, item.item_id] = item
            except ItemRefused as refusal:
                refused[refusal.item_id] = refusal
            except ValueError as cause:
                item_id = readable_id(raw)
                refused[item_id] = ItemRefused(item_id, str(cause))
        return SearchResult(
            items=tuple(sorted(items.values(), key=lambda item: (item.item_id, item.collection))),
            refused=tuple(refused[item_id] for item_id in sorted(refused)),
        )

    def read(
        self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int
    ) -> dict[BandName, Raster]:
        """Windows of those bands, of the wanted ones, that the item has; `bounds` in `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
        """
        assets = {name: item.bands[name] for name in bands if name in item.bands}
        return read_bands(assets, bounds, epsg, item_id=item.item_id)

    def lattice(self, site_epsg: int, bounds: Bounds) -> tuple[float, float]:  # noqa: ARG002
        """Sentinel-2's tiles lie on multiples of 10 and 20 m: (0.0, 0.0)."""
        return 0.0, 0.0

    def _features(
        self, bounds: Bounds, start: dt.datetime, end: dt.datetime
    ) -> Iterator[dict[str, Any]]:
        """Every feature of every page, as JSON; CatalogError if anything goes wrong."""
        try:
            search = Client.open(self._url, stac_io=self._session()).search(
                collections=list(COLLECTIONS),
                bbox=[bounds.west, bounds.south, bounds.east, bounds.north],
                datetime=f"{_stamp(start)}/{_stamp(end)}",
                limit=PAGE_ITEMS,
            )
            count = 0
            for number, page in enumerate(search.pages_as_dicts()):
                features = [raw for raw in page["features"] if isinstance(raw, dict)]
                count += len(features)
                if count > MAX_ITEMS or number >= MAX_PAGES:
                    raise CatalogError(
                        f"{self.name} gave more than {MAX_ITEMS} items or {MAX_PAGES} pages for "
                        f"one search of {_stamp(start)} to {_stamp(end)}; search a shorter time."
                    )
                yield from features
        except (APIError, STACError, KeyError, TypeError, AttributeError, ValueError) as cause:
            raise CatalogError(
                f"{self.name} did not answer a search as a STAC API should: {cause}; "
                "try again later, or check the address."
            ) from cause

    def _session(self) -> StacApiIO:
        retry = Retry(
            total=5,
            backoff_factor=0.5,  # seconds, doubling
            allowed_methods=None,  # searches are POST, which the default does not repeat
            status_forcelist=(429, 500, 502, 503, 504),
            respect_retry_after_header=False,  # a server may not make us wait for hours
        )
        session = StacApiIO(timeout=TIMEOUT_S)
        session.session.mount("https://", _OneOrigin(self._url, retry))
        session.session.mount("http://", _OneOrigin(self._url, retry))
        return session

    def _resolve(self, href: str) -> str:
        """The address of an asset, if it is one that may be fetched."""
        parts = _split(href)
        if parts.scheme == "s3":
            raise ValueError("is on s3, where the reader pays; only https is read")
        is_local = self._is_loopback and _is_loopback(parts.hostname or "")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
            raise ValueError(f"must be an https address, found {href[:80]!r}")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("has an address with credentials, query or fragment")
        if not parts.path.lower().endswith(RASTER_SUFFIXES):
            raise ValueError(f"must be a GeoTIFF, found {parts.path[-40:]!r}")
        if not is_local and not _is_public(parts.hostname or ""):
            raise ValueError(f"is on {parts.hostname!r}, which is not a public host")
        return href


class _OneOrigin(HTTPAdapter):
    """Sends requests to the API's own origin alone, whatever links and redirects say."""

    def __init__(self, url: str, retry: Retry) -> None:
        super().__init__(max_retries=retry)
        self._origin = _origin(url)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # options are passed on
        if _origin(request.url or "") != self._origin:
            raise requests.exceptions.InvalidURL(f"a link leads away from it, to {request.url}")
        return super().send(request, **options)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = _split(url)
    return parts.scheme, parts.hostname, parts.port


def _split(url: str) -> SplitResult:
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("has an address with blanks or control characters")
    return urlsplit(url)


def _checked_url(url: str) -> str:
    """The API's address without a trailing slash, if it is one that we may use."""
    try:
        parts = _split(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as cause:
        raise SettingsError(f"A STAC API needs a valid URL: {cause}.") from cause
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise SettingsError(
            f"A STAC API must have an https URL, found {parts.scheme}://{host}; "
            "plain http is for this machine only."
        )
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            f"The URL of the STAC API at {host!r} must have a host and no credentials, "
            "query or fragment; take them out."
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_public(host: str) -> bool:
    """False for bare names and for addresses inside some network."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
