"""The command `python -m bench.constants`: parses arguments and calls.

What it does: `python -m bench.constants --help`.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.constants.listing import markdown, numbers
from bench.options import Docs, JsonTo
from bench.tables import put_into, write_json

COMMAND: Final = "python -m bench.constants --docs"


def main(
    *,
    assets: Annotated[Path, typer.Option(help="Folder of the stages.")] = Path("assets"),
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """List every number in a capital name that a stage works by, with its unit and origin."""
    found = numbers(assets)
    text = markdown(found)
    typer.echo(text)
    if json_to is not None:
        write_json(json_to, COMMAND, {"numbers": [asdict(one) for one in found]})
    if docs is not None:
        put_into(docs, COMMAND, text)


if __name__ == "__main__":
    typer.run(main)
