"""How far told values lie from those of their pixels, by index and state. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from assets.activity.indices.indices import FIELD_INDICES, INDICES
from bench.tables import table

AGREE: Final = 0.005  # reflectance, or no unit; issue 16
STATES: Final = ("valid", "partial", "learning")  # that have values

Figures = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Told:
    """A value that the product told.

    Attributes:
        state: of the zone at the look.
        apart: told less recomputed, in the unit of the index; NaN where the script sees no pixel,
            None where it was not asked: areas and counts.
        violation: of value - expected = level_effect + season_effect + departure, in that unit;
            None where nothing was expected.
    """

    index: str
    state: str
    apart: float | None
    violation: float | None


def figures(told: Sequence[Told]) -> Figures:
    """Figures by index and state.

    Args:
        told: of any places.

    Returns:
        `values` that were told; `compared` with their pixels, `greatest` difference and
        `within`, the share of the told ones that differ by AGREE or less, None for areas and
        counts; `judged`, those with an expectation, and `violation`, the greatest of the sum.
    """
    return {
        name: {
            state: _of([one for one in told if (one.index, one.state) == (name, state)], name)
            for state in STATES
        }
        for name in INDICES
    }


def markdown(groups: Mapping[str, Figures]) -> str:
    """A table of the groups' figures."""
    rows = [
        [f"{group}, `{name}`, {state}", *_cells(one)]
        for group, found in groups.items()
        for name, states in found.items()
        for state, one in states.items()
        if one["values"] > 0
    ]
    head = ["", "values", "compared", "greatest", f"within {AGREE:g}", "judged", "violation"]
    return table(head, rows)


def _of(told: Sequence[Told], name: str) -> dict[str, Any]:
    """Of one index in one state."""
    apart = np.abs([one.apart for one in told if one.apart is not None])
    violations = [abs(one.violation) for one in told if one.violation is not None]
    found: dict[str, Any] = {
        "values": len(told),
        "compared": None,
        "greatest": None,
        "within": None,
        "judged": len(violations),
        "violation": _greatest(violations),
    }
    if name in FIELD_INDICES:
        seen = apart[np.isfinite(apart)]
        found["compared"], found["greatest"] = len(seen), _greatest(seen)
        found["within"] = float((seen <= AGREE).sum() / len(told)) if told else None
    return found


def _greatest(numbers: Iterable[float]) -> float | None:
    return max(map(float, numbers), default=None)


def _cells(one: Mapping[str, Any]) -> list[str]:
    """Cells of a row."""
    within = one["within"]
    return [
        str(one["values"]),
        "-" if one["compared"] is None else str(one["compared"]),
        _small(one["greatest"]),
        "-" if within is None else f"{within:.2%}",
        str(one["judged"]),
        _small(one["violation"]),
    ]


def _small(number: float | None) -> str:
    return "-" if number is None else f"{number:.1e}"
