"""The experiments with the airports, and what they say as tables and as figures.

Runs and layout; the rules are the scorer's, the detector the product's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from assets.anomalies.counts.prior import CountPrior
from bench.alerts import compare
from bench.alerts.airports import Airport, Alarm, find_alarms, read_airports, scan_airport
from bench.alerts.chosen import choose
from bench.alerts.planted import Planting, plant, score_planted, shares
from bench.alerts.quiet_counts import Achieved, measure_quiet
from bench.alerts.scoring import Yardstick
from bench.tables import table

COMMAND: Final = "python -m bench.alerts --docs"
STARTS: Final = 2  # planted changes a factor and airport, as the scorer makes unless told otherwise
MORE_STARTS: Final = 10  # the same, where thirty of a factor are too few to tell
MORE_FACTORS: Final = (0.5, 1.5, 2.0)
MORE_SEED: Final = 1  # other days than the scorer's own
RATES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
TOLD: Final = (0.1, 0.5)  # of the held-out tables
TRUNCATED: Final = (
    "2016-04-14",
    "2016-06-24",
    "2017-09-30",
    "2018-06-10",
    "2019-11-05",
    "2020-03-25",
)
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the experiments gave.

    Attributes:
        scores: the scorer's answer for each rate asked for.
        more: the same with more planted changes.
        held_out: the same, each airport with the beliefs chosen on the half that it is not in,
            for each random split.
        truncated: for each date, alarms up to it and how many of them were otherwise.
        compared: the product beside its peers.
        quiet: rates in made-up quiet series; None where none were asked for.
    """

    scores: Mapping[float, Mapping[str, Any]]
    more: Mapping[float, Mapping[str, Any]]
    held_out: Sequence[Mapping[float, Mapping[str, Any]]]
    truncated: Mapping[str, tuple[int, int]]
    compared: compare.Comparison
    quiet: Achieved | None


def run(yardstick: Yardstick, rate: float, quiet_years: float, tell: Tell) -> Outcome:
    """Every experiment: rates, planted changes, truncation, choice elsewhere, quiet years.

    Args:
        yardstick: airports and their scorer.
        rate: false alarms a year and direction, for the truncation.
        quiet_years: made-up site-years to count false alarms in; 0 for none.
        tell: is told what is being done.

    Raises:
        ValueError: the data or the scorer are not as expected.
    """
    airports = read_airports(yardstick.data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell("Planting changes ...")
        usual = plant(yardstick, folder / "usual", starts=STARTS)
        tell("Scanning ...")
        scores = _scores(yardstick, airports, usual, {})
        tell("Planting more changes ...")
        many = plant(
            yardstick, folder / "more", starts=MORE_STARTS, factors=MORE_FACTORS, seed=MORE_SEED
        )
        more = _scores(yardstick, airports, many, {})
        tell("Choosing beliefs on half of the airports ...")
        held_out = [_scores(yardstick, airports, usual, one, TOLD) for one in choose(airports)]
        tell("Truncating ...")
        whole = detect(airports, (rate,), {})[rate]
        cut = {day: _truncate(yardstick, day, folder, whole, rate) for day in TRUNCATED}
    compared = compare.compare(yardstick, airports, tell)
    quiet = None
    if quiet_years:
        tell("Making up quiet years ...")
        quiet = measure_quiet(airports, quiet_years, RATES)
    return Outcome(scores, more, held_out, cut, compared, quiet)


def detect(
    airports: Sequence[Airport], rates: Sequence[float], priors: Mapping[str, CountPrior]
) -> dict[float, list[Alarm]]:
    """Alarms at each rate; a series with a planted change has the beliefs of its airport."""
    found: dict[float, list[Alarm]] = {rate: [] for rate in rates}
    for airport in airports:
        scan = scan_airport(airport, priors.get(airport.name.partition("-")[0]))
        for rate in rates:
            found[rate] += find_alarms(airport, scan, rate)
    return found


def _scores(
    yardstick: Yardstick,
    airports: Sequence[Airport],
    planting: Planting,
    priors: Mapping[str, CountPrior],
    rates: Sequence[float] = RATES,
) -> dict[float, dict[str, Any]]:
    """What the scorer says at each rate."""
    own = detect(airports, rates, priors)
    found = detect(planting.airports, rates, priors)
    return {rate: score_planted(yardstick, own[rate], planting, found[rate]) for rate in rates}


def _truncate(
    yardstick: Yardstick, day: str, folder: Path, whole: Sequence[Alarm], rate: float
) -> tuple[int, int]:
    """Alarms up to a day, and how many differ where nothing later was known."""
    then = set(detect(yardstick.truncated(day, folder), (rate,), {})[rate])
    now = {alarm for alarm in whole if alarm.date.isoformat() <= day}
    return len(now), len(now ^ then)


def figures(outcome: Outcome) -> dict[str, Any]:
    """Everything found, for a file."""
    return asdict(outcome)


def markdown(outcome: Outcome) -> str:
    """The tables."""
    parts = [
        "Airports, thresholds from the rate asked for in each direction:",
        _drawdown(outcome.scores),
        (
            "Planted changes found within 30 and 60 days, of those that one would find within 60 "
            "who is told the day (the rest have no look in time):"
        ),
        _changes(outcome.scores),
        f"The same on other days, {MORE_STARTS} changes a factor and airport:",
        _changes(outcome.more),
        (
            "Held out: every belief chosen on a random half of the airports, by the likelihood of "
            "their quiet looks alone, and used on the other half, both ways; one table a split:"
        ),
        *(part for one in outcome.held_out for part in (_drawdown(one), _changes(one))),
        "Every method at the same achieved rate, its threshold set by the scorer's sweep:",
        compare.markdown(outcome.compared),
        _cuts(outcome.truncated),
    ]
    if outcome.quiet is not None:
        parts.append(_quiet(outcome.quiet))
    return "\n\n".join(parts)


def _drawdown(scores: Mapping[float, Mapping[str, Any]]) -> str:
    """False alarms, the fall of 2020 and placebos at each rate."""
    head = ["asked, a year", "false down", "false up", "found by 15 April", "by 31 May"]
    head += ["mean capped delay, days", "placebo 2019", "placebo 2018"]
    rows = []
    for rate, score in scores.items():
        false, found = score["false_alarms_per_site_year"], score["drawdown_2020"]
        sites = score["sites"]
        row = [f"{rate:g}", f"{false['down']:.2f}", f"{false['up']:.2f}"]
        shares = (found["detected"]["2020-04-15"], found["detected"]["2020-05-31"])
        row += [f"{round(share * sites)} of {sites}" for share in shares]
        row.append(f"{found['mean_delay_days_capped']:.1f}")
        row += [f"{round(max(one.values()) * sites)} of {sites}" for one in _years(score)]
        rows.append(row)
    return table(head, rows)


def _years(score: Mapping[str, Any]) -> list[Mapping[str, float]]:
    """Placebos of 2019 and of 2018."""
    return [score["placebo"]["2019"], score["placebo"]["2018"]]


def _changes(scores: Mapping[float, Mapping[str, Any]]) -> str:
    """Planted changes found at each rate."""
    factors = list(next(iter(scores.values()))["surges"])
    head = ["asked, a year", *(f"{factor} in 30 / 60 days" for factor in factors)]
    rows = [
        [f"{rate:g}", *(shares(score, factor) for factor in factors)]
        for rate, score in scores.items()
    ]
    return table(head, rows)


def _cuts(truncated: Mapping[str, tuple[int, int]]) -> str:
    """Alarms that another end of the data would have changed."""
    rows = [(day, known, changed) for day, (known, changed) in truncated.items()]
    return table(["data cut after", "alarms until then", "otherwise without the rest"], rows)


def _quiet(quiet: Achieved) -> str:
    """Rates in made-up quiet series."""
    head = [f"{quiet.years:.0f} quiet site-years, asked", "down", "up"]
    rows = [
        (f"{asked:g}", f"{down:.3f}", f"{up:.3f}")
        for asked, down, up in zip(quiet.asked, quiet.down, quiet.up, strict=True)
    ]
    return table(head, rows)
