"""Log lines of a run, joined over a second, since Dagster commits each entry by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

EVERY_S: Final = 1.0  # an operator looks on


class LogLines:
    """Collects lines and logs them together; use it as a context manager, which logs the rest."""

    def __init__(self, log: Callable[[str], object]) -> None:
        self._log = log
        self._lines: list[str] = []
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush()

    def add(self, line: str) -> None:
        """Add a line, and log all lines if the last time was over EVERY_S seconds ago."""
        self._lines.append(line)
        if time.monotonic() - self._since > EVERY_S:
            self._flush()

    def _flush(self) -> None:
        if self._lines:
            self._log("\n".join(self._lines))
        self._lines, self._since = [], time.monotonic()
