"""Scenes from a static STAC catalogue in a folder; nothing outside that folder is ever opened.

Items are addressed relative to the folder, so that no machine's path travels on. What one
item's JSON means is in `stac_items`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rasterio.errors import RasterioError
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from resources.catalog import SearchResult
from resources.errors import CatalogError, ItemRefused, SceneUnreadable
from resources.models import BandName, Bounds, Item, Raster
from resources.rasters import read_bands, read_corner
from resources.stac_fields import footprint, sensing_time
from resources.stac_items import SAFE_ID, parse_item, readable_id

MAX_ITEMS = 10_000
MAX_JSON_BYTES = 20_000_000  # of one file; a real item has 30 kB
UNSAFE_HREF = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:|^[/~\\]|\\|[\x00-\x1f]")
"""A scheme, an absolute path, a backslash or a control character."""

Signature = tuple[int, int]
"""Time of change (ns) and size (bytes) of a file."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item file: an item or why it was refused, with as much of when and where as is known."""

    item: Item | None
    refusal: ItemRefused | None
    sensed_at: dt.datetime | None
    place: BaseGeometry | None

    def is_wanted(self, area: BaseGeometry, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether it belongs to a search; what is unknown of it is not held against it."""
        in_time = self.sensed_at is None or start <= self.sensed_at < end
        return in_time and (self.place is None or bool(self.place.intersects(area)))


class StacFolder:
    """A static catalogue; item files are parsed once and again only when they change."""

    def __init__(self, catalog: Path) -> None:
        self._catalog = catalog.resolve()
        self._root = self._catalog.parent
        self._entries: dict[Path, tuple[Signature, _Entry]] = {}
        catalog_id = str(_read_json(self._catalog).get("id", ""))
        if not SAFE_ID.fullmatch(catalog_id):
            raise CatalogError(
                f"The catalogue {catalog.name} needs an id of letters, digits, '.', '_' or '-', "
                f"found {catalog_id[:40]!r}; give it one."
            )
        self._name = f"stac-folder:{catalog_id}"

    @property
    def name(self) -> str:
        """As the `source` column shows it."""
        return self._name

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: a catalogue file cannot be read, or there are too many items.
        """
        area = box(bounds.west, bounds.south, bounds.east, bounds.north)
        found = [entry for entry in self._all() if entry.is_wanted(area, start, end)]
        items = {(e.item.item_id, e.item.collection): e.item for e in found if e.item}
        refused = {entry.refusal.item_id: entry.refusal for entry in found if entry.refusal}
        return SearchResult(
            items=tuple(items[key] for key in sorted(items)),
            refused=tuple(refused[key] for key in sorted(refused)),
        )

    def read(
        self, item: Item, bands: Sequence[BandName], bounds: Bounds, epsg: int
    ) -> dict[BandName, Raster]:
        """Windows of those bands, of the wanted ones, that the item has; `bounds` in `epsg`.

        Raises:
            SceneUnreadable: pixels are missing or cannot be read.
        """
        assets = {}
        for name in [band for band in bands if band in item.bands]:
            try:
                path = self._inside(self._root, item.bands[name].href)
            except ValueError as cause:
                raise SceneUnreadable(item.item_id, name, str(cause)) from cause
            assets[name] = replace(item.bands[name], href=str(path))
        return read_bands(assets, bounds, epsg, item_id=item.item_id)

    def lattice(self, site_epsg: int, bounds: Bounds) -> tuple[float, float]:
        """Corner of the first pixel of the first item, by id, in this CRS that touches the box.

        The file is asked, since `proj:transform` of cut or thinned scenes is often the whole
        tile's. (0.0, 0.0) where no item is in this CRS.
        """
        area = box(bounds.west, bounds.south, bounds.east, bounds.north)
        items = [entry.item for entry in self._all() if entry.item]
        for item in sorted(items, key=lambda item: (item.item_id, item.collection)):
            if item.epsg not in {None, site_epsg} or not item.footprint.intersects(area):
                continue
            try:
                path = self._inside(self._root, item.bands["blue"].href)
                epsg, x, y = read_corner(str(path))
            except (RasterioError, OSError, ValueError) as cause:
                raise SceneUnreadable(item.item_id, "blue", str(cause)) from cause
            if epsg == site_epsg:
                return x, y
        return 0.0, 0.0

    def _all(self) -> Iterator[_Entry]:
        for number, (source, href) in enumerate(self._item_links(), start=1):
            if number > MAX_ITEMS:
                raise CatalogError(f"{self.name} has more than {MAX_ITEMS} items; split it.")
            yield self._entry(source, href)

    def _item_links(self) -> Iterator[tuple[Path, str]]:
        """(catalogue file, href of an item) in the order of the files; each catalogue once."""
        queue, seen = [self._catalog], {self._catalog}
        while queue:
            catalog = queue.pop(0)
            for rel, href in _links(catalog):
                if rel == "item":
                    yield catalog, href
                elif rel == "child":
                    child = self._child(catalog, href)
                    queue += [child] if child not in seen else []
                    seen.add(child)

    def _child(self, catalog: Path, href: str) -> Path:
        try:
            return self._inside(catalog.parent, href)
        except ValueError as cause:
            raise CatalogError(f"{self.name}: its child catalogue {href[:80]!r} {cause}") from cause

    def _entry(self, catalog: Path, href: str) -> _Entry:
        try:
            path = self._inside(catalog.parent, href)
        except ValueError as cause:
            name = readable_id({"id": href})
            return _Entry(None, ItemRefused(name, f"its item file {cause}"), None, None)
        status = path.stat()
        signature = (status.st_mtime_ns, status.st_size)
        cached = self._entries.get(path)
        if cached is None or cached[0] != signature:
            cached = (signature, self._parse(path))
            self._entries[path] = cached
        return cached[1]

    def _parse(self, path: Path) -> _Entry:
        try:
            raw = _read_json(path)
        except CatalogError as cause:
            return _Entry(None, ItemRefused(readable_id({"id": path.stem}), str(cause)), None, None)
        sensed_at, place = None, None
        try:
            sensed_at, place = sensing_time(raw), footprint(raw)
            item = parse_item(raw, self.name, lambda href: self._resolve(path.parent, href))
        except ItemRefused as refusal:
            return _Entry(None, refusal, sensed_at, place)
        except ValueError as cause:
            return _Entry(None, ItemRefused(readable_id(raw), str(cause)), sensed_at, place)
        return _Entry(item, None, sensed_at, place)

    def _resolve(self, folder: Path, href: str) -> str:
        """Address of an asset relative to the catalogue's folder."""
        return self._inside(folder, href).relative_to(self._root).as_posix()

    def _inside(self, folder: Path, href: str) -> Path:
        """The file, if it is there and, links resolved, inside the catalogue's folder."""
        if UNSAFE_HREF.search(href):
            raise ValueError(f"must have a relative path in the catalogue, found {href[:80]!r}")
        path = (folder / href).resolve()
        if not path.is_relative_to(self._root):
            raise ValueError(f"leads out of the catalogue's folder: {href[:80]!r}")
        if not path.is_file():
            raise ValueError(f"is missing: there is no file {href[:80]!r}")
        return path


def _links(catalog: Path) -> list[tuple[str, str]]:
    """(rel, href) of a catalogue's links; those without are not links to anything."""
    links = _read_json(catalog).get("links", [])
    if not isinstance(links, list):
        raise CatalogError(f"The links of {catalog.name} must be a list; repair the file.")
    pairs = [(x.get("rel"), x.get("href")) for x in links if isinstance(x, dict)]
    return [(rel, href) for rel, href in pairs if isinstance(rel, str) and isinstance(href, str)]


def _read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of reasonable size; CatalogError otherwise."""
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise CatalogError(f"{path.name} is larger than {MAX_JSON_BYTES} bytes.")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as cause:
        raise CatalogError(f"{path.name} cannot be read as JSON: {cause}") from cause
    if not isinstance(content, dict):
        raise CatalogError(f"{path.name} must hold a JSON object.")
    return content
