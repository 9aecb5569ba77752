"""Small symmetric matrices, one for each of very many series, packed by their lower triangle.

Linear algebra alone, vectorised over the series; what the matrices mean is decided by the callers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Packed = npt.NDArray[np.float64]
"""Shape (pair, series): entries (0,0), (1,0), (1,1), (2,0) ... of each series' matrix."""
Vectors = npt.NDArray[np.float64]
"""Shape (term, series)."""
TINY = 1e-300  # keeps the inverse of an empty pivot finite


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


def with_diagonal(matrices: Packed, diagonal: npt.NDArray[np.float64]) -> Packed:
    """The matrices with a number, shape (term,), added to each diagonal entry."""
    out = matrices.copy()
    for term, value in enumerate(diagonal):
        out[place(term, term)] += value
    return out


def factorise(matrices: Packed, size: int) -> tuple[Packed, npt.NDArray[np.float64]]:
    """LDL' of each matrix (Golub & Van Loan, Matrix Computations, 4.1).

    Returns:
        L packed, with the inverse of D on its diagonal, and the smallest pivot as a share of its
        own diagonal entry, shape (series,): near 0 the matrix cannot be solved with.
    """
    out = matrices.copy()
    worst = np.full(matrices.shape[1], np.inf)
    scaled = {}
    for j in range(size):
        pivot = matrices[place(j, j)].copy()
        for k in range(j):
            scaled[j, k] = out[place(j, k)] / out[place(k, k)]
            pivot -= out[place(j, k)] * scaled[j, k]
        share = pivot / np.maximum(matrices[place(j, j)], TINY)
        worst = np.minimum(worst, share)
        out[place(j, j)] = 1.0 / np.maximum(pivot, TINY)
        for i in range(j + 1, size):
            entry = matrices[place(i, j)].copy()
            for k in range(j):
                entry -= out[place(i, k)] * scaled[j, k]
            out[place(i, j)] = entry * out[place(j, j)]
    return out, worst


def solve(factors: Packed, right: Vectors) -> Vectors:
    """Solutions for one right side a series, shape (term, series)."""
    out = right.copy()
    size = len(out)
    for i in range(size):
        for k in range(i):
            out[i] -= factors[place(i, k)] * out[k]
    for i in range(size):
        out[i] *= factors[place(i, i)]
    for i in reversed(range(size)):
        for k in range(i + 1, size):
            out[i] -= factors[place(k, i)] * out[k]
    return out


def inverse(factors: Packed, size: int) -> Packed:
    """Inverse of each matrix."""
    out = np.empty_like(factors)
    for column in range(size):
        unit = np.zeros((size, factors.shape[1]))
        unit[column] = 1.0
        solved = solve(factors, unit)
        for row in range(column, size):
            out[place(row, column)] = solved[row]
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
