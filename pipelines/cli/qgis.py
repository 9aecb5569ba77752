"""A folder that QGIS opens: zones with what is known of them, residual pictures, and the project.

Which layers belong there is decided here; how a project looks inside is in `qgis_project`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

from assets.activity.residuals_store import residual_key
from pipelines.session.lakes import existing_lake
from resources.archive.chips import files_beside
from resources.archive.store import Archive
from resources.atomic_files import write_atomically
from resources.errors import ExportError
from resources.exports.files import write_answer
from resources.exports.qgis_project import QgisLayer, project_xml, style_file
from resources.grids import geographic_bounds, shown_window, window_grid
from resources.lake.lake import Lake, StoredSite
from resources.lake.questions.answers import CAUTION, open_answer
from resources.lake.questions.site_reads import NEWEST_OF_ZONES, shown_looks
from resources.models import Bounds
from resources.settings import Settings
from resources.wiring.dagster import ArchiveResource, build_resources

PROJECT: Final = "sitewatch.qgs"
NEWEST_OF_ZONES_FILE: Final = "zones.geojson"
DEGREES: Final = 4326
MOST_PEAKS: Final = 6  # of confirmed alerts of a site, newest first


def write_project(settings: Settings, folder: Path) -> list[str]:
    """Zones, residuals and a project over both, in a folder that may be moved or copied.

    Of the sites on the watch; of all that were, where none is any more.

    Returns:
        Lines that say what was written.

    Raises:
        ExportError: the folder cannot be written, or the lake has no zones.
    """
    lake = existing_lake(settings)
    archive = cast("ArchiveResource", build_resources(settings)["archive"]).open()
    try:
        return _write_project_files(lake, archive, folder)
    except OSError as cause:
        raise ExportError(
            f"The folder {folder} cannot be written: {cause}; name another."
        ) from cause


def _write_project_files(lake: Lake, archive: Archive, folder: Path) -> list[str]:
    """All files of the folder, and lines that say what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_answer(lake, NEWEST_OF_ZONES) as answer:
        if not answer.rows:
            raise ExportError("The lake has no zones yet; run `sitewatch run` first.")
        write_answer(answer, folder / NEWEST_OF_ZONES_FILE)
        credit = "; ".join(answer.credits)
    sites = [stored for stored in lake.sites() if not stored.is_retired] or lake.sites()
    layers = [QgisLayer("Zones", NEWEST_OF_ZONES_FILE, "vector", DEGREES, "zones", credit)]
    for stored in sites:
        layers += _write_residual_layers(lake, archive, stored, folder)
    for style in ("zones", "residual"):
        write_atomically(folder / f"{style}.qml", style_file(style))
    abstract = f"{credit}. {CAUTION} Residual: brightness beyond what earlier looks let expect."
    view, epsg = _project_extent(sites)
    project = project_xml("sitewatch", abstract, layers, view=view, epsg=epsg)
    write_atomically(folder / PROJECT, project)
    return [f"{len(layers) - 1} residuals and the zones in {folder / PROJECT}", credit]


def _write_residual_layers(
    lake: Lake, archive: Archive, stored: StoredSite, folder: Path
) -> list[QgisLayer]:
    """Layers of a site's residuals, their pictures copied; the newest is switched on."""
    site_id = stored.site.site_id
    layers: list[QgisLayer] = []
    for row in shown_looks(lake, site_id, MOST_PEAKS):
        look = str(row["acquisition_id"])
        for file in files_beside(archive, residual_key(site_id, look)):
            path = f"pictures/{site_id}/{look}-{file.key.rsplit('/', 1)[1]}"
            write_atomically(folder / path, archive.get(file.key))
            layers.append(
                QgisLayer(
                    f"{stored.site.name}: residual of {row['sensed_at']:%Y-%m-%d} ({row['why']})",
                    path,
                    "raster",
                    stored.grid.epsg,
                    "residual",
                    str(row["attribution"]),
                    is_shown=not layers,
                )
            )
    return layers


def _project_extent(sites: list[StoredSite]) -> tuple[Bounds, int]:
    """The ground of all sites' pictures, and its CRS: a lone site's own, else degrees."""
    grids = [window_grid(one.grid, shown_window(one.site, one.grid)) for one in sites]
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
