"""What the yardsticks share: tables in Markdown, their place in docs, figures as JSON.

Layout only; what is measured, and how, is each yardstick's own business.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown, first column to the left, the others to the right."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def put_into(docs: Path, command: str, text: str) -> None:
    """Replace what stands between the two marks of a command in a file.

    Raises:
        ValueError: the file does not have both marks, in order.
    """
    begins, ends = f"<!-- begins: {command} -->", f"<!-- ends: {command} -->"
    whole = docs.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(begins)
    _, end, after = rest.partition(ends)
    if not begin or not end:
        raise ValueError(
            f"{docs.name} must have the lines {begins!r} and {ends!r} for the table to stand "
            "between; add them where it should be."
        )
    docs.write_text(f"{before}{begins}\n\n{text}\n\n{ends}{after}", encoding="utf-8")


def tell(text: str) -> None:
    """Say how far a command is, beside its figures."""
    typer.echo(text, err=True)


def publish(
    command: str,
    text: str,
    figures: Mapping[str, Any],
    *,
    json_to: Path | None = None,
    docs: Path | None = None,
) -> None:
    """Print the tables of a command, and write figures and tables where it was asked for.

    Raises:
        ValueError: the docs have no place for them, see `put_into`.
    """
    typer.echo(text)
    if json_to is not None:
        write_json(json_to, command, figures)
    if docs is not None:
        put_into(docs, command, text)


def write_json(path: Path, command: str, figures: Mapping[str, Any]) -> None:
    """Write the figures of a command with the day and the machine."""
    made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    record = {"command": command, "made_at": made_at, "machine": machine(), **figures}
    path.write_text(json.dumps(record, indent=1), encoding="utf-8")


def machine() -> str:
    """What the figures were made on."""
    load, _, _ = os.getloadavg()
    return (
        f"{os.cpu_count()} cores (load {load:.1f} at the end, this bench included), "
        f"{platform.system()}, Python {platform.python_version()}"
    )
