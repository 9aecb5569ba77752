"""Threads that a process keeps, since the first use of PROJ in each takes 10 ms and more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_POOLS: dict[tuple[int, str], ThreadPoolExecutor] = {}
"""By process and name: a fork inherits the parent's entries, whose threads it does not have."""


def in_threads(
    name: str, workers: int, work: Callable[[Task], Result], tasks: Iterable[Task]
) -> list[Result]:
    """What `work` gives of each task, in order; after one that fails no other is begun.

    Args:
        name: of the threads, kept by it.
        workers: how many there are.
        work: done in them; must not itself wait for threads of the same name.
        tasks: any number.
    """
    pool = _kept_pool(name, workers)
    going = [pool.submit(work, task) for task in tasks]
    try:
        return [one.result() for one in going]
    finally:
        for one in going:
            one.cancel()


def _kept_pool(name: str, workers: int) -> ThreadPoolExecutor:
    """This process's threads of a name."""
    key = os.getpid(), name
    if key not in _POOLS:
        _POOLS.setdefault(key, ThreadPoolExecutor(workers, name))
    return _POOLS[key]
