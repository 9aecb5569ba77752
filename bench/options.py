"""Options that the yardsticks' commands share, spelt once.

Types for typer only; what is written is `tables`' business.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resources.months import Month

RealData = Annotated[
    Path, typer.Option(help="Folder with romania/ and flanders/; what is missing is left out.")
]
REAL_DATA: Final = Path("../shared/real")
JsonTo = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")]
Docs = Annotated[Path | None, typer.Option(help="Write the tables between the marks of this file.")]
Months = Annotated[
    str | None, typer.Option(help="First and last month, as 2016-12:2017-04; all if not given.")
]


def months_of(told: str | None) -> tuple[Month, Month] | None:
    """The months of that option.

    Raises:
        typer.BadParameter: it is not as it should be.
    """
    if told is None:
        return None
    try:
        first, last = map(Month.parse, told.split(":"))
    except ValueError as problem:
        raise typer.BadParameter(
            f"{told!r} must be two months, as 2016-12:2017-04.", param_hint="--months"
        ) from problem
    return first, last
