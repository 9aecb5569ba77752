"""The command `python -m bench.planted`: parses arguments and calls.

What it does: `python -m bench.planted --help`.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bench.options import REAL_DATA, Docs, JsonTo, RealData
from bench.tables import publish, tell
from bench.warned import hush
from bench.workers import WORKERS, worked_on

COMMAND: Final = "python -m bench.planted --docs"


def main(
    *,
    data: RealData = REAL_DATA,
    sides: Annotated[
        list[float] | None, typer.Option("--side", help="Of blocks, m; 20 to 100 if not given.")
    ] = None,
    margins: Annotated[
        list[float] | None,
        typer.Option("--margin", help="Of the sites, m; 0 and 150 if not given."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Set blocks of other ground into real scenes, take some out, and tell which are found."""
    hush()
    from bench.planted.cases import MARGINS_M, SIDES_M, cases
    from bench.planted.figures import figures, markdown
    from bench.planted.runs import score

    wanted = list(cases(data, sides or SIDES_M, margins or MARGINS_M))
    tell(f"Working {len(wanted)} cases ...")
    done = []
    for one in worked_on(score, wanted, workers):
        done.append(one)
        found = [block.delay_days for block in one.blocks]
        case = one.case
        tell(f"{case.ground.name}, {case.way} {case.side_m:.0f} m, {case.margin_m:.0f} m: {found}")
    told = figures(done)
    publish(COMMAND, markdown(told), told, json_to=json_to, docs=docs)


if __name__ == "__main__":
    typer.run(main)
