"""The command `python -m bench.worlds`: parses arguments and calls.

What it does: `python -m bench.worlds --help`.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bench.made_up import FIRST_SEED, Seed
from bench.options import Docs, JsonTo
from bench.tables import publish, tell
from bench.warned import hush
from bench.workers import WORKERS, worked_on

COMMAND: Final = "python -m bench.worlds --docs"


def main(
    *,
    worlds: Annotated[int, typer.Option(min=1, help="How many made-up worlds.")] = 60,
    seed: Seed = FIRST_SEED,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    story: Annotated[
        bool, typer.Option("--story/--quiet", help="Each with its story, or with none.")
    ] = True,
    zones: Annotated[
        int | None, typer.Option(min=1, help="Listed zones of each; its own number if not given.")
    ] = None,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Take made-up worlds through the product and tell what is found, and what is a false alarm."""
    hush()
    from bench.worlds.figures import figures, markdown
    from bench.worlds.runs import WorldWanted, score

    wanted = [
        WorldWanted(number, zones, is_quiet=not story) for number in range(seed, seed + worlds)
    ]
    tell(f"Working {len(wanted)} made-up worlds ...")
    done = []
    for one in worked_on(score, wanted, workers):
        done.append(one)
        tell(f"SIMULATED world {one.seed}, {one.story}: {one.zones} zones, {one.seconds:.0f} s")
    told = figures(done)
    publish(COMMAND, markdown(told), told, json_to=json_to, docs=docs)


if __name__ == "__main__":
    typer.run(main)
