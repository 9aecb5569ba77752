"""The command `python -m bench.retest`: what it costs to test many series again for a new look.

Time and memory only; whether the test is right is `bench.alerts`' business.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated, Any, Final

import numpy as np
import typer

from assets.anomalies.departures.panel import Panel, panel_of_z
from assets.anomalies.departures.scanning import scan_departures
from assets.anomalies.findings import Place
from assets.anomalies.known import all_known
from assets.anomalies.series import ORDER
from bench.options import Docs, JsonTo
from bench.tables import put_into, table, write_json
from resources.models import FALSE_ALARMS_PER_YEAR

COMMAND: Final = "python -m bench.retest --docs"
SITE_SERIES: Final = 50  # series tested side by side, as those of a large site
HISTORIES: Final = (100, 300, 1000)
CORES: Final = 2
WARM_UP_LOOKS: Final = 20
STAGE_SITES: Final = 20  # timed; the others are like them
LATITUDE_DEG: Final = 45.0
SEED: Final = 5
MEBIBYTE: Final = 2**20
KIBIBYTES_A_MEBIBYTE: Final = 1024


def main(
    *,
    series: Annotated[int, typer.Option(min=SITE_SERIES, help="How many.")] = 10_000,
    looks: Annotated[int, typer.Option(min=20, help="Of each series.")] = 300,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Test every look of many series again, one site after the other, as for one new look."""
    seconds = retest_seconds(series, looks)
    per_look = {history: seconds_per_look(history) for history in HISTORIES}
    stage = stage_seconds(series, looks)
    text = markdown(series, looks, seconds, stage, per_look)
    typer.echo(text)
    if json_to is not None:
        figures = {
            "series": series,
            "looks": looks,
            "cpu_seconds": seconds,
            "seconds_rows_to_alerts": stage,
            "peak_memory_mib": peak_memory_mib(),
            "seconds_per_series_and_look": {str(key): one for key, one in per_look.items()},
        }
        write_json(json_to, "python -m bench.retest", figures)
    if docs is not None:
        put_into(docs, COMMAND, text)


def retest_seconds(series: int, looks: int) -> float:
    """Processor seconds for all looks of so many series, one core."""
    sites = series // SITE_SERIES
    rng = np.random.default_rng(SEED)
    spent = 0.0
    for _ in range(sites):
        panel = _panel(rng, looks)
        begun = time.process_time()
        scan_departures(panel)
        spent += time.process_time() - begun
    return spent * series / (sites * SITE_SERIES)


def stage_seconds(series: int, looks: int, sites: int = STAGE_SITES) -> float:
    """Seconds for the same from rows of the lake to alerts and their log, on CORES cores.

    Sites are judged CORES at a time, each by a process of its own; making up the rows is not
    counted, and waiting for the other core's memory is.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(CORES, mp_context=context) as pool:
        list(pool.map(_judge_seconds, range(CORES), [WARM_UP_LOOKS] * CORES))
        spent = sum(pool.map(_judge_seconds, range(sites), [looks] * sites))
    return spent / CORES * series / (sites * SITE_SERIES)


def _judge_seconds(number: int, looks: int) -> float:
    """Seconds by the clock for one site of SITE_SERIES series."""
    rows = _rows(np.random.default_rng([SEED, number]), looks)
    begun = time.perf_counter()
    all_known(Place("site", FALSE_ALARMS_PER_YEAR, LATITUDE_DEG), rows)
    return time.perf_counter() - begun


def seconds_per_look(looks: int, repeats: int = 5) -> float:
    """Processor seconds for one look of one series with a history of so many, the best of some."""
    rng = np.random.default_rng(SEED)
    spent = []
    for _ in range(repeats):
        panel = _panel(rng, looks)
        begun = time.process_time()
        scan_departures(panel)
        spent.append(time.process_time() - begun)
    return min(spent) / (looks * SITE_SERIES)


def peak_memory_mib() -> float:
    """The most memory that this process, or one of its workers, has held so far, MiB."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(one).ru_maxrss for one in who)
    return peak / (MEBIBYTE if sys.platform == "darwin" else KIBIBYTES_A_MEBIBYTE)


def markdown(
    series: int, looks: int, seconds: float, stage: float, per_look: dict[int, float]
) -> str:
    """The figures as a table."""
    rows: list[list[object]] = [
        [f"{series:,} series of {looks} looks, every look anew, one core", f"{seconds:.1f} s"],
        [f"the same from rows to alerts and their log, {CORES} cores", f"{stage:.1f} s"],
        ["most memory held by a process", f"{peak_memory_mib():.0f} MiB"],
    ]
    rows += [
        [f"one look of one series after {history} looks", f"{1e6 * one:.0f} us"]
        for history, one in per_look.items()
    ]
    return table(["what", "cost"], rows)


def _panel(rng: np.random.Generator, looks: int) -> Panel:
    days = np.cumsum(rng.choice([5.0, 10.0], looks))
    return panel_of_z(days, rng.normal(size=(SITE_SERIES, looks)))


def _rows(rng: np.random.Generator, looks: int) -> list[dict[str, Any]]:
    """Rows as `lake_reads.activity_series` gives them, of a quiet site of SITE_SERIES series."""
    start = dt.datetime(2020, 1, 1, 10, tzinfo=dt.UTC)
    days = np.cumsum(rng.choice([5.0, 10.0], looks))
    return [
        {
            "zone_id": f"zone-{zone}",
            "index_name": index,
            "acquisition_id": f"look-{number}",
            "sensed_at": start + dt.timedelta(days=day),
            "known_at": start + dt.timedelta(days=day),
            "value": float(z),
            "expected": 0.0,
            "standard_error": 0.8,
            "expected_error": 0.6,
            "z": float(z),
            "baseline_n": 24,
            "state": "valid",
            "flags": [],
            "shift_px": 0.1,
            "relative_orbit": 21,
            "sun_elevation_deg": 45.0,
            "haze_fraction": 0.0,
        }
        for number, day in enumerate(days.tolist())
        for zone in range(SITE_SERIES // len(ORDER))
        for index, z in zip(ORDER, rng.normal(size=len(ORDER)), strict=True)
    ]


if __name__ == "__main__":
    typer.run(main)
