"""Pictures of a site or an alert, ready to be put on a page.

The bridge between rows and pixels: looks come through the archive, drawing is `pictures`' work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from PIL import Image

from assets.activity.residuals_store import RESIDUAL
from assets.dossiers import choice, maps, pictures, texts
from assets.dossiers.choice import Row
from assets.dossiers.selection import AlertCase
from assets.scenes.looks import LookReader
from assets.scenes.stack import Shift
from resources.archive import Archive
from resources.chips import item_files, load_image, read_item
from resources.dossier_reads import SiteRecord
from resources.errors import ArchiveError

FRAMES: Final = 48  # of a time-lapse


@dataclass(frozen=True, slots=True)
class Comparison:
    """Before and after as PNG, the residual as a layer, and what is drawn over them.

    A picture is None where there is no such look or its pixels are missing; `missing` says which.
    """

    before: bytes | None
    after: bytes | None
    residual: bytes | None
    overlay: Markup
    width: int
    height: int
    step: int
    missing: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """A time-lapse: the GIF, how many looks there are, and those it began with."""

    gif: bytes
    clear: int
    frames: int


class Painter:
    """Pictures of one site."""

    def __init__(self, archive: Archive, record: SiteRecord) -> None:
        self.archive = archive
        self.record = record
        self.grid = record.stored.grid
        self._reader = LookReader(archive, self.grid)
        self._shifts = {
            str(row["acquisition_id"]): Shift(row["east_px"], row["south_px"])
            for row in record.registrations
            if row["state"] == "registered" and row["east_px"] is not None
        }

    def comparison(self, case: AlertCase) -> Comparison:
        """Before and after of an alert, of one window, at one stretch."""
        frame = pictures.frame_of(*maps.window_around(case.zones, self.grid))
        rows = [None if case.before is None else case.before.row, case.after]
        captions = [[] if row is None else _caption(row, frame) for row in rows]
        lines = max(map(len, captions))
        padded = [[*one, *[""] * (lines - len(one))] for one in captions]
        found: list[bytes | None] = []
        missing: list[str] = []
        for row, caption in zip(rows, padded, strict=True):
            try:
                found.append(None if row is None else self._picture(row, frame, caption))
            except ArchiveError as problem:
                found.append(None)
                missing.append(str(problem))
        strip = pictures.strip_height(padded[0])
        height = frame.size[1] + strip
        return Comparison(
            before=found[0],
            after=found[1],
            residual=self._residual(case.after, frame, strip),
            overlay=maps.zones_overlay(
                self.record.stored.site.zones,
                self.grid,
                frame,
                marked=[zone.zone_id for zone in case.zones],
                height=height,
            ),
            width=frame.size[0],
            height=height,
            step=frame.step,
            missing=" ".join(missing),
        )

    def site_picture(self, row: Row) -> Comparison:
        """One look of the whole site with its zones."""
        rows, columns = self.grid.shape
        frame = pictures.frame_of(slice(0, rows), slice(0, columns))
        lines = _caption(row, frame)
        try:
            found, missing = self._picture(row, frame, lines), ""
        except ArchiveError as problem:
            found, missing = None, str(problem)
        height = frame.size[1] + pictures.strip_height(lines)
        zones = self.record.stored.site.zones
        overlay = maps.zones_overlay(zones, self.grid, frame, marked=(), height=height)
        return Comparison(
            None, found, None, overlay, frame.size[0], height, frame.step, missing
        )

    def lapse(self) -> Lapse | None:
        """The clear looks of the site as an animation; None without two of them."""
        looks = choice.wholly_clear(self.record.scenes, self.record.masks)
        chosen = choice.evenly(looks, FRAMES)
        rows, columns = self.grid.shape
        frame = pictures.frame_of(
            slice(0, rows), slice(0, columns), width=pictures.GIF_WIDTH
        )
        captions = [_caption(row, frame) for row in chosen]
        most = max(map(len, captions), default=0)
        frames: list[Image.Image] = []
        for row, caption in zip(chosen, captions, strict=True):
            try:
                pixels = pictures.true_colour(self._reflectance(row), frame)
            except ArchiveError:
                continue  # the page counts the looks that are shown beside those there are
            padded = [*caption, *[""] * (most - len(caption))]
            frames.append(pictures.captioned(pixels, frame, padded))
        if len(frames) < 2:  # noqa: PLR2004 - one look is no time-lapse
            return None
        return Lapse(pictures.gif(frames), len(looks), len(frames))

    def products(self, rows: Sequence[Row]) -> dict[str, list[str]]:
        """Names of the products of looks, by acquisition; that of the item where none is told."""
        return {str(row["acquisition_id"]): self._products(row) for row in rows}

    def _products(self, row: Row) -> list[str]:
        folders = {key.split("/")[-2]: key.rsplit("/", 1)[0] for key in row["chip_uris"] or ()}
        names = []
        for item_id in row["item_ids"] or ():
            item = read_item(self.archive, f"{folders[item_id]}/item.json") if item_id in folders else None
            properties = item.get("properties") if item else None
            told = properties.get("sitewatch:product") if isinstance(properties, dict) else None
            names.append(str(told or item_id))
        return names

    def _reflectance(self, row: Row) -> npt.NDArray[np.float32]:
        """Reflectance of a look where it belongs, shape (band, y, x)."""
        return self._reader.look(dict(row), self._shifts.get(str(row["acquisition_id"]))).reflectance

    def _picture(self, row: Row, frame: pictures.Frame, lines: Sequence[str]) -> bytes:
        pixels = pictures.true_colour(self._reflectance(row), frame)
        return pictures.png(pictures.captioned(pixels, frame, lines))

    def _residual(self, row: Row | None, frame: pictures.Frame, strip: int) -> bytes | None:
        """The residual layer of a look; None where none was stored."""
        if row is None:
            return None
        site_id = self.record.stored.site.site_id
        key = f"{site_id}/residuals/{row['acquisition_id']}/item.json"
        item = read_item(self.archive, key)
        if item is None:
            return None
        try:
            (file,) = [one for one in item_files(item, key) if RESIDUAL in one.key.split("/")[-1]]
            image = load_image(self.archive, file.key)
        except (ArchiveError, KeyError, ValueError):
            return None
        return pictures.residual_png(
            image.astype(np.int16), frame, caption_height=strip
        )


def _caption(row: Row, frame: pictures.Frame) -> list[str]:
    """What is burnt in: day and time, satellite, orbit, state, and the line of credit."""
    told = (
        texts.moment(row["sensed_at"]),
        texts.satellite(row["platform"]),
        texts.orbit(row["relative_orbit"]),
        f"state {row['state']}",
    )
    return pictures.caption([" | ".join(told), str(row["attribution"] or "")], frame.size[0])
