"""What the identifiers of Sentinel-2 products tell: names, datatakes, datastrips and tiles.

Text in, parts out; which property of an item holds which identifier is decided in `dialects`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from resources.sources.stac.fields import UnusableItem, compact_time, printable_value

PRODUCT_NAME = re.compile(
    r"(?P<platform>S2[A-Z])_MSI(?P<level>L2A|L1C)_(?P<datatake>\d{8}T\d{6})"
    r"_N(?P<baseline>\d{4})_R(?P<orbit>\d{3})_T(?P<tile>\d{2}[A-Z]{3})"
    r"_(?P<discriminator>\d{8}T\d{6})(?:\.SAFE)?",
    re.ASCII,
)
"""Compact naming convention of Sentinel-2 products since 6 December 2016 (ESA)."""

DATATAKE_ID = re.compile(r"GS2[A-Z]_(\d{8}T\d{6})_(\d{6})_N\d{2}\.\d{2}", re.ASCII)
DATASTRIP_ID = re.compile(r"S2[A-Z]_[A-Z0-9_]{1,60}_S(\d{8}T\d{6})_N\d{2}\.\d{2}", re.ASCII)
TILE_ID = re.compile(
    r"S2[A-Z]_[A-Z0-9_]{1,40}_(\d{8}T\d{6})_A(\d{6})_T(\d{2}[A-Z]{3})_N\d{2}\.\d{2}", re.ASCII
)

LAST_ORBIT = 143  # relative orbits of a Sentinel-2 cycle (ESA)

ORBIT_SHIFTS = {"sentinel-2a": (140, range(925, 47_901)), "sentinel-2b": (26, range(6_297, 43_880))}
"""Absolute orbit minus relative orbit, modulo 143, and the absolute orbits between which real
products were seen to keep it. Sentinel-2A was moved along its orbit in 2025, which changed its
figure, and of Sentinel-2C one product is too few to tell."""


@dataclass(frozen=True, slots=True)
class ProductName:
    """The parts of a product's name.

    Attributes:
        name: The whole name without `.SAFE`.
        platform: As STAC writes it: sentinel-2a.
        level: L2A, or L1C (top of atmosphere, of no use here).
        datatake_at: Start of the datatake, UTC: minutes before the tile was seen.
        baseline: Processing baseline, written like 05.09.
        relative_orbit: 1..143.
        mgrs_tile: Written like 33TWL.
        discriminator_at: Tells products of one datatake and tile apart; about the time at which
            the product was made, UTC.
    """

    name: str
    platform: str
    level: str
    datatake_at: dt.datetime
    baseline: str
    relative_orbit: int
    mgrs_tile: str
    discriminator_at: dt.datetime


def parse_product_name(text: object) -> ProductName | None:
    """The parts of a product's name, with or without `.SAFE`; None if it is no such name.

    Raises:
        Unusable: it has the form of one, but its times or its orbit cannot be.
    """
    match = PRODUCT_NAME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    return ProductName(
        name=match[0].removesuffix(".SAFE"),
        platform=f"sentinel-{match['platform'][1:].lower()}",
        level=match["level"],
        datatake_at=compact_time(match["datatake"]),
        baseline=f"{match['baseline'][:2]}.{match['baseline'][2:]}",
        relative_orbit=checked_orbit(int(match["orbit"])),
        mgrs_tile=match["tile"],
        discriminator_at=compact_time(match["discriminator"]),
    )


def checked_orbit(value: object) -> int:
    """A relative orbit."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 1 <= value <= LAST_ORBIT:  # type: ignore[operator]  # a whole number
        raise UnusableItem(
            f"its relative orbit must be 1 to {LAST_ORBIT}, found {printable_value(value)}"
        )
    return int(value)  # type: ignore[call-overload,no-any-return]  # a whole number


def datatake_start(datatake_id: object) -> dt.datetime | None:
    """Start of the datatake, UTC; None where the text is not its identifier."""
    match = _full_match(DATATAKE_ID, datatake_id)
    return compact_time(match[1]) if match else None


def datastrip_start(datastrip_id: object) -> dt.datetime | None:
    """When the sensing of the datastrip began, UTC; None where the text is not its identifier."""
    match = _full_match(DATASTRIP_ID, datastrip_id)
    return compact_time(match[1]) if match else None


def tile_made_at(tile_id: object) -> dt.datetime | None:
    """When the product of a tile was made, UTC; None where the text is not its identifier."""
    match = _full_match(TILE_ID, tile_id)
    return compact_time(match[1]) if match else None


def relative_orbit_in(platform: str, datatake_id: object, tile_id: object) -> int | None:
    """The relative orbit worked out from the absolute one in an identifier; None if unsure.

    Source:
        Fitted to every product of the recorded answers that names both; see ORBIT_SHIFTS.
    """
    datatake, tile = _full_match(DATATAKE_ID, datatake_id), _full_match(TILE_ID, tile_id)
    if platform not in ORBIT_SHIFTS or not (datatake or tile):
        return None
    shift, verified = ORBIT_SHIFTS[platform]
    absolute = int(datatake[2] if datatake else tile[2])  # type: ignore[index]  # one matches
    return (absolute - shift - 1) % LAST_ORBIT + 1 if absolute in verified else None


def _full_match(pattern: re.Pattern[str], text: object) -> re.Match[str] | None:
    return pattern.fullmatch(text) if isinstance(text, str) else None
