"""Series of the user's own through the command: into the lake, tested, shown, taken away."""

import csv
import datetime as dt
import hashlib
import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from doubles.alert_rows import SITE
from typer.testing import CliRunner, Result

from pipelines.automation.watch_list_sync import add_partitions
from pipelines.cli.main import app
from pipelines.cli.witness import WitnessDescription, add_witness
from resources.archive.dossier_folder import figures_of, site_page
from resources.errors import SitewatchError, WitnessError
from resources.lake.lake import Lake
from resources.lake.schema.witness_tables import OF_WITNESSES
from resources.lake.witnesses import WitnessChange, WitnessesChanged, WitnessResults
from resources.settings import load_settings
from resources.wiring.dagster import build_resources
from resources.witness_csv.file import MAX_MB, MAX_ROWS

START = dt.date(2018, 1, 3)
LOOKS, CHANGE = 130, 118
COPERNICUS = "Copernicus"


class Desk:
    """A data folder with one site, and the command over it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.lake: Lake = build_resources(load_settings(data=data))["lake"].open()

    def run(self, *words: str) -> Result:
        """What the command does; a known error is its exception."""
        return CliRunner().invoke(app, [*words, "--data", str(self.data)])

    def add(self, path: Path, *more: str, name: str = "calls", site: str = SITE) -> Result:
        """Add a file as port calls."""
        told = ("--site", site, "--name", name, "--unit", "port calls", *more)
        return self.run("witness", "add", str(path), *told)

    def rows(self) -> dict[str, list[dict[str, object]]]:
        """All that the lake holds of witnesses."""
        return {
            table.name: self.lake.query(f"FROM {table.name} ORDER BY {', '.join(table.key)}")
            for table in OF_WITNESSES
        }

    def snapshot(self) -> object:
        """Number of the lake's newest snapshot."""
        return self.lake.query("SELECT id FROM watch.current_snapshot()")[0]["id"]

    def page(self) -> str:
        """What a reader reads on the site's page, written anew; the site has no scenes."""
        self.lake.replace_site(SITE, {"scenes": []}, run_id="without")
        done = self.run("dossiers", SITE)
        assert done.exit_code == 0, done.output
        text = (self.data / "dossiers" / site_page(SITE)).read_text().split("</head>", 1)[1]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.fixture
def desk(watched_field: Path, tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(watched_field, data)
    found = Desk(data)
    yield found
    found.lake.close()


def written(path: Path, factor: float = 0.2, seed: int = 0) -> Path:
    """A file of counts every fifth day, whose level changes near its end."""
    level = np.where(np.arange(LOOKS) < CHANGE, 12.0, 12.0 * factor)
    counts = np.random.default_rng(seed).poisson(level)
    lines = [
        f"{START + dt.timedelta(days=5 * at)},{count},by hand" for at, count in enumerate(counts)
    ]
    path.write_text("\n".join(["date,value,remark", *lines]) + "\n")
    return path


def test_a_file_is_taken_in_tested_at_once_and_shown_with_its_alarm(
    desk: Desk, tmp_path: Path
) -> None:
    path = written(tmp_path / "calls.csv")
    done = desk.add(path, "--zone", "yard", "--source", "harbour <office>")
    assert done.exit_code == 0, done.output
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"calls: {LOOKS} values of {SITE}, 2018-01-03 to 2019-10-10, SHA-256 {digest}" in (
        done.output
    )
    assert "Columns that were not read: remark" in done.output
    assert re.search(r"Counts of calls fell from about 1\d to", done.output)
    (row,) = desk.rows()["witnesses"]
    assert (row["zone_id"], row["sha256"], row["source"]) == ("yard", digest, "harbour <office>")
    (latest,) = desk.lake.query("FROM witness_latest")
    assert latest["alarm_state"] == "fall"
    assert latest["counted_on"] == dt.date(2019, 10, 10)
    assert "not from Sentinel-2" in str(latest["summary"])
    said = desk.page()
    assert "Witnesses (series of your own, not from Sentinel-2)" in said
    for part in ("Yard", "port calls", "harbour <office>", digest, f"{LOOKS}", "in alarm: less"):
        assert part in said
    assert str(latest["summary"]) in said
    assert COPERNICUS not in said


def test_every_number_of_the_section_is_in_the_lake(desk: Desk, tmp_path: Path) -> None:
    desk.add(written(tmp_path / "calls.csv"))
    desk.page()
    listed = json.loads((desk.data / "dossiers" / figures_of(site_page(SITE))).read_text())
    mine = [one for one in listed["figures"] if one["table"].startswith("witness")]
    assert {one["column"] for one in mine} >= {"count(*)", "value", "opened_on", "summary"}
    for one in mine:
        where = " AND ".join(f"{name} = ?" for name in one["key"])
        found = desk.lake.query(
            f"SELECT {one['column']} AS it FROM {one['table']} WHERE {where}",
            list(one["key"].values()),
        )
        assert str(found[0]["it"]) == str(one["value"]), one


def test_a_site_without_witnesses_has_no_such_section(desk: Desk) -> None:
    assert "Witnesses" not in desk.page()


def test_adding_a_file_again_changes_nothing_and_another_one_replaces_it(
    desk: Desk, tmp_path: Path
) -> None:
    path = written(tmp_path / "calls.csv")
    desk.add(path)
    before, snapshot = desk.rows(), desk.snapshot()
    assert desk.add(path).exit_code == 0
    assert desk.rows() == before
    assert desk.snapshot() == snapshot
    assert before["witness_alarms"]
    desk.add(written(tmp_path / "other.csv", factor=1.0, seed=3))
    after = desk.rows()
    assert len(after["witness_values"]) == LOOKS
    assert after["witnesses"][0]["sha256"] != before["witnesses"][0]["sha256"]
    assert after["witness_alarms"] != before["witness_alarms"]


def test_witnesses_share_the_rate_and_one_that_goes_gives_it_back(
    desk: Desk, tmp_path: Path
) -> None:
    path = written(tmp_path / "calls.csv")
    desk.add(path)
    alone = desk.rows()
    desk.add(written(tmp_path / "ships.csv", factor=1.0, seed=5), name="ships")
    both = desk.rows()
    assert [row["witnesses"] for row in both["witness_tests"]] == [2, 2]
    rates = [
        min(
            row["false_alarms_per_year"] for row in rows["witness_alarms"] if row["name"] == "calls"
        )
        for rows in (alone, both)
    ]
    assert rates[1] == pytest.approx(2 * rates[0])
    listed = desk.run("witness", "list", "--site", SITE)
    assert all(name in listed.output for name in ("calls", "ships", "port calls"))
    done = desk.run("witness", "remove", "--site", SITE, "--name", "ships")
    assert done.exit_code == 0, done.output
    assert desk.rows() == alone
    desk.run("witness", "remove", "--site", SITE, "--name", "calls")
    assert not any(desk.rows().values())


def test_the_asset_makes_the_same_rows_and_again_the_same(
    post_at: Callable, watched_field: Path, tmp_path: Path
) -> None:
    shutil.copytree(watched_field, tmp_path / "data")
    post = post_at(tmp_path / "data")
    add_partitions(post.lake, post.instance)
    path = written(tmp_path / "calls.csv")
    add_witness(post.lake, path, WitnessDescription(SITE, None, "calls", "port calls"))
    before = [post.lake.query(f"FROM {table.name}") for table in OF_WITNESSES]
    assert all(before)
    lost = {"witness_alarms": [], "witness_tests": [], "scenes": []}
    post.lake.replace_site(SITE, lost, run_id="lost")
    for _ in range(2):
        assert post.judge(SITE).success
        assert [post.lake.query(f"FROM {table.name}") for table in OF_WITNESSES] == before
    page = (tmp_path / "data/dossiers" / site_page(SITE)).read_text()
    assert "Witnesses (series of your own" in page


def test_results_of_other_witnesses_than_there_are_are_not_written(
    desk: Desk, tmp_path: Path
) -> None:
    """Of two processes that add at once, the second is told, and nothing of the first is lost."""
    desk.add(written(tmp_path / "calls.csv"))
    before, older = desk.rows(), WitnessResults(frozenset(), [], [])
    row = {"unit": "ships", "sha256": "0", "added_at": dt.datetime.now(dt.UTC)}
    with pytest.raises(WitnessesChanged):
        desk.lake.change_witness(SITE, WitnessChange("ships", [row], []), older)
    assert desk.lake.replace_witness_results(SITE, older, run_id="older") == 0
    assert desk.rows() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "bad.csv: row 1: expected the columns date and value, found 'nothing'"),
        ("day,value\n", r"bad.csv: row 1: expected .* found 'day, value'; name a column date"),
        ("date,number\n", r"name a column value in the first row"),
        ("date,value,value\n2020-01-01,1,1\n", "row 1, value: expected one such column"),
        ("date,value\n", "bad.csv: expected rows below the first"),
        ("date,value\n2020-01-01,1,5\n", r"row 2: expected 2 fields as in row 1, found 3"),
        ("date,value\n2020-01-01,-4\n", "bad.csv: row 2, value: expected a number from 0"),
        ('date,value\n"2020-01-01,1\n', "bad.csv: line .* is no CSV"),
        ("date,value\n2020-01-01,1\n2020-01-01,1\n", "row 3, date: expected one row of"),
        (f"date,value\n{'2020-01-01,1' * 900_000}\n", f"expected at most {MAX_MB} MB"),
        ("date,cell,value\n" + "2020-01-01,a,1\n" * 2, "row 3, date: .* cell 'a'"),
        (b"date,value\n2020-01-01,\xff\n", "bad.csv: expected UTF-8"),
        (b"date,value\n2020-01-01,1\x00\n", "bad.csv: row 2, value"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_error_and_nothing_is_lost(
    desk: Desk, tmp_path: Path, content: str | bytes, message: str
) -> None:
    desk.lake.replace_site(
        SITE,
        {"witnesses": [{"name": "calls", "unit": "x", "added_at": dt.datetime.now(dt.UTC)}]},
        run_id="before",
    )
    before = desk.rows()
    path = tmp_path / "bad.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = desk.add(path)
    assert isinstance(done.exception, WitnessError), done
    assert re.search(message, str(done.exception)), done.exception
    assert len(str(done.exception)) < 500
    assert desk.rows() == before


def test_more_rows_than_a_series_may_have_are_refused(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = (f"2020-01-01,{at},1" for at in range(MAX_ROWS + 1))
    path.write_text("date,cell,value\n" + "\n".join(rows))
    assert "at most 100,000 rows" in str(desk.add(path).exception)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--site", "elswhere"),
            r"--site: expected a site of the lake \(field\), found 'elswhere'",
        ),
        (("--zone", "quay"), r"--zone: expected a zone of field \(yard\), found 'quay'"),
        (("--name", ""), "--name: expected 1 to 80 printable"),
        (("--name", "a\x1b[2Jb"), "--name: expected 1 to 80 printable"),
        (("--source", "x" * 501), "--source: expected 1 to 500 printable"),
    ],
)
def test_what_is_told_of_a_series_must_fit(
    desk: Desk, tmp_path: Path, words: tuple[str, str], message: str
) -> None:
    done = desk.add(written(tmp_path / "calls.csv"), *words)
    assert isinstance(done.exception, WitnessError), done
    assert re.search(message, str(done.exception))
    assert not any(desk.rows().values())


def test_what_is_not_there_is_told_by_name(desk: Desk, tmp_path: Path) -> None:
    gone = desk.run("witness", "remove", "--site", SITE, "--name", "none")
    assert "expected a witness of field (none yet), found 'none'" in str(gone.exception)
    assert "no such file" in str(desk.add(tmp_path / "none.csv").exception)
    assert "no such file" in str(desk.add(tmp_path).exception)
    assert desk.run("witness", "list").output.strip() == "no rows"
    assert isinstance(desk.run("witness", "list", "--site", "x").exception, SitewatchError)


@pytest.mark.parametrize("ending", ["csv", "geojson"])
def test_no_line_of_a_satellites_is_claimed_for_the_users_own_numbers(
    desk: Desk, tmp_path: Path, ending: str
) -> None:
    desk.add(written(tmp_path / "calls.csv"))
    to = tmp_path / f"out.{ending}"
    for question in ("witness_values", "witness_alarms", "witness_latest"):
        assert desk.run("export", question, "--to", str(to)).exit_code == 0
        told = to.read_text() + "".join(one.read_text() for one in tmp_path.glob("*-metadata.json"))
        assert COPERNICUS not in told
        assert "Series of the user's own" in told
        asked = desk.run("sql", f"from {question}")
        assert COPERNICUS not in asked.output
    both = "SELECT w.site_id, value FROM witness_latest w JOIN scenes s USING (site_id)"
    assert desk.run("export", both, "--to", str(to)).exit_code == 0
    assert "Copernicus Sentinel data 2026; Series of the user's own" in to.read_text()
    asked = desk.run("sql", both)
    assert COPERNICUS in asked.output
    assert "Series of the user's own" in asked.output


@pytest.mark.shared
def test_a_file_of_the_airports_is_taken_as_it_is(desk: Desk, shared: Path) -> None:
    path = shared / "bench" / "airports" / "TXL.csv"
    assert desk.add(path).exit_code == 0
    with path.open(newline="") as lines:
        given = list(csv.DictReader(lines))
    rows = desk.rows()["witness_values"]
    assert [(str(row["counted_on"]), row["value"], row["cells_valid"]) for row in rows] == [
        (one["date"], float(one["count"]), int(one["n_valid_cells"])) for one in given
    ]
    assert len(rows[0]["cells"]) == 49
    alarms = desk.rows()["witness_alarms"]
    assert any(
        row["direction"] == "fall"
        and dt.date(2020, 3, 1) <= row["opened_on"] < dt.date(2020, 4, 16)
        for row in alarms
    )
