"""Small symmetric matrices, one for each of very many series, packed by their lower triangle.

Linear algebra alone, vectorised over the series; what the matrices mean is decided by the callers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Packed = npt.NDArray[np.float64]
"""Shape (pair, series): entries (0,0), (1,0), (1,1), (2,0) ... of each series' matrix.

Float64, or float32 where the caller needs no more; results are of the type of what was given.
"""
Vectors = npt.NDArray[np.float64]
"""Shape (term, series)."""


def place(row: int, column: int) -> int:
    """Where an entry stands in the packed form."""
    high, low = max(row, column), min(row, column)
    return high * (high + 1) // 2 + low


def pairs(size: int) -> list[tuple[int, int]]:
    """Rows and columns of the packed entries, in order."""
    return [(row, column) for row in range(size) for column in range(row + 1)]


def products(terms: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Products of every two terms of each look, shape (look, pair), from shape (look, term)."""
    return np.stack([terms[:, i] * terms[:, j] for i, j in pairs(terms.shape[1])], axis=1)


def quadratic(terms: npt.NDArray[np.float64], matrices: Packed) -> npt.NDArray[np.float64]:
    """Quadratic form x'Ax of each row x and each series, shape (row, series).

    `terms` has shape (row, term).
    """
    twice = np.array([1.0 if i == j else 2.0 for i, j in pairs(terms.shape[1])])
    return np.asarray((products(terms) * twice) @ matrices)


def tiniest(values: npt.NDArray[np.floating]) -> float:
    """The least number of their type whose inverse is finite: keeps that of an empty pivot so."""
    return float(np.finfo(values.dtype).tiny)


def with_diagonal(matrices: Packed, diagonal: npt.NDArray[np.float64]) -> Packed:
    """The matrices with a number, shape (term,), added to each diagonal entry."""
    out = matrices.copy()
    for term, value in enumerate(diagonal):
        out[place(term, term)] += value
    return out


def lower(matrices: Packed, size: int) -> list[list[npt.NDArray[np.float64]]]:
    """The entries of the lower triangle, row by row: views of shape (series,), no copies."""
    return [[matrices[place(row, column)] for column in range(row + 1)] for row in range(size)]


def factorise(matrices: Packed, size: int) -> tuple[Packed, npt.NDArray[np.float64]]:
    """LDL' of each matrix (Golub & Van Loan, Matrix Computations, 4.1).

    Returns:
        L packed, with the inverse of D on its diagonal, and the smallest pivot as a share of its
        own diagonal entry, shape (series,): near 0 the matrix cannot be solved with.
    """
    out, tiny = np.empty_like(matrices), tiniest(matrices)
    given, found = lower(matrices, size), lower(out, size)
    scaled = lower(matrices.copy(), size)  # becomes L times D
    worst = np.full(matrices.shape[1], np.inf, matrices.dtype)
    for j in range(size):
        for k in range(j):
            for i in range(j, size):
                scaled[i][j] -= found[i][k] * scaled[j][k]
        pivot = np.maximum(scaled[j][j], tiny)
        worst = np.minimum(worst, scaled[j][j] / np.maximum(given[j][j], tiny))
        np.divide(1, pivot, out=found[j][j])
        for i in range(j + 1, size):
            np.multiply(scaled[i][j], found[j][j], out=found[i][j])
    return out, worst


def solve(factors: Packed, right: Vectors) -> Vectors:
    """Solutions for one right side a series, shape (term, series)."""
    out = right.copy()
    size = len(out)
    entries = lower(factors, size)
    for i in range(size):
        for k in range(i):
            out[i] -= entries[i][k] * out[k]
    for i in range(size):
        out[i] *= entries[i][i]
    for i in reversed(range(size)):
        for k in range(i + 1, size):
            out[i] -= entries[k][i] * out[k]
    return out


def inverse(factors: Packed, size: int) -> Packed:
    """Inverse of each matrix: that of L, turned round and times itself over D."""
    entries, unit = lower(factors, size), lower(np.empty_like(factors), size)
    for j in range(size):
        for i in range(j + 1, size):
            np.negative(entries[i][j], out=unit[i][j])
            for k in range(j + 1, i):
                unit[i][j] -= entries[i][k] * unit[k][j]
    out = np.empty_like(factors)
    for number, (i, j) in enumerate(pairs(size)):
        out[number] = entries[i][i] * (unit[i][j] if i > j else 1)
        for k in range(i + 1, size):
            out[number] += unit[k][i] * entries[k][k] * unit[k][j]
    return out


def sandwich(outer: Packed, inner: Packed, size: int) -> Packed:
    """ABA for symmetric A (`outer`) and B (`inner`) of each series."""
    half = {
        (i, j): sum(outer[place(i, k)] * inner[place(k, j)] for k in range(size))
        for i in range(size)
        for j in range(size)
    }
    return np.stack(
        [sum(half[i, k] * outer[place(k, j)] for k in range(size)) for i, j in pairs(size)]
    )


def trace_of_product(left: Packed, right: Packed, size: int) -> npt.NDArray[np.float64]:
    """tr(AB) of each series, shape (series,)."""
    return np.asarray(
        sum(
            (1.0 if i == j else 2.0) * left[place(i, j)] * right[place(i, j)]
            for i, j in pairs(size)
        )
    )
