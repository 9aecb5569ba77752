"""Figures as a table with what they should come to, how each is counted, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.house.figure import Figure, Value
from bench.tables import table


def markdown(figures: Sequence[Figure]) -> str:
    """A table, and a sentence for each figure below it."""
    rows = [[f"`{one.key}`", said(one.value), said(one.goal)] for one in figures]
    sentences = [f"- `{one.key}`: {one.how}" for one in figures]
    return "\n\n".join([table(["figure", "now", "goal"], rows), "\n".join(sentences)])


def record(figures: Sequence[Figure]) -> dict[str, Any]:
    """Values by their keys, then what was found, the goals and how each is counted."""
    told: dict[str, Any] = {one.key: one.value for one in figures}
    for one in figures:
        told |= one.record()
    told["goals"] = {one.key: one.goal for one in figures if one.goal is not None}
    told["how"] = {one.key: one.how for one in figures}
    return told


def said(value: Value) -> str:
    """A cell of the table: shares in percent."""
    if value is None:
        return "-"
    return f"{value:.1%}" if isinstance(value, float) else f"{value:,}"
