"""Comparing two result tables; expectations are worked out by hand from the definition of equality."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from modelport.parity._compare import compare
from modelport.parity._report import Comparison, ParityReport, Participant
from modelport.parity._tolerances import TOLERANCES

DOUBLE = TOLERANCES["float64-sum"]


def one(left, right, tolerance=DOUBLE):
    (column,) = compare(pa.table({"a": left}), pa.table({"a": right}), tolerance)
    return column


def test_equal_numbers_within_the_tolerance():
    column = one([1.0, 2.0, None], [1.0 + 5e-10, 2.0, float("nan")])
    assert column.is_equal
    assert column.worst_row == 0
    assert column.max_absolute == pytest.approx(5e-10, rel=1e-6)
    assert column.max_relative == pytest.approx(5e-10, rel=1e-6)


def test_numbers_beyond_the_tolerance_are_listed():
    column = one([1.0, 2.0, 3.0], [1.0, 2.1, 3.0 + 1e-6])
    assert not column.is_equal
    assert column.n_different == 2
    assert column.worst_row == 1
    assert [(d.row, d.left, d.right) for d in column.differences] == [(1, 2.0, 2.1), (2, 3.0, 3.0 + 1e-6)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([1.0], [None]),
        ([float("nan")], [0.0]),
        ([float("inf")], [1.0]),
        ([float("inf")], [-float("inf")]),
        (["a"], [None]),
        (["a"], ["A"]),
        ([1], [2]),
        ([True], [False]),
    ],
)
def test_one_row_differs(left, right):
    if right == [None]:
        right = pa.array(right, type=pa.array(left).type)
    column = one(left, right)
    assert column.n_different == 1
    assert column.worst_row == 0


@pytest.mark.parametrize(("left", "right"), [([float("inf")], [float("inf")]), ([0.0], [-0.0]), ([], [])])
def test_special_numbers_are_equal(left, right):
    assert one(pa.array(left, pa.float64()), pa.array(right, pa.float64())).is_equal


def test_a_small_difference_beside_a_large_number_is_not_hidden():
    assert not one([1e9, 1.0], [1e9, 1.0 + 1e-6]).is_equal


def test_labels_of_another_type_differ():
    assert one([1, 2], ["1", "2"]).problem == "integer on the left side, text on the right side"
    assert one([1, 2], [1.0, 2.0]).problem == "integer on the left side, real on the right side"


def test_dictionary_coded_text_equals_plain_text():
    assert one(pa.array(["x", "y", None, "x"]).dictionary_encode(), pa.array(["x", "y", None, "x"])).is_equal


def test_a_column_missing_on_one_side_is_a_difference():
    columns = compare(pa.table({"a": [1.0]}), pa.table({"b": [1.0]}), DOUBLE)
    assert [column.problem for column in columns] == ["missing on the right side", "missing on the left side"]


def test_another_number_of_rows_is_an_error():
    with pytest.raises(ValueError, match="cannot compare 1 rows with 2 rows"):
        compare(pa.table({"a": [1.0]}), pa.table({"a": [1.0, 2.0]}), DOUBLE)


def test_float32_sums_have_their_own_tolerance():
    left, right = np.float64(0.1), np.float64(np.float32(0.1))
    assert not one([left], [right]).is_equal
    assert one([left], [right], TOLERANCES["float32-sum"]).is_equal


def report(right):
    columns = compare(pa.table({"y": ["a", "b"]}), pa.table({"y": right}), DOUBLE)
    participants = tuple(Participant(name=name, artifact="", engine=name, seconds=0.1) for name in ("left", "right"))
    comparison = Comparison(left="left", right="right", columns=columns)
    return ParityReport(n_rows=2, tolerance="exact", participants=participants, comparisons=(comparison,))


def test_the_report_says_what_differs_as_json_and_as_text():
    value = json.loads(json.dumps(report(["a", "c"]).to_json(), allow_nan=False))
    assert value["is_equal"] is False
    assert value["comparisons"][0]["columns"][0]["differences"] == [{"row": 1, "left": "b", "right": "c"}]
    assert report(["a", "c"]).summary() == "DIFFERENT: 2 rows, 2 engines, 1 comparisons"
    assert report(["a", "c"]).to_differences() == ["left | right | y | row 1: 'b' | 'c'"]
    assert report(["a", "b"]).is_equal


def test_lists_are_compared_element_by_element():
    left = pa.table({"x": pa.array([[1.0, 2.0], [3.0], None, [], [4.0, None]], type=pa.list_(pa.float64()))})
    right = pa.table({"x": pa.array([[1.0, 2.5], [3.0], None, None, [4.0, 5.0]], type=pa.list_(pa.float64()))})
    (column,) = compare(left, left, TOLERANCES["float64-sum"])
    assert column.is_equal
    (column,) = compare(left, right, TOLERANCES["float64-sum"])
    assert [difference.row for difference in column.differences] == [0, 3, 4]
    assert column.differences[0].left == [1.0, 2.0]
    assert (column.n_rows, column.n_different, column.tolerance) == (5, 3, "float64-sum")


def test_lists_of_other_lengths_and_of_other_texts_differ():
    left = pa.table({"x": pa.array([["a", "b"], ["c"], ["d", "e"]])})
    right = pa.table({"x": pa.array([["a"], ["c"], ["e", "d"]])})
    (column,) = compare(left, right, TOLERANCES["float64-sum"])
    assert [difference.row for difference in column.differences] == [0, 2]
    assert column.tolerance == "exact"


def test_a_list_and_a_value_are_two_types():
    left, right = pa.table({"x": [["a"]]}), pa.table({"x": ["a"]})
    (column,) = compare(left, right, TOLERANCES["float64-sum"])
    assert column.problem == "list of text on the left side, text on the right side"
