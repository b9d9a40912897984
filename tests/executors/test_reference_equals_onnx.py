"""The reference executor and ONNX Runtime hold each other honest, on random documents and rows that hurt."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from modelport_runtime.columns import Column, NumberColumn, Table
from modelport_runtime.executors.onnx import OnnxExecutor, lower
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import (
    Card,
    DataType,
    DerivedField,
    Document,
    FieldRef,
    MiningFunction,
    Model,
    OpType,
    OutputField,
    ResultFeature,
)
from tests import strategies

SUM_TOLERANCE = 1e-12
"""Linear functions and exponentials: matrix products add in another order, and exponentials differ by units in the
last place between numpy and ONNX Runtime."""

FLOAT_TOLERANCE = 1e-6
"""The same in float32."""

PROPERTY = settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking a whole document takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def listed(column: Column) -> list[object]:
    if isinstance(column, NumberColumn):
        return [None if np.isnan(value) else value for value in column.values.tolist()]
    return [None if code < 0 else column.categories[code] for code in column.codes.tolist()]


def check_model(model: onnx.ModelProto) -> None:
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)


def assert_equal(document: Document, table: Table, tolerance: float = 0.0) -> None:
    """All results are equal: exactly, or numbers within a tolerance."""
    model = lower(document)
    check_model(model)
    expected = ReferenceExecutor(document).score(table)
    executors = [OnnxExecutor(document, n_threads=1)]
    if not np.isnan(table["flag"].values).any() and not any(c.data_type is DataType.BOOLEAN for c in expected.values()):
        executors.append(OnnxExecutor(model.SerializeToString(), n_threads=1))
    for executor in executors:
        scored = executor.score(table)
        assert list(scored) == list(expected)
        for name in expected:
            assert scored[name].data_type is expected[name].data_type
            left, right = listed(expected[name]), listed(scored[name])
            if tolerance == 0.0 or not isinstance(expected[name], NumberColumn):
                assert right == left, name
            else:
                np.testing.assert_allclose(
                    scored[name].values, expected[name].values, rtol=tolerance, atol=tolerance, err_msg=name
                )


def transformation(draw: st.DrawFn, fields: tuple[DerivedField, ...]) -> Document:
    """A document that shows derived fields."""
    return Document(
        data_fields=draw(strategies.data_fields()),
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=None,
            mining_fields=draw(strategies.mining_fields()),
            derived_fields=fields,
            outputs=tuple(
                OutputField(
                    name=f"shown {field.name}",
                    feature=ResultFeature.TRANSFORMED_VALUE,
                    data_type=field.data_type,
                    expression=FieldRef(field=field.name),
                )
                for field in fields
            ),
        ),
        card=Card(),
    )


@PROPERTY
@given(st.data(), strategies.tables())
def test_expressions_are_equal_to_the_last_bit(data: st.DataObject, table: Table) -> None:
    kinds = (
        ("number", DataType.DOUBLE, strategies.number_expressions(2)),
        ("truth", DataType.BOOLEAN, strategies.truth_expressions(2)),
        ("text", DataType.STRING, strategies.text_expressions()),
    )
    fields = tuple(
        DerivedField(
            name=name, data_type=data_type, op_type=OpType.CONTINUOUS, expression=data.draw(strategy, label=name)
        )
        for name, data_type, strategy in kinds
    )
    document = data.draw(st.composite(transformation)(fields), label="document")
    assert_equal(document, table)


@pytest.mark.parametrize("classes", [(), *strategies.CLASSES], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_trees_reach_the_same_leaves(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    trees = data.draw(strategies.tree_ensembles(classes, exact=True), label="trees")
    assert_equal(data.draw(strategies.documents(trees, classes), label="document"), table)


@pytest.mark.parametrize("classes", [(), ("no", "yes"), ("a", "b", "c")], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_float_sums_and_links_of_trees(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    trees = data.draw(strategies.tree_ensembles(classes), label="trees")
    tolerance = FLOAT_TOLERANCE if trees.sum_type is DataType.FLOAT and trees.targets[0].n_columns < len(classes) else 0
    if trees.targets[0].normalization_method != "none":
        tolerance = max(tolerance, SUM_TOLERANCE)
    assert_equal(data.draw(strategies.documents(trees, classes), label="document"), table, tolerance)


@pytest.mark.parametrize("classes", [(), ("no", "yes"), (3, 1, 2)], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_ensembles(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    ensemble = data.draw(strategies.ensembles(classes), label="ensemble")
    assert_equal(data.draw(strategies.documents(ensemble, classes), label="document"), table)


@pytest.mark.parametrize("classes", [(), ("no", "yes"), ("a", "b", "c")], ids=str)
@PROPERTY
@given(st.data(), strategies.tables())
def test_regressions(classes: tuple[object, ...], data: st.DataObject, table: Table) -> None:
    regression = data.draw(strategies.regressions(classes), label="regression")
    tolerance = FLOAT_TOLERANCE if regression.sum_type is DataType.FLOAT else SUM_TOLERANCE
    assert_equal(data.draw(strategies.documents(regression, classes), label="document"), table, tolerance)
