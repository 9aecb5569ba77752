"""DuckDB's extensions, loaded from wheels of the same version as duckdb.

Only finding and loading them belongs here; what is done with them stands in `lake_*`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

import duckdb

from resources.errors import LakeError
from resources.interrupts import raise_hidden_interrupt
from resources.lake.schema.quoting import escaped_sql_text


def connect_with(names: Iterable[str]) -> duckdb.DuckDBPyConnection:
    """A new DuckDB in memory with extensions loaded; it installs none by itself.

    DuckDB hashes a file of 35 MB for its signature whenever it loads one, which takes longer than
    opening a lake. A wheel's file is as trusted as the Python beside it, which pip has checked, so
    its signature is not: right after, DuckDB is told for good to load nothing without one.

    Args:
        names: as `load_extensions` takes them.

    Raises:
        LakeError: an extension is nowhere to be had; says which wheel is missing.
    """
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "allow_unsigned_extensions": True}
    )
    try:
        wanted = list(names)
        load_extensions(connection, [one for one in wanted if extension_in_wheel(one)])
        connection.execute("SET GLOBAL allow_unsigned_extensions = false")
        load_extensions(connection, [one for one in wanted if not extension_in_wheel(one)])
    except BaseException:
        connection.close()
        raise
    return connection


def load_extensions(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Load extensions into a connection, without the network where their wheels are installed.

    The file in the wheel is loaded in place: nothing is copied to the home folder, so that any
    number of processes may do it at once. Without a wheel of this very version, one that DuckDB
    has already installed is taken, and else `INSTALL` is tried, which downloads it.

    Args:
        connection: any DuckDB connection.
        names: as DuckDB calls them: `ducklake`, `sqlite_scanner`, `postgres_scanner`, ...

    Raises:
        LakeError: an extension is nowhere to be had; says which wheel is missing.
    """
    for name in names:
        wheel_file = extension_in_wheel(name)
        if wheel_file is not None:
            connection.execute(f"LOAD '{escaped_sql_text(str(wheel_file))}'")
        else:
            _load_or_install(connection, name)


def extension_in_wheel(name: str) -> Path | None:
    """The extension's file in its wheel `duckdb-extension-NAME`; None without this version's."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "extensions" / f"v{duckdb.__version__}"
    file = folder / f"{name}.duckdb_extension"
    return file if file.is_file() else None


def _load_or_install(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension that DuckDB keeps itself, installing it first if need be."""
    try:
        with raise_hidden_interrupt():
            connection.execute(f"LOAD {name}")
    except duckdb.Error:
        try:
            connection.execute(f"INSTALL {name}")
            connection.execute(f"LOAD {name}")
        except duckdb.Error as cause:
            wheel = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
            raise LakeError(
                f"DuckDB {duckdb.__version__} needs its extension {name}, which has no wheel of "
                f"this version here and could not be installed; run: pip install {wheel} "
                f"(or use a duckdb version that has wheels)"
            ) from cause
