"""Many processes at one lake: readers beside a writer, writers beside writers, writers killed."""

import datetime as dt
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.lake.lake import Lake, LakeLocation
from resources.months import Month

PREAMBLE = """
import datetime as dt, sys
from pathlib import Path
from resources.lake.lake import Lake, LakeLocation
from resources.months import Month, months_between

lake = Lake(LakeLocation(sys.argv[1] + "/catalog.sqlite", sys.argv[1] + "/files"))
MONTHS = months_between(Month(2020, 1), Month(2020, 12))

def rows(month, round_):
    days = [month.start + dt.timedelta(days=day, hours=8) for day in range(0, 28, 4)]
    return {
        "activity": [
            {"zone_id": zone_id, "index_name": "ndvi", "acquisition_id": f"S2A_{day:%Y%m%d}",
             "sensed_at": day, "value": float(round_), "state": "valid"}
            for day in days for zone_id in ("apron", "yard")
        ],
        "scenes": [
            {"acquisition_id": f"S2A_{day:%Y%m%d}", "sensed_at": day, "state": "valid"}
            for day in days
        ],
    }
"""

WRITE_MONTHS = (
    PREAMBLE
    + """
lake.ensure()
round_, stop = 0, Path(sys.argv[2])
while round_ == 0 or not stop.exists():
    round_ += 1
    for month in MONTHS:
        lake.replace_months("site", [month], rows(month, round_), run_id=f"round {round_}")
print(round_)
"""
)

ASK = (
    PREAMBLE
    + """
QUESTIONS = (
    "FROM latest", "FROM open_alerts", "FROM alert_zones", "FROM coverage_calendar",
    "FROM timeline('site', 'apron')", "FROM as_known_on('2020-06-01')",
)
for _ in range(ROUNDS):
    for question in QUESTIONS:
        lake.query(question)
    mixed = lake.query(
        "SELECT month(sensed_at) AS m, count(*) AS n, count(DISTINCT value) AS k "
        "FROM activity GROUP BY m HAVING n <> 14 OR k <> 1"
    )
    assert mixed == [], mixed
"""
).replace("ROUNDS", "3")

WRITE_SITES = (
    PREAMBLE
    + """
lake.ensure()
for step in range(8):
    month = MONTHS[step % 12]
    lake.replace_months(sys.argv[2], [month], rows(month, step), run_id=f"{sys.argv[2]} {step}")
    shared = [{"month": MONTHS[step % 5].start.date(), "stage": "scenes", "rows": step}]
    lake.replace_months("shared", [], {}, shared, run_id=f"{sys.argv[2]} shared {step}")
"""
)

ANALYST = """
import duckdb, sys
from resources.lake.extensions import load_extensions

con = duckdb.connect()
load_extensions(con, ("sqlite_scanner", "ducklake"))
con.execute(f"ATTACH 'ducklake:sqlite:{sys.argv[1]}/catalog.sqlite' AS watch (READ_ONLY)")
con.execute("USE watch")
for _ in range(8):
    con.sql("FROM coverage_calendar").fetchall()
    con.sql("FROM latest").fetchall()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def lake(folder: Path) -> Iterator[Lake]:
    lake = Lake(LakeLocation(str(folder / "catalog.sqlite"), str(folder / "files")))
    yield lake
    lake.close()


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output.strip()


def assert_keys_are_unique(lake: Lake) -> None:
    for table, key in (
        ("activity", "site_id, zone_id, acquisition_id, index_name"),
        ("scenes", "site_id, acquisition_id"),
        ("site_months", "site_id, month, stage"),
    ):
        assert lake.query(f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1") == []


def test_five_readers_and_a_plain_duckdb_ask_while_a_run_writes(lake: Lake, folder: Path) -> None:
    lake.ensure()
    stop = folder.parent / "stop"
    writer = start(WRITE_MONTHS, folder, stop)
    for reader in [*(start(ASK, folder) for _ in range(4)), start(ANALYST, folder)]:
        finish(reader)
    assert writer.poll() is None, "it was to write all the while"
    stop.touch()
    rounds = int(finish(writer))
    assert lake.query("SELECT DISTINCT value FROM activity") == [{"value": float(rounds)}]
    assert_keys_are_unique(lake)


def test_four_writers_store_all_they_wrote_and_make_the_lake_together(
    lake: Lake, folder: Path
) -> None:
    writers = [start(WRITE_SITES, folder, f"site-{number}") for number in range(4)]
    for writer in writers:
        finish(writer)
    assert_keys_are_unique(lake)
    commits = lake.query("SELECT commit_message AS run FROM watch.snapshots()")
    runs = [row["run"] for row in commits]
    for number in range(4):
        for step in range(8):
            assert runs.count(f"site-{number} {step}") == 1
        assert lake.query(
            "SELECT count(*) AS n FROM activity WHERE site_id = ?", [f"site-{number}"]
        ) == [{"n": 8 * 14}]
    assert lake.query("SELECT count(*) AS n FROM site_months") == [{"n": 5}]
    assert runs.count("definitions") == 1


def test_a_killed_run_that_is_run_again_leaves_each_row_once(lake: Lake, folder: Path) -> None:
    lake.ensure()
    random_ = random.Random(1)
    stop = folder.parent / "stop"
    for _ in range(6):
        writer = start(WRITE_MONTHS, folder, stop)
        time.sleep(random_.uniform(0.6, 2.0))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        mixed = lake.query(
            "SELECT month(sensed_at) AS m FROM activity GROUP BY m "
            "HAVING count(*) <> 14 OR count(DISTINCT value) <> 1"
        )
        assert mixed == []
    stop.touch()
    rounds = int(finish(start(WRITE_MONTHS, folder, stop)))
    assert rounds == 1
    assert lake.query(
        "SELECT count(*) AS n, min(value) AS low, max(value) AS high FROM activity"
    ) == [{"n": 12 * 14, "low": 1.0, "high": 1.0}]
    assert len(lake.query("FROM scenes")) == 12 * 7
    assert_keys_are_unique(lake)


def test_rows_that_two_processes_write_at_once_are_there_once(lake: Lake) -> None:
    """Both saw no rows of the month; the second to commit must look again."""
    lake.ensure()
    other = Lake(lake.location)
    month = Month(2020, 5)
    row = {
        "zone_id": "apron",
        "index_name": "ndvi",
        "acquisition_id": "S2A",
        "sensed_at": month.start + dt.timedelta(hours=8),
    }
    calls = []

    def work(connection: object) -> None:
        calls.append(connection)
        stored = connection.execute("SELECT count(*) FROM activity").fetchone()
        if len(calls) == 1:
            other.replace_months("site", [month], {"activity": [row]}, run_id="quick")
        if stored == (0,):
            connection.execute(
                "INSERT INTO activity (site_id, zone_id, index_name, acquisition_id, sensed_at) "
                "VALUES ('site', 'apron', 'ndvi', 'S2A', TIMESTAMPTZ '2020-05-01 08:00:00+00')"
            )

    lake.transact(work, message="slow")
    other.close()
    assert len(calls) == 2
    assert len(lake.query("FROM activity")) == 1
