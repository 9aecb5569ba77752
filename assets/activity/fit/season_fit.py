"""The expected course of many series over the year: robust ridge regression on the season.

Pure and batched; no loop over series. The callers choose series and looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats, Mask
from assets.constants import MAD_TO_SIGMA, YEAR_DAYS

SEASON_RIDGE: Final = 0.5
"""Looks that say "no season" beforehand, no unit: variance of noise over that of an amplitude;
chosen, not yet fitted."""
ORBIT_RIDGE: Final = 1.0  # looks that say "all orbits see the same"; as SEASON_RIDGE
LEVERAGE_MAX: Final = 0.8  # no unit; a look that tells more of its own expectation tells nothing
ROUNDS: Final = 3  # of reweighting; chosen
SEASON_LOOKS_MIN: Final = 4  # of a series with three unknowns: fewer leave no scatter to judge by
FINE: Final = 1e-4  # least scatter, unit of the series; the radiometric step of Level-2A


def season_terms(days: Floats, order: int = 1) -> Floats:
    """Terms of the season for each day.

    Args:
        days: days since any fixed epoch, shape (look,).
        order: 0 for a level alone, 1 with the annual wave, 2 with the half-yearly one too.

    Returns:
        Shape (look, 1 + 2 * order): 1, cos, sin of the year, cos, sin of half a year, ...

    Raises:
        IndexError: `days` is a single number.

    Source:
        Harmonic regression on the year: Zhu and Woodcock 2014, doi:10.1016/j.rse.2014.01.011.
    """
    angles = 2 * np.pi * np.asarray(days, dtype=np.float64)[:, None] / YEAR_DAYS
    waves = [wave(n * angles) for n in range(1, order + 1) for wave in (np.cos, np.sin)]
    return np.concatenate([np.ones_like(angles), *waves], axis=1)


@dataclass(frozen=True, slots=True)
class RegressionTerms:
    """How a look's day and relative orbit enter a fit: the season, then an offset an orbit.

    An orbit that the past has not shown has the offset 0.

    Attributes:
        orbits: relative orbits of past looks.
    """

    orbits: tuple[int, ...]

    def of(self, days: Floats, orbits: npt.ArrayLike) -> Floats:
        """Terms of looks, shape (look, term)."""
        own = np.asarray(orbits)[:, None] == np.array(self.orbits)[None]
        return np.concatenate([season_terms(days), own.astype(np.float64)], axis=1)

    def doubt(self, orbit: int) -> float:
        """Variance of an orbit's offset over that of one look, where the past has not shown it."""
        return 0.0 if orbit in self.orbits else 1.0 / ORBIT_RIDGE

    @property
    def ridge(self) -> Floats:
        """Looks' worth of belief in 0 of each term, shape (term,)."""
        return np.array([0.0, SEASON_RIDGE, SEASON_RIDGE, *[ORBIT_RIDGE] * len(self.orbits)])


@dataclass(frozen=True, slots=True)
class SeasonFit:
    """Expected course of series of several channels, one weight a look and series.

    Attributes:
        coefficients: shape (channel, term, series); NaN where there is none.
        covariance: of the coefficients over the variance of one look, shape (series, term, term).
        left_out: of the fitted looks, value minus expectation from looks outside of its group,
            shape (look, channel, series); NaN where not seen.
        doubt: variance of that expectation over that of one look, shape (look, series).
    """

    coefficients: Floats
    covariance: Floats
    left_out: Floats
    doubt: Floats

    def predict(self, terms: Floats) -> Floats:
        """Expected values of a look with these terms, shape (term,): shape (channel, series)."""
        return np.asarray(np.einsum("ckp,k->cp", self.coefficients, terms))

    def alone(self) -> SeasonFit:
        """The courses without the looks, which take most of the memory."""
        return replace(self, left_out=np.empty((0, *self.left_out.shape[1:])), doubt=np.empty(0))

    def leverage(self, terms: Floats) -> Floats:
        """Variance of `predict` over that of one look, shape (series,)."""
        return np.asarray(np.einsum("k,pkl,l->p", terms, self.covariance, terms))


def fit_seasons(
    terms: Floats,
    values: npt.NDArray[np.floating],
    ridge: Floats,
    groups: npt.NDArray[np.int64] | None = None,
) -> SeasonFit:
    """Expected courses by least squares with Huber weights that the channels of a look share.

    Args:
        terms: of the looks, shape (look, term).
        values: shape (look, channel, series), any unit; NaN where not seen. A look of a series
            that lacks a channel which most looks have is left out of that series.
        ridge: looks' worth of belief in 0 of each term, shape (term,).
        groups: number of the group that each look is left out with, shape (look,); by itself if
            None.

    Returns:
        NaN where fewer than SEASON_LOOKS_MIN looks saw a series, and in channels that no look has.

    Raises:
        ValueError: `values` does not have three axes, or looks or terms differ in number.

    Source:
        Huber 1964, doi:10.1214/aoms/1177703732; the delete-one residual e / (1 - h) of ridge
        regression: Golub, Heath and Wahba 1979, doi:10.2307/1268518; leaving out stretches of
        time: Roberts et al. 2017, doi:10.1111/ecog.02881.
    """
    looks, channels, series = values.shape
    finite = np.isfinite(values)
    usual = finite.sum(axis=(0, 2)) > finite.any(axis=1).sum() / 2
    seen = finite[:, usual].all(axis=1) & usual.any()
    y = np.where(seen[:, None], values[:, usual], 0.0)  # of 32 bits where the values are
    fit = _WeightedRidge(terms, ridge)
    few = seen.sum(axis=0) < SEASON_LOOKS_MIN
    weight = seen.astype(np.float64)
    inverse, found = fit.solve(weight, y)
    for _ in range(ROUNDS):
        weight = seen * robust.huber_weights(_residual_scores(fit.residual(found, y), seen))
        inverse, found = fit.solve(weight, y)
    rest, doubt = fit.left_out(weight, y, groups, (inverse, found))
    coefficients = np.full((channels, terms.shape[1], series), np.nan, y.dtype)
    coefficients[usual] = np.where(few, np.nan, found)
    left_out = np.full((looks, channels, series), np.nan, y.dtype)
    left_out[:, usual] = np.where((seen & ~few)[:, None], rest, np.nan)
    inverse[few] = np.nan
    return SeasonFit(coefficients, inverse, left_out, doubt)


@dataclass(frozen=True, slots=True)
class _WeightedRidge:
    """Weighted ridge regression of many series on the same terms."""

    terms: Floats
    ridge: Floats

    @property
    def outer(self) -> Floats:
        """Products of the terms of each look, shape (look, term * term)."""
        return (self.terms[:, :, None] * self.terms[:, None]).reshape(len(self.terms), -1)

    def solve(self, weight: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Inverse normal matrices (series, term, term), coefficients (channel, term, series)."""
        count = self.terms.shape[1]
        normal = (weight.T @ self.outer).reshape(-1, count, count)
        normal += np.diag(self.ridge + FINE)  # of a series without looks, too
        inverse = np.asarray(np.linalg.inv(normal), np.float64)
        right = self._terms_as(y).T @ (weight[:, None].astype(y.dtype) * y).reshape(len(y), -1)
        right = np.moveaxis(right.reshape(count, *y.shape[1:]), -1, 0)
        return inverse, np.moveaxis(inverse.astype(y.dtype) @ right, 0, -1).swapaxes(0, 1)

    def residual(self, found: Floats, y: Floats) -> Floats:
        """What coefficients leave, shape (look, channel, series)."""
        expected = self._terms_as(y) @ found.swapaxes(0, 1).reshape(self.terms.shape[1], -1)
        return np.asarray(y - expected.reshape(y.shape))

    def _terms_as(self, y: Floats) -> Floats:
        """The terms in as many bits as the values."""
        return np.asarray(self.terms, y.dtype)

    def leverage(self, inverse: Floats) -> Floats:
        """Variance of each look's expectation over that of one look, shape (look, series)."""
        return np.asarray(self.outer @ inverse.reshape(len(inverse), -1).T)

    def left_out(
        self,
        weight: Floats,
        y: Floats,
        groups: npt.NDArray[np.int64] | None,
        whole: tuple[Floats, Floats],
    ) -> tuple[Floats, Floats]:
        """Residuals and doubts of looks that are left out, each with its group."""
        if groups is None:
            share = np.clip(weight * self.leverage(whole[0]), 0.0, LEVERAGE_MAX)
            rest = self.residual(whole[1], y) / (1.0 - share[:, None])
            return rest, share / (1.0 - share)
        rest, doubt = np.empty_like(y), np.empty(weight.shape)
        for group in np.unique(groups):
            inside = groups == group
            inverse, found = self.solve(np.where(inside[:, None], 0.0, weight), y)
            rest[inside] = self.residual(found, y)[inside]
            doubt[inside] = self.leverage(inverse)[inside]
        return rest, doubt


def _residual_scores(residual: Floats, seen: Mask) -> Floats:
    """Root mean square over channels of residuals in their own scatter, shape (look, series)."""
    size = np.where(seen[:, None], np.abs(residual), np.nan)
    scatter = np.maximum(MAD_TO_SIGMA * robust.nan_median(size), FINE)
    return np.asarray(np.sqrt(np.mean((residual / np.nan_to_num(scatter, nan=1.0)) ** 2, axis=1)))
