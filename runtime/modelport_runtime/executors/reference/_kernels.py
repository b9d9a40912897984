"""Kernels between rows and the vectors of a model, and the blocks of rows in which they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reals", "blocks", "squared_distances"]

Reals = NDArray[np.floating[Any]]

_BLOCK_ENTRIES = 1 << 21
"""Entries of a kernel matrix computed at once: 16 MB of doubles. Smaller ones would stay in the processor's caches, but
each is a matrix product whose threads wait for each other, which costs more on a busy machine."""


def blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Rows in blocks, so that a matrix of ``width`` numbers a row stays of bounded size."""
    step = max(1, _BLOCK_ENTRIES // max(width, 1))
    return (slice(start, start + step) for start in range(0, n_rows, step))


def squared_distances(rows: Reals, vectors: Reals) -> Reals:
    """|row - vector|**2 of all pairs, shape (n_rows, n_vectors), as |row|**2 - 2 <row, vector> + |vector|**2.

    Both sides are first moved by the mean of the vectors: the sum loses as many digits as the squares are greater than
    the distances. A row with an infinite component is infinitely far; one with a missing component is missing.
    """
    if not len(vectors):
        return np.zeros((len(rows), 0), dtype=rows.dtype)
    origin = vectors.mean(axis=0, dtype=vectors.dtype)
    moved, centred = rows - origin, vectors - origin
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", moved, moved)
        result: Reals = moved @ (-2.0 * centred.T).astype(rows.dtype, copy=False)
        result += squares[:, None]
        result += np.einsum("ij,ij->i", centred, centred)
        np.maximum(result, 0.0, out=result)
    far = np.isinf(squares)
    if far.any():
        result[far] = np.inf
    return result
