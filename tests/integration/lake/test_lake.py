"""The lake on disk: made once, written by site-month, asked by analysts with plain DuckDB."""

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import shapely

from resources.errors import LakeError
from resources.lake.extensions import connect_with, extension_in_wheel, load_extensions
from resources.lake.lake import Lake, LakeLocation
from resources.lake.maintenance import maintain_lake, name_snapshot
from resources.lake.schema.tables import TABLES
from resources.models import Bounds, Grid, Site, Zone
from resources.months import Month

FEBRUARY = Month(2020, 2)
MARCH = Month(2020, 3)
GRID = Grid(32636, Bounds(750_000.0, 3_900_000.0, 752_000.0, 3_902_000.0))
APRON = shapely.box(35.94, 35.40, 35.95, 35.41)


@pytest.fixture
def location(tmp_path: Path) -> LakeLocation:
    return LakeLocation(str(tmp_path / "lake" / "catalog.sqlite"), str(tmp_path / "lake" / "files"))


@pytest.fixture(scope="module")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a lake just made, to copy: making one costs most of a second."""
    folder = tmp_path_factory.mktemp("template")
    lake = Lake(LakeLocation(str(folder / "catalog.sqlite"), str(folder / "files")))
    lake.ensure()
    lake.close()
    return folder


@pytest.fixture
def lake(location: LakeLocation, empty_lake: Path) -> Iterator[Lake]:
    shutil.copytree(empty_lake, Path(location.catalog).parent)
    lake = Lake(location)
    lake.ensure()
    yield lake
    lake.close()


def newest(lake: Lake) -> int:
    return lake.query("SELECT id FROM watch.current_snapshot()")[0]["id"]


def look(day: int, *, month: Month = FEBRUARY, zone_id: str = "apron", **columns: object) -> dict:
    sensed_at = month.start + dt.timedelta(days=day - 1, hours=8)
    return {
        "zone_id": zone_id,
        "index_name": "brightness",
        "acquisition_id": f"S2A_{sensed_at:%Y%m%dT%H%M%S}_R021",
        "sensed_at": sensed_at,
        "relative_orbit": 21,
        "value": 0.1 * day,
        "state": "valid",
        "flags": ["shifted"],
        **columns,
    }


def scene(day: int, *, month: Month = FEBRUARY, **columns: object) -> dict:
    known = look(day, month=month)
    kept = ("acquisition_id", "sensed_at", "relative_orbit", "state")
    return {key: known[key] for key in kept} | {"item_ids": ["one", "two"]} | columns


def site(*zones: Zone, config_hash: str = "h1") -> Site:
    return Site("khmeimim", "Khmeimim", 32636, 500.0, zones, config_hash)


def apron(**changes: object) -> Zone:
    return Zone(
        **{"zone_id": "apron", "name": "Apron", "kind": "apron", "geometry": APRON, **changes}
    )


# making it


def test_every_table_and_column_is_there_with_its_type_and_comment(lake: Lake) -> None:
    rows = lake.query(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE database_name = 'watch' AND table_name IN (SELECT unnest(?)) ORDER BY column_index",
        [list(TABLES)],
    )
    aliases = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
    found = {name: [] for name in TABLES}
    for row in rows:
        type_ = aliases.get(row["data_type"], row["data_type"])
        found[row["table_name"]].append((row["column_name"], type_, row["comment"]))
    for table in TABLES.values():
        expected = [(column.name, column.type, column.comment) for column in table.columns]
        assert found[table.name] == expected
    tables = lake.query("FROM duckdb_tables() WHERE database_name = 'watch'")
    assert {row["table_name"]: row["comment"] for row in tables} == {
        table.name: table.comment for table in TABLES.values()
    }


def test_views_have_comments(lake: Lake) -> None:
    views = lake.query("FROM duckdb_views() WHERE database_name = 'watch' AND NOT internal")
    assert {row["view_name"] for row in views} == {
        "latest", "open_alerts", "alert_zones", "site_courses", "coverage_calendar",
        "witness_latest",
    }  # fmt: skip
    assert all(row["comment"] for row in views)


def test_making_it_again_makes_no_snapshot(lake: Lake, location: LakeLocation) -> None:
    before = newest(lake)
    lake.ensure()
    other = Lake(location)
    other.ensure()
    other.close()
    assert newest(lake) == before


def test_a_lake_of_older_code_gets_what_is_new_and_keeps_its_rows(lake: Lake) -> None:
    lake.replace_months("khmeimim", [FEBRUARY], {"activity": [look(1)]}, run_id="r1")

    def age(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("DROP VIEW latest")
        connection.execute("ALTER TABLE activity DROP COLUMN shift_px")
        connection.execute("CREATE OR REPLACE MACRO lake_definition() AS 'older'")

    lake.transact(age, message="age")
    lake.ensure()
    assert lake.query("SELECT shift_px, value FROM latest") == [{"shift_px": None, "value": 0.1}]


def test_reading_before_there_is_a_lake_says_what_to_do(location: LakeLocation) -> None:
    with pytest.raises(LakeError, match=r"There is no lake yet.*run a watch"):
        Lake(location).query("FROM sites")


def test_a_lake_that_was_moved_is_found_by_us_and_by_analysts(
    lake: Lake, location: LakeLocation, tmp_path: Path
) -> None:
    lake.put_site(site(apron()), GRID)  # geometry is never inlined: there is a Parquet file
    lake.close()
    shutil.move(Path(location.catalog).parent, tmp_path / "moved")
    moved = Lake(
        LakeLocation(str(tmp_path / "moved/catalog.sqlite"), str(tmp_path / "moved/files"))
    )
    assert moved.sites()[0].site == site(apron())
    moved.ensure()
    moved.close()
    plain = duckdb.connect()
    load_extensions(plain, ("sqlite_scanner", "ducklake"))
    plain.execute(f"ATTACH 'ducklake:sqlite:{tmp_path}/moved/catalog.sqlite' AS watch (READ_ONLY)")
    assert plain.execute("SELECT site_id FROM watch.sites").fetchall() == [("khmeimim",)]
    plain.close()


# writing months


def test_values_come_back_as_they_were_written(lake: Lake) -> None:
    row = look(
        3, value=-0.1 + 0.3, z=float("nan"), expected=5e-324, baseline_n=9, flags=[], shift_px=None
    )
    lake.replace_months("khmeimim", [FEBRUARY], {"activity": [row]}, run_id="r1")
    for _ in range(2):
        stored = lake.query("FROM activity")[0]
        assert stored["value"] == row["value"]
        assert stored["expected"] == 5e-324
        assert stored["z"] is None
        assert stored["baseline_n"] == 9
        assert stored["flags"] == []
        assert stored["sensed_at"] == row["sensed_at"]
        assert stored["sensed_at"].tzinfo is dt.UTC
        assert stored["site_id"] == "khmeimim"
        maintain_lake(lake)  # from the catalogue to Parquet, then read again


def test_several_tables_change_in_one_commit_that_carries_the_run_id(lake: Lake) -> None:
    before = newest(lake)
    worked = [{"month": FEBRUARY.start.date(), "stage": "activity", "rows": 1}]
    count = lake.replace_months(
        "khmeimim", [FEBRUARY], {"scenes": [scene(1)], "activity": [look(1)]}, worked, run_id="r1"
    )
    assert count == 3
    assert newest(lake) == before + 1
    commits = lake.query("FROM watch.snapshots() ORDER BY snapshot_id DESC LIMIT 1")
    assert commits[0]["commit_message"] == "r1"


def test_the_same_rows_again_write_nothing(lake: Lake) -> None:
    worked = [{"month": FEBRUARY.start.date(), "stage": "scenes", "rows": 2}]
    rows = [scene(1, fetched_at=FEBRUARY.end), scene(9, fetched_at=FEBRUARY.end)]
    lake.replace_months("khmeimim", [FEBRUARY], {"scenes": rows}, worked, run_id="r1")
    before, stored = newest(lake), lake.query("FROM scenes ORDER BY sensed_at")
    later = [row | {"fetched_at": MARCH.end} for row in reversed(rows)]
    count = lake.replace_months("khmeimim", [FEBRUARY], {"scenes": later}, worked, run_id="r2")
    assert count == 0
    assert newest(lake) == before
    assert lake.query("FROM scenes ORDER BY sensed_at") == stored


def test_a_month_is_replaced_and_its_neighbours_and_other_sites_are_not(lake: Lake) -> None:
    lake.replace_months("other", [FEBRUARY], {"activity": [look(2)]}, run_id="r0")
    both = {"activity": [look(1), look(2), look(29), look(1, month=MARCH)]}
    lake.replace_months("khmeimim", [FEBRUARY, MARCH], both, run_id="r1")
    changed = {"activity": [look(2, value=7.0), look(5)]}
    assert lake.replace_months("khmeimim", [FEBRUARY], changed, run_id="r2") == 4
    rows = lake.query("SELECT site_id, month(sensed_at) m, day(sensed_at) d, value FROM activity")
    assert sorted((row["site_id"], row["m"], row["d"], row["value"]) for row in rows) == [
        ("khmeimim", 2, 2, 7.0),
        ("khmeimim", 2, 5, 0.5),
        ("khmeimim", 3, 1, 0.1),
        ("other", 2, 2, 0.2),
    ]


def test_a_month_that_became_empty_is_emptied_and_says_it_was_worked(lake: Lake) -> None:
    lake.replace_months("khmeimim", [FEBRUARY], {"activity": [look(1)]}, run_id="r1")
    worked = [{"month": FEBRUARY.start.date(), "stage": "activity", "rows": 0}]
    lake.replace_months("khmeimim", [FEBRUARY], {"activity": []}, worked, run_id="r2")
    assert lake.query("FROM activity") == []
    done = lake.query("SELECT stage, rows, recorded_at FROM site_months")
    assert done[0]["stage"] == "activity"
    assert done[0]["rows"] == 0
    assert done[0]["recorded_at"] is not None


def test_a_look_whose_time_moved_to_another_month_is_there_once(lake: Lake) -> None:
    row = look(29)
    lake.replace_months("khmeimim", [FEBRUARY], {"activity": [row]}, run_id="r1")
    moved = row | {"sensed_at": MARCH.start}
    lake.replace_months("khmeimim", [MARCH], {"activity": [moved]}, run_id="r2")
    assert [stored["sensed_at"] for stored in lake.query("FROM activity")] == [MARCH.start]


def test_passes_and_refusals_are_replaced_by_their_own_days(lake: Lake) -> None:
    day = dt.date(2020, 2, 9)
    tables = {
        "passes": [{"expected_on": day, "platform": "sentinel-2a", "state": "late"}],
        "refusals": [{"month": day.replace(day=1), "item_id": "broken", "reason": "no scl"}],
    }
    lake.replace_months("khmeimim", [FEBRUARY], tables, run_id="r1")
    assert lake.query("SELECT state FROM coverage_calendar") == [{"state": "not_in_source"}]
    lake.replace_months("khmeimim", [FEBRUARY], {"passes": [], "refusals": []}, run_id="r2")
    assert lake.query("FROM passes") == lake.query("FROM refusals") == []


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([look(1, valu=1.0)], "no column valu"),
        ([look(1), look(1)], "key that another row has too"),
        ([look(1, month=MARCH)], "site or time outside"),
        ([look(1, site_id="other")], "site or time outside"),
        ([look(1, zone_id=None)], "no value in a key column"),
        ([look(1, value="high")], "does not fit its column"),
        ([look(1, value=float("inf"))], "must be finite"),
        ([look(1, sensed_at=dt.datetime(2020, 2, 1))], "must be an aware time"),  # noqa: DTZ001
    ],
)
def test_wrong_rows_are_refused_and_nothing_is_written(
    lake: Lake, rows: list[dict], fault: str
) -> None:
    before = newest(lake)
    with pytest.raises(LakeError, match=fault):
        lake.replace_months(
            "khmeimim", [FEBRUARY], {"scenes": [scene(1)], "activity": rows}, run_id="r1"
        )
    assert newest(lake) == before
    assert lake.query("FROM scenes") == []


def test_a_block_that_raises_leaves_no_trace(lake: Lake) -> None:
    before = newest(lake)
    insert = "INSERT INTO passes VALUES ('a', DATE '2020-02-01', 'x', 'late', NULL)"

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(insert)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lake.transact(work, message="r1")
    assert newest(lake) == before
    assert lake.query("FROM passes") == []


def test_a_reader_cannot_write(lake: Lake) -> None:
    with lake.reading() as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("DELETE FROM sites")


def test_a_reader_sees_one_snapshot_throughout(lake: Lake) -> None:
    with lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM activity").fetchone() == (0,)
        lake.replace_months("khmeimim", [FEBRUARY], {"activity": [look(1)]}, run_id="r1")
        assert connection.execute("SELECT count(*) FROM activity").fetchone() == (0,)
    assert len(lake.query("FROM activity")) == 1


# alerts


def alert(**columns: object) -> dict:
    opened = look(1)["acquisition_id"]
    return {
        "alert_id": "a1",
        "status": "possible",
        "opened_on": dt.date(2020, 2, 1),
        "first_acquisition_id": opened,
        **columns,
    }


EVIDENCE = {
    "alert_id": "a1",
    "zone_id": "apron",
    "index_name": "brightness",
    "peak_z": 5.0,
    "first_acquisition_id": look(1)["acquisition_id"],
    "peak_acquisition_id": look(9)["acquisition_id"],
    "ordinary_causes": ["snow"],
}


def step(status: str, day: int) -> dict:
    return {"alert_id": "a1", "status": status, "known_at": look(day)["sensed_at"]}


def test_an_alert_is_followed_through_its_log_and_replaced_as_a_whole(lake: Lake) -> None:
    done = {"stage": "anomalies", "rows": 1}
    lake.replace_months("khmeimim", [FEBRUARY], {"scenes": [scene(1), scene(9)]}, run_id="r0")
    lake.replace_alerts("other", [alert(alert_id="b1")], [], [], run_id="r1")
    lake.replace_alerts("khmeimim", [alert()], [EVIDENCE], [step("possible", 1)], done, run_id="r2")
    first_log = lake.query("FROM alert_log")
    assert first_log[0]["run_id"] == "r2"
    assert first_log[0]["snapshot_id"] == newest(lake)
    now = alert(status="confirmed", confirmed_on=dt.date(2020, 2, 9))
    log = [step("possible", 1), step("confirmed", 9)]
    lake.replace_alerts("khmeimim", [now], [EVIDENCE], log, done, run_id="r3")
    before = newest(lake)
    assert lake.replace_alerts("khmeimim", [now], [EVIDENCE], log, done, run_id="r4") == 0
    assert newest(lake) == before
    assert first_log[0] in lake.query("FROM alert_log")
    assert lake.query("SELECT stage, month FROM site_months") == [
        {"stage": "anomalies", "month": dt.date(1, 1, 1)}
    ]
    zones = lake.query("FROM alert_zones")
    assert len(zones) == 1
    assert zones[0]["zone_id"] == "apron"
    assert (zones[0]["first_on"], zones[0]["peak_on"]) == (
        dt.date(2020, 2, 1),
        dt.date(2020, 2, 9),
    )
    lake.replace_alerts("khmeimim", [], [], [], run_id="r5")
    assert lake.query("FROM alert_evidence") == []
    assert [row["alert_id"] for row in lake.query("FROM alerts")] == ["b1"]
    assert len(lake.query("FROM alert_log")) == 2


def test_what_was_known_on_a_day_is_told_by_the_log_not_by_the_writing(lake: Lake) -> None:
    log = [step("possible", 1), step("confirmed", 9), step("closed", 20)]
    now = alert(status="closed")
    lake.replace_alerts("khmeimim", [now], [EVIDENCE], log, run_id="r1")

    def known(day: str) -> list[object]:
        return [row["status"] for row in lake.query("FROM as_known_on(?)", [day])]

    assert known("2020-01-31") == []
    assert known("2020-02-01") == ["possible"]
    assert known("2020-02-19") == ["confirmed"]
    assert known("2020-12-31") == ["closed"]
    assert lake.query("FROM open_alerts") == []


def test_two_steps_known_at_one_moment_show_the_later(lake: Lake) -> None:
    log = [step("confirmed", 1), step("possible", 1)]
    lake.replace_alerts("khmeimim", [alert()], [], log, run_id="r1")
    assert lake.query("FROM as_known_on('2020-02-01')")[0]["status"] == "confirmed"


def test_evidence_of_an_alert_that_is_not_written_is_refused(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"alert_evidence.*\['a1'\]"):
        lake.replace_alerts("khmeimim", [alert(alert_id="b1")], [EVIDENCE], [], run_id="r1")


# views


def test_latest_and_timeline_and_calendar_answer_in_one_line(lake: Lake) -> None:
    scenes = [scene(1), scene(2, state="cloudy"), scene(4, state="superseded")]
    activity = [look(1), look(2, state="cloudy", value=None), look(4, state="superseded")]
    masks = [
        {
            key: value
            for key, value in look(1, zone_id=zone_id, state=state).items()
            if key in {"zone_id", "acquisition_id", "sensed_at", "state"}
        }
        | {"clear_fraction": share}
        for zone_id, state, share in (("apron", "valid", 1.0), ("yard", "cloudy", 0.0))
    ]
    tables = {"scenes": scenes, "activity": activity, "cloud_masks": masks}
    lake.replace_months("khmeimim", [FEBRUARY], tables, run_id="r1")
    assert [row["state"] for row in lake.query("FROM latest")] == ["cloudy"]
    assert len(lake.query("FROM timeline('khmeimim', 'apron')")) == 3
    assert lake.query("FROM timeline('khmeimim', 'elsewhere')") == []
    days = lake.query("FROM coverage_calendar")
    assert [(row["day"].day, row["state"], row["looks"]) for row in days] == [
        (1, "valid", 1),
        (2, "cloudy", 1),
    ]
    assert (days[0]["zones_valid"], days[0]["zones"], days[0]["clear_fraction"]) == (1, 2, 0.5)


# sites


def test_a_site_comes_back_as_it_was_put(lake: Lake) -> None:
    hole = APRON.buffer(0.01).difference(APRON)
    put = site(apron(is_approximate=True), apron(zone_id="a-ring", kind="other", geometry=hole))
    put = replace(put, false_alarms_per_year=2.0)
    assert lake.put_site(put, GRID, "https://catalog.test") == 3
    stored = lake.sites()
    assert len(stored) == 1
    assert stored[0].site == put
    assert stored[0].grid == GRID
    assert stored[0].source == "https://catalog.test"
    assert not stored[0].is_retired
    assert lake.put_site(put, GRID) == 0
    area = lake.query("SELECT area_m2 FROM zones WHERE zone_id = 'apron'")[0]["area_m2"]
    assert area == pytest.approx(908 * 1110, rel=0.01)


def test_an_edited_polygon_or_kind_is_a_new_version_and_a_new_name_is_not(lake: Lake) -> None:
    lake.put_site(site(apron()), GRID)
    renamed = site(apron(name="Main apron", geometry=shapely.reverse(APRON)), config_hash="h2")
    lake.put_site(renamed, GRID)
    assert [row["zone_version"] for row in lake.query("FROM zones")] == [1]
    edited = site(apron(name="Main apron", kind="storage"), config_hash="h3")
    lake.put_site(edited, GRID)
    versions = lake.query("FROM zones ORDER BY zone_version")
    assert [(row["zone_version"], row["kind"]) for row in versions] == [
        (1, "apron"),
        (2, "storage"),
    ]
    assert versions[0]["valid_to"] == versions[1]["valid_from"]
    assert lake.sites()[0].site == edited


def test_a_zone_that_left_ends_and_goes_on_when_it_comes_back(lake: Lake) -> None:
    both = site(apron(), apron(zone_id="yard", kind="yard"))
    lake.put_site(both, GRID)
    lake.put_site(site(apron()), GRID)
    assert [zone.zone_id for zone in lake.sites()[0].site.zones] == ["apron"]
    lake.put_site(both, GRID)
    assert lake.sites()[0].site == both
    assert {row["zone_version"] for row in lake.query("FROM zones")} == {1}


def test_a_retired_site_stays_known_and_is_watched_again_when_put(lake: Lake) -> None:
    lake.put_site(site(apron()), GRID, "archive")
    added_at = lake.query("FROM sites")[0]["added_at"]
    assert lake.retire_sites(["khmeimim", "unheard-of"]) == 1
    assert lake.retire_sites(["khmeimim"]) == 0
    assert lake.sites()[0].is_retired
    lake.put_site(site(apron()), GRID)
    again = lake.query("FROM sites")[0]
    assert (again["retired_at"], again["added_at"], again["source"]) == (None, added_at, "archive")


# upkeep and extensions


def test_upkeep_changes_no_answer_and_keeps_named_snapshots(lake: Lake) -> None:
    for day in (1, 2, 3):
        rows = [look(known) for known in range(1, day + 1)]
        lake.replace_months("khmeimim", [FEBRUARY], {"activity": rows}, run_id=f"r{day}")
        if day == 2:
            published = name_snapshot(lake, "as published")
    before = lake.query("FROM activity ORDER BY ALL")
    done = maintain_lake(lake, keep_days=0)
    assert done.rows_flushed == 3
    assert done.snapshots_expired > 3
    assert lake.query("FROM activity ORDER BY ALL") == before
    then = lake.query(f"SELECT count(*) AS n FROM activity AT (VERSION => {published})")
    assert then == [{"n": 2}]
    kept = [row["snapshot_id"] for row in lake.query("FROM watch.snapshots() ORDER BY ALL")]
    assert kept == [published, newest(lake)]
    rows = [look(1), look(2), look(3)]
    assert lake.replace_months("khmeimim", [FEBRUARY], {"activity": rows}, run_id="r4") == 0


def test_files_are_cut_by_year(lake: Lake, location: LakeLocation) -> None:
    months = [FEBRUARY, Month(2021, 2)]
    rows = [look(1), look(1, month=Month(2021, 2))]
    lake.replace_months("khmeimim", months, {"activity": rows}, run_id="r1")
    maintain_lake(lake)
    folders = {path.parent.name for path in Path(location.data_path).rglob("activity/*/*.parquet")}
    assert folders == {"year=2020", "year=2021"}


def test_extensions_come_from_wheels_without_touching_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs", "spatial"):
        assert extension_in_wheel(name) is not None
    code = (
        "import duckdb; from resources.lake.extensions import load_extensions; "
        "load_extensions(duckdb.connect(), ['ducklake', 'sqlite_scanner'])"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    subprocess.run([sys.executable, "-c", code], check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_valid_signature_is_never_loaded_later(tmp_path: Path) -> None:
    """Files of wheels are loaded without asking for one; the door is closed behind them."""
    connection = connect_with(["sqlite_scanner"])
    wheel_file = extension_in_wheel("ducklake")
    assert wheel_file is not None
    altered = bytearray(wheel_file.read_bytes())
    altered[-100] ^= 1  # in the signature
    other = tmp_path / "ducklake.duckdb_extension"
    other.write_bytes(bytes(altered))
    with pytest.raises(duckdb.IOException, match="signature is either missing or invalid"):
        connection.execute(f"LOAD '{other}'")
    with pytest.raises(duckdb.InvalidInputException, match="Cannot change"):
        connection.execute("SET GLOBAL allow_unsigned_extensions = true")
    connection.execute("SELECT * FROM duckdb_extensions()")
    connection.close()


def test_an_extension_that_is_nowhere_names_its_wheel() -> None:
    plain = duckdb.connect(config={"custom_extension_repository": "http://127.0.0.1:9"})
    with pytest.raises(LakeError, match="pip install duckdb-extension-no-such-thing=="):
        load_extensions(plain, ["no_such_thing"])
    plain.close()


ANALYST = """
import duckdb
from duckdb_extensions import import_extension

con = duckdb.connect()
for name in ("sqlite_scanner", "ducklake"):
    import_extension(name, con=con)
    con.load_extension(name)
con.execute("ATTACH 'ducklake:sqlite:lake/catalog.sqlite' AS watch (READ_ONLY)")
con.execute("USE watch")
for question in (
    "open_alerts", "alert_zones", "latest", "coverage_calendar",
    "timeline('khmeimim', 'apron')", "as_known_on('2020-02-01')",
):
    print(question, len(con.sql(f"FROM {question}").fetchall()))
print(con.sql("SELECT ST_AsText(geometry) FROM zones").fetchone()[0])
"""


def test_an_analyst_with_plain_duckdb_needs_only_attach_and_use(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    lake.put_site(site(apron()), GRID)
    tables = {"scenes": [scene(1)], "activity": [look(1), look(2)]}
    lake.replace_months("khmeimim", [FEBRUARY], tables, run_id="r1")
    lake.replace_alerts("khmeimim", [alert()], [EVIDENCE], [step("possible", 1)], run_id="r2")
    answer = subprocess.run(
        [sys.executable, "-c", ANALYST],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert answer.stdout.splitlines() == [
        "open_alerts 1",
        "alert_zones 1",
        "latest 1",
        "coverage_calendar 1",
        "timeline('khmeimim', 'apron') 2",
        "as_known_on('2020-02-01') 1",
        "POLYGON ((35.95 35.4, 35.95 35.41, 35.94 35.41, 35.94 35.4, 35.95 35.4))",
    ]
