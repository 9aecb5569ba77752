"""Runs killed with SIGKILL, and what is left of them: nothing but whole months, and no lock."""

import math
import random
import signal
import time
from collections.abc import Callable

import pytest
from servers.ports import wait_for

from assets.partitions import WRITER_POOL
from pipelines.server.instance import end_killed_runs

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("killed-and-read")]

ROAD = "romania-road"
FIRST, LAST = "2016-12", "2017-01"
KILLS = 10


def claims(instance) -> list[str]:
    """Runs that hold the one writer's place."""
    info = instance.event_log_storage.get_concurrency_info(WRITER_POOL)
    return [slot.run_id for slot in info.claimed_slots]


def work(processes, post) -> object:
    return processes.start("drive.py", DATA=str(post.data), SITE=ROAD, FIRST=FIRST, LAST=LAST)


def seconds_of(process, most: float) -> float:
    """How long a run lasted that is killed after at most so many seconds."""
    start = time.monotonic()
    process.join(None if math.isinf(most) else most)
    process.kill()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return time.monotonic() - start


def test_ten_kills_at_random_moments_leave_the_rows_of_an_undisturbed_run(
    processes, after_history: Callable
) -> None:
    quiet = after_history("undisturbed")
    took = 0.0
    for _ in range(2):  # the first start is slower: everything is imported
        took = seconds_of(work(processes, quiet), math.inf)

    post = after_history("killed")
    random_ = random.Random(2)
    moments = sorted(random_.uniform(0.05, 0.95) for _ in range(KILLS))  # each gets further
    kills, steps = 0, []
    while kills < KILLS:
        process = work(processes, post)
        lasted = seconds_of(process, took * moments[kills])
        if process.exitcode == -signal.SIGKILL:
            kills += 1
        else:  # it ended before its moment: a machine less busy, and the moments shrink with it
            took = min(took, lasted)
        steps.append((process.exitcode, post.snapshot()))
        assert post.duplicates() == {}
        assert len(steps) < 2 * KILLS, "runs are killed at work"
    assert len({snapshot for _, snapshot in steps}) > 2, "some wrote before they were killed"

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
