"""Whether an answer is of the user's own series: then no line of a satellite's is due for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, Literal

import duckdb

from resources.lake.schema.views import WITNESS_LATEST
from resources.lake.schema.witness_tables import OF_WITNESSES

OWN_SERIES: Final = (
    "Series of the user's own, not from Sentinel-2 scenes that sitewatch read; sources: witnesses"
)
"""In place of a line of attribution, or beside it; `witnesses` names the source of each."""
OWN_CAUTION: Final = (
    "The user's own counts and what departs in them. Confirm independently. No alarm is not no "
    "activity."
)
WITNESSED: Final = frozenset({WITNESS_LATEST.name, *(table.name for table in OF_WITNESSES)})
"""Tables and views of the user's own series."""
OF_PLACES: Final = frozenset({"sites", "zones"})
"""Tables that no scene is behind: the user's own watch list."""
HowMany = Literal["all", "some", "none"]


def own_series_extent(connection: duckdb.DuckDBPyConnection, question: str) -> HowMany:
    """How much of what a question names is the user's own series.

    Args:
        connection: any; the question is only parsed.
        question: SQL.

    Returns:
        `all` where it names series and at most their places, `some` where it names more.
    """
    told = connection.execute("SELECT json_serialize_sql(?)", [question]).fetchone()
    tree = {} if told is None else json.loads(str(told[0]))
    parts = list(_parsed_objects(tree))
    named = {str(part["table_name"]).lower() for part in parts if part.get("type") == "BASE_TABLE"}
    named |= {"a function" for part in parts if part.get("type") == "TABLE_FUNCTION"}
    named -= {str(one["key"]).lower() for part in parts for one in _named_parts(part)}
    if not named & WITNESSED:
        return "none"
    return "all" if named <= WITNESSED | OF_PLACES else "some"


def _parsed_objects(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a parsed question."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(part, dict | list):
            yield from _parsed_objects(part)


def _named_parts(part: dict[str, Any]) -> list[dict[str, Any]]:
    """What a question gives a name of its own with WITH."""
    named = part.get("cte_map")
    return list(named["map"]) if isinstance(named, dict) else []
