"""Values of two real places against those that question and script of docs/analyst.md give.

The script knows nothing of the project: rasterio, numpy and files of the archive. The same on
made-up worlds: `python -m bench.values`.
"""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from bench.values.figures import AGREE, STATES
from bench.values.page import Script, question, recomputed
from bench.values.page import script as script_of_page

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

INDICES = ("brightness", "ndvi", "bare_soil", "built_up", "texture")
USUAL = 1e-4  # what weighing the pixels at a zone's edge in another way leaves

Row = dict[str, Any]


@pytest.fixture(scope="module")
def script() -> Script:
    """`values` as the page has it."""
    return script_of_page()


@pytest.fixture(scope="module", params=["romania", "flanders"])
def post(request: pytest.FixtureRequest) -> Any:
    """The watch of a place."""
    if request.param == "flanders":
        return request.getfixturevalue("flanders")
    return request.getfixturevalue("whole")[0]


@pytest.fixture(scope="module")
def rows(post: Any) -> list[Row]:
    """What the question of the page tells of a place."""
    post.lake.add_extension("spatial")
    found: list[Row] = post.lake.query(question())
    return found[::3]  # the script takes a tenth of a second a row; `bench.values` takes them all


def test_every_value_is_the_one_that_its_pixels_give(
    post: Any, rows: Sequence[Row], script: Script
) -> None:
    apart = {
        (row["acquisition_id"], row["zone_id"], name): value - row["told"][name]
        for row in rows
        for name, value in recomputed(row, post.data / "archive", script).items()
    }
    wrong = {key: by for key, by in apart.items() if not abs(by) <= AGREE}
    assert not wrong, wrong
    assert sorted(map(abs, apart.values()))[len(apart) // 2] < USUAL
    stored = post.lake.query(
        "SELECT state, count(*) AS n FROM activity WHERE value IS NOT NULL"
        f" AND index_name IN {INDICES} GROUP BY ALL"
    )
    assert {row["state"] for row in stored} == set(STATES)
    assert len(apart) == pytest.approx(sum(row["n"] for row in stored) / 3, rel=0.1)


def test_shifts_and_parts_of_zones_are_among_what_is_recomputed(
    post: Any, rows: Sequence[Row]
) -> None:
    """Else the script would agree for want of anything to disagree about."""
    moved = [math.hypot(row["east_px"], row["south_px"]) for row in rows]
    assert sum(length > 0.1 for length in moved) > 10
    (worst,) = post.lake.query(
        "SELECT max(sqrt(east_px ** 2 + south_px ** 2)) AS px, count(*) AS n,"
        " count(east_px) AS told FROM registrations"
    )
    assert worst["px"] <= 1.2
    assert worst["n"] == worst["told"]


def test_what_a_value_has_beyond_its_expectation_is_level_season_and_departure(post: Any) -> None:
    judged = post.lake.query("FROM activity WHERE z IS NOT NULL")
    assert len(judged) > 500
    for row in judged:
        beyond = row["level_effect"] + row["season_effect"] + row["departure"]
        rounding = 1e-9 * max(1.0, abs(row["value"]))
        assert row["value"] - row["expected"] == pytest.approx(beyond, rel=1e-9, abs=rounding)
        error = math.hypot(row["standard_error"], row["expected_error"])
        assert row["z"] == pytest.approx(row["departure"] / error, rel=1e-9)
