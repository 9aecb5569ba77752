"""A folder that QGIS opens: zones with what is known of them, residual pictures, and the project.

Which layers belong there is decided here; how a project looks inside is in `qgis_project`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, cast

from assets.activity.residuals_store import residual_key
from pipelines.session.lakes import existing_lake
from resources.archive.chips import files_beside
from resources.archive.store import Archive
from resources.atomic_files import put_whole
from resources.errors import ExportError
from resources.exports.answers import CAUTION, open_answer
from resources.exports.files import write_answer
from resources.exports.qgis_project import Layer, project_xml, style_file
from resources.grids import geographic_bounds, part_of, shown_window
from resources.lake.lake import Lake, StoredSite
from resources.models import Bounds
from resources.settings import Settings
from resources.wiring.dagster import ArchiveResource, connect

PROJECT: Final = "sitewatch.qgs"
ZONES_FILE: Final = "zones.geojson"
DEGREES: Final = 4326
MOST_PEAKS: Final = 6  # of confirmed alerts of a site, newest first
ZONES: Final = """
WITH newest AS (
    SELECT
        site_id, zone_id, max(sensed_at) AS sensed_at, any_value(state) AS state,
        arg_max(index_name, abs(z)) AS index_name, arg_max(z, abs(z)) AS z
    FROM latest GROUP BY site_id, zone_id
), raised AS (
    SELECT site_id, zone_id, min(status) AS status  -- confirmed comes before possible
    FROM alert_zones WHERE status IN ('possible', 'confirmed') GROUP BY site_id, zone_id
)
SELECT
    z.site_id, z.zone_id, z.name, z.kind, z.area_m2, z.is_approximate,
    coalesce(r.status, CASE WHEN coalesce(t.state, 'learning') = 'learning' THEN 'learning' END,
        'none') AS alert,
    n.sensed_at, n.state, n.index_name, n.z, z.geometry
FROM zones AS z
LEFT JOIN newest AS n USING (site_id, zone_id)
LEFT JOIN raised AS r USING (site_id, zone_id)
LEFT JOIN site_tests AS t USING (site_id)
JOIN sites AS s USING (site_id)
WHERE z.valid_to IS NULL
    AND (s.retired_at IS NULL OR NOT EXISTS (FROM sites WHERE retired_at IS NULL))
ORDER BY z.site_id, z.position
"""
LOOKS: Final = """
WITH peaks AS (
    SELECT peak_acquisition_id FROM alerts
    WHERE site_id = $site AND confirmed_on IS NOT NULL AND status <> 'withdrawn'
    ORDER BY opened_on DESC LIMIT $most
), newest AS (
    SELECT acquisition_id FROM activity WHERE site_id = $site AND state = 'valid' AND z IS NOT NULL
    ORDER BY sensed_at DESC, acquisition_id LIMIT 1
)
SELECT
    acquisition_id, sensed_at, attribution,
    concat_ws(', ',
        CASE WHEN acquisition_id IN (FROM newest) THEN 'newest clear look' END,
        CASE WHEN acquisition_id IN (FROM peaks) THEN 'peak of an alert' END
    ) AS why
FROM scenes
WHERE site_id = $site AND acquisition_id IN (FROM peaks UNION ALL FROM newest)
ORDER BY sensed_at DESC, acquisition_id
"""


def write_project(settings: Settings, folder: Path) -> list[str]:
    """Zones, residuals and a project over both, in a folder that may be moved or copied.

    Of the sites on the watch; of all that were, where none is any more.

    Returns:
        Lines that say what was written.

    Raises:
        ExportError: the folder cannot be written, or the lake has no zones.
    """
    lake = existing_lake(settings)
    archive = cast("ArchiveResource", connect(settings)["archive"]).open()
    try:
        return _write(lake, archive, folder)
    except OSError as cause:
        raise ExportError(
            f"The folder {folder} cannot be written: {cause}; name another."
        ) from cause


def _write(lake: Lake, archive: Archive, folder: Path) -> list[str]:
    """All files of the folder, and lines that say what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_answer(lake, ZONES) as answer:
        if not answer.rows:
            raise ExportError("The lake has no zones yet; run `sitewatch run` first.")
        write_answer(answer, folder / ZONES_FILE)
        credit = "; ".join(answer.credits)
    sites = [stored for stored in lake.sites() if not stored.is_retired] or lake.sites()
    layers = [Layer("Zones", ZONES_FILE, "vector", DEGREES, "zones", credit)]
    for stored in sites:
        layers += _residuals(lake, archive, stored, folder)
    for style in ("zones", "residual"):
        put_whole(folder / f"{style}.qml", style_file(style))
    abstract = f"{credit}. {CAUTION} Residual: brightness beyond what earlier looks let expect."
    view, epsg = _view(sites)
    project = project_xml("sitewatch", abstract, layers, view=view, epsg=epsg)
    put_whole(folder / PROJECT, project)
    return [f"{len(layers) - 1} residuals and the zones in {folder / PROJECT}", credit]


def _residuals(lake: Lake, archive: Archive, stored: StoredSite, folder: Path) -> list[Layer]:
    """Layers of a site's residuals, their pictures copied; the newest is switched on."""
    site_id = stored.site.site_id
    layers: list[Layer] = []
    for row in lake.query(LOOKS, {"site": site_id, "most": MOST_PEAKS}):
        look = str(row["acquisition_id"])
        for file in files_beside(archive, residual_key(site_id, look)):
            path = f"pictures/{site_id}/{look}-{file.key.rsplit('/', 1)[1]}"
            put_whole(folder / path, archive.get(file.key))
            layers.append(
                Layer(
                    f"{stored.site.name}: residual of {cast('Any', row['sensed_at']):%Y-%m-%d}"
                    f" ({row['why']})",
                    path,
                    "raster",
                    stored.grid.epsg,
                    "residual",
                    str(row["attribution"]),
                    is_shown=not layers,
                )
            )
    return layers


def _view(sites: list[StoredSite]) -> tuple[Bounds, int]:
    """The ground of all sites' pictures, and its CRS: a lone site's own, else degrees."""
    grids = [part_of(one.grid, shown_window(one.site, one.grid)) for one in sites]
    if len(sites) == 1:
        return grids[0].bounds, grids[0].epsg
    boxes = [geographic_bounds(grid) for grid in grids]
    whole = Bounds(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )
    return whole, DEGREES
