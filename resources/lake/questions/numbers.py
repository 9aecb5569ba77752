"""A question whose answer is one number."""

from __future__ import annotations

from typing import Any, cast

from resources.lake.lake import Lake


def single_number(lake: Lake, sql: str, *parameters: object) -> int:
    """The one number of a question whose column is called n."""
    return int(cast("Any", lake.query(sql, list(parameters))[0]["n"]))
