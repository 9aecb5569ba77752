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
TOGETHER: Final = 0.3  # power of e by which series of correlation 1 open a site less often
WILD_HEAVY: Final = (-3.5, -2.5)  # `heavy` from which on a tail is wilder, and wild
WILD_HEAVIER: Final = (-4.5, -2.5)  # the same of `heavier`
WILD_POWER: Final = 0.13  # by which wild tails come more often than the surface tells, where rarer
ONE_LOOK: Final = SCORE_MAX**2 / 2  # the most that a single look says: fewer come beyond
SURFACE: Final = (
    -7.9757,
    -0.2858,
    2.7717,
    -1.0243,
    -0.0996,
    0.0092,
    0.0989,
    -0.0542,
    0.4340,
    0.0389,
    -0.2339,
    -2.8786,
    -0.4031,
    1.8066,
    -0.9461,
    -0.0159,
    -0.0163,
    -0.0078,
    -0.0465,
    0.4750,
    0.0211,
    -0.3434,
    0.0529,
    0.2242,
    0.0062,
    -0.0112,
    -0.0373,
    0.0622,
    -0.5106,
    -0.0545,
    -0.1437,
    -0.2826,
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
    """What a rate of a series is worth to its site, by simulated sites.

    Series of a site that wander do so together in part, and open together. And one surface for all
    kinds is too hopeful of wild tails, the more so the rarer: how far they reach is learnt from few
    looks. What it is wrong by at CHECKED_RATE, the site learns by itself.

    Args:
        rate: of `quiet_rate` as openings a year.
        kind: of the series, same shape.

    Returns:
        Same shape.
    """
    wild = _part(kind.heavy, WILD_HEAVY) * _part(kind.heavier, WILD_HEAVIER)
    rarer = CHECKED_RATE / np.minimum(rate, CHECKED_RATE)
    apart = np.exp(-TOGETHER * kind.correlation)
    return np.asarray(rate * apart * rarer ** (WILD_POWER * wild))


def _part(number: Floats, ends: tuple[float, float]) -> Floats:
    """How far between two ends, 0..1."""
    return np.asarray(np.clip((number - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0))
