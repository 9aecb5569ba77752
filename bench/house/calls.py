"""Which functions of a project are run in a block, in whatever thread of this process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

MODULE: Final = "<module>"


class Called(NamedTuple):
    """A function that was run.

    Attributes:
        path: from the root of the project, with slashes.
        line: first one, that of a decorator if it has one.
    """

    path: str
    line: int
    name: str


@dataclass(slots=True)
class Calls:
    """Notes each function once; what is called while a file is imported is left out.

    Attributes:
        root: folder of the project, with a slash at its end.
    """

    root: str
    found: set[Called] = field(default_factory=set)
    _noted: dict[int, CodeType] = field(default_factory=dict)  # kept, so that no id comes again

    def note(self, frame: FrameType, _event: str, _value: Any) -> None:
        """Note what begins to run; what happens inside it is not traced."""
        code = frame.f_code
        if id(code) in self._noted:
            return
        if code.co_filename.startswith(self.root):
            if self._is_imported(frame):
                return
            path = code.co_filename.removeprefix(self.root)
            self.found.add(Called(path, code.co_firstlineno, code.co_name))
        self._noted[id(code)] = code

    def _is_imported(self, frame: FrameType) -> bool:
        """Whether a file of the project is being imported, here or further out."""
        outer: FrameType | None = frame
        while outer is not None:
            code = outer.f_code
            if code.co_name == MODULE and code.co_filename.startswith(self.root):
                return True
            outer = outer.f_back
        return False


@contextmanager
def noted_calls(root: Path) -> Iterator[set[Called]]:
    """The functions under a folder that run in this block; threads that began before are not seen.

    Args:
        root: folder of the project.
    """
    calls = Calls(f"{root.resolve()}/")
    before, before_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(calls.note)
    sys.settrace(calls.note)
    try:
        yield calls.found
    finally:
        sys.settrace(before)
        threading.settrace(before_threads)
