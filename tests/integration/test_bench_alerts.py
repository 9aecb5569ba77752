"""The yardstick of alerts: reads its layout, runs the product's test, asks the scorer."""

import csv
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.alerts.__main__ import app
from bench.alerts.airports import Alarm, find_alarms, read_airports, scan_airport, write_alarms
from bench.alerts.quiet_counts import make_quiet
from bench.alerts.scoring import Yardstick

SOME = ("TXL",)


def written(path):
    """Rows of a file of alarms."""
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def folder(shared, tmp_path_factory):
    """One of the airports, with its scorer."""
    made = tmp_path_factory.mktemp("airports")
    for name in (*(f"{one}.csv" for one in SOME), "score.py"):
        shutil.copyfile(shared / "bench" / "airports" / name, made / name)
    return made


@pytest.fixture(scope="module")
def alarms(folder):
    """What the product finds in it at half a false alarm a year and direction."""
    return [a for one in read_airports(folder) for a in find_alarms(one, scan_airport(one), 0.5)]


@pytest.mark.shared
def test_command_writes_alarms_that_the_scorer_reads_and_the_fall_of_2020_is_among_them(
    folder, alarms, tmp_path
):
    out = tmp_path / "alarms.csv"
    done = CliRunner().invoke(app, ["--data", str(folder), "--alarms", str(out)])
    assert done.exit_code == 0, done.output
    rows = written(out)
    assert [(r["airport"], r["alarm_date"], r["direction"]) for r in rows] == [
        (a.airport, a.date.isoformat(), a.direction) for a in alarms
    ]
    score = Yardstick(folder, folder / "score.py").score(alarms)
    assert score["drawdown_2020"]["detected"]["2020-04-15"] == 1
    assert score["false_alarms_per_site_year"]["total"] < 2


@pytest.mark.shared
def test_data_cut_at_a_date_give_the_same_alarms_up_to_it(folder, alarms, tmp_path):
    yardstick = Yardstick(folder, folder / "score.py")
    for day in ("2018-06-10", "2020-03-25"):
        cut = yardstick.truncated(day, tmp_path)
        then = {a for one in cut for a in find_alarms(one, scan_airport(one), 0.5)}
        assert then == {a for a in alarms if a.date.isoformat() <= day}


@pytest.mark.shared
def test_one_direction_asked_for_is_the_only_one_written(folder, alarms, tmp_path):
    out = tmp_path / "alarms.csv"
    options = ["--data", str(folder), "--alarms", str(out), "--direction", "down"]
    assert CliRunner().invoke(app, options).exit_code == 0
    rows = written(out)
    assert len(rows) == sum(a.direction == "down" for a in alarms) > 0


@pytest.mark.shared
def test_made_up_quiet_site_is_seen_as_its_airport_was(folder):
    airport = read_airports(folder)[0]
    days, cells = make_quiet(airport, np.random.default_rng(0))
    past = airport.dates < np.datetime64("2020-01-01")
    assert np.array_equal(np.isfinite(cells), np.isfinite(airport.cells[past]))
    assert np.array_equal(days, airport.days[past])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("airport,date\nA,2019-01-01\n", "cells"),
        ("airport,date,cells\nA,2019-01-01,0.?\n", "base 36"),
        ("airport,date,cells\nA,2019-01-01,00\nA,2019-01-01,00\n", "one row a day"),
        ("airport,date,cells\n", "found none"),
    ],
)
def test_what_is_not_laid_out_as_airports_is_refused(tmp_path, text, message):
    (tmp_path / "A.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_airports(tmp_path)


def test_written_alarms_have_the_columns_of_the_scorer(tmp_path):
    airport = Alarm("A", np.datetime64("2019-05-01").tolist(), "up")
    write_alarms(tmp_path / "a.csv", [airport])
    assert (tmp_path / "a.csv").read_text().split() == [
        "airport,alarm_date,direction",
        "A,2019-05-01,up",
    ]
