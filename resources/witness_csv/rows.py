"""Rows of a witness's file: what each field may hold, and looks from rows.

Text in, looks out; opening the file, its size and its columns are `witness_csv.file`' work.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from resources.watchlist.messages import FieldProblem, described_value

DATE: Final = "date"
VALUE: Final = "value"
CELL: Final = "cell"
CELLS: Final = "cells"
CELLS_VALID: Final = "n_valid_cells"
SHARE_SEEN: Final = "share_seen"
ERROR: Final = "error"

FIRST_DAY: Final = dt.date(1900, 1, 1)  # day; older ones are slips of the pen
MAX_VALUE: Final = 10**9  # things a day; more are no counts
MAX_CELLS: Final = 1_000_000  # days times cells of a witness; the test holds them all at once
UNSEEN: Final = "."
BASE: Final = 36  # of the digit that tells a cell's count

NumberedFields = tuple[int, Mapping[str, str]]
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of a witness.

    Attributes:
        counted_on: the day, UTC.
        value: things counted, a whole number.
        cells: the same in each cell, None where one was not seen; None if not told by cell.
        cells_valid: cells that were seen; None if not told.
        share_seen: part of the ground that was seen, 0 to 1; None if not told.
        error: standard error of the value, in things; None if not told.
    """

    counted_on: dt.date
    value: float
    cells: tuple[float | None, ...] | None = None
    cells_valid: int | None = None
    share_seen: float | None = None
    error: float | None = None


def looks_by_day(rows: Iterable[NumberedFields], today: dt.date) -> tuple[CountedDay, ...]:
    """Looks from a row a day, in the order of days.

    Raises:
        FieldProblem: names row, field, what was expected, what was found, and the remedy.
    """
    found: dict[dt.date, tuple[int, CountedDay]] = {}
    width = 0
    for number, fields in rows:
        look = _parse_look(number, fields, today)
        if look.counted_on in found:
            raise _repeated_row_problem(number, found[look.counted_on][0], f"{look.counted_on}")
        width = width or len(look.cells or ())
        if look.cells is not None and len(look.cells) != width:
            raise _field_problem(
                number, CELLS, f"{width} signs as in the first row", len(look.cells), "mend it"
            )
        found[look.counted_on] = number, look
    _check_number(len(found), width)
    return tuple(found[day][1] for day in sorted(found))


def looks_by_cell(rows: Iterable[NumberedFields], today: dt.date) -> tuple[CountedDay, ...]:
    """Looks from a row a day and cell, in the order of days; cells without a row were not seen.

    Raises:
        FieldProblem: as `looks_by_day`.
    """
    found: dict[tuple[dt.date, str], tuple[int, float]] = {}
    for number, fields in rows:
        name = fields[CELL]
        if not name:
            raise _field_problem(
                number, CELL, "the name of a cell", name, "name it, or drop the column"
            )
        key = _parse_day(number, fields[DATE], today), name
        if key in found:
            raise _repeated_row_problem(
                number, found[key][0], f"{key[0]}, cell {described_value(name)}"
            )
        found[key] = number, _parse_count(number, VALUE, fields[VALUE])
    days, names = sorted({day for day, _ in found}), sorted({name for _, name in found})
    _check_number(len(days), len(names))
    looks = []
    for day in days:
        told = [found.get((day, name)) for name in names]
        cells = tuple(None if one is None else one[1] for one in told)
        looks.append(_look_from_cells(day, cells))
    return tuple(looks)


def _look_from_cells(
    day: dt.date, cells: tuple[float | None, ...], error: float | None = None
) -> CountedDay:
    """A look of which each cell is known."""
    seen = [one for one in cells if one is not None]
    return CountedDay(day, sum(seen), cells, len(seen), len(seen) / len(cells), error)


def _parse_look(number: int, fields: Fields, today: dt.date) -> CountedDay:
    """The look of one row."""
    day, value = _parse_day(number, fields[DATE], today), _parse_count(number, VALUE, fields[VALUE])
    valid = _optional_number(number, CELLS_VALID, fields)
    share = _optional_number(number, SHARE_SEEN, fields)
    error = _optional_number(number, ERROR, fields) if fields.get(ERROR) else None
    if share is not None and share > 1:
        raise _field_problem(
            number, SHARE_SEEN, "a part of 0 to 1", fields[SHARE_SEEN], "divide by 100"
        )
    if CELLS in fields:
        look = _look_from_cells(day, _parse_cells(number, fields[CELLS]), error)
        _check_agreement(number, VALUE, value, look.value)
        _check_agreement(number, CELLS_VALID, valid, look.cells_valid)
        return look
    if value and 0 in (valid, share):
        raise _field_problem(
            number, VALUE, "0 where nothing was seen", fields[VALUE], "mend one of them"
        )
    return CountedDay(day, value, None, None if valid is None else int(valid), share, error)


def _optional_number(number: int, field: str, fields: Fields) -> float | None:
    """A number of a column that need not be there; a whole one where cells are counted."""
    if field not in fields:
        return None
    if field == CELLS_VALID:
        return _parse_count(number, field, fields[field])
    return _parse_number(number, field, fields[field])


def _check_agreement(number: int, field: str, told: float | None, by_cells: float | None) -> None:
    """Refuse a row whose numbers contradict its cells."""
    if told is not None and told != by_cells:
        raise _field_problem(
            number, field, f"{by_cells:g} as `cells` add up to", f"{told:g}", "mend one"
        )


def _parse_day(number: int, text: str, today: dt.date) -> dt.date:
    """A day from ISO 8601."""
    expected = "a day such as 2020-03-15"
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise _field_problem(number, DATE, expected, text, "write year-month-day") from None
    if not FIRST_DAY <= day <= today + dt.timedelta(days=1):
        raise _field_problem(number, DATE, f"{FIRST_DAY} to {today}", text, "mend the day")
    return day


def _parse_count(number: int, field: str, text: str) -> float:
    """A whole number, 0 or more."""
    count = _parse_number(number, field, text)
    if count != int(count):
        raise _field_problem(
            number, field, "a whole number, since counts are tested", text, "round it, or give sums"
        )
    return count


def _parse_number(number: int, field: str, text: str) -> float:
    """A number of 0 or more, not too large."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= MAX_VALUE:
        remedy = "mend it, or leave the row out if nothing was counted"
        raise _field_problem(number, field, f"a number from 0 to {MAX_VALUE:,}", text, remedy)
    return found


def _parse_cells(number: int, text: str) -> tuple[float | None, ...]:
    """Cells from a sign each: `.` for unseen, else a digit of base 36."""
    try:
        cells = tuple(None if sign == UNSEEN else float(int(sign, BASE)) for sign in text)
    except ValueError:
        cells = ()
    if not cells:
        expected = "a sign a cell: '.' for unseen, 0 to 9, or a to z for 10 to 35"
        raise _field_problem(
            number, CELLS, expected, text, "mend it, or give a row a cell (`cell`)"
        )
    return cells


def _check_number(days: int, cells: int) -> None:
    """Refuse a file without rows, or with more than the test can hold."""
    if not days:
        raise FieldProblem("expected rows below the first, found none; add them.")
    if days * cells > MAX_CELLS:
        raise FieldProblem(
            f"expected at most {MAX_CELLS:,} days times cells, found {days:,} days of {cells:,} "
            "cells; leave out years, or add cells up."
        )


def _repeated_row_problem(number: int, before: int, what: str) -> FieldProblem:
    """What is said of a second row of a day, or of a day and cell."""
    return FieldProblem(
        f"row {number}, {DATE}: expected one row of {what}, found another in row {before}; add "
        "them up or drop one."
    )


def _field_problem(
    number: int, field: str, expected: str, found: object, remedy: str
) -> FieldProblem:
    """What is said of a field."""
    return FieldProblem(
        f"row {number}, {field}: expected {expected}, found {_shown_value(found)}; {remedy}."
    )


def _shown_value(found: object) -> str:
    """What was found, as an error shows it."""
    return "nothing" if found == "" else described_value(found)
