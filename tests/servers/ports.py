"""Free ports of this machine, the web UI on one of them, and waiting for what takes a moment."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
START_SECONDS = 90


def free_ports(count: int) -> list[int]:
    """So many ports, each free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def port_before_a_free_one() -> int:
    """A port that is free and whose next one is, too: `sitewatch dev` takes both."""
    for _ in range(50):
        (port,) = free_ports(1)
        with socket.socket() as following:
            try:
                following.bind((LOOPBACK, port + 1))
            except (OSError, OverflowError):
                continue
        return port
    raise RuntimeError(f"No two free ports side by side on {LOOPBACK}.")


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Until something has come about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def answer(address: str) -> int:
    """Status with which a server answers; 0 where none does."""
    try:
        with urllib.request.urlopen(address, timeout=5) as found:
            return int(found.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0


@contextmanager
def web_ui(port: int, cwd: Path, **variables: str) -> Iterator[str]:
    """Address of `sitewatch dev` on a port, once it answers, until the end of the block."""
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("sitewatch")), "dev", "--port", str(port)],
        cwd=cwd,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        address = f"http://{LOOPBACK}:{port}"
        wait_for(lambda: answer(f"{address}/server_info") == 200, START_SECONDS)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(30)
