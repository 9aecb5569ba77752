"""What the reproduce command prints and writes: nothing left unsaid, nothing read as markup."""

import datetime as dt
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.reproduce.comparable import ChipCheck
from pipelines.reproduce.dossier_figures import FiguresResult
from pipelines.reproduce.report import print_report, report_as_json, write_json_report
from pipelines.reproduce.reproduction import ReproductionRequest, ReproductionResult
from pipelines.reproduce.row_comparison import (
    CHANGED,
    LEFT_OUT,
    MISSING,
    REPEATED,
    RowDifference,
    TableResult,
    compare_rows,
)
from pipelines.session.run import StageTime, WatchResult
from resources.lake.schema.tables import ACTIVITY

NOON = dt.datetime(2024, 9, 22, 12, tzinfo=dt.UTC)
KEY = {"zone_id": "<img onerror=alert(1)>[red]", "index_name": "changed_area"}
ALL_WELL = ReproductionResult(
    asked=ReproductionRequest("base", "a1", ()),
    scenes_from="source",
    reason="",
    tables=(TableResult("activity", 7, 7, 126, 0, ()),),
    figures=(FiguresResult("a1.figures.json", {"activity": 5, "zones": 2}),),
    chips=ChipCheck(21, (), ()),
    watched=(WatchResult("base", ("run",), (StageTime("activity", 1.5),), 7),),
    seconds=80.4,
    memory_mb=820.0,
)


def changed(stored: object, recomputed: object) -> RowDifference:
    return RowDifference("activity", KEY, CHANGED, "value", stored, recomputed)


def with_differences(*differences: RowDifference) -> ReproductionResult:
    rows = TableResult("activity", 7, 7, 126, len(differences), differences)
    return replace(ALL_WELL, tables=(rows,))


def printed(found: ReproductionResult) -> str:
    console = Console(file=io.StringIO(), width=150)
    print_report(console, found)
    return console.file.getvalue()


def test_what_is_equal_is_said_with_counts_time_and_what_was_left_out() -> None:
    said = printed(ALL_WELL)
    assert ALL_WELL.is_equal
    assert "Equal: every row, figure and chip came out the same." in said
    assert "Reproduced alert a1 of base from the catalogue of its scenes." in said
    assert "Figures of a1.figures.json: 7 compared, 0 differ." in said
    assert "21 files have the checksum that the lake recorded." in said
    assert "Took 80 s, peak memory 820 MB." in said
    assert "7 looks: activity 1.5 s" in said
    assert "zones" in said, "a table of which only figures were compared"
    for name, reason in LEFT_OUT.items():
        assert name in said
        assert reason in said


def test_hostile_names_are_text() -> None:
    said = printed(with_differences(changed(1.0, 2.0)))
    assert "zone_id <img onerror=alert(1)>[red], index_name changed_area" in said


ROW = {**dict.fromkeys(ACTIVITY.column_names), "acquisition_id": "look-1"}
TWICE = compare_rows(ACTIVITY, [ROW, ROW], [ROW])
ALTERED = ("base/chips/S2A/10m-01.tif", "base/chips/S2A/20m-01.tif")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (with_differences(changed(1.0, None)), "NOT equal: 1 difference."),
        (with_differences(RowDifference("activity", KEY, MISSING)), "NOT equal: 1 difference."),
        (
            replace(ALL_WELL, chips=ChipCheck(20, (), ALTERED[:1])),
            "NOT equal: 1 chip file not as recorded.",
        ),
        (
            replace(with_differences(changed(1.0, None)), chips=ChipCheck(19, (), ALTERED)),
            "NOT equal: 1 difference and 2 chip files not as recorded.",
        ),
        (replace(ALL_WELL, tables=(TWICE,)), "NOT equal: 1 difference."),
        (
            replace(
                ALL_WELL, figures=(FiguresResult("f.json", {"activity": 1}, [changed("3.1", 3.2)]),)
            ),
            "NOT equal: 1 difference.",
        ),
    ],
)
def test_anything_that_differs_is_not_equal_and_said_by_its_name(
    found: ReproductionResult, said: str
) -> None:
    assert not found.is_equal
    assert said in printed(found)


def test_a_row_that_stands_twice_is_named() -> None:
    found = replace(ALL_WELL, tables=(TWICE,))
    assert "acquisition_id look-1, index_name NULL]: there more than once" in printed(found)
    (written,) = report_as_json(found)["differences"]
    assert (written["what"], written["key"]["acquisition_id"]) == (REPEATED, "look-1")


@pytest.mark.parametrize("value", [math.nan, math.inf, {"at": {"z": -math.inf}}, {"z": [NOON]}])
def test_no_value_stops_the_file_from_being_written(value: object, tmp_path: Path) -> None:
    to = tmp_path / "found.json"
    write_json_report(
        to, with_differences(changed(value, 1.0), changed(1.0, value), changed(value, value))
    )
    found = [one["relative"] for one in json.loads(to.read_text())["differences"]]
    assert found == [None, None, None]


def test_last_digits_are_told_apart_from_other_numbers() -> None:
    hint = "in the last digits"
    assert hint in printed(with_differences(changed(0.1 + 0.2, 0.3)))
    assert hint not in printed(with_differences(changed(0.30001, 0.3)))
    assert "(1.9e-16 of it apart)" in printed(with_differences(changed(0.1 + 0.2, 0.3)))


def test_only_the_first_differences_are_printed_and_all_are_written() -> None:
    found = with_differences(*(changed(float(number), None) for number in range(12)))
    said = printed(found)
    assert said.count(" stored, NULL recomputed") == 10
    assert "... and 2 more; --json FILE has them all." in said
    written = json.loads(json.dumps(report_as_json(found), allow_nan=False))
    assert [one["stored"] for one in written["differences"]] == [float(one) for one in range(12)]
    assert written["is_equal"] is False
    assert written["tables"]["activity"]["rows_differing"] == 12


def test_scenes_that_were_taken_as_they_are_stored_are_said_to_be() -> None:
    said = printed(replace(ALL_WELL, scenes_from="chips", reason="the source is gone"))
    assert "from the chips that were kept (the source is gone)" in said
    assert "they were not made anew" in said


def test_chips_that_were_not_kept_are_no_fault() -> None:
    found = replace(ALL_WELL, chips=ChipCheck(0, ("base/chips/S2A/10m-01.tif",), ()))
    assert found.is_equal
    assert "1 were not kept and were read from the source again" in printed(found)
