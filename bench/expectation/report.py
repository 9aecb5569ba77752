"""Runs the programs in turn, several rounds, and lays out what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from bench.expectation.cube import GAPS, LOOKS, OUTLIERS, Cube, simulate_cube
from bench.expectation.memory import Peak
from bench.expectation.programs import Fitted, Program, own_programs, peers
from bench.expectation.years import BANDS, YEARS, Cost, judge, simulate_site
from bench.expectation.years import LOOKS as SITE_LOOKS
from bench.tables import machine, table

MEGABYTE: Final = 1e6
CONVERGED_SIGMA: Final = 1e-6  # a step that moves the curve by less is no step
FIRST_YEAR, LAST_YEAR = SITE_LOOKS // YEARS - 1, SITE_LOOKS - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one program: median seconds, peak bytes, error and convergence over the pixels."""

    name: str
    note: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    error: float
    open_share: float
    open_sigma: float


def compare(edge: int, rounds: int, say: Callable[[str], None]) -> list[Outcome]:
    """Each program on the same cube of `edge` x `edge` pixels, one after the other each round."""
    cube, known = simulate_cube(edge * edge), [*own_programs(), *peers()]
    fits: dict[str, list[Fitted]] = {program.name: [] for program in known}
    peaks: dict[str, int] = {}
    for number in range(rounds):
        for program in known:
            say(f"round {number + 1} of {rounds}: {program.name} ...")
            with Peak() as peak:
                fits[program.name].append(program.run(cube))
            peaks[program.name] = peak.bytes_
    return [_outcome(program, cube, fits[program.name], peaks[program.name]) for program in known]


def _outcome(program: Program, cube: Cube, fits: Sequence[Fitted], peak: int) -> Outcome:
    """Figures of a program."""
    fitted = fits[-1]
    curve = cube.terms @ (fitted.coefficients - cube.truth)
    left = fitted.left[np.isfinite(fitted.left)]
    return Outcome(
        program.name,
        program.note,
        float(np.median([each.seconds for each in fits])),
        float(np.median([each.cpu_seconds for each in fits])),
        peak,
        float(np.sqrt(np.nanmean(curve**2))),
        float(np.mean(left > CONVERGED_SIGMA)) if len(left) else np.nan,
        float(left.max()) if len(left) else np.nan,
    )


def ten_years(edge: int, rounds: int, say: Callable[[str], None]) -> list[Cost]:
    """Cost of the last look of the first year and of the last year, medians of the rounds."""
    site = simulate_site(edge)
    found: dict[int, list[Cost]] = {FIRST_YEAR: [], LAST_YEAR: []}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: ten years of a site ...")
        for look, costs in found.items():
            costs.append(judge(site, look))
    return [
        Cost(
            look,
            costs[0].chosen,
            float(np.median([cost.cpu_seconds for cost in costs])),
            int(np.median([cost.peak_bytes for cost in costs])),
            costs[0].beyond_three,
        )
        for look, costs in found.items()
    ]


def record(outcomes: Sequence[Outcome], costs: Sequence[Cost]) -> dict[str, Any]:
    """The figures as JSON takes them."""
    return {
        "fits": [asdict(outcome) for outcome in outcomes],
        "ten_years_simulated": [asdict(cost) for cost in costs],
    }


def markdown(edge: int, outcomes: Sequence[Outcome], costs: Sequence[Cost], rounds: int) -> str:
    """Both tables with what they are of."""
    fits = (
        f"**Robust fit**, SIMULATED cube of {edge}x{edge} pixels and {LOOKS} looks with "
        f"{GAPS:.0%} gaps and {OUTLIERS:.0%} outliers, five terms, no shrinkage; medians of "
        f"{rounds} interleaved rounds, {machine()}. Error: root mean square of fitted minus "
        "true curve. Open: pixels whose curve one more step of the program's own method "
        f"moves by more than {CONVERGED_SIGMA:g} sigma, and the largest such move."
    )
    years = (
        f"**Ten years of a site**, SIMULATED, {SITE_LOOKS} looks of {edge}x{edge} pixels and "
        f"{BANDS} bands: choosing the looks, fitting and judging one look, at the end of the "
        "first year and of the tenth."
    )
    return "\n\n".join([fits, _fits(outcomes), years, _years(costs)])


def _fits(outcomes: Sequence[Outcome]) -> str:
    ours = outcomes[0]
    times = ["seconds", "times ours", "CPU s", "times ours"]
    head = ["program", *times, "error", "open", "largest move", "peak MB", "note"]
    return table(
        head,
        [
            (
                outcome.name,
                f"{outcome.seconds:.2f}",
                f"{outcome.seconds / ours.seconds:.2f}",
                f"{outcome.cpu_seconds:.2f}",
                f"{outcome.cpu_seconds / ours.cpu_seconds:.2f}",
                f"{outcome.error:.5f}",
                _or_dash(outcome.open_share, ".1%"),
                _or_dash(outcome.open_sigma, ".0e"),
                f"{outcome.peak_bytes / MEGABYTE:.0f}",
                outcome.note,
            )
            for outcome in outcomes
        ],
    )


def _years(costs: Sequence[Cost]) -> str:
    first, last = costs
    rows: list[tuple[object, ...]] = [
        (
            f"end of year {year}",
            cost.known,
            cost.chosen,
            f"{cost.cpu_seconds:.2f}",
            f"{cost.peak_bytes / MEGABYTE:.0f}",
            f"{cost.beyond_three:.2%}",
        )
        for year, cost in ((1, first), (YEARS, last))
    ]
    time, memory = last.cpu_seconds / first.cpu_seconds, last.peak_bytes / max(first.peak_bytes, 1)
    rows.append(("ratio", "", "", f"{time:.2f}", f"{memory:.2f}", ""))
    head = ["look", "looks before", "learned from", "CPU s", "peak MB", "pixels beyond 3 sigma"]
    return table(head, rows)


def _or_dash(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else "-"
