"""Simulated cubes with known coefficients, to be fitted.

How they are fitted, and how fast, is `programs`' job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.harmonics import season_terms

Floats = npt.NDArray[np.float64]

LOOKS: Final = 120
DAYS: Final = 1460.0  # four years
ORDER: Final = 2
NOISE: Final = 0.02  # reflectance
GAPS: Final = 0.3  # share of pixels of a look that are not seen
OUTLIERS: Final = 0.1  # share that shows something else, 0.05 to 0.5 brighter


@dataclass(frozen=True, slots=True)
class Cube:
    """Values, shape (look, pixel), NaN where unseen, terms (look, term), truth (term, pixel)."""

    values: Floats
    terms: Floats
    truth: Floats


def simulate_cube(pixels: int, *, seed: int = 4) -> Cube:
    """A cube with gaps, outliers and a season of its own in every pixel."""
    random = np.random.default_rng(seed)
    days = np.sort(random.uniform(0, DAYS, LOOKS))
    terms = season_terms(days, ORDER)
    sizes = np.array([0.2, 0.08, 0.08, 0.02, 0.02])[:, None]
    truth = random.normal(0, 0.5, (len(sizes), pixels)) * sizes
    truth[0] = random.uniform(0.1, 0.4, pixels)
    values = terms @ truth + random.normal(0, NOISE, (LOOKS, pixels))
    odd = random.random(values.shape) < OUTLIERS
    values[odd] += random.uniform(0.05, 0.5, int(odd.sum()))
    values[random.random(values.shape) < GAPS] = np.nan
    return Cube(values, terms, truth)
