"""A program and all that it started end within the bound, whatever they do of a signal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from places import ROOT
from servers.ports import wait_for

from pipelines.server.attended import end_group

ATTENDING = """\
import sys
from pipelines.server import attended
sys.exit(attended.run_attended([sys.executable, *sys.argv[1:]], {}, grace_s=1.0))
"""
WITH_A_CHILD = """\
import pathlib, signal, subprocess, sys, time
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[2]).write_text(str(child.pid))
try:
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(3)
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen]]:
    """Processes to be taken away at the end, however the test ends."""
    found: list[subprocess.Popen] = []
    yield found
    for process in found:
        process.kill()
        process.wait()


def attending(program: str, manner: str, told: Path, *, ignoring: bool = False) -> subprocess.Popen:
    """A process that attends a program, started with SIGINT ignored or not."""
    script = told.with_name("program.py")
    script.write_text(program)
    before = signal.signal(
        signal.SIGINT, signal.SIG_IGN if ignoring else signal.default_int_handler
    )
    try:
        return subprocess.Popen(
            [sys.executable, "-c", ATTENDING, str(script), manner, str(told)], cwd=ROOT
        )
    finally:
        signal.signal(signal.SIGINT, before)


def is_there(number: int) -> bool:
    """Whether a process is at work: one that has ended may wait for whoever adopted it."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("ignoring", [False, True])
@pytest.mark.parametrize("manner", ["hears", "deaf"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_end_after_a_signal(
    started: list[subprocess.Popen], tmp_path: Path, number: int, manner: str, *, ignoring: bool
) -> None:
    """Also where the program and its child hear no polite signal, and in the background."""
    told = tmp_path / "child"
    process = attending(WITH_A_CHILD, manner, told, ignoring=ignoring)
    started.append(process)
    wait_for(lambda: told.is_file() and told.read_text())
    os.kill(process.pid, number)
    assert process.wait(30) == 0
    assert not is_there(int(told.read_text()))


def test_a_program_that_ends_by_itself_gives_its_code_and_leaves_nobody(
    started: list[subprocess.Popen], tmp_path: Path
) -> None:
    told = tmp_path / "child"
    process = attending(
        WITH_A_CHILD.replace("time.sleep(600)\nexcept", "sys.exit(7)\nexcept"), "hears", told
    )
    started.append(process)
    assert process.wait(30) == 7
    assert not is_there(int(told.read_text()))


def test_the_grace_is_the_bound(started: list[subprocess.Popen]) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True)"
    leader = subprocess.Popen(
        [sys.executable, "-c", f"{deaf}; time.sleep(600)"], process_group=0, stdout=subprocess.PIPE
    )
    started.append(leader)
    with leader.stdout as told:
        told.readline()
    begun = time.monotonic()
    end_group(leader, grace_s=0.5)
    assert leader.returncode == -signal.SIGKILL
    assert 0.5 <= time.monotonic() - begun < 10
