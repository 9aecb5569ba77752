"""The likelihood ratio of a lasting shift that began at one of the last looks, look by look.

The scores go through the filter of their model (a wander beside white noise) and so does a step
that begins at each onset; what is left of both are independent numbers to compare. How a series
scatters is known from `habits` and `memory`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.departures import habits
from assets.anomalies.departures.panel import Bools, Floats, Ints

WINDOW: Final = 12  # onsets that are compared: the last looks of a series
STRAY: Final = 2.5  # standard errors beyond which a look moves the wander the less, the wilder
TINY: Final = 1e-9  # in place of 0, under a fraction


@dataclass(slots=True)
class Evidence:
    """State of the filter; of shape (series,), or (series, onset) with the newest onset first.

    Attributes:
        wander, variance: of the part that looks share, with its variance.
        step: the part of a step of 1 that the wander has taken up, by onset.
        gathered, weight: sum of response x innovation / variance, and of response^2 / variance.
        rise_top, rise_top_weight: the same of the one look that speaks most for a rise.
        fall_top, fall_top_weight: and of the one that speaks most for a fall (negative).
    """

    wander: Floats
    variance: Floats
    step: Floats
    gathered: Floats
    weight: Floats
    rise_top: Floats
    rise_top_weight: Floats
    fall_top: Floats
    fall_top_weight: Floats


def nothing_gathered(series: int) -> Evidence:
    """The state before the first look."""
    onsets = [np.zeros((series, WINDOW)) for _ in range(7)]
    return Evidence(np.zeros(series), np.zeros(series), *onsets)


def forget(evidence: Evidence, which: Bools) -> None:
    """Let some series begin anew, in place: nothing gathered, no wander known."""
    for name in Evidence.__slots__:
        getattr(evidence, name)[which] = 0.0


@dataclass(frozen=True, slots=True)
class Noise:
    """Model of the scores of each series at this look, all of shape (series,).

    Attributes:
        share: of the variance, that of the wander.
        kept: correlation of the wander with that of the look before.
        centre: variance that an uncertain centre adds.
        size: what a step of one usual standard error is in errors of this look.
    """

    share: Floats
    kept: Floats
    centre: Floats
    size: Floats


def gather(evidence: Evidence, score: Floats, seen: Bools, noise: Noise) -> None:
    """Take in one more look, in place.

    Args:
        evidence: the state of each series.
        score: normal scores, shape (series,).
        seen: which series has one, same shape.
        noise: model of the scores.

    Source:
        Generalised likelihood ratio in a window: Willsky & Jones 1976,
        doi:10.1109/TAC.1976.1101146; Lai 1995, doi:10.1111/j.2517-6161.1995.tb02052.x.
    """
    known = noise.kept**2 * evidence.variance + (1 - noise.kept**2) * noise.share
    first = evidence.variance == 0
    known = np.where(first, noise.share, known)
    spread = known + 1 - noise.share + noise.centre
    ahead = noise.kept * evidence.wander
    innovation = np.where(seen, score - ahead, 0.0)
    most = habits.SCORE_MAX * np.sqrt(spread)
    innovation = np.clip(innovation, -most, most)
    limit = STRAY * np.sqrt(spread)
    trusted = np.minimum(limit / np.maximum(np.abs(innovation), TINY), 1.0) ** 2
    gain = trusted * known / spread
    _gather_onsets(evidence, innovation, seen, spread=spread, gain=gain, noise=noise)
    evidence.wander = np.where(seen, ahead + gain * innovation, evidence.wander)
    evidence.variance = np.where(seen, np.maximum((1 - gain) * known, TINY), evidence.variance)


def _gather_onsets(
    evidence: Evidence,
    innovation: Floats,
    seen: Bools,
    *,
    spread: Floats,
    gain: Floats,
    noise: Noise,
) -> None:
    """Add what this look says for a step at each onset; onsets of a series move on when seen."""
    column = seen[:, None]

    def moved_on(array: Floats) -> Floats:
        rolled = np.empty_like(array)
        rolled[:, 0] = 0.0
        rolled[:, 1:] = array[:, :-1]
        return rolled

    step = noise.kept[:, None] * moved_on(evidence.step)
    response = noise.size[:, None] - step
    said = response * (innovation / spread)[:, None]
    weight = response**2 / spread[:, None]
    gathered, weights = moved_on(evidence.gathered) + said, moved_on(evidence.weight) + weight
    top, top_weight = moved_on(evidence.rise_top), moved_on(evidence.rise_top_weight)
    low, low_weight = moved_on(evidence.fall_top), moved_on(evidence.fall_top_weight)
    above, below = said > top, said < low
    updates = {
        "step": step + gain[:, None] * response,
        "gathered": gathered,
        "weight": weights,
        "rise_top": np.where(above, said, top),
        "rise_top_weight": np.where(above, weight, top_weight),
        "fall_top": np.where(below, said, low),
        "fall_top_weight": np.where(below, weight, low_weight),
    }
    for name, array in updates.items():
        setattr(evidence, name, np.where(column, array, getattr(evidence, name)))


@dataclass(frozen=True, slots=True)
class Found:
    """The best onset in one direction, all of shape (series,).

    Attributes:
        ratio: log-likelihood ratio of a lasting shift against none, >= 0.
        second: the same without the look that says most.
        looks: looks since the onset, 1 for the newest.
        size: the shift, in usual standard errors.
    """

    ratio: Floats
    second: Floats
    looks: Ints
    size: Floats


def best_onset(evidence: Evidence, sign: int) -> Found:
    """The onset that explains the last looks best by a shift of one sign.

    Args:
        evidence: the state of each series.
        sign: 1 for a rise, -1 for a fall.
    """
    top = evidence.rise_top if sign > 0 else evidence.fall_top
    top_weight = evidence.rise_top_weight if sign > 0 else evidence.fall_top_weight
    ratios = _ratio(sign * evidence.gathered, evidence.weight)
    rows, best = np.arange(len(ratios)), ratios.argmax(axis=1)
    weight = evidence.weight[rows, best]
    rest = sign * (evidence.gathered - top)[rows, best]
    return Found(
        ratio=ratios[rows, best],
        second=_ratio(rest, weight - top_weight[rows, best]),
        looks=best + 1,
        size=evidence.gathered[rows, best] / np.maximum(weight, TINY),
    )


def _ratio(gathered: Floats, weight: Floats) -> Floats:
    """Log-likelihood ratio maximised over positive sizes."""
    ratio = np.maximum(gathered, 0.0) ** 2 / (2 * np.maximum(weight, TINY))
    return np.where(weight > TINY, ratio, 0.0)
