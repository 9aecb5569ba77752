"""Peak of a process' memory while a piece of work runs. Nothing else."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final, Self

import psutil  # type: ignore[import-untyped]  # no stubs in the package

EVERY_S: Final = 0.005


class Peak:
    """Bytes of resident memory at the highest point of a `with`, beyond what was there before.

    Sampled, so that what libraries take outside Python (numba, BLAS) is counted too.
    """

    def __init__(self) -> None:
        """Nothing is measured before the `with`."""
        self.bytes_ = 0
        self._process = psutil.Process()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._before = 0

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._before = self._now()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End watching."""
        self._done.set()
        self._thread.join()
        self.bytes_ = max(self.bytes_, self._now() - self._before)

    def _watch(self) -> None:
        while not self._done.wait(EVERY_S):
            self.bytes_ = max(self.bytes_, self._now() - self._before)

    def _now(self) -> int:
        return int(self._process.memory_info().rss)
