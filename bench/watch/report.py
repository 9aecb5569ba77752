"""Rounds of watches of several sizes, one after the other by turns, and what they come to."""

from __future__ import annotations

import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.tables import table
from bench.watch.ground import make_archive, make_sites
from resources.months import Month

Figures = dict[str, Any]

FIRST: Final = Month(2018, 1)
PARTS: Final = 4  # of the months: the second and the last are compared
STAGES: Final = ("scenes", "cloud_masks", "activity", "anomalies", "dossiers")
AT_END: Final = ("anomalies", "dossiers")  # of the whole site: the last time counts
RUN_S: Final = 3600.0  # a watch that takes longer is given up


def measure(
    real: Path, sizes: Sequence[int], months: int, rounds: int, say: Callable[[str], None]
) -> list[Figures]:
    """Medians over rounds for sites of so many square kilometres.

    Args:
        real: folder with `archive` and `site` of one square kilometre.
        sizes: square numbers, km2.
        months: from FIRST on.
        rounds: of all sizes by turns, so that a busy machine slows all of them.
        say: is told what is done.
    """
    years = {FIRST.plus(month).year: True for month in range(months)}
    parts = _parts(months)
    found: dict[int, list[Figures]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory(prefix="bench-watch-") as name:
        folder = Path(name)
        for size in sizes:
            _prepare(real, folder / str(size), math.isqrt(size), years)
        for number in range(rounds):
            for size in sizes:
                found[size].append(_run(folder / str(size), parts))
                say(f"round {number + 1} of {rounds}, {size} km2: {_line(found[size][-1])}")
    return [summary(size, found[size]) for size in sizes]


def summary(size: int, rounds: Sequence[Figures]) -> Figures:
    """Medians of the rounds of one size: milliseconds a look by stage, and what goes with them."""
    whole = [_a_look(one) for one in rounds]
    stages = {stage: statistics.median(one[stage] for one in whole) for stage in STAGES}
    late, early = (_sum_of_part(rounds, part) for part in (PARTS - 1, 1))
    first = rounds[0]
    return {
        "km2": size,
        "read_km2": first["read_km2"],
        "zones": first["zones"],
        "looks": first["looks"],
        "ms_a_look": stages | {"all": sum(stages.values())},
        "floor_ms_a_look": statistics.median(1e3 * one["floor_s"] / one["looks"] for one in rounds),
        "cpu_ms_a_look": statistics.median(1e3 * one["cpu_s"] / one["looks"] for one in rounds),
        "peak_mb": max(one["peak_mb"] for one in rounds),
        "late_to_early": late / early if early else None,
    }


def markdown(figures: Sequence[Mapping[str, Any]]) -> str:
    """The figures as a table."""
    head = ["site, km²", "read, km²", "zones", "looks", *STAGES]
    head += ["all, ms a look", "floor", "last quarter to second", "peak, MB"]
    rows = [
        [
            *(one["km2"], f"{one['read_km2']:.1f}", one["zones"], one["looks"]),
            *(f"{one['ms_a_look'][stage]:.0f}" for stage in STAGES),
            f"{one['ms_a_look']['all']:.0f}",
            f"{one['floor_ms_a_look']:.0f}",
            "" if one["late_to_early"] is None else f"{one['late_to_early']:.2f}",
            f"{one['peak_mb']:.0f}",
        ]
        for one in figures
    ]
    return table(head, rows)


def _prepare(real: Path, folder: Path, edge: int, years: Mapping[int, bool]) -> None:
    """Archive and watch list of one size."""
    make_archive(real / "archive", folder / "archive", edge, years)
    (listed,) = (real / "site").glob("*.geojson")
    make_sites(listed, folder / "sites.geojson", edge)


def _parts(months: int) -> list[tuple[str, str]]:
    """First and last month of each part."""
    step = max(months // PARTS, 1)
    return [
        (str(FIRST.plus(begin)), str(FIRST.plus(min(begin + step, months) - 1)))
        for begin in range(0, months, step)
    ]


def _run(folder: Path, parts: Sequence[tuple[str, str]]) -> Figures:
    """One watch in a process of its own."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    names = [str(folder / name) for name in ("data", "archive", "sites.geojson")]
    command = [sys.executable, "-m", "bench.watch.worker", *names, json.dumps(parts)]
    done = subprocess.run(  # noqa: S603 - our own module
        command, capture_output=True, text=True, timeout=RUN_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"The watch failed: {done.stderr[-2000:]}")
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def _a_look(one: Figures) -> dict[str, float]:
    """Milliseconds a look by stage, of a whole watch."""
    parts = one["parts"]
    return {
        stage: 1e3
        * sum(part["seconds"].get(stage, 0.0) for part in parts[-1 if stage in AT_END else 0 :])
        / one["looks"]
        for stage in STAGES
    }


def _sum_of_part(rounds: Sequence[Figures], number: int) -> float:
    """Milliseconds a look of the stages of months, of one part; the median of the rounds."""
    found: list[float] = []
    for one in rounds:
        if number >= len(one["parts"]):
            return 0.0
        part = one["parts"][number]
        seconds = sum(part["seconds"].get(stage, 0.0) for stage in STAGES if stage not in AT_END)
        found.append(1e3 * seconds / max(part["looks"], 1))
    return float(statistics.median(found))


def _line(one: Figures) -> str:
    """A watch in a line."""
    stages = ", ".join(f"{stage} {ms:.0f}" for stage, ms in _a_look(one).items())
    return f"{stages} ms a look; {one['looks']} looks, {one['peak_mb']:.0f} MB"
