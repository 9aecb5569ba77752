"""Made-up worlds on disk for yardsticks, one folder a seed; a finished one is not written again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

FIRST_SEED: Final = 201
"""Of the worlds that nothing is fitted on, 201 to 999; numbers are fitted on 1 to 200."""

Worlds = Annotated[int, typer.Option(min=0, help="How many made-up worlds.")]
Seed = Annotated[int, typer.Option(min=0, help="Of the first world; the others follow.")]
Kept = Annotated[
    Path | None,
    typer.Option(help="Folder that worlds are kept in; one of the temporary folder if not given."),
]


def world_folders(
    count: int, seed: int, kept: Path | None, tell: Callable[[str], None]
) -> list[Path]:
    """Folders of so many worlds, as `bench.watched.Folder` takes them, with `truth.json`."""
    if count == 0:
        return []
    from resources.simulated.worlds.archive import write_world
    from resources.simulated.worlds.world import draw_world

    place = kept or Path(tempfile.gettempdir()) / "sitewatch-worlds"
    folders = []
    for number in range(seed, seed + count):
        tell(f"Writing world {number} ...")
        folders.append(place / str(number))
        write_world(folders[-1], draw_world(number))
    return folders
