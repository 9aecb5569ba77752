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
ONE_LOOK: Final = SCORE_MAX**2 / 2  # the most that a single look says: fewer come beyond
SURFACE: Final = (
    -7.6714,
    -0.4287,
    2.2227,
    -0.2390,
    0.0007,
    0.0808,
    0.1110,
    -0.1039,
    -0.3017,
    0.0212,
    -0.1339,
    -2.6618,
    -0.3247,
    0.9586,
    -0.4908,
    0.0945,
    0.0245,
    -0.0062,
    -0.0600,
    -0.1955,
    0.0030,
    -0.4323,
    0.1313,
    0.2051,
    0.0240,
    -0.0031,
    -0.0064,
    -0.5945,
    -0.9163,
    -0.2037,
    -0.4397,
    -0.0440,
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
