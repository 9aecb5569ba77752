"""The numbers of a page: each is shown through a list that says where in the lake it stands.

A template gets numbers from here only, so that none is on a page without being in its list.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from resources.lake.rows import Row
from resources.lake.schema.tables import TABLES

KEYS: Final[dict[str, tuple[str, ...]]] = {
    **{name: table.key for name, table in TABLES.items()},
    "passes": ("site_id", "state"),
    "detectability": ("site_id", "zone_id", "index_name", "shape", "paint"),
}
"""Columns that find the row of a figure, by table. Of `passes` and `detectability` they find
several rows: the column is then an SQL expression over them, such as `count(*)`, or the same in
each."""


@dataclass(frozen=True, slots=True)
class TracedFigure:
    """A number, date or sentence on a page.

    `value` is as the lake has it, in JSON (times in ISO 8601); `shown` is the text on the page.
    """

    id: str
    table: str
    key: Mapping[str, object]
    column: str
    value: object
    shown: str


class FigureList:
    """The figures of one page in the order in which they were put on it."""

    def __init__(self) -> None:
        self.listed: list[TracedFigure] = []
        self.series: list[dict[str, object]] = []

    def show(
        self,
        table: str,
        row: Row,
        column: str,
        shown: str,
        *,
        name: str = "",
        by: Sequence[str] = (),
    ) -> Markup:
        """List a value of a row, and give it as it stands on the page.

        Args:
            table: of KEYS.
            row: holds the table's key and the value.
            column: of the table, or an expression over the rows that the key finds.
            shown: text for people.
            name: of the value in `row`, where that is not `column`.
            by: columns that find the rows, where those are not the table's of KEYS.

        Returns:
            A `data` element with the raw value.

        Raises:
            KeyError: `row` lacks the value or a column of the key, or `table` is needed for the key
                and is not of KEYS.
        """
        value = json_value(row[name or column])
        number = len(self.listed) + 1
        key = {part: json_value(row[part]) for part in by or KEYS[table]}
        figure = TracedFigure(f"figure-{number}", table, key, column, value, shown)
        self.listed.append(figure)
        raw = value if isinstance(value, str) else json.dumps(value)
        return Markup('<data id="{}" value="{}">{}</data>').format(figure.id, raw, escape(shown))

    def draw(self, rows: Sequence[Row], columns: Sequence[str]) -> None:
        """List what a chart draws: columns of `activity` of one zone and index, look after look."""
        if not rows:
            return
        key = {part: rows[0][part] for part in ("site_id", "zone_id", "index_name")}
        names = ["acquisition_id", *columns]
        values = [[json_value(row[name]) for name in names] for row in rows]
        self.series.append({"table": "activity", "key": key, "columns": names, "rows": values})

    def as_json(self, about: Mapping[str, object]) -> bytes:
        """The list as it is written beside the page, the same bytes for the same figures."""
        figures = [
            {
                "id": one.id,
                "table": one.table,
                "key": one.key,
                "column": one.column,
                "value": one.value,
                "shown": one.shown,
            }
            for one in self.listed
        ]
        content = {**about, "figures": figures, "series": self.series}
        return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode()


def json_value(value: object) -> object:
    """A value of the lake for JSON: times in ISO 8601, numbers that are not finite as null."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list | tuple):
        return [json_value(one) for one in value]
    return value


def acquisition_ids(rows: Iterable[Row]) -> list[str]:
    """Ids of looks, each once, in order."""
    return list(dict.fromkeys(str(row["acquisition_id"]) for row in rows))
