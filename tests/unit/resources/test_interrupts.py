"""An interrupt that a library made an error of is raised as what it is."""

import asyncio
import signal
from collections.abc import Iterator

import duckdb
import pytest

from resources.interrupts import raise_hidden_interrupt
from resources.lake_retry import retried

ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range > b.range"


@pytest.fixture
def alarm() -> Iterator[None]:
    """An interrupt in a moment, by a signal that nobody else needs just now."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def test_a_question_to_the_lake_that_is_interrupted_is_no_fault_of_the_question(
    alarm: None,
) -> None:
    connection = duckdb.connect()
    with pytest.raises(KeyboardInterrupt):
        retried(lambda: connection.execute(ENDLESS).fetchall(), doing="query")


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
