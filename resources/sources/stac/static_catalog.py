"""Scenes from a static STAC catalogue, wherever its files are: walked, parsed, and kept parsed.

Where the files are is a `CatalogFiles`: a folder (`folder`) or a bucket (`bucket`). What one
item's JSON means is in `stac.items`.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from resources.errors import CatalogError, ItemRefused
from resources.models import REFLECTANCE_BANDS, Bounds, Item
from resources.source import SearchResult
from resources.sources.stac.fields import item_footprint, sensing_time
from resources.sources.stac.items import SAFE_ID, parse_item, readable_id
from resources.sources.stac.safe_metadata import MAX_XML_BYTES, with_safe_metadata
from resources.text import printable_line

MAX_ITEMS = 10_000
MAX_CATALOGS = 1_000
SEARCH_S = 600.0  # of one search: 10,000 items at 0.3 s each, 8 at a time, take 400 s
MAX_REASON = 1_000  # characters of why an item is refused
MAX_JSON_BYTES = 20_000_000  # of one file; a real item has 30 kB
NOT_RELATIVE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/~]")  # a scheme, or an absolute path


def is_unsafe(href: str) -> bool:
    """Whether an address leads out of a catalogue, or cannot be shown in a message as it is."""
    return bool(NOT_RELATIVE.match(href)) or "\\" in href or not href.isprintable()


class CatalogFiles(Protocol):
    """The files of a catalogue; a key is a relative path from the folder of its root."""

    @property
    def root(self) -> str:
        """Key of the root catalogue."""
        ...

    @property
    def readers(self) -> int:
        """Files that may well be read at a time."""
        ...

    @property
    def edition(self) -> Hashable:
        """Changes when any file does, as of the last `refresh`; None where that is not known."""
        ...

    def refresh(self) -> None:
        """See what there is now; CatalogError if that cannot be seen."""
        ...

    def resolve(self, base: str, href: str) -> str:
        """Key of the file that a file at `base` links to; ValueError if it may not be read."""
        ...

    def version(self, key: str) -> Hashable:
        """Changes when the file's content does."""
        ...

    def load(self, key: str, limit: int) -> bytes:
        """A file's content.

        Raises:
            Unfetched: it did not come; another try may do.
            CatalogError: it cannot be read, or has more bytes than `limit`.
        """
        ...


class FileNotFetched(CatalogError):
    """A file did not come just now."""


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One item file: an item or why it was refused, with as much of when and where as is known.

    `is_final` if it stays so until a file changes.
    """

    item: Item | None
    refusal: ItemRefused | None
    sensed_at: dt.datetime | None = None
    place: BaseGeometry | None = None
    is_final: bool = True

    def is_wanted(self, area: BaseGeometry, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether it belongs to a search; what is unknown of it is not held against it."""
        in_time = self.sensed_at is None or start <= self.sensed_at < end
        return in_time and (self.place is None or bool(self.place.intersects(area)))


class _ParsedEntry(NamedTuple):
    """An entry, with the version of its file and the edition of all that it was made of."""

    version: Hashable
    edition: Hashable
    entry: CatalogEntry


class StaticCatalog:
    """A static catalogue; its files are parsed once and again only when they change."""

    def __init__(self, shelf: CatalogFiles, kind: str) -> None:
        self._shelf = shelf
        self._parsed: dict[str, _ParsedEntry] = {}
        self._deadline = math.inf
        self._linked: dict[str, tuple[Hashable, list[tuple[str, str]]]] = {}
        shelf.refresh()
        catalog_id = str(self._json(shelf.root).get("id", ""))
        if not SAFE_ID.fullmatch(catalog_id):
            raise CatalogError(
                f"The catalogue {shelf.root} needs an id of letters, digits, '.', '_' or '-', "
                f"found {catalog_id[:40]!r}; give it one."
            )
        self.name = f"{kind}:{catalog_id}"

    def search(self, bounds: Bounds, start: dt.datetime, end: dt.datetime) -> SearchResult:
        """Items that touch the box (longitude, latitude) and were sensed in [start, end).

        Raises:
            CatalogError: a catalogue file cannot be read, or there are too many items.
        """
        area = box(bounds.west, bounds.south, bounds.east, bounds.north)
        found = [entry for entry in self._all() if entry.is_wanted(area, start, end)]
        return SearchResult.of(
            (entry.item for entry in found if entry.item),
            (entry.refusal for entry in found if entry.refusal),
        )

    def lattice(
        self, epsg: int, bounds: Bounds, corner: Callable[[Item], tuple[int, float, float]]
    ) -> tuple[float, float]:
        """Corner of the first pixel of the first item, by id, in this CRS that touches the box.

        The file is asked, since `proj:transform` of cut or thinned scenes is often the whole
        tile's. (0.0, 0.0) where no item is in this CRS.

        Args:
            epsg: The CRS.
            bounds: Longitude and latitude.
            corner: Gives CRS and north-west corner of an item's file.
        """
        for item in self.items_in(epsg, bounds):
            found, x, y = corner(item)
            if found == epsg:
                return x, y
        return 0.0, 0.0

    def items_in(self, epsg: int, bounds: Bounds) -> list[Item]:
        """Items by id that touch the box and are, as far as is known, in this CRS."""
        area = box(bounds.west, bounds.south, bounds.east, bounds.north)
        items = [entry.item for entry in self._all() if entry.item]
        return [
            item
            for item in sorted(items, key=lambda item: (item.item_id, item.collection))
            if item.epsg in {None, epsg} and item.footprint.intersects(area)
        ]

    def _all(self) -> list[CatalogEntry]:
        """Every entry, in the order of the files."""
        self._deadline = time.monotonic() + SEARCH_S
        self._shelf.refresh()
        found: list[str | CatalogEntry] = []
        for number, (catalog, href) in enumerate(self._item_links(), start=1):
            if number > MAX_ITEMS:
                raise CatalogError(f"{self.name} has more than {MAX_ITEMS} items; split it.")
            try:
                found.append(self._shelf.resolve(catalog, href))
            except ValueError as cause:
                name = readable_id({"id": href})
                found.append(CatalogEntry(None, ItemRefused(name, f"its item file {cause}")))
        self._parse_new(key for key in found if isinstance(key, str))
        return [self._parsed[one].entry if isinstance(one, str) else one for one in found]

    def _item_links(self) -> Iterator[tuple[str, str]]:
        """(key of a catalogue, href of an item) in the order of the files; each catalogue once."""
        queue, seen = [self._shelf.root], {self._shelf.root}
        while queue:
            catalog = queue.pop(0)
            for rel, href in self._links(catalog):
                if rel == "item":
                    yield catalog, href
                elif rel == "child":
                    child = self._child(catalog, href)
                    queue += [child] if child not in seen else []
                    seen.add(child)
            if len(seen) > MAX_CATALOGS:
                raise CatalogError(
                    f"{self.name} has more than {MAX_CATALOGS} catalogues; split it."
                )

    def _child(self, catalog: str, href: str) -> str:
        try:
            return self._shelf.resolve(catalog, href)
        except ValueError as cause:
            raise CatalogError(f"{self.name}: its child catalogue {href[:80]!r} {cause}") from cause

    def _links(self, catalog: str) -> list[tuple[str, str]]:
        """(rel, href) of a catalogue's links; those without are not links to anything."""
        version = self._shelf.version(catalog)
        known = self._linked.get(catalog)
        if known is not None and known[0] == version:
            return known[1]
        self._check_time()
        links = self._json(catalog).get("links", [])
        if not isinstance(links, list):
            raise CatalogError(f"The links of {catalog} must be a list; repair the file.")
        pairs = [(x.get("rel"), x.get("href")) for x in links if isinstance(x, dict)]
        found = [(r, href) for r, href in pairs if isinstance(r, str) and isinstance(href, str)]
        self._linked[catalog] = (version, found)
        return found

    def _parse_new(self, keys: Iterable[str]) -> None:
        """Parse the item files that are new or have changed, and those refused that may do now.

        What is parsed is kept, also where the search is given up after it.
        """
        versions = {key: self._shelf.version(key) for key in keys}
        due = [key for key, version in versions.items() if not self._is_known(key, version)]
        edition = self._shelf.edition
        with ThreadPoolExecutor(self._shelf.readers) as pool:
            parse = pool.map if len(due) > 1 and self._shelf.readers > 1 else map
            for key, entry in zip(due, parse(self._parse, due), strict=True):
                self._parsed[key] = _ParsedEntry(versions[key], edition, entry)

    def _is_known(self, key: str, version: Hashable) -> bool:
        """Whether an entry is still good: a band file that was missing may be there by now."""
        known = self._parsed.get(key)
        if known is None or known.version != version or not known.entry.is_final:
            return False
        edition = self._shelf.edition
        return known.entry.item is not None or (edition is not None and known.edition == edition)

    def _parse(self, key: str) -> CatalogEntry:
        self._check_time()
        sensed_at, place = None, None
        name = readable_id({"id": key.rsplit("/", 1)[-1].removesuffix(".json")})
        try:
            raw = self._json(key)
            name = readable_id(raw)
            sensed_at, place = sensing_time(raw), item_footprint(raw)
            item = parse_item(raw, self.name, lambda href: self._shelf.resolve(key, href))
            item = self._completed(item, key, raw)
        except ItemRefused as refusal:
            return CatalogEntry(None, refusal, sensed_at, place)
        except (ValueError, CatalogError) as cause:
            why = ItemRefused(name, printable_line(str(cause), MAX_REASON), sensed_at)
            return CatalogEntry(
                None, why, sensed_at, place, is_final=not isinstance(cause, FileNotFetched)
            )
        return CatalogEntry(item, None, item.sensed_at, place)

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise CatalogError(
                f"{self.name} was not searched within {SEARCH_S:.0f} seconds; search again, which "
                "goes on from there, or split it."
            )

    def _completed(self, item: Item, key: str, raw: Mapping[str, Any]) -> Item:
        """The item with the offsets of its product's own metadata, where it declares none itself.

        Raises:
            ItemRefused: that metadata is in the catalogue and cannot be used.
        """
        bands = [item.bands[name] for name in REFLECTANCE_BANDS if name in item.bands]
        is_told = item.is_offset_applied is not None or all(b.offset is not None for b in bands)
        asset = raw["assets"].get("product_metadata")
        href = asset.get("href") if isinstance(asset, Mapping) else None
        if is_told or not isinstance(href, str):
            return item
        try:
            found = self._shelf.resolve(key, href)
        except ValueError:
            return item  # it is elsewhere, and not needed
        try:
            return with_safe_metadata(item, self._shelf.load(found, MAX_XML_BYTES))
        except FileNotFetched:
            raise  # it may come the next time
        except CatalogError as cause:
            raise ItemRefused(item.item_id, f"its product metadata {cause}") from cause

    def _json(self, key: str) -> dict[str, Any]:
        """A JSON object from a file of reasonable size; CatalogError otherwise."""
        try:
            content = json.loads(self._shelf.load(key, MAX_JSON_BYTES).decode())
        except (ValueError, RecursionError) as cause:
            raise CatalogError(f"{key} cannot be read as JSON: {cause}") from cause
        if not isinstance(content, dict):
            raise CatalogError(f"{key} must hold a JSON object.")
        return content
