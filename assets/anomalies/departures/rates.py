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
POOLED_RANGE: Final = (20.0, 8000.0)  # looks, as simulated
HEAVY_RANGE: Final = (-5.5, -0.5)  # natural logarithm of a share, as simulated
HEAVIER_RANGE: Final = (-5.0, -0.5)  # as HEAVY_RANGE
RATIO_RANGE: Final = (3.0, 16.0)  # log-likelihood ratio, as simulated
TOGETHER: Final = 0.18  # power of e by which series of correlation 1 open a site less often
WILD_HEAVY: Final = (-3.5, -2.5)  # `heavy` from which on a tail is wilder, and wild
WILD_HEAVIER: Final = (-4.5, -2.5)  # the same of `heavier`
WILD_POWER: Final = 0.145  # by which wild tails come more often than the surface tells, where rarer
LIGHT_HEAVY: Final = (-5.0, -4.0)  # `heavy` up to which a tail is light, and from which it is not
LIGHT_POWER: Final = 0.13  # by which light tails come less often
YOUNG_POWER: Final = 1.73  # by which series of correlation 1 come more often, for each power of e
YOUNG_LOOKS: Final = (30.0, 150.0)  # that their looks lack: how long they wander is learnt slowly
INFANT_LOOKS: Final = (5.0, 25.0)  # up to which nothing of it was learnt that could be wrong
ONE_LOOK: Final = SCORE_MAX**2 / 2  # the most that a single look says: fewer come beyond
SURFACE: Final = (
    -7.8015,
    -0.2877,
    1.7023,
    0.7323,
    -0.1915,
    0.0580,
    0.0760,
    -0.0355,
    0.6748,
    0.1191,
    0.1128,
    -0.1533,
    0.0021,
    -0.0018,
    -2.7937,
    -0.3186,
    1.0066,
    0.3492,
    -0.0996,
    0.0282,
    -0.0255,
    -0.0255,
    0.6274,
    0.1005,
    -0.0396,
    -0.1127,
    -0.0025,
    0.0054,
    0.0807,
    0.1010,
    -0.0012,
    -0.0030,
    -0.0324,
    0.0639,
    -0.7843,
    -0.1105,
    -0.0830,
    -0.0747,
    -0.0514,
)
"""Fitted by `python -m bench.alerts.surface` to openings of simulated quiet series, whose tails,
skew, memory and spread are drawn from wide ranges and learnt as those of real ones are."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of how a series scatters, arrays of one shape.

    Attributes:
        looks: judged looks so far.
        pooled: the same of all series of its group, which share what is known of tails.
        correlation: of a look with the one before, as learnt.
        heavy: logarithm of the part of a tail's looks (beyond 1.5 spreads) that go beyond 3.5.
        heavier: the same of those, beyond 6.5.
    """

    looks: Floats
    pooled: Floats
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
    pooled = np.log(np.clip(kind.pooled, *POOLED_RANGE) / 500)
    n, p, r, t, v, c = np.broadcast_arrays(length, pooled, kind.correlation, heavy, heavier, far)
    level = [np.ones(n.shape), n, r, r * r, t, t * t, v, v * t, r * n, t * n, r * t]
    level += [p, p * t, p * v]
    hinge = np.maximum(np.clip(ratio, *RATIO_RANGE) - ONE_LOOK, 0.0) / 4
    bend = [c * c, c * c * r, c * c * t, c * c * t * t, c * c * v]
    bend += [hinge * part for part in (1, r, t, v, n, p)]
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


def promised_rate(rate: Floats, kind: Kind, checked: float) -> Floats:
    """What a rate of a series is worth to its site, by simulated sites.

    Series of a site that wander do so together in part, and open together. And one surface for all
    kinds is too hopeful of wild tails and of series whose memory is not known yet, and not hopeful
    enough of light tails, the more so the rarer. What it is wrong by where the site is checked, the
    site learns by itself.

    Args:
        rate: of `quiet_rate` as openings a year.
        kind: of the series, same shape.
        checked: openings a year and side by which the site is checked.

    Returns:
        Same shape.
    """
    wild = _part(kind.heavy, WILD_HEAVY) * _part(kind.heavier, WILD_HEAVIER)
    light = 1 - _part(kind.heavy, LIGHT_HEAVY)
    lacking = np.log(YOUNG_LOOKS[1] / np.clip(kind.looks, *YOUNG_LOOKS))
    young = kind.correlation * lacking * _part(kind.looks, INFANT_LOOKS)
    power = WILD_POWER * wild - LIGHT_POWER * light + YOUNG_POWER * young
    rarer = checked / np.minimum(rate, checked)
    return np.asarray(rate * np.exp(-TOGETHER * kind.correlation) * rarer**power)


def _part(number: Floats, ends: tuple[float, float]) -> Floats:
    """How far between two ends, 0..1."""
    return np.asarray(np.clip((number - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0))
