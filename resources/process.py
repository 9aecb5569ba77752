"""Marks of processes, by which a run whose process is gone can be told from one at work."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import Final

PROCESS_TAG: Final = "sitewatch/process"
"""Tag of a run with the mark of the process that works it."""


def process_mark() -> str:
    """Name of this process that no other process of any time has: host, number and start."""
    return f"{socket.gethostname()}/{os.getpid()}/{_process_start(os.getpid())}"


def is_gone(mark: str) -> bool:
    """Whether a mark is of a process of this machine that has ended."""
    host, _, rest = mark.partition("/")
    number, _, started = rest.partition("/")
    return (
        host == socket.gethostname() and number.isdigit() and _process_start(int(number)) != started
    )


def _process_start(number: int) -> str:
    """When a process started, as the system writes it; empty if there is none."""
    status = Path(f"/proc/{number}/stat")
    if status.parent.parent.joinpath("self").exists():
        try:
            return status.read_text().rpartition(")")[2].split()[19]
        except OSError:
            return ""
    listed = subprocess.run(  # noqa: S603 - a fixed command and a number
        ["/bin/ps", "-o", "lstart=", "-p", str(number)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()
