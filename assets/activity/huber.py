"""Huber's robust regression with a ridge, of very many series on one design, fully converged.

The numerical method alone, one block of series at a time; seasons, errors of the expectation and
blocks are `harmonics`' job. Arrays here are (series, look), so that a series lies together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity.packed import (
    factorise,
    inverse,
    products,
    solve,
    tiniest,
    trace_of_product,
    with_diagonal,
)
from assets.activity.robust import DOF_MIN, HUBER_K
from assets.constants import MAD_TO_SIGMA

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TOLERANCE: Final = 1e-9  # of the gradient, as a share of what the looks could pull at most
STEPS_MAX: Final = 200  # real series need 3 to 8
ABSOLUTE_ROUNDS: Final = 3  # more change nothing that a bench can see
ABSOLUTE_K: Final = 0.5  # sigma; small, so that a quarter of the looks on one side moves little
FORGETTING_ROUNDS: Final = 2
BISQUARE_C: Final = 4.685  # sigma; 95 % efficient for normal noise
WILD_SIGMA: Final = 5.0  # looks beyond it after those rounds have no say at all
SINGULAR: Final = {8: 1e-10, 4: 1e-4}
"""Pivots below this share, by bytes of a number: too few looks are near the curve to step by."""
FEW: Final = 0.8  # values that a median absolute residual lacks, so to say
UPHILL: Final = 1e-12  # of the height: rounding
SHRUNK: Final = 0.75  # the batch is copied together when so few of its series are left


@dataclass(frozen=True, slots=True)
class Block:
    """Series that share a design.

    Attributes:
        values: shape (series, look), 0 where unseen.
        weights: shape (series, look), positive, 0 where unseen.
        terms: shape (look, term).
        ridge: shape (term,), in looks of weight 1.
    """

    values: Array
    weights: Array
    terms: Array
    ridge: Array

    def residuals(self, coefficients: Array) -> Array:
        """Observed minus fitted, shape (series, look), anything where unseen."""
        return np.asarray(self.values - coefficients.T @ self.terms.T)

    def matrices(self, weights: Array) -> Array:
        """X'WX of each series, packed, without the ridge."""
        return np.asarray(products(self.terms).T @ weights.T)

    def slope(self, scores: Array, coefficients: Array) -> Array:
        """Downhill direction, shape (term, series), of weighted clipped residuals and the ridge."""
        return np.asarray(self.terms.T @ scores.T - self.ridge[:, None] * coefficients)

    def rough(self) -> Block:
        """The same in float32, which is twice as fast and exact enough to begin with."""
        parts = (self.values, self.weights, self.terms, self.ridge)
        return Block(*(part.astype(np.float32) for part in parts))  # type: ignore[arg-type]

    def without(self, looks: Mask) -> Block:
        """The same with some looks of some series unseen, shape (series, look)."""
        return replace(self, weights=np.where(looks, self.weights.dtype.type(0), self.weights))

    def only(self, keep: Mask) -> Block:
        """The series marked in `keep`."""
        return Block(self.values[keep], self.weights[keep], self.terms, self.ridge)


@dataclass(frozen=True, slots=True)
class Solution:
    """Minimum of Huber's function for each series.

    Attributes:
        coefficients: shape (term, series).
        scale: sigma at which residuals are clipped (HUBER_K of it), shape (series,).
        weights: as in the block, 0 also for looks that are rejected, shape (series, look).
        gradient: what is left of it as a share of what the looks could pull, shape (series,).
        steps: Newton steps taken, shape (series,).
    """

    coefficients: Array
    scale: Array
    weights: Array
    gradient: Array
    steps: npt.NDArray[np.intp]


def regress(block: Block, *, floor: float) -> Solution:
    """Robust fit of a block.

    Wild looks and a scale first (`_start`). Looks beyond WILD_SIGMA are left out; with the scale
    held, Huber's function of the others is convex and is minimised to the end.

    Args:
        block: series with at least one seen look each.
        floor: smallest scale taken for real, in the unit of the values.

    Source:
        Yohai 1987, doi:10.1214/aos/1176350366 (a start that resists, a scale, then an efficient
        fit); Huber & Ronchetti 2009, Robust Statistics, 7.8; reweighting: Holland & Welsch 1977,
        doi:10.1080/03610927708827533.
    """
    kept, start, scale = _start(block, floor)
    coefficients, gradient, steps = minimise(kept, start, HUBER_K * scale)
    return Solution(coefficients, scale, kept.weights, gradient, steps)


def minimise(block: Block, start: Array, limit: Array) -> tuple[Array, Array, npt.NDArray[np.intp]]:
    """Minimum of sum(weight * huber(residual)) + sum(ridge * coefficient^2) / 2 of each series.

    Newton's steps, which end exactly once the set of clipped looks is right; where one leads
    uphill it is taken back and a reweighting step, which never does, is made instead. Series leave
    the batch as they converge.

    Args:
        block: the series.
        start: coefficients, shape (term, series).
        limit: residual from which on a look pulls no harder, shape (series,), positive.

    Returns:
        Coefficients, what is left of the gradient (see `Solution`) and steps taken.
    """
    found, gradient = start.copy(), np.zeros(start.shape[1])
    steps, here = np.zeros(start.shape[1], np.intp), np.arange(start.shape[1])
    at = _stand(block, start, limit)
    for step in range(STEPS_MAX):
        found[:, here], gradient[here], steps[here] = at.point, at.left, step
        open_ = at.left > TOLERANCE
        if not open_.any():
            break
        if open_.mean() < SHRUNK:
            block, limit, here = block.only(open_), limit[open_], here[open_]
            at = at.only(open_)
        at = _descend(block, at, limit)
    return found, gradient, steps


@dataclass(frozen=True, slots=True)
class _Place:
    """Where each series of a batch stands on its way down."""

    point: Array
    residual: Array
    slope: Array
    height: Array
    left: Array

    def only(self, keep: Mask) -> _Place:
        return _Place(
            self.point[:, keep],
            self.residual[keep],
            self.slope[:, keep],
            self.height[keep],
            self.left[keep],
        )


def _stand(block: Block, point: Array, limit: Array) -> _Place:
    """Residuals, slope and height of Huber's function at a point."""
    residual = block.residuals(point)
    clipped = np.clip(residual, -limit[:, None], limit[:, None])
    score = block.weights * clipped
    slope = block.slope(score, point)
    height = np.einsum("sl,sl->s", score, residual - 0.5 * clipped)
    height += 0.5 * block.ridge @ point**2
    pull = limit * block.weights.sum(axis=1)
    return _Place(
        point, residual, slope, height, np.abs(slope).max(axis=0) / np.maximum(pull, tiniest(pull))
    )


def _descend(block: Block, at: _Place, limit: Array) -> _Place:
    """One step down for each series: Newton's, or a reweighting one where that leads uphill."""
    near = np.abs(at.residual) <= limit[:, None]
    step, sound = _step(block, np.where(near, block.weights, 0.0), at.slope)
    there = _stand(block, at.point + step, limit)
    failed = ~(sound & (there.height <= at.height * (1 + UPHILL)))
    if not failed.any():
        return there
    step[:, failed] = _reweighted(block.only(failed), at.only(failed), limit[failed])
    return _stand(block, at.point + step, limit)


def _reweighted(block: Block, at: _Place, limit: Array) -> Array:
    """The step to the weighted mean with Huber's weights of the residuals."""
    weights = block.weights * huber_share(at.residual, limit)
    return _step(block, weights, at.slope)[0]


def _step(block: Block, weights: Array, slope: Array) -> tuple[Array, Mask]:
    """Solution of (X'WX + R) step = slope, and whether there is one; 0 where not."""
    matrices = with_diagonal(block.matrices(weights), block.ridge)
    factors, pivot = factorise(matrices, len(slope))
    sound = pivot > SINGULAR[slope.itemsize]
    return solve(factors, np.where(sound, slope, 0.0)), sound


def huber_share(residual: Array, limit: Array) -> Array:
    """Huber's weight of residuals, shape (series, look): 1 up to the limit, falling beyond."""
    edge = limit[:, None]
    return np.asarray(edge / np.maximum(np.abs(residual), edge))


def _start(block: Block, floor: float) -> tuple[Block, Array, Array]:
    """Series without wild looks, coefficients near the end (term, series), and the scale (series,).

    From the median on: rounds that come close to least absolute residuals, then rounds of Tukey's
    bisquare, which forgets what is far; the scale of each is the median absolute residual, which
    half of the looks cannot move far. In float32: 1e-6 of a scale is nothing.
    """
    rough = block.rough()
    seen = rough.weights > 0
    point = np.zeros((len(block.ridge), len(block.values)), rough.values.dtype)
    point[0] = middle(rough.values, seen)
    residual = rough.residuals(point)
    inflation = MAD_TO_SIGMA * scale_correction(rough)
    scale = np.maximum(inflation * middle(np.abs(residual), seen), floor)
    for share in (*[_near_absolute] * ABSOLUTE_ROUNDS, *[_bisquare] * FORGETTING_ROUNDS):
        weights = rough.weights * share(residual, scale)
        slope = rough.slope(weights * residual, point)
        point = point + _step(rough, weights, slope)[0]
        residual = rough.residuals(point)
        scale = np.maximum(inflation * middle(np.abs(residual), seen), floor)
    kept = seen & (np.abs(residual) <= WILD_SIGMA * scale[:, None])
    spread = MAD_TO_SIGMA * scale_correction(rough.without(~kept)) * middle(np.abs(residual), kept)
    return (
        block.without(~kept),
        point.astype(np.float64),
        np.maximum(spread, floor).astype(np.float64),
    )


def _near_absolute(residual: Array, scale: Array) -> Array:
    """Weights whose fit is nearly that of least absolute residuals."""
    return huber_share(residual, ABSOLUTE_K * scale)


def _bisquare(residual: Array, scale: Array) -> Array:
    """Tukey's bisquare weights: Beaton & Tukey 1974, doi:10.1080/00401706.1974.10489171."""
    share = 1 - np.square(residual / (BISQUARE_C * scale[:, None]))
    return np.asarray(np.square(np.maximum(share, 0.0)))


def scale_correction(block: Block) -> Array:
    """Factor on a median absolute residual for the degrees of freedom of the fit, (series,).

    Source:
        n / (n - 0.8) for few values: Croux & Rousseeuw 1992, doi:10.1007/978-3-662-26811-7_58
    """
    matrices = block.matrices(block.weights)
    factors, _ = factorise(with_diagonal(matrices, block.ridge), len(block.ridge))
    used = trace_of_product(inverse(factors, len(block.ridge)), matrices, len(block.ridge))
    count = (block.weights > 0).sum(axis=1).astype(used.dtype)
    left = np.maximum(count - used, DOF_MIN)
    return np.asarray(np.sqrt(count / left) * left / (left - FEW))


def middle(values: Array, seen: Mask) -> Array:
    """Median of the seen values of each series, shape (series,)."""
    ranked = np.where(seen, values, values.dtype.type(np.inf))
    ranked.sort(axis=1)
    count = np.maximum(seen.sum(axis=1), 1)
    each = np.arange(len(ranked))
    return np.asarray((ranked[each, (count - 1) // 2] + ranked[each, count // 2]) / 2)
