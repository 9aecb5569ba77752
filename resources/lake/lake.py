"""The lake that stages, checks and analysts share: reading, transactions, and what is written how.

SQL stands in this folder's modules and in questions handed to `query`; methods of sensing do not.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

import duckdb

from resources.interrupts import raise_hidden_interrupt
from resources.lake import sites
from resources.lake.connection import (
    LakeLocation,
    define_lake,
    is_defined,
    open_lake,
    remember_data_path,
)
from resources.lake.extensions import load_extensions
from resources.lake.retry import retry_while_busy
from resources.lake.row_writer import Rows
from resources.lake.rows import Row
from resources.lake.sites import StoredSite
from resources.lake.witnesses import (
    WitnessChange,
    WitnessResults,
    change_witness,
    write_results,
)
from resources.lake.writes import SiteAlertRows, write_alerts, write_months, write_site
from resources.models import Grid, Site
from resources.months import Month

__all__ = ["Lake", "LakeLocation", "Row", "Rows", "StoredSite"]

T = TypeVar("T")
R = TypeVar("R")
AUTHOR = "sitewatch"
"""Who commits, as DuckLake's snapshots show it."""


class Lake:
    """One lake, opened when first used; safe to share among threads, not across a fork.

    Readers and writers have a DuckDB of their own, kept open: opening costs 0.2 s, a question
    a few milliseconds. Every block and every question gets a cursor of its own.
    """

    def __init__(self, location: LakeLocation) -> None:
        self.location = location
        self._open: dict[bool, duckdb.DuckDBPyConnection] = {}
        self._opening = threading.Lock()

    def ensure(self) -> None:
        """Make catalogue, tables, comments, views and macros where they are missing or older.

        Cheap when nothing is; several processes may do it at once.
        """
        if self.location.is_file:
            Path(self.location.catalog).parent.mkdir(parents=True, exist_ok=True)
        if not self.location.is_bucket:
            Path(self.location.data_path).mkdir(parents=True, exist_ok=True)

        def make(connection: duckdb.DuckDBPyConnection) -> None:
            if not is_defined(connection):
                define_lake(connection)

        self.transact(make, message="definitions")
        retry_while_busy(
            lambda: remember_data_path(self._connection(read_only=False), self.location),
            doing="ensure",
        )

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection after `USE watch`, in UTC, that sees one snapshot throughout.

        Raises:
            LakeError: there is no lake yet.
        """
        cursor = self._cursor(read_only=True, doing="reading")
        try:
            with raise_hidden_interrupt():
                cursor.execute("BEGIN")
                yield cursor
        finally:
            cursor.close()

    @contextmanager
    def writing(self, *, message: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction: committed at the end, undone when the block raises; never retried.

        Args:
            message: stored with the commit, as a rule the run id.

        Raises:
            duckdb.Error: also when another process committed meanwhile: see `transact`.
        """
        cursor = self._cursor(read_only=False, doing=message)
        try:
            cursor.execute("BEGIN")
            cursor.execute("CALL watch.set_commit_message(?, ?)", [AUTHOR, message])
            yield cursor
            cursor.execute("COMMIT")
        finally:
            cursor.close()  # undoes what was not committed

    def call(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The answer to a statement that commits by itself, as upkeep does; retried."""

        def once() -> list[tuple[object, ...]]:
            cursor = self._cursor(read_only=False, doing=statement)
            try:
                return cursor.execute(statement, list(parameters)).fetchall()
            finally:
                cursor.close()

        return retry_while_busy(once, doing=statement)

    def transact(self, work: Callable[[duckdb.DuckDBPyConnection], T], *, message: str) -> T:
        """The result of work done in one transaction, done again while others get in between.

        Args:
            work: gets a connection after `USE watch`; may be called several times, each time on
                the newest snapshot. Should do its computing before: transactions are short.
            message: stored with the commit, as a rule the run id.

        Raises:
            LakeError: others were in between for two minutes.
        """

        def attempt() -> T:
            with self.writing(message=message) as connection:
                return work(connection)

        return retry_while_busy(attempt, doing=message)

    def query(
        self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()
    ) -> list[Row]:
        """The answer to one question, a dict a row; times aware UTC, geometry as WKB."""

        def ask() -> list[Row]:
            with self.reading() as connection:
                values = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
                answer = connection.execute(sql, values)
                names = _distinct_names([str(column[0]) for column in answer.description or []])
                rows = answer.fetchall()
            return [dict(zip(names, map(_in_utc, row), strict=True)) for row in rows]

        return retry_while_busy(ask, doing="query")

    def query_as(
        self,
        row_type: type[R],
        sql: str,
        parameters: Sequence[object] | Mapping[str, object] = (),
    ) -> list[R]:
        """The answer to a question of ours as typed rows: `row_type` says what its columns are."""
        del row_type  # the type checker alone needs it
        return cast("list[R]", self.query(sql, parameters))

    def add_extension(self, name: str) -> None:
        """Let questions use an extension of DuckDB, such as `spatial`; LakeError without it."""
        load_extensions(self._connection(read_only=True), [name])

    def replace_months(
        self,
        site_id: str,
        months: Sequence[Month],
        tables: Mapping[str, Rows],
        stage_months: Rows = (),
        *,
        run_id: str,
    ) -> int:
        """Make a site's months be exactly these rows, in all these tables at once.

        Args:
            site_id: the site; rows may leave it out.
            months: every month that the rows stand for, also those without any.
            tables: table name -> rows. A table that is not named is not touched.
            stage_months: rows of `site_months` (month as a date) for the stage that was worked.
            run_id: stored with the commit.

        Returns:
            Rows added, changed or taken away; 0 makes no snapshot.

        Raises:
            LakeError: rows outside the site or the months, keys there twice, unknown columns.
        """

        def work(connection: duckdb.DuckDBPyConnection) -> int:
            return write_months(connection, site_id, months, tables, stage_months)

        return self.transact(work, message=run_id)

    def replace_alerts(
        self,
        site_id: str,
        alerts: Rows,
        evidence: Rows,
        log: Rows,
        stage_row: Row | None = None,
        *,
        others: Mapping[str, Rows] | None = None,
        run_id: str,
    ) -> int:
        """Make a site's alerts and their evidence be exactly these, and append to the log.

        Rows of the log that are stored (same alert, status and known_at) stay as they were.
        `stage_row` goes to `site_months`; without a month it stands for all months. `others` are
        rows of further tables that are the site's own, such as `site_tests`, by table.

        Returns:
            Rows added, changed or taken away; 0 makes no snapshot.

        Raises:
            LakeError: evidence or log of an alert that is not the site's.
        """
        judgement = SiteAlertRows(alerts, evidence, log, stage_row, others or {})

        def work(connection: duckdb.DuckDBPyConnection) -> int:
            return write_alerts(connection, site_id, judgement, run_id=run_id)

        return self.transact(work, message=run_id)

    def replace_site(self, site_id: str, tables: Mapping[str, Rows], *, run_id: str) -> int:
        """Make all rows of a site be exactly these, in any table that has `site_id`."""
        return self.transact(
            lambda connection: write_site(connection, site_id, tables), message=run_id
        )

    def change_witness(self, site_id: str, change: WitnessChange, results: WitnessResults) -> int:
        """Add, replace or remove a series of the user's own, with what the test says of all.

        Raises:
            WitnessesChanged: another process changed the site's witnesses since these were tested.
        """
        return self.transact(
            lambda connection: change_witness(connection, site_id, change, results),
            message=f"witness {change.name} of {site_id}",
        )

    def replace_witness_results(self, site_id: str, results: WitnessResults, *, run_id: str) -> int:
        """Make what the test says of a site's witnesses be exactly this.

        Left as it is where others are stored by now: who changed them has tested them.
        """
        return self.transact(
            lambda connection: write_results(connection, site_id, results), message=run_id
        )

    def put_site(self, site: Site, grid: Grid, source: str | None = None) -> int:
        """Add a site or bring it up to date: see `lake.sites.put_site`."""
        return self.transact(
            lambda connection: sites.put_site(connection, site, grid, source),
            message=f"site {site.site_id}",
        )

    def retire_sites(self, site_ids: Sequence[str]) -> int:
        """Mark sites as no longer watched; counts those that were."""
        return self.transact(
            lambda connection: sites.retire_sites(connection, site_ids),
            message=f"retire {', '.join(site_ids)}",
        )

    def sites(self) -> list[StoredSite]:
        """Every site that was ever on the list, by id, with its zones in use."""

        def ask() -> list[StoredSite]:
            with self.reading() as connection:
                return sites.stored_sites(connection)

        return retry_while_busy(ask, doing="sites")

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        with self._opening:
            while self._open:
                self._open.popitem()[1].close()

    def _connection(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        """The DuckDB for reading or for writing, opened at first use."""
        with self._opening:
            if read_only not in self._open:
                self._open[read_only] = open_lake(self.location, read_only=read_only)
            return self._open[read_only]

    def _cursor(self, *, read_only: bool, doing: str) -> duckdb.DuckDBPyConnection:
        """A new cursor after `USE watch`; opening is tried again while others are at it."""

        def new() -> duckdb.DuckDBPyConnection:
            cursor = self._connection(read_only=read_only).cursor()
            cursor.execute("USE watch")
            return cursor

        return retry_while_busy(new, doing=doing)


def _in_utc(value: object) -> object:
    """Times with Python's own UTC, other values as they are."""
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo else value


def _distinct_names(names: Sequence[str]) -> list[str]:
    """Column names of an answer, those that come twice numbered, so that no column is lost."""
    return [
        name if names.index(name) == place else f"{name}_{place + 1}"
        for place, name in enumerate(names)
    ]
