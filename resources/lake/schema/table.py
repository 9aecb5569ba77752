"""What a table of the lake is: columns with types and units, key, layout, and SQL to make it.

The tables themselves are listed in `tables`; rows are written in `row_writer`.
"""

from __future__ import annotations

from dataclasses import dataclass

from resources.lake.schema.quoting import escaped_sql_text

BOOKKEEPING = frozenset({"recorded_at", "run_id", "snapshot_id", "fetched_at"})
"""Columns that tell of the writing, not of the world: left aside when rows are compared."""
LIST_TIMES = frozenset({"added_at", "retired_at", "valid_from", "valid_to"})
"""When the watch list was read: kept of sites and zones, and other in every lake."""
SEEN_TIMES = frozenset({"sensed_at", "datatake_at"})
"""Moments of the satellite; every other TIMESTAMPTZ tells of lists, messages or writing."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: lower-case name, DuckDB type, and what it holds in which unit."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table of the lake.

    `key` is ours to keep unique; `month_column` tells which month a row belongs to (None: none);
    `sorted_by` is the order inside files, and with `is_by_year` files are cut by year(sensed_at).
    """

    name: str
    key: tuple[str, ...]
    comment: str
    columns: tuple[TableColumn, ...]
    month_column: str | None = None
    sorted_by: tuple[str, ...] = ()
    is_by_year: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the order of the table."""
        return tuple(column.name for column in self.columns)

    @property
    def compared_names(self) -> tuple[str, ...]:
        """Names of the columns that decide whether two rows are the same."""
        return tuple(name for name in self.column_names if name not in BOOKKEEPING)

    def statements(self) -> list[str]:
        """SQL that makes the table, its layout and its comments; harmless if it is there."""
        definitions = ", ".join(self._definition(column) for column in self.columns)
        made = [f"CREATE TABLE IF NOT EXISTS {self.name} ({definitions})"]
        made += [
            f"ALTER TABLE {self.name} ADD COLUMN IF NOT EXISTS {column.name} {column.type}"
            for column in self.columns
        ]
        if self.is_by_year:
            made.append(f"ALTER TABLE {self.name} SET PARTITIONED BY (year(sensed_at))")
        if self.sorted_by:
            made.append(f"ALTER TABLE {self.name} SET SORTED BY ({', '.join(self.sorted_by)})")
        made.append(f"COMMENT ON TABLE {self.name} IS '{escaped_sql_text(self.comment)}'")
        made += [
            f"COMMENT ON COLUMN {self.name}.{column.name} IS '{escaped_sql_text(column.comment)}'"
            for column in self.columns
        ]
        return made

    def _definition(self, column: TableColumn) -> str:
        """Name and type as CREATE TABLE wants them; key columns are never NULL."""
        must = " NOT NULL" if column.name in self.key else ""
        return f"{column.name} {column.type}{must}"


def columns_of(text: str) -> tuple[TableColumn, ...]:
    """Columns from lines `name TYPE: what it holds; unit`."""
    lines = (line.strip() for line in text.strip().splitlines())
    columns = []
    for line in lines:
        head, comment = line.split(": ", 1)
        name, type_ = head.split()
        columns.append(TableColumn(name, type_, comment))
    return tuple(columns)


def description_and_unit(comment: str) -> tuple[str, str]:
    """The two parts of a column's comment; no unit where it has but one."""
    description, *unit = comment.rsplit("; ", 1)
    return description, unit[0] if unit else "no unit"
