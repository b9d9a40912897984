"""Files of rows at their edges: one column, no rows, repeated names, cells of the wrong type."""

from __future__ import annotations

import csv
import gzip
import io
import os
import threading

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from modelport._rows import read_batches, read_table, write_batches
from modelport_runtime.errors import InputError

MODEL = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="continuous" dataType="double"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression"><MiningSchema>
<MiningField name="x" invalidValueTreatment="asMissing" missingValueReplacement="{replacement}"/>
<MiningField name="y" usageType="target"/></MiningSchema>
<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
</RegressionModel></PMML>"""


@pytest.fixture
def model(tmp_path):
    """y = 2 x + 1, where a missing or invalid x counts as 7."""
    path = tmp_path / "model.pmml"
    path.write_text(MODEL.format(replacement="7"))
    return path


@pytest.fixture
def strict(tmp_path):
    """The same, where a missing x makes y missing."""
    path = tmp_path / "strict.pmml"
    path.write_text(MODEL.replace(' missingValueReplacement="{replacement}"', ""))
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("x\n1\n\n3\n", [3, 15, 7]),
        ("x\r\n1\r\n\r\n3", [3, 15, 7]),
        ("\n\nx\n\n", [15]),
        ("\ufeffx\n1\n", [3]),
        ("x,z\n1,2\n\n3,4\n", [3, 7]),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_an_empty_line_is_a_row_of_a_one_column_file_only(run, tmp_path, model, content, expected, compress):
    rows, scores = tmp_path / ("rows.csv.gz" if compress else "rows.csv"), tmp_path / "scores.csv"
    rows.write_bytes(gzip.compress(content.encode()) if compress else content.encode())
    assert run("score", model, rows, "-o", scores) == (0, "", "")
    assert pd.read_csv(scores)["y"].tolist() == expected


def test_empty_lines_at_every_block_boundary(tmp_path, monkeypatch):
    monkeypatch.setattr("modelport._rows._BLOCK_BYTES", 16)
    path = tmp_path / "rows.csv"
    path.write_text("x\n" + "1\n\n\n22\n\n" * 50)
    assert read_table(path)["x"].to_pylist() == [1, None, None, 22, None] * 50


def test_one_column_through_a_pipe_that_comes_in_pieces(tmp_path, run, model):
    pipe = tmp_path / "rows"
    os.mkfifo(pipe)

    def feed():
        with open(pipe, "wb", buffering=0) as file:
            for piece in (b"x", b"\n1", b"\n\n", b"3\n"):
                file.write(piece)

    writer = threading.Thread(target=feed)
    writer.start()
    status, out, _ = run("score", model, pipe)
    writer.join()
    assert (status, [row["y"] for row in csv.DictReader(io.StringIO(out))]) == (0, ["3", "15", "7"])


def test_a_missing_result_in_one_column_is_a_row_for_every_reader(run, tmp_path, strict):
    rows, scores = tmp_path / "rows.csv", tmp_path / "scores.csv"
    rows.write_text("x\n1\n\n3\n")
    assert run("score", strict, rows, "-o", scores)[0] == 0
    assert scores.read_text() == '"y"\n3\n""\n7\n'
    assert pd.read_csv(scores)["y"].isna().tolist() == [False, True, False]


def test_text_in_one_column_is_quoted(tmp_path):
    path = tmp_path / "rows.csv"
    with write_batches(path) as write:
        write(pa.table({'a "name"': ['say "x"', None, "two\nlines"]}))
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [['a "name"'], ['say "x"'], [""], ["two\nlines"]]


def write_no_rows(path):
    if path.suffix == ".csv":
        path.write_text("x,z\n")
    elif path.suffix == ".jsonl":
        path.write_text("")
    else:
        with write_batches(path) as write:
            write(pa.table({"x": pa.array([], pa.float64())}))


@pytest.mark.parametrize("source", ["csv", "parquet", "arrow", "jsonl"])
@pytest.mark.parametrize("result", ["csv", "parquet", "arrow", "jsonl"])
@pytest.mark.parametrize("engine", ["auto", "reference", "onnx"])
def test_no_rows_give_a_file_of_no_rows(run, tmp_path, model, source, result, engine):
    rows, scores = tmp_path / f"rows.{source}", tmp_path / f"scores.{result}"
    write_no_rows(rows)
    assert run("score", model, rows, "-o", scores, "--engine", engine) == (0, "", "")
    if result == "jsonl":
        assert scores.read_bytes() == b""
        return
    read = {
        "csv": lambda: pa.Table.from_pandas(pd.read_csv(scores)),
        "parquet": lambda: pyarrow.parquet.read_table(scores),
        "arrow": lambda: pa.ipc.open_file(scores).read_all(),
    }[result]()
    assert (read.column_names, read.num_rows) == (["y"], 0)


def test_a_file_of_nothing_is_no_csv(run, tmp_path, model):
    (tmp_path / "rows.csv").write_text("")
    status, _, err = run("score", model, tmp_path / "rows.csv")
    assert status == 2
    assert "Empty CSV file" in err


def test_one_word_is_a_header(run, tmp_path, model):
    (tmp_path / "rows.csv").write_text("x")
    assert run("score", model, tmp_path / "rows.csv") == (0, '"y"\n', "")


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
@pytest.mark.parametrize("verb", ["score", "parity", "convert"])
def test_a_repeated_column_is_named(run, tmp_path, model, suffix, verb):
    rows = tmp_path / f"rows.{suffix}"
    if suffix == "csv":
        rows.write_text("x,x\n1,2\n")
    else:
        with write_batches(rows) as write:
            write(pa.table([pa.array([1.0]), pa.array([2.0])], names=["x", "x"]))
    arguments = {
        "score": [model, rows],
        "parity": [model, model, "--data", rows],
        "convert": [model, tmp_path / "m.onnx", "--data", rows],
    }
    status, out, err = run(verb, *arguments[verb])
    assert (status, out) == (2, "")
    assert err == f"modelport: error: {rows} has two columns named 'x': rename one or leave it out\n"


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_a_cell_of_the_wrong_type_meets_the_models_treatment(run, tmp_path, model, engine):
    rows = tmp_path / "rows.csv"
    rows.write_text("z,x\n0,1\n0,foo\n0, 3 \n")
    status, out, _ = run("score", model, rows, "--engine", engine)
    assert (status, out.split()) == (0, ['"y"', "3", "15", "7"])


def test_a_cell_of_the_wrong_type_is_named_by_an_engine_that_takes_numbers_only(run, tmp_path, model):
    rows, scores = tmp_path / "rows.csv", tmp_path / "scores.csv"
    rows.write_text("z,x\n0,1\n0,foo\n")
    status, _, err = run("score", model, rows, "--engine", "onnx", "-o", scores)
    assert status == 2
    assert "foo" in err
    assert "'x'" in err
    assert sorted(os.listdir(tmp_path)) == ["model.pmml", "rows.csv"]


def test_a_cell_of_the_wrong_type_spoils_its_own_batch_only(tmp_path, model):
    import modelport_runtime

    path = tmp_path / "rows.csv"
    path.write_text("z,x\n" + "0,1\n" * 600_000 + "0,foo\n" + "0,2\n" * 2_000_000)
    fields = modelport_runtime.load(model).inputs
    types = {batch.schema.field("x").type for batch in read_batches(path, fields)}
    assert types == {pa.float64(), pa.string()}
    assert read_table(path, fields)["x"].type == pa.string()


def test_truth_values_of_a_boolean_field(tmp_path):
    from modelport_runtime.hub import DataField, DataType, OpType

    path = tmp_path / "rows.csv"
    path.write_text("a,b\ntrue,1\nFalse,maybe\n,0\n 1,\n")
    fields = [DataField(name=name, data_type=DataType.BOOLEAN, op_type=OpType.CATEGORICAL) for name in "ab"]
    read = read_table(path, fields).to_pydict()
    assert read == {"a": [True, False, None, True], "b": ["1", "maybe", "0", None]}


def test_a_kept_column_that_changes_its_type_is_an_error(tmp_path):
    path = tmp_path / "scores.parquet"
    batches = [pa.table({"x": [1.0]}), pa.table({"x": ["foo"]})]

    def write_both():
        with write_batches(path) as write:
            for batch in batches:
                write(batch)

    with pytest.raises(InputError, match="changes its type"):
        write_both()
    assert not path.exists()


def test_results_may_go_to_a_device(run, tmp_path, model):
    (tmp_path / "rows.csv").write_text("x\n1\n")
    assert run("score", model, tmp_path / "rows.csv", "-o", "/dev/null") == (0, "", "")
