"""The yardstick of quiet ground: figures against known chance, and a month of real looks."""

import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bench.frames.cropped import copy_archive
from bench.quiet.__main__ import pool
from bench.quiet.figures import MEANS, SUMS, figures, markdown
from bench.quiet.places import QuietPlace, QuietTimes, measure, real_places

LOOKS = 20_000
JUDGED = ("20180911", "20180921", "20180926")
DAYS = (
    *("20170827", "20170923", "20170926", "20171102", "20180504", "20180506", "20180509"),
    *("20180511", "20180526", "20180623", "20180628", "20180630", *JUDGED),
)
"""A year of clear looks by eye, and those of the month that is compared with them."""
TRUTH = {
    "quiet": {
        "zones": ["field"],
        "from": "2018-01-01",
        "to": "2019-12-31",
        "before_story": "2019-03-01",
    }
}


def chance(scale: float) -> dict[str, list[float]]:
    z = np.random.default_rng(3).normal(0.0, scale, LOOKS)
    return {name: z.tolist() for name in (*MEANS, *SUMS)}


def test_errors_that_are_right_are_as_wanted() -> None:
    found = figures(chance(1.0))
    assert found["ndvi"]["spread"] == pytest.approx(1.0, abs=0.03)
    assert found["ndvi"]["beyond_3"] == pytest.approx(0.0027, abs=0.0015)
    assert all(found[name]["is_as_wanted"] for name in MEANS)
    for side in ("above", "below"):
        assert found["changed_area"][side]["0.05"] == pytest.approx(0.05, abs=0.006)
        assert found["movers"][side]["0.01"] == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize("scale", [0.7, 1.4])
def test_errors_that_are_too_wide_or_too_narrow_are_not(scale) -> None:
    found = figures(chance(scale))
    assert found["texture"]["spread"] == pytest.approx(scale, rel=0.03)
    assert not any(found[name]["is_as_wanted"] for name in MEANS)


def test_an_index_without_a_look_has_no_figures() -> None:
    found = json.loads(json.dumps(figures({}), allow_nan=False))
    assert found["ndvi"]["spread"] is None
    assert found["changed_area"]["above"]["0.05"] is None
    assert "| worlds, `ndvi` | 0 | - |" in markdown({"worlds": found})


def test_truth_tells_which_zones_are_quiet_and_when_all_are() -> None:
    times = QuietTimes.told(TRUTH)
    assert times.has("field", dt.date(2019, 12, 31))
    assert not times.has("field", dt.date(2020, 1, 1))
    assert times.has("apron", dt.date(2019, 3, 1))
    assert not times.has("apron", dt.date(2019, 3, 2))


def test_real_zones_are_quiet_always() -> None:
    times = QuietTimes(frozenset({"forest-south"}))
    assert times.has("forest-south", dt.date(2017, 4, 2))
    assert not times.has("corridor", dt.date(2017, 4, 2))


def test_places_are_pooled_by_index() -> None:
    assert pool([{"ndvi": [1.0]}, {"ndvi": [2.0], "texture": [3.0]}]) == {
        "ndvi": [1.0, 2.0],
        "texture": [3.0],
    }


@pytest.mark.shared
def test_real_places_are_those_whose_zones_are_known_to_stay(shared: Path) -> None:
    places = {one.name: one for one in real_places(shared / "real")}
    assert set(places) == {"romania", "flanders"}
    assert places["flanders"].times.zones == {"village", "village-north", "yard"}


@pytest.mark.shared
def test_departures_of_real_quiet_ground_come_from_the_lake(shared: Path, tmp_path: Path) -> None:
    real = shared / "real" / "flanders"
    shutil.copytree(real / "site", tmp_path / "site")
    copy_archive(
        real / "archive", tmp_path / "archive", wanted=lambda item: item.split("_")[2] in DAYS
    )
    place = QuietPlace("flanders", tmp_path, QuietTimes(frozenset({"village", "yard"})))
    found = measure([place], None, lambda _: None, workers=1)["flanders"]
    assert set(found) <= {*MEANS, *SUMS}
    assert 2 <= len(found["ndvi"]) <= 2 * len(JUDGED)
    assert np.isfinite(found["ndvi"]).all()
