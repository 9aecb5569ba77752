"""The thread that fetches: one a process, made anew after a fork, gone in silence at the end."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.ranges import FolderServer, serve_folder

from resources.http.documents import FetchAllowlist, fetch_bytes

HERE = FetchAllowlist(is_loopback=True)
CONTENT = b"0123456789" * 1000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FolderServer]:
    (tmp_path / "a.tif").write_bytes(CONTENT)
    with serve_folder(tmp_path) as found:
        yield found


def fetch(server: FolderServer) -> bytes:
    return fetch_bytes(HERE, f"{server.url}/a.tif", limit=len(CONTENT))[0]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_process_split_off_opens_connections_of_its_own(server: FolderServer) -> None:
    assert fetch(server) == CONTENT
    child = os.fork()
    if child == 0:
        is_right = False
        try:
            is_right = fetch(server) == CONTENT
        finally:
            os._exit(0 if is_right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert fetch(server) == CONTENT


def test_the_end_of_a_process_closes_its_connections_in_silence(server: FolderServer) -> None:
    script = (
        "from resources.http.documents import FetchAllowlist, fetch_bytes\n"
        f"fetch_bytes(FetchAllowlist(is_loopback=True), '{server.url}/a.tif', limit=10**6)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
