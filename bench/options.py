"""Options that the yardsticks' commands share, spelt once.

Types for typer only; what is written is `tables`' business.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonTo = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")]
Docs = Annotated[Path | None, typer.Option(help="Write the tables between the marks of this file.")]
