"""The pattern inside a zone: how much of the usual one a look shows, and what it shows besides.

What always stands in a zone gives its pixels a pattern of light and dark. Haze, sun and season
change all pixels together, so that pixels less the zone's own median keep the pattern. Where
things leave, the pattern goes, though the mean of the zone may stay; where others come, the usual
pattern explains less. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats
from assets.activity.fit.season_fit import SeasonFit, fit_seasons
from assets.activity.indices.indices import FINE_BANDS, PATTERN_INDICES, IndexName
from assets.activity.indices.standard_errors import (
    SPREAD_FLOORS,
    JudgedValue,
    PastSpread,
    judge_departure,
    past_spread,
)

DARKEST: Final = 0.005  # reflectance; below it the logarithm would tell noise of Level-2A
PIXELS_MIN: Final = 5  # seen; fewer have no pattern
SPREAD_LEAST: Final = 0.01  # of a pixel's logarithm; gain of pixels beside each other is as even
FAR: Final = 25.0  # squared spreads up to which a pixel counts: one roof is not all of a zone
UNKNOWNS: Final = 3.0  # of the expected course: level and season


@dataclass(frozen=True, slots=True)
class PatternPast:
    """The pattern of a zone in past looks.

    Attributes:
        fit: course over the year of each pixel's logarithm beside its zone, channels being the
            bands of 10 m.
        variance: of what is left of it, shape (band, pixel); NaN unknown.
        usual: median of each of PATTERN_INDICES, NaN unknown.
        spreads: of each; None while there are too few looks.
    """

    fit: SeasonFit
    variance: Floats
    usual: dict[IndexName, float]
    spreads: dict[IndexName, PastSpread | None]

    def measure(
        self, reflectance: npt.NDArray[np.floating], terms: Floats, area_m2: Floats
    ) -> dict[IndexName, float]:
        """PATTERN_INDICES of a look, NaN where too little is seen.

        Args:
            reflectance: of the zone, shape (band, pixel), NaN where not clear.
            terms: of the look, shape (term,).
            area_m2: of the zone in the pixels, shape (pixel,).

        Raises:
            ValueError: the number of pixels or of terms is not that of the past.

        Source:
            Own: docs/methods/indices.md; tests/unit/assets/activity/test_pattern.py.
        """
        seen = beside_zone(reflectance[None])
        values = _pattern_values(seen, self.fit.predict(terms)[None], self.variance, area_m2)[0]
        return dict(zip(PATTERN_INDICES, values.tolist(), strict=True))

    def judged(self, name: IndexName, value: float, *, noise: float) -> JudgedValue | None:
        """A value beside those of past looks; None where they do not tell.

        Args:
            name: one of PATTERN_INDICES.
            value: of today.
            noise: how much more than usual the look scatters.

        Raises:
            KeyError: the name is not one of PATTERN_INDICES.
        """
        past = self.spreads[name]
        if past is None:
            return None
        return judge_departure(
            value, value - self.usual[name], past, noise=noise, doubt=0.0, others=0.0
        )


def learn_pattern(
    reflectance: npt.NDArray[np.floating],
    area_m2: Floats,
    days: Floats,
    terms: Floats,
    ridge: Floats,
    groups: npt.NDArray[np.int64],
) -> PatternPast:
    """The pattern of a zone in past looks.

    Args:
        reflectance: of the zone, shape (look, band, pixel), NaN where not clear.
        area_m2: of the zone in the pixels, shape (pixel,).
        days: when each look was, shape (look,).
        terms: of the looks, shape (look, term), with their `ridge` (term,).
        ridge: looks' worth of belief in 0 of each term.
        groups: number of the group that each look is left out with, shape (look,).

    Raises:
        ValueError: looks, terms or pixels differ in number.

    Source:
        Own: docs/methods/indices.md; tests/unit/assets/activity/test_pattern.py.
    """
    seen = beside_zone(reflectance)
    fit = fit_seasons(terms, seen, ridge, groups)
    variance = robust.shrunk_mean_square(fit.left_out, floor=SPREAD_LEAST)
    values = _pattern_values(seen, seen - fit.left_out, variance, area_m2)
    middle = robust.nan_median(values)
    spreads: dict[IndexName, PastSpread | None] = {
        name: past_spread(
            values[:, place] - middle[place],
            days,
            prior=math.nan,
            unknowns=UNKNOWNS,
            floor=SPREAD_FLOORS[name],
        )
        for place, name in enumerate(PATTERN_INDICES)
    }
    usual = dict(zip(PATTERN_INDICES, middle.tolist(), strict=True))
    return PatternPast(fit.alone(), variance, usual, spreads)


def fine_logarithms(reflectance: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Natural logarithms of the bands of 10 m, of the dtype of the reflectance.

    Args:
        reflectance: shape (look, band, pixel), NaN where not clear.

    Returns:
        Shape (look, 4, pixel), NaN where one of them is missing.

    Raises:
        IndexError: a band of 10 m is missing from the array.
    """
    fine = reflectance[:, list(FINE_BANDS)]
    known = np.isfinite(fine).all(axis=1, keepdims=True)
    logs = np.log(np.maximum(np.where(known, fine, 1.0), DARKEST))
    return np.where(known, logs, np.nan)


def beside_zone(reflectance: npt.NDArray[np.floating]) -> Floats:
    """Logarithms of the bands of 10 m less their median over the pixels of the zone.

    Args:
        reflectance: shape (look, band, pixel), NaN where not clear.

    Returns:
        Shape (look, 4, pixel), NaN where one of them is missing.

    Raises:
        IndexError: a band of 10 m is missing from the array.

    Source:
        Own: docs/methods/indices.md; tests/unit/assets/activity/test_pattern.py.
    """
    logs = fine_logarithms(reflectance)
    return np.asarray(logs - robust.nan_median(np.moveaxis(logs, -1, 0))[..., None], np.float64)


def _pattern_values(seen: Floats, usual: Floats, variance: Floats, area_m2: Floats) -> Floats:
    """PATTERN_INDICES of looks, shape (look, index).

    `pattern` is the slope of what is seen on what is usual, pixels weighed by area over variance;
    `novelty` the logarithm of the mean square of what that leaves, in variances.
    """
    known = np.isfinite(seen) & np.isfinite(usual) & np.isfinite(variance)
    weight = np.where(known, area_m2 / np.where(np.isfinite(variance), variance, 1.0), 0.0)
    x, y = np.where(known, usual, 0.0), np.where(known, seen, 0.0)
    square = (weight * x * x).sum(axis=(1, 2))
    enough = (known.all(axis=1).sum(axis=-1) >= PIXELS_MIN) & (square > 0)
    slope = (weight * x * y).sum(axis=(1, 2)) / np.where(enough, square, 1.0)
    apart = np.where(known, (y - x) ** 2 / np.where(known, variance, 1.0), 0.0).mean(axis=1)
    area = np.where(known.all(axis=1), area_m2, 0.0)
    total = np.where(enough, area.sum(axis=-1), 1.0)
    rest = (area * np.minimum(apart, FAR)).sum(axis=-1) / total
    novelty = np.log(np.maximum(rest, np.finfo(np.float64).tiny))
    found = np.stack([slope, novelty], axis=1)
    return np.where(enough[:, None], found, np.nan)
