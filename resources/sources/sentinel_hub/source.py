"""Scenes from Sentinel Hub: searched with its Catalog API, read with its Process API.

How pixels are asked for is in `sentinel_hub.process`, what is listed in `sentinel_hub.items`.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from sentinelhub.api.catalog import SentinelHubCatalog
from sentinelhub.config import SHConfig
from sentinelhub.constants import CRS
from sentinelhub.geometry import BBox

from resources.costs import Cost, Quota, process_units
from resources.errors import CatalogError, SceneUnreadable
from resources.models import BANDS, BandName, Bounds, Item, ItemReading, Raster
from resources.source import SearchResult
from resources.sources.sentinel_hub.answers import HubError
from resources.sources.sentinel_hub.client import HubClient
from resources.sources.sentinel_hub.evalscript import (
    ANGLES,
    band_count,
    build_evalscript,
    evalscript_version,
)
from resources.sources.sentinel_hub.items import COLLECTION, parse_features, time_range
from resources.sources.sentinel_hub.pages import read_pages
from resources.sources.sentinel_hub.process import (
    BYTES,
    MAX_PIXELS,
    Stack,
    answer_limit,
    collection_at,
    mean_angles,
    process_request,
    rasters_of,
    read_answer,
    window_pieces,
    window_shape,
)
from resources.sources.sentinel_hub.settings import hub_config, hub_name, hub_quota

LOG = logging.getLogger(__name__)

ACROSS_MIDNIGHT: Final = dt.timedelta(minutes=2)
"""Searched before and after the time wanted, so that an item has all tiles of its pass."""
PAGE_ITEMS: Final = 100  # the most that the Catalog API gives


class SentinelHub:
    """One deployment of Sentinel Hub, seen by one user."""

    def __init__(self, config: SHConfig) -> None:
        self._config = config
        self._client = HubClient(config)
        self._collection = collection_at(config.sh_base_url)

    def __repr__(self) -> str:
        return f"SentinelHub({self.name!r}, {self._config.sh_base_url!r})"

    @property
    def name(self) -> str:
        """As the `source` column shows it."""
        return hub_name(self._config)

    @property
    def is_static(self) -> bool:
        """A service goes on listing what is published."""
        return False

    @property
    def quota(self) -> Quota | None:
        """What the user may take in a month; None where that depends on his contract."""
        return hub_quota(self._config)

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: the catalogue cannot be read, or its answer makes no sense.
        """
        area = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
        first, last = start - ACROSS_MIDNIGHT, end + ACROSS_MIDNIGHT
        request = SentinelHubCatalog(config=self._config).search(
            COLLECTION,
            bbox=BBox((bounds.west, bounds.south, bounds.east, bounds.north), CRS.WGS84),
            time=(first, last),
            limit=PAGE_ITEMS,
        )
        try:
            features = read_pages(self._client, request.url, request.params)
        except HubError as cause:
            raise CatalogError(f"{self.name} could not be searched: {cause}.") from cause
        return parse_features(features, self.name, area, start=start, end=end)

    def read(self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int) -> ItemReading:
        """Windows of those bands on the box's own 10 m pixels; `bounds` in metres of `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
        """
        wanted = [band for band in bands if band in item.bands]
        try:
            return self._read(item, wanted, bounds, epsg)
        except HubError as cause:
            reason = f"{self.name}: {cause}"
            raise SceneUnreadable(item.item_id, "all", reason, is_transient=True) from cause

    def read_overview(self, item: Item, band: BandName) -> Raster | None:  # noqa: ARG002
        """None: a whole tile would cost as much as hundreds of sites."""
        return None

    def lattice(self, site_epsg: int, bounds: Bounds) -> tuple[float, float]:  # noqa: ARG002
        """Pixels are made wherever they are asked for: (0.0, 0.0)."""
        return 0.0, 0.0

    def cost(self, items: Sequence[Item], bounds: Bounds, epsg: int) -> Cost:  # noqa: ARG002
        """What reading these items in all bands takes at most; `bounds` in metres of `epsg`.

        Bytes are those of the numbers before the service compresses them.
        """
        parts = window_pieces(bounds)
        paid = len(BANDS) + len(ANGLES)  # dataMask is free
        pixels = [part.rows * part.columns for part in parts]
        return Cost(
            requests=len(items) * len(parts),
            bytes=len(items) * sum(pixels) * band_count(BANDS) * BYTES,
            processing_units=len(items) * sum(process_units(count, paid) for count in pixels),
        )

    def _read(
        self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int
    ) -> ItemReading:
        script, between = build_evalscript(bands), time_range(item)
        stack = _empty_stack(bands, bounds)
        answers = []
        for piece in window_pieces(bounds):
            request = process_request(
                piece, bounds, epsg, script=script, between=between, collection=self._collection
            )
            answer = self._client.send(request, limit=answer_limit(piece, bands))
            stack[piece.place] = read_answer(answer.content, piece, bands)
            answers.append(answer)
        spent = sum(answer.units_spent or 0.0 for answer in answers)
        LOG.info("%s: %s took %.3f processing units", self.name, item.item_id, spent)
        return ItemReading(
            rasters=rasters_of(stack, bands, bounds, epsg),
            requests=sum(answer.requests for answer in answers),
            bytes_read=sum(len(answer.content) for answer in answers),
            versions=dict.fromkeys(bands, evalscript_version(script)),
            angles=mean_angles(stack, bands),
        )


def _empty_stack(bands: Sequence[BandName], bounds: Bounds) -> Stack:
    """Numbers of a window before anything is read: nothing was seen."""
    rows, columns = window_shape(bounds)
    if rows * columns > MAX_PIXELS:
        raise HubError(f"a window of {rows} x {columns} pixels is larger than any site")
    return np.zeros((band_count(bands), rows, columns), np.uint16)


def open_sentinel_hub(location: str) -> SentinelHub:
    """The Sentinel Hub of that name: `sentinelhub`, `sentinelhub-cdse`, or `sentinelhub:PROFILE`.

    Nothing is sent yet; a token is fetched with the first request.

    Raises:
        SettingsError: the name or profile is not known, or credentials are missing.
    """
    return SentinelHub(hub_config(location))
