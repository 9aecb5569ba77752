"""Months of a run on their way into the lake: some at a time, whole, also when the run fails."""

from collections.abc import Iterator

import pytest

from assets.month_writer import MOST_MONTHS, MonthWriter
from resources.errors import LakeError
from resources.lake.lake import Lake, LakeLocation
from resources.months import Month, months_between

FIRST = Month(2018, 1)
YEARS = months_between(FIRST, Month(2020, 3))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    folder = tmp_path_factory.mktemp("lake")
    lake = Lake(LakeLocation(str(folder / "catalog.sqlite"), str(folder / "files")))
    lake.ensure()
    yield lake
    lake.close()


def rows_of(month: Month) -> dict[str, list[dict[str, object]]]:
    look = {"acquisition_id": f"look-{month}", "sensed_at": month.start, "state": "valid"}
    return {"scenes": [look], "refusals": []}


def stage_row(month: Month) -> dict[str, object]:
    return {"stage": "scenes", "month": month.start.date(), "rows": 1}


def write(lake: Lake, site_id: str, rows: dict[Month, dict[str, list[dict[str, object]]]]) -> None:
    with MonthWriter(lake, site_id, "run") as writer:
        for month, tables in rows.items():
            if not tables:
                raise RuntimeError("the catalogue went away")
            writer.add(month, tables, stage_row(month))


def months_in(lake: Lake, site_id: str) -> list[str]:
    rows = lake.query(
        "SELECT acquisition_id FROM scenes WHERE site_id = ? ORDER BY sensed_at", [site_id]
    )
    done = lake.query("SELECT month FROM site_months WHERE site_id = ?", [site_id])
    assert len(done) == len(rows), "a month is there whole or not at all"
    return [str(row["acquisition_id"]) for row in rows]


def snapshot(lake: Lake) -> int:
    return int(str(lake.query("SELECT id FROM watch.current_snapshot()")[0]["id"]))


def test_many_months_take_few_commits_and_again_none(lake: Lake) -> None:
    for expected in (2, 0):
        before = snapshot(lake)
        write(lake, "many", {month: rows_of(month) for month in YEARS})
        assert snapshot(lake) - before == expected
        assert months_in(lake, "many") == [f"look-{month}" for month in YEARS]


def test_months_made_before_a_failure_are_kept(lake: Lake) -> None:
    made = {month: rows_of(month) for month in YEARS[:3]}
    with pytest.raises(RuntimeError, match="the catalogue went away"):
        write(lake, "failing", made | {YEARS[3]: {}})
    assert months_in(lake, "failing") == [f"look-{month}" for month in YEARS[:3]]


def test_a_month_that_cannot_be_written_takes_none_of_its_commit_along(lake: Lake) -> None:
    wrong = {"scenes": [{"acquisition_id": "stray", "sensed_at": Month(2031, 1).start}]}
    with pytest.raises(LakeError):
        write(lake, "stray", {FIRST: rows_of(FIRST), FIRST.plus(1): wrong})
    assert months_in(lake, "stray") == []


def test_two_years_are_written_before_the_next_begin(lake: Lake) -> None:
    with MonthWriter(lake, "year", "run-4") as writer:
        for month in YEARS[:MOST_MONTHS]:
            writer.add(month, rows_of(month), stage_row(month))
        assert len(months_in(lake, "year")) == MOST_MONTHS
