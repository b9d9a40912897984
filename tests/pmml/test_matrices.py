"""Arrays of numbers and matrices in every form that PMML gives them, and broken ones."""

from __future__ import annotations

import numpy as np
import pytest

from modelport_runtime.errors import ArtifactError
from modelport_runtime.pmml._element_builder import parse_elements
from modelport_runtime.pmml._matrices import read_matrix, read_numbers


def element(xml):
    root = parse_elements("d", iter([f'<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">{xml}</PMML>'.encode()]))
    return root.children[0]


@pytest.mark.parametrize(
    ("xml", "numbers"),
    [
        ('<Array n="3" type="real">1 2.5\n -3e2</Array>', [1, 2.5, -300]),
        ('<Array type="real">"1" "2"</Array>', [1, 2]),
        ('<Array type="real"/>', []),
        (
            '<REAL-SparseArray n="4" defaultValue="9"><Indices>2 4</Indices><REAL-Entries>0.5 -1</REAL-Entries>'
            "</REAL-SparseArray>",
            [9, 0.5, 9, -1],
        ),
        ('<INT-SparseArray n="3"><Indices>1</Indices><INT-Entries>7</INT-Entries></INT-SparseArray>', [7, 0, 0]),
        ('<REAL-SparseArray n="2"/>', [0, 0]),
    ],
)
def test_numbers(xml, numbers):
    assert read_numbers(element(xml)).tolist() == numbers


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ('<Array n="2" type="real">1 2 3</Array>', "n=2 but the array has 3 items"),
        ('<Array n="2.5" type="real">1 2</Array>', "not a whole number"),
        ('<Array type="real">1 1_0</Array>', "not a number"),
        ("<REAL-SparseArray><Indices>1</Indices></REAL-SparseArray>", "needs its length n"),
        ('<REAL-SparseArray n="999999999999"/>', "needs its length n, at most"),
        ('<REAL-SparseArray n="2"><Indices>1</Indices></REAL-SparseArray>', "1 indices but 0 entries"),
        (
            '<INT-SparseArray n="2"><Indices>3</Indices><INT-Entries>1</INT-Entries></INT-SparseArray>',
            "from 1 to 2",
        ),
        (
            '<INT-SparseArray n="2"><Indices>0</Indices><INT-Entries>1</INT-Entries></INT-SparseArray>',
            "from 1 to 2",
        ),
    ],
)
def test_broken_numbers(xml, message):
    with pytest.raises(ArtifactError, match=message):
        read_numbers(element(xml))


def test_an_array_of_the_wrong_length_for_its_place():
    with pytest.raises(ArtifactError, match="2 items, expected 3"):
        read_numbers(element('<Array type="real">1 2</Array>'), 3)


@pytest.mark.parametrize(
    ("xml", "rows"),
    [
        ("<Matrix><Array>1 2</Array><Array>3 4</Array></Matrix>", [[1, 2], [3, 4]]),
        ('<Matrix kind="symmetric"><Array>1</Array><Array>2 3</Array></Matrix>', [[1, 2], [2, 3]]),
        ('<Matrix kind="diagonal" offDiagDefault="7"><Array>1 2</Array></Matrix>', [[1, 7], [7, 2]]),
        (
            '<Matrix nbRows="2" nbCols="2" diagDefault="1" offDiagDefault="5"><MatCell row="1" col="2">8</MatCell>'
            "</Matrix>",
            [[1, 8], [5, 1]],
        ),
        (
            '<Matrix kind="symmetric"><MatCell row="2" col="1">8</MatCell><MatCell row="2" col="2">1</MatCell>'
            "</Matrix>",
            [[0, 8], [8, 1]],
        ),
        ('<Matrix nbRows="2" nbCols="2" diagDefault="1"/>', [[1, 0], [0, 1]]),
        (
            '<Matrix nbCols="3"><REAL-SparseArray><Indices>2</Indices><REAL-Entries>4</REAL-Entries>'
            "</REAL-SparseArray><Array>1 2 3</Array></Matrix>",
            [[0, 4, 0], [1, 2, 3]],
        ),
    ],
)
def test_matrices(xml, rows):
    np.testing.assert_array_equal(read_matrix(element(xml)), rows)


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ("<Matrix><Array>1 2</Array><Array>3</Array></Matrix>", "different lengths"),
        ('<Matrix nbRows="3"><Array>1 2</Array></Matrix>', "1 x 2, expected 3 x 2"),
        ('<Matrix nbCols="3"><Array>1 2</Array></Matrix>', "2 items, expected 3"),
        ('<Matrix kind="symmetric"><Array>1</Array><Array>2</Array></Matrix>', "row 2 of a symmetric matrix has 1"),
        ('<Matrix kind="sparse"><Array>1</Array></Matrix>', "kind='sparse' is unknown"),
        ('<Matrix nbRows="1"><MatCell row="2" col="1">8</MatCell></Matrix>', "outside a matrix of 1 x 1"),
        ('<Matrix><MatCell row="0" col="1">8</MatCell></Matrix>', "outside a matrix"),
        ('<Matrix><MatCell row="1" col="1">x</MatCell></Matrix>', "not a number"),
        ('<Matrix nbRows="99999999" nbCols="99999999"/>', "more than 100,000,000 cells"),
    ],
)
def test_broken_matrices(xml, message):
    with pytest.raises(ArtifactError, match=message):
        read_matrix(element(xml))


def test_a_matrix_of_the_wrong_size_for_its_place():
    with pytest.raises(ArtifactError, match="nbRows='2', expected 3"):
        read_matrix(element('<Matrix nbRows="2"><Array>1</Array><Array>1</Array></Matrix>'), 3, 1)
    with pytest.raises(ArtifactError, match="2 x 1, expected 3 x 1"):
        read_matrix(element("<Matrix><Array>1</Array><Array>1</Array></Matrix>"), 3, 1)
