"""ONNX files: written whole or not at all, with notices of what they lose."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import onnx
import pytest

from modelport.writers import write_document
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.hub import (
    Card,
    DataField,
    DataType,
    Document,
    MiningField,
    MiningFunction,
    Model,
    NormalizationMethod,
    NumericTerm,
    OpType,
    RegressionModel,
    RegressionTable,
    UsageType,
)


def document(method: NormalizationMethod = NormalizationMethod.NONE) -> Document:
    table = RegressionTable(intercept=1.0, terms=(NumericTerm(field="x"),), coefficients=np.array([2.0]))
    fields = tuple(DataField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS) for name in ("x", "y"))
    return Document(
        data_fields=fields,
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=RegressionModel(tables=(table,), normalization_method=method),
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
    with pytest.raises(UnsupportedModelError, match="probit"):
        write_document(document(NormalizationMethod.PROBIT), path, "onnx")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_single_precision_is_said(tmp_path: Path) -> None:
    notices = write_document(document(), tmp_path / "line.onnx", "onnx", float32=True, matrix_input=True)
    assert [notice.code for notice in notices] == ["float32"]
    model = onnx.load(tmp_path / "line.onnx")
    assert [info.name for info in model.graph.input] == ["X"]
