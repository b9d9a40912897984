"""The nearest of many entities: a matrix product finds the candidates, and only those are compared exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.reference._measures import BLOCK_CELLS, Comparison
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import CompareFunction, Measure

__all__ = ["nearest_entities"]

_ROUNDINGS = 8.0
"""A bound of the rounding errors of a sum of products, in units of the last place of its largest part, a term."""

_MANY = 64
"""Entities from which a matrix product pays."""

_FEW = 16
"""Ranks up to which repeated searches are faster than a sort."""

Positions = NDArray[np.intp]


def nearest_entities(comparison: Comparison, records: Numbers, count: int) -> tuple[Positions, Numbers]:
    """Positions and affinities of the nearest entities of each record, equally near ones in their order.

    Args:
        comparison: The measure and the entities.
        records: float64, shape (n_records, n_fields).
        count: How many are asked for, at most as many as there are.

    Returns:
        Two arrays of shape (n_records, count): positions, -1 where nothing is comparable, and affinities, NaN there.
    """
    order = np.empty((len(records), count), dtype=np.intp)
    affinities = np.empty((len(records), count))
    step = max(1, BLOCK_CELLS // comparison.n_entities)
    for start in range(0, len(records), step):
        rows = slice(start, start + step)
        found = _by_candidates(comparison, records[rows], count)
        order[rows], affinities[rows] = found or _by_all(comparison, records[rows], count)
    return order, affinities


def _by_all(comparison: Comparison, records: Numbers, count: int) -> tuple[Positions, Numbers]:
    order, keys = _smallest(_keys(comparison, comparison.affinities(records)), count)
    none = np.isposinf(keys)
    return np.where(none, -1, order), np.where(none, np.nan, -keys if comparison.measure.is_similarity else keys)


def _keys(comparison: Comparison, affinities: Numbers) -> Numbers:
    """Numbers that are smaller for nearer entities, infinite for those that cannot be compared."""
    keys = -affinities if comparison.measure.is_similarity else affinities
    np.copyto(keys, np.inf, where=np.isnan(keys))
    return keys


def _smallest(keys: Numbers, count: int) -> tuple[Positions, Numbers]:
    """Positions of the smallest keys of each row and these, in order; equal keys by position. The keys are used up."""
    if count > _FEW:
        order = np.argsort(keys, axis=1, kind="stable")[:, :count]
        return order, np.take_along_axis(keys, order, axis=1)
    # Finding the least some times over costs less than one sort or partition of positions.
    order = np.empty((len(keys), count), dtype=np.intp)
    found = np.empty((len(keys), count))
    rows = np.arange(len(keys))
    for rank in range(count):
        order[:, rank] = least = np.argmin(keys, axis=1)
        found[:, rank] = keys[rows, least]
        keys[rows, least] = np.inf
    return order, found


def _by_candidates(comparison: Comparison, records: Numbers, count: int) -> tuple[Positions, Numbers] | None:
    """As ``_by_all``, for Euclidean distances to many entities with nothing missing; ``None`` for others.

    ``|x - e|**2 = |x|**2 + |e|**2 - 2 x e`` gives all distances at once, but rounded. An entity is out of the question
    where its rounded distance exceeds that of enough others by more than both can be wrong.
    """
    entities, weights = comparison.entities, np.array([field.weight for field in comparison.fields])
    if not _is_plain(comparison) or len(entities) < max(_MANY, 4 * count) or (weights < 0).any():
        return None
    if np.isnan(records).any() or np.isnan(entities).any():
        return None
    with np.errstate(all="ignore"):
        weighted = entities * weights
        squares = (weighted * entities).sum(axis=1)
        own = (records * records) @ weights
        rounded = records @ weighted.T
        rounded *= -2.0
        rounded += squares
        bound = _ROUNDINGS * np.finfo(np.float64).eps * (len(weights) + 4) * (own + squares.max())
    if not np.isfinite(bound).all():
        return None
    limit = np.partition(rounded, count - 1, axis=1)[:, count - 1] + 2.0 * bound
    row, candidate = np.divmod(np.flatnonzero(rounded <= limit[:, None]), len(entities))
    distance = _distances(comparison, records, row, candidate)
    # Candidates side by side, in their order: as many columns as the row with most of them has.
    counts = np.bincount(row, minlength=len(records))
    column = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    keys = np.full((len(records), counts.max(initial=count)), np.inf)
    keys[row, column] = distance
    positions = np.zeros(keys.shape, dtype=np.intp)
    positions[row, column] = candidate
    order, distances = _smallest(keys, count)
    return np.take_along_axis(positions, order, axis=1), distances


def _is_plain(comparison: Comparison) -> bool:
    measure = comparison.measure
    is_euclidean = measure.measure in (Measure.EUCLIDEAN, Measure.SQUARED_EUCLIDEAN) and not measure.is_similarity
    functions = {field.compare_function for field in comparison.fields}
    return is_euclidean and comparison.is_double and functions <= {CompareFunction.ABS_DIFF}


def _distances(comparison: Comparison, records: Numbers, row: Positions, candidate: Positions) -> Numbers:
    """The distance of each pair of a record and an entity, added field after field as for all entities."""
    total = np.zeros(len(row))
    for index, field in enumerate(comparison.fields):
        difference = records[:, index][row]
        difference -= comparison.entities[:, index][candidate]
        difference *= difference
        if field.weight != 1.0:
            difference *= field.weight
        total += difference
    return np.sqrt(total) if comparison.measure.measure is Measure.EUCLIDEAN else total
