"""The process that one reader lives in: reads when told to, and says what it took.

A process each, so that processor time and memory are the reader's own. Who reads when is
decided in `rounds`.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bench.fetch.plan import Task
from bench.fetch.programs import Program
from bench.fetch.readers.found import Found
from bench.fetch.scenes import digest
from resources.models import BandName


@dataclass(frozen=True, slots=True)
class Effort:
    """What a read took in its process, and what identifies the pixels that it found."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    digests: dict[tuple[str, BandName], str]


class Worker:
    """A reader's process, as its owner sees it."""

    def __init__(self, program: Program) -> None:
        context = multiprocessing.get_context("spawn")
        self.program = program
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(program.module, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def read(self, task: Task) -> Effort | None:
        """Read the task's windows; None if the reader failed, which its process has printed."""
        try:
            self._pipe.send(task)
            effort: Effort = self._pipe.recv()
        except (EOFError, BrokenPipeError):
            return None
        return effort

    def stop(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(timeout=5)
        self._process.terminate()


def _run(module: str, pipe: Connection) -> None:
    """Obey until the owner closes its end; an error of the reader ends the process."""
    plan_read = importlib.import_module(f"bench.fetch.readers.{module}").plan_read
    while True:
        try:
            task: Task = pipe.recv()
        except EOFError:
            return
        pipe.send(_measure(plan_read(task)))


def _measure(read: Callable[[], Found]) -> Effort:
    gc.collect()
    _forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    found = read()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Effort(wall, cpu, _peak_bytes(), {key: digest(pixels) for key, pixels in found.items()})


def _forget_peak() -> None:
    """Begin the peak of memory anew, where the system can (Linux: proc(5), clear_refs)."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def _peak_bytes() -> int:
    """Most memory held since the peak began: a high-water mark, not a sample."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
