"""The command `python -m bench.values`: parses arguments and calls.

What it does: `python -m bench.values --help`.
"""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Final

import typer

from bench.made_up import FIRST_SEED, Kept, Seed, Worlds, world_folders
from bench.options import REAL_DATA, Docs, JsonTo, RealData
from bench.tables import publish, tell
from bench.warned import hush

COMMAND: Final = "python -m bench.values --docs"


def main(
    *,
    data: RealData = REAL_DATA,
    worlds: Worlds = 0,
    seed: Seed = FIRST_SEED,
    kept: Kept = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; 1 works in this one.")] = 2,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Compare every value of an index with the one that its pixels give by docs/analyst.md."""
    hush()
    from bench.values.figures import figures, markdown
    from bench.values.places import measure, real_folders

    made_up = world_folders(worlds, seed, kept, tell)
    real = real_folders(data)
    names = [*(f"SIMULATED world {one.name}" for one in made_up), *real]
    told = measure([*made_up, *real.values()], None, tell, workers=workers)
    places = dict(zip(names, told, strict=True))
    together = {f"{worlds} worlds": list(chain.from_iterable(told[:worlds]))} if made_up else {}
    pooled = together | {name: places[name] for name in real}
    text = markdown({name: figures(one) for name, one in pooled.items()})
    figured = {name: figures(one) for name, one in {**pooled, **places}.items()}
    publish(COMMAND, text, figured, json_to=json_to, docs=docs)


if __name__ == "__main__":
    typer.run(main)
