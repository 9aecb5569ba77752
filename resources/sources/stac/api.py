"""Scenes from a STAC API: searched with pystac-client, pixels read where the API may keep them.

Answers are filtered again here, since servers ignore filters that they do not know. Which API it
is, and what may be read from it, is a `StacService` from a file of its own (`earth_search`,
`cdse`); what one item's JSON means is in `stac.items`.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pystac import STACError
from pystac_client import Client
from pystac_client.exceptions import APIError
from shapely.geometry import box

from resources.costs import Cost, Quota
from resources.errors import CatalogError, ItemRefused, SceneUnreadable
from resources.http.deadline import TooLarge
from resources.http.documents import FetchAllowlist
from resources.http.retry_policy import wait_before_retry
from resources.models import BandName, Bounds, Item, ItemReading, Raster
from resources.pixels.read import read_bands, read_overview
from resources.pixels.window_costs import cog_cost
from resources.source import SearchResult
from resources.sources.stac.fields import item_footprint, sensing_time, sensing_time_if_told
from resources.sources.stac.items import COLLECTIONS, ONE_PASS, parse_item, readable_id
from resources.sources.stac.session import OVERSIZED, open_session, search_deadline, search_retries
from resources.text import printable_line

PAGE_ITEMS = (100, 50, 20, 5, 1)
"""Asked for at a time; a gateway that gives up on a page (502 at Earth Search, its issue 17) is
asked for the whole search again in smaller ones."""
MAX_ITEMS = 10_000  # a month of one site has tens
MAX_PAGES = 400
RASTER_SUFFIXES = (".tif", ".tiff", ".jp2")
WHY_LENGTH = 300  # characters of a server's own words in our messages

PAID_BUCKETS = {"sentinel-s2-l2a": "eu-central-1"}
"""Buckets that items name and in which the reader pays, with their region (Earth Search's README:
JPEG 2000 files, and CLD and SNW of `sentinel-2-l2a`)."""


@dataclass(frozen=True, slots=True)
class StacService:
    """A STAC API and what may be read from it.

    Attributes:
        name: as the `source` column shows it.
        url: of its landing page, no slash at the end.
        reach: gives where its pixels may be, with keys that are good just now.
        collections: searched all at once.
        quota: what it gives a user in a month.
        estimate: what reading a box (metres) of its items takes.
        why_unreadable: why no pixels can be read just now, as a sentence; None if they can.
    """

    name: str
    url: str
    reach: Callable[[], FetchAllowlist]
    collections: tuple[str, ...] = COLLECTIONS
    quota: Quota | None = None
    estimate: Callable[[Sequence[Item], Bounds], Cost] = cog_cost
    why_unreadable: str | None = None


class StacApi:
    """The scenes of one service."""

    def __init__(self, service: StacService) -> None:
        self._service = service

    @property
    def name(self) -> str:
        """As the `source` column shows it."""
        return self._service.name

    @property
    def is_static(self) -> bool:
        """A service goes on listing what is published."""
        return False

    @property
    def quota(self) -> Quota | None:
        """What the service gives a user in a month; None if it sets no limit that we know."""
        return self._service.quota

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: the API cannot be reached, or its answer makes no sense.
        """
        wanted = box(bounds.west, bounds.south, bounds.east, bounds.north)
        items: list[Item] = []
        refused: list[ItemRefused] = []
        for raw in self._features(bounds, start, end):
            if raw.get("collection") not in self._service.collections:
                continue  # not asked for: the server ignored the filter
            try:
                if not start - ONE_PASS <= sensing_time(raw) < end:
                    continue
                if not item_footprint(raw).intersects(wanted):
                    continue
                item = parse_item(
                    raw, self.name, self.resolve, collections=self._service.collections
                )
                if start <= item.sensed_at < end:
                    items.append(item)
            except ItemRefused as refusal:
                refused.append(refusal)
            except ValueError as cause:
                when = sensing_time_if_told(raw)
                refused.append(ItemRefused(readable_id(raw), str(cause), when))
        return SearchResult.of(items, refused)

    def read(self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int) -> ItemReading:
        """Windows of those bands, of the wanted ones, that the item has; `bounds` in `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
        """
        self._check_readable(item)
        assets = {name: item.bands[name] for name in bands if name in item.bands}
        reach = self._service.reach()
        return read_bands(assets, bounds, epsg, item_id=item.item_id, reach=reach)

    def read_overview(self, item: Item, band: BandName) -> Raster | None:
        """The whole item in one band, coarse; None where the item has no such band.

        Raises:
            SceneUnreadable: it cannot be read.
        """
        self._check_readable(item)
        asset = item.bands.get(band)
        if asset is None:
            return None
        return read_overview(asset, item_id=item.item_id, reach=self._service.reach())

    def lattice(self, site_epsg: int, bounds: Bounds) -> tuple[float, float]:  # noqa: ARG002
        """Sentinel-2's tiles lie on multiples of 10 and 20 m: (0.0, 0.0)."""
        return 0.0, 0.0

    def cost(self, items: Sequence[Item], bounds: Bounds, epsg: int) -> Cost:  # noqa: ARG002
        """What reading a box of these items would take; `bounds` in metres."""
        return self._service.estimate(items, bounds)

    def resolve(self, href: str) -> str:
        """The address of an asset, if it is one that may be fetched; ValueError otherwise."""
        try:
            checked = self._service.reach().checked(href)
        except ValueError:
            bucket = urlsplit(href).netloc if href.startswith("s3://") else ""
            if bucket in PAID_BUCKETS:
                raise ValueError(
                    f"is in the bucket {bucket!r}, where the reader pays; set "
                    "SITEWATCH_REQUESTER_PAYS=yes if you will"
                ) from None
            raise
        if not urlsplit(checked).path.lower().endswith(RASTER_SUFFIXES):
            raise ValueError(f"must be a GeoTIFF or JPEG 2000 file, found {checked[-40:]!r}")
        return checked

    def _check_readable(self, item: Item) -> None:
        if self._service.why_unreadable is not None:
            raise SceneUnreadable(item.item_id, "all", self._service.why_unreadable)

    def _features(
        self, bounds: Bounds, start: dt.datetime, end: dt.datetime
    ) -> Iterator[dict[str, Any]]:
        """Every feature of every page, as JSON; CatalogError if anything goes wrong.

        Asked for from one pass before the start, since some catalogues know an item by the start
        of its datatake. A feature may come more than once, where a search was begun again in
        smaller pages.
        """
        query = {
            "collections": list(self._service.collections),
            "bbox": [bounds.west, bounds.south, bounds.east, bounds.north],
            "datetime": f"{_utc_timestamp(start - ONE_PASS)}/{_utc_timestamp(end)}",
        }
        deadline = search_deadline()
        for failures, limit in enumerate(PAGE_ITEMS, 1):
            try:
                yield from self._pages({**query, "limit": limit}, deadline)
            except _SmallerPages as cause:
                if limit == PAGE_ITEMS[-1]:
                    raise self._failure(cause) from cause
                pause_s = search_retries().grown_s(failures)
                wait_before_retry(pause_s, f"{self.name}: {limit} items are too many", time.sleep)
            else:
                return

    def _pages(self, query: dict[str, Any], deadline: float) -> Iterator[dict[str, Any]]:
        """The features of one search; _SmallerPages where a page was too much for the server."""
        session = open_session(self._service.url, deadline)
        try:
            search = Client.open(self._service.url, stac_io=session).search(**query)
            count = 0
            for number, page in enumerate(search.pages_as_dicts()):
                features = [raw for raw in page["features"] if isinstance(raw, dict)]
                count += len(features)
                if count > MAX_ITEMS or number >= MAX_PAGES:
                    raise CatalogError(
                        f"{self.name} gave more than {MAX_ITEMS} items or {MAX_PAGES} pages for "
                        f"one search of {query['datetime']}; search a shorter time."
                    )
                yield from features
        except APIError as cause:
            is_large = isinstance(cause.__context__, TooLarge)
            if is_large or _http_status(cause) in OVERSIZED:
                raise _SmallerPages(_short_error_text(cause)) from cause
            raise self._failure(cause) from cause
        except (
            STACError,
            KeyError,
            TypeError,
            AttributeError,
            ValueError,
            RecursionError,
        ) as cause:
            raise self._failure(cause) from cause

    def _failure(self, cause: Exception) -> CatalogError:
        return CatalogError(
            f"{self.name} did not answer a search as a STAC API should: "
            f"{_short_error_text(cause)}; "
            "try again later, or check the address."
        )


class _SmallerPages(Exception):
    """A page was more than the server or we can take."""


def _http_status(cause: Exception) -> int | None:
    """Of the answer that was refused; None where there was none, and no such attribute."""
    return getattr(cause, "status_code", None)


def _short_error_text(cause: Exception) -> str:
    """An error's text on one line, short: a server's answer may be a whole page of its own."""
    status = _http_status(cause)
    text = printable_line(" ".join(str(cause).split()), WHY_LENGTH)
    return f"{status} {text}".strip() if status else text or type(cause).__name__


def _utc_timestamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
