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
from typing import Annotated, Final

import numpy as np
import typer

from assets.anomalies.alerts.findings import SiteUnderTest
from assets.anomalies.alerts.status_log import site_alert_history
from assets.anomalies.change_tests.series import ORDER
from bench.options import Docs, JsonTo
from bench.tables import put_into, table, write_json
from resources.lake.question_rows import SeriesRow
from resources.models import FALSE_ALARMS_PER_YEAR

COMMAND: Final = "python -m bench.retest --docs"
SITE_SERIES: Final = 50  # series tested side by side, as those of a large site
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
    stage = stage_seconds(series, looks)
    text = markdown(series, looks, stage)
    typer.echo(text)
    if json_to is not None:
        figures = {
            "series": series,
            "looks": looks,
            "seconds_rows_to_alerts": stage,
            "peak_memory_mib": peak_memory_mib(),
        }
        write_json(json_to, "python -m bench.retest", figures)
    if docs is not None:
        put_into(docs, COMMAND, text)


def stage_seconds(series: int, looks: int, sites: int = STAGE_SITES) -> float:
    """Seconds from rows of the lake to alerts and their log, all looks, on CORES cores.

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
    site_alert_history(SiteUnderTest("site", FALSE_ALARMS_PER_YEAR, LATITUDE_DEG), rows)
    return time.perf_counter() - begun


def peak_memory_mib() -> float:
    """The most memory that this process, or one of its workers, has held so far, MiB."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(one).ru_maxrss for one in who)
    return peak / (MEBIBYTE if sys.platform == "darwin" else KIBIBYTES_A_MEBIBYTE)


def markdown(series: int, looks: int, stage: float) -> str:
    """The figures as a table."""
    what = f"{series:,} series of {looks} looks, from rows to alerts and their log, {CORES} cores"
    rows = [
        [what, f"{stage:.1f} s"],
        ["most memory held by a process", f"{peak_memory_mib():.0f} MiB"],
    ]
    return table(["what", "cost"], rows)


def _rows(rng: np.random.Generator, looks: int) -> list[SeriesRow]:
    """Rows as `stage_reads.activity_series` gives them, of a quiet site of SITE_SERIES series."""
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
            "departure": float(z),
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
