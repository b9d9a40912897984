"""Arrays of numbers in a document, dense and sparse (PMML 4.4, General Structure, Array)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.pmml._element import Element, parse_number

__all__ = ["check_count", "read_numbers"]

_SPARSE = {"REAL-SparseArray": "REAL-Entries", "INT-SparseArray": "INT-Entries"}


def read_numbers(element: Element, size: int | None = None) -> NDArray[np.float64]:
    """The numbers of an ``Array``, a ``REAL-SparseArray`` or an ``INT-SparseArray``.

    Args:
        element: The array's element.
        size: How many numbers there must be, when that is known.

    Returns:
        float64, shape (n,); the entries that a sparse array leaves out have its ``defaultValue``.

    Raises:
        ArtifactError: A number cannot be read, or there are more or fewer than ``n`` or ``size`` says.
    """
    values = _sparse(element, size) if element.tag in _SPARSE else _numbers(element)
    check_count(element, "n", len(values))
    if size is not None and len(values) != size:
        raise element.error(f"{element.tag} has {len(values)} numbers, {size} are needed; correct the document")
    return values


def check_count(element: Element, attribute: str, found: int) -> None:
    """Compare a count that an element declares, if it does, with what is there.

    Raises:
        ArtifactError: They differ.
    """
    if attribute in element.attributes and element.integer(attribute, 0) != found:
        declared = element.attributes[attribute]
        raise element.error(f"{attribute}={declared!r} but there are {found}; the document is truncated or damaged")


def _numbers(element: Element) -> NDArray[np.float64]:
    # Some producers quote numbers as if they were texts.
    texts = element.text.replace('"', " ").split()
    try:
        return np.array([parse_number(text) for text in texts], dtype=np.float64)
    except ValueError:
        raise element.error(f"{element.tag} holds something that is no number; correct the document") from None


def _sparse(element: Element, size: int | None) -> NDArray[np.float64]:
    """Indices count from 1 (PMML 4.4, General Structure, SparseArray)."""
    indices, entries = element.child("Indices"), element.child(_SPARSE[element.tag])
    positions = np.zeros(0) if indices is None else _numbers(indices)
    values = np.zeros(0) if entries is None else _numbers(entries)
    if len(positions) != len(values):
        raise element.error(f"{len(positions)} indices but {len(values)} entries; correct the document")
    last = int(positions.max()) if len(positions) else 0
    n = element.integer("n", last if size is None else size)
    if n < 0 or np.any((positions < 1) | (positions > n) | (positions != np.floor(positions))):
        raise element.error(f"an index is not one of 1 to {n}; correct the document")
    dense = np.full(n, element.number("defaultValue", 0.0))
    dense[positions.astype(np.intp) - 1] = values
    return dense
