"""What the lake's tables, views and retries promise before any file is opened."""

import re

import duckdb
import pytest

from resources.errors import LakeError
from resources.lake.connection import LakeLocation
from resources.lake.retry import is_collision, retry_while_busy
from resources.lake.row_writer import RowScope, scope_of_months
from resources.lake.schema.quoting import escaped_sql_text, quoted_name
from resources.lake.schema.table import LakeTable, description_and_unit
from resources.lake.schema.tables import ACTIVITY, ALERTS, PASSES, TABLES, table_named
from resources.lake.schema.views import MACROS, VIEWS
from resources.months import Month

TYPES = {
    "VARCHAR", "VARCHAR[]", "DOUBLE", "DOUBLE[]", "INTEGER", "BIGINT", "BOOLEAN", "DATE",
    "DATE[]", "TIMESTAMPTZ", "GEOMETRY",
}  # fmt: skip


UNITS = {
    "no unit", "UTC", "m", "m in the grid's CRS", "m2", "EPSG code", "degrees, EPSG:4326",
    "degrees", "degrees above the horizon", "degrees clockwise from north", "digital numbers",
    "reflectance", "pixels", "pixels of 10 m", "count", "number", "0 to 1", "true or false",
    "1/year", "years", "sigma", "standard errors", "bytes", "keys", "hexadecimal", "MGRS names",
    "m2 for areas such as changed_area, otherwise no unit", "as value", "in unit",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_has_a_lower_case_name_a_known_type_and_a_unit(table: LakeTable) -> None:
    assert len(set(table.column_names)) == len(table.column_names)
    for column in table.columns:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert column.type in TYPES
        description, unit = description_and_unit(column.comment)
        assert description, column.name
        assert ";" not in description, column.name
        assert unit in UNITS, column.name


def test_units_are_told_from_descriptions() -> None:
    units = {
        f"{table}.{column.name}": description_and_unit(column.comment)[1]
        for table in ("sites", "alert_evidence", "outbox")
        for column in table_named(table).columns
    }
    assert units["sites.source"] == units["alert_evidence.unit"] == "no unit"
    assert units["outbox.status"] == "no unit"
    assert units["sites.margin_m"] == "m"
    assert description_and_unit("without") == ("without", "no unit")


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_key_month_and_order_are_columns_of_the_table(table: LakeTable) -> None:
    names = set(table.column_names)
    assert set(table.key) <= names
    assert set(table.sorted_by) <= names
    assert table.month_column is None or table.month_column in names
    assert not table.is_by_year or "sensed_at" in names


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_times_end_in_at_and_days_in_on_and_units_end_names(table: LakeTable) -> None:
    for column in table.columns:
        if column.type == "TIMESTAMPTZ":
            assert column.name.endswith("_at") or column.name in {"valid_from", "valid_to"}
        for suffix, unit in (("_m2", "m2"), ("_deg", "degrees"), ("_px", "pixels")):
            assert not column.name.endswith(suffix) or unit in column.comment


def test_layout_is_that_of_the_design() -> None:
    by_year = {table.name: table.sorted_by for table in TABLES.values() if table.is_by_year}
    assert by_year == {
        "scenes": ("site_id", "sensed_at"),
        "cloud_masks": ("site_id", "zone_id", "sensed_at"),
        "activity": ("site_id", "zone_id", "sensed_at"),
        "registrations": ("site_id", "sensed_at"),
        "levels": ("site_id", "zone_id", "sensed_at"),
    }


def test_the_analysts_questions_are_all_there() -> None:
    assert {view.name for view in VIEWS} == {
        "latest", "open_alerts", "alert_zones", "site_courses", "coverage_calendar",
        "witness_latest",
    }  # fmt: skip
    assert {macro.name: macro.parameters for macro in MACROS} == {
        "timeline": ("site", "zone"),
        "as_known_on": ("day",),
    }


def test_bookkeeping_decides_nothing() -> None:
    assert "fetched_at" not in table_named("scenes").compared_names
    assert set(table_named("alert_log").compared_names) == {
        "alert_id", "known_at", "status", "direction", "meaning", "headline", "site_id",
    }  # fmt: skip


def test_an_unknown_table_is_named_with_the_known_ones() -> None:
    with pytest.raises(LakeError, match="no table 'activty'; it has activity, "):
        table_named("activty")


def test_neighbouring_months_are_one_span() -> None:
    months = [Month(2019, 12), Month(2020, 1), Month(2021, 3), Month(2020, 1)]
    scope = scope_of_months(ACTIVITY, months)
    assert scope == RowScope(
        "(sensed_at >= ? AND sensed_at < ?) OR (sensed_at >= ? AND sensed_at < ?)",
        (
            Month(2019, 12).start,
            Month(2020, 2).start,
            Month(2021, 3).start,
            Month(2021, 4).start,
        ),
    )


def test_days_are_compared_with_days() -> None:
    scope = scope_of_months(PASSES, [Month(2020, 2)])
    assert scope.parameters == (Month(2020, 2).start.date(), Month(2020, 3).start.date())


def test_a_table_without_months_cannot_be_written_by_month() -> None:
    with pytest.raises(LakeError, match="write them by site"):
        scope_of_months(ALERTS, [Month(2020, 2)])


def test_no_months_are_no_rows() -> None:
    assert scope_of_months(ACTIVITY, []) == RowScope("false", ())


def test_quotes_in_paths_and_names_stay_text() -> None:
    assert escaped_sql_text("it's") == "it''s"
    assert quoted_name('a "b"') == '"a ""b"""'
    location = LakeLocation("/data/o'brien/catalog.sqlite", "/data/o'brien/files")
    assert "'ducklake:sqlite:/data/o''brien/catalog.sqlite'" in location.attach_sql(read_only=True)


def test_a_server_lake_asks_for_the_postgres_and_http_extensions() -> None:
    location = LakeLocation("postgres:dbname=lake host=db", "s3://bucket/lake")
    assert location.extensions == ("postgres_scanner", "ducklake", "httpfs")
    attach = location.attach_sql(read_only=False)
    assert attach.startswith("ATTACH 'ducklake:postgres:dbname=lake host=db' AS watch")
    assert "DATA_PATH 's3://bucket/lake/'" in attach
    assert "META_" not in attach


def test_only_a_writer_asks_for_the_journal_mode() -> None:
    location = LakeLocation("catalog.sqlite", "files")
    assert "META_JOURNAL_MODE 'WAL'" in location.attach_sql(read_only=False)
    reading = location.attach_sql(read_only=True)
    assert "META_JOURNAL_MODE" not in reading
    assert "READ_ONLY" in reading


def test_a_lock_is_tried_again_until_it_is_free() -> None:
    answers = [duckdb.Error("database is locked"), duckdb.Error("database is locked"), None]

    def action() -> str:
        error = answers.pop(0)
        if error is not None:
            raise error
        return "done"

    assert retry_while_busy(action, doing="test") == "done"
    assert answers == []


def test_an_error_that_waiting_does_not_mend_comes_at_once() -> None:
    calls = []

    def action() -> None:
        calls.append(1)
        raise duckdb.BinderException("no such column")

    with pytest.raises(duckdb.BinderException):
        retry_while_busy(action, doing="test")
    assert calls == [1]


def test_patience_ends_with_an_error_that_names_the_run_and_keeps_the_cause() -> None:
    def action() -> None:
        raise duckdb.TransactionException("Failed to commit DuckLake transaction: locked")

    with pytest.raises(LakeError, match=r"run-7.*busy") as caught:
        retry_while_busy(action, doing="run-7", total_s=0.0)
    assert isinstance(caught.value.__cause__, duckdb.TransactionException)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Failed to execute query COMMIT: database is locked", True),
        ("TransactionContext Error: Transaction conflict - attempting to delete", True),
        ("could not serialize access due to concurrent update", True),
        ("Catalog Error: Table with name activty does not exist!", False),
        ("IO Error: Cannot open file: No such file or directory", False),
    ],
)
def test_collisions_are_told_from_real_errors(message: str, *, expected: bool) -> None:
    assert is_collision(duckdb.Error(message)) is expected
