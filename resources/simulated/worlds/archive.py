"""Writes a drawn world as an ordinary STAC archive, its watch list and its truth.

Beside the archive: `sites/`, `truth.json` and `truth_masks.npz` (array `masks`, uint8, shape
(looks, y, x) in pixels of 10 m of the tile, see `scene.TrueClass`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from resources.simulated.files import (
    MARKER,
    QUICK_LEVEL,
    SimulatedArchive,
    for_all_looks,
    read_marker,
    remove_old_simulation,
    write_item,
    write_json,
)
from resources.simulated.items import item_id, stac_catalog, stac_item
from resources.simulated.site_file import watch_list
from resources.simulated.worlds.scene import render_world_look
from resources.simulated.worlds.truth import look_truth, world_truth
from resources.simulated.worlds.world import DrawnWorld
from resources.simulated.worlds.zone_pixels import WorldZonePixels, pixels_of

METHOD_VERSION: Final = 1
"""Raise when the same seed gives other pixels: finished archives are then written anew."""
MASKS: Final = "truth_masks.npz"

Json = dict[str, Any]


def write_world(
    folder: Path,
    world: DrawnWorld,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedArchive:
    """Write a world, unless this very one is there and finished.

    Args:
        folder: Holds one world; another one there is replaced.
        world: From `draw_world`.
        workers: Threads that render and write.
        progress: Called with looks done and looks in all.

    Returns:
        Paths of catalogue, watch list and truth.

    Raises:
        ArchiveError: the folder holds an archive that was not simulated.
    """
    places = SimulatedArchive(
        folder / "archive" / "catalog.json",
        folder / "sites" / f"{world.place.site_id}.geojson",
        folder / "truth.json",
    )
    if read_marker(folder) == _world_marker(world, is_finished=True):
        return places
    remove_old_simulation(folder)
    write_json(folder / MARKER, _world_marker(world, is_finished=False))
    zone_pixels = pixels_of(
        [zone.outline for zone in world.zones], world.place.tile, world.plan.frame.shape
    )
    archive = places.catalog.parent
    written = for_all_looks(
        lambda number: _write_look(world, number, archive, zone_pixels),
        len(world.looks),
        workers,
        progress,
    )
    write_json(places.catalog, stac_catalog(list(world.looks), world.place))
    zones = [(zone, zone.outline) for zone in world.zones]
    write_json(places.sites, watch_list(world.place, zones, world.margin_m))
    write_json(places.truth, world_truth(world, zone_pixels, [truth for truth, _ in written]))
    np.savez_compressed(folder / MASKS, masks=np.stack([mask for _, mask in written]))
    write_json(folder / MARKER, _world_marker(world, is_finished=True))
    return places


def _write_look(
    world: DrawnWorld, number: int, archive: Path, zone_pixels: WorldZonePixels
) -> tuple[Json, npt.NDArray[np.uint8]]:
    """Write one item's folder; its truth comes back."""
    look, sky = world.looks[number], world.skies[number]
    scene = render_world_look(world, number)
    processing = world.timetable.processing[number]
    item = stac_item(look, sky, scene.picture, world.place, processing)
    folder = archive / item_id(look, world.place)
    write_item(folder, item, scene.picture, world.place, level=QUICK_LEVEL)
    return look_truth(world, number, scene, zone_pixels), scene.mask


def _world_marker(world: DrawnWorld, *, is_finished: bool) -> Json:
    """What the marker file says of a world."""
    return {
        "title": "SIMULATED world",
        "seed": world.seed,
        "story": world.story,
        "zones": len(world.zones),
        "margin_m": world.margin_m,
        "method_version": METHOD_VERSION,
        "is_finished": is_finished,
    }
