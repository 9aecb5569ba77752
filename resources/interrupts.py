"""Interrupts that a library hid: found, and raised as what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OF_COROUTINES: Final = (GeneratorExit, asyncio.CancelledError)
"""No faults either, but part of every day: a time that ran out is an error that came of one."""


@contextmanager
def raise_hidden_interrupt() -> Iterator[None]:
    """Raise the interrupt where an error came of one.

    A signal's handler may raise while DuckDB works. DuckDB then gives a RuntimeError, as if the
    question were at fault, and the interrupt is only in the error's context.
    """
    try:
        yield
    except Exception as error:
        hidden = interrupt_behind(error)
        if hidden is None:
            raise
        raise hidden from None


def interrupt_behind(error: BaseException) -> BaseException | None:
    """What an error came of that is no fault, such as KeyboardInterrupt; None if nothing is."""
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        if not isinstance(behind, (Exception, *OF_COROUTINES)):
            return behind
        seen.add(id(behind))
        behind = behind.__context__
    return None
