"""The yardstick of values: figures against known differences, and a month of real looks."""

import ast
import json
import math
import shutil
from pathlib import Path

import pytest

from assets.activity.indices.indices import FIELD_INDICES
from bench.frames.cropped import copy_archive
from bench.tables import put_into
from bench.values.__main__ import COMMAND
from bench.values.figures import AGREE, Told, figures, markdown
from bench.values.page import blocks
from bench.values.places import measure, real_folders

LINES_MOST = 10  # of the function that gives a value; issue 16
LEARNING = ("20170827", "20170923", "20170926")  # clear looks by eye
TOLD = [
    Told("ndvi", "valid", 0.001, 1e-17),
    Told("ndvi", "valid", -0.004, -3e-17),
    Told("ndvi", "valid", 0.02, None),
    Told("ndvi", "valid", math.nan, None),
    Told("ndvi", "learning", -0.002, None),
    Told("changed_area", "valid", None, 1e-12),
]


def test_figures_tell_the_greatest_difference_and_the_share_that_agrees() -> None:
    found = figures(TOLD)["ndvi"]["valid"]
    assert (found["values"], found["compared"], found["judged"]) == (4, 3, 2)
    assert found["greatest"] == 0.02
    assert found["within"] == 0.5  # what the script has no value for does not agree
    assert found["violation"] == 3e-17


def test_states_and_indices_are_told_apart() -> None:
    found = figures(TOLD)
    assert found["ndvi"]["learning"]["greatest"] == 0.002
    assert found["ndvi"]["partial"]["values"] == 0
    assert found["ndvi"]["partial"]["within"] is None
    assert found["changed_area"]["valid"]["compared"] is None
    assert found["changed_area"]["valid"]["violation"] == 1e-12


def test_figures_become_json_and_a_table_in_docs(tmp_path: Path) -> None:
    found = {"worlds": figures(TOLD)}
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    page = tmp_path / "page.md"
    page.write_text(f"<!-- begins: {COMMAND} -->\n<!-- ends: {COMMAND} -->", encoding="utf-8")
    put_into(page, COMMAND, markdown(found))
    lines = page.read_text(encoding="utf-8").splitlines()
    assert "| worlds, `ndvi`, valid | 4 | 3 | 2.0e-02 | 50.00% | 2 | 3.0e-17 |" in lines
    assert "| worlds, `changed_area`, valid | 1 | - | - | - | 1 | 1.0e-12 |" in lines
    assert not any("partial" in line for line in lines)


def test_a_value_takes_ten_lines_on_the_page() -> None:
    functions = {
        node.name: node.end_lineno - node.lineno
        for block in blocks("python")
        for node in ast.parse(block).body
        if isinstance(node, ast.FunctionDef)
    }
    assert functions["values"] <= LINES_MOST
    assert functions["bands_of"] <= LINES_MOST


@pytest.mark.shared
def test_real_places_are_those_that_are_there(shared: Path, tmp_path: Path) -> None:
    assert set(real_folders(shared / "real")) == {"romania", "flanders"}
    assert real_folders(tmp_path) == {}


@pytest.mark.shared
def test_values_of_real_looks_are_what_their_pixels_say(shared: Path, tmp_path: Path) -> None:
    real = shared / "real" / "flanders"
    shutil.copytree(real / "site", tmp_path / "site")
    copy_archive(
        real / "archive", tmp_path / "archive", wanted=lambda item: item.split("_")[2] in LEARNING
    )
    (told,) = measure([tmp_path], None, lambda _: None, workers=1)
    found = figures(told)
    for name in FIELD_INDICES:
        learning = found[name]["learning"]
        assert learning["values"] >= len(LEARNING)
        assert learning["compared"] == learning["values"]
        assert learning["greatest"] <= AGREE
        assert learning["judged"] == 0
