"""The executor: threads, row counts, files of ours and of others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.errors import ArtifactError, InputError, UnsafeArtifactError, UnsupportedModelError
from modelport_runtime.executors.auto import AutoExecutor
from modelport_runtime.executors.onnx import MISSING_TEXT, OnnxExecutor, lower
from modelport_runtime.executors.onnx._session import Session
from modelport_runtime.executors.reference import ReferenceExecutor, tree_leaves
from modelport_runtime.hub import (
    AggregationMethod,
    Apply,
    Card,
    DataField,
    DataType,
    DerivedField,
    Document,
    FieldRef,
    MiningField,
    MiningFunction,
    Model,
    NumericTerm,
    OpType,
    OutputField,
    Predictor,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    TreeEnsemble,
    TreeTarget,
    TreeTest,
    UsageType,
)

LABELS = ("no", "yes")


def document(predictor: Predictor, derived: tuple[DerivedField, ...] = (), text: str = "s") -> Document:
    inputs = (
        DataField(name="x", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS),
        DataField(name=text, data_type=DataType.STRING, op_type=OpType.CATEGORICAL),
    )
    return Document(
        data_fields=(*inputs, DataField(name="y", data_type=DataType.STRING, op_type=OpType.CATEGORICAL)),
        model=Model(
            function=MiningFunction.CLASSIFICATION,
            predictor=predictor,
            mining_fields=(
                *(MiningField(name=field.name) for field in inputs),
                MiningField(name="y", usage_type=UsageType.TARGET),
            ),
            derived_fields=derived,
            outputs=tuple(
                OutputField(
                    name=f"probability({label})",
                    feature=ResultFeature.PROBABILITY,
                    value=label,
                    data_type=DataType.DOUBLE,
                )
                for label in LABELS
            ),
        ),
        card=Card(name="forest", source_framework="scikit-learn", metrics=(("accuracy", 0.9),)),
    )


def stumps(n_trees: int, feature: str = "x") -> TreeEnsemble:
    """Stumps whose probabilities add up to a half exactly only in tree order."""
    random = np.random.default_rng(7)
    share = random.choice([0.1, 0.3, 0.7, 0.9, 0.2, 0.8], 2 * n_trees)
    base = 3 * np.arange(n_trees)
    feature_of = np.tile([0, -1, -1], n_trees)
    return TreeEnsemble(
        features=(feature,),
        feature=feature_of,
        test=np.tile([TreeTest.LESS_OR_EQUAL, 0, 0], n_trees),
        threshold=np.repeat(random.normal(size=n_trees), 3) * np.tile([1, 0, 0], n_trees),
        when_true=np.stack([base + 1, base * 0 - 1, base * 0 - 1], axis=1).ravel(),
        when_false=np.stack([base + 2, base * 0 - 1, base * 0 - 1], axis=1).ravel(),
        when_missing=np.stack([base + 2, base * 0 - 1, base * 0 - 1], axis=1).ravel(),
        leaf=np.stack([base * 0 - 1, 2 * np.arange(n_trees), 2 * np.arange(n_trees) + 1], axis=1).ravel(),
        roots=base,
        leaf_values=np.stack([1 - share, share], axis=1),
        aggregation_method=AggregationMethod.AVERAGE,
        targets=(TreeTarget(classes=LABELS, n_columns=2),),
    )


def table(values: np.ndarray) -> Table:
    codes = (np.arange(len(values)) % 3 - 1).astype(np.int32)
    return Table({"x": NumberColumn(values), "s": TextColumn(codes, ("a", "b"))}, len(values))


def assert_same(left: Table, right: Table) -> None:
    assert list(left) == list(right)
    for name in left:
        first, second = left[name], right[name]
        if isinstance(first, NumberColumn) and isinstance(second, NumberColumn):
            np.testing.assert_array_equal(first.values, second.values)
        else:
            assert texts(first) == texts(second)


def texts(column: object) -> list[str | None]:
    assert isinstance(column, TextColumn)
    return [None if code < 0 else column.categories[code] for code in column.codes.tolist()]


@pytest.mark.parametrize("n_trees", [10, 81, 300])
def test_sums_do_not_depend_on_threads_or_rows(n_trees: int) -> None:
    model = document(stumps(n_trees))
    rows = table(np.random.default_rng(1).normal(size=3000))
    expected = ReferenceExecutor(model).score(rows)
    for n_threads in (1, 2, 5):
        executor = OnnxExecutor(model, n_threads)
        assert_same(executor.score(rows), expected)
        single = [executor.score(table(rows["x"].values[row : row + 1])) for row in range(20)]  # type: ignore[union-attr]
        for row, result in enumerate(single):
            assert result["probability(yes)"].values[0] == expected["probability(yes)"].values[row]  # type: ignore[union-attr]


@pytest.mark.parametrize("width", [1, 3, 8, 9, 20])
@pytest.mark.parametrize("sum_type", [DataType.DOUBLE, DataType.FLOAT])
def test_leaves_of_any_width_are_added_in_tree_order(width: int, sum_type: DataType) -> None:
    single = stumps(150)
    random = np.random.default_rng(11)
    values, weights, base = random.normal(size=(300, width)), random.normal(size=150), random.normal(size=width)
    if sum_type is DataType.FLOAT:
        values, weights, base = (array.astype(np.float32) for array in (values, weights, base))
    trees = replace(
        single,
        leaf_values=values.astype(np.float64),
        tree_weights=weights.astype(np.float64),
        base_scores=base.astype(np.float64),
        aggregation_method=AggregationMethod.SUM,
        sum_type=sum_type,
        targets=tuple(TreeTarget(field=f"y{column}", first_column=column) for column in range(width)),
    )
    rows = random.normal(size=2100)
    goes_left = rows[:, None] <= single.threshold[single.roots]
    total = np.zeros((len(rows), width), dtype=values.dtype)
    if sum_type is DataType.FLOAT:
        total += base  # the first summand, as the hub says
    for tree in range(150):
        total += values[2 * tree + ~goes_left[:, tree]] * weights[tree]
    if sum_type is DataType.DOUBLE:
        total += base
    names = [f"y{column}" for column in range(width)]
    x = DataField(name="x", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS)
    targets = [DataField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS) for name in names]
    model = Document(
        data_fields=(x, *targets),
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=trees,
            mining_fields=(
                MiningField(name="x"),
                *(MiningField(name=name, usage_type=UsageType.TARGET) for name in names),
            ),
        ),
        card=Card(),
    )
    for executor in (OnnxExecutor(model, 2), OnnxExecutor(lower(model).SerializeToString(), 1)):
        scored = executor.score(Table({"x": NumberColumn(rows)}, len(rows)))
        got = np.stack([scored[name].values for name in names], axis=1)  # type: ignore[union-attr]
        np.testing.assert_array_equal(got, total.astype(np.float64))


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_a_written_file_gives_the_same_sums_under_any_thread_count(n_threads: int) -> None:
    model = document(stumps(200))
    rows = table(np.random.default_rng(1).normal(size=500))
    expected = ReferenceExecutor(model).score(rows)["probability(yes)"]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    session = onnxruntime.InferenceSession(lower(model).SerializeToString(), options)
    feeds = {"x": rows["x"].values[:, None], "s": np.full((500, 1), "a", dtype=object)}  # type: ignore[union-attr]
    np.testing.assert_array_equal(session.run(["probability(yes)"], feeds)[0].ravel(), expected.values)  # type: ignore[union-attr]


def test_many_threads_score_at_once() -> None:
    executor = OnnxExecutor(document(stumps(20)))
    rows = table(np.random.default_rng(2).normal(size=4000))
    expected = executor.score(rows)
    with ThreadPoolExecutor(8) as pool:
        for result in pool.map(lambda _: executor.score(rows), range(16)):
            assert_same(result, expected)


@pytest.mark.parametrize(
    ("n_rows", "n_threads", "expected"),
    [
        (20_000, 2, [10_000] * 2),
        (40_000, 2, [10_000] * 4),
        (100, 1, [100]),
        (3000, 2, [1500] * 2),
        (1500, 2, [1024, 476]),
        (10, 4, [10]),
    ],
)
def test_threads_get_equal_blocks(
    n_rows: int, n_threads: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = []
    run_block = Session._run_block

    def recording(session: Session, feeds: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        blocks.append(len(feeds["x"]))
        return run_block(session, feeds)

    monkeypatch.setattr(Session, "_run_block", recording)
    rows = table(np.random.default_rng(3).normal(size=n_rows))
    OnnxExecutor(document(stumps(3)), n_threads).score(rows)
    assert sorted(blocks, reverse=True) == expected


def test_no_rows() -> None:
    assert OnnxExecutor(document(stumps(3))).score(table(np.zeros(0))).n_rows == 0


def test_equal_documents_give_equal_bytes() -> None:
    first, second = (lower(document(stumps(5))).SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


def test_a_file_says_what_it_takes_and_gives() -> None:
    model = document(stumps(5))
    executor = OnnxExecutor(lower(model).SerializeToString())
    assert [field.name for field in executor.inputs] == ["x", "s"]
    assert [field.name for field in executor.outputs] == ["y", "probability(no)", "probability(yes)"]
    assert executor.card == model.card


def test_missing_text_and_the_empty_text_are_different() -> None:
    shown = OutputField(
        name="shown", feature=ResultFeature.TRANSFORMED_VALUE, data_type=DataType.STRING, expression=FieldRef(field="s")
    )
    plain = Document(
        data_fields=(DataField(name="s", data_type=DataType.STRING, op_type=OpType.CATEGORICAL),),
        model=Model(
            function=MiningFunction.REGRESSION, predictor=None, mining_fields=(MiningField(name="s"),), outputs=(shown,)
        ),
        card=Card(),
    )
    rows = Table({"s": TextColumn(np.array([0, -1, 1], dtype=np.int32), ("", "a"))}, 3)
    assert texts(OnnxExecutor(lower(plain).SerializeToString()).score(rows)["shown"]) == ["", None, "a"]
    session = onnxruntime.InferenceSession(lower(plain).SerializeToString())
    assert session.run(None, {"s": np.array([[MISSING_TEXT]], dtype=object)})[0].tolist() == [[MISSING_TEXT]]


def test_single_precision_and_one_matrix() -> None:
    numbers_only = document(stumps(5))
    with pytest.raises(UnsupportedModelError, match="text field 's'"):
        lower(numbers_only, matrix_input=True)
    single = lower(numbers_only, float32=True)
    assert single.graph.input[0].type.tensor_type.elem_type == TensorProto.FLOAT
    rows = table(np.array([-1.5, 0.0, 0.25, np.nan]))
    left, right = OnnxExecutor(single.SerializeToString()).score(rows), ReferenceExecutor(numbers_only).score(rows)
    np.testing.assert_allclose(left["probability(no)"].values, right["probability(no)"].values, rtol=1e-6)  # type: ignore[union-attr]


def test_a_value_of_another_kind_is_refused_and_auto_treats_it_as_the_model_asks() -> None:
    model = document(stumps(5))
    rows = Table({"x": TextColumn(np.array([0], dtype=np.int32), ("much",)), "s": table(np.zeros(1))["s"]}, 1)
    with pytest.raises(InputError, match="field 'x', row 0: 'much'"):
        OnnxExecutor(model).score(rows)
    assert_same(AutoExecutor(model).score(rows), ReferenceExecutor(model).score(rows))


def test_auto_says_where_each_part_runs() -> None:
    assert [step.engine for step in AutoExecutor(document(stumps(5))).plan.steps] == ["onnx"]
    upper = DerivedField(
        name="length",
        data_type=DataType.DOUBLE,
        op_type=OpType.CONTINUOUS,
        expression=Apply(function="stringLength", arguments=(FieldRef(field="s"),)),
    )
    mixed = document(stumps(5, "length"), (upper,))
    auto = AutoExecutor(mixed)
    assert [step.engine for step in auto.plan.steps] == ["reference", "onnx"]
    assert "stringLength" in str(auto.plan)
    rows = table(np.zeros(9))
    assert_same(auto.score(rows), ReferenceExecutor(mixed).score(rows))


def test_every_cause_is_listed() -> None:
    lengths = tuple(
        DerivedField(
            name=name,
            data_type=DataType.DOUBLE,
            op_type=OpType.CONTINUOUS,
            expression=Apply(function=name, arguments=(FieldRef(field="s"),)),
        )
        for name in ("stringLength", "uppercase")
    )
    terms = tuple(NumericTerm(field=field.name) for field in lengths)
    tables = tuple(
        RegressionTable(intercept=0.0, terms=terms, coefficients=np.ones(2), target_category=label) for label in LABELS
    )
    model = RegressionModel(tables=tables)
    with pytest.raises(UnsupportedModelError) as caught:
        lower(document(model, lengths))
    assert {"stringLength", "uppercase"} <= {what for cause in caught.value.causes for what in cause.what.split("'")}


def test_leaves_are_those_of_the_reference() -> None:
    trees = stumps(1)
    rows = table(np.array([float(trees.threshold[0]), np.nextafter(trees.threshold[0], np.inf), np.nan]))
    shares = OnnxExecutor(document(trees)).score(rows)["probability(yes)"]
    np.testing.assert_array_equal(shares.values, trees.leaf_values[tree_leaves(trees, rows)[:, 0], 1])  # type: ignore[union-attr]


def foreign(output_type: onnx.TypeProto | None = None, width: int = 2) -> bytes:
    node = helper.make_node("ReduceSum", ["X", "axis"], ["total"], keepdims=1)
    info = helper.make_tensor_value_info("total", TensorProto.FLOAT, [None, 1])
    if output_type is not None:
        info.type.CopyFrom(output_type)
    graph = helper.make_graph(
        [node],
        "foreign",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, width])],
        [info],
        [numpy_helper.from_array(np.array([1]), "axis")],
    )
    return helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()


def test_a_foreign_file_is_used_by_its_tensors() -> None:
    executor = OnnxExecutor(foreign())
    rows = Table({"X[0]": NumberColumn(np.array([1.0, 2.0])), "X[1]": NumberColumn(np.array([0.5, np.nan]))}, 2)
    assert [field.name for field in executor.inputs] == ["X[0]", "X[1]"]
    np.testing.assert_array_equal(executor.score(rows)["total"].values, [1.5, np.nan])  # type: ignore[union-attr]


def test_what_cannot_be_used_of_a_foreign_file_is_named() -> None:
    element = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    zip_map = helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.INT64, element))
    with pytest.raises(ArtifactError, match=r"output 'total' is a sequence, not a plain tensor.*ZipMap"):
        OnnxExecutor(foreign(zip_map))
    with pytest.raises(ArtifactError, match="not an ONNX model"):
        OnnxExecutor(b"PK\x03\x04")


@pytest.mark.parametrize("content", [foreign()[:100], b""], ids=["cut off", "empty"])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=f"^{re.escape(str(path))}: not an ONNX model"):
        OnnxExecutor(path)


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/hostname"])
def test_data_outside_the_folder_are_refused(tmp_path: Path, location: str) -> None:
    model = onnx.load_model_from_string(foreign())
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(UnsafeArtifactError, match="outside its folder"):
        OnnxExecutor(path)
    with pytest.raises(UnsafeArtifactError, match="in another file"):
        OnnxExecutor(path.read_bytes())
