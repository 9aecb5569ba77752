"""What was said of a world's course beside its truth. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assets.anomalies.course.statements import BANDS, band_of
from bench.worlds.told import SLOW, SLOW_SHARE

EDGE: Final = 0.10  # of a share from a band's edge within which truth is left out; issue 18
LESS: Final = ("empty", "mostly_gone", "drawing_down")
MORE: Final = ("building_up",)
UNSAID: Final = ("too_early_to_tell", "unknown")
SAME: Final = ("as_usual", "change")


@dataclass(frozen=True, slots=True)
class Said:
    """A statement beside the truth.

    Attributes:
        told: the statement.
        share: true share of the usual at that look.
        day: of the look.
        is_exchanged: whether by then all that stood there was exchanged.
    """

    told: str
    share: float
    day: dt.date
    is_exchanged: bool

    @property
    def truth(self) -> str:
        """What should be said."""
        band = band_of(self.share)
        return "change" if self.is_exchanged and band == "as_usual" else band

    @property
    def is_at_edge(self) -> bool:
        """Whether the truth is so near to another band that either may be said."""
        return any(abs(self.share - limit) < EDGE for _, limit in BANDS[:-1])

    @property
    def is_right(self) -> bool:
        """Whether it is true; of things that were exchanged as much is there as usual."""
        return self.told == self.truth or (self.is_exchanged and self.told == "as_usual")

    @property
    def is_opposite(self) -> bool:
        """Whether it says less of more, more of less, or either where all is as usual."""
        if self.truth in SAME:
            return self.told in (*LESS, *MORE)
        return self.told in (MORE if self.truth in LESS else LESS)


def said_of(truth: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    """Every statement of a world at whose look the truth is known.

    Args:
        truth: of the world.
        rows: of `assessments`, with `day`, that of their newest look.
    """
    if not truth.get("site_share"):
        return ()
    shares = {
        dt.date.fromisoformat(look["day"]): float(share)
        for look, share in zip(truth["looks"], truth["site_share"], strict=True)
    }
    exchanged = min(
        (
            dt.date.fromisoformat(one["first"])
            for one in truth["events"]
            if one["kind"] == "rotation"
        ),
        default=dt.date.max,
    )
    return tuple(
        Said(str(row["statement"]), shares[row["day"]], row["day"], row["day"] >= exchanged)
        for row in rows
        if row["day"] in shares
    )


def statement_figures(
    worlds: Sequence[tuple[str, Sequence[Said], Mapping[str, Any]]],
) -> dict[str, Any]:
    """Figures over the statements of worlds, each with its story and truth.

    Returns:
        `statements` made (truths at edges left out), the shares of them that are right, how many
        say the opposite, the share of looks of which nothing is said, `confusion` by truth and
        statement, and `slow_told`: slow exits told as less before SLOW_SHARE of them is over.
    """
    plain = [one for _, said, _ in worlds for one in said if not one.is_at_edge]
    made = [one for one in plain if one.told not in UNSAID]
    confusion: dict[str, Counter[str]] = {}
    for one in plain:
        confusion.setdefault(one.truth, Counter())[one.told] += 1
    slow = [(said, truth) for story, said, truth in worlds if story == SLOW and said]
    return {
        "statements": len(made),
        "statements_right": sum(one.is_right for one in made) / len(made) if made else None,
        "statements_opposite": sum(one.is_opposite for one in made),
        "too_early_share": 1 - len(made) / len(plain) if plain else None,
        "confusion": {
            name: dict(sorted(found.items())) for name, found in sorted(confusion.items())
        },
        "slow_told": [sum(_is_told_in_time(said, truth) for said, truth in slow), len(slow)],
    }


def _is_told_in_time(said: Sequence[Said], truth: Mapping[str, Any]) -> bool:
    """Whether less was told before most of a slow exit was over."""
    first, last = (
        edge(dt.date.fromisoformat(one[name]) for one in truth["events"] if one["kind"] == SLOW)
        for edge, name in ((min, "first"), (max, "last"))
    )
    latest = first + (last - first) * SLOW_SHARE
    return any(first <= one.day <= latest and one.told in LESS for one in said)
