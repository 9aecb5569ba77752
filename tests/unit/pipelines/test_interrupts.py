"""No interrupt is lost, whenever in a run of Dagster it comes."""

import signal
import threading
from collections.abc import Iterator

import dagster as dg
import pytest

from pipelines.session.interrupts import interrupts_kept


@dg.op
def step() -> None:
    """Nothing."""


@dg.job
def work() -> None:
    """Two steps, and Dagster's own doings before, between and after them."""
    step()
    step()


def run() -> dg.ExecuteInProcessResult:
    return work.execute_in_process(raise_on_error=False)


def sending(monkeypatch: pytest.MonkeyPatch, number: int, after: int) -> list[str]:
    """Send a signal after so many events; the list of events grows as they come."""
    seen: list[str] = []
    handle = dg.DagsterInstance.handle_new_event

    def handle_and_send(instance: dg.DagsterInstance, entry: dg.EventLogEntry, **more) -> None:
        handle(instance, entry, **more)
        seen.append(entry.dagster_event.event_type_value)
        if len(seen) == after:
            signal.raise_signal(number)

    monkeypatch.setattr(dg.DagsterInstance, "handle_new_event", handle_and_send)
    return seen


@pytest.fixture(autouse=True)
def handlers() -> Iterator[tuple[object, object]]:
    """Those of a command that a shell has started, whoever started the tests."""
    set_here = signal.default_int_handler, signal.SIG_DFL
    numbers = signal.SIGINT, signal.SIGTERM
    before = [
        signal.signal(number, handler) for number, handler in zip(numbers, set_here, strict=True)
    ]
    yield set_here
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def as_now() -> tuple[object, object]:
    return signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_after_any_event_is_raised(
    number: int, handlers: tuple[object, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        events = sending(patch, number, after=0)
        with interrupts_kept():
            assert run().success
    assert {"PIPELINE_START", "STEP_START", "STEP_SUCCESS", "PIPELINE_SUCCESS"} <= set(events)
    for after in range(1, len(events) + 1):
        with monkeypatch.context() as patch:
            seen = sending(patch, number, after=after)
            with pytest.raises(KeyboardInterrupt), interrupts_kept():
                run()
            assert len(seen) >= after
        assert as_now() == handlers, "as they were before the run"


def test_a_fault_while_interrupted_gives_way_to_the_interrupt() -> None:
    def fail() -> None:
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.raise_signal(signal.SIGINT)
        raise OSError("the run could not be stored")

    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        fail()


def test_other_signals_and_other_threads_are_left_alone() -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    with interrupts_kept():
        signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
    done = []

    def elsewhere() -> None:
        with interrupts_kept():
            done.append(run().success)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert done == [True]
    assert signal.set_wakeup_fd(-1) == -1, "nothing is left in place"
