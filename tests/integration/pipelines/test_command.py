"""The command as a user runs it: a small simulated watch, the lines of the pages, and bad input."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from places import ROOT
from servers.ports import answer, port_before_a_free_one, wait_for, web_ui

from resources.months import Month
from resources.simulated.archive import SimulatedArchive, Simulation, write_archive

PAGES = ("README.md", "docs/first-site.md", "docs/operator.md")
SITEWATCH = Path(sys.executable).with_name("sitewatch")


def run(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SITEWATCH), *arguments],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def ask(processes, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command as `run` does, split from a process that has imported everything."""
    printed, said = tmp_path / "printed.txt", tmp_path / "said.txt"

    def asked(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        process = processes.start(
            "command.py",
            WORDS=words,
            FOLDER=str(cwd),
            VARIABLES={**os.environ, **variables},
            PRINTED=str(printed),
            SAID=str(said),
        )
        process.join(300)
        assert process.exitcode is not None, "it did not end"
        return subprocess.CompletedProcess(
            words, process.exitcode, printed.read_text(), said.read_text()
        )

    return asked


def page_commands() -> list[str]:
    """What newcomers and operators are told to type, each once; other pages have own tests."""
    blocks = [
        block
        for page in PAGES
        for block in re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    ]
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith("sitewatch ")))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> SimulatedArchive:
    folder = tmp_path_factory.mktemp("simulated")
    return write_archive(folder, Simulation(first=Month(2022, 10), months=2))


@pytest.fixture(scope="module")
def watched(
    simulated: SimulatedArchive, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A folder in which two months were watched, and what the command printed."""
    folder = tmp_path_factory.mktemp("user")
    done = run(
        "run",
        *("--sites", str(simulated.sites), "--archive", str(simulated.catalog.parent)),
        *("--from", "2022-10", "--to", "2022-11"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_a_run_tells_time_by_stage_and_peak_memory(watched: tuple[Path, str]) -> None:
    _, printed = watched
    for stage in ("scenes", "cloud_masks", "activity", "anomalies", "dossiers"):
        assert re.search(rf"{stage}\W+[\d.]+\W+\d+", printed), printed
    assert re.search(r"Peak memory \d+ MB", printed)
    assert "SIMULATED scenes, no Copernicus data" in printed


def test_a_run_leaves_pages_that_say_simulated_and_tells_where(
    watched: tuple[Path, str], ask: Callable
) -> None:
    folder, printed = watched
    index = folder / "data/dossiers/index.html"
    assert f"Pages for readers: {index}" in printed
    for page in (index, folder / "data/dossiers/sites/simulated-airbase.html"):
        assert "<strong>SIMULATED</strong>: the scenes shown here are made up" in page.read_text()
    before = page.read_bytes()
    page.unlink()
    again = ask("dossiers", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert str(index) in again.stdout
    assert page.read_bytes() == before
    assert ask("dossiers", "elsewhere", cwd=folder).returncode == 1


def test_a_run_says_first_what_it_will_read(watched: tuple[Path, str]) -> None:
    _, printed = watched
    assert re.match(
        r"Estimate: stac-folder:\S+ (\d+) looks listed, \1 to be read; about 0 requests, 0 MB\.\n",
        printed,
    ), printed


def test_a_run_shows_progress_in_a_log_file(watched: tuple[Path, str]) -> None:
    _, printed = watched
    assert "activity: 2 of 2" in printed


def test_status_and_questions_are_answered(watched: tuple[Path, str], ask: Callable) -> None:
    folder, _ = watched
    status = ask("status", cwd=folder)
    assert "simulated-airbase" in status.stdout
    assert "last look" in status.stdout
    assert "None" not in status.stdout
    answer = ask("sql", "select count(*) as looks from scenes", cwd=folder)
    assert re.search(r"looks\W+\d+", answer.stdout), answer.stdout + answer.stderr
    assert ask("sql", "from open_alerts", cwd=folder).returncode == 0


def test_a_question_cannot_change_the_lake(watched: tuple[Path, str], ask: Callable) -> None:
    folder, _ = watched
    refused = ask("sql", "delete from scenes", cwd=folder)
    assert refused.returncode == 1
    assert "read-only" in refused.stderr
    answer = ask("sql", "select count(*) > 0 as kept from scenes", cwd=folder)
    assert "True" in answer.stdout


@pytest.mark.parametrize(
    "line", [line for line in page_commands() if not line.startswith("sitewatch dev")]
)
def test_every_command_of_the_pages_works(
    line: str,
    watched: tuple[Path, str],
    simulated: SimulatedArchive,
    ask: Callable,
    tmp_path: Path,
) -> None:
    # Months without a look take a while and tell no more than two of them.
    words = shlex.split(line.replace("2025-01", "2024-02"))[1:]
    needs_lake = words[0] in ("status", "sql", "dossiers")
    data = watched[0] / "data" if needs_lake else tmp_path
    # Real places need the internet; here the same command finds an empty catalogue.
    done = ask(
        *words, cwd=ROOT, SITEWATCH_DATA=str(data), SITEWATCH_SOURCE=str(simulated.catalog.parent)
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_web_ui_and_the_dossiers_beside_it_answer_on_loopback(
    watched: tuple[Path, str],
) -> None:
    folder, _ = watched
    port = port_before_a_free_one()
    with web_ui(port, folder) as address:
        assert answer(f"{address}/server_info") == 200
        pages = f"http://127.0.0.1:{port + 1}"
        wait_for(lambda: answer(f"{pages}/index.html") == 200)
        assert answer(f"{pages}/sites/simulated-airbase.html") == 200
        assert answer(f"{pages}/..%2flake/catalog.sqlite") == 404
        assert answer(f"{pages}/sites/") == 404, "no lists of files"
    wait_for(lambda: answer(f"{pages}/index.html") == 0)  # they end with the web UI


def test_a_bad_list_is_one_clear_message(tmp_path: Path, ask: Callable) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_text('{"type": "FeatureCollection", "features": []}')
    done = ask("sites", "check", str(bad), cwd=tmp_path)
    assert done.returncode == 1
    assert "bad.geojson" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--from", "2020-13"), "month"),
        (("run", "--from", "2015-01"), "2015-06"),
        (("run", "--to", "2999-01"), "now"),
        (("run", "--from", "2020-02", "--to", "2020-01"), "swap"),
        (("status",), "no lake"),
        (("dev", "--port", "65535"), "from 1 to 65534"),
        (("dev", "--port", "-1"), "from 1 to 65534"),
        (("run", "--archive", "ftp://example.org"), "https"),
    ],
)
def test_bad_arguments_are_one_clear_message(
    arguments: tuple[str, ...], said: str, tmp_path: Path, ask: Callable
) -> None:
    done = ask(*arguments, cwd=tmp_path, SITEWATCH_SITES=str(ROOT / "sites"))
    assert done.returncode == 1, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
