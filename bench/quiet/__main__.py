"""The command `python -m bench.quiet`: parses arguments and calls.

What it does: `python -m bench.quiet --help`.
"""

from __future__ import annotations

from typing import Final

import typer

from bench.made_up import FIRST_SEED, Kept, Seed, Worlds, world_folders
from bench.options import REAL_DATA, Docs, JsonTo, Months, RealData, months_of
from bench.tables import publish, tell
from bench.warned import hush

COMMAND: Final = "python -m bench.quiet --docs"


def main(
    *,
    data: RealData = REAL_DATA,
    worlds: Worlds = 0,
    seed: Seed = FIRST_SEED,
    kept: Kept = None,
    months: Months = None,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Tell how far zones depart in which nothing happens, pooled over worlds and real places."""
    hush()
    from bench.quiet.figures import figures, markdown
    from bench.quiet.places import QuietPlace, measure, real_places

    made_up = [QuietPlace.world(one) for one in world_folders(worlds, seed, kept, tell)]
    real = real_places(data)
    found = measure([*made_up, *real], months_of(months), tell)
    pooled = {
        name: pool([found[one.name] for one in places])
        for name, places in (("worlds", made_up), ("real", real))
        if places
    }
    text = markdown({name: figures(z) for name, z in pooled.items()})
    told = {name: figures(z) for name, z in {**pooled, **found}.items()}
    publish(COMMAND, text, told, json_to=json_to, docs=docs)


def pool(places: list[dict[str, list[float]]]) -> dict[str, list[float]]:
    """Departures of all places together, by index."""
    found: dict[str, list[float]] = {}
    for place in places:
        for name, z in place.items():
            found.setdefault(name, []).extend(z)
    return found


if __name__ == "__main__":
    typer.run(main)
