"""What a figure is: a number with how it was counted, what it should be, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SHARE_DIGITS: Final = 4

Value = int | float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a table.

    Attributes:
        key: in the JSON.
        value: a count as int, a share as float from 0 to 1; None where it was not counted.
        how: it is counted, in a sentence.
        goal: that it should come to, in the same unit; None where there is none.
        found: what was counted, for whoever wants to change it; None where there is no list.
        found_key: of that list in the JSON; the key with `_found` if empty.
    """

    key: str
    value: Value
    how: str
    goal: Value = None
    found: Sequence[object] | Mapping[str, object] | str | None = None
    found_key: str = ""

    def record(self) -> dict[str, object]:
        """Its entries of the JSON."""
        told: dict[str, object] = {self.key: self.value}
        if self.found is not None:
            told[self.found_key or f"{self.key}_found"] = self.found
        return told


def share(count: int, of: int) -> float | None:
    """A part of a whole; None of nothing."""
    return round(count / of, SHARE_DIGITS) if of else None
