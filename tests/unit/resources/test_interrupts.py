"""An interrupt that a library made an error of is raised as what it is."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator

import duckdb
import pytest

from resources.interrupts import raise_hidden_interrupt
from resources.lake.connection import is_defined
from resources.lake.retry import retry_while_busy

LONG = "SELECT count(*) FROM range(100000000) a, range(100) b"
"""Seconds of counting that keeps nothing: it needs neither memory nor disk."""


@pytest.fixture
def interrupt_soon() -> Iterator[Callable[[], None]]:
    """Lets an interrupt come in a moment, by a signal that nobody else needs just now."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    timer = threading.Timer(
        0.3, signal.pthread_kill, (threading.main_thread().ident, signal.SIGUSR1)
    )
    yield timer.start
    timer.join()
    signal.signal(signal.SIGUSR1, before)


def test_a_question_to_the_lake_that_is_interrupted_is_no_fault_of_the_question(
    interrupt_soon: Callable[[], None],
) -> None:
    connection = duckdb.connect()

    def ask() -> list[tuple[object, ...]]:
        interrupt_soon()
        return connection.execute(LONG).fetchall()

    with pytest.raises(KeyboardInterrupt):
        retry_while_busy(ask, doing="query")


def test_an_error_met_while_an_interrupt_is_dealt_with_gives_way_to_it() -> None:
    def clean_up_badly() -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise OSError("no such folder")

    with pytest.raises(KeyboardInterrupt), raise_hidden_interrupt():
        clean_up_badly()


def test_faults_stay_what_they_are() -> None:
    async def too_slow() -> None:
        async with asyncio.timeout(0):
            await asyncio.sleep(1)

    with pytest.raises(TimeoutError), raise_hidden_interrupt():
        asyncio.run(too_slow())
    with pytest.raises(ValueError, match="chained") as told, raise_hidden_interrupt():
        raise ValueError("chained") from OSError("first")
    assert isinstance(told.value.__cause__, OSError)


class Interrupted:
    """A DuckDB that is interrupted while it looks for a macro that is not there yet."""

    def execute(self, question: str) -> None:
        """What DuckDB raises then: its own error, with the interrupt behind it."""
        error = duckdb.CatalogException(f"no such macro: {question}")
        error.__context__ = KeyboardInterrupt()
        raise error


def test_an_interrupt_while_a_new_lake_is_looked_at_is_not_taken_for_its_answer() -> None:
    with pytest.raises(KeyboardInterrupt):
        is_defined(Interrupted())  # type: ignore[arg-type]
