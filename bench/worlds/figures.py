"""Figures over many worlds, and the tables that tell them. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, Final

from scipy import stats

from bench.shares import Share, said_share, share_of
from bench.tables import table
from bench.worlds.scored import EventScore, WorldScore
from bench.worlds.statements import statement_figures
from bench.worlds.told import LATE_DAYS, PLAIN, SLOW

CHANCE: Final = 0.9  # of the intervals that rates are told with
SOON_DAYS: Final = 30  # issue 17
FEW_ZONES: Final = 8  # listed zones up to which a world has few


def figures(worlds: Sequence[WorldScore]) -> dict[str, Any]:
    """All figures of some worlds.

    Returns:
        Rates as `[rate, low, high]` with an interval of CHANCE (Garwood 1936,
        doi:10.2307/2333958); shares as numbers, and in `counted` as `[found, of, share]`; None of
        none. Found in time, by kind and by zones, are events at PLAIN times what is visible. Slow
        exits are counted by kind alone, since they have to be found before SLOW_SHARE of their
        extent. Within reach are events that the sky showed in REACH_LOOKS looks in time.
    """
    events = [one for world in worlds for one in world.events]
    swift = [one for one in events if one.event.kind != SLOW]
    plain = [one for one in swift if one.times_visible >= PLAIN]
    slow = [one for one in events if one.event.kind == SLOW and one.times_visible >= PLAIN]
    found = [one for one in swift if one.is_found_within(LATE_DAYS)]
    rates = sorted({rate for world in worlds for rate in world.alarms}, key=float)
    looks = sum(world.looks for world in worlds)
    counted: dict[str, Share] = {
        "visible": share(events, lambda one: one.times_visible >= 1),
        "found_30d": share(plain, lambda one: one.is_found_within(SOON_DAYS)),
        "found_60d": share(plain, _is_late),
        "found_60d_within_reach": share([one for one in plain if one.is_within_reach], _is_late),
        "found_60d_of_all": share(swift, _is_late),
        "found_60d_of_all_within_reach": share(
            [one for one in swift if one.is_within_reach], _is_late
        ),
        "slow_in_time": share(slow, lambda one: one.delay_days is not None),
        "sign_errors": share(
            [one for one in events if one.is_sign_right is not None],
            lambda one: not one.is_sign_right,
        ),
    }
    return {
        "worlds": len(worlds),
        "site_years": sum(world.quiet_years for world in worlds),
        "false_alarms_per_site_year": {rate: _rate(worlds, rate, "opened") for rate in rates},
        "false_confirmed_per_site_year": {rate: _rate(worlds, rate, "confirmed") for rate in rates},
        "by_place": _by_place(worlds, rates),
        "drawn": len(events),
        "events": _by_kind(events),
        **{name: None if one is None else one[2] for name, one in counted.items()},
        "counted": counted,
        "found_60d_by_m2": _by_area(swift),
        "by_zones": _by_zones(worlds),
        "median_delay_clear_looks": _middle([one.delay_looks for one in found]),
        "median_delay_days": _middle([one.delay_days for one in found]),
        "area_error": _area_error(events),
        **statement_figures([(world.story, world.said, world.truth) for world in worlds]),
        "seconds_per_look": sum(world.seconds for world in worlds) / max(looks, 1),
    }


def _is_late(event: EventScore) -> bool:
    """Whether an event was found in LATE_DAYS."""
    return event.is_found_within(LATE_DAYS)


def share(events: Sequence[EventScore], is_so: Callable[[EventScore], bool]) -> Share:
    """How many events are so."""
    return share_of(sum(map(is_so, events)), len(events))


def poisson_interval(count: int, years: float) -> list[float] | None:
    """A rate a year with its interval of CHANCE, `[rate, low, high]`; None without any time."""
    if years <= 0:
        return None
    left = (1 - CHANCE) / 2
    low = float(stats.chi2.ppf(left, 2 * count)) / 2 if count else 0.0
    high = float(stats.chi2.ppf(1 - left, 2 * (count + 1))) / 2
    return [count / years, low / years, high / years]


def _rate(worlds: Sequence[WorldScore], rate: str, what: str) -> list[float] | None:
    """False alarms a year of a site at a rate that was asked for."""
    counted = sum(getattr(world.alarms[rate], what) for world in worlds)
    return poisson_interval(counted, sum(world.quiet_years for world in worlds))


def _by_place(worlds: Sequence[WorldScore], rates: Sequence[str]) -> dict[str, Any]:
    """False alarms by kind of place."""
    places = sorted({world.place for world in worlds})
    found: dict[str, Any] = {}
    for place in places:
        of_kind = [world for world in worlds if world.place == place]
        found[place] = {
            "site_years": sum(world.quiet_years for world in of_kind),
            **{rate: _rate(of_kind, rate, "opened") for rate in rates},
        }
    return found


def _by_kind(events: Sequence[EventScore]) -> dict[str, Any]:
    """Events by kind of story: how many, and shares of those at PLAIN times what is visible."""
    told: dict[str, Any] = {}
    for kind in sorted({one.event.kind for one in events}):
        mine = [one for one in events if one.event.kind == kind]
        plain = [one for one in mine if one.times_visible >= PLAIN]
        counts = {
            "drawn": len(mine),
            "visible": sum(one.times_visible >= 1 for one in mine),
            "twice_visible": len(plain),
            "found_30d": sum(one.is_found_within(SOON_DAYS) for one in plain),
            "found_60d": sum(map(_is_late, plain)),
            "found_in_time": sum(one.delay_days is not None for one in plain),
            "found_60d_of_all": sum(map(_is_late, mine)),
        }
        shares = {
            f"share_{name}": counts[f"found_{name}"] / len(plain) if plain else None
            for name in ("30d", "60d", "in_time")
        }
        told[kind] = counts | shares
    return told


AREAS_M2: Final = (500.0, 1000.0, 3000.0, 10_000.0)  # edges of the classes that areas are told in


def _by_area(events: Sequence[EventScore]) -> dict[str, Share]:
    """Found in LATE_DAYS by true area, whatever is visible."""
    edges = (0.0, *AREAS_M2, float("inf"))
    return {
        f"{low:g} to {high:g}": share(
            [one for one in events if low <= one.event.change_m2 < high],
            _is_late,
        )
        for low, high in itertools.pairwise(edges)
    }


def _by_zones(worlds: Sequence[WorldScore]) -> dict[str, float | None]:
    """Found in LATE_DAYS where few zones are listed, and where many are."""
    found: dict[str, float | None] = {}
    for name, is_mine in (("few", True), ("many", False)):
        mine = [
            one
            for world in worlds
            if (world.zones <= FEW_ZONES) is is_mine
            for one in world.events
            if one.event.kind != SLOW and one.times_visible >= PLAIN
        ]
        counted = share(mine, _is_late)
        found[name] = None if counted is None else counted[2]
    return found


def _middle(values: Sequence[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(median(known)) if known else None


def _area_error(events: Sequence[EventScore]) -> float | None:
    """Median of how far told areas are from true ones, as a share of these; None of none."""
    errors = [
        abs(one.told_m2 - one.event.change_m2) / one.event.change_m2
        for one in events
        if one.told_m2 is not None
    ]
    return float(median(errors)) if errors else None


def markdown(told: Mapping[str, Any]) -> str:
    """The tables."""
    rates = told["false_alarms_per_site_year"]
    alarms = [
        [f"{rate} asked", _interval(rates[rate]), _interval(confirmed)]
        for rate, confirmed in told["false_confirmed_per_site_year"].items()
    ]
    places = [
        [place, f"{one['site_years']:.0f}", *(_interval(one[rate]) for rate in rates)]
        for place, one in told["by_place"].items()
    ]
    kinds = [[kind, *(one[name] for name in KIND_COLUMNS)] for kind, one in told["events"].items()]
    rest = [[name, said_share(one)] for name, one in told["counted"].items()]
    rest += [[name, _told(told[name])] for name in SINGLE]
    sizes = [[f"{name} m2", said_share(one)] for name, one in told["found_60d_by_m2"].items()]
    tables = [
        table(["false alarms a site and year", "opened", "confirmed"], alarms),
        table(["kind of place", "site-years", *(f"{rate} asked" for rate in rates)], places),
        table(["events", *KIND_COLUMNS], kinds),
        table(["true area", "found in 60 days"], sizes),
        table(["", "figure"], rest),
        table(["truth", "what was said, times"], _confusion(told["confusion"])),
    ]
    head = f"SIMULATED: {told['worlds']} made-up worlds, {told['site_years']:.0f} quiet site-years."
    return "\n\n".join([head, *tables])


KIND_COLUMNS: Final = (
    *("drawn", "visible", "twice_visible", "found_30d", "found_60d", "found_in_time"),
    "found_60d_of_all",
)
SINGLE: Final = (
    *("statements", "statements_right", "statements_opposite", "too_early_share"),
    *("median_delay_clear_looks", "median_delay_days", "area_error", "seconds_per_look"),
)


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> list[list[object]]:
    """What was said of each truth."""
    return [
        [truth, ", ".join(f"{name} {count}" for name, count in found.items())]
        for truth, found in confusion.items()
    ]


def _interval(one: Sequence[float] | None) -> str:
    return "-" if one is None else f"{one[0]:.2f} ({one[1]:.2f} to {one[2]:.2f})"


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
