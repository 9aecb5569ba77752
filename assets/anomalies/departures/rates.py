"""How often a quiet series comes as far as a statistic: openings a look, from simulation.

Only the surface that is fitted to simulations is here; they are made by `bench.alerts.surface`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.departures.habits import SCORE_MAX
from assets.anomalies.departures.panel import Floats

LOOKS_RANGE: Final = (20.0, 400.0)  # the simulations say no more; nor do these
HEAVY_RANGE: Final = (-5.5, -0.5)
HEAVIER_RANGE: Final = (-5.0, -0.5)
RATIO_RANGE: Final = (3.0, 16.0)
CHECKED_RATE: Final = 0.04  # a year and series: openings so often are what a site is checked by
WILD_HEAVY: Final = (
    -3.5,
    -2.5,
)  # `heavy` of a tail that is no wilder than others, and of a wild one
WILD_HEAVIER: Final = (-4.5, -2.5)  # the same of `heavier`
WILD_POWER: Final = 0.085  # by which wild tails come more often than the surface tells, where rarer
ONE_LOOK: Final = SCORE_MAX**2 / 2  # the most that a single look says: fewer come beyond
SURFACE: Final = (
    -8.1189,
    -0.0879,
    4.3140,
    -3.9282,
    -0.0997,
    0.0225,
    0.0867,
    -0.0544,
    -0.5238,
    0.0271,
    0.0115,
    -3.0854,
    -0.2344,
    3.1119,
    -4.1869,
    0.0266,
    0.0155,
    -0.0245,
    -0.0492,
    0.0350,
    0.0213,
    -0.3737,
    -0.0013,
    0.4686,
    0.0347,
    0.0079,
    -0.0393,
    0.0886,
    -0.4721,
    -0.0100,
    -0.1063,
    -0.1588,
)
"""Fitted by `python -m bench.alerts.surface` to openings of simulated quiet series, whose tails,
skew, memory and spread are drawn from wide ranges and learnt as those of real ones are."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of how a series scatters, arrays of one shape.

    Attributes:
        looks: judged looks so far.
        correlation: of a look with the one before, as learnt.
        heavy: logarithm of the part of a tail's looks (beyond 1.5 spreads) that go beyond 3.5.
        heavier: the same of those, beyond 6.5.
    """

    looks: Floats
    correlation: Floats
    heavy: Floats
    heavier: Floats


def features(kind: Kind, ratio: Floats) -> Floats:
    """What the logarithm of the rate is a linear combination of, shape (..., feature).

    Args:
        kind: of the series.
        ratio: log-likelihood ratio, of a shape that goes with it.
    """
    length = np.log(np.clip(kind.looks, *LOOKS_RANGE) / 100)
    heavy = np.clip(kind.heavy, *HEAVY_RANGE) + 3
    heavier = np.clip(kind.heavier, *HEAVIER_RANGE) + 3
    far = (np.clip(ratio, *RATIO_RANGE) - 8) / 4
    n, r, t, v, c = np.broadcast_arrays(length, kind.correlation, heavy, heavier, far)
    level = [np.ones(n.shape), n, r, r * r, t, t * t, v, v * t, r * n, t * n, r * t]
    hinge = np.maximum(np.clip(ratio, *RATIO_RANGE) - ONE_LOOK, 0.0) / 4
    bend = [c * c, c * c * r, c * c * t, c * c * t * t, c * c * v]
    bend += [hinge * part for part in (1, r, t, v, n)]
    return np.stack([*level, *(c * part for part in level), *bend], axis=-1)


def quiet_rate(kind: Kind, ratio: Floats) -> Floats:
    """Openings a look at which quiet series of a kind come as far as a statistic.

    Args:
        kind: of the series.
        ratio: log-likelihood ratio, same shape.

    Returns:
        Chance per look, at most 1, same shape. Beyond the simulated range the logarithm falls as
        the ratio grows, as that of a likelihood ratio does (Wald 1945).
    """
    beyond = np.maximum(ratio - RATIO_RANGE[1], 0.0)
    rate = np.exp(features(kind, ratio) @ np.array(SURFACE) - beyond)
    return np.asarray(np.minimum(rate, 1.0))


def promised_rate(rate: Floats, kind: Kind) -> Floats:
    """What a rate is worth where it is rarer than those that the site's own past can check.

    One surface for all kinds is too hopeful of wild tails, and the more so the rarer: how far they
    reach is learnt from few looks. What it is wrong by at CHECKED_RATE, the site learns.

    Args:
        rate: of `quiet_rate` as openings a year.
        kind: of the series, same shape.

    Returns:
        Same shape, at least `rate`.
    """
    wild = _part(kind.heavy, WILD_HEAVY) * _part(kind.heavier, WILD_HEAVIER)
    rarer = CHECKED_RATE / np.minimum(rate, CHECKED_RATE)
    return np.asarray(rate * rarer ** (WILD_POWER * wild))


def _part(number: Floats, ends: tuple[float, float]) -> Floats:
    """How far between two ends, 0..1."""
    return np.asarray(np.clip((number - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0))
