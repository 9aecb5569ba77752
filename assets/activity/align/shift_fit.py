"""Least squares for a shift between two images in blocks, each with a gain and level of its own.

The arithmetic of `registration`, which chooses the images and holds the prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.activity.fit.arrays import Floats

Planes = npt.NDArray[np.float32]

LEAST_SHARE = 0.25  # of a block that must be seen in both images
LEAST_BLOCKS = 6  # fewer do not tell how far they disagree
TINY = 1e-12  # reflectance^2: far below the noise of any sensor


@dataclass(frozen=True, slots=True)
class BlockFit:
    """One step of least squares.

    Attributes:
        step: east and south, pixels, to be added to the shift that was taken out before.
        covariance: of the step, shape (2, 2), pixels^2.
        pixels: seen in both images, of the blocks that were used.
    """

    step: Floats
    covariance: Floats
    pixels: int


def in_blocks(planes: Planes, edge: int) -> Planes:
    """Cut planes (..., y, x) into squares, shape (..., block, pixel); what is over is left out."""
    *lead, rows, columns = planes.shape
    down, across = rows // edge, columns // edge
    whole = planes[..., : down * edge, : across * edge]
    cut = whole.reshape(*lead, down, edge, across, edge)
    return np.moveaxis(cut, -3, -2).reshape(*lead, down * across, edge * edge)


def image_gradients(features: Planes) -> tuple[Planes, Planes]:
    """Central differences of planes (feature, y, x) to the east and to the south, a pixel."""
    east, south = np.zeros_like(features), np.zeros_like(features)
    np.subtract(features[:, :, 2:], features[:, :, :-2], out=east[:, :, 1:-1])
    np.subtract(features[:, 2:], features[:, :-2], out=south[:, 1:-1])
    east *= np.float32(0.5)
    south *= np.float32(0.5)
    return east, south


def fit_blocks(reference: Planes, moving: Planes, seen: npt.NDArray[np.float32]) -> BlockFit | None:
    """The shift that is left between two images, by least squares in all blocks together.

    In each block and feature moving = level + gain * (reference - shift . gradient), with the
    shift common to all and the rest free, so that ground whose contrast changed, or changed sign,
    does not bias the shift; blocks are weighted by what they explain of their own noise.

    Args:
        reference: features and their gradients to the east and south, shape (3, feature, block,
            pixel).
        moving: shape (feature, block, pixel).
        seen: 1 where both images show the ground, else 0, shape (block, pixel).

    Returns:
        None where too few blocks are seen or they show no contrast.

    Raises:
        ValueError: features, blocks or pixels differ in number.

    Source:
        Lucas and Kanade 1981 (IJCAI 81, 674-679); errors by the delete-one jackknife over blocks:
        Efron and Stein 1981, doi:10.1214/aos/1176345462
    """
    counts = seen.sum(axis=1)
    used = np.flatnonzero(counts >= LEAST_SHARE * seen.shape[1])
    if used.size < LEAST_BLOCKS:
        return None
    parts = _normal_equations(reference[:, :, used], moving[:, used], seen[used])
    matrix, vector = parts[0].sum(axis=0), parts[1].sum(axis=0)  # of each block
    whole = matrix.sum(axis=0)
    if not np.linalg.det(whole) > TINY * np.trace(whole) ** 2:
        return None
    step = np.linalg.solve(whole, vector.sum(axis=0))
    of_features = _feature_covariance(parts[0].sum(axis=1), parts[1].sum(axis=1), whole)
    covariance = np.maximum(_jackknife_covariance(matrix, vector), of_features)
    return BlockFit(step, covariance, int(counts[used].sum()))


def _normal_equations(reference: Planes, moving: Planes, seen: Planes) -> tuple[Floats, Floats]:
    """Normal equations of each feature and block, shapes (feature, block, 2, 2) and (.., 2)."""
    counts = seen.sum(axis=1).astype(np.float64)
    table = np.stack([reference[0], moving, reference[1], reference[2]], axis=2)
    table -= (table @ seen[None, :, :, None]) / counts.astype(np.float32)[None, :, None, None]
    products = ((table * seen[None, :, None]) @ table.swapaxes(-1, -2)).astype(np.float64)
    level = products[..., 0, 0] + TINY
    gain = products[..., 0, 1] / level
    rest = products - products[..., :, :1] * products[..., :1, :] / level[..., None, None]
    noise = np.maximum(rest[..., 1, 1] / counts, TINY)
    matrix = (gain**2 / noise)[..., None, None] * rest[..., 2:, 2:]
    return matrix, -(gain / noise)[..., None] * rest[..., 2:, 1]


def _jackknife_covariance(matrix: Floats, vector: Floats) -> Floats:
    """Covariance of the solution from the solutions that each lack one block, (2, 2)."""
    count = len(matrix)
    others = matrix.sum(axis=0) - matrix
    others += 1e-9 * np.trace(others, axis1=1, axis2=2)[:, None, None] * np.eye(2)
    steps = np.linalg.solve(others, (vector.sum(axis=0) - vector)[..., None])[..., 0]
    apart = steps - steps.mean(axis=0)
    covariance: Floats = (count - 1) / count * apart.T @ apart
    return covariance


def _feature_covariance(matrix: Floats, vector: Floats, whole: Floats) -> Floats:
    """Covariance from how far features disagree, (2, 2): low light moves edges of one alone."""
    count = len(matrix)
    step = np.linalg.solve(whole, vector.sum(axis=0))
    left = np.linalg.solve(whole, (vector - matrix @ step).T)
    covariance: Floats = left @ left.T * count / max(count - 1, 1)
    return covariance
