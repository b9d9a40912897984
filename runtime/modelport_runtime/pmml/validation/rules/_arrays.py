"""Arrays and matrices: as many items as they say, of the type that they say."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import items_of, number_of
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_SPARSE = {"INT-SparseArray": "INT-Entries", "REAL-SparseArray": "REAL-Entries"}
_ROWS = ("Array", *_SPARSE)


def _arrays(scopes: Scopes) -> Iterator[Problem]:
    for array in scopes.document.all("Array"):
        declared = array.get("n")
        if declared is None:
            continue
        found = len(items_of(array.text))
        if number_of(declared) != found:
            yield Problem(array, f"n={declared!r}, and the array has {found} items", "correct n, or the items")


def _array_items(scopes: Scopes) -> Iterator[Problem]:
    for array in scopes.document.all("Array", "REAL-Entries", "INT-Entries", "Indices"):
        kind = array.get("type") or {"REAL-Entries": "real"}.get(local_name(array), "int")
        if kind == "string":
            continue
        wrong = next((item for item in items_of(array.text) if not _is_item(item, kind)), None)
        if wrong is not None:
            what = "whole number" if kind == "int" else "number"
            yield Problem(array, f"{wrong!r} in an array of type {kind} is no {what}", "correct it")


def _is_item(text: str, kind: str) -> bool:
    number = number_of(text)
    return number is not None and (kind != "int" or number.is_integer())


def _sparse(scopes: Scopes) -> Iterator[Problem]:
    for array in scopes.document.all(*_SPARSE):
        indices = _numbers(scopes, array, "Indices")
        entries = _numbers(scopes, array, _SPARSE[local_name(array)])
        if len(indices) != len(entries):
            yield Problem(array, f"{len(indices)} indices for {len(entries)} entries", "give each entry its index")
        size = number_of(array.get("n"))
        beyond = next((i for i in indices if i is not None and (i < 1 or (size is not None and i > size))), None)
        if beyond is not None:
            known = "1" if size is None else f"1 to {size:g}"
            yield Problem(array, f"index {beyond:g} is outside the array ({known})", "indices start with 1")


def _numbers(scopes: Scopes, array: Element, name: str) -> list[float | None]:
    child = next(array.iterchildren(scopes.document.tag(name)), None)
    return [] if child is None else [number_of(item) for item in items_of(child.text)]


def _matrices(scopes: Scopes) -> Iterator[Problem]:
    for matrix in scopes.document.all("Matrix"):
        rows = [child for child in matrix.iterchildren() if local_name(child) in _ROWS]
        n_rows, n_columns = number_of(matrix.get("nbRows")), number_of(matrix.get("nbCols"))
        kind = matrix.get("kind", "any")
        if kind != "any" and None not in (n_rows, n_columns) and n_rows != n_columns:
            yield Problem(matrix, f"the {kind} matrix is not square: nbRows={n_rows:g}, nbCols={n_columns:g}", _MEND)
        if kind == "diagonal":
            yield from _diagonal(matrix, rows, n_rows)
        elif rows and n_rows is not None and len(rows) != n_rows:
            yield Problem(matrix, f"nbRows={matrix.get('nbRows')!r}, and there are {len(rows)} rows", _MEND)
        if kind != "diagonal":
            yield from _row_lengths(rows, kind, n_columns)
        yield from _cells(scopes, matrix, n_rows, n_columns)


_MEND = "make the matrix and its attributes agree"


def _diagonal(matrix: Element, rows: list[Element], size: float | None) -> Iterator[Problem]:
    """A diagonal is one array: the items on it."""
    if len(rows) > 1:
        yield Problem(matrix, f"a diagonal matrix has one array, this has {len(rows)}", _MEND)
    elif rows and local_name(rows[0]) == "Array" and size is not None and len(items_of(rows[0].text)) != size:
        yield Problem(rows[0], f"the diagonal has {len(items_of(rows[0].text))} items, nbRows={size:g}", _MEND)


def _row_lengths(rows: list[Element], kind: str, n_columns: float | None) -> Iterator[Problem]:
    """Rows of a symmetric matrix end at the diagonal; those of others are as long as the first, or as nbCols."""
    expected = n_columns
    for i, row in enumerate(rows, 1):
        found = len(items_of(row.text)) if local_name(row) == "Array" else number_of(row.get("n"))
        if kind == "symmetric" and found == i:
            continue
        expected = found if expected is None else expected
        if found is not None and found != expected:
            what = f"{i} or {expected:g}" if kind == "symmetric" else f"{expected:g}"
            yield Problem(row, f"row {i} has {found:g} items, and should have {what}", _MEND)


def _cells(scopes: Scopes, matrix: Element, rows: float | None, columns: float | None) -> Iterator[Problem]:
    for cell in matrix.iterchildren(scopes.document.tag("MatCell")):
        row, column = number_of(cell.get("row")), number_of(cell.get("col"))
        beyond = (rows is not None and row is not None and not 1 <= row <= rows) or (
            columns is not None and column is not None and not 1 <= column <= columns
        )
        if beyond:
            yield Problem(cell, f"cell ({cell.get('row')}, {cell.get('col')}) is outside the matrix", "correct it")
        if number_of(cell.text) is None:
            yield Problem(cell, f"{(cell.text or '').strip()!r} is no number", "correct the cell")


RULES = (
    Rule(
        id="array/size",
        severity=Severity.ERROR,
        section="General Structure, Array",
        asks="n is the number of items of the array",
        check=_arrays,
    ),
    Rule(
        id="array/items",
        severity=Severity.ERROR,
        section="General Structure, Array",
        asks="the items of an array are of its type",
        check=_array_items,
    ),
    Rule(
        id="array/sparse",
        severity=Severity.ERROR,
        section="General Structure, Sparse Array",
        asks="a sparse array has an index from 1 to n for each entry",
        check=_sparse,
    ),
    Rule(
        id="array/matrix",
        severity=Severity.ERROR,
        section="General Structure, Matrix",
        asks="rows and columns are as many as declared, and cells lie within and are numbers",
        check=_matrices,
    ),
)
