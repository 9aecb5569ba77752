"""What the web UI shows of an asset: tables, columns with units and their lineage, owners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import dagster as dg

from resources.lake.schema.table import LakeTable
from resources.lake.schema.tables import table_named

OWNERS: Final = ["team:sitewatch"]
FRESH: Final = dg.FreshnessPolicy.time_window(
    fail_window=dt.timedelta(hours=72), warn_window=dt.timedelta(hours=26)
)
"""Of what the schedule `daily_watch` makes: a day late is a warning, three are a failure."""
OWN: Final = frozenset({"method", "method_version"})
"""Columns that each stage fills by itself: no lineage, though other stages use the same names."""


def table_metadata(table: str, *others: str, of: Sequence[str] = ()) -> dict[str, Any]:
    """Metadata for the definition of an asset.

    Args:
        table: the one that it is known by.
        others: further tables that it writes.
        of: assets that it is made of, each known by the table of its name: columns of the same
            name come from there.

    Returns:
        Name of the table, its columns with types and units, those of the others, and lineage.
    """
    first = table_named(table)
    found: dict[str, Any] = {
        "dagster/table_name": table,
        "dagster/column_schema": _column_schema(first),
        **{f"columns of {name}": _column_schema(table_named(name)) for name in others},
    }
    if of:
        found["dagster/column_lineage"] = _column_lineage(first, [table_named(name) for name in of])
    return found


def _column_schema(table: LakeTable) -> dg.TableSchema:
    """Columns of a table, keys marked, each with its meaning and unit."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=column.comment,
                constraints=dg.TableColumnConstraints(nullable=column.name not in table.key),
                tags={"key": ""} if column.name in table.key else None,
            )
            for column in table.columns
        ]
    )


def _column_lineage(table: LakeTable, sources: Sequence[LakeTable]) -> dg.TableColumnLineage:
    """Columns that come from those of the same name upstream."""
    shared = {
        name: [
            dg.TableColumnDep(asset_key=dg.AssetKey(source.name), column_name=name)
            for source in sources
            if name in source.column_names
        ]
        for name in table.column_names
        if name not in OWN
    }
    return dg.TableColumnLineage(
        deps_by_column={name: deps for name, deps in shared.items() if deps}
    )
