"""Lines of a log come together, in order, and none is lost when the work fails."""

import pytest

from assets import log_lines
from assets.log_lines import LogLines


def test_lines_come_together_at_the_end_also_of_work_that_fails() -> None:
    found: list[str] = []

    def work() -> None:
        with LogLines(found.append) as lines:
            for number in range(3):
                lines.add(f"line {number}")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert found == ["line 0\nline 1\nline 2"]


def test_nothing_is_logged_where_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    with LogLines(found.append):
        pass
    assert found == []
    monkeypatch.setattr(log_lines, "EVERY_S", -1.0)
    with LogLines(found.append) as lines:
        lines.add("one")
        lines.add("two")
    assert found == ["one", "two"]
