"""Writes the months of a run into the lake, several in one commit, since each commit takes time.

A month is written whole, in one transaction, with all its tables. The stages make the rows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from resources.lake.lake import Lake
from resources.lake.row_writer import Rows
from resources.lake.rows import Row, SiteMonthRow
from resources.months import Month

MOST_MONTHS: Final = 24  # of one commit; killed, a run does these again
LONGEST_S: Final = 20.0  # rows wait no longer than this, where a month takes long


class MonthWriter:
    """Collects months of one site and run; use it as a context manager, which writes the rest.

    It writes the rest also when the work inside it fails: finished months are kept.
    """

    def __init__(self, lake: Lake, site_id: str, run_id: str) -> None:
        self._lake = lake
        self._site_id = site_id
        self._run_id = run_id
        self._months: list[Month] = []
        self._tables: dict[str, list[Row]] = {}
        self._stage_rows: list[SiteMonthRow] = []
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()

    def add(self, month: Month, tables: Mapping[str, Rows], stage_row: SiteMonthRow) -> None:
        """Take in the rows that a month of these tables shall have, exactly."""
        self._months.append(month)
        for table, rows in tables.items():
            self._tables.setdefault(table, []).extend(dict(row) for row in rows)
        self._stage_rows.append(stage_row)
        if len(self._months) >= MOST_MONTHS or time.monotonic() - self._since > LONGEST_S:
            self.flush()

    def flush(self) -> None:
        """Write what was taken in, in one transaction."""
        if self._months:
            self._lake.replace_months(
                self._site_id, self._months, self._tables, self._stage_rows, run_id=self._run_id
            )
        self._months, self._tables, self._stage_rows = [], {}, []
        self._since = time.monotonic()
