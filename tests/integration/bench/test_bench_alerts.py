"""The yardstick of alerts: reads its layout, runs the product's test, asks the scorer."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.alerts.__main__ import app
from bench.alerts.airports import (
    Airport,
    Alarm,
    find_alarms,
    read_airports,
    scan_airport,
    write_alarms,
)
from bench.alerts.chosen import ALTERNATIVES, candidates
from bench.alerts.compare import OURS, Comparison, markdown, ours, write_scores
from bench.alerts.curves import draw
from bench.alerts.packaged import adwin, installed, one_break, page_hinkley
from bench.alerts.peers import LEARNING_LOOKS, PLAIN, index
from bench.alerts.planted import if_known, plant, score_planted
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
    for day in ("2016-05-01", "2018-06-10", "2020-03-25"):
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


def made_up(looks=150, change=110, factor=0.2):
    """An airport of four cells whose level changes once, seen in part."""
    rng = np.random.default_rng(0)
    cells = rng.poisson(3.0, (looks, 4))
    cells[change:] = rng.poisson(3.0 * factor, (looks - change, 4))
    seen = rng.random((looks, 4)) < 0.8
    dates = np.datetime64("2017-01-01") + 5 * np.arange(looks)
    return Airport("A", dates, np.where(seen, cells, np.nan))


@pytest.mark.parametrize("method", [*PLAIN.values(), ours], ids=[*PLAIN, OURS])
def test_peer_scores_a_fall_higher_than_quiet_and_looks_at_no_later_one(method):
    airport = made_up()
    fall, _ = method(airport)
    quiet = fall[60:110]
    assert np.isfinite(quiet).any()
    assert fall[113:130].max() > quiet.max()
    cut = replace(airport, dates=airport.dates[:125], cells=airport.cells[:125])
    for whole, then in zip(method(airport), method(cut), strict=True):
        np.testing.assert_allclose(then, whole[:125])


@pytest.mark.parametrize(
    ("package", "method"),
    [("ruptures", one_break), ("river", adwin), ("river", page_hinkley)],
)
def test_detector_of_a_package_finds_a_fall_and_looks_at_no_later_one(package, method):
    pytest.importorskip(package, reason="an extra of the yardsticks, sitewatch[bench]")
    airport = made_up()
    fall, _ = method(airport)
    assert fall[112:145].max() > fall[60:110].max()
    cut = replace(airport, dates=airport.dates[:125], cells=airport.cells[:125])
    np.testing.assert_allclose(method(cut)[0], fall[:125])


def test_methods_of_absent_packages_are_named_and_left_out():
    there, missing = installed()
    for package in ("nrt", "ruptures", "river"):
        assert (package in missing) != any(package in name for name in there)


def test_seeing_only_quiet_cells_leaves_the_peers_index_where_it_was():
    rng = np.random.default_rng(0)
    cells = rng.poisson([9.0, 9.0, 0.2, 0.2], (120, 4)).astype(float)
    cells[80:, :2] = np.nan
    airport = Airport("A", np.datetime64("2017-01-01") + 5 * np.arange(120), cells)
    assert np.isnan(index(airport)[0])
    assert abs(np.mean(index(airport)[80:])) < 0.4
    assert LEARNING_LOOKS < 80


def test_curves_of_the_same_figures_are_the_same_bytes(tmp_path):
    row = {
        "false_alarms_per_site_year": 0.5,
        "mean_delay_days_capped": 9.0,
        "detected": {"2020-04-15": 1.0, "2020-05-31": 1.0},
        "placebo_2019": 0.0,
        "placebo_2018": 0.1,
        "surges": {"x0.5": {"within_60d": 0.8}, "x2": {"within_60d": 0.9}},
    }
    found = Comparison({OURS: {"down": {"0.5": row, "0.1": None}, "up": {"0.5": row}}}, ["river"])
    for name in ("one.svg", "other.svg"):
        draw(found, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
    text = markdown(found)
    assert "| 0.5 | sitewatch | 0.50 | 100% | 100% | 9.0 | 0% | 10% | 80% | 0.50 | 90% |" in text
    assert "| 0.1 | sitewatch | - |" in text
    assert "river" in text


@pytest.mark.shared
def test_sweep_of_the_scorer_takes_a_methods_scores(folder, tmp_path):
    yardstick = Yardstick(folder, folder / "score.py")
    series, truth = yardstick.simulate(tmp_path, starts=1, factors=(0.5,))
    for name, airports in (("own", read_airports(folder)), ("others", read_airports(series))):
        write_scores(tmp_path / name, airports, PLAIN["CUSUM"])
    found = yardstick.sweep(tmp_path / "own", (series, truth, tmp_path / "others"), (1.0,))
    assert found["down"]["1"]["false_alarms_per_site_year"] <= 1
    assert "x0.5" in found["down"]["1"]["surges"]


@pytest.mark.shared
def test_nobody_finds_more_planted_changes_than_one_who_is_told_the_day(folder, alarms, tmp_path):
    yardstick = Yardstick(folder, folder / "score.py")
    planting = plant(yardstick, tmp_path, starts=4, factors=(2.0,))
    found = [a for one in planting.airports for a in find_alarms(one, scan_airport(one), 2.0)]
    score = score_planted(yardstick, alarms, planting, found)
    early, late = score["surges"]["x2"], score["at_best"]["x2"]
    assert 0 < early["within_60d"] <= late["within_60d"] <= 1
    assert late["mean_delay_days_capped"] < early["mean_delay_days_capped"]
    told = if_known(planting)
    assert {alarm.direction for alarm in told} == {"up"}
    assert {alarm.airport for alarm in told} == {one.name for one in planting.airports}


def test_beliefs_to_choose_from_are_all_different():
    options = candidates()
    assert len(set(options)) == len(ALTERNATIVES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("airport,date\nA,2019-01-01\n", "cells"),
        ("airport,date,cells\nA,2019-01-01,0.?\n", "base 36"),
        ("airport,date,cells\nA,2019-01-01,00\nA,2019-01-01,00\n", "one row a day"),
        ("airport,date,cells\n", "found none"),
        ("airport,date,cells\nA,2019-01-01,00\nA,2019-01-02\n", "A.csv: row 3 lacks"),
    ],
)
def test_what_is_not_laid_out_as_airports_is_refused(tmp_path, text, message):
    (tmp_path / "A.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_airports(tmp_path)


def test_mark_of_byte_order_is_no_part_of_a_column(tmp_path):
    (tmp_path / "A.csv").write_text("\ufeffairport,date,cells\nA,2019-01-01,0.\n", encoding="utf-8")
    (airport,) = read_airports(tmp_path)
    assert np.array_equal(airport.cells, [[0, np.nan]], equal_nan=True)


def test_folder_that_is_not_there_is_told_before_anything_is_judged(tmp_path):
    (tmp_path / "A.csv").write_text("airport,date,cells\nA,2019-01-01,0.\n")
    out = tmp_path / "none" / "alarms.csv"
    done = CliRunner().invoke(app, ["--data", str(tmp_path), "--alarms", str(out)])
    assert done.exit_code == 2
    assert "none" in done.output


def test_written_alarms_have_the_columns_of_the_scorer(tmp_path):
    airport = Alarm("A", np.datetime64("2019-05-01").tolist(), "up")
    write_alarms(tmp_path / "a.csv", [airport])
    assert (tmp_path / "a.csv").read_text().split() == [
        "airport,alarm_date,direction",
        "A,2019-05-01,up",
    ]
