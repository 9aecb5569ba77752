"""Asks a lake one question after another until told to stop, and writes how many it asked.

Started by tests with KIND (project or analyst), LAKE, STOP and ANSWERS set; a question that fails
ends the process with an error.
"""

import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb

from resources.lake.extensions import load_extensions
from resources.lake.lake import Lake, LakeLocation

QUESTIONS = (
    "FROM open_alerts",
    "FROM alert_zones",
    "FROM latest",
    "FROM timeline('romania-road', 'corridor')",
    "FROM coverage_calendar",
    "FROM as_known_on(DATE '2017-04-05')",
    "SELECT count(*) FROM scenes",
    "SELECT state, count(*) FROM cloud_masks GROUP BY state",
    "SELECT index_name, avg(z) FROM activity GROUP BY index_name",
    "FROM alert_log",
)


def project(folder: Path) -> Callable[[str], object]:
    """Asks as the project does."""
    lake = Lake(LakeLocation(str(folder / "catalog.sqlite"), str(folder / "files")))
    return lake.query


def analyst(folder: Path) -> Callable[[str], object]:
    """Asks as a plain DuckDB does, after ATTACH and USE."""
    connection = duckdb.connect()
    load_extensions(connection, ("sqlite_scanner", "ducklake"))
    connection.execute(f"ATTACH 'ducklake:sqlite:{folder}/catalog.sqlite' AS watch (READ_ONLY)")
    connection.execute("USE watch")
    return lambda question: connection.sql(question).fetchall()


def read(ask: Callable[[str], object], stop: Event, answers: Path) -> None:
    """Questions in turn until told to stop."""
    asked = 0
    while not stop.is_set() or asked < len(QUESTIONS):
        ask(QUESTIONS[asked % len(QUESTIONS)])
        asked += 1
        time.sleep(0.2)
    answers.write_text(str(asked))


if __name__ == "__main__":
    kinds = {"project": project, "analyst": analyst}
    read(kinds[KIND](Path(LAKE)), STOP, Path(ANSWERS))  # noqa: F821 - set by whoever starts this
