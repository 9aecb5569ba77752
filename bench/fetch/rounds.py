"""Every reader in turn on the same windows, case by case, round by round.

Measures and compares; the table is made in `report`.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from bench.fetch.plan import Case, Floor, Place, Sample, Task, elsewhere, floor, place
from bench.fetch.programs import PROGRAMS, Program
from bench.fetch.scenes import Scenes
from bench.fetch.server import Server, serving
from bench.fetch.worker import Effort, Worker
from resources.models import BandName

HELD: Final = 25e6  # bytes a second
CASES: Final = (
    Case("inside one tile"),
    Case("random positions"),
    Case("random positions", is_known=True),
    Case("inside one tile", HELD),
    Case("random positions", HELD),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """How much is measured: the scenes, dates read at once, rounds a case, and the programs."""

    scenes: Scenes
    dates: tuple[str, ...]
    rounds: int
    programs: tuple[Program, ...] = PROGRAMS


@dataclass(slots=True)
class Outcome:
    """What was measured.

    Attributes:
        samples: by case and name of the reader, one a round.
        floors: by case, one a round.
        failed: readers that ended with an error.
    """

    samples: dict[Case, dict[str, list[Sample]]] = field(default_factory=dict)
    floors: dict[Case, list[Floor]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)


def measure(setting: Setting, tell: Callable[[str], None]) -> Outcome:
    """All cases, all rounds, all programs that are installed.

    In each round every reader reads the same windows once, from addresses that nobody has seen;
    who begins changes from round to round. A round before the first is not counted: libraries
    are loaded and connections opened in it.

    Args:
        setting: How much.
        tell: Called with the title of each case as it begins.
    """
    files = {f"{band}.tif": path for band, path in setting.scenes.files.items()}
    with serving(files) as server, _workers(setting.programs) as workers:
        bench = _Bench(setting, server, workers)
        for case in CASES:
            tell(case.title)
            bench.run(case)
    return bench.outcome


@contextlib.contextmanager
def _workers(programs: tuple[Program, ...]) -> Iterator[list[Worker]]:
    workers = [Worker(program) for program in programs if program.is_installed]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.stop()


class _Bench:
    """The server, the readers' processes, and what they took so far."""

    def __init__(self, setting: Setting, server: Server, workers: list[Worker]) -> None:
        self.outcome = Outcome()
        self._setting = setting
        self._server = server
        self._workers = workers
        self._serial = itertools.count()

    def run(self, case: Case) -> None:
        """All rounds of a case."""
        samples = self.outcome.samples.setdefault(case, {})
        floors = self.outcome.floors.setdefault(case, [])
        edge = self._setting.scenes.edge
        self._round(case, place(case.position, 0, edge), first=0)
        for index in range(self._setting.rounds):
            there = place(case.position, index, edge)
            floors.append(floor(self._task(there)))
            for name, sample in self._round(case, there, first=index).items():
                samples.setdefault(name, []).append(sample)

    def _round(self, case: Case, there: Place, *, first: int) -> dict[str, Sample]:
        """Each reader once, in an order that begins with the one of this number."""
        truth = self._setting.scenes.digests(there)
        start = first % len(self._workers)
        samples: dict[str, Sample] = {}
        for worker in self._workers[start:] + self._workers[:start]:
            name = worker.program.name
            effort = None if name in self.outcome.failed else self._read(worker, case, there)
            if effort is None:
                self.outcome.failed.add(name)
            else:
                samples[name] = self._sample(effort, truth)
        return samples

    def _read(self, worker: Worker, case: Case, there: Place) -> Effort | None:
        task = self._task(there)
        self._server.begin(None)
        if (
            case.is_known
            and worker.read(self._task(elsewhere(there, task.edge), task.root)) is None
        ):
            return None
        self._server.begin(case.bytes_per_second)
        return worker.read(task)

    def _task(self, there: Place, root: str | None = None) -> Task:
        return Task(
            root=root or f"{self._server.root}/{next(self._serial)}",
            dates=self._setting.dates,
            place=there,
            edge=self._setting.scenes.edge,
            tile_rows=self._setting.scenes.tile_rows(there),
        )

    def _sample(self, effort: Effort, truth: dict[BandName, str]) -> Sample:
        traffic = self._server.traffic()
        expected = {(date, band): truth[band] for date in self._setting.dates for band in truth}
        return Sample(
            wall_s=effort.wall_s,
            cpu_s=effort.cpu_s,
            peak_bytes=effort.peak_bytes,
            requests=traffic.requests,
            most_requests=traffic.most_requests,
            sent_bytes=traffic.sent_bytes,
            connections=traffic.connections,
            server_cpu_s=traffic.cpu_s,
            is_identical=effort.digests == expected if effort.digests else None,
        )
