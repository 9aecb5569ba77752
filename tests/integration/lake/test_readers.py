"""Analysts at the lake while a run writes to it."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("killed-and-read")]

ROAD = "romania-road"


def test_five_readers_query_while_a_run_writes(
    processes, after_history: Callable, tmp_path: Path
) -> None:
    post = after_history("read")
    before = post.snapshot()
    stop = processes.context.Event()
    kinds = ["project"] * 3 + ["analyst"] * 2
    answers = [tmp_path / f"{number}-{kind}" for number, kind in enumerate(kinds)]
    readers = [
        processes.start(
            "read.py", KIND=kind, LAKE=str(post.data / "lake"), STOP=stop, ANSWERS=str(path)
        )
        for kind, path in zip(kinds, answers, strict=True)
    ]
    writer = processes.start(
        "drive.py", DATA=str(post.data), SITE=ROAD, FIRST="2016-12", LAST="2017-02"
    )
    writer.join()
    assert [reader.exitcode for reader in readers] == [None] * 5, "all were still asking"
    stop.set()
    for reader in readers:
        reader.join()
    assert writer.exitcode == 0
    assert [reader.exitcode for reader in readers] == [0] * 5
    assert min(int(path.read_text()) for path in answers) >= 10
    assert post.snapshot() > before + 3, "the run was to write meanwhile, each stage by itself"
