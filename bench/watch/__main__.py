"""`python -m bench.watch`: time of a look by stage for sites of 1, 9 and 25 km2, and memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from bench.options import Docs, JsonTo
from bench.tables import put_into, write_json
from bench.watch.report import markdown, measure

COMMAND: Final = "python -m bench.watch"
REAL: Final = Path("../shared/real/romania")
SIZES: Final = [1, 9, 25]
MONTHS: Final = 24
ROUNDS: Final = 3


def main(
    *,
    real: Annotated[Path, typer.Option(help="Archive and site of one square kilometre.")] = REAL,
    km2: Annotated[list[int] | None, typer.Option(help="Sizes: square numbers.")] = None,
    months: Annotated[int, typer.Option(help="From 2018-01 on.", min=1, max=36)] = MONTHS,
    rounds: Annotated[int, typer.Option(help="Of all sizes by turns.", min=1)] = ROUNDS,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Watch sites of several sizes from a folder of looks; medians of rounds by turns."""
    found = measure(real, km2 or SIZES, months, rounds, lambda line: typer.echo(line, err=True))
    text = markdown(found)
    typer.echo(text)
    if json_to is not None:
        write_json(json_to, COMMAND, {"months": months, "rounds": rounds, "sites": found})
    if docs is not None:
        put_into(docs, f"{COMMAND} --docs", text)


if __name__ == "__main__":
    typer.run(main)
