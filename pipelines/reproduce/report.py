"""What `sitewatch reproduce` says: a table of what was compared, the first differences, the time.

Values come from lakes and dossiers and are hostile: nothing is read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.reproduce.reproduction import ReproductionResult
from pipelines.reproduce.row_comparison import (
    CHANGED,
    LEFT_OUT,
    NOT_RECOMPUTED,
    RowDifference,
    as_json_value,
)
from pipelines.session.screen import shown_value
from resources.errors import SitewatchError

SHOWN: Final = 10  # differences, and kinds of what was set aside
KEYS: Final = 3  # of chips that are not as recorded
LAST_DIGITS: Final = 1e-6  # of a value: what sums in another order may come to after the test
MOSTLY: Final = 0.5  # of the differences
LONGEST: Final = 200  # characters of a value


def print_report(console: Console, found: ReproductionResult) -> None:
    """Print all of it."""
    _print_text(console, _origin_sentence(found))
    console.print(_comparison_table(found))
    for result in found.figures:
        total = sum(result.compared.values())
        _print_text(
            console, f"Figures of {result.path}: {total} compared, {len(result.differing)} differ."
        )
        for reason, number in sorted(result.left_out.items()):
            _print_text(console, f"  {number} left out: {reason}")
    if not found.figures:
        _print_text(console, "No dossier's figures were found; only the lake was compared.")
    _print_text(console, _chips_sentence(found))
    _show_set_aside(console, found)
    _show_left_out(console)
    _show_differences(console, differences_of(found))
    for watched in found.watched:
        times = ", ".join(f"{one.stage} {one.seconds:.1f} s" for one in watched.times)
        _print_text(console, f"{watched.looks} looks: {times}")
    _print_text(console, f"Took {found.seconds:.0f} s, peak memory {found.memory_mb:.0f} MB.")
    _print_text(
        console, _verdict_sentence(found), style="bold green" if found.is_equal else "bold red"
    )


def write_json_report(path: Path, found: ReproductionResult) -> None:
    """Write all of it as JSON.

    Raises:
        SitewatchError: the file cannot be written.
    """
    try:
        path.write_text(json.dumps(report_as_json(found), indent=1, allow_nan=False) + "\n")
    except OSError as cause:
        raise SitewatchError(f"--json {path} cannot be written: {cause.strerror}.") from cause


def report_as_json(found: ReproductionResult) -> dict[str, object]:
    """All of it in types that JSON has; every difference, not only the first."""
    return {
        "site_id": found.asked.site_id,
        "alert_id": found.asked.alert_id,
        "is_equal": found.is_equal,
        "scenes_from": found.scenes_from,
        "scenes_from_reason": found.reason,
        "tables": {
            one.table: {
                "stored": one.stored,
                "recomputed": one.recomputed,
                "values_compared": one.values,
                "rows_differing": one.differing,
                "rows_set_aside": len(one.set_aside),
            }
            for one in found.tables
        },
        "figures": [
            {
                "path": one.path,
                "compared": one.compared,
                "differing": len(one.differing),
                "left_out": one.left_out,
            }
            for one in found.figures
        ],
        "chips": asdict(found.chips),
        "differences": [_difference_as_json(one) for one in differences_of(found)],
        "left_out_columns": dict(LEFT_OUT),
        "left_out_tables": dict(NOT_RECOMPUTED),
        "stages": [asdict(one) for watched in found.watched for one in watched.times],
        "seconds": found.seconds,
        "peak_memory_mb": found.memory_mb,
    }


def differences_of(found: ReproductionResult) -> list[RowDifference]:
    """Every difference, of the tables first, then of the figures."""
    tables = [one for result in found.tables for one in result.differences]
    return tables + [one for result in found.figures for one in result.differing]


def difference_line(difference: RowDifference) -> str:
    """A difference in a line: table, key, column, both values."""
    key = ", ".join(f"{name} {_shortened_value(value)}" for name, value in difference.key.items())
    row = f"{difference.table} [{key}]"
    if difference.what != CHANGED:
        column = "" if difference.column is None else f" {difference.column}"
        return f"{row}{column}: {difference.what}"
    stored, recomputed = map(_shortened_value, (difference.stored, difference.recomputed))
    said = f"{stored} stored, {recomputed} recomputed"
    relative = difference.relative
    apart = "" if relative is None else f" ({relative:.1e} of it apart)"
    return f"{row} {difference.column}: {said}{apart}"


def _comparison_table(found: ReproductionResult) -> Table:
    """What was compared, a line a table."""
    table = Table(title=Text("Recomputed from the scenes"), title_justify="left")
    table.add_column("table")
    for name in ("rows", "recomputed", "values", "rows differing", "figures", "figures differing"):
        table.add_column(name, justify="right")
    rows = {one.table: one for one in found.tables}
    figures = _by_table(found)
    for name in [*rows, *(name for name in figures if name not in rows)]:
        one = rows.get(name)
        compared, differing = figures.get(name, (0, 0))
        cells = (
            ("", "", "", "")
            if one is None
            else (one.stored, one.recomputed, one.values, one.differing)
        )
        is_off = differing or (one is not None and one.differing)
        shown = (name, *map(str, cells), str(compared), str(differing))
        table.add_row(*map(Text, shown), style="red" if is_off else None)
    return table


def _by_table(found: ReproductionResult) -> dict[str, tuple[int, int]]:
    """Figures compared and differing, of all files together."""
    names = sorted({name for result in found.figures for name in result.compared})
    return {
        name: (
            sum(result.compared.get(name, 0) for result in found.figures),
            sum(one.table == name for result in found.figures for one in result.differing),
        )
        for name in names
    }


def _origin_sentence(found: ReproductionResult) -> str:
    of = f"alert {found.asked.alert_id} of {found.asked.site_id}"
    what = found.asked.site_id if found.asked.alert_id is None else of
    if found.scenes_from == "source":
        return f"Reproduced {what} from the catalogue of its scenes."
    return (
        f"Reproduced {what} from the chips that were kept ({found.reason}). The rows of scenes are "
        "those of the lake: they were not made anew."
    )


def _chips_sentence(found: ReproductionResult) -> str:
    chips = found.chips
    text = f"Chips: {chips.as_recorded} files have the checksum that the lake recorded"
    if chips.missing:
        text += f"; {len(chips.missing)} were not kept and were read from the source again"
    if chips.other:
        text += f"; {len(chips.other)} are not what was recorded: {', '.join(chips.other[:KEYS])}"
    return text + "."


def _show_set_aside(console: Console, found: ReproductionResult) -> None:
    """Rows that tell only of earlier judgements."""
    for one in found.tables:
        if one.set_aside:
            _print_text(
                console,
                f"Set aside, {len(one.set_aside)} rows of {one.table}: they keep what was said of "
                "fewer or other looks, before the newest judgement.",
            )


def _show_left_out(console: Console) -> None:
    """Columns and tables that are not compared, with the reason."""
    groups: dict[str, list[str]] = {}
    for name, reason in {**LEFT_OUT, **NOT_RECOMPUTED}.items():
        groups.setdefault(reason, []).append(name)
    for reason, names in groups.items():
        _print_text(console, f"Not compared: {', '.join(names)} ({reason})", style="dim")


def _show_differences(console: Console, differences: Sequence[RowDifference]) -> None:
    """The first of them."""
    for one in differences[:SHOWN]:
        _print_text(console, difference_line(one), style="red")
    if len(differences) > SHOWN:
        _print_text(console, f"... and {len(differences) - SHOWN} more; --json FILE has them all.")


def _verdict_sentence(found: ReproductionResult) -> str:
    if found.is_equal:
        return "Equal: every row, figure and chip came out the same."
    scenes = any(one.table == "scenes" and one.differing for one in found.tables)
    hint = (
        " The source lists other scenes than it did: `--scenes chips` recomputes from those kept."
        if scenes
        else ""
    )
    differences = differences_of(found)
    sizes = [one.relative for one in differences if one.what == CHANGED]
    apart = [size for size in sizes if size is not None and size <= LAST_DIGITS]
    if apart and len(apart) >= MOSTLY * len(differences):
        hint += (
            f" {len(apart)} of the differences are in the last digits (up to {max(apart):.0e} of"
            " the value), as between other builds of the libraries or of this program."
        )
    return f"NOT equal: {_what_differs(found)}.{hint}"


def _what_differs(found: ReproductionResult) -> str:
    """How many differences there are, and chips that are not what the lake recorded."""
    differences, chips = len(differences_of(found)), len(found.chips.other)
    parts = [
        (differences, f"{differences} difference{'s' if differences > 1 else ''}"),
        (chips, f"{chips} chip file{'s' if chips > 1 else ''} not as recorded"),
    ]
    return " and ".join(text for number, text in parts if number)


def _difference_as_json(difference: RowDifference) -> Mapping[str, object]:
    return {
        "table": difference.table,
        "key": {name: as_json_value(value) for name, value in difference.key.items()},
        "what": difference.what,
        "column": difference.column,
        "stored": as_json_value(difference.stored),
        "recomputed": as_json_value(difference.recomputed),
        "relative": difference.relative,
    }


def _shortened_value(value: object) -> str:
    """A value whole, as far as a line bears it; numbers with every digit."""
    text = shown_value(repr(value) if isinstance(value, float) else value) or "NULL"
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def _print_text(console: Console, text: str, style: str | None = None) -> None:
    console.print(Text(text), style=style, soft_wrap=True)
