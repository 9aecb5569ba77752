"""Files of witnesses: a CSV of the user's own dated counts becomes looks, or one clear error.

The whole of a file is checked before anything is done with it. What a row may say is in
`witness_csv.rows`; what becomes of looks in the lake is `witnesses`' work.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from resources.errors import WitnessError
from resources.watchlist.messages import FieldProblem, described_value
from resources.witness_csv.rows import (
    CELL,
    CELLS,
    CELLS_VALID,
    DATE,
    ERROR,
    SHARE_SEEN,
    VALUE,
    CountedDay,
    Fields,
    looks_by_cell,
    looks_by_day,
)

MAX_MB: Final = 10  # megabytes of a file; a larger one is refused before it fills the memory
MAX_ROWS: Final = 100_000  # rows of a file: 270 years of days, or a year of 270 cells
COUNT: Final = "count"
"""Column that stands for `value` where that is missing."""
SHOWN: Final = 300  # characters of a file's columns that an error names


@dataclass(frozen=True, slots=True)
class WitnessFile:
    """What a file says.

    Attributes:
        looks: by day, ascending, each day once.
        sha256: of the file's bytes, hexadecimal.
        ignored: columns that were not read.
    """

    looks: tuple[CountedDay, ...]
    sha256: str
    ignored: tuple[str, ...]


def read_witness(path: Path, *, today: dt.date) -> WitnessFile:
    """Read a CSV with the columns `date` and `value`, and any of the others of `witness_csv.rows`.

    Where there is no `value`, `count` stands for it. With a column `cell` there is a row a day
    and cell, and only these three are read; otherwise a row a day.

    Args:
        path: the file.
        today: present day, UTC; a value may be of the next one at most.

    Raises:
        WitnessError: names file, row, field, what was expected, what was found, and the remedy.
    """
    content = _file_bytes(path)
    try:
        text = content.decode("utf-8-sig")
        table = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip().lower() for name in next(table, [])]
        used = _used_columns(names)
        read = looks_by_cell if CELL in used else looks_by_day
        looks = read(_numbered_rows(table, used, len(names)), today)
    except UnicodeDecodeError as cause:
        raise WitnessError(
            f"{path.name}: expected UTF-8, found other bytes at {cause.start}; save it as UTF-8."
        ) from cause
    except csv.Error as cause:
        raise WitnessError(
            f"{path.name}: line {table.line_num} is no CSV ({cause}); mend it or export it anew."
        ) from cause
    except FieldProblem as problem:
        raise WitnessError(f"{path.name}: {problem}") from problem
    ignored = [name for place, name in enumerate(names) if place not in used.values()]
    return WitnessFile(looks, hashlib.sha256(content).hexdigest(), tuple(ignored))


def _file_bytes(path: Path) -> bytes:
    """The bytes of a file, if they are not too many."""
    if not path.is_file():
        raise WitnessError(f"{path}: no such file; name a CSV file.")
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_MB * 1_000_000 + 1)
    except OSError as cause:
        raise WitnessError(
            f"{path.name}: cannot be read ({cause.strerror}); mend its permissions or name another."
        ) from cause
    if len(content) > MAX_MB * 1_000_000:
        raise WitnessError(
            f"{path.name}: expected at most {MAX_MB} MB, found more; leave out columns or years."
        )
    return content


def _used_columns(names: Sequence[str]) -> dict[str, int]:
    """Place of each column that is read, by what it holds."""
    value = VALUE if VALUE in names else COUNT
    missing = [one for one in (DATE, value) if one not in names]
    if missing:
        wanted = " and ".join(VALUE if one == COUNT else one for one in missing)
        found = ", ".join(names)[:SHOWN] or "nothing"
        raise FieldProblem(
            f"row 1: expected the columns {DATE} and {VALUE}, found {found!r}; name a column "
            f"{wanted} in the first row."
        )
    others = (CELL,) if CELL in names else (CELLS, CELLS_VALID, SHARE_SEEN, ERROR)
    fields = {DATE: DATE, VALUE: value} | {one: one for one in others if one in names}
    twice = [name for name in fields.values() if names.count(name) > 1]
    if twice:
        raise FieldProblem(f"row 1, {twice[0]}: expected one such column, found more; rename one.")
    return {field: names.index(name) for field, name in fields.items()}


def _numbered_rows(
    table: Iterator[list[str]], used: Mapping[str, int], width: int
) -> Iterator[tuple[int, Fields]]:
    """Number and fields of each row that is not blank; the header is row 1."""
    for number, row in enumerate(table, start=2):
        if number > MAX_ROWS + 1:
            raise FieldProblem(
                f"expected at most {MAX_ROWS:,} rows, found more; leave out years or cells."
            )
        if not row:
            continue
        if len(row) != width:
            raise FieldProblem(
                f"row {number}: expected {width} fields as in row 1, found {len(row)}"
                f" ({described_value(','.join(row))}); mend its commas or quotes."
            )
        yield number, {field: row[place].strip() for field, place in used.items()}
