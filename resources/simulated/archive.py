"""Writes the simulated air base as an ordinary STAC archive of COGs, its site file and its truth.

What is written is put together here; every number in it comes from the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from resources.simulated.files import (
    MARKER,
    SimulatedArchive,
    for_all_looks,
    read_marker,
    remove_old_simulation,
    write_item,
    write_json,
)
from resources.simulated.items import item_id, stac_catalog, stac_item
from resources.simulated.render import SimulatedAirbase, make_airbase, render_look
from resources.simulated.scenery.layout import PLACE, SITE_ID
from resources.simulated.scenery.simulation import Simulation
from resources.simulated.site_file import airbase_watch_list
from resources.simulated.sky.atmosphere import StoredImage
from resources.simulated.truth import simulation_truth

__all__ = ["SimulatedArchive", "Simulation", "write_archive"]

DEFAULT = Simulation()
METHOD_VERSION = 1
"""Raise when the same seed gives other pixels: finished archives are then written anew."""


def write_archive(
    folder: Path,
    simulation: Simulation = DEFAULT,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedArchive:
    """Write every look of a simulation; nothing is done when the folder already holds it.

    Args:
        folder: Gets `archive/`, `sites/`, `truth.json` and a marker that is written last.
        simulation: Seed and months.
        workers: Threads.
        progress: Called with looks written and looks in all, from this thread.

    Returns:
        Paths of catalogue, site file and truth.

    Raises:
        ArchiveError: the folder holds an archive that was not simulated.
    """
    places = SimulatedArchive(
        folder / "archive" / "catalog.json",
        folder / "sites" / f"{SITE_ID}.geojson",
        folder / "truth.json",
    )
    if read_marker(folder) == _archive_marker(simulation, is_finished=True):
        return places
    remove_old_simulation(folder)
    write_json(folder / MARKER, _archive_marker(simulation, is_finished=False))
    world = make_airbase(simulation, workers=workers)
    archive = places.catalog.parent
    pictures = for_all_looks(
        lambda number: _write_look(world, number, archive), len(world.looks), workers, progress
    )
    write_json(places.catalog, stac_catalog(world.looks))
    write_json(places.sites, airbase_watch_list())
    write_json(places.truth, simulation_truth(world, pictures))
    write_json(folder / MARKER, _archive_marker(simulation, is_finished=True))
    return places


def _write_look(world: SimulatedAirbase, number: int, archive: Path) -> StoredImage:
    """Write one item's folder; its picture comes back without pixels."""
    look, sky = world.looks[number], world.skies[number]
    picture = render_look(world, number)
    write_item(archive / item_id(look), stac_item(look, sky, picture), picture, PLACE)
    return replace(picture, bands={})


def _archive_marker(simulation: Simulation, *, is_finished: bool) -> dict[str, Any]:
    """What the marker file says of a simulation."""
    return {
        "title": "SIMULATED archive",
        "seed": simulation.seed,
        "first": str(simulation.first),
        "months": simulation.months,
        "method_version": METHOD_VERSION,
        "is_finished": is_finished,
    }
