"""Figures over planted blocks, and the tables that tell them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from bench.planted.cases import WAYS
from bench.planted.runs import BlockScore, CaseScore
from bench.shares import Share, said_share, share_of
from bench.tables import table
from bench.worlds.told import PLAIN

LARGE_M2: Final = 5000.0  # blocks from here on are large, whatever is visible; issue 17
TOLD_M2: Final = 3000.0  # from which the told area must be near the true one; issue 17
TOLD_ERROR: Final = 0.3  # by which it may be off; issue 17


def figures(scores: Sequence[CaseScore]) -> dict[str, Any]:
    """All figures of some cases.

    Returns:
        Shares of blocks found in time by way and size, at twice the visible area, and of large
        ones; told areas within TOLD_ERROR; blocks that were called passed while they stood; zones
        that were confirmed though nothing was planted in them.
    """
    blocks = [block for one in scores for block in one.blocks]
    plain = [one for one in blocks if one.times_visible >= PLAIN]
    told = [one for one in blocks if one.told_m2 is not None and one.area_m2 >= TOLD_M2]
    margins = sorted({one.margin_m for one in blocks})
    return {
        "blocks": len(blocks),
        "twice_visible_found_60d": _found(plain),
        "by_margin": {
            f"{margin:.0f}": _found([one for one in plain if one.margin_m == margin])
            for margin in margins
        },
        "large_found_60d": _found([one for one in blocks if one.area_m2 >= LARGE_M2]),
        "by_way": {way: _found([one for one in blocks if one.way == way]) for way in WAYS},
        "by_area_m2": {
            f"{area:.0f}": _found([one for one in blocks if one.area_m2 == area])
            for area in sorted({one.area_m2 for one in blocks})
        },
        "area_within": share_of(sum(_error(one) <= TOLD_ERROR for one in told), len(told)),
        "called_passed": sum(one.is_called_passed for one in blocks),
        "confirmed_still": sum(len(one.confirmed_still) for one in scores),
        "each": [asdict(one) for one in blocks],
    }


def markdown(told: dict[str, Any]) -> str:
    """The tables."""
    rows = [
        ["at twice the visible area", said_share(told["twice_visible_found_60d"])],
        *(
            [f"the same, margin {name} m", said_share(one)]
            for name, one in told["by_margin"].items()
        ),
        [f"{LARGE_M2:.0f} m2 and more", said_share(told["large_found_60d"])],
        *([f"way: {name}", said_share(one)] for name, one in told["by_way"].items()),
        *([f"{name} m2", said_share(one)] for name, one in told["by_area_m2"].items()),
        [
            f"told area within {TOLD_ERROR:.0%}, from {TOLD_M2:.0f} m2",
            said_share(told["area_within"]),
        ],
        ["called passed while they stand", told["called_passed"]],
        ["zones confirmed in which nothing was planted", told["confirmed_still"]],
    ]
    head = f"SIMULATED: {told['blocks']} blocks of other ground set into real scenes."
    return f"{head}\n\n{table(['blocks', 'found in 60 days'], rows)}"


def _error(one: BlockScore) -> float:
    """How far its told area is off."""
    return abs((one.told_m2 or 0.0) - one.area_m2) / one.area_m2


def _found(blocks: Sequence[BlockScore]) -> Share:
    return share_of(sum(one.delay_days is not None for one in blocks), len(blocks))
