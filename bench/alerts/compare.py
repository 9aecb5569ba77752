"""The product's test beside its peers, each at the same achieved rate of false alarms.

The scorer's own sweep sets every threshold, the product's too: of the thresholds that keep to the
rate in 2017-2019 it takes the quickest, so that no method is hurt by how it says what is rare.
"""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.alerts import packaged, peers
from bench.alerts.airports import Airport, read_airports, scan_airport
from bench.alerts.peers import Array, Peer
from bench.alerts.scoring import Yardstick
from bench.tables import table

OURS: Final = "sitewatch"
BUDGETS: Final = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
TOLD: Final = (0.5, 0.1)
FACTORS: Final = (0.5, 2.0)
AFTER_DAYS: Final = 65  # of a planted series that are judged after its change
Tell = Callable[[str], None]
Sweeps = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What every method gave.

    Attributes:
        sweeps: the scorer's sweep of each method, by direction and rate.
        missing: packages whose methods were left out.
    """

    sweeps: Sweeps
    missing: Sequence[str]


def compare(yardstick: Yardstick, airports: Sequence[Airport], tell: Tell) -> Comparison:
    """Judge the airports and planted changes by every method."""
    there, missing = packaged.installed()
    methods: dict[str, Peer] = {OURS: ours, **peers.PLAIN, **there}
    sweeps = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        series, truth = yardstick.simulate(folder, starts=2, factors=FACTORS)
        planted = _until_found(read_airports(series), truth)
        own, changed = folder / "scores.csv", folder / "changed.csv"
        for label, method in methods.items():
            tell(f"Judging by {label} ...")
            write_scores(own, airports, method)
            write_scores(changed, planted, method)
            sweeps[label] = yardstick.sweep(own, (series, truth, changed), BUDGETS)
    return Comparison(sweeps, missing)


def ours(airport: Airport) -> tuple[Array, Array]:
    """The product's own test: how rare its evidence is, as a logarithm."""
    scan = scan_airport(airport)
    return -np.log(scan.fall_rate), -np.log(scan.rise_rate)


def _until_found(series: Iterable[Airport], truth: Path) -> list[Airport]:
    """Planted series as known some time after the change; later looks are not asked for."""
    with truth.open(encoding="utf-8", newline="") as lines:
        starts = {row["airport"]: row["start"] for row in csv.DictReader(lines)}
    cut = []
    for one in series:
        last = dt.date.fromisoformat(starts[one.name]) + dt.timedelta(days=AFTER_DAYS)
        known = one.dates <= np.datetime64(last)
        cut.append(replace(one, dates=one.dates[known], cells=one.cells[known]))
    return cut


def write_scores(path: Path, airports: Iterable[Airport], method: Peer) -> None:
    """Write a method's scores as the scorer's sweep reads them."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines)
        out.writerow(["airport", "date", "direction", "score"])
        for airport in airports:
            for way, scores in zip(("down", "up"), method(airport), strict=True):
                for date, score in zip(airport.dates.tolist(), scores.tolist(), strict=True):
                    if np.isfinite(score):
                        out.writerow([airport.name, date.isoformat(), way, f"{score:.9g}"])


def markdown(found: Comparison) -> str:
    """The table of all methods."""
    head = ["at a year", "method", "false down", "found by 15 April", "by 31 May"]
    head += ["mean capped delay, days", "placebo 2019", "2018", "halving in 60 days"]
    head += ["false up", "doubling in 60 days"]
    rows = [
        [f"{rate:g}", label, *_cells(sweep, f"{rate:g}")]
        for rate in TOLD
        for label, sweep in found.sweeps.items()
    ]
    left_out = (
        f"\n\nNot installed, so left out: {', '.join(found.missing)}." if found.missing else ""
    )
    return table(head, rows) + left_out


def _cells(sweep: Mapping[str, Any], rate: str) -> list[str]:
    """What a method gave at a rate; a dash where it cannot keep to it."""
    down, up = ((sweep.get(way) or {}).get(rate) for way in ("down", "up"))
    cells = ["-"] * 7
    if down is not None:
        found = down["detected"]
        cells = [f"{down['false_alarms_per_site_year']:.2f}"]
        cells += [f"{found[day]:.0%}" for day in ("2020-04-15", "2020-05-31")]
        cells.append(f"{down['mean_delay_days_capped']:.1f}")
        cells += [f"{down[year]:.0%}" for year in ("placebo_2019", "placebo_2018")]
        cells.append(f"{down['surges']['x0.5']['within_60d']:.0%}")
    if up is None:
        return [*cells, "-", "-"]
    doubled = up["surges"]["x2"]["within_60d"]
    return [*cells, f"{up['false_alarms_per_site_year']:.2f}", f"{doubled:.0%}"]
