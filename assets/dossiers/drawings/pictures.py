"""Pictures of looks as PNG and GIF, each with its date and credit burnt in below.

Arrays in, bytes out. Pixels stay pixels: they are enlarged by whole numbers, never smoothed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from assets.activity.residuals import RESIDUAL_SCALE, UNSEEN
from assets.scenes.colour import Colours, Pixels, colours_of
from resources.attribution import MADE_UP, is_made_up

MOST_PIXELS: Final = 230_000  # of one picture before it is enlarged: 480 x 480
WIDTH: Final = 840  # a picture is enlarged to about this width, screen pixels
GIF_WIDTH: Final = 420
GIF_BYTES: Final = 900_000  # so that a page with the time-lapse inside stays below 3 MB
GIF_COLOURS: Final = 64
FRAME_MS: Final = 700
WHITES: Final = (0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0)
"""Reflectances that may be drawn white: few and round, so that pages can be compared."""
BURNT_SHARE: Final = 0.005  # of the ground that may be brighter than white
RESIDUAL_FULL: Final = 0.10  # departure in reflectance drawn in full colour
RESIDUAL_LEAST: Final = 0.02  # and below which nothing is drawn
BRIGHTER: Final = (230, 97, 1)  # orange and purple: told apart also by the colour-blind
DARKER: Final = (94, 60, 153)
INK: Final = (20, 20, 20)
PAPER: Final = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class PictureFrame:
    """How pictures of a window are drawn.

    Attributes:
        rows, columns: window of the site's grid.
        step: grid pixels along a side that are averaged into one, where the window is large.
        zoom: screen pixels along a side of one pixel.
    """

    rows: slice
    columns: slice
    step: int
    zoom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture without its caption, screen pixels."""
        height = -(-(self.rows.stop - self.rows.start) // self.step)
        width = -(-(self.columns.stop - self.columns.start) // self.step)
        return width * self.zoom, height * self.zoom


def frame_of(rows: slice, columns: slice, *, width: int = WIDTH) -> PictureFrame:
    """The frame for a window: averaged where it is too large, enlarged where it is small.

    Args:
        rows: rows of the window in the site's grid, pixels.
        columns: columns of the window.
        width: width to come near to, screen pixels.

    Raises:
        ZeroDivisionError: the window has no column.
    """
    height, across = rows.stop - rows.start, columns.stop - columns.start
    step = 1
    while -(-height // step) * -(-across // step) > MOST_PIXELS or across / step > width:
        step += 1
    return PictureFrame(rows, columns, step, max(round(width * step / across), 1))


def window_colours(reflectance: npt.NDArray[np.floating], frame: PictureFrame) -> Colours:
    """Red, green and blue of a window.

    Args:
        reflectance: reflectance, no unit, float, shape (band, y, x), NaN where unseen.
        frame: window and size.

    Returns:
        Reflectance, float32, shape (y, x, 3), NaN where unseen; means of blocks where the frame
        averages.

    Raises:
        IndexError: `reflectance` has fewer than three axes, or lacks a band of the true colours.
    """
    return _block_means(colours_of(reflectance[:, frame.rows, frame.columns]), frame.step)


def white_reflectance(windows: Sequence[Colours]) -> float:
    """The reflectance that is drawn white in all of these pictures, one of WHITES.

    Args:
        windows: pictures, reflectance, shape (y, x, 3), NaN where unseen.

    Returns:
        The least that at most BURNT_SHARE of the ground of each picture exceeds, else the largest.
    """
    brightest = 0.0
    for window in windows:
        light = window[np.isfinite(window).all(axis=2)]
        if light.size:
            brightest = max(brightest, float(np.quantile(light.max(axis=1), 1 - BURNT_SHARE)))
    return next((white for white in WHITES if white >= brightest), WHITES[-1])


def residual_png(
    steps: npt.NDArray[np.int16], frame: PictureFrame, *, caption_height: int
) -> bytes:
    """Draw the residual of a look as a transparent layer to lay over its picture.

    Args:
        steps: brightness less expected, int16, in steps of RESIDUAL_SCALE reflectance, UNSEEN where
            not known; shape (y, x).
        frame: window and size.
        caption_height: height of the caption of the picture beneath, left empty, screen pixels.

    Returns:
        A PNG with alpha: nothing below RESIDUAL_LEAST, full colour from RESIDUAL_FULL on.

    Raises:
        IndexError: `steps` has fewer than two axes.
    """
    window = steps[frame.rows, frame.columns]
    values = np.where(window == UNSEEN, np.nan, window * RESIDUAL_SCALE).astype(np.float32)
    values = np.nan_to_num(_block_means(values[..., None], frame.step)[..., 0])
    size = np.abs(values)
    strength = np.clip((size - RESIDUAL_LEAST) / (RESIDUAL_FULL - RESIDUAL_LEAST), 0.0, 1.0)
    alpha = np.where(size >= RESIDUAL_LEAST, 90 + 165 * strength, 0)
    colour = np.where(values[..., None] > 0, np.array(BRIGHTER), np.array(DARKER))
    layer = np.dstack([colour, alpha]).round().astype(np.uint8)
    width, height = frame.size
    sheet = Image.new("RGBA", (width, height + caption_height))
    sheet.paste(Image.fromarray(layer).resize(frame.size, Image.Resampling.NEAREST), (0, 0))
    return _png_bytes(sheet)


def captioned_picture(
    pixels: Pixels, frame: PictureFrame, lines: Sequence[str], *, is_right: bool = False
) -> Image.Image:
    """Enlarge a picture and put it on a strip with lines of text below it.

    Args:
        pixels: uint8, shape (y, x, 3).
        frame: size.
        lines: lines of text as `wrap_caption` gives them.
        is_right: whether text is aligned to the right, for the picture on the right of a slider.

    Raises:
        TypeError: `pixels` are not of a type that pictures have, such as floats.
    """
    width, height = frame.size
    sheet = Image.new("RGB", (width, height + strip_height(lines)), PAPER)
    sheet.paste(Image.fromarray(pixels).resize(frame.size, Image.Resampling.NEAREST), (0, 0))
    draw = ImageDraw.Draw(sheet)
    if any(map(is_made_up, lines)):
        left = width / 2 + 8 if is_right else 8.0
        draw.text(
            (left, 6), MADE_UP, fill=PAPER, font=_pillow_font(20), stroke_width=2, stroke_fill=INK
        )
    for place, line in enumerate(lines):
        left = width - 4.0 - _pillow_font().getlength(line) if is_right else 4.0
        draw.text((left, height + 2 + place * LINE), line, fill=INK, font=_pillow_font())
    return sheet


LINE: Final = 15  # height of a line of text, screen pixels


def strip_height(lines: Sequence[str]) -> int:
    """Height of the strip for so many lines, screen pixels."""
    return len(lines) * LINE + 5


def wrap_caption(parts: Sequence[str], width: int) -> list[str]:
    """Wrap texts to a width, each on a new line; characters outside ASCII become question marks."""
    lines = []
    for part in parts:
        line = ""
        for word in part.encode("ascii", "replace").decode().split():
            longer = f"{line} {word}".strip()
            if line and _pillow_font().getlength(longer) > width - 8:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def encode_png(picture: Image.Image) -> bytes:
    """A picture as PNG."""
    return _png_bytes(picture)


def encode_gif(frames: Sequence[Image.Image]) -> tuple[bytes, int]:
    """Encode pictures of one size as an animation.

    Every second picture is left out until the animation has at most GIF_BYTES; the last one stays.

    Args:
        frames: pictures in order, at least one.

    Returns:
        The GIF, and the number of pictures in it.

    Raises:
        IndexError: there is no picture.
    """
    kept = list(frames)
    while True:
        palette = [
            one.quantize(GIF_COLOURS, dither=Image.Dither.NONE, method=Image.Quantize.FASTOCTREE)
            for one in kept
        ]
        buffer = io.BytesIO()
        palette[0].save(
            buffer, "GIF", save_all=True, append_images=palette[1:], duration=FRAME_MS, loop=0
        )
        if buffer.tell() <= GIF_BYTES or len(kept) == 1:
            return buffer.getvalue(), len(kept)
        kept = kept[::-2][::-1]


def _block_means(window: npt.NDArray[np.float32], step: int) -> npt.NDArray[np.float32]:
    """Means over blocks of `step` pixels, shape (y, x, band); unseen pixels are left out."""
    if step == 1:
        return window
    rows, columns = (-side % step for side in window.shape[:2])
    padded = np.pad(window, ((0, rows), (0, columns), (0, 0)), constant_values=np.nan)
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step, -1)
    seen = np.isfinite(blocks)
    count = seen.sum(axis=(1, 3))
    total = np.where(seen, blocks, 0.0).sum(axis=(1, 3))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _png_bytes(picture: Image.Image) -> bytes:
    """Encode losslessly, without time or software, so that bytes repeat."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


@lru_cache(maxsize=2)
def _pillow_font(size: int = 12) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow."""
    return ImageFont.load_default(size)
