"""Lines of a run's log, a second's together: Dagster stores each entry in commits of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

EVERY_S: Final = 1.0  # an operator looks on


class LogLines:
    """Collects lines and hands them on together; use it as a context, which hands on the rest."""

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
        """Take a line, and hand on what there is where the last was long enough ago."""
        self._lines.append(line)
        if time.monotonic() - self._since > EVERY_S:
            self._flush()

    def _flush(self) -> None:
        if self._lines:
            self._log("\n".join(self._lines))
        self._lines, self._since = [], time.monotonic()
