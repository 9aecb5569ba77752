"""The list of numbers that steer the stages: complete, told, and as docs/methods has it."""

from pathlib import Path

import pytest
from places import ROOT

from bench.constants.listing import Number, markdown, numbers

PAGE = ROOT / "docs" / "methods" / "constants.md"


@pytest.fixture(scope="module")
def found() -> list[Number]:
    return numbers(ROOT / "assets")


def test_every_number_has_its_unit_or_origin_beside_it(found: list[Number]) -> None:
    untold = [f"{one.stage}/{one.room}: {one.name}" for one in found if not one.told]
    assert untold == []


def test_the_page_lists_them_as_they_are(found: list[Number]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert markdown(found) in page, "write it anew: python -m bench.constants --docs " + str(PAGE)


def test_names_values_and_what_is_told_are_read_from_the_source(tmp_path: Path) -> None:
    stage = tmp_path / "clouds"
    stage.mkdir()
    (stage / "room.py").write_text(
        "from typing import Final\n"
        "A: Final = 2.5  # metres; a source\n"
        'B: Final = (1, 2)\n"""Looks; chosen | fitted."""\n'
        'NAME: Final = "text"\n'
        "_C: Final = {\n    'x': 3,  # one\n}\n"
        "flag: Final = 3\n",
        encoding="utf-8",
    )
    told = [(one.name, one.value, one.told) for one in numbers(tmp_path)]
    assert told == [
        ("A", "2.5", "metres; a source"),
        ("B", "(1, 2)", "Looks; chosen \\| fitted."),
        ("_C", "{'x': 3}", "one"),
    ]
    assert "### Clouds: 3" in markdown(numbers(tmp_path))
