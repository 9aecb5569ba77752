"""What the product says of quiet zones: values, expectations and errors of every index and look.

Runs the product's own `Meter`; statistics are `figures`' job.
"""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from assets.activity.months import Meter
from assets.clouds.fractions import zones_fractions
from assets.clouds.mask import CLEAR
from assets.clouds.months import load_mask
from assets.scenes.looks import LookReader
from assets.scenes.stack import Classes
from assets.zonal import Coverage
from assets.zones import weights_of_zones
from bench.noise.leaning import LeaningReader
from bench.noise.quiet import CLEAR_SITE, Ground, QuietZone, cut_blocks, reference_zones, survey
from bench.noise.watched import Place
from bench.noise.ways import Way
from resources.archive import Archive, FolderArchive
from resources.lake_reads import Row
from resources.models import REFLECTANCE_BANDS, Month, Zone

ANYWHERE: Final = shapely.box(0, 0, 1, 1)  # blocks are known by their weights
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Values:
    """Valid looks at quiet zones that have a z; every array of shape (value,).

    Attributes:
        index, zone, group, look: names.
        area_m2: of the zone.
        day: of the look, since 1970.
        month: of the year, 1..12.
        orbit: relative orbit; 0 if unknown.
        moved: value minus expected, in the unit of the index.
        error: `standard_error`; `total` with `expected_error`.
    """

    index: npt.NDArray[np.str_]
    zone: npt.NDArray[np.str_]
    group: npt.NDArray[np.str_]
    look: npt.NDArray[np.str_]
    area_m2: npt.NDArray[np.float64]
    day: npt.NDArray[np.float64]
    month: npt.NDArray[np.int64]
    orbit: npt.NDArray[np.int64]
    moved: npt.NDArray[np.float64]
    error: npt.NDArray[np.float64]
    total: npt.NDArray[np.float64]
    z: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.z)

    def where(self, which: npt.NDArray[np.bool_ | np.intp]) -> Values:
        """Some of the values, by a mask or by their places."""
        names = (field.name for field in dataclasses.fields(self))
        return Values(*(getattr(self, name)[which] for name in names))

    @classmethod
    def of(cls, rows: Iterable[Row], zones: Mapping[str, QuietZone]) -> Values:
        """From rows of `activity`; those that are not valid or have no z are left out.

        NaN is none, as in the lake.
        """
        kept = [
            row
            for row in rows
            if row["zone_id"] in zones
            and row["state"] == "valid"
            and row["z"] is not None
            and math.isfinite(row["z"])
        ]
        kept.sort(key=lambda row: (row["index_name"], row["zone_id"], row["sensed_at"]))
        found = [zones[row["zone_id"]] for row in kept]
        area = {zone.zone_id: zone.area_m2 for zone in zones.values()}

        def numbers(name: str) -> npt.NDArray[np.float64]:
            return np.array([row[name] for row in kept], np.float64)

        def names(name: str) -> npt.NDArray[np.str_]:
            return np.array([row[name] for row in kept], np.str_)

        return cls(
            index=names("index_name"),
            zone=names("zone_id"),
            group=np.array([zone.group for zone in found], np.str_),
            look=names("acquisition_id"),
            area_m2=np.array([area[row["zone_id"]] for row in kept], np.float64),
            day=np.array([row["sensed_at"].timestamp() / DAY_S for row in kept], np.float64),
            month=np.array([row["sensed_at"].month for row in kept], np.int64),
            orbit=np.array([row["relative_orbit"] or 0 for row in kept], np.int64),
            moved=numbers("value") - numbers("expected"),
            error=numbers("standard_error"),
            total=np.hypot(numbers("standard_error"), numbers("expected_error")),
            z=numbers("z"),
        )


@dataclass(frozen=True, slots=True)
class Overlay:
    """An archive whose writes go elsewhere, so that a yardstick leaves what it reads as it was."""

    below: Archive
    above: FolderArchive

    def put(self, key: str, data: bytes) -> None:
        """Write above."""
        self.above.put(key, data)

    def get(self, key: str) -> bytes:
        """From above if it is there, else from below; ArchiveError where it is in neither."""
        return self.above.get(key) if self.above.exists(key) else self.below.get(key)

    def exists(self, key: str) -> bool:
        """In either."""
        return self.above.exists(key) or self.below.exists(key)

    def keys(self, prefix: str) -> list[str]:
        """Of both, sorted."""
        return sorted({*self.above.keys(prefix), *self.below.keys(prefix)})

    def folders(self) -> list[str]:
        """Of both, sorted."""
        return sorted({*self.above.folders(), *self.below.folders()})


def choose_zones(place: Place, *, most: int) -> tuple[list[QuietZone], Ground]:
    """Quiet zones of a place, and what its ground is like."""
    weights = weights_of_zones(place.stored)
    ground = _survey(place)
    kinds = {zone.zone_id: zone.kind for zone in place.stored.site.zones}
    quiet = reference_zones(kinds, weights, place.eventful)
    names = {zone.zone_id for zone in quiet}
    busy = np.zeros(place.stored.grid.shape, bool)
    for zone_id in set(kinds) - names:
        busy |= weights[zone_id] > 0
    return [*quiet, *cut_blocks(ground, quiet, busy, most=most)], ground


def _survey(place: Place) -> Ground:
    """What the ground of a place is like, from its clear looks."""
    reader = LookReader(place.archive, place.stored.grid)
    masks = [(look, _mask(place, look) == CLEAR) for look in place.looks]
    clear = [(look, mask) for look, mask in masks if mask.mean() >= CLEAR_SITE]
    shape = place.stored.grid.shape
    return survey(
        np.array([_three(reader.look(look).reflectance) for look, _ in clear]).reshape(
            -1, 3, *shape
        ),
        np.array([mask for _, mask in clear], bool).reshape(-1, *shape),
        np.array([look["sensed_at"].timestamp() / DAY_S for look, _ in clear]),
        np.array([look["sensed_at"].year for look, _ in clear], np.intp),
    )


def measure(place: Place, zones: Sequence[QuietZone], months: Sequence[Month], way: Way) -> Values:
    """Have the product measure quiet zones in some months, with all looks before them at hand.

    Each zone is left out of the radiometry that it is judged by, and so are all zones of the site
    file that are not references: `Meter` sees to both.
    """
    listed = place.stored.site.zones
    known = {zone.zone_id for zone in listed}
    added = tuple(
        Zone(zone.zone_id, zone.zone_id, zone.kind, ANYWHERE)
        for zone in zones
        if zone.zone_id not in known
    )
    stored = dataclasses.replace(
        place.stored, site=dataclasses.replace(place.stored.site, zones=(*listed, *added))
    )
    weights = {**weights_of_zones(place.stored), **{zone.zone_id: zone.weights for zone in zones}}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        archive = Overlay(place.archive, FolderArchive(Path(folder)))
        meter = Meter(stored, archive, _reader(place, archive, way), weights, steps=way.steps)
        for month in months:
            known_looks = [look for look in place.looks if look["sensed_at"] < month.end]
            looks = [look for look in known_looks if look["sensed_at"] >= month.start]
            states = states_of(place, looks, weights)
            rows += meter.measure(month, known_looks, states).activity
    return Values.of(rows, {zone.zone_id: zone for zone in zones})


def _reader(place: Place, archive: Archive, way: Way) -> LookReader:
    """Where the looks of a run come from."""
    grid = place.stored.grid
    if not way.is_leaning:
        return LookReader(archive, grid)
    return LeaningReader(archive, grid, place.orbits[0])


def states_of(
    place: Place, looks: Iterable[Row], weights: Mapping[str, npt.NDArray[np.float32]]
) -> dict[tuple[str, str], str]:
    """State of looks over each zone, by acquisition and zone id, from the stored masks."""
    coverage = Coverage.of(weights, place.stored.grid.resolution_m**2)
    return {
        (str(look["acquisition_id"]), zone_id): shares.state
        for look in looks
        for zone_id, shares in zones_fractions(_mask(place, look), coverage).items()
    }


def _mask(place: Place, look: Row) -> Classes:
    """The stored mask of a look."""
    return load_mask(place.archive, place.stored.site.site_id, str(look["acquisition_id"]))


def _three(reflectance: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Red, near infrared and brightness of a look."""
    blue, green, red, nir = (
        reflectance[REFLECTANCE_BANDS.index(name)] for name in ("blue", "green", "red", "nir")
    )
    return np.stack([red, nir, (blue + green + red) / 3])
