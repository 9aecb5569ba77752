"""The programs that are compared: each fits a cube and says how far it is from having converged.

Fitting alone; rounds, medians and tables are `report`'s job.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assets.activity.harmonics import fit, season_ridge
from assets.activity.robust import HUBER_K
from assets.constants import MAD_TO_SIGMA
from bench.expectation.cube import ORDER, Cube

Floats = npt.NDArray[np.float64]

LOOP_PIXELS: Final = 300  # fitted one by one in Python; the rest is extrapolated
WEAK_RIDGE: Final = 1e-6  # looks: peers do not shrink, so neither do we here
FLOOR: Final = 1e-4  # reflectance
BISQUARE_C: Final = 4.685
STEPS_MAX: Final = 50
TOLERANCE: Final = 1e-8


@dataclass(frozen=True, slots=True)
class Fitted:
    """Coefficients, shape (term, pixel), NaN where not fitted, and the time it took.

    CPU seconds are those of all threads: on a busy machine they are the fairer measure.
    `left` is how far one more step of the program's own method would still move each pixel's
    fitted curve, in sigma (root mean square over the looks), NaN where that is not defined.
    """

    coefficients: Floats
    seconds: float
    cpu_seconds: float
    left: Floats


@dataclass(frozen=True, slots=True)
class Program:
    """A name for the table, a note, and the function that fits a cube."""

    name: str
    run: Callable[[Cube], Fitted]
    note: str = ""


class _Clock:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def taken(self) -> tuple[float, float]:
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


def own_programs() -> list[Program]:
    """The product's fit, first, and plain ones written here."""
    return [
        Program("sitewatch", _ours, "Huber after a bisquare start, 1 thread"),
        Program("Python loop", _loop, f"bisquare, extrapolated from {LOOP_PIXELS} pixels"),
        Program("least squares", _plain, "not robust, normal equations in a batch"),
    ]


def peers() -> list[Program]:
    """The fit of `nrt` on one thread and on all cores."""
    numba, rirls = _nrt()
    note = "RIRLS as released, numba, warmed up"
    return [
        Program(f"nrt, threads: {count}", _nrt_with(numba, rirls, count), note)
        for count in sorted({1, int(numba.config.NUMBA_NUM_THREADS)})
    ]


def _ours(cube: Cube) -> Fitted:
    """The product's own fit, with next to no shrinkage."""
    clock = _Clock()
    found = fit(
        cube.values,
        cube.terms,
        np.ones(len(cube.terms)),
        ridge=season_ridge(ORDER, WEAK_RIDGE),
        floor=FLOOR,
    )
    taken = clock.taken()
    residual = cube.values - cube.terms @ found.coefficients
    size = np.abs(residual)
    share = np.minimum(1.0, found.limit / np.maximum(size, 1e-300)) * found.kept
    left = _one_more(cube, found.coefficients, share, found.limit / HUBER_K)
    return Fitted(found.coefficients, *taken, left)


def _nrt() -> tuple[Any, Any]:
    """The package numba, and the fit of `nrt`, whose decorator warns when it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import numba  # a peer: only this yardstick needs it
        from nrt.fit_methods import rirls
    return numba, rirls


def _nrt_with(numba: Any, rirls: Any, threads: int) -> Callable[[Cube], Fitted]:
    """A run of `nrt` on so many threads; the first call of a process compiles for long."""
    is_warm = False

    def run(cube: Cube) -> Fitted:
        nonlocal is_warm
        numba.set_num_threads(threads)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not is_warm:
                rirls(cube.terms, cube.values[:, :8].copy())
                is_warm = True
            clock = _Clock()
            coefficients, _ = rirls(cube.terms, cube.values)
            taken = clock.taken()
        return Fitted(coefficients, *taken, _left_of_bisquare(cube, coefficients))

    return run


def _plain(cube: Cube) -> Fitted:
    """Least squares of all pixels at once."""
    clock = _Clock()
    coefficients = _weighted(cube, np.ones(cube.values.shape))
    return Fitted(coefficients, *clock.taken(), np.full(cube.values.shape[1], np.nan))


def _loop(cube: Cube) -> Fitted:
    """Pixel by pixel as one would write it first, the same method as `nrt`."""
    few = min(LOOP_PIXELS, cube.values.shape[1])
    coefficients = np.full(cube.truth.shape, np.nan)
    clock = _Clock()
    for pixel in range(few):
        coefficients[:, pixel] = _one_pixel(cube, pixel)
    wall, cpu = (seconds * cube.values.shape[1] / few for seconds in clock.taken())
    return Fitted(coefficients, wall, cpu, _left_of_bisquare(cube, coefficients))


def _one_pixel(cube: Cube, pixel: int) -> Floats:
    """Iteratively reweighted bisquare fit of one pixel, as statsmodels' RLM does it."""
    seen = np.isfinite(cube.values[:, pixel])
    terms, values = cube.terms[seen], cube.values[seen, pixel]
    found = np.linalg.lstsq(terms, values, rcond=None)[0]
    for _ in range(STEPS_MAX):
        residual = values - terms @ found
        scale = MAD_TO_SIGMA * np.median(np.abs(residual - np.median(residual)))
        share = np.maximum(1 - (residual / (BISQUARE_C * scale)) ** 2, 0.0)
        before = found
        found = np.linalg.lstsq(terms * share[:, None], values * share, rcond=None)[0]
        if np.abs(found - before).max() <= TOLERANCE:
            break
    return np.asarray(found)


def _left_of_bisquare(cube: Cube, coefficients: Floats) -> Floats:
    """`Fitted.left` of bisquare fits whose scale is the median absolute deviation."""
    residual = cube.values - cube.terms @ coefficients
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pixels that were not fitted are NaN throughout
        middle = np.nanmedian(residual, axis=0)
        scale = MAD_TO_SIGMA * np.nanmedian(np.abs(residual - middle), axis=0)
    share = np.maximum(1 - (residual / (BISQUARE_C * scale)) ** 2, 0.0) ** 2
    return _one_more(cube, coefficients, share, scale)


def _one_more(cube: Cube, coefficients: Floats, share: Floats, scale: Floats) -> Floats:
    """Root mean square change of the fitted curves by one more weighted fit, in sigma."""
    known = np.isfinite(scale) & np.isfinite(coefficients).all(axis=0)
    change = _weighted(cube, np.where(known, np.nan_to_num(share), 1.0)) - coefficients
    moved = np.sqrt(np.mean((cube.terms @ change) ** 2, axis=0)) / scale
    return np.where(known, moved, np.nan)


def _weighted(cube: Cube, weights: Floats) -> Floats:
    """Weighted least squares of every pixel, shape (term, pixel)."""
    size = cube.terms.shape[1]
    weights = np.where(np.isfinite(cube.values), weights, 0.0)
    pairs = (cube.terms[:, :, None] * cube.terms[:, None, :]).reshape(len(cube.terms), -1)
    matrices = (weights.T @ pairs).reshape(-1, size, size)
    right = (weights * np.nan_to_num(cube.values)).T @ cube.terms
    return np.asarray(np.linalg.solve(matrices, right[..., None])[..., 0].T)
