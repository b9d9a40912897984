"""Frames of every kind in, the same kind out."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn
from modelport_runtime.errors import InputError
from modelport_runtime.frames import from_table, to_table
from modelport_runtime.hub import DataField, DataType, OpType


def field(name, data_type, **options):
    return DataField(name=name, data_type=data_type, op_type=OpType.CATEGORICAL, **options)


NUMBER, TEXT = field("x", DataType.DOUBLE), field("s", DataType.STRING)


def listed(column: Column):
    if isinstance(column, TextColumn):
        return [None if code < 0 else column.categories[code] for code in column.codes]
    return [None if np.isnan(value) else value for value in column.values.tolist()]


KINDS = {
    "pandas": lambda data: pd.DataFrame(data),
    "pandas-object": lambda data: pd.DataFrame(data, dtype=object),
    "pandas-nullable": lambda data: pd.DataFrame(data).convert_dtypes(),
    "pandas-arrow": lambda data: pd.DataFrame(data).convert_dtypes(dtype_backend="pyarrow"),
    "pandas-category": lambda data: pd.DataFrame(data).astype("category"),
    "polars": lambda data: pl.DataFrame(data),
    "arrow": lambda data: pa.table(data),
    "record-batch": lambda data: pa.RecordBatch.from_pydict(data),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame_gives_the_same_columns(kind):
    data = {"x": [1.5, None, -2.0], "s": ["b", "a", None], "k": [3, 4, 5], "t": [True, False, True], "other": [1, 2, 3]}
    fields = (
        NUMBER,
        TEXT,
        field("k", DataType.INTEGER),
        field("t", DataType.BOOLEAN),
        field("absent", DataType.DOUBLE),
    )
    table = to_table(KINDS[kind](data), fields)
    assert {name: listed(column) for name, column in table.items()} == {
        "x": [1.5, None, -2.0],
        "s": ["b", "a", None],
        "k": [3.0, 4.0, 5.0],
        "t": [1.0, 0.0, 1.0],
    }
    assert [column.data_type for column in table.values()] == [each.data_type for each in fields[:4]]


RESULT = Table(
    {
        "label": TextColumn(np.array([1, -1, 0], dtype=np.int32), ("no", "yes")),
        "count": NumberColumn(np.array([1.0, 2.0, 3.0]), DataType.INTEGER),
        "some": NumberColumn(np.array([1.0, np.nan, 3.0]), DataType.INTEGER),
        "flag": NumberColumn(np.array([1.0, 0.0, np.nan]), DataType.BOOLEAN),
        "p": NumberColumn(np.array([0.5, np.nan, 1.0])),
    },
    3,
)
EXPECTED = {
    "label": ["yes", None, "no"],
    "count": [1, 2, 3],
    "some": [1, None, 3],
    "flag": [True, False, None],
    "p": [0.5, None, 1.0],
}


@pytest.mark.parametrize(
    ("like", "rows"),
    [
        (pl.DataFrame({"x": [1, 2, 3]}), lambda frame: frame.to_dict(as_series=False)),
        (pa.table({"x": [1, 2, 3]}), lambda frame: frame.to_pydict()),
        (pa.RecordBatch.from_pydict({"x": [1, 2, 3]}), lambda frame: frame.to_pydict()),
    ],
)
def test_results_have_the_kind_of_what_was_scored(like, rows):
    frame = from_table(RESULT, like)
    assert type(frame) is type(like)
    assert rows(frame) == EXPECTED


def test_pandas_results_keep_the_index_and_say_missing_in_their_type():
    like = pd.DataFrame({"x": [1, 2, 3]}, index=["c", "a", "b"])
    frame = from_table(RESULT, like)
    assert frame.index.equals(like.index)
    assert list(map(str, frame.dtypes)) == ["object", "int64", "Int64", "boolean", "float64"]
    assert frame["label"].tolist() == EXPECTED["label"]
    assert frame["some"].tolist() == [1, pd.NA, 3]
    assert frame["flag"].tolist() == [True, False, pd.NA]


def test_an_index_with_repeated_labels_does_no_harm():
    frame = from_table(RESULT, pd.DataFrame({"x": [1, 2, 3]}, index=[0, 0, 0]))
    assert frame["count"].tolist() == [1, 2, 3]
    assert frame["label"].tolist() == EXPECTED["label"]


@pytest.mark.parametrize("data_type", [DataType.DOUBLE, DataType.INTEGER])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_an_integer_that_no_double_holds_is_refused(make, data_type):
    with pytest.raises(InputError, match=r"'x' holds 9007199254740993, beyond 2\*\*53"):
        to_table(make({"x": [1, 2**53 + 1]}), (field("x", data_type),))


def test_a_large_integer_is_exact_as_text():
    assert listed(to_table(pd.DataFrame({"s": [2**53 + 1, 7]}), (TEXT,))["s"]) == ["9007199254740993", "7"]


def test_numbers_for_a_text_field_are_written_as_the_field_writes_them():
    frame = pd.DataFrame({"s": [1.0, 2.5, None]})
    assert listed(to_table(frame, (TEXT,))["s"]) == ["1", "2.5", None]
    declared = field("s", DataType.STRING, values=("1.0", "2.5"))
    assert listed(to_table(frame, (declared,))["s"]) == ["1.0", "2.5", None]


def test_text_for_a_number_is_read_when_all_of_it_is_one():
    table = to_table(pd.DataFrame({"x": ["1.5", " 2 ", None, ""]}), (NUMBER,))
    assert listed(table["x"]) == [1.5, 2.0, None, None]
    # Else it stays text: what the field does with an invalid value is the model's to say.
    assert listed(to_table(pd.DataFrame({"x": ["1.5", "many"]}), (NUMBER,))["x"]) == ["1.5", "many"]


def test_mixed_objects():
    frame = pd.DataFrame({"s": ["a", 1, 2.5, None, True], "x": ["3", 4, 5.5, None, np.nan]}, dtype=object)
    table = to_table(frame, (TEXT, NUMBER))
    assert listed(table["s"])[:4] == ["a", "1", "2.5", None]
    assert listed(table["x"]) == [3.0, 4.0, 5.5, None, None]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_dates_and_times(make):
    frame = make({"d": [dt.date(1970, 1, 3), None], "t": [dt.datetime(1980, 1, 1, 0, 1), None]})
    fields = (field("d", DataType.DATE_DAYS_SINCE_1960), field("t", DataType.DATE_TIME_SECONDS_SINCE_1980))
    table = to_table(frame, fields)
    assert {name: listed(column) for name, column in table.items()} == {"d": [3655.0, None], "t": [60.0, None]}


def test_float_fields_hold_float32():
    assert listed(to_table(pd.DataFrame({"x": [0.1]}), (field("x", DataType.FLOAT),))["x"]) == [float(np.float32(0.1))]


def test_chunks_are_put_together():
    chunked = pa.chunked_array([["a", "b"], ["b", None]])
    assert listed(to_table(pa.table({"s": chunked}), (TEXT,))["s"]) == ["a", "b", "b", None]


def test_numbered_columns_are_found_by_their_number():
    frame = pd.DataFrame(np.array([[1.0, 2.0]]))
    assert listed(to_table(frame, (field("1", DataType.DOUBLE),))["1"]) == [2.0]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"z": [1]}), r"none of the model's input columns: expected 'x', found 'z'"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "two columns named 'x'"),
        (pd.Series([1.0], name="x"), "pandas Series"),
        (pl.LazyFrame({"x": [1]}), "collect a lazy one"),
        ({"x": [1]}, "cannot read a dict as a data frame"),
        (pa.table({"x": [[1]]}), "column 'x' has type list"),
        (pd.DataFrame({"x": [dt.datetime(2020, 1, 1)]}), "column 'x' holds timestamp.*, the field is double"),
    ],
)
def test_what_is_no_usable_frame_says_so(frame, message):
    with pytest.raises(InputError, match=message):
        to_table(frame, (NUMBER,))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_no_rows(make):
    frame = make({"x": [], "s": []})
    table = to_table(frame, (NUMBER, TEXT))
    assert table.n_rows == 0
    assert len(from_table(Table({"y": NumberColumn(np.zeros(0))}, 0), frame)) == 0


def test_a_result_does_not_share_memory_with_what_was_scored():
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    result = from_table(to_table(frame, (NUMBER,)), frame)
    result.loc[0, "x"] = 99.0
    assert frame["x"].tolist() == [1.0, 2.0]
    assert not np.shares_memory(result["x"].to_numpy(), frame["x"].to_numpy())


@pytest.mark.parametrize(
    "make",
    [
        lambda: pd.DataFrame({"a": [2**70]}),
        lambda: pd.DataFrame({"a": [2**70, "x"]}),
        lambda: pl.DataFrame({"a": pl.Series([2**70], dtype=pl.Int128)}),
        lambda: pd.DataFrame({"a": pd.Series(["\ud800"], dtype=object)}),
        lambda: pd.DataFrame({"a": [{"b": 1}, "x"]}),
        lambda: pa.table({"a": pa.array([b"x"]).dictionary_encode()}),
    ],
    ids=["int", "mixed", "polars", "surrogate", "dict", "bytes"],
)
def test_what_no_column_can_hold_is_named(make):
    fields = [DataField(name="a", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS)]
    with pytest.raises(InputError, match="column 'a'"):
        to_table(make(), fields)


def test_an_integer_of_any_size_is_exact_as_text_of_pandas():
    fields = [DataField(name="a", data_type=DataType.STRING, op_type=OpType.CATEGORICAL)]
    assert to_table(pd.DataFrame({"a": [2**70]}), fields)["a"].categories == (str(2**70),)


@pytest.mark.parametrize(
    "frame",
    [
        pa.table([pa.array([1.0]), pa.array([2.0])], names=["a", "a"]),
        pa.record_batch([pa.array([1.0]), pa.array([2.0])], names=["a", "a"]),
        pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]),
    ],
    ids=["table", "batch", "pandas"],
)
def test_two_columns_of_one_name(frame):
    fields = [DataField(name="a", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS)]
    with pytest.raises(InputError, match="two columns named 'a'"):
        to_table(frame, fields)
