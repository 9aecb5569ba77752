"""Detectors of packages, run causally on the airports' series: nrt, ruptures, river.

Each is used as its authors mean it to be; one that is not installed is left out and named.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from bench.alerts.airports import Airport
from bench.alerts.peers import LAG_DAYS, LEARNING_LOOKS, Array, Peer, index, seasonal_distance

REFIT_DAYS: Final = 180.0
FIRST_FIT_LOOKS: Final = 40  # two harmonics and a trend need them
RECENT_LOOKS: Final = 60  # in which a single break is looked for
BREAK_LOOKS: Final = 20  # newest looks among which it must lie
LEAST_LOOKS: Final = 2
CONFIDENCES: Final = tuple(10.0 ** -np.arange(0.25, 8.1, 0.25))  # of ADWIN, each run apart
HEIGHTS: Final = tuple(np.geomspace(2.0, 60.0, 30))  # of Page-Hinkley, each run apart
PAGE_SLACK: Final = 0.25  # of Page-Hinkley, in standard deviations
PAGE_FORGETS: Final = 0.999


def installed() -> tuple[dict[str, Peer], list[str]]:
    """Detectors that can be run here, and the packages that are missing."""
    offered: dict[str, dict[str, Peer]] = {
        "nrt": {"nrt EWMA": _nrt("EWMA"), "nrt CUSUM": _nrt("CuSum"), "nrt MOSUM": _nrt("MoSum")},
        "ruptures": {"ruptures, causal": one_break},
        "river": {"river ADWIN": adwin, "river Page-Hinkley": page_hinkley},
    }
    there = {name for name in offered if importlib.util.find_spec(name)}
    peers = {
        label: peer for name in offered if name in there for label, peer in offered[name].items()
    }
    return peers, [name for name in offered if name not in there]


def _nrt(kind: str) -> Peer:
    """A monitor of nrt, fitted anew twice a year to looks at least 45 days old."""

    def judge(airport: Airport) -> tuple[Array, Array]:
        days, values = airport.days, index(airport)
        known = np.flatnonzero(np.isfinite(values))
        score = np.full(len(days), np.nan)
        for group in _periods(days[known]):
            past = known[days[known] <= days[known[group[0]]] - LAG_DAYS]
            if len(past) >= FIRST_FIT_LOOKS:
                ahead = known[len(past) : group[-1] + 1]
                found = _monitored(kind, airport.dates, values, (past, ahead))
                score[known[group]] = found[-len(group) :]
        told = np.isfinite(score)
        return np.where(told, -score, -np.inf), np.where(told, score, -np.inf)

    return judge


def _periods(days: Array) -> list[Any]:
    """Positions of the looks between two fits."""
    starts = np.flatnonzero(np.diff(np.floor(days / REFIT_DAYS))) + 1
    return [part for part in np.split(np.arange(len(days)), starts) if len(part)]


def _monitored(kind: str, dates: Any, values: Array, parts: tuple[Any, Any]) -> Array:
    """The monitor's process at each look ahead, in units of its boundary."""
    import datetime as dt

    import xarray as xr
    from nrt.monitor import cusum, ewma, mosum

    past, ahead = parts
    cube = xr.DataArray(
        values[past][:, None, None], dims=("time", "y", "x"), coords={"time": dates[past]}
    )
    maker = {"EWMA": ewma.EWMA, "CuSum": cusum.CuSum, "MoSum": mosum.MoSum}[kind]
    monitor = maker(trend=True, harmonic_order=2, update_mask=False)
    monitor.fit(dataarray=cube, **({} if kind == "EWMA" else {"method": "OLS"}))
    found = np.full(len(ahead), np.nan)
    for at, look in enumerate(ahead):
        day = dt.datetime.combine(dates[look].item(), dt.time())
        monitor.mask[:] = 1
        monitor.monitor(array=values[look][None, None], date=day)
        found[at] = float(np.ravel(monitor.process)[0] / np.ravel(monitor.boundary)[0])
    return found


def one_break(airport: Airport) -> tuple[Array, Array]:
    """Gain in squared error by the best single break among the newest looks."""
    import ruptures

    z = np.clip(seasonal_distance(airport), -6.0, 6.0)
    fall, rise = (np.full(len(z), -np.inf) for _ in range(2))
    for look in range(LEARNING_LOOKS, len(z)):
        recent = z[max(0, look + 1 - RECENT_LOOKS) : look + 1]
        search = ruptures.KernelCPD(kernel="linear", min_size=LEAST_LOOKS).fit(recent[:, None])
        at = search.predict(n_bkps=1)[0]
        if len(recent) - at <= BREAK_LOOKS:
            before, after = recent[:at], recent[at:]
            step = after.mean() - before.mean()
            gain = len(before) * len(after) / len(recent) * step**2
            (fall if step < 0 else rise)[look] = gain
    return fall, rise


def adwin(airport: Airport) -> tuple[Array, Array]:
    """The strictest confidence at which ADWIN cuts its window, by the way its mean moved."""
    from river.drift import ADWIN

    return _strictest(
        airport, -np.log(CONFIDENCES), lambda at: ADWIN(delta=CONFIDENCES[at], clock=1)
    )


def page_hinkley(airport: Airport) -> tuple[Array, Array]:
    """The highest threshold that Page and Hinkley's sum passes, of either direction."""
    from river.drift import PageHinkley

    def made(mode: str) -> Callable[[int], Any]:
        return lambda at: PageHinkley(
            min_instances=LEARNING_LOOKS,
            delta=PAGE_SLACK,
            threshold=HEIGHTS[at],
            alpha=PAGE_FORGETS,
            mode=mode,
        )

    fall, _ = _strictest(airport, HEIGHTS, made("down"), one_way=-1)
    _, rise = _strictest(airport, HEIGHTS, made("up"), one_way=1)
    return fall, rise


def _strictest(
    airport: Airport, levels: Sequence[float] | Array, made: Callable[[int], Any], one_way: int = 0
) -> tuple[Array, Array]:
    """The highest level at which a detector found drift at each look, as falls and rises."""
    z = np.clip(seasonal_distance(airport), -6.0, 6.0)
    fall, rise = (np.full(len(z), -np.inf) for _ in range(2))
    for at, level in enumerate(levels):
        detector = made(at)
        for look, value in enumerate(z):
            before = getattr(detector, "estimation", 0.0)
            detector.update(float(value))
            if detector.drift_detected:
                way = one_way or np.sign(detector.estimation - before)
                side = fall if way < 0 else rise
                side[look] = max(side[look], level)
    return fall, rise
