"""Pictures of a site or an alert, ready to be put on a page.

The bridge between rows and pixels: looks are read through the archive and drawn by `pictures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from assets.activity.residuals_store import RESIDUAL, residual_key
from assets.dossiers.drawings import maps, pictures
from assets.dossiers.evidence import looks_shown
from assets.dossiers.evidence.selection import AlertCase
from assets.dossiers.pages import texts
from assets.scenes.colour import Colours, true_colour
from assets.scenes.looks import LookReader
from assets.scenes.stack import PixelShift
from resources.archive.chips import image_beside, read_item
from resources.archive.store import Archive
from resources.errors import ArchiveError
from resources.grids import shown_window
from resources.lake.questions.dossier_reads import SiteRecord
from resources.lake.rows import SceneRow

FRAMES: Final = 36  # of a time-lapse
LAPSE_LEAST: Final = 2  # looks that make one


@dataclass(frozen=True, slots=True)
class PictureComparison:
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
class TimeLapse:
    """A time-lapse as GIF, and whether every clear look is in it."""

    gif: bytes
    is_all: bool


class PicturePainter:
    """Pictures of one site."""

    def __init__(self, archive: Archive, record: SiteRecord) -> None:
        self.archive = archive
        self.record = record
        self.grid = record.stored.grid
        self._reader = LookReader(archive, self.grid)
        self._names: dict[str, str] = {}
        self._shifts = {
            str(row["acquisition_id"]): PixelShift(row["east_px"], row["south_px"])
            for row in record.registrations
        }

    def comparison(self, case: AlertCase) -> PictureComparison:
        """Before and after of an alert, of one window, at one stretch."""
        site = self.record.stored.site
        frame = pictures.frame_of(*maps.window_of_zones(case.zones, site, self.grid))
        rows = [None if case.before is None else case.before.row, case.after]
        windows, missing = self._windows(rows, frame)
        white = pictures.white_reflectance([one for one in windows if one is not None])
        half = frame.size[0] // 2
        captions = [[] if row is None else _caption_lines(row, white, half) for row in rows]
        lines = max(map(len, captions))
        made = [
            None
            if window is None
            else pictures.encode_png(
                pictures.captioned_picture(
                    true_colour(window, white),
                    frame,
                    [*caption, *[""] * (lines - len(caption))],
                    is_right=place > 0,
                )
            )
            for place, (window, caption) in enumerate(zip(windows, captions, strict=True))
        ]
        strip = pictures.strip_height([""] * lines)
        residual = self._residual(case.after, frame, strip)
        marked = [zone.zone_id for zone in case.zones]
        return self._panel(frame, strip, (made[0], made[1], residual), marked, missing)

    def site_picture(self, row: SceneRow) -> PictureComparison:
        """Picture of one look of the whole site with its zones, as `after`; `before` is None."""
        frame = self._whole(pictures.WIDTH)
        (window,), missing = self._windows([row], frame)
        lines, made = [""], None
        if window is not None:
            white = pictures.white_reflectance([window])
            lines = _caption_lines(row, white, frame.size[0])
            shown = true_colour(window, white)
            made = pictures.encode_png(pictures.captioned_picture(shown, frame, lines))
        return self._panel(frame, pictures.strip_height(lines), (None, made, None), (), missing)

    def lapse(self, looks: Sequence[SceneRow]) -> TimeLapse | None:
        """Looks of the site as an animation; None without two of them.

        Looks whose pixels are missing are left out: the page says that not all are shown.
        """
        chosen = looks_shown.pick_evenly(looks, FRAMES)
        frame = self._whole(pictures.GIF_WIDTH)
        windows, _ = self._windows(chosen, frame)
        found = [(row, one) for row, one in zip(chosen, windows, strict=True) if one is not None]
        if len(found) < LAPSE_LEAST:
            return None
        white = pictures.white_reflectance([window for _, window in found])
        captions = [_caption_lines(row, white, frame.size[0]) for row, _ in found]
        lines = max(map(len, captions))
        frames = [
            pictures.captioned_picture(
                true_colour(window, white),
                frame,
                [*caption, *[""] * (lines - len(caption))],
            )
            for (_, window), caption in zip(found, captions, strict=True)
        ]
        gif, kept = pictures.encode_gif(frames)
        return TimeLapse(gif, is_all=kept == len(looks))

    def products(self, rows: Sequence[SceneRow]) -> dict[str, list[str]]:
        """Names of the products of looks, by acquisition; that of the item where none is told."""
        return {
            str(row["acquisition_id"]): [
                item_id if folder is None else self._product(item_id, folder)
                for item_id, folder in _chip_folders(row).items()
            ]
            for row in rows
        }

    def _product(self, item_id: str, folder: str) -> str:
        """Name of the product that a chip is of; read once, as many pages list the same looks."""
        if folder not in self._names:
            item = read_item(self.archive, f"{folder}/item.json")
            properties = item.get("properties") if item else None
            told = properties.get("sitewatch:product") if isinstance(properties, dict) else None
            self._names[folder] = str(told or item_id)
        return self._names[folder]

    def _whole(self, width: int) -> pictures.PictureFrame:
        """The frame of a picture of the whole site."""
        return pictures.frame_of(*shown_window(self.record.stored.site, self.grid), width=width)

    def _windows(
        self, rows: Sequence[SceneRow | None], frame: pictures.PictureFrame
    ) -> tuple[list[Colours | None], str]:
        """Colours of looks where they belong, and what is missing; None for no look."""
        found: list[Colours | None] = []
        missing = []
        for row in rows:
            try:
                found.append(None if row is None else self._window(row, frame))
            except ArchiveError as problem:
                found.append(None)
                missing.append(str(problem))
        return found, " ".join(missing)

    def _window(self, row: SceneRow, frame: pictures.PictureFrame) -> Colours:
        shift = self._shifts.get(str(row["acquisition_id"]))
        return pictures.window_colours(self._reader.look(row, shift).reflectance, frame)

    def _panel(
        self,
        frame: pictures.PictureFrame,
        strip: int,
        made: tuple[bytes | None, bytes | None, bytes | None],
        marked: Sequence[str],
        missing: str,
    ) -> PictureComparison:
        """Pictures with the overlay of their zones."""
        height = frame.size[1] + strip
        zones = self.record.stored.site.zones
        overlay = maps.zones_overlay(zones, self.grid, frame, marked=marked, height=height)
        return PictureComparison(*made, overlay, frame.size[0], height, frame.step, missing)

    def _residual(
        self, row: SceneRow | None, frame: pictures.PictureFrame, strip: int
    ) -> bytes | None:
        """The residual layer of a look; None where none was stored."""
        if row is None:
            return None
        site_id = self.record.stored.site.site_id
        key = residual_key(site_id, str(row["acquisition_id"]))
        try:
            image = image_beside(self.archive, key, RESIDUAL)
        except (ArchiveError, KeyError):
            image = None
        if image is None or image.shape != self.grid.shape:  # of a grid that has changed since
            return None
        return pictures.residual_png(image.astype(np.int16), frame, caption_height=strip)


def _chip_folders(row: SceneRow) -> dict[str, str | None]:
    """Folders of a look's chips by the ids of their items; None where there is no chip."""
    folders = {key.split("/")[-2]: key.rsplit("/", 1)[0] for key in row["chip_uris"] or ()}
    return {str(item_id): folders.get(item_id) for item_id in row["item_ids"] or ()}


def _caption_lines(row: SceneRow, white: float, width: int) -> list[str]:
    """What is burnt in: day and time, satellite, orbit, state, stretch, and the line of credit."""
    told = (
        texts.format_timestamp(row["sensed_at"]),
        texts.satellite_name(row["platform"]),
        texts.format_relative_orbit(row["relative_orbit"]),
        f"state {row['state']}",
        f"white is reflectance {white:g}",
    )
    return pictures.wrap_caption([" | ".join(told), str(row["attribution"] or "")], width)
