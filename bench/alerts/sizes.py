"""Which sizes of change the test of counts should look for, by made-up series alone.

`python -m bench.alerts.sizes` prints the delay of each choice; nothing real enters.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import typer

from assets.anomalies.counts import count_evidence, quiet
from bench.tables import table

Array = npt.NDArray[np.float64]
Side = Literal["fall", "rise"]
Sizes = tuple[float, ...]

RATE: Final = 0.5
CHANGE: Final = 60  # look at which the level changes
CAP_DAYS: Final = 90.0  # counted for what is found later, or never
MEANS: Final = (0.5, 2.0, 8.0)
GAPS: Final = (1.4**3, 1.4**5)
DISPERSIONS: Final = (0.0, 0.04)
VARIANCES: Final = (4.0**-4, 4.0**-3)
TRUE: Final[dict[Side, tuple[float, float]]] = {"fall": (0.1, 0.8), "rise": (1.25, 4.0)}
CHOICES: Final[dict[Side, tuple[Sizes, ...]]] = {
    "fall": (
        (0.5,),
        (0.3,),
        (0.5, 0.2),
        (0.6, 0.3, 0.1),
        (0.7, 0.5, 0.3, 0.1),
        (0.8, 0.6, 0.4, 0.2),
        (0.8, 0.48, 0.28, 0.17, 0.1),
    ),
    "rise": (
        (1.5,),
        (2.0,),
        (1.3, 2.0),
        (1.3, 1.6, 2.2),
        (1.3, 1.6, 2.2, 4.5),
        (1.25, 1.7, 2.2, 3.0, 4.0),
    ),
}


class Delay(NamedTuple):
    """Days until a change of random size is found, at the same rate of false alarms."""

    side: Side
    sizes: Sizes
    days: float
    error: float


def measure(seed: int = 0) -> Iterator[Delay]:
    """The mean capped delay of each choice, changes being equally likely on a logarithmic scale."""
    kinds = [
        quiet.SeriesKind(mean, 0.5, dispersion, variance, gap, 256, 0.01)
        for mean, gap, dispersion, variance in itertools.product(
            MEANS, GAPS, DISPERSIONS, VARIANCES
        )
    ]
    used: dict[Side, Sizes] = {"fall": count_evidence.FALLS, "rise": count_evidence.RISES}
    for side, choices in CHOICES.items():
        for sizes in choices:
            found = [_delays(kind, side, {**used, side: sizes}, seed) for kind in kinds]
            days = np.concatenate(found)
            yield Delay(side, sizes, float(days.mean()), float(days.std() / len(days) ** 0.5))


def _delays(kind: quiet.SeriesKind, side: Side, sizes: dict[Side, Sizes], seed: int) -> Array:
    """Days from the change to the first alarm, of series of a kind, shape (series,)."""
    at = 0 if side == "rise" else 1
    days, counts, mean = quiet.simulate_quiet_series(kind, np.random.default_rng(seed))
    rates = quiet.log_rates(days, _told(kind, counts, mean, sizes)[at])
    rng = np.random.default_rng(seed + 1)
    days, counts, mean = quiet.simulate_quiet_series(kind, rng)
    low, high = (float(np.log(end)) for end in TRUE[side])
    size = np.exp(rng.uniform(low, high, size=(len(days), 1)))
    after = counts[:, CHANGE:]
    more = rng.poisson(np.maximum(size - 1, 0) * mean[:, CHANGE:])
    counts[:, CHANGE:] = rng.binomial(after.astype(int), np.minimum(size, 1)) + more
    told = _told(kind, counts, mean, sizes)[at][:, CHANGE:]
    limit = float(np.interp(-np.log(RATE), -rates, quiet.THRESHOLDS))
    first = np.where(told > limit, days[:, CHANGE:], np.inf).min(axis=1)
    delays: Array = np.minimum(first - days[:, CHANGE], CAP_DAYS)
    return delays


def _told(
    kind: quiet.SeriesKind, counts: Array, mean: Array, sizes: dict[Side, Sizes]
) -> tuple[Array, Array]:
    """Evidence for a rise and for a fall."""
    likelihood = count_evidence.log_likelihood_ratios(
        counts, mean, np.full_like(mean, kind.dispersion), kind.outliers
    )
    variance = np.array([kind.variance])
    return count_evidence.evidence_of_change(
        likelihood, variance, rises=sizes["rise"], falls=sizes["fall"]
    )


def markdown(found: Iterable[Delay]) -> str:
    """The table."""
    rows = [
        (
            one.side,
            ", ".join(f"{size:g}" for size in one.sizes),
            f"{one.days:.1f}",
            f"{one.error:.1f}",
        )
        for one in found
    ]
    return table(["change", "ratios looked for", "mean delay, at most 90 days", "error"], rows)


def main() -> None:
    """Print the table."""
    typer.echo(markdown(measure()))


if __name__ == "__main__":
    typer.run(main)
