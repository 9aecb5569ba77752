"""Calendar months in UTC, and runs of them. Frozen values; no clock here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if self.month not in range(1, 13) or self.year not in range(1, 10_000):
            raise ValueError(f"Not a month: {self.year}-{self.month}")

    @classmethod
    def parse(cls, text: str) -> Month:
        """From 2017-04 or 2017-04-01; ValueError on anything else."""
        match = re.fullmatch(r"(\d{4})-(\d{2})(?:-\d{2})?", text)
        if match is None:
            raise ValueError(f"A month is written like 2017-04, found {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, moment: dt.datetime) -> Month:
        """The month that an aware moment falls in, UTC."""
        moment = moment.astimezone(dt.UTC)
        return cls(moment.year, moment.month)

    @property
    def start(self) -> dt.datetime:
        """First moment, UTC."""
        return dt.datetime(self.year, self.month, 1, tzinfo=dt.UTC)

    @property
    def end(self) -> dt.datetime:
        """First moment of the month after, UTC."""
        return self.plus(1).start

    @property
    def key(self) -> str:
        """As Dagster's monthly partitions write it: 2017-04-01."""
        return f"{self.year:04d}-{self.month:02d}-01"

    def plus(self, months: int) -> Month:
        """So many months later; negative for earlier."""
        years, month0 = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, month0 + 1)

    def __str__(self) -> str:
        return self.key[:7]

    def __lt__(self, other: Month) -> bool:
        return (self.year, self.month) < (other.year, other.month)

    def __le__(self, other: Month) -> bool:
        return (self.year, self.month) <= (other.year, other.month)


def months_between(first: Month, last: Month) -> list[Month]:
    """Every month from first to last, both included; empty if last is earlier."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [first.plus(step) for step in range(count)]


def month_spans(months: Iterable[Month]) -> list[tuple[Month, Month]]:
    """Runs of neighbouring months, first and last of each, in order; each month counts once."""
    spans: list[tuple[Month, Month]] = []
    for month in sorted(set(months)):
        if spans and spans[-1][1].plus(1) == month:
            spans[-1] = (spans[-1][0], month)
        else:
            spans.append((month, month))
    return spans
