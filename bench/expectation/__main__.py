"""`python -m bench.expectation`: robust fit against its peers, and ten years of a site."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bench.expectation.report import compare, markdown, record, ten_years
from bench.options import Docs, JsonTo
from bench.tables import put_into, write_json

COMMAND: Final = "python -m bench.expectation"
EDGE: Final = 300
QUICK_EDGE: Final = 40
ROUNDS: Final = 3


def main(
    *,
    json_to: JsonTo = None,
    docs: Docs = None,
    quick: Annotated[bool, typer.Option("--quick", help="A small cube, one round.")] = False,
) -> None:
    """Fit the same simulated cube with sitewatch and its peers, and judge a look after ten years.

    Set OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1 to hold numpy to one thread.
    """
    edge, rounds = (QUICK_EDGE, 1) if quick else (EDGE, ROUNDS)
    outcomes = compare(edge, rounds, _say)
    costs = ten_years(edge, rounds, _say)
    text = markdown(edge, outcomes, costs, rounds)
    typer.echo(text)
    if json_to is not None:
        write_json(json_to, COMMAND, record(outcomes, costs))
    if docs is not None:
        put_into(docs, f"{COMMAND} --docs", text)


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    typer.run(main)
