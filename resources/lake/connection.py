"""Opening the lake in DuckDB: where it is, how it is attached, and making what is in it.

Only connections and definitions; reading and writing rows are in `lake` and `row_writer`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from resources.errors import LakeError
from resources.interrupts import raise_hidden_interrupt
from resources.lake.extensions import connect_with
from resources.lake.schema.quoting import escaped_sql_text
from resources.lake.schema.table import LakeTable
from resources.lake.schema.tables import TABLES
from resources.lake.schema.views import MACROS, VIEWS, LakeView, TableMacro

INLINED_ROWS = 1_000
"""Inserts up to so many rows stay in the catalogue until upkeep: a site-month has hundreds."""
BUSY_TIMEOUT_MS = 10_000
"""How long SQLite itself waits for a writer, milliseconds."""
SERVER_SCHEMES = ("postgres:",)
DEFINITION = "lake_definition"
"""Macro that tells which definitions the lake was made with."""


@dataclass(frozen=True, slots=True)
class LakeLocation:
    """Where a lake is.

    Attributes:
        catalog: path of a SQLite file, or `postgres:dbname=... host=...`.
        data_path: folder of the Parquet files, or `s3://bucket/prefix/`.
        s3_options: DuckDB's S3 secret as (option, value): KEY_ID, SECRET, REGION, ENDPOINT,
            URL_STYLE, USE_SSL; for `s3://` only.
    """

    catalog: str
    data_path: str
    s3_options: tuple[tuple[str, str], ...] = ()

    @property
    def is_file(self) -> bool:
        """Whether the catalogue is a SQLite file."""
        return not self.catalog.startswith(SERVER_SCHEMES)

    @property
    def is_bucket(self) -> bool:
        """Whether the Parquet files are in object storage."""
        return "://" in self.data_path

    @property
    def absolute_data_path(self) -> str:
        """With a slash at the end; absolute, so that it means the same from any folder."""
        if self.is_bucket:
            return self.data_path.rstrip("/") + "/"
        return str(Path(self.data_path).resolve()) + "/"

    @property
    def extensions(self) -> tuple[str, ...]:
        """Extensions that are needed to open it."""
        scanner = "sqlite_scanner" if self.is_file else "postgres_scanner"
        return (scanner, "ducklake", *(("httpfs",) if self.is_bucket else ()))

    def attach_sql(self, *, read_only: bool) -> str:
        """The ATTACH statement; the data path given here wins, so that a folder may be moved."""
        catalog = f"sqlite:{Path(self.catalog).resolve()}" if self.is_file else self.catalog
        options = [
            f"DATA_PATH '{escaped_sql_text(self.absolute_data_path)}'",
            "OVERRIDE_DATA_PATH true",
            f"DATA_INLINING_ROW_LIMIT {INLINED_ROWS}",
        ]
        if self.is_file:
            options.append(f"META_BUSY_TIMEOUT {BUSY_TIMEOUT_MS}")
            options += [] if read_only else ["META_JOURNAL_MODE 'WAL'"]
        options += ["READ_ONLY"] if read_only else []
        return f"ATTACH 'ducklake:{escaped_sql_text(catalog)}' AS watch ({', '.join(options)})"


def open_lake(location: LakeLocation, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A new DuckDB with the lake attached as `watch`, time zone UTC.

    DuckLake's own retry is off: it would let two writers that both saw no rows both insert
    theirs. Whoever commits second fails, and does the whole of its work again (`lake.retry`).

    Raises:
        LakeError: read-only and the catalogue is not there, or an extension is missing.
        duckdb.Error: the catalogue is busy or cannot be opened.
    """
    if read_only and location.is_file and not Path(location.catalog).is_file():
        raise LakeError(
            f"There is no lake yet: expected its catalogue at {location.catalog}; run a watch "
            f"first, or set the data folder that has one"
        )
    connection = connect_with(location.extensions)
    try:
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        connection.execute("SET GLOBAL ducklake_max_retry_count = 0")
        if location.s3_options:
            options = ", ".join(
                f"{key} '{escaped_sql_text(value)}'" for key, value in location.s3_options
            )
            connection.execute(f"CREATE SECRET watch_files (TYPE s3, {options})")
        connection.execute(location.attach_sql(read_only=read_only))
    except BaseException:
        connection.close()
        raise
    return connection


def is_defined(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the attached lake has exactly the tables, comments, views and macros of this code."""
    try:
        with raise_hidden_interrupt():
            found = connection.execute(f"SELECT {DEFINITION}()").fetchone()
    except duckdb.CatalogException:
        return False
    return found is not None and found[0] == definition_hash()


def define_lake(connection: duckdb.DuckDBPyConnection) -> None:
    """Make tables, columns, comments, views and macros that are missing or of older code."""
    for statement in _definition_statements():
        connection.execute(statement)
    connection.execute(f"CREATE OR REPLACE MACRO {DEFINITION}() AS '{definition_hash()}'")


def remember_data_path(connection: duckdb.DuckDBPyConnection, location: LakeLocation) -> None:
    """Let the catalogue say where its files are now, so that analysts need not say it."""
    path = location.absolute_data_path
    metadata = "__ducklake_metadata_watch.ducklake_metadata"
    stored = connection.execute(f"SELECT value FROM {metadata} WHERE key = 'data_path'").fetchone()
    if stored is not None and stored[0] != path:
        connection.execute(f"UPDATE {metadata} SET value = ? WHERE key = 'data_path'", [path])


def definition_hash() -> str:
    """Fingerprint of all that `define` makes."""
    return hashlib.sha256("\n".join(_definition_statements()).encode()).hexdigest()[:16]


def _definition_statements() -> list[str]:
    """All SQL of the definitions, tables first."""
    definitions: tuple[LakeTable | LakeView | TableMacro, ...] = (*TABLES.values(), *VIEWS, *MACROS)
    return [statement for thing in definitions for statement in thing.statements()]
