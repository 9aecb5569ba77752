"""Scenes from a static STAC catalogue in an S3 bucket; nothing outside its prefix is ever read.

One listing of the prefix says what there is and what has changed. How a static catalogue is
walked and parsed is in `static_catalog`; pixels are read by `pixels.read`, as from anywhere else.
"""

from __future__ import annotations

import datetime as dt
import posixpath
from collections.abc import Sequence
from dataclasses import replace

from rasterio.errors import RasterioError

from resources.costs import Cost
from resources.errors import CatalogError, SceneUnreadable, SettingsError
from resources.http.documents import Bucket, FetchAllowlist, RemoteError, fetch_bytes
from resources.models import BandAsset, BandName, Bounds, Item, ItemReading, Raster
from resources.pixels.read import read_bands, read_corner, read_overview
from resources.pixels.window_costs import cog_cost
from resources.settings import SourceAccess, refuse_credentials
from resources.source import SearchResult
from resources.sources.stac.bucket_keys import KeyChain
from resources.sources.stac.static_catalog import FileNotFetched, StaticCatalog, is_unsafe

MAX_KEYS = 300_000  # under the prefix: 10,000 items of 30 files
READERS = 8  # item files at a time


class StacBucket:
    """A static catalogue in a bucket; its pixels are read window by window."""

    def __init__(self, prefix: _BucketFiles) -> None:
        self._files = prefix
        self._catalog = StaticCatalog(prefix, "stac-bucket")

    @property
    def name(self) -> str:
        """As the `source` column shows it."""
        return self._catalog.name

    @property
    def is_static(self) -> bool:
        """A catalogue of files is what somebody put together."""
        return True

    @property
    def quota(self) -> None:
        """No limit that we know."""
        return

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: the bucket or a catalogue cannot be read, or there are too many items.
        """
        return self._catalog.search(bounds, start, end)

    def read(self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int) -> ItemReading:
        """Windows of those bands, of the wanted ones, that the item has; `bounds` in `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
        """
        assets = {name: self._remote(item, name) for name in bands if name in item.bands}
        return read_bands(assets, bounds, epsg, item_id=item.item_id, reach=self._files.reach())

    def read_overview(self, item: Item, band: BandName) -> Raster | None:
        """The whole item in one band, coarse; None where the item has no such band.

        Raises:
            SceneUnreadable: it cannot be read.
        """
        if band not in item.bands:
            return None
        asset, reach = self._remote(item, band), self._files.reach()
        return read_overview(asset, item_id=item.item_id, reach=reach)

    def lattice(self, site_epsg: int, bounds: Bounds) -> tuple[float, float]:
        """Corner of the first pixel of the first item, by id, in this CRS that touches the box."""
        return self._catalog.lattice(site_epsg, bounds, self._corner)

    def cost(self, items: Sequence[Item], bounds: Bounds, epsg: int) -> Cost:  # noqa: ARG002
        """What reading a box of these items would take; `bounds` in metres."""
        return cog_cost(items, bounds)

    def _corner(self, item: Item) -> tuple[int, float, float]:
        """CRS of an item's file, and its north-west corner."""
        try:
            return read_corner(self._remote(item, "blue").href, reach=self._files.reach())
        except (RasterioError, RemoteError, OSError, ValueError) as cause:
            raise SceneUnreadable(item.item_id, "blue", str(cause)) from cause

    def _remote(self, item: Item, band: BandName) -> BandAsset:
        asset = item.bands[band]
        return replace(asset, href=self._files.address(asset.href))


def open_bucket(location: str, access: SourceAccess) -> StacBucket:
    """The catalogue at s3://BUCKET/PREFIX, or at the file `sources.open.json` there.

    Raises:
        SettingsError: the address is not one of a bucket, or AWS's settings cannot be used.
        CatalogError: there is no catalogue that can be read.
    """
    refuse_credentials(location)
    name, _, path = location.removeprefix("s3://").partition("/")
    folder, file = posixpath.split(path) if path.endswith(".json") else (path, "catalog.json")
    if "?" in location or "#" in location or {".", ".."} & set(folder.split("/")):
        raise SettingsError(
            "A catalogue in a bucket has an address like s3://bucket/folder, without steps "
            f"upward, query or fragment; found another in the bucket {name[:80]!r}."
        )
    return StacBucket(_BucketFiles(name, folder.strip("/"), file, access))


class _BucketFiles:
    """The files under a prefix of a bucket, as a `Shelf`; keys leave the prefix out."""

    readers = READERS

    def __init__(self, bucket: str, folder: str, root: str, access: SourceAccess) -> None:
        self._name = bucket
        self._folder = f"{folder}/" if folder else ""
        self.root = root
        self._access = access
        self._keys = KeyChain()
        self._tags: dict[str, str] = {}
        self.edition: int | None = None

    def reach(self) -> FetchAllowlist:
        """This bucket, with the keys of the moment."""
        return FetchAllowlist(buckets=(self._bucket(),))

    def address(self, key: str) -> str:
        """The s3 address of a file."""
        return f"s3://{self._name}/{self._folder}{key}"

    def refresh(self) -> None:
        """List the prefix; CatalogError if it cannot be listed."""
        tags = {}
        for key, tag in self._keys.list_objects(self._bucket(), self._folder):
            tags[key.removeprefix(self._folder)] = tag
            if len(tags) > MAX_KEYS:
                raise CatalogError(
                    f"{self.address('')} has more than {MAX_KEYS} files; name a folder that holds "
                    "one catalogue."
                )
        if self.root not in tags:
            raise CatalogError(
                f"{self.address('')} has no {self.root}; name the folder of a catalogue."
            )
        if tags != self._tags:
            self._tags, self.edition = tags, (self.edition or 0) + 1

    def resolve(self, base: str, href: str) -> str:
        """Key of the file that a file at `base` links to; ValueError if it may not be read."""
        if is_unsafe(href):
            raise ValueError(f"must have a relative path in the catalogue, found {href[:80]!r}")
        key = posixpath.normpath(posixpath.join(posixpath.dirname(base), href))
        if key == ".." or key.startswith("../"):
            raise ValueError(f"leads out of the catalogue's folder: {href[:80]!r}")
        if key not in self._tags:
            raise ValueError(f"is missing: there is no file {href[:80]!r}")
        return key

    def version(self, key: str) -> str | None:
        """The file's ETag; None if it is gone."""
        return self._tags.get(key)

    def load(self, key: str, limit: int) -> bytes:
        """A file's content; Unfetched if it did not come, or has more bytes than `limit`."""
        try:
            return fetch_bytes(self.reach(), self.address(key), limit=limit)[0]
        except RemoteError as cause:
            raise FileNotFetched(str(cause)) from cause

    def _bucket(self) -> Bucket:
        return self._keys.bucket(
            self._name,
            endpoint=self._access.s3_endpoint,
            region=self._access.s3_region,
            is_requester_paid=self._access.is_requester_paid,
        )
