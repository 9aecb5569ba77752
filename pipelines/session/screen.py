"""Tables and values on a terminal or in a log file.

Names come from watch lists and are hostile: nothing from outside is read as markup. Light to
import, so that the command answers at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

LOG_WIDTH: Final = 160  # characters of a line where there is no terminal
WHOLE: Final = 1000.0  # from here on, decimals are noise
ROWS_MAX: Final = 200  # of an answer, on a screen


def show_rows(console: Console, rows: Sequence[Mapping[str, object]], title: str = "") -> None:
    """An answer as a table; says so when it is empty or cut."""
    if not rows:
        console.print(f"{title + ': ' if title else ''}no rows", markup=False)
        return
    shown = [{name: shown_value(value) for name, value in row.items()} for row in rows[:ROWS_MAX]]
    table = Table(title=Text(title) if title else None, title_justify="left")
    for name in rows[0]:
        table.add_column(Text(name), overflow="fold")
    for row in shown:
        table.add_row(*map(Text, row.values()))
    if _table_width(shown) <= console.width:
        console.print(table)
    else:
        _show_records(console, shown, title)
    if len(rows) > ROWS_MAX:
        console.print(f"... and {len(rows) - ROWS_MAX} rows more; narrow the question.")


def open_console() -> Console:
    """The screen; a log file gets longer lines than a terminal has."""
    console = Console()
    return console if console.is_terminal else Console(width=LOG_WIDTH)


def _table_width(rows: Sequence[Mapping[str, str]]) -> int:
    """Characters that a table of these rows needs."""
    columns = ([name, *(row[name] for row in rows)] for name in rows[0])
    return 1 + sum(3 + max(map(len, column)) for column in columns)


def _show_records(console: Console, rows: Sequence[Mapping[str, str]], title: str) -> None:
    """Rows as blocks of lines, for tables too wide for the screen; empty values are left out."""
    if title:
        console.print(Text(title))
    width = max(len(name) for name in rows[0])
    for place, row in enumerate(rows, 1):
        console.print(Text(f"-- {place} of {len(rows)}"), style="dim")
        for name, value in row.items():
            if value:
                console.print(Text(f"{name:<{width}}  {value}"), soft_wrap=True)


def shown_value(value: object) -> str:
    """A value as a person reads it; control characters of hostile names are made visible."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= WHOLE else f"{value:.4g}"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}Z"
    text = str(value)
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
