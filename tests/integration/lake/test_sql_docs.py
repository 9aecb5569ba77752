"""The analyst's page: every question is asked again, and the printed answers hold."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from places import ROOT
from questions import Question, is_same, questions_of, table, with_answers

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

PAGE = ROOT / "docs" / "sql.md"
QUESTIONS = questions_of(PAGE.read_text(encoding="utf-8"))
APRIL_2017 = "the watch up to April 2017"


@pytest.fixture(scope="module")
def ask(request: pytest.FixtureRequest) -> Callable[[Question], Sequence[dict[str, object]]]:
    """Asks the watch that a question names."""

    def asked(question: Question) -> Sequence[dict[str, object]]:
        name = {"": "whole", APRIL_2017: "detected"}[question.watch]
        post, _ = request.getfixturevalue(name)
        post.lake.add_extension("spatial")
        return post.lake.query(question.sql)

    return asked


@pytest.fixture(scope="module", autouse=True)
def _written(request: pytest.FixtureRequest, ask: Callable) -> None:
    if request.config.getoption("--write-docs"):
        page = with_answers(PAGE.read_text(encoding="utf-8"), ask)
        PAGE.write_text(page, encoding="utf-8")
        QUESTIONS[:] = questions_of(page)


def test_there_are_twenty_questions_in_order() -> None:
    numbers = re.findall(r"^## (\d+)\.", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 21)]
    assert len(QUESTIONS) == 20


@pytest.mark.parametrize("number", range(1, 21))
def test_the_printed_answer_is_what_the_lake_says(number: int, ask: Callable) -> None:
    question = QUESTIONS[number - 1]
    fresh = table(ask(question))
    assert is_same(question.answer, fresh), f"{question.answer}\nis now\n{fresh}"


def test_the_page_s_commands_work(whole: tuple, tmp_path: Path, processes) -> None:
    post, _ = whole
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) == 5
    spatial = 'sitewatch sql "SELECT ST_Area(geometry) > 0 AS ok FROM zones"'
    for line in (*lines, spatial):
        process = processes.start(
            "command.py",
            WORDS=[*shlex.split(line)[1:], "--data", str(post.data)],
            FOLDER=str(tmp_path),
            VARIABLES={},
            PRINTED=str(tmp_path / "printed"),
            SAID=str(tmp_path / "said"),
        )
        process.join(60)
        assert process.exitcode == 0, (tmp_path / "said").read_text()
    made = {path.name for path in tmp_path.iterdir()}
    assert {"activity.parquet", "corridor.csv", "for-qgis", "departures.geojson"} <= made


def test_the_page_s_python_asks_a_plain_duckdb(whole: tuple) -> None:
    post, _ = whole
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", snippet],
        cwd=post.data.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "140" in done.stdout


@pytest.mark.parametrize(
    ("printed", "fresh", "same"),
    [
        ("| a | 1.25 |", "| a | 1.26 |", True),
        ("| a | 1.25 |", "| a | 1.28 |", False),
        ("| 12 |", "| 13 |", False),
        ("| 2017-04-12 |", "| 2017-04-13 |", False),
        ("| a |", "| b |", False),
        ("", "| a |", False),
    ],
)
def test_an_answer_holds_within_the_last_digit_of_its_numbers(
    printed: str, fresh: str, *, same: bool
) -> None:
    assert is_same(printed, fresh) is same
