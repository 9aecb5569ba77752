"""The frames in which the same ground is looked at: margins, further zones, an earlier edge.

Which variants there are; running and comparing them is done elsewhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from assets.fingerprints import values_fingerprint
from bench.frames.cropped import copy_archive, half_way
from bench.frames.quiet_ground import further_zones, survey
from bench.watched import Folder, Span
from resources.models import Site, Zone
from resources.watchlist.read import read_watch_list

ROMANIA_MARGINS_M: Final = (0.0, 40.0, 80.0, 150.0, 250.0)
FLANDERS_MARGINS_M: Final = (0.0, 60.0, 150.0, 300.0)
WORLD_MARGINS_M: Final = (0.0, 100.0, 250.0)
FURTHER: Final = (0, 5, 12, 27)  # zones on quiet ground
SEED: Final = 16  # of their places

Source = Literal["whole", "edge"]
"""Whether a variant sees as much of the source as the widest, or a source that ends earlier."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to look at a place."""

    place: str
    name: str
    site: Site
    archive: Path
    source: Source = "whole"
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Frames:
    """The widest frame of a place and all others, which are compared with it."""

    widest: Variant
    others: tuple[Variant, ...]

    @property
    def all(self) -> tuple[Variant, ...]:
        """The widest first."""
        return (self.widest, *self.others)


def frames_of(
    name: str,
    folder: Path,
    margins_m: Sequence[float],
    scratch: Path,
    *,
    further: Sequence[int] = (0,),
    seed: int = SEED,
    span: Span | None = None,
) -> Frames:
    """The frames of a folder of scenes: the widest margin with most zones is the widest.

    Args:
        name: of the place.
        folder: as `bench.watched.Folder` takes it.
        margins_m: of the site.
        scratch: where the source that ends earlier is written.
        further: numbers of further zones.
        seed: of their places.
        span: first and last month; all if None.
    """
    parts = Folder.of(folder)
    site = read_watch_list(parts.sites)[0]
    added: tuple[Zone, ...] = ()
    if max(further) > 0:
        added = further_zones(survey(parts.archive), site, max(further), seed)
    made = [
        Variant(name, label, one, parts.archive, span=span)
        for label, one in _sites(site, margins_m, further, added)
    ]
    trimmed = copy_archive(parts.archive, scratch / "edge", trim=half_way(parts.archive, site))
    tight = dataclasses.replace(made[0], name="edge", archive=trimmed, source="edge")
    return Frames(made[-1], (*made[:-1], tight))


def changed(site: Site, *, zones: Sequence[Zone] | None = None, margin_m: float) -> Site:
    """A site with other zones and another margin."""
    kept = site.zones if zones is None else tuple(zones)
    outlines = [(zone.zone_id, zone.geometry.wkt) for zone in kept]
    return dataclasses.replace(
        site, zones=kept, margin_m=margin_m, config_hash=values_fingerprint(margin_m, outlines)
    )


def _sites(
    site: Site, margins_m: Sequence[float], further: Sequence[int], added: tuple[Zone, ...]
) -> Iterator[tuple[str, Site]]:
    """Names and sites of the variants, the widest last."""
    for margin in sorted(margins_m):
        for count in sorted(further):
            more = f" +{count}" if count else ""
            zones = (*site.zones, *added[:count])
            yield f"{margin:.0f} m{more}", changed(site, zones=zones, margin_m=margin)


def all_frames(
    real: Path, worlds: Sequence[Path], scratch: Path, span: Span | None
) -> list[Frames]:
    """Frames of the real places that are there, and of made-up worlds.

    Args:
        real: folder with romania/ and flanders/.
        worlds: folders of made-up worlds.
        scratch: where sources that end earlier are written.
        span: first and last month; all if None.
    """
    wanted: list[tuple[str, Path, Sequence[float], Sequence[int]]] = [
        ("romania", real / "romania", ROMANIA_MARGINS_M, FURTHER),
        ("flanders", real / "flanders", FLANDERS_MARGINS_M, (0,)),
    ]
    wanted = [one for one in wanted if one[1].is_dir()]
    wanted += [(f"SIMULATED {one.name}", one, WORLD_MARGINS_M, (0,)) for one in worlds]
    return [
        frames_of(name, folder, margins, scratch / name, further=further, seed=SEED, span=span)
        for name, folder, margins, further in wanted
    ]
