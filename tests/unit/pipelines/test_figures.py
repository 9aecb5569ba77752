"""Figures of a dossier held against rows: equal ones, others, and files that cannot be used."""

import datetime as dt
import json
from pathlib import Path

import pytest

from pipelines.reproduce.dossier_figures import NO_ROW, SEVERAL, compare_figures
from pipelines.reproduce.figures_file import FiguresUnreadable, parse_figure, read_figures
from pipelines.reproduce.row_comparison import CHANGED

NOON = dt.datetime(2024, 9, 22, 12, 0, 5, tzinfo=dt.UTC)
PATH = Path("a1.figures.json")
UNEVEN = '{"table": "activity", "key": {}, "columns": ["z"], "rows": [[]]}'
ONE_INDEX = "count(*) FILTER (index_name IN ('changed_area', 'ndvi'))"
KEY = {"alert_id": "a1", "zone_id": "apron", "index_name": "changed_area"}
ROWS = {
    "alert_evidence": [
        {
            **KEY,
            "peak_z": 0.1 + 0.2,
            "likely_causes": ["works", "season"],
            "effect": None,
            "unit": "1",
        },
        {
            **KEY,
            "index_name": "texture",
            "peak_z": 2.0,
            "likely_causes": [],
            "effect": 1.0,
            "unit": "1",
        },
    ],
    "alerts": [{"alert_id": "a1", "opened_on": NOON.date(), "confirmations": 3}],
    "scenes": [
        {"acquisition_id": "look", "sensed_at": NOON, "fetched_at": NOON, "chip_sha256s": ["ab"]}
    ],
    "alert_log": [],
    "passes": [{"state": "seen"}],
    "zones": [{"zone_id": "apron", "zone_version": 1, "area_m2": 31.5}],
}
EARLIER = {"alert_log": [{"alert_id": "a1", "status": "withdrawn", "known_at": NOON}]}


def compare(table: str, key: dict, column: str, value: object, **options):
    text = json.loads(json.dumps({"table": table, "key": key, "column": column, "value": value}))
    return compare_figures(PATH, [parse_figure(text, "here")], ROWS, EARLIER, **options)


@pytest.mark.parametrize(
    ("table", "key", "column", "value"),
    [
        ("alert_evidence", KEY, "peak_z", 0.1 + 0.2),
        ("alert_evidence", KEY, "effect", None),
        ("alert_evidence", KEY, "likely_causes", ["works", "season"]),
        ("alert_evidence", KEY, "likely_causes", "season"),
        ("alerts", {"alert_id": "a1"}, "opened_on", "2024-09-22"),
        ("alerts", {"alert_id": "a1"}, "confirmations", 3.0),
        ("scenes", {"acquisition_id": "look"}, "sensed_at", "2024-09-22T12:00:05Z"),
        ("scenes", {"sensed_at": "2024-09-22T14:00:05+02:00"}, "acquisition_id", "look"),
        ("scenes", {"acquisition_id": "look"}, "chip_sha256s", "ab"),
        ("alert_evidence", {"alert_id": "a1"}, "max(peak_z)", 2.0),
        ("alert_evidence", {"alert_id": "a1"}, "min(peak_z)", 0.1 + 0.2),
        ("alert_evidence", {"alert_id": "a1"}, "count(*)", 2),
        ("alert_evidence", {"alert_id": "a1"}, "count(effect)", 1),
        ("alert_evidence", {"alert_id": "none"}, "count(*)", 0),
        ("alert_evidence", {"alert_id": "a1"}, ONE_INDEX, 1),
        ("alert_evidence", {"alert_id": "a1"}, "unit", "1"),
        ("zones", {"zone_id": "apron", "zone_version": 7}, "area_m2", 31.5),
    ],
)
def test_a_true_figure_is_equal(table: str, key: dict, column: str, value: object) -> None:
    found = compare(table, key, column, value)
    assert (found.compared, found.differing, found.left_out) == ({table: 1}, [], {})


@pytest.mark.parametrize(
    ("table", "key", "column", "value"),
    [
        ("alert_evidence", KEY, "peak_z", 0.3),
        ("alert_evidence", KEY, "peak_z", None),
        ("alert_evidence", KEY, "effect", 0.0),
        ("alert_evidence", KEY, "likely_causes", ["season", "works"]),
        ("alert_evidence", KEY, "likely_causes", "snow"),
        ("alerts", {"alert_id": "a1"}, "opened_on", "2024-09-23"),
        ("alerts", {"alert_id": "a1"}, "opened_on", "some day"),
        ("alerts", {"alert_id": "a1"}, "confirmations", True),
        ("scenes", {"acquisition_id": "look"}, "sensed_at", "2024-09-22T12:00:06Z"),
        ("alert_evidence", {"alert_id": "a1"}, "max(peak_z)", 0.1 + 0.2),
        ("alert_evidence", {"alert_id": "a1"}, "count(*)", 3),
        ("alert_evidence", {"alert_id": "a1"}, ONE_INDEX, 2),
    ],
)
def test_another_figure_is_named(table: str, key: dict, column: str, value: object) -> None:
    (one,) = compare(table, key, column, value).differing
    assert (one.table, one.key, one.column, one.what) == (table, key, column, CHANGED)
    assert one.stored == value


def test_what_a_chart_draws_is_compared_value_by_value(tmp_path: Path) -> None:
    names = ["index_name", "peak_z", "effect"]
    drawn = [["changed_area", 0.1 + 0.2, None], ["texture", 2.5, 1.0]]
    series = {"table": "alert_evidence", "key": {"alert_id": "a1"}, "columns": names, "rows": drawn}
    path = tmp_path / "a1.figures.json"
    path.write_text(json.dumps({"figures": [], "series": [series]}))
    found = compare_figures(path, read_figures(path), ROWS, {})
    assert found.compared == {"alert_evidence": 4}
    (one,) = found.differing
    assert (one.column, one.stored, one.recomputed) == ("peak_z", 2.5, 2.0)
    assert one.key == {"alert_id": "a1", "index_name": "texture"}


def test_a_figure_must_name_one_row() -> None:
    (none,) = compare("alerts", {"alert_id": "a2"}, "confirmations", 3).differing
    assert none.what == NO_ROW
    (two,) = compare("alert_evidence", {"alert_id": "a1"}, "peak_z", 2.0).differing
    assert two.what == SEVERAL


def test_what_cannot_be_recomputed_is_left_out_with_a_reason() -> None:
    of_writing = compare("scenes", {"acquisition_id": "look"}, "fetched_at", "2020-01-01T00:00:00Z")
    of_others = compare("passes", {"state": "late"}, "count(*)", 1)
    earlier = {"alert_id": "a1", "status": "withdrawn"}
    of_then = compare("alert_log", earlier, "known_at", "2020-01-01T00:00:00Z")
    key = {"acquisition_id": "look"}
    as_stored = compare("scenes", key, "sensed_at", "2020", taken_as_stored={"scenes"})
    same_day = compare("passes", {"state": "seen"}, "count(*)", 1)
    assert (same_day.compared, same_day.differing) == ({"passes": 1}, [])
    for found in (of_writing, of_others, of_then, as_stored):
        assert (found.compared, found.differing, sum(found.left_out.values())) == ({}, [], 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "x"}, "`table` must be one of"),
        ({"table": ["alerts"]}, "`table` must be one of"),
        ({"key": {}}, "`key` must be an object of columns"),
        ({"key": [1]}, "`key` must be an object of columns"),
        ({"key": {"alert_id": {}}}, "plain values"),
        ({"key": {"'; drop table alerts": 1}}, "drop"),
        ({"column": ["score"]}, "`column` one of them"),
        ({"column": "<img onerror=alert(1)>"}, "`column` one of them"),
        ({"column": "max(read_text('secret'))"}, "`column` one of them"),
        ({"column": "max(secret)"}, "`column` one of them"),
        ({"column": "max(*)"}, "`column` one of them"),
        ({"column": "count(*) FILTER (secret IN ('x'))"}, "`column` one of them"),
    ],
)
def test_a_figure_that_cannot_be_used_is_refused(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    one = {"table": "alerts", "key": {"alert_id": "a1"}, "column": "score", "value": 1}
    path = tmp_path / "bad.figures.json"
    path.write_text(json.dumps({"figures": [one, one | change]}))
    with pytest.raises(FiguresUnreadable, match=said) as told:
        read_figures(path)
    assert f"{path}, figures[1]" in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "must be JSON"),
        ("[]", "must be an object with a list `figures`"),
        ('{"figures": {}}', "must be an object with a list `figures`"),
        ('{"figures": [], "series": {}}', "`series` a list"),
        ('{"figures": [], "series": [{}]}', r"series\[0\] must have table, key, columns, rows"),
        (f'{{"figures": [], "series": [{UNEVEN}]}}', "a value a column"),
        ('{"figures": [7]}', r"figures\[0\] must have table, key, column, value"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.figures.json"
    path.write_text(text)
    with pytest.raises(FiguresUnreadable, match=said) as told:
        read_figures(path)
    assert str(path) in str(told.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FiguresUnreadable, match="cannot be read"):
        read_figures(tmp_path / "none.json")
