"""Decides what to add to an item's stored numbers to get reflectance.

From processing baseline, catalogue and pixels; where these disagree, the pixels win. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_erosion

from resources.models import REFLECTANCE_BANDS, BandName, Item, Raster

OffsetSource = Literal["baseline", "flag", "declared", "pixels", "asked", "not_declared"]

DEFAULT_SCALE = 1e-4  # reflectance per DN: quantification value 10000 (ESA, MTD_MSIL2A.xml)
OFFSET_DN = -1000  # BOA_ADD_OFFSET of every band and product seen so far (S2-PDGS-TAS-DI-PSD)
OFFSET_SINCE = (4, 0)  # processing baseline that introduced it; decided by it, never by date

EDGE_PIXELS = 3  # left out next to unseen ones
DARK_SHARE = 1.0  # per cent of the seen pixels; below it single bad pixels would decide
DARK_PIXELS = 400  # seen pixels that a verdict needs
AGREEING_BANDS = 2  # of a window that must be as dark: one band may be striped or over-corrected
TOO_DARK_DN = 200  # this far under the offset, ground would reflect less than -0.02: it is gone
STILL_DARK_DN = 400  # this far above it, ground is too bright (0.04) to say which
OVERVIEW_BANDS: tuple[BandName, ...] = ("red", "swir16")
"""Where a whole tile has something dark: forest and water in red, snow and water in SWIR."""


@dataclass(frozen=True, slots=True)
class DarkEnd:
    """How dark an item is: stored numbers, None where unknown.

    `window_dn` is of the site's window, `tile_dn` of overviews of the whole tile.
    """

    window_dn: float | None = None
    tile_dn: float | None = None


@dataclass(frozen=True, slots=True)
class OffsetDecision:
    """Reflectance = (DN + offset_dn) * scale.

    Attributes:
        offset_dn: 0 where nothing has to be added.
        scale: Reflectance per DN.
        source: What decided: the pixels, the processing baseline, the flag that says the offset
            is already applied, the declared offset, what the source was asked for, or nothing at
            all (0 is assumed).
        is_conflict: The statements contradict each other or the pixels; one was chosen all the
            same.
    """

    offset_dn: int
    scale: float
    source: OffsetSource
    is_conflict: bool


@dataclass(frozen=True, slots=True)
class _OffsetStatements:
    """What is said of an item: the offset of its product, and whether its files still hold it.

    `is_open` if the pixels are to be asked: never where the flag says that it is subtracted, nor
    before baseline 04.00, since nothing in them could show the contrary.
    """

    product_dn: int
    is_held: bool
    is_open: bool
    source: OffsetSource
    is_conflict: bool


def dark_end(rasters: Mapping[BandName, Raster]) -> float | None:
    """The number that 1 % of the seen pixels lie below, in at least two bands of a window.

    Args:
        rasters: bands as stored, shape (y, x), DN, 0 where unseen; those that are no
            reflectance are left out.

    Returns:
        DN: of the second darkest band, or of the only one; None where no band has 400 seen pixels.

    Source:
        Own method: docs/methods/scenes.md; tests/unit/assets/scenes/test_offsets.py.
    """
    bands = [rasters[name] for name in REFLECTANCE_BANDS if name in rasters]
    ends = sorted(_dark_ends(bands))
    return ends[min(AGREEING_BANDS, len(ends)) - 1] if ends else None


def dark_end_of_tile(overviews: Iterable[Raster]) -> float | None:
    """The number that 1 % of the seen pixels of the darkest of these overviews lie below, DN."""
    return min(_dark_ends(overviews), default=None)


def _dark_ends(rasters: Iterable[Raster]) -> list[float]:
    """By band, the number that 1 % of the seen pixels lie below, where enough are seen."""
    numbers = [raster.pixels.astype(np.float32) for raster in rasters]
    seen = [dn[_inner_pixels(dn > 0)] for dn in numbers]
    return [float(np.percentile(dn, DARK_SHARE)) for dn in seen if dn.size >= DARK_PIXELS]


def _inner_pixels(seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Seen pixels away from unseen ones: at the edge of a swath numbers are often too small."""
    if seen.all():
        return seen
    inner: npt.NDArray[np.bool_] = binary_erosion(seen, iterations=EDGE_PIXELS, border_value=1)
    return inner


def is_tile_needed(item: Item, window_dn: float | None) -> bool:
    """Whether an overview of the whole tile may settle what the window leaves open.

    Where a flag denies that the offset is subtracted, which is known to be wrong at times, unless
    the window is too dark to hold one; where statements contradict each other; and where the
    window contradicts statements that agree.
    """
    said = _offset_statements(item)
    if item.offset_dn_asked is not None or not said.is_open:
        return False
    is_gone = _holds_offset(window_dn, said.product_dn) is False
    if said.is_conflict:
        return not is_gone
    return is_gone if item.is_offset_applied is None else not is_gone


def decide_offset(item: Item, dark: DarkEnd | None = None) -> OffsetDecision:
    """The offset to apply to this item's pixels.

    Statements first. The flag counts most: true means that the provider has subtracted 1000
    already, whatever the declared offset says (Earth Search's `sentinel-2-l2a` declares -0.1 in
    both cases). Without it a declared value counts, as it is of these files; with a baseline before
    04.00 there never was an offset.

    Then the pixels, where the statements say that they hold an offset, or contradict each other.
    Reflectance is hardly ever below zero, so numbers well under the offset show that it was
    subtracted, and win; if no flag is in doubt, the whole tile has to agree. Numbers that all lie
    above it prove nothing, since dry ground without an offset looks the same: they only settle
    statements that contradict each other.

    Args:
        item: What the catalogue lists.
        dark: The dark end of its numbers; None where its pixels were not read.

    Raises:
        ValueError: the processing baseline is not two numbers with a point between them.

    Source:
        Offset of baseline 04.00: Sentinel-2 Products Specification, S2-PDGS-TAS-DI-PSD; the rules:
        docs/methods/scenes.md, tests/unit/assets/scenes/test_offsets.py.
    """
    scale, scales_differ = _most_common_value(
        [_declared_scale(item, name) for name in REFLECTANCE_BANDS]
    )
    scale = DEFAULT_SCALE if scale is None else scale
    if item.offset_dn_asked is not None:
        return OffsetDecision(item.offset_dn_asked, scale, "asked", is_conflict=False)
    said = _offset_statements(item)
    held = _seen_held(item, dark or DarkEnd(), said)
    is_overruled = held is not None and held != said.is_held
    is_held = said.is_held if held is None else held
    return OffsetDecision(
        offset_dn=said.product_dn if is_held else 0,
        scale=scale,
        source="pixels" if is_overruled or (held is not None and said.is_conflict) else said.source,
        is_conflict=is_overruled or said.is_conflict or scales_differ,
    )


def _seen_held(item: Item, dark: DarkEnd, said: _OffsetStatements) -> bool | None:
    """Whether the pixels hold the offset; None where they do not tell, or are not asked."""
    if not said.is_open:
        return None
    window = _holds_offset(dark.window_dn, said.product_dn)
    tile = _holds_offset(dark.tile_dn, said.product_dn)
    is_doubted = item.is_offset_applied is False or said.is_conflict
    if window is False and (is_doubted or tile is False):
        return False
    return tile if is_doubted else None


def _holds_offset(dark_dn: float | None, product_dn: int) -> bool | None:
    """Whether numbers with this dark end hold the offset, if they are of varied ground."""
    if dark_dn is None:
        return None
    if dark_dn < -product_dn - TOO_DARK_DN:
        return False
    return True if dark_dn <= -product_dn + STILL_DARK_DN else None


def _offset_statements(item: Item) -> _OffsetStatements:
    """What baseline, flag and declared value say together."""
    scale, _ = _most_common_value([_declared_scale(item, name) for name in REFLECTANCE_BANDS])
    declared, differ = _declared_dn(item, DEFAULT_SCALE if scale is None else scale)
    expected = _expected_dn(item.processing_baseline)
    offset_dn, source, is_conflict = _choose_offset(item.is_offset_applied, expected, declared)
    product_dn = offset_dn or min(declared or 0, expected or 0)
    return _OffsetStatements(
        product_dn=product_dn,
        is_held=offset_dn != 0,
        is_open=product_dn < 0 and expected != 0 and not item.is_offset_applied,
        source=source,
        is_conflict=is_conflict or differ,
    )


def _choose_offset(
    flag: bool | None,  # noqa: FBT001 - three states of a catalogue's field
    expected: int | None,
    declared: int | None,
) -> tuple[int, OffsetSource, bool]:
    """(offset, what decided, whether statements contradict each other)."""
    if flag:
        return 0, "flag", expected == 0
    if expected is None:
        return (0, "not_declared", False) if declared is None else (declared, "declared", False)
    differs = declared not in {None, expected}
    if expected == 0 or declared is None or (declared == 0 and flag is False):
        return expected, "baseline", differs
    return declared, "declared" if differs else "baseline", differs


def _expected_dn(baseline: str | None) -> int | None:
    """What the processing baseline makes of an untouched product; None where it is unknown."""
    if baseline is None:
        return None
    major, minor = baseline.split(".")
    return OFFSET_DN if (int(major), int(minor)) >= OFFSET_SINCE else 0


def _declared_dn(item: Item, scale: float) -> tuple[int | None, bool]:
    offsets = [
        round(band.offset / scale)
        for name in REFLECTANCE_BANDS
        if (band := item.bands.get(name)) is not None and band.offset is not None
    ]
    offset, differ = _most_common_value(offsets)
    return None if offset is None else int(offset), differ


def _declared_scale(item: Item, name: str) -> float | None:
    for band in item.bands.values():
        if band.name == name and band.scale:
            return band.scale
    return None


def _most_common_value(values: list[int] | list[float | None]) -> tuple[float | None, bool]:
    """(the value that most bands declare, whether bands differ); smallest first on a tie."""
    counts = Counter(value for value in values if value is not None)
    if not counts:
        return None, False
    return min(counts, key=lambda value: (-counts[value], value)), len(counts) > 1
