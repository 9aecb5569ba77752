"""Scenes from a static STAC catalogue in a folder; nothing outside that folder is ever opened.

Items are addressed relative to the folder, so that no machine's path travels on. How a static
catalogue is walked and parsed is in `static_catalog`.
"""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rasterio.errors import RasterioError

from resources.costs import Cost
from resources.errors import CatalogError, SceneUnreadable
from resources.models import BandAsset, BandName, Bounds, Item, ItemReading, Raster
from resources.pixels.read import read_bands, read_corner, read_overview
from resources.source import SearchResult
from resources.sources.stac.static_catalog import StaticCatalog, is_unsafe
from resources.text import printable_line

MAX_REASON = 1_000  # characters of why a file cannot be read


class StacFolder:
    """A static catalogue in a folder; `sources.open` is its root file."""

    def __init__(self, catalog: Path) -> None:
        self._files = _FolderFiles(catalog.resolve())
        self._catalog = StaticCatalog(self._files, "stac-folder")

    @property
    def name(self) -> str:
        """As the `source` column shows it."""
        return self._catalog.name

    @property
    def is_static(self) -> bool:
        """A folder is what somebody put together."""
        return True

    @property
    def quota(self) -> None:
        """A folder sets no limit."""
        return

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: a catalogue file cannot be read, or there are too many items.
        """
        return self._catalog.search(bounds, start, end)

    def read(self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int) -> ItemReading:
        """Windows of those bands, of the wanted ones, that the item has; `bounds` in `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
        """
        assets = {name: self._local(item, name) for name in bands if name in item.bands}
        with self._relative():
            return read_bands(assets, bounds, epsg, item_id=item.item_id)

    def read_overview(self, item: Item, band: BandName) -> Raster | None:
        """The whole item in one band, coarse; None where the item has no such band.

        Raises:
            SceneUnreadable: it cannot be read.
        """
        if band not in item.bands:
            return None
        with self._relative():
            return read_overview(self._local(item, band), item_id=item.item_id)

    def lattice(self, site_epsg: int, bounds: Bounds) -> tuple[float, float]:
        """Corner of the first pixel of the first item, by id, in this CRS that touches the box."""
        with self._relative():
            return self._catalog.lattice(site_epsg, bounds, self._corner)

    def cost(self, items: Sequence[Item], bounds: Bounds, epsg: int) -> Cost:  # noqa: ARG002
        """Nothing: no network is used."""
        return Cost()

    def _corner(self, item: Item) -> tuple[int, float, float]:
        """CRS of an item's file, and its north-west corner."""
        try:
            return read_corner(self._local(item, "blue").href)
        except (RasterioError, OSError, ValueError) as cause:
            raise SceneUnreadable(item.item_id, "blue", str(cause)) from cause

    @contextmanager
    def _relative(self) -> Iterator[None]:
        """Reasons without this machine's path of the catalogue: they are stored and shown."""
        try:
            yield
        except SceneUnreadable as problem:
            said = str(problem).removeprefix(
                str(SceneUnreadable(problem.item_id, problem.band, ""))
            )
            reason = printable_line(said.replace(f"{self._files.folder}/", ""), MAX_REASON)
            raise SceneUnreadable(
                problem.item_id, problem.band, reason, is_transient=problem.is_transient
            ) from problem

    def _local(self, item: Item, band: BandName) -> BandAsset:
        """A band with the absolute path of its file, looked for again each time."""
        asset = item.bands[band]
        try:
            path = self._files.path(self._files.root, asset.href)
        except ValueError as cause:
            raise SceneUnreadable(item.item_id, band, str(cause)) from cause
        return replace(asset, href=str(path))


class _FolderFiles:
    """The files of a folder, as a `Shelf`."""

    readers = 1  # parsing is the processor's work, and reading takes no time
    edition = None  # nothing tells of a change to any of its files

    def __init__(self, catalog: Path) -> None:
        self.folder = catalog.parent
        self.root = catalog.name

    def refresh(self) -> None:
        """Nothing to do: every file is looked for when it is needed."""

    def resolve(self, base: str, href: str) -> str:
        """Key of the file that a file at `base` links to; ValueError if it may not be read."""
        key = None if is_unsafe(href) else self._straight(base, href)
        return key or self.path(base, href).relative_to(self.folder).as_posix()

    def _straight(self, base: str, href: str) -> str | None:
        """Key of a file that is reached without any link or step upward; None for others.

        Only a shorter way to what `path` finds: a catalogue's links are all looked for in each
        search, and resolving a path asks for every folder from the root on.
        """
        steps = [*base.split("/")[:-1], *href.split("/")]
        parts = [step for step in steps if step not in {"", "."}]
        if ".." in parts or not parts:
            return None
        place = str(self.folder)
        try:
            for part in parts[:-1]:
                place += f"/{part}"
                if not stat.S_ISDIR(os.lstat(place).st_mode):
                    return None
            is_file = stat.S_ISREG(os.lstat(f"{place}/{parts[-1]}").st_mode)
        except (OSError, ValueError):
            return None
        return "/".join(parts) if is_file else None

    def path(self, base: str, href: str) -> Path:
        """The file, if it is there and, links resolved, inside the catalogue's folder."""
        if is_unsafe(href):
            raise ValueError(f"must have a relative path in the catalogue, found {href[:80]!r}")
        if (key := self._straight(base, href)) is not None:
            return self.folder / key
        try:
            path = ((self.folder / base).parent / href).resolve()
            is_file = path.is_file()
        except (OSError, RuntimeError) as cause:  # a name too long; links that lead in a circle
            why = getattr(cause, "strerror", None) or "its links lead in a circle"
            raise ValueError(f"cannot be looked for as {href[:80]!r}: {why}") from cause
        if not path.is_relative_to(self.folder):
            raise ValueError(f"leads out of the catalogue's folder: {href[:80]!r}")
        if not is_file:
            raise ValueError(f"is missing: there is no file {href[:80]!r}")
        return path

    def version(self, key: str) -> tuple[int, int] | None:
        """Time of change (ns) and size (bytes) of a file; None if it is gone."""
        try:
            status = (self.folder / key).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def load(self, key: str, limit: int) -> bytes:
        """A file's content; CatalogError if it cannot be read or has more bytes than `limit`."""
        try:
            with (self.folder / key).open("rb") as file:
                content = file.read(limit + 1)
        except OSError as cause:
            raise CatalogError(f"{key} cannot be read: {cause.strerror}") from cause
        if len(content) > limit:
            raise CatalogError(f"{key} is larger than {limit} bytes.")
        return content
