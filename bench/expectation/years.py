"""Ten years of a site, simulated: what judging one more look costs after one year and after ten.

The product's own choice of looks, fit and prediction; the looks themselves are made when they are
asked for, as chips are read when they are asked for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.harmonics import fit, season_ridge, season_terms, slabs
from assets.activity.history import GAP_MONTHS, WINDOW_MONTHS, choose_looks
from assets.activity.robust import student_factor
from assets.constants import YEAR_DAYS
from bench.expectation.memory import Peak

Floats = npt.NDArray[np.float64]

BANDS: Final = 7
YEARS: Final = 10
LOOKS: Final = 1000
MONTH_DAYS: Final = 30.4
FLOOR: Final = 0.002  # reflectance
NOISE: Final = 0.01
CLOUDED: Final = 0.3  # share of a look that is not seen


@dataclass(frozen=True, slots=True)
class Site:
    """Days of its looks, and its pixels by what they show: shape (band, pixel)."""

    days: Floats
    level: Floats
    season: Floats

    def look(self, number: int) -> npt.NDArray[np.float32]:
        """Reflectance of a look, shape (band, pixel), NaN where clouded, always the same."""
        random = np.random.default_rng((9, number))
        angle = 2 * np.pi * self.days[number] / YEAR_DAYS
        noise = random.standard_normal(self.level.shape, np.float32) * np.float32(NOISE)
        course = self.level + self.season * np.cos(angle)
        found = np.asarray(course + noise, dtype=np.float32)
        found[:, random.random(self.level.shape[1]) < CLOUDED] = np.nan
        return found


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one look: looks known before and learned from, time, memory, share beyond 3 sigma."""

    known: int
    chosen: int
    cpu_seconds: float
    peak_bytes: int
    beyond_three: float


def simulate_site(edge: int) -> Site:
    """A site of `edge` x `edge` pixels with two looks a week and a bit for ten years."""
    random = np.random.default_rng(9)
    shape = (BANDS, edge * edge)
    days = np.sort(random.uniform(0, YEARS * YEAR_DAYS, LOOKS))
    return Site(days, random.uniform(0.05, 0.4, shape), random.normal(0, 0.03, shape))


def judge(site: Site, number: int) -> Cost:
    """Cost of the expectation of one look and of its distance from it, pixel by pixel."""
    looks, weights = _choose(site, number)
    values = np.stack([site.look(int(each)) for each in looks])
    today = site.look(number)
    terms = season_terms(site.days[looks])
    now = season_terms(site.days[[number]])
    far = seen = 0
    with Peak() as peak:
        begun = time.process_time()
        for part in slabs(values.shape[2], BANDS):
            found = fit(
                values[:, :, part],
                terms,
                weights,
                ridge=season_ridge(),
                floor=FLOOR,
            )
            spread = found.scale.reshape(found.shape)
            error = np.hypot(spread, found.prediction_error(now)[0])
            limit = 3 * error * student_factor(found.dof).reshape(found.shape)
            size = np.abs(today[:, part] - found.predict(now)[0])
            far += int((size > limit).sum())
            seen += int(np.isfinite(size - limit).sum())
        seconds = time.process_time() - begun
    return Cost(number, len(looks), seconds, peak.bytes_, far / max(seen, 1))


def _choose(site: Site, number: int) -> tuple[npt.NDArray[np.intp], Floats]:
    """Positions and weights of the looks that a look is judged by."""
    ages = site.days[number] - site.days[:number]
    window = np.flatnonzero(
        (ages <= WINDOW_MONTHS * MONTH_DAYS) & (ages >= GAP_MONTHS * MONTH_DAYS)
    )
    chosen, weights = choose_looks(ages[window])
    return window[chosen], weights
