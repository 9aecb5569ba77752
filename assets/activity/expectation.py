"""What each pixel of a site is expected to show on a day, from past looks of all relative orbits.

Pure and causal: levels of the past looks, then the harmonics of `harmonics`, and what each orbit
shows beyond them, for the pixels that somebody asks about. What a look shows beyond that is
`radiometry`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import helmert

from assets.activity import robust
from assets.activity.harmonics import (
    ALL,
    HarmonicFit,
    fit,
    season_ridge,
    season_terms,
)
from assets.activity.history import LOOKS_MIN
from assets.activity.models import ClearLook, Floats, Mask
from resources.models import REFLECTANCE_BANDS

SPREAD_FLOOR: Final = 0.002  # reflectance; noise of L2A over dark ground
ORDINARY_LOOKS: Final = 9  # of the best weights, that tell the kind of ground
LEVEL_PIXELS: Final = 2000  # that tell the level of a look
ORBIT_RIDGE: Final = 1.0  # looks of weight 1 that say "all orbits see the same"
LEVERAGE_MAX: Final = 0.8  # a look that carries more of its own expectation is inflated no further
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Past:
    """Past looks, brought to their common level.

    Attributes:
        looks: best first.
        offsets: how far each look lies above the common level, reflectance, shape (look, band).
        enough: pixels that at least LOOKS_MIN looks saw, shape (band, y, x).
        ordinary: median of the best levelled looks, reflectance, shape (band, y, x), NaN where
            not enough looks saw a pixel; tells the kind of ground.
    """

    looks: tuple[ClearLook, ...]
    offsets: Floats
    enough: Mask
    ordinary: Floats

    @property
    def bands(self) -> tuple[int, ...]:
        """Positions in REFLECTANCE_BANDS of the bands that the past has."""
        return tuple(int(band) for band in np.flatnonzero(self.enough.any(axis=(1, 2))))

    @property
    def orbits(self) -> tuple[int, ...]:
        """Relative orbits that the looks come from."""
        return tuple(sorted({look.orbit for look in self.looks}))

    def values(self, positions: Positions) -> Floats:
        """Levelled reflectance of the past looks, shape (look, band, pixel), NaN where unclear."""
        return np.stack([self.of_look(number, positions) for number in range(len(self.looks))])

    def of_look(self, number: int, positions: Positions | slice = ALL) -> Floats:
        """Levelled reflectance of one of the looks, shape (band, pixel), NaN where unclear."""
        look, bands = self.looks[number], len(self.offsets[0])
        found = look.reflectance.reshape(bands, -1)[:, positions].astype(np.float64)
        use = look.clear.ravel()[positions] & self.enough.reshape(bands, -1)[:, positions]
        return np.where(use, found - self.offsets[number][:, None], np.nan)


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expected course over the year of some pixels of a site.

    Attributes:
        positions: of those pixels in the flattened grid, ascending.
        harmonics: fitted to levelled reflectance of shape (look, band, pixel).
        bands: positions in REFLECTANCE_BANDS that the past has.
        orbits: relative orbits that it tells apart.
    """

    positions: Positions
    harmonics: HarmonicFit
    bands: tuple[int, ...]
    orbits: tuple[int, ...]

    @property
    def band_count(self) -> int:
        """Bands of reflectance, those that the past lacks included."""
        return len(REFLECTANCE_BANDS)

    def at(self, looks: Sequence[ClearLook], positions: Positions) -> Floats:
        """Expected reflectance of looks, shape (look, band, pixel); positions must be known."""
        places = np.searchsorted(self.positions, positions)
        terms = terms_of(looks, self.orbits)
        coefficients = self.harmonics.coefficients.reshape(terms.shape[1], self.band_count, -1)
        here = coefficients[..., places].reshape(terms.shape[1], -1)
        return np.asarray(terms @ here).reshape(len(terms), self.band_count, len(positions))

    def left_out(self, positions: Positions) -> Floats:
        """Factor that turns a residual of a past look into one that leaves the look out.

        y - expected_without_y = (y - expected) / (1 - leverage), shape (look, band, pixel).
        """
        return np.asarray(1.0 / (1.0 - self._leverage(positions)))

    def own_share(self, positions: Positions, weights: Floats) -> float:
        """Part of the variance of such residuals that comes from the expectation, 0..1.

        The weighted mean leverage of the past looks: what one look leaves unexplained of an
        expectation without it has variance sigma^2 / (1 - leverage), of which sigma^2 is its own.
        """
        leverage = self._leverage(positions)
        known = np.isfinite(leverage) & (weights > 0)[:, None, None]
        shares = known * weights[:, None, None]
        total = float(shares.sum())
        return float((np.nan_to_num(leverage) * shares).sum()) / total if total > 0 else 0.0

    def _leverage(self, positions: Positions) -> Floats:
        """Of each past look on its own expectation, shape (look, band, pixel), bounded."""
        places = np.searchsorted(self.positions, positions)
        return np.clip(self.harmonics.leverage(places), 0.0, LEVERAGE_MAX)


def level_past(looks: Sequence[ClearLook], *, is_levelled: bool = True) -> Past:
    """Past looks at their common level: one offset a look and band.

    Haze and changes of processing weigh less then; gains are `normalise`'s job, once it is known
    what each pixel should show on the day.
    """
    bands = len(looks[0].reflectance)
    shape = looks[0].clear.shape
    offsets = np.zeros((len(looks), bands))
    enough = np.zeros((bands, *shape), bool)
    ordinary = np.full((bands, *shape), np.nan, np.float32)
    order = sorted(range(len(looks)), key=lambda number: (-looks[number].weight, looks[number].day))
    heaviest = order[:ORDINARY_LOOKS]
    for band in range(bands):
        values = np.stack([look.reflectance[band] for look in looks])
        for one, look in zip(values, looks, strict=True):
            one[~look.clear] = np.nan
        enough[band] = np.isfinite(values).sum(axis=0) >= LOOKS_MIN
        if not enough[band].any():
            continue
        if is_levelled:
            offsets[:, band] = _levels(values, enough[band])
        best = values[heaviest] - offsets[heaviest, band, None, None]
        ordinary[band] = np.where(enough[band], robust.median(best.astype(np.float32)), np.nan)
    return Past(tuple(looks), offsets, enough, ordinary)


def learn_expectation(past: Past, positions: Positions) -> Expectation:
    """The expectation of some pixels, positions in the flattened grid, in any order."""
    positions = np.unique(positions)
    return Expectation(positions, fit_course(past, past.values(positions)), past.bands, past.orbits)


def fit_course(past: Past, values: Floats) -> HarmonicFit:
    """The course over the year of something the past looks show, shape (look, ...), NaN unseen.

    Without errors: those of indices are learnt from the past residuals of a whole zone.
    """
    return fit(
        values,
        terms_of(past.looks, past.orbits),
        np.array([look.weight for look in past.looks]),
        ridge=np.append(season_ridge(), [ORBIT_RIDGE] * (len(past.orbits) - 1)),
        floor=SPREAD_FLOOR,
        with_errors=False,
    )


def terms_of(looks: Sequence[ClearLook], orbits: Sequence[int]) -> Floats:
    """Terms of looks where so many orbits are told apart: season, then orbit, (look, term)."""
    season = season_terms(np.array([look.day for look in looks]))
    return np.hstack([season, orbit_terms([look.orbit for look in looks], orbits)])


def orbit_terms(orbits: Sequence[int], known: Sequence[int]) -> Floats:
    """Terms of what each relative orbit shows beyond the mean of all.

    Args:
        orbits: of the looks, shape (look,).
        known: orbits that are told apart.

    Returns:
        Shape (look, orbits - 1): Helmert's contrasts (Helmert 1876), orthonormal, so that a ridge
        shrinks all orbits alike; zeros, the mean of all, for an orbit that is not known.
    """
    contrasts = np.vstack([helmert(len(known)).T, np.zeros(len(known) - 1)])
    places = [known.index(orbit) if orbit in known else len(known) for orbit in orbits]
    return np.asarray(contrasts[places], np.float64)


def _levels(values: npt.NDArray[np.float32], enough: Mask) -> Floats:
    """How far each look lies above the common level, shape (look,), reflectance."""
    inside = values[:, enough]
    inside = inside[:, :: max(1, inside.shape[1] // LEVEL_PIXELS)]
    levels = robust.median((inside - robust.median(inside)).T)
    return np.where(np.isfinite(levels), levels, 0.0)
