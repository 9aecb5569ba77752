"""Runs killed with SIGKILL, and what is left of them: nothing but whole months, and no lock."""

import random
import signal
import time
from collections.abc import Callable

import pytest

from assets.partitions import WRITER_POOL
from pipelines.instance import end_killed_runs

pytestmark = pytest.mark.shared

ROAD = "romania-road"
FIRST, LAST = "2016-12", "2017-04"
KILLS = 10


def claims(instance) -> list[str]:
    """Runs that hold the one writer's place."""
    info = instance.event_log_storage.get_concurrency_info(WRITER_POOL)
    return [slot.run_id for slot in info.claimed_slots]


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def work(processes, post) -> object:
    return processes.start("drive.py", DATA=str(post.data), SITE=ROAD, FIRST=FIRST, LAST=LAST)


def test_ten_kills_at_random_moments_leave_the_rows_of_an_undisturbed_run(
    processes, after_history: Callable
) -> None:
    quiet = after_history("undisturbed")
    start = time.monotonic()
    process = work(processes, quiet)
    process.join()
    took = time.monotonic() - start
    assert process.exitcode == 0

    post = after_history("killed")
    moments = random.Random(2)
    killed, steps = 0, set()
    for _ in range(2 * KILLS):
        if killed == KILLS:
            break
        process = work(processes, post)
        process.join(took * moments.uniform(0.05, 0.85))
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        steps.add(post.snapshot())
        assert post.duplicates() == {}
    assert killed == KILLS, "runs were over before they could be killed"
    assert len(steps) > 2, "some were to have written before they were killed"

    process = work(processes, post)
    process.join()
    assert process.exitcode == 0
    assert post.rows() == quiet.rows()
    assert post.duplicates() == {}
    assert claims(post.instance) == []
    assert end_killed_runs(post.instance) == []


def test_a_killed_run_holds_the_writers_place_until_it_is_ended(
    processes, after_history: Callable
) -> None:
    post = after_history("held")
    process = work(processes, post)
    wait_for(lambda: claims(post.instance))
    assert end_killed_runs(post.instance) == [], "a run that goes on is left alone"
    process.kill()
    process.join()
    held = claims(post.instance)
    assert len(held) == 1
    assert end_killed_runs(post.instance) == held
    assert claims(post.instance) == []
    assert post.instance.get_run_by_id(held[0]).is_failure
