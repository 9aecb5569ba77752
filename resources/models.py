"""The nouns that travel between stages: sites, zones, grids, catalogue items and rasters.

Frozen dataclasses that check themselves; no input, output, clock or Dagster here.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from affine import Affine
from shapely.geometry.base import BaseGeometry

ZoneKind = Literal[
    "apron",
    "runway",
    "storage",
    "parking",
    "berth",
    "yard",
    "construction",
    "building",
    "other",
    "reference",
]
ZONE_KINDS: tuple[str, ...] = get_args(ZoneKind)

BandName = Literal[
    "blue", "green", "red", "nir", "nir08", "swir16", "swir22", "scl", "cloud", "snow"
]
BANDS: tuple[BandName, ...] = get_args(BandName)
"""Bands that a look is read in, by their STAC common names, where the catalogue has them; `cloud`
and `snow` are Sen2Cor's probabilities in percent (CLD and SNW)."""
REFLECTANCE_BANDS: tuple[BandName, ...] = BANDS[:7]
REQUIRED_BANDS: tuple[BandName, ...] = ("blue", "green", "red", "nir", "scl")
"""An item without one of these cannot be masked or measured and is refused."""

RESOLUTION_M = 10.0
"""Pixel of every site grid, metres: the finest of Sentinel-2."""

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
"""What a site or zone id may be: it becomes a path, a key and a partition."""

NO_LOOKS = ("superseded", "refused")
"""States of rows of `scenes` that are no looks: replaced by another, or not to be used."""

FALSE_ALARMS_PER_YEAR = 0.5  # of a site whose operator asked for no other rate

ATTRIBUTION = "Contains modified Copernicus Sentinel data {years}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in the coordinates of some CRS, metres or degrees as the CRS has it."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        edges = (self.west, self.south, self.east, self.north)
        if not all(math.isfinite(edge) for edge in edges):
            raise ValueError(f"Bounds must be finite, found {edges}")
        if self.west >= self.east or self.south >= self.north:
            raise ValueError(f"Bounds must have west < east and south < north, found {edges}")

    def buffered(self, distance: float) -> Bounds:
        """The box grown by `distance` on each side, in its own units."""
        return Bounds(
            self.west - distance, self.south - distance, self.east + distance, self.north + distance
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """The one pixel grid of a site: projected CRS, 10 m pixels, (y, x) with north up."""

    epsg: int
    bounds: Bounds
    resolution_m: float = RESOLUTION_M

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows = round((self.bounds.north - self.bounds.south) / self.resolution_m)
        columns = round((self.bounds.east - self.bounds.west) / self.resolution_m)
        return rows, columns

    @property
    def transform(self) -> Affine:
        """From (column, row) to (x, y) of the CRS, metres."""
        return Affine(
            self.resolution_m, 0.0, self.bounds.west, 0.0, -self.resolution_m, self.bounds.north
        )


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon of a site; longitude and latitude in degrees (EPSG:4326)."""

    zone_id: str
    name: str
    kind: ZoneKind
    geometry: BaseGeometry
    is_approximate: bool = False

    @property
    def latitude_deg(self) -> float:
        """Of the middle of its box."""
        _, south, _, north = self.geometry.bounds
        return float(south + north) / 2


@dataclass(frozen=True, slots=True)
class Site:
    """A place on the watch list.

    `epsg` is the projected CRS of its grid, `margin_m` the metres that pictures show round its
    zones (what is read is `grids.site_grid`),
    `config_hash` identifies what its months depend on, so that a change can be seen;
    `false_alarms_per_year` is asked of all its zones and indices together, on which only its
    alerts depend.
    """

    site_id: str
    name: str
    epsg: int
    margin_m: float
    zones: tuple[Zone, ...]
    config_hash: str
    false_alarms_per_year: float = FALSE_ALARMS_PER_YEAR

    @property
    def latitude_deg(self) -> float:
        """Of the middle of its zones."""
        edges = [zone.geometry.bounds for zone in self.zones]
        return (min(edge[1] for edge in edges) + max(edge[3] for edge in edges)) / 2

    def zone(self, zone_id: str) -> Zone:
        """The zone of this id; KeyError if the site has none."""
        for zone in self.zones:
            if zone.zone_id == zone_id:
                return zone
        raise KeyError(zone_id)


@dataclass(frozen=True, slots=True)
class BandAsset:
    """One band file of an item, with what the catalogue declares about its numbers.

    `scale` and `offset` turn a stored number into reflectance: DN * scale + offset;
    None where the catalogue says nothing.
    """

    name: BandName
    href: str
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """What a catalogue lists: one product of one satellite over one tile.

    Attributes:
        source: the catalogue, as the `source` column shows it.
        sensed_at: when the tile was seen, UTC; `datatake_at` is the start of the datatake,
            minutes earlier, as in the product name; None where the catalogue does not tell.
        relative_orbit: 1..143; None where unknown, which is a group of its own.
        is_offset_applied: `earthsearch:boa_offset_applied`; None where not declared.
        offset_dn_asked: the source was asked to write its numbers with this offset, whatever the
            product has (Sentinel Hub); None where files are read as they are.
        footprint: longitude and latitude, EPSG:4326.
        is_simulated: the pixels are made up.
    """

    item_id: str
    collection: str
    source: str
    platform: str
    sensed_at: dt.datetime
    footprint: BaseGeometry
    bands: dict[BandName, BandAsset]
    attribution: str
    epsg: int | None = None
    datatake_at: dt.datetime | None = None
    relative_orbit: int | None = None
    mgrs_tile: str | None = None
    datastrip_at: dt.datetime | None = None
    processing_baseline: str | None = None
    generated_at: dt.datetime | None = None
    published_at: dt.datetime | None = None
    updated_at: dt.datetime | None = None
    is_offset_applied: bool | None = None
    offset_dn_asked: int | None = None
    product_name: str | None = None
    sun_elevation_deg: float | None = None
    sun_azimuth_deg: float | None = None
    view_zenith_deg: float | None = None
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Raster:
    """Pixels with their place: shape (y, x), north up, in the source's own grid.

    `transform` maps (column, row) to (x, y) of `epsg`; `nodata` marks unseen pixels.
    """

    pixels: npt.NDArray[np.generic]
    transform: Affine
    epsg: int
    nodata: float | None = field(default=None)


@dataclass(frozen=True, slots=True)
class SunViewAngles:
    """Where sun and sensor stood, degrees; azimuths clockwise from north."""

    sun_elevation_deg: float
    sun_azimuth_deg: float
    view_zenith_deg: float
    view_azimuth_deg: float


@dataclass(frozen=True, slots=True)
class ItemReading:
    """What was read of an item, and what it took.

    Attributes:
        rasters: windows by band, in the source's own pixels.
        requests: requests that were sent, those tried again included; 0 for local files.
        bytes_read: bytes that came over the network, or the size of the pixels of local files.
        versions: by band, the ETag of the file that was read, or whatever else its server
            identifies its content by; only where there is one.
        angles: where the source tells them with the pixels (Sentinel Hub).
    """

    rasters: dict[BandName, Raster]
    requests: int = 0
    bytes_read: int = 0
    versions: dict[BandName, str] = field(default_factory=dict)
    angles: SunViewAngles | None = None
