"""Every reader through every writer and engine: no label flips, no leaf missed, on rows that hurt."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import warnings

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport.readers import read_model
from modelport.readers._source import score_source
from modelport.writers.onnx import write_onnx
from modelport.writers.pmml import write_pmml
from modelport_runtime import hub
from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.executors.reference import ReferenceExecutor, tree_leaves
from modelport_runtime.frames import to_table
from tests.matrix.cases import CASES

ENGINES = ("reference", "auto", "onnx", "pmml-reference", "pmml4s", "jpmml")
NEEDS = {"pmml4s": "pypmml", "jpmml": "jpmml_evaluator"}
TOLERANCES = {
    "float64": (1e-10, 1e-12),
    # XGBoost adds its leaves in float32; a consumer that adds doubles differs by the rounding of that sum.
    "float32-sum": (2e-5, 2e-6),
}
N_BOUNDARY_ROWS = 240


@functools.cache
def read(name):
    fitted = next(case for case in CASES if case.name == name).fit()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_model(fitted.model, data=fitted.rows, target=fitted.target)


def ensembles(model):
    """Every tree ensemble of a model, members included."""
    if isinstance(model.predictor, hub.TreeEnsemble):
        yield model.predictor
    elif isinstance(model.predictor, hub.Ensemble):
        for segment in model.predictor.segments:
            yield from ensembles(segment.model)


def neighbours(threshold):
    """The threshold, one ulp to both sides in float64, and the same in float32."""
    single = np.float32(threshold)
    values = [threshold, np.nextafter(threshold, -np.inf), np.nextafter(threshold, np.inf), float(single)]
    return values + [float(np.nextafter(single, np.float32(side))) for side in (-np.inf, np.inf)]


def boundary_rows(document, rows):
    """Rows that lie on the thresholds of the model's trees, or one ulp beside."""
    made = []
    for ensemble in ensembles(document.model):
        numeric = [
            node
            for node in np.flatnonzero((ensemble.test >= 1) & (ensemble.test <= 4))
            if ensemble.features[ensemble.feature[node]] in rows.columns
        ]
        for node in numeric[:: max(1, len(numeric) * 6 // N_BOUNDARY_ROWS)]:
            for value in neighbours(float(ensemble.threshold[node])):
                made.append((ensemble.features[ensemble.feature[node]], value))
    if not made:
        return rows
    extra = rows.iloc[np.arange(len(made)) % len(rows)].reset_index(drop=True)
    for number, (name, value) in enumerate(made):
        if extra[name].dtype.kind == "f":
            extra.loc[number, name] = value
    return pd.concat([rows, extra], ignore_index=True)


@functools.cache
def rows_of(name):
    fitted = next(case for case in CASES if case.name == name).fit()
    return boundary_rows(read(name), fitted.rows)


@functools.cache
def expected(name):
    fitted = next(case for case in CASES if case.name == name).fit()
    return score_source(fitted.model, rows_of(name), read(name))


def scorer(document, engine, folder):
    if engine in ("reference", "auto"):
        return modelport_runtime.load(document, engine=engine)
    if engine == "onnx":
        write_onnx(document, folder / "model.onnx")
        return modelport_runtime.load(folder / "model.onnx")
    write_pmml(document, folder / "model.pmml")
    return modelport_runtime.load(folder / "model.pmml", engine=engine.removeprefix("pmml-"))


def objects(column):
    if isinstance(column, TextColumn):
        return [None if code < 0 else column.categories[code] for code in column.codes]
    return [None if value != value else value for value in column.values.tolist()]


def assert_same(expected_table, actual_table, tolerance):
    relative, absolute = TOLERANCES[tolerance]
    assert set(expected_table) == set(actual_table), "not the same result columns"
    for name, column in expected_table.items():
        other = actual_table[name]
        if isinstance(column, NumberColumn) and column.data_type in (hub.DataType.DOUBLE, hub.DataType.FLOAT):
            np.testing.assert_allclose(other.values, column.values, rtol=relative, atol=absolute, err_msg=name)
        else:
            flips = [i for i, (a, b) in enumerate(zip(objects(column), objects(other), strict=True)) if a != b]
            assert not flips, f"{name}: {len(flips)} label flips, first at row {flips[0]}"


def tolerance_of(document):
    singles = any(ensemble.sum_type is hub.DataType.FLOAT for ensemble in ensembles(document.model))
    return "float32-sum" if singles else "float64"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_same_score(name, engine, tmp_path, request):
    if engine in NEEDS and importlib.util.find_spec(NEEDS[engine]) is None:
        pytest.skip(f"{NEEDS[engine]} is not installed")
    gap = next(case for case in CASES if case.name == name).gaps.get(engine)
    if gap:
        request.applymarker(pytest.mark.xfail(strict=True, reason=gap))
    document = read(name)
    frame = rows_of(name)
    actual = scorer(document, engine, tmp_path).score_table(to_table(frame, document.data_fields))
    assert_same(expected(name), actual, tolerance_of(document))


# ---------------------------------------------------------------- leaves


def leaf_probe(document, ensemble):
    """The same trees with a number of its own at every leaf: one missed leaf changes the sum, which is exact."""
    random = np.random.RandomState(3)
    numbers = random.randint(1, 2**40, len(ensemble.leaf_values)).astype(np.float64)
    plain = dataclasses.replace(
        ensemble,
        leaf_values=numbers[:, None],
        leaf_labels=None,
        leaf_confidences=None,
        tree_columns=None,
        tree_weights=None,
        base_scores=None,
        aggregation_method=hub.AggregationMethod.SUM,
        sum_type=hub.DataType.DOUBLE,
        targets=(hub.TreeTarget(field="leaves"),),
    )
    target = hub.DataField(name="leaves", data_type=hub.DataType.DOUBLE, op_type=hub.OpType.CONTINUOUS)
    fields = [field for field in document.model.mining_fields if not field.is_target]
    model = hub.Model(
        function=hub.MiningFunction.REGRESSION,
        predictor=plain,
        mining_fields=(*fields, hub.MiningField(name="leaves", usage_type=hub.UsageType.TARGET)),
        derived_fields=document.model.derived_fields,
    )
    card = dataclasses.replace(document.card, golden_rows=None)
    probe = dataclasses.replace(document, data_fields=(*document.data_fields, target), model=model, card=card)
    return probe, numbers


def columns_of_trees(document, ensemble, table):
    """The columns that the trees test, derived ones included, by name."""
    outputs = tuple(
        hub.OutputField(name=name, feature=hub.ResultFeature.TRANSFORMED_VALUE, expression=hub.FieldRef(field=name))
        for name in ensemble.features
    )
    inputs = tuple(field for field in document.model.mining_fields if not field.is_target)
    model = dataclasses.replace(document.model, predictor=None, mining_fields=inputs, targets=(), outputs=outputs)
    scored = ReferenceExecutor(dataclasses.replace(document, model=model)).score(table)
    return Table({name: scored[name] for name in ensemble.features}, table.n_rows)


TREE_CASES = [
    case.name for case in CASES if any(word in case.name for word in ("Tree", "Forest", "Boosting", "XGB", "LGBM"))
]


@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine != "reference"])
@pytest.mark.parametrize("name", TREE_CASES)
def test_same_leaf(name, engine, tmp_path):
    """The leaves that the reference executor reaches are held against the frameworks' own in the readers' tests."""
    if engine in NEEDS and importlib.util.find_spec(NEEDS[engine]) is None:
        pytest.skip(f"{NEEDS[engine]} is not installed")
    document = read(name)
    table = to_table(rows_of(name), document.data_fields)
    for ensemble in ensembles(document.model):
        probe, numbers = leaf_probe(document, ensemble)
        sums = numbers[tree_leaves(ensemble, columns_of_trees(probe, ensemble, table))].sum(axis=1)
        actual = scorer(probe, engine, tmp_path).score_table(table)["leaves"]
        np.testing.assert_array_equal(actual.values, sums)
