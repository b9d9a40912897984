"""Clusters, neighbours and anomaly scores: the reference executor and ONNX Runtime agree on random models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.hub import (
    AnomalyAlgorithm,
    AnomalyDetectionModel,
    Card,
    CategoricalScoringMethod,
    ClusteringModel,
    ComparedField,
    CompareFunction,
    ComparisonMeasure,
    ContinuousScoringMethod,
    DataField,
    DataType,
    Document,
    InstanceColumn,
    Measure,
    MiningField,
    MiningFunction,
    Model,
    NearestNeighborModel,
    NeighborTarget,
    OpType,
    OutputField,
    ResultFeature,
    UsageType,
)
from tests.executors.test_reference_equals_onnx import PROPERTY, assert_equal

CATEGORIES = ("red", "green", "blue")
NUMBERS = (-1.0, 0.0, 0.5, 1.0, 2.0, 7.25)
TOLERANCE = 1e-12
"""Powers and exponentials differ by units in the last place between numpy and ONNX Runtime."""


@st.composite
def measures(draw: st.DrawFn) -> ComparisonMeasure:
    weight = st.sampled_from([0.0, 0.5, 1.0, 2.0])
    return ComparisonMeasure(
        measure=draw(st.sampled_from(Measure)),
        is_similarity=draw(st.booleans()),
        p=draw(st.sampled_from([1.0, 2.5, 3.0])),
        numerator=draw(st.tuples(weight, weight, weight, weight)),
        denominator=draw(st.tuples(weight, weight, weight, weight)),
    )


@st.composite
def compared_fields(draw: st.DrawFn, measure: ComparisonMeasure, with_categories: bool) -> tuple[ComparedField, ...]:
    """Two numbers and, for measures of numbers, a text that is compared as such or by a table."""
    numeric = [function for function in CompareFunction if function is not CompareFunction.TABLE]
    fields = [
        ComparedField(
            field=name,
            weight=draw(st.sampled_from([1.0, 0.25, 3.0])),
            compare_function=draw(st.sampled_from(numeric)),
            similarity_scale=draw(st.sampled_from([0.5, 2.0])),
        )
        for name in ("a", "b")
    ]
    function = draw(st.sampled_from([CompareFunction.DELTA, CompareFunction.EQUAL, CompareFunction.TABLE]))
    if not measure.measure.is_binary:
        is_table = function is CompareFunction.TABLE
        cells = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=9, max_size=9)
        fields.append(
            ComparedField(
                field="c",
                compare_function=function,
                categories=CATEGORIES if is_table or with_categories else (),
                comparisons=np.array(draw(cells)).reshape(3, 3) if is_table else None,
            )
        )
    return tuple(fields)


def _random(draw: st.DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


def _values(random: np.random.Generator, n: int, is_text: bool, missing: float) -> np.ndarray:
    values = random.choice([0.0, 1.0, 2.0] if is_text else NUMBERS, n)
    return np.where(random.random(n) < missing, np.nan, values)


@st.composite
def clusterings(draw: st.DrawFn) -> ClusteringModel:
    measure = draw(measures())
    fields = draw(compared_fields(measure, True))
    n, random = draw(st.integers(1, 5)), _random(draw)
    return ClusteringModel(
        measure=measure,
        fields=fields,
        centers=np.stack([_values(random, n, field.field == "c", 0.0) for field in fields], axis=1),
        cluster_ids=tuple(f"c{index}" for index in range(n)),
        cluster_names=tuple(f"cluster {index}" for index in range(n)),
        missing_value_weights=random.choice([0.0, 1.0, 2.0], len(fields)),
    )


@st.composite
def neighbors(draw: st.DrawFn) -> NearestNeighborModel:
    measure = draw(measures())
    fields = draw(compared_fields(measure, False))
    n, random = draw(st.integers(1, 30)), _random(draw)
    missing = draw(st.sampled_from([0.0, 0.2]))

    def column(field: ComparedField) -> InstanceColumn:
        is_text = field.field == "c"
        return InstanceColumn(
            field=field.field,
            data_type=DataType.STRING if is_text else DataType.DOUBLE,
            values=_values(random, n, is_text, missing),
            categories=CATEGORIES if is_text else (),
        )

    labels, numbers = random.choice([0.0, 1.0, 2.0], n), random.choice(NUMBERS, n)
    labels[1:][random.random(n - 1) < missing] = np.nan
    numbers[1:][random.random(n - 1) < missing] = np.nan
    targets = (
        NeighborTarget(field="label", values=labels, classes=("x", "y", "z")),
        NeighborTarget(field="number", values=numbers),
    )
    return NearestNeighborModel(
        measure=measure,
        fields=fields,
        columns=tuple(column(field) for field in fields),
        n_neighbors=draw(st.integers(1, 6)),
        instance_ids=tuple(f"i{index}" for index in range(n)),
        targets=draw(st.sampled_from([targets, ()])),
        continuous_scoring_method=draw(st.sampled_from(ContinuousScoringMethod)),
        categorical_scoring_method=draw(st.sampled_from(CategoricalScoringMethod)),
        threshold=draw(st.sampled_from([0.0, 0.001, 1.0])),
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    random, n = _random(draw), draw(st.integers(1, 12))
    texts = TextColumn(random.integers(-1, 4, n).astype(np.int32), (*CATEGORIES, "unseen"))
    columns = {name: NumberColumn(_values(random, n, False, 0.2)) for name in ("a", "b")}
    return Table({**columns, "c": texts, "flag": NumberColumn(np.zeros(n), DataType.BOOLEAN)}, n)


def _output(name: str, feature: ResultFeature, **more: object) -> OutputField:
    return OutputField(name=name, feature=feature, **more)


def _model(predictor: object, function: MiningFunction, targets: tuple[str, ...], entity: str) -> Model:
    outputs = [
        _output("id", ResultFeature.ENTITY_ID),
        _output("second", ResultFeature.CLUSTER_ID, rank=2),
        _output("beyond", ResultFeature.ENTITY_ID, rank=40),
        _output("near", ResultFeature.AFFINITY),
        _output("far", ResultFeature.ENTITY_AFFINITY, rank=2),
        _output("named", ResultFeature.CLUSTER_AFFINITY, value=entity),
    ]
    if function is not MiningFunction.REGRESSION:
        outputs.append(_output("shown", ResultFeature.PREDICTED_DISPLAY_VALUE))
    if "label" in targets:
        outputs.append(_output("share", ResultFeature.PROBABILITY, value="y", target_field="label"))
    names = (MiningField(name=name) for name in "abc")
    used = (MiningField(name=name, usage_type=UsageType.TARGET) for name in targets)
    return Model(function=function, predictor=predictor, mining_fields=(*names, *used), outputs=tuple(outputs))


def _document(model: Model) -> Document:
    number = {"data_type": DataType.DOUBLE, "op_type": OpType.CONTINUOUS}
    text = {"data_type": DataType.STRING, "op_type": OpType.CATEGORICAL}
    kinds = {"a": number, "b": number, "c": text, "label": text, "number": number}
    names = ("a", "b", "c", *model.target_names)
    return Document(data_fields=tuple(DataField(name=name, **kinds[name]) for name in names), model=model, card=Card())


@given(clusterings(), tables())
@PROPERTY
def test_clusters(predictor: ClusteringModel, table: Table) -> None:
    assert_equal(_document(_model(predictor, MiningFunction.CLUSTERING, (), "c0")), table, TOLERANCE)


@given(neighbors(), tables())
@PROPERTY
def test_neighbors(predictor: NearestNeighborModel, table: Table) -> None:
    targets = tuple(target.field for target in predictor.targets)
    function = MiningFunction.MIXED if targets else MiningFunction.CLUSTERING
    assert_equal(_document(_model(predictor, function, targets, "i0")), table, TOLERANCE)


@given(clusterings(), tables())
@PROPERTY
def test_distances_relative_to_the_cluster_s_mean(predictor: ClusteringModel, table: Table) -> None:
    score = AnomalyDetectionModel(
        algorithm=AnomalyAlgorithm.CLUSTER_MEAN_DIST,
        model=_model(predictor, MiningFunction.CLUSTERING, (), "c0"),
        mean_cluster_distances=np.linspace(0.5, 2.0, len(predictor.cluster_ids)),
    )
    assert_equal(_document(_model(score, MiningFunction.REGRESSION, (), "c0")), table, TOLERANCE)


@given(clusterings() | neighbors(), tables())
@PROPERTY
def test_in_float32(predictor: ClusteringModel | NearestNeighborModel, table: Table) -> None:
    powers = any(field.compare_function is CompareFunction.GAUSS_SIM for field in predictor.fields)
    assume(predictor.measure.measure is not Measure.MINKOWSKI and not powers)
    targets = () if isinstance(predictor, ClusteringModel) else tuple(target.field for target in predictor.targets)
    function = MiningFunction.MIXED if targets else MiningFunction.CLUSTERING
    model = _model(predictor, function, targets, "c0")
    assert_equal(_document(replace(model, math_type=DataType.FLOAT)), table, TOLERANCE)
