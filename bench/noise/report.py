"""The tables of the yardstick of noise, in Markdown, and its figures for JSON.

Layout only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from assets.activity.indices import UNITS
from bench.noise.figures import Honesty, by_group, by_season, by_size, honesty
from bench.noise.measured import Values
from bench.noise.runs import Outcome
from bench.tables import machine, table

COMMAND: Final = "python -m bench.noise --docs"
HEAD: Final = (
    "index",
    "values / looks",
    "spread (rms)",
    "error",
    "z: spread (rms)",
    "repeats: spread (rms)",
    "over 3 sigma, % (95 %)",
    "over 2, %",
    "memory",
    "shared",
    "0.1 to 1 %",
)
PART_HEAD: Final = (
    "index",
    "values / looks",
    "spread",
    "error",
    "z: spread (rms)",
    "repeats: spread (rms)",
    "over 3 sigma, %",
    "memory",
)
NOTHING: Final = 1e-9  # of any unit; rounding alone
EARNED_HEAD: Final = (
    "step, place, ground, index",
    "values",
    "rms without",
    "rms with",
    "ratio",
    "spread without",
    "spread with",
    "ratio",
)
Cut = Callable[[Values], Iterable[tuple[str, Values]]]
CUTS: Final[tuple[tuple[str, Cut], ...]] = (
    ("zone size", by_size),
    ("season", by_season),
    ("ground", by_group),
)


def markdown(outcomes: Sequence[Outcome], *, is_short: bool = False) -> str:
    """All tables; the short form leaves out those by size, season and ground."""
    parts = [part for one in outcomes for part in _place(one, () if is_short else CUTS)]
    parts += ["### What each step earns", *_earned(outcomes), f"Made on {machine()}."]
    return "\n\n".join(parts)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The same as plain numbers, with the zones; NaN as None."""
    return {"places": [_record(one) for one in outcomes]}


def _place(outcome: Outcome, cuts: Sequence[tuple[str, Cut]]) -> Iterator[str]:
    """Tables of one place."""
    yield f"### {outcome.place.name}"
    yield _ground(outcome)
    yield table(HEAD, [_row(name, honesty(part)) for name, part in _by_index(outcome.values)])
    for title, cut in cuts:
        rows = [
            _part_row(f"{index}, {name}", honesty(part))
            for index, values in _by_index(outcome.values)
            for name, part in cut(values)
        ]
        yield f"By {title}:"
        yield table(PART_HEAD, rows)


def _ground(outcome: Outcome) -> str:
    """Which zones were measured."""
    groups = [zone.group for zone in outcome.zones]
    counts = ", ".join(f"{groups.count(group)} {group}" for group in dict.fromkeys(groups))
    blocks = ", ".join(f"`{zone.zone_id}`" for zone in outcome.zones)
    share = outcome.ground.stable.mean()
    return (
        f"{len(outcome.place.looks)} looks, {len(groups)} quiet zones ({counts}); "
        f"{share:.0%} of the site is stable in all of {len(outcome.ground.years)} years.\n\n"
        f"Zones: {blocks}."
    )


def _row(name: str, found: Honesty) -> list[str]:
    interval = f"{100 * found.far_low:.2f}-{100 * found.far_high:.2f}"
    return [
        f"`{name}`, {UNITS[name]}",
        f"{found.values} / {found.looks}",
        f"{found.spread:.3g} ({found.rms:.3g})",
        f"{found.promised:.3g}",
        f"{found.z_spread:.2f} ({found.z_rms:.2f})",
        f"{found.pair_spread:.2f} ({found.pair_rms:.2f})",
        f"{100 * found.far:.2f} ({interval})",
        f"{100 * found.half_far:.1f}",
        f"{found.memory:.2f}",
        f"{found.shared:.2f}",
        found.verdict,
    ]


def _part_row(name: str, found: Honesty) -> list[str]:
    return [
        name,
        f"{found.values} / {found.looks}",
        f"{found.spread:.3g}",
        f"{found.promised:.3g}",
        f"{found.z_spread:.2f} ({found.z_rms:.2f})",
        f"{found.pair_spread:.2f} ({found.pair_rms:.2f})",
        f"{100 * found.far:.2f}",
        f"{found.memory:.2f}",
    ]


def _earned(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The table of steps; a word where none was turned off."""
    rows = [
        [
            f"{one.step}, {outcome.place.name}, {one.ground}, `{one.index}`",
            one.values,
            f"{one.rms_off:.3g}",
            f"{one.rms_on:.3g}",
            _ratio(one.rms_on, one.rms_off),
            f"{one.spread_off:.3g}",
            f"{one.spread_on:.3g}",
            _ratio(one.spread_on, one.spread_off),
        ]
        for outcome in outcomes
        for one in outcome.earned
    ]
    yield table(EARNED_HEAD, rows) if rows else "No step was turned off in this run."


def _ratio(part: float, whole: float) -> str:
    return f"{part / whole:.2f}" if whole > NOTHING else "-"


def _by_index(values: Values) -> Iterator[tuple[str, Values]]:
    """Values by index, in the order of `UNITS`."""
    for name in UNITS:
        inside = values.index == name
        if inside.any():
            yield name, values.where(np.asarray(inside))


def _record(outcome: Outcome) -> dict[str, Any]:
    """Figures of one place."""
    return {
        "place": outcome.place.name,
        "looks": len(outcome.place.looks),
        "zones": [
            {"zone": zone.zone_id, "group": zone.group, "area_m2": zone.area_m2}
            for zone in outcome.zones
        ],
        "indices": {
            name: {
                "all": _plain(honesty(values)),
                **{
                    title: {part: _plain(honesty(some)) for part, some in cut(values)}
                    for title, cut in CUTS
                },
            }
            for name, values in _by_index(outcome.values)
        },
        "earned": [asdict(one) for one in outcome.earned],
    }


def _plain(found: Honesty) -> dict[str, Any]:
    """Numbers that JSON has."""
    numbers = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(found).items()
    }
    return {**numbers, "verdict": found.verdict}
