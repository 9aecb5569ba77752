"""The expected course of every pixel over the year: harmonics with shrinkage, robustly fitted.

Pure and batched: no loop over pixels. The minimiser is `huber`'s job, which looks teach and how
much is `history`'s, and what a pixel's values are is decided by the callers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assets.activity import huber
from assets.activity.packed import (
    factorise,
    inverse,
    quadratic,
    sandwich,
    trace_of_product,
    with_diagonal,
)
from assets.activity.robust import DOF_MIN, HUBER_K
from assets.constants import YEAR_DAYS

Array = npt.NDArray[np.float64]
Values = npt.NDArray[np.float32] | npt.NDArray[np.float64]

ALL: Final = slice(None)
ORDER: Final = (
    2  # pairs of cosine and sine: the year and the half-year; docs/methods/expectation.md
)
SEASON_RIDGE: Final = 0.5  # looks of weight 1 that say "no season"; sigma^2 / prior variance
SEEN_MIN: Final = 4  # looks of a pixel; with fewer there is no spread to speak of
BLOCK_NUMBERS: Final = 1 << 16  # in one array of a block: 0.5 MB stays in cache and heap
_ERRORS: Final = ("scale", "covariance", "dof")
CAP_SIGMA: Final = 3.0  # residuals count up to here in the spread
CAP_SHARE: Final = 0.9950  # E min(|z|, CAP_SIGMA)^2 of a normal z
LEVER_MAX: Final = 0.999  # above it no other look tells what this one should show
SCALE_EFFICIENCY: Final = 0.8  # degrees of freedom that the capped spread keeps


def season_terms(days: Array, order: int = ORDER) -> Array:
    """Terms of the season for each day.

    Args:
        days: days since any fixed epoch, shape (look,).
        order: 0 for a level alone, 1 with the annual wave, 2 with the half-yearly one too.

    Returns:
        Shape (look, 1 + 2 * order): 1, cos, sin of the year, cos, sin of half a year, ...
    """
    angles = 2 * np.pi * np.asarray(days, dtype=np.float64)[:, None] / YEAR_DAYS
    waves = [wave(n * angles) for n in range(1, order + 1) for wave in (np.cos, np.sin)]
    return np.concatenate([np.ones_like(angles), *waves], axis=1)


def season_ridge(order: int = ORDER, strength: float = SEASON_RIDGE) -> Array:
    """Shrinkage for `season_terms`, shape (1 + 2 * order,): none on the level.

    `strength` is sigma^2 / (prior variance of an amplitude), the number of looks of weight 1
    whose word for "no season" is believed beforehand; higher waves are believed to be smaller.
    """
    waves = [strength * n**2 for n in range(1, order + 1) for _ in range(2)]
    return np.array([0.0, *waves])


@dataclass(frozen=True, slots=True)
class HarmonicFit:
    """Expected course of each pixel. Results have the pixel axes of the fitted values.

    A pixel seen in fewer than SEEN_MIN looks has NaN everywhere; so have `scale`, `covariance` and
    `dof` of all pixels where they were not asked for.

    Attributes:
        terms: of the looks that were fitted, shape (look, term).
        weights: of the looks, shape (look,).
        shape: the pixel axes.
        coefficients: shape (term, series), series being the pixel axes in one.
        scale: spread of one new look about its expectation, shape (series,).
        limit: residual from which on a look pulled no harder, shape (series,).
        curvature: inverse of the curvature of Huber's function there, packed, (pair, series).
        covariance: of the coefficients, in units of scale^2, packed, (pair, series).
        dof: degrees of freedom of `scale`, shape (series,); for `robust.student_factor`.
        kept: looks that were not thrown out as wild, shape (look, series); True where unseen.
        gradient: what the minimiser left, as a share of what the looks could pull, (series,).
    """

    terms: Array
    weights: Array
    shape: tuple[int, ...]
    coefficients: Array
    scale: Array
    limit: Array
    curvature: Array
    covariance: Array
    dof: Array
    kept: npt.NDArray[np.bool_]
    gradient: Array

    def predict(self, terms: Array) -> Array:
        """Expectation at other times, shape (k, *pixel), for terms of shape (k, term)."""
        return np.asarray(terms @ self.coefficients).reshape(len(terms), *self.shape)

    def prediction_error(self, terms: Array) -> Array:
        """Standard error of that expectation itself, shape (k, *pixel).

        scale * sqrt(x'Cx) with C = A^-1 (X'W^2X + R) A^-1 and A = X'WX + R over the looks that
        are not clipped: what noise does to the coefficients (X'W^2X), and what shrinking them may
        hide if they are as large as the ridge believes (R). The square of a new look's distance
        from the expectation is on average scale^2 + prediction_error^2.
        """
        variance = np.maximum(quadratic(terms, self.covariance), 0.0)
        return np.asarray(np.sqrt(variance) * self.scale).reshape(len(terms), *self.shape)

    def leverage(self, places: npt.NDArray[np.intp] | slice = ALL) -> Array:
        """By how much a unit more in a look would move its own expectation, (look, *pixel).

        For a look that is clipped (it moves nothing) what it would if it were not.

        Args:
            places: along the last pixel axis, if not all are asked for.
        """
        curvature = self.curvature.reshape(-1, *self.shape)[..., places]
        shape = curvature.shape[1:]
        lever = quadratic(self.terms, curvature.reshape(len(curvature), -1))
        return (self.weights[:, None] * lever).reshape(len(self.terms), *shape)

    def left_out(self, values: Values) -> Array:
        """Residual of each fitted look against the expectation that the others give.

        r / (1 - h) for a look within the limit; for a clipped one r + h * limit * sign(r), and r
        itself for a rejected one. Exact as long as the others stay on their side of the limit.

        Args:
            values: those that were fitted, shape (look, *pixel).

        Returns:
            Same shape, NaN where unseen, or where the look alone carries a coefficient.
        """
        flat = values.reshape(len(values), -1).astype(np.float64)
        residual = flat - self.terms @ self.coefficients
        lever = self.weights[:, None] * quadratic(self.terms, self.curvature)
        size = np.abs(residual)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.where(lever < LEVER_MAX, residual / (1 - lever), np.nan)
            clipped = residual + lever * self.limit * np.sign(residual)
        outside = np.where(self.kept, clipped, residual)
        return np.where(self.kept & (size <= self.limit), inside, outside).reshape(values.shape)


def fit(
    values: Values,
    terms: Array,
    weights: Array,
    *,
    ridge: Array,
    floor: float,
    with_errors: bool = True,
) -> HarmonicFit:
    """Robust harmonic regression of every pixel on the same looks.

    Args:
        values: shape (look, *pixel), float32 or float64, NaN where a look did not see; bands may
            be one of the pixel axes.
        terms: `season_terms` of the looks, shape (look, term), the first term 1.
        weights: how much each look matters, shape (look,), above 0 and at most about 1.
        ridge: `season_ridge`, shape (term,), 0 for the level.
        floor: smallest spread taken for real, in the unit of the values.
        with_errors: whether `scale`, `covariance` and `dof` are asked for; without them it takes a
            tenth of the time and a third of the memory less.

    Returns:
        See `HarmonicFit`. Float64. About 50 float64 a pixel for five terms are kept, so sites of
        millions of pixels are fitted by `slabs`.

    Source:
        Huber's regression (see `huber`); ridge as a normal prior: Hoerl & Kennard 1970,
        doi:10.1080/00401706.1970.10488634; harmonics of reflectance: Zhu & Woodcock 2014,
        doi:10.1016/j.rse.2014.01.011.
    """
    looks, series = len(values), int(np.prod(values.shape[1:]))
    flat = values.reshape(looks, series)
    step = max(1, BLOCK_NUMBERS // max(looks, 1))
    parts = [
        _fit_block(
            flat[:, at : at + step],
            terms,
            weights,
            ridge=ridge,
            floor=floor,
            with_errors=with_errors,
        )
        for at in range(0, series, step)
    ]
    joined = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    if not with_errors:
        shapes = (series,), joined["curvature"].shape, (series,)
        joined |= {
            name: np.broadcast_to(np.nan, shape)
            for name, shape in zip(_ERRORS, shapes, strict=True)
        }
    return HarmonicFit(terms, weights, values.shape[1:], **joined)


def slabs(pixels: int, series_a_pixel: int, *, series_max: int = 250_000) -> Iterator[slice]:
    """Slices of pixels whose fits stay below a quarter of a GB each, in order."""
    step = max(1, series_max // series_a_pixel)
    return (slice(at, min(at + step, pixels)) for at in range(0, pixels, step))


def _fit_block(
    values: Values,
    terms: Array,
    weights: Array,
    *,
    ridge: Array,
    floor: float,
    with_errors: bool,
) -> dict[str, Any]:
    """The attributes of a `HarmonicFit` of a few series, values of shape (look, series)."""
    numbers = np.ascontiguousarray(values.T, dtype=np.float64)
    seen = np.isfinite(numbers)
    unseen = seen.sum(axis=1) < SEEN_MIN
    numbers[unseen], seen[unseen] = 0.0, True  # something to solve; taken out below
    block = huber.Block(np.where(seen, numbers, 0.0), seen * weights, terms, ridge)
    solution = huber.regress(block, floor=floor)
    near = _Near.of(block, solution)
    found = {
        "coefficients": solution.coefficients,
        "limit": HUBER_K * solution.scale,
        "gradient": solution.gradient,
        "curvature": near.curvature,
        **(_errors(block, solution, near, floor) if with_errors else {}),
    }
    for each in found.values():
        each[..., unseen] = np.nan
    return {**found, "kept": ((solution.weights > 0) | ~seen).T}


@dataclass(frozen=True, slots=True)
class _Near:
    """The looks of each series that are not clipped.

    Attributes:
        residual, looks: shape (series, look).
        normal: X'WX over them, packed.
        curvature: inverse of that with the ridge, packed.
    """

    residual: Array
    looks: npt.NDArray[np.bool_]
    normal: Array
    curvature: Array

    @classmethod
    def of(cls, block: huber.Block, solution: huber.Solution) -> _Near:
        size = len(block.ridge)
        residual = block.residuals(solution.coefficients)
        limit = HUBER_K * solution.scale
        looks = (solution.weights > 0) & (np.abs(residual) <= limit[:, None])
        normal = block.matrices(np.where(looks, solution.weights, 0.0))
        factors, _ = factorise(with_diagonal(normal, block.ridge), size)
        return cls(residual, looks, normal, inverse(factors, size))


def _errors(
    block: huber.Block, solution: huber.Solution, near: _Near, floor: float
) -> dict[str, Array]:
    """What tells how far to trust a fit: scale, covariance and dof."""
    size = len(block.ridge)
    kept = solution.weights > 0
    twice = block.matrices(np.where(near.looks, solution.weights**2, 0.0))
    plain = block.matrices(near.looks.astype(np.float64))
    covariance = sandwich(near.curvature, with_diagonal(twice, block.ridge), size)
    used = trace_of_product(near.curvature, near.normal, size)
    count = kept.sum(axis=1)
    # E sum(r^2) / sigma^2: looks of small weight stay further from the fit than plain counting says
    left = count - 2 * used + trace_of_product(covariance, plain, size)
    left = np.maximum(left, DOF_MIN)
    cap = CAP_SIGMA * solution.scale[:, None]
    square = (np.clip(near.residual, -cap, cap) ** 2 * kept).sum(axis=1)
    scale = np.maximum(np.sqrt(square / (CAP_SHARE * left)), floor)
    dof = SCALE_EFFICIENCY * np.maximum(count - used, DOF_MIN)
    return dict(zip(_ERRORS, (scale, covariance, dof), strict=True))
