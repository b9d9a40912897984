"""ONNX files: written whole or not at all, with notices of what they lose."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from modelport.writers import write_document
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.hub import (
    Apply,
    Card,
    Constant,
    DataField,
    DataType,
    Document,
    FieldRef,
    MiningField,
    MiningFunction,
    Model,
    NumericTerm,
    OpType,
    OutputField,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    UsageType,
)


def document(data_type: DataType = DataType.DOUBLE) -> Document:
    table = RegressionTable(intercept=1.0, terms=(NumericTerm(field="x"),), coefficients=np.array([2.0]))
    types = {"x": data_type, "y": DataType.DOUBLE}
    fields = tuple(DataField(name=name, data_type=kind, op_type=OpType.CONTINUOUS) for name, kind in types.items())
    return Document(
        data_fields=fields,
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=RegressionModel(tables=(table,)),
            mining_fields=(MiningField(name="x"), MiningField(name="y", usage_type=UsageType.TARGET)),
        ),
        card=Card(name="line"),
    )


def test_a_file_and_a_file_object_hold_the_same(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    assert write_document(document(), tmp_path / "line.onnx", "onnx") == ()
    write_document(document(), buffer, "onnx")
    assert (tmp_path / "line.onnx").read_bytes() == buffer.getvalue()
    onnx.checker.check_model(str(tmp_path / "line.onnx"), full_check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["line.onnx"]


def test_a_refused_model_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "line.onnx"
    path.write_bytes(b"old")
    with pytest.raises(UnsupportedModelError, match="text"):
        write_document(document(DataType.STRING), path, "onnx")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_single_precision_is_said(tmp_path: Path) -> None:
    notices = write_document(document(), tmp_path / "line.onnx", "onnx", float32=True, matrix_input=True)
    assert [notice.code for notice in notices] == ["float32"]
    model = onnx.load(tmp_path / "line.onnx")
    assert [info.name for info in model.graph.input] == ["X"]


def test_a_missing_truth_is_said_to_come_out_as_false() -> None:
    truth = OutputField(
        name="is_a",
        feature=ResultFeature.TRANSFORMED_VALUE,
        data_type=DataType.BOOLEAN,
        expression=Apply(
            function="equal", arguments=(FieldRef(field="x"), Constant(value=1.0, data_type=DataType.DOUBLE))
        ),
    )
    asks = replace(document(), model=replace(document().model, outputs=(truth,)))
    buffer = io.BytesIO()
    notices = write_document(asks, buffer, "onnx")
    assert [(notice.code, notice.where) for notice in notices] == [("boolean-never-missing", "output is_a")]
    session = onnxruntime.InferenceSession(buffer.getvalue())
    rows = np.array([[1.0], [2.0], [np.nan]])
    assert session.run(["is_a"], {"x": rows})[0].tolist() == [[True], [False], [False]]
