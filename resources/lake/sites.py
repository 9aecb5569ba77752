"""The watch list in the lake: sites and the versions of their zones, written and read back.

Works inside a transaction that someone else opened; reading GeoJSON is the watch list's work.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import duckdb
import shapely
import shapely.wkb
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from resources.lake.row_writer import apply_rows, scope_of_site
from resources.lake.rows import SiteRow, ZoneRow
from resources.lake.schema.tables import SITES, ZONES
from resources.models import FALSE_ALARMS_PER_YEAR, Bounds, Grid, Site, Zone, ZoneKind

ELLIPSOID = Geod(ellps="WGS84")
R = TypeVar("R", SiteRow, ZoneRow)


@dataclass(frozen=True, slots=True)
class StoredSite:
    """A site as the lake knows it, with its grid and the catalogue it was last read from."""

    site: Site
    grid: Grid
    source: str | None
    is_retired: bool

    @property
    def config_hash(self) -> str:
        """Hash of all that decides what a month comes out as: the configuration and the grid."""
        box = self.grid.bounds
        edges = (self.grid.epsg, box.west, box.south, box.east, box.north)
        return hashlib.sha256(f"{self.site.config_hash} {edges}".encode()).hexdigest()[:16]


def put_site(
    connection: duckdb.DuckDBPyConnection, site: Site, grid: Grid, source: str | None
) -> int:
    """Add a site, or bring the stored one up to date; a retired one is watched again.

    A zone whose polygon or kind was edited becomes a new version and the old one ends; a zone
    that left the list ends; one that came back unchanged goes on. `source` None keeps the old.

    Returns:
        Rows changed in `sites` and `zones`; 0 when all was known.
    """
    now = dt.datetime.now(dt.UTC)
    stored = _stored_rows(connection, SiteRow, "sites", site.site_id)
    site_row = _site_row(site, grid, source)
    site_row["added_at"] = now
    if stored:
        site_row["added_at"] = stored[0]["added_at"]
        site_row["source"] = source if source is not None else stored[0]["source"]
    versions = _zone_versions(site, _stored_rows(connection, ZoneRow, "zones", site.site_id), now)
    scope = scope_of_site(site.site_id)
    count = apply_rows(connection, SITES, scope, [site_row])
    return count + apply_rows(connection, ZONES, scope, versions)


def retire_sites(connection: duckdb.DuckDBPyConnection, site_ids: Sequence[str]) -> int:
    """Mark sites as no longer watched; what is known of them stays. Counts those it changed."""
    to_retire = "retired_at IS NULL AND site_id IN (SELECT unnest(CAST(? AS VARCHAR[])))"
    found = connection.execute(
        f"SELECT count(*) FROM sites WHERE {to_retire}", [list(site_ids)]
    ).fetchone()
    count = 0 if found is None else int(found[0])
    if count:
        connection.execute(
            f"UPDATE sites SET retired_at = now() WHERE {to_retire}", [list(site_ids)]
        )
    return count


def stored_sites(connection: duckdb.DuckDBPyConnection) -> list[StoredSite]:
    """Every site by id, with the zones that are in use, in the order of the watch list."""
    zones: dict[str, list[Zone]] = {}
    in_use = "SELECT * FROM zones WHERE valid_to IS NULL ORDER BY site_id, position, zone_id"
    for row in _typed_rows(ZoneRow, connection.execute(in_use)):
        zones.setdefault(row["site_id"], []).append(_stored_zone(row))
    rows = _typed_rows(SiteRow, connection.execute("SELECT * FROM sites ORDER BY site_id"))
    return [_stored_site(row, tuple(zones.get(row["site_id"], []))) for row in rows]


def _zone_versions(site: Site, stored: list[ZoneRow], now: dt.datetime) -> list[ZoneRow]:
    """All versions of the site's zones as they should be stored."""
    newest = {row["zone_id"]: row for row in sorted(stored, key=lambda row: row["zone_version"])}
    in_use: list[ZoneRow] = []
    for position, zone in enumerate(site.zones):
        row = _zone_row(site.site_id, zone, position)
        old = newest.get(zone.zone_id)
        if old is not None and _is_same_ground(zone, old):
            row["zone_version"], row["valid_from"] = old["zone_version"], old["valid_from"]
            row["geometry"], row["area_m2"] = old["geometry"], old["area_m2"]
        else:
            row["zone_version"] = 1 if old is None else old["zone_version"] + 1
            row["valid_from"] = now
        in_use.append(row)
    used = {(row["zone_id"], row["zone_version"]) for row in in_use}
    ended = [row for row in stored if (row["zone_id"], row["zone_version"]) not in used]
    return in_use + [{**row, "valid_to": row["valid_to"] or now} for row in ended]


def _is_same_ground(zone: Zone, stored: ZoneRow) -> bool:
    """Whether polygon and kind are those of a stored version, however its corners are listed."""
    geometry = shapely.wkb.loads(stored["geometry"])
    return zone.kind == stored["kind"] and zone.geometry.normalize() == geometry.normalize()


def _site_row(site: Site, grid: Grid, source: str | None) -> SiteRow:
    """The row of `sites` for a watched site, without its dates."""
    return {
        "site_id": site.site_id,
        "name": site.name,
        "geometry": shapely.union_all([zone.geometry for zone in site.zones]).wkb,
        "epsg": site.epsg,
        "margin_m": site.margin_m,
        "false_alarms_per_year": site.false_alarms_per_year,
        "grid_west": grid.bounds.west,
        "grid_south": grid.bounds.south,
        "grid_east": grid.bounds.east,
        "grid_north": grid.bounds.north,
        "source": source,
        "config_hash": site.config_hash,
    }


def _zone_row(site_id: str, zone: Zone, position: int) -> ZoneRow:
    """The row of `zones` for a zone in use, without version and dates."""
    return {
        "site_id": site_id,
        "zone_id": zone.zone_id,
        "position": position,
        "name": zone.name,
        "kind": zone.kind,
        "geometry": zone.geometry.wkb,
        "is_approximate": zone.is_approximate,
        "area_m2": _area_m2(zone.geometry),
    }


def _area_m2(geometry: BaseGeometry) -> float:
    """Area on the WGS 84 ellipsoid of a polygon in degrees."""
    area, _ = ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(geometry))
    return float(abs(area))


def _stored_zone(row: ZoneRow) -> Zone:
    """A zone from its row."""
    return Zone(
        zone_id=row["zone_id"],
        name=row["name"],
        kind=cast("ZoneKind", row["kind"]),
        geometry=shapely.wkb.loads(row["geometry"]),
        is_approximate=row["is_approximate"],
    )


def _stored_site(row: SiteRow, zones: tuple[Zone, ...]) -> StoredSite:
    """A site from its row and zones."""
    edges = (row["grid_west"], row["grid_south"], row["grid_east"], row["grid_north"])
    site = Site(
        site_id=row["site_id"],
        name=row["name"],
        epsg=row["epsg"],
        margin_m=row["margin_m"],
        zones=zones,
        config_hash=row["config_hash"],
        false_alarms_per_year=row["false_alarms_per_year"] or FALSE_ALARMS_PER_YEAR,
    )
    return StoredSite(
        site=site,
        grid=Grid(epsg=row["epsg"], bounds=Bounds(*edges)),
        source=row["source"],
        is_retired=row["retired_at"] is not None,
    )


def _stored_rows(
    connection: duckdb.DuckDBPyConnection, row_type: type[R], table: str, site_id: str
) -> list[R]:
    """A site's rows in a table."""
    answer = connection.execute(f"SELECT * FROM {table} WHERE site_id = ?", [site_id])
    return _typed_rows(row_type, answer)


def _typed_rows(row_type: type[R], answer: duckdb.DuckDBPyConnection) -> list[R]:
    """An answer as rows of a table; geometries are WKB."""
    del row_type  # the type checker alone needs it
    names = [column[0] for column in answer.description or []]
    return cast("list[R]", [dict(zip(names, row, strict=True)) for row in answer.fetchall()])
