"""Files written whole or not at all, lines that may be shown, threads and marks of processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from resources.atomic_files import atomic_replacement, write_atomically
from resources.process import is_gone, process_mark
from resources.text import printable_line
from resources.threads import in_threads


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    to = tmp_path / "new" / "a.txt"
    write_atomically(to, b"one")
    write_atomically(to, b"two")
    assert to.read_bytes() == b"two"
    assert list(to.parent.iterdir()) == [to]


def test_what_fails_half_way_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    to = tmp_path / "a.txt"
    to.write_text("old")

    def fails() -> None:
        with atomic_replacement(to) as fresh:
            fresh.write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fails()
    assert to.read_text() == "old"
    assert list(tmp_path.iterdir()) == [to]


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("plain", 9, "plain"),
        ("two\nlines", 9, "two?lines"),
        ("\x1b[2J\u202e", 9, "?[2J?"),
        ("long", 2, "lo"),
        ("", 5, ""),
    ],
)
def test_a_line_shows_nothing_that_a_terminal_would_obey(text: str, limit: int, shown: str) -> None:
    assert printable_line(text, limit) == shown


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert in_threads("tested", 3, lambda number: number * number, range(20)) == [
        number * number for number in range(20)
    ]


def test_the_first_failure_is_told_and_the_threads_go_on_serving() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads("tested", 3, lambda number: 1 // (number - 1), range(5))
    assert in_threads("tested", 3, str, [1]) == ["1"]


def test_a_mark_tells_a_process_at_work_from_one_that_has_ended() -> None:
    mine = process_mark()
    assert not is_gone(mine)
    host, _, _ = mine.partition("/")
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert is_gone(f"{host}/{child.pid}/12345")
    assert is_gone(f"{host}/{os.getpid()}/1"), "the same number, started at another time"
    assert not is_gone(f"elsewhere/{child.pid}/12345"), "of another machine nothing is known"
