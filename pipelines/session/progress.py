"""How far a run is, on a terminal as a moving bar and in a log file as a line now and then.

Follows the lines that stages log for each month; knows nothing of what they do.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import dagster as dg
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

LOGGER: Final = "progress"
STAGE_LINE: Final = re.compile(r"^\S+ \d{4}-\d{2} (scenes|cloud_masks|activity): ", re.MULTILINE)
LOG_SECONDS: Final = 10.0  # between lines where there is no terminal


@dataclass(slots=True)
class ProgressSteps:
    """Counts work done against work to do, and shows it."""

    console: Console
    progress: Progress | None
    totals: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    bars: dict[str, TaskID] = field(default_factory=dict)
    last_line: float = 0.0

    def expect(self, label: str, total: int) -> None:
        """Announce work of some kind."""
        self.totals[label] = total
        self.done[label] = 0
        if self.progress is not None:
            self.bars[label] = self.progress.add_task(label, total=total)

    def count(self, label: str, done: int, total: int) -> None:
        """So many of so many are done."""
        if label not in self.totals:
            self.expect(label, total)
        self._set(label, done)

    def advance(self, label: str) -> None:
        """One more is done of work that was announced."""
        if label in self.totals:
            self._set(label, self.done[label] + 1)

    def _set(self, label: str, done: int) -> None:
        self.done[label] = done
        if self.progress is not None:
            self.progress.update(self.bars[label], completed=done)
            return
        is_last = self.done[label] >= self.totals[label]
        if is_last or time.monotonic() - self.last_line > LOG_SECONDS:
            self.console.print(f"{label}: {self.done[label]} of {self.totals[label]}")
            self.last_line = time.monotonic()


@contextmanager
def show_progress(console: Console) -> Iterator[ProgressSteps]:
    """Bars on a terminal, lines elsewhere, while the block runs."""
    if not console.is_terminal:
        yield ProgressSteps(console, None)
        return
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield ProgressSteps(console, progress)


def run_loggers(steps: ProgressSteps) -> dict[str, dg.LoggerDefinition]:
    """The logger that moves the bars and shows warnings, by its name."""

    class Follower(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            meta = getattr(record, "dagster_meta", None) or {}
            text = str(meta.get("orig_message") or record.getMessage())
            found = STAGE_LINE.findall(text)
            for stage in found:
                steps.advance(stage)
            if found:
                return
            if record.levelno >= logging.WARNING and not meta.get("dagster_event"):
                steps.console.print(text, style="yellow", markup=False)

    def make(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("sitewatch.run", logging.INFO)  # noqa: LOG001 - one a run, unshared
        logger.addHandler(Follower())
        return logger

    return {LOGGER: dg.LoggerDefinition(make, description="Moves the command's progress bars")}
