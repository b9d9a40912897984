"""Arrays of numbers, dense and sparse, and matrices (PMML 4.4, General Structure)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._element import Element

__all__ = ["NUMBER_ARRAYS", "read_matrix", "read_numbers"]

NUMBER_ARRAYS = ("Array", "INT-SparseArray", "REAL-SparseArray")
"""Elements that hold an array of numbers (PMML 4.4, NUM-ARRAY)."""

MAXIMUM_CELLS = 100_000_000
"""Numbers in one sparse array or matrix: a document must not ask for more memory than it is itself large."""


def read_numbers(element: Element, length: int | None = None) -> NDArray[np.float64]:
    """Read an ``Array`` of numbers, an ``INT-SparseArray`` or a ``REAL-SparseArray``.

    Args:
        element: The array's element.
        length: How many numbers it must have, when the place says so.

    Raises:
        ArtifactError: An item is no number, an index is not within the array, or the length differs from ``n`` or from
            what the place asks for.
    """
    declared = element.integer("n", -1) if "n" in element.attributes else None
    if element.tag == "Array":
        values = _parse(element, read_array(element))
    else:
        values = _read_sparse(element, declared if declared is not None else length)
    if declared is not None and declared != len(values):
        raise element.error(f"n={declared} but the array has {len(values)} items; correct the document")
    if length is not None and length != len(values):
        raise element.error(f"the array has {len(values)} items, expected {length}; correct the document")
    return values


def _parse(element: Element, items: tuple[str, ...]) -> NDArray[np.float64]:
    try:
        if any("_" in item for item in items):
            raise ValueError
        return np.array(items, dtype=np.float64)
    except ValueError:
        raise element.error("an item of the array is not a number; correct the document") from None


def _read_sparse(element: Element, length: int | None) -> NDArray[np.float64]:
    if length is None or not 0 <= length <= MAXIMUM_CELLS:
        raise element.error(f"a sparse array needs its length n, at most {MAXIMUM_CELLS:,}; correct the document")
    found = [element.child("Indices"), element.child("INT-Entries", "REAL-Entries")]
    indices, entries = (np.zeros(0) if c is None else _parse(c, tuple(c.text.split())) for c in found)
    if len(indices) != len(entries):
        raise element.error(f"{len(indices)} indices but {len(entries)} entries; correct the document")
    positions = indices - 1
    if not bool(np.all((positions >= 0) & (positions < length) & (positions == np.floor(positions)))):
        raise element.error(f"an index is not a whole number from 1 to {length}; correct the document")
    values = np.full(length, element.number("defaultValue", 0.0))
    values[positions.astype(np.intp)] = entries
    return values


def read_matrix(element: Element, n_rows: int | None = None, n_columns: int | None = None) -> NDArray[np.float64]:
    """Read a ``Matrix``: rows, lower triangle, diagonal or cells.

    Args:
        element: The matrix.
        n_rows: How many rows it must have, when the place says so.
        n_columns: How many columns it must have.

    Returns:
        float64, shape (rows, columns).

    Raises:
        ArtifactError: Rows are of different lengths, a cell is not within the matrix, or the size differs from
            ``nbRows`` and ``nbCols`` or from what the place asks for.
    """
    kind = element.get("kind") or "any"
    if kind not in ("diagonal", "symmetric", "any"):
        raise element.error(f"kind={kind!r} is unknown; known are diagonal, symmetric, any")
    for attribute, size in (("nbRows", n_rows), ("nbCols", n_columns)):
        if size is not None and element.integer(attribute, size) != size:
            found = element.attributes[attribute]
            raise element.error(f"{attribute}={found!r}, expected {size}; correct the document")
    arrays = element.all(*NUMBER_ARRAYS)
    cells = element.all("MatCell")
    if cells:
        matrix = _read_cells(element, cells, kind, n_rows, n_columns)
    elif not arrays:
        matrix = _defaults(element, element.integer("nbRows", n_rows or 0), element.integer("nbCols", n_columns or 0))
    elif kind == "diagonal":
        matrix = _read_diagonal(element, arrays)
    elif kind == "symmetric":
        matrix = _read_triangle(arrays)
    else:
        matrix = _read_rows(element, arrays)
    rows = element.integer("nbRows", n_rows or len(matrix))
    columns = element.integer("nbCols", n_columns or matrix.shape[1])
    if matrix.shape != (rows, columns):
        found = f"{matrix.shape[0]} x {matrix.shape[1]}"
        raise element.error(f"the matrix is {found}, expected {rows} x {columns}; correct the document")
    return matrix


def _read_rows(element: Element, arrays: list[Element]) -> NDArray[np.float64]:
    length = element.integer("nbCols", 0) or None
    rows = [read_numbers(array, length) for array in arrays]
    if len({len(row) for row in rows}) > 1:
        raise element.error("the rows of the matrix have different lengths; correct the document")
    return np.stack(rows)


def _read_triangle(arrays: list[Element]) -> NDArray[np.float64]:
    """The lower triangle, one more number in each row."""
    matrix = np.zeros((len(arrays), len(arrays)))
    for index, array in enumerate(arrays):
        row = read_numbers(array)
        if len(row) not in (index + 1, len(arrays)):
            raise array.error(f"row {index + 1} of a symmetric matrix has {len(row)} items; correct the document")
        matrix[index, : index + 1] = matrix[: index + 1, index] = row[: index + 1]
    return matrix


def _read_diagonal(element: Element, arrays: list[Element]) -> NDArray[np.float64]:
    diagonal = read_numbers(arrays[0])
    matrix = _defaults(element, len(diagonal), len(diagonal))
    np.fill_diagonal(matrix, diagonal)
    return matrix


def _defaults(element: Element, n_rows: int, n_columns: int) -> NDArray[np.float64]:
    if n_rows < 0 or n_columns < 0 or n_rows * n_columns > MAXIMUM_CELLS:
        raise element.error(f"a matrix of {n_rows} x {n_columns} is more than {MAXIMUM_CELLS:,} cells")
    matrix = np.full((n_rows, n_columns), element.number("offDiagDefault", 0.0))
    np.fill_diagonal(matrix, element.number("diagDefault", 0.0))
    return matrix


def _read_cells(
    element: Element, cells: list[Element], kind: str, n_rows: int | None, n_columns: int | None
) -> NDArray[np.float64]:
    """Cells by row and column, counted from 1; the others have the matrix's defaults."""
    places = [(cell.integer("row", 0) - 1, cell.integer("col", 0) - 1) for cell in cells]
    values = [_parse(cell, (cell.text.strip(),))[0] for cell in cells]
    rows = element.integer("nbRows", n_rows or max(row for row, _ in places) + 1)
    columns = element.integer("nbCols", n_columns or max(column for _, column in places) + 1)
    matrix = _defaults(element, rows, columns)
    for cell, (row, column), value in zip(cells, places, values, strict=True):
        if not (0 <= row < rows and 0 <= column < columns):
            raise cell.error(f"the cell is outside a matrix of {rows} x {columns}; correct the document")
        matrix[row, column] = value
        if kind == "symmetric" and row < columns and column < rows:
            matrix[column, row] = value
    return matrix
