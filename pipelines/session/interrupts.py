"""Ctrl-C and a polite end (SIGTERM) while Dagster runs a job in this process."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM)
Handler = Callable[[int, FrameType | None], Any] | int | None

MOST_BYTES: Final = 65536  # one a signal; more than anyone sends


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end of the block if an interrupt came in it, at any moment.

    Dagster has handlers of its own in place during a run. They note a signal that comes between
    its steps, and the note is thrown away if no other step follows; one that stops a step makes
    the run fail like any other fault, and the command would go on with the next site. So Python
    is asked to note signals beside any handler. Only the main thread can be interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in ENDING}
    noted, noting = socket.socketpair()
    with noted, noting:
        noted.settimeout(0)
        noting.settimeout(0)
        before = signal.set_wakeup_fd(noting.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            # Handlers first: what comes from here on is raised by them, what came before is noted.
            try:
                _restore_handlers(handlers)
            finally:
                signal.set_wakeup_fd(before)
            if _has_ending_signal(noted):
                raise KeyboardInterrupt


def _restore_handlers(handlers: Mapping[signal.Signals, Handler]) -> None:
    """The handlers as they were; Dagster leaves SIGTERM with that of SIGINT."""
    for number, handler in handlers.items():
        if handler is not None:  # it was set by no Python program
            signal.signal(number, handler)


def _has_ending_signal(noted: socket.socket) -> bool:
    """Whether a signal that ends a program was noted."""
    try:
        numbers = noted.recv(MOST_BYTES)
    except BlockingIOError:
        return False
    return any(number in numbers for number in ENDING)
