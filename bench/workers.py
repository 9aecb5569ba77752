"""Work on places in processes of their own, spelt once: each takes minutes and needs no other."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final, TypeVar

from bench.warned import hush

WORKERS: Final = 2  # processes, as many as the machines have cores that figures are told for
Item = TypeVar("Item")
Made = TypeVar("Made")


def worked_on(
    work: Callable[[Item], Made], items: Sequence[Item], workers: int = WORKERS
) -> Iterator[Made]:
    """What comes of each item, in their order, as soon as it and those before it are done.

    Args:
        work: can be sent to a process, as what is made of an item can be sent back.
        items: to work on.
        workers: processes; 1 works in this one.
    """
    if workers == 1:
        yield from map(work, items)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=hush) as pool:
        yield from pool.map(work, items)
