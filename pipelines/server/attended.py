"""A program that starts others, attended until it ends, and all of them ended within a bound."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Final

GRACE_S: Final = 15.0
"""For a polite end. Whoever is killed after it loses nothing that counts: the lake is written in
transactions, files under their names once they are whole, and runs that were killed are marked."""
KILL_S: Final = 5.0  # until the system has taken away what was killed
LOOK_S: Final = 0.1


def run_attended(
    command: Sequence[str], environment: Mapping[str, str], grace_s: float = GRACE_S
) -> int:
    """Run a program until it ends or Ctrl-C or SIGTERM asks for the end; its exit code, or 0.

    It and all that it starts are one process group, which a signal reaches at once: parts that
    end one after the other, each as slowly as the machine is busy, would have no bound together.
    Both signals are taken also where a shell's background job ignores SIGINT, since the program
    would inherit that and could then not be ended at all.
    """
    asked: list[int] = []
    ending = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda number, _: asked.append(number)) for one in ending]
    try:
        leader = subprocess.Popen(command, env=environment, process_group=0)  # noqa: S603 - our own
        while leader.poll() is None and not asked:
            time.sleep(LOOK_S)
        end_group(leader, grace_s)
    finally:
        for number, handler in zip(ending, before, strict=True):
            signal.signal(number, handler)
    return 0 if asked else int(leader.returncode)


def end_group(leader: subprocess.Popen[bytes], grace_s: float) -> None:
    """End a process group: politely, and what is still there after the grace by force."""
    for number, seconds in ((signal.SIGINT, grace_s), (signal.SIGKILL, KILL_S)):
        _signal_group(leader, number)
        until = time.monotonic() + seconds
        while _signal_group(leader, 0) and time.monotonic() < until:
            time.sleep(LOOK_S)


def _signal_group(leader: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to all of a group; whether there is anyone."""
    leader.poll()  # else it would stay in the group as one that has ended
    try:
        os.killpg(leader.pid, number)
    except (ProcessLookupError, PermissionError):  # the second on macOS, where all have ended
        return False
    return True
