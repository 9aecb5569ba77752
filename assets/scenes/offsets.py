"""Decides what to add to an item's stored numbers before they mean reflectance.

From what catalogue and product declare; the evidence of the pixels themselves is not here yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from resources.models import REFLECTANCE_BANDS, Item

OffsetSource = Literal["baseline", "flag", "declared", "not_declared"]

DEFAULT_SCALE = 1e-4  # reflectance per DN: quantification value 10000 (ESA, MTD_MSIL2A.xml)
OFFSET_DN = -1000  # BOA_ADD_OFFSET of every band and product seen so far (facts.md 1.1)
OFFSET_SINCE = (4, 0)  # processing baseline that introduced it; decided by it, never by date


@dataclass(frozen=True, slots=True)
class OffsetDecision:
    """Reflectance = (DN + offset_dn) * scale.

    Attributes:
        offset_dn: 0 where nothing has to be added.
        scale: Reflectance per DN.
        source: What decided: the processing baseline, the flag that says the offset is
            already applied, the declared offset, or nothing at all (0 is assumed).
        is_conflict: The statements contradict each other; one was chosen all the same.
    """

    offset_dn: int
    scale: float
    source: OffsetSource
    is_conflict: bool


def decide_offset(item: Item) -> OffsetDecision:
    """The offset to apply to this item's pixels.

    The flag counts most: true means that the provider has subtracted 1000 already, whatever
    the declared offset says (Earth Search's `sentinel-2-l2a` declares -0.1 in both cases, see
    facts.md 1.1). Without it a declared value tells about the very files; with a baseline
    before 04.00 there never was an offset.
    """
    scale, scales_differ = _common([_scale(item, name) for name in REFLECTANCE_BANDS])
    scale = DEFAULT_SCALE if scale is None else scale
    declared, offsets_differ = _declared_dn(item, scale)
    expected = _expected_dn(item.processing_baseline)
    offset_dn, source, is_conflict = _choose(item.is_offset_applied, expected, declared)
    return OffsetDecision(
        offset_dn=offset_dn,
        scale=scale,
        source=source,
        is_conflict=is_conflict or scales_differ or offsets_differ,
    )


def _choose(
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
    offset, differ = _common(offsets)
    return None if offset is None else int(offset), differ


def _scale(item: Item, name: str) -> float | None:
    for band in item.bands.values():
        if band.name == name and band.scale:
            return band.scale
    return None


def _common(values: list[int] | list[float | None]) -> tuple[float | None, bool]:
    """(the value that most bands declare, whether bands differ); smallest first on a tie."""
    counts = Counter(value for value in values if value is not None)
    if not counts:
        return None, False
    return min(counts, key=lambda value: (-counts[value], value)), len(counts) > 1
