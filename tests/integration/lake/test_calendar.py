"""The calendar of a site: what each day showed, and what became of passes without a look."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.scenes.passes import LATE_DAYS, PUBLISHED_DAYS
from resources.clock import utc_now
from resources.lake.lake import Lake, LakeLocation
from resources.lake.schema import views
from resources.months import Month

TODAY = utc_now().date()


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    lake = Lake(LakeLocation(str(tmp_path / "catalog.sqlite"), str(tmp_path / "files")))
    lake.ensure()
    yield lake
    lake.close()


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def scene(days: int, state: str, name: str = "look") -> dict[str, object]:
    at = dt.datetime.combine(ago(days), dt.time(8), dt.UTC)
    return {"acquisition_id": f"{name}-{days}", "sensed_at": at, "state": state}


def expected(days: int, state: str, platform: str = "sentinel-2a") -> dict[str, object]:
    return {"expected_on": ago(days), "platform": platform, "state": state}


def test_days_are_late_at_the_age_that_passes_are() -> None:
    assert (views.PASS_LATE_DAYS, views.PASS_GIVEN_UP_DAYS) == (PUBLISHED_DAYS, LATE_DAYS)


def test_every_day_shows_its_best_look_or_why_there_is_none(lake: Lake) -> None:
    scenes = [
        scene(50, "no_data"),
        scene(50, "valid", "other"),
        scene(45, "superseded"),
        scene(44, "refused", "refused~item"),
        scene(43, "refused", "refused~other"),
        scene(43, "cloudy"),
        {**scene(42, "refused"), "acquisition_id": "refused~when~2024-05"},
    ]
    passes = [
        expected(50, "seen"),
        expected(44, "seen"),
        expected(41, "seen"),
        expected(40, "late"),
        expected(39, "no_pass"),
        expected(20, "expected_not_published"),
        expected(20, "no_pass", "sentinel-2b"),
        expected(15, "seen", "sentinel-2b"),
        expected(35, "late", "sentinel-2b"),
        expected(34, "late", "sentinel-2c"),
        expected(33, "not_in_source"),
        expected(10, "no_data"),
        expected(1, "expected_not_published"),
    ]
    months = sorted(
        {Month.of(row["sensed_at"]) for row in scenes}
        | {Month(row["expected_on"].year, row["expected_on"].month) for row in passes}
    )
    lake.replace_months("site", months, {"scenes": scenes, "passes": passes}, run_id="r1")
    days = lake.query("SELECT day, state, looks FROM coverage_calendar")
    assert [((TODAY - row["day"]).days, row["state"], row["looks"]) for row in days] == [
        (50, "valid", 2),
        (44, "refused", 0),
        (43, "cloudy", 1),
        (41, "refused", 0),
        (40, "no_pass", 0),
        (39, "no_pass", 0),
        (35, "no_pass", 0),
        (34, "not_in_source", 0),
        (33, "not_in_source", 0),
        (20, "late", 0),
        (15, "refused", 0),
        (10, "no_data", 0),
        (1, "expected_not_published", 0),
    ]
