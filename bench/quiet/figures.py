"""How departures of quiet ground, in standard errors, lie beside those of a normal number. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from scipy import stats

from assets.activity.indices.indices import (
    AREA_INDICES,
    COUNT_INDICES,
    FIELD_INDICES,
    PATTERN_INDICES,
)
from assets.constants import MAD_TO_SIGMA
from bench.tables import table

FAR: Final = 3.0  # standard errors
SPREADS: Final = (0.85, 1.15)  # that are wanted; issue 16
FAR_MOST: Final = 0.006  # share beyond FAR that is wanted at most; issue 16
TAILS: Final = (0.05, 0.01, 0.001)  # shares of a normal number beyond a quantile, on one side
MEANS: Final = (*FIELD_INDICES, *PATTERN_INDICES)
SUMS: Final = (*AREA_INDICES, *COUNT_INDICES)

ByIndex = Mapping[str, Sequence[float]]


def figures(z: ByIndex) -> dict[str, Any]:
    """Figures by index.

    Args:
        z: by index, each a look at a quiet zone.

    Returns:
        For means over pixels and the pattern of a zone `n`, `median`, `spread` (robust, round the
        median), `beyond_3` and `is_as_wanted`; for areas and counts `n` and `above` and `below`,
        the share of looks beyond the quantile of each of TAILS.
    """
    found: dict[str, Any] = {name: _of_means(np.array(z.get(name, []))) for name in MEANS}
    return found | {name: _of_sums(np.array(z.get(name, []))) for name in SUMS}


def markdown(groups: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables of the groups' figures."""
    means = [
        [f"{group}, `{name}`", one["n"], *_numbers(one), _yes(one["is_as_wanted"])]
        for group, found in groups.items()
        for name, one in found.items()
        if name in MEANS
    ]
    sums = [
        [f"{group}, `{name}`", one["n"], *(_percent(one[side], tail) for side, tail in _cells())]
        for group, found in groups.items()
        for name, one in found.items()
        if name in SUMS
    ]
    head = ["", "looks", "median", "spread", f"beyond {FAR:g}", "as wanted"]
    tails = [f"{side} ({tail:.1%} wanted)" for side, tail in _cells()]
    return f"{table(head, means)}\n\n{table(['', 'looks', *tails], sums)}"


def _of_means(z: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    """Of an index that is a mean over pixels."""
    if len(z) == 0:
        return {"n": 0, "median": None, "spread": None, "beyond_3": None, "is_as_wanted": None}
    middle = float(np.median(z))
    spread = MAD_TO_SIGMA * float(np.median(np.abs(z - middle)))
    beyond = float((np.abs(z) > FAR).mean())
    return {
        "n": len(z),
        "median": middle,
        "spread": spread,
        "beyond_3": beyond,
        "is_as_wanted": SPREADS[0] <= spread <= SPREADS[1] and beyond <= FAR_MOST,
    }


def _of_sums(z: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    """Of an area or a count."""
    limits = {f"{tail:g}": float(stats.norm.isf(tail)) for tail in TAILS}
    return {
        "n": len(z),
        "above": {name: _share(z > far) for name, far in limits.items()},
        "below": {name: _share(z < -far) for name, far in limits.items()},
    }


def _share(is_beyond: np.ndarray[Any, np.dtype[np.bool_]]) -> float | None:
    return float(is_beyond.mean()) if len(is_beyond) else None


def _cells() -> list[tuple[str, float]]:
    """Columns of areas and counts."""
    return [(side, tail) for side in ("above", "below") for tail in TAILS]


def _numbers(one: Mapping[str, Any]) -> list[str]:
    """Cells of a mean."""
    if one["n"] == 0:
        return ["-"] * 3
    return [f"{one['median']:.2f}", f"{one['spread']:.2f}", f"{one['beyond_3']:.2%}"]


def _percent(shares: Mapping[str, float | None], tail: float) -> str:
    share = shares[f"{tail:g}"]
    return "-" if share is None else f"{share:.2%}"


def _yes(is_as_wanted: bool | None) -> str:  # noqa: FBT001 - a cell of a table
    return "-" if is_as_wanted is None else "yes" if is_as_wanted else "NO"
