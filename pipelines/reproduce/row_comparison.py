"""Stored rows beside recomputed ones: which are equal, which differ and where.

Pure: rows in, differences out. Where rows come from, and what is printed, is others' work.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from resources.lake.rows import Row
from resources.lake.schema.table import BOOKKEEPING, LIST_TIMES, LakeTable
from resources.lake.schema.tables import (
    ACTIVITY,
    ALERT_EVIDENCE,
    ALERT_LOG,
    ALERTS,
    ASSESSMENTS,
    CLOUD_MASKS,
    DETECTABILITY,
    LEVELS,
    REGISTRATIONS,
    SCENES,
    SITE_MONTHS,
    SITE_TESTS,
)
from resources.lake.schema.witness_tables import OF_WITNESSES

COMPARED: Final[tuple[LakeTable, ...]] = (
    SCENES, CLOUD_MASKS, REGISTRATIONS, LEVELS, ACTIVITY, SITE_MONTHS, DETECTABILITY, SITE_TESTS,
    ASSESSMENTS, ALERTS, ALERT_EVIDENCE, ALERT_LOG,
)  # fmt: skip
"""Tables whose rows come of the scenes alone, in the order in which they are made."""

LEFT_OUT: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        sorted(BOOKKEEPING), "tells when, by which run or from where a row was written"
    ),
    **dict.fromkeys(
        (*sorted(LIST_TIMES), "zone_version"),
        "tells when the watch list was read, and how often it was edited",
    ),
    "bytes_read": "tells what reading took, which differs from source to archive",
    "inputs_hash": "hash of rows that are compared themselves, with bytes_read among them",
}
"""Columns that may differ between two runs over the same scenes, each with the reason."""

NOT_RECOMPUTED: Final[Mapping[str, str]] = {
    "passes": "depends on the day on which the catalogue was asked",
    "refusals": "depends on what the catalogue listed and could deliver on that day",
    "outbox": "holds messages, which do not come of the scenes",
    "receivers": "tells who was configured to get them",
    **{table.name: "comes of a file of the user's own" for table in OF_WITNESSES},
}
"""Tables that a run today may give otherwise, each with the reason."""

MISSING: Final = "not in the lake"
SURPLUS: Final = "not among what was recomputed"
CHANGED: Final = "another value"
REPEATED: Final = "there more than once"

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One disagreement.

    Attributes:
        table: its name.
        key: key columns and their values.
        what: MISSING, SURPLUS, REPEATED or CHANGED.
        column: whose value is another one; None where a whole row is missing or too many.
        stored: what the lake holds.
        recomputed: what came of the scenes now.
    """

    table: str
    key: Mapping[str, object]
    what: str
    column: str | None = None
    stored: object = None
    recomputed: object = None

    @property
    def relative(self) -> float | None:
        """Distance of two numbers beside the larger one; None where that is no finite number."""
        pair = (self.stored, self.recomputed)
        if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in pair):
            return None
        stored, recomputed = (float(str(one)) for one in pair)
        largest = max(abs(stored), abs(recomputed))
        relative = abs(stored - recomputed) / largest if largest else 0.0
        return relative if math.isfinite(relative) else None


@dataclass(frozen=True, slots=True)
class TableResult:
    """What the comparison of a table came to.

    Attributes:
        table: its name.
        stored: rows of the lake.
        recomputed: rows that came of the scenes.
        values: values that were compared in rows of both.
        differing: rows that are missing, too many or repeated, or have another value.
        differences: each of them; a row may have several.
        set_aside: stored rows that no run today could give again, see `AsideRule`.
    """

    table: str
    stored: int
    recomputed: int
    values: int
    differing: int
    differences: tuple[RowDifference, ...]
    set_aside: tuple[Row, ...] = field(default=())


AsideRule = Callable[[str, Row], bool]
"""Whether a stored row, by table, that was not recomputed tells only of what was said earlier."""


def compare_rows(
    table: LakeTable,
    stored: Sequence[Row],
    recomputed: Sequence[Row],
    is_aside: AsideRule = lambda _table, _row: False,
) -> TableResult:
    """Rows of one table, held against each other by key; every value must be the very same.

    Numbers are compared without any tolerance: the stages are deterministic, so that a
    difference in the last digit is one in the scenes, the method, or the builds of libraries.

    Args:
        table: of which both are.
        stored: rows as the lake has them, column -> value.
        recomputed: rows of the same columns.
        is_aside: which stored rows may be without a recomputed one.
    """
    ours, theirs = _by_key(table, stored), _by_key(table, recomputed)
    names = [name for name in table.column_names if name not in LEFT_OUT]
    lost = [row for key, row in ours.items() if key not in theirs]
    aside = tuple(row for row in lost if is_aside(table.name, row))
    surplus = [row for row in lost if not is_aside(table.name, row)]
    missing = [row for key, row in theirs.items() if key not in ours]
    both = [(row, theirs[key]) for key, row in ours.items() if key in theirs]
    changed = [found for pair in both if (found := _changed_values(table, names, *pair))]
    repeated = [*_repeated_keys(table, stored), *_repeated_keys(table, recomputed)]
    return TableResult(
        table=table.name,
        stored=len(stored),
        recomputed=len(recomputed),
        values=len(both) * len(names),
        differing=len(changed) + len(surplus) + len(missing) + len(repeated),
        differences=(
            *(one for found in changed for one in found),
            *(RowDifference(table.name, _key_values(table, row), SURPLUS) for row in surplus),
            *(RowDifference(table.name, _key_values(table, row), MISSING) for row in missing),
            *(RowDifference(table.name, key, REPEATED) for key in repeated),
        ),
        set_aside=aside,
    )


def is_same_value(stored: object, recomputed: object) -> bool:
    """Whether two values are one: NULL is NULL, NaN is NaN, lists part by part."""
    if isinstance(stored, float) and isinstance(recomputed, float):
        return stored == recomputed or (math.isnan(stored) and math.isnan(recomputed))
    if isinstance(stored, list | tuple) and isinstance(recomputed, list | tuple):
        return len(stored) == len(recomputed) and all(map(is_same_value, stored, recomputed))
    if isinstance(stored, bool) != isinstance(recomputed, bool):
        return False
    return stored == recomputed


def earlier_judgement_rule(log: Sequence[Row], *, withdrawn: Iterable[object]) -> AsideRule:
    """Which rows tell of earlier judgements, made from fewer looks than there are now.

    The lake keeps what was once said: alerts that later looks took back, and a log that is only
    appended to. Of the log, these are rows known from the very moment they were written (an alert
    taken back when the site was judged again), and rows of runs before the newest that wrote.

    Args:
        log: stored rows of `alert_log` of the whole site.
        withdrawn: ids of alerts that the lake has as withdrawn.
    """
    newest = max(log, key=lambda row: row["recorded_at"], default=None)
    taken_back = set(withdrawn)

    def is_aside(table: str, row: Row) -> bool:
        if table == ALERT_LOG.name:
            is_of_now = row["known_at"] == row["recorded_at"]
            return is_of_now or newest is None or row["run_id"] != newest["run_id"]
        return table in (ALERTS.name, ALERT_EVIDENCE.name) and row["alert_id"] in taken_back

    return is_aside


def _by_key(table: LakeTable, rows: Sequence[Row]) -> dict[Key, Row]:
    """Rows by the values of the table's key."""
    return {tuple(row[name] for name in table.key): row for row in rows}


def _key_values(table: LakeTable, row: Row) -> dict[str, object]:
    return {name: row[name] for name in table.key}


def _repeated_keys(table: LakeTable, rows: Sequence[Row]) -> list[dict[str, object]]:
    """Keys of rows beyond the first of their key."""
    times = Counter(tuple(row[name] for name in table.key) for row in rows)
    return [
        dict(zip(table.key, key, strict=True)) for key, n in times.items() for _ in range(n - 1)
    ]


def _changed_values(
    table: LakeTable, names: Sequence[str], stored: Row, recomputed: Row
) -> list[RowDifference]:
    """Columns in which two rows of one key differ."""
    return [
        RowDifference(
            table.name,
            _key_values(table, stored),
            CHANGED,
            name,
            stored.get(name),
            recomputed.get(name),
        )
        for name in names
        if not is_same_value(stored.get(name), recomputed.get(name))
    ]


def as_json_value(value: object) -> object:
    """A value as JSON can hold it: times in ISO 8601, bytes as hexadecimal, NaN as text."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [as_json_value(part) for part in value]
    if isinstance(value, Mapping):
        return {str(name): as_json_value(part) for name, part in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
