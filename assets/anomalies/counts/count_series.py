"""The sequential test of a series of counts: expectation, evidence and rate of false alarms. Pure.

The entry of this folder; each step is in a module of its own.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from assets.anomalies.counts.count_evidence import LOOKS, evidence_of_change, log_likelihood_ratios
from assets.anomalies.counts.prediction import LEARNING_LOOKS, ExpectedCounts, expected_counts
from assets.anomalies.counts.prior import CountPrior
from assets.anomalies.counts.quiet import THRESHOLDS, quiet_rates
from assets.anomalies.counts.scan import SeriesScan

Array = npt.NDArray[np.float64]
Number = TypeVar("Number", np.float64, np.int64)

DIMENSIONS: Final = 2  # of counts: look and cell


def scan_counts(
    days: Array, cells: Array, *, prior: CountPrior | None = None, since: int = 0
) -> SeriesScan:
    """Test a series of counts for more and for less than its own past lets expect.

    Args:
        days: days since 1970, ascending, shape (look,); the season counts from a turn of the year.
        cells: things counted in each cell, shape (look, cell), NaN where a cell was not seen.
        prior: beliefs; the standard ones unless given.
        since: position of the first look that is asked for; cheaper than all.

    Returns:
        The test of each look from `since` on, from that look and earlier ones alone; those
        before say nothing. A look that saw no cell says what the one before it said.

    Raises:
        ValueError: days are not ascending, shapes differ, or a count is negative.
        IndexError: there are looks, but none at `since`.

    Source:
        The project's own sequence of steps: docs/methods/alerts.md, "Counts"; held by
        tests/unit/assets/anomalies/test_count_scan.py. The sources of each step stand with it.
    """
    _check_counts(days, cells)
    beliefs = prior or CountPrior()
    seen = np.isfinite(cells)
    counts = np.where(seen, cells, 0.0)
    told = np.flatnonzero(seen.any(axis=1))
    place = np.searchsorted(told, np.arange(len(days)), side="right") - 1
    first = max(0, int(place[since]) - LOOKS + 1) if len(days) else 0
    expected = expected_counts(days[told], counts[told], seen[told], beliefs, first)
    return _extend_to_all_looks(
        _scan_seen_looks(counts[told].sum(axis=1), expected, beliefs), place, since
    )


def _scan_seen_looks(total: Array, expected: ExpectedCounts, prior: CountPrior) -> SeriesScan:
    """The test of looks that saw something."""
    rise, fall = np.zeros(len(total)), np.zeros(len(total))
    rise_rate, fall_rate = (np.full(len(total), np.inf) for _ in range(2))
    known = np.flatnonzero(expected.mean > 0)
    if len(known):
        mean, dispersion = expected.mean[known], expected.dispersion[known]
        likelihood = log_likelihood_ratios(total[known], mean, dispersion, prior.outliers)
        rise[known], fall[known] = evidence_of_change(likelihood, expected.variance[known])
    for looks, kind in expected.kinds:
        up, down = quiet_rates(kind)
        rise_rate[looks] = _false_alarm_rate(rise[looks], up)
        fall_rate[looks] = _false_alarm_rate(fall[looks], down)
    return SeriesScan(rise, fall, rise_rate, fall_rate, expected.missing, expected.mean)


def _extend_to_all_looks(
    tested: SeriesScan, place: npt.NDArray[np.int64], since: int
) -> SeriesScan:
    """The test of all looks, each as its newest look at `place` that saw something."""
    asked = (place >= 0) & (np.arange(len(place)) >= since)

    def laid_out(numbers: npt.NDArray[Number], nothing: float) -> npt.NDArray[Number]:
        whole = np.full(len(place), nothing, dtype=numbers.dtype)
        whole[asked] = numbers[place[asked]]
        return whole

    return SeriesScan(
        rise=laid_out(tested.rise, 0.0),
        fall=laid_out(tested.fall, 0.0),
        rise_rate=laid_out(tested.rise_rate, np.inf),
        fall_rate=laid_out(tested.fall_rate, np.inf),
        missing=laid_out(tested.missing, LEARNING_LOOKS),
        expected=laid_out(tested.expected, 0.0),
    )


def _false_alarm_rate(evidence: Array, log_rates: Array) -> Array:
    """False alarms a year at a threshold; infinite where there is no evidence to speak of."""
    step = THRESHOLDS[1] - THRESHOLDS[0]
    slope = (log_rates[-1] - log_rates[-2]) / step
    beyond = np.maximum(0.0, evidence - THRESHOLDS[-1])
    logs = np.interp(evidence, THRESHOLDS, log_rates) + slope * beyond
    rate: Array = np.where(evidence < THRESHOLDS[0], np.inf, np.exp(logs))
    return rate


def _check_counts(days: Array, cells: Array) -> None:
    """Refuse what cannot be a series of counts."""
    if cells.ndim != DIMENSIONS or len(days) != len(cells):
        raise ValueError(
            f"Counts must have shape (look, cell) with a row for each of {len(days)} days; "
            f"found {cells.shape}."
        )
    if len(days) > 1 and not (np.diff(days) > 0).all():
        raise ValueError("Days must be ascending, one look a day; sort and merge them first.")
    if (cells < 0).any():
        raise ValueError("Counts must be 0 or more, or NaN where a cell was not seen.")
