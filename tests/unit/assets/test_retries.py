"""A stage is run again after a fault, and not after an interrupt."""

import dagster as dg
import pytest

from assets import retries
from assets.retries import retried_on_failure, retry_pause_s


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0)


def run_of(*faults: BaseException | None) -> tuple[dg.ExecuteInProcessResult, int]:
    """A run of a stage that meets these one after the other, and how often it was begun."""
    met = iter(faults)
    begun = []

    @dg.asset
    @retried_on_failure
    def stage(context: dg.AssetExecutionContext) -> None:
        begun.append(context.retry_number)
        fault = next(met)
        if fault is not None:
            raise fault

    found = dg.materialize([stage], raise_on_error=False)
    assert begun == list(range(len(begun)))
    return found, len(begun)


def test_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 5)
    assert [retry_pause_s(0), retry_pause_s(1)] == [5, 15]


def test_two_faults_are_got_over() -> None:
    found, times = run_of(OSError("throttled"), TimeoutError("stalled"), None)
    assert (found.success, times) == (True, 3)


def test_the_third_fault_fails_the_stage_and_is_named() -> None:
    found, times = run_of(*[OSError("gone")] * 3)
    assert (found.success, times) == (False, 3)
    (failed,) = [event for event in found.all_events if event.is_step_failure]
    assert "gone" in failed.step_failure_data.error.cause.message


def test_what_says_that_trying_again_is_no_use_is_not_tried_again() -> None:
    assert run_of(dg.Failure("two sites", allow_retries=False))[1] == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
def test_an_interrupt_ends_the_run(kind: type[BaseException]) -> None:
    found, times = run_of(kind(), None)
    assert (found.success, times) == (False, 1)


def test_an_interrupt_that_a_library_made_an_error_of_ends_the_run() -> None:
    hidden = RuntimeError("Query interrupted")
    hidden.__context__ = KeyboardInterrupt()
    found, times = run_of(hidden, None)
    assert (found.success, times) == (False, 1)
