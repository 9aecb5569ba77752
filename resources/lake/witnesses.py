"""Witnesses on their way into the lake: a series with what the test says of all of its site.

Works inside a transaction that someone else opened; files are read in `witness_csv.file`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from resources.errors import LakeError
from resources.lake.row_writer import Rows, RowScope, apply_rows, scope_of_site, with_defaults
from resources.lake.schema.tables import WITNESS_ALARMS, WITNESS_TESTS, WITNESS_VALUES, WITNESSES

Judged = frozenset[tuple[str, dt.datetime]]
"""Which series were tested together: name and `added_at` of each."""


class WitnessesChanged(LakeError):
    """Another process added or removed a witness of the site meanwhile; test them again."""


@dataclass(frozen=True, slots=True)
class WitnessResults:
    """Rows of `witness_tests` and `witness_alarms` of all witnesses of a site, tested together."""

    judged: Judged
    tests: Rows
    alarms: Rows


@dataclass(frozen=True, slots=True)
class WitnessChange:
    """One witness as it should be: its row and values, without either if it is to go."""

    name: str
    rows: Rows
    values: Rows


def change_witness(
    connection: duckdb.DuckDBPyConnection,
    site_id: str,
    change: WitnessChange,
    results: WitnessResults,
) -> int:
    """Make one witness be exactly this, and the results those of all; counts rows changed.

    Raises:
        WitnessesChanged: the results are not of the witnesses that the site has then.
    """
    scope = scope_of_site(site_id) & RowScope("name = ?", (change.name,))
    mine = {"site_id": site_id, "name": change.name}
    count = apply_rows(connection, WITNESSES, scope, with_defaults(change.rows, **mine))
    count += apply_rows(connection, WITNESS_VALUES, scope, with_defaults(change.values, **mine))
    if not _is_of_all(connection, site_id, results):
        raise WitnessesChanged(f"The witnesses of {site_id} were changed meanwhile; try again.")
    return count + write_results(connection, site_id, results)


def write_results(
    connection: duckdb.DuckDBPyConnection, site_id: str, results: WitnessResults
) -> int:
    """Make the results of a site be exactly these; counts rows added, changed or taken away.

    Results of other witnesses than those that the site has are left aside.
    """
    if not _is_of_all(connection, site_id, results):
        return 0
    scope = scope_of_site(site_id)
    tables = ((WITNESS_TESTS, results.tests), (WITNESS_ALARMS, results.alarms))
    return sum(
        apply_rows(connection, table, scope, with_defaults(rows, site_id=site_id))
        for table, rows in tables
    )


def _is_of_all(
    connection: duckdb.DuckDBPyConnection, site_id: str, results: WitnessResults
) -> bool:
    """Whether results are of exactly the witnesses that a site has."""
    found = connection.execute(
        "SELECT name, added_at FROM witnesses WHERE site_id = ?", [site_id]
    ).fetchall()
    return {(name, added_at.astimezone(dt.UTC)) for name, added_at in found} == results.judged
