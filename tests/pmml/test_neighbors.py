"""NearestNeighborModel: votes and averages by hand, ties, instances of every form, and scikit-learn's own results."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.executors.auto import AutoExecutor
from modelport_runtime.executors.reference import _nearest
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

ROWS = (
    {"id": "i1", "x": 0, "y": 0, "t": "b", "r": 10},
    {"id": "i2", "x": 1, "y": 0, "t": "a", "r": 20},
    {"id": "i3", "x": 0, "y": 2, "t": "a", "r": 40},
    {"id": "i4", "x": 5, "y": 5, "t": "b", "r": 80},
    {"id": "i5", "x": 5, "y": 6, "t": "c", "r": 160},
)
INPUTS = '<KNNInput field="x"/><KNNInput field="y"/>'
NAN = math.nan


def table(rows):
    cells = ("".join(f"<{key}>{value}</{key}>" for key, value in row.items() if value is not None) for row in rows)
    return f"<InlineTable>{''.join(f'<row>{cell}</row>' for cell in cells)}</InlineTable>"


def document(
    function="mixed",
    *,
    k=3,
    targets="tr",
    attributes='instanceIdVariable="id"',
    rows=ROWS,
    inputs=INPUTS,
    measure="<euclidean/>",
    kind="distance",
    outputs="",
    derived="",
    fields=("id", "x", "y"),
    x='optype="continuous" dataType="double"',
    instances=None,
    schema='<MiningField name="x"/><MiningField name="y"/>',
):
    shown = "".join(
        f'<OutputField name="e{rank}" feature="entityId" rank="{rank}"/>'
        f'<OutputField name="d{rank}" feature="affinity" rank="{rank}"/>'
        for rank in range(1, k + 1)
    )
    named = "".join(f'<InstanceField field="{name}" column="{name}"/>' for name in (*fields, *targets))
    used = "".join(f'<MiningField name="{name}" usageType="target"/>' for name in targets)
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" {x}/><DataField name="y" optype="continuous" dataType="double"/>
<DataField name="t" optype="categorical" dataType="string"/><DataField name="r" optype="continuous" dataType="double"/>
</DataDictionary><NearestNeighborModel functionName="{function}" numberOfNeighbors="{k}" {attributes}>
<MiningSchema>{schema}{used}</MiningSchema><Output>{outputs or shown}</Output>{derived}
<TrainingInstances isTransformed="false"><InstanceFields>{named}</InstanceFields>{instances or table(rows)}
</TrainingInstances><ComparisonMeasure kind="{kind}">{measure}</ComparisonMeasure><KNNInputs>{inputs}</KNNInputs>
</NearestNeighborModel></PMML>""".encode()


def score(source, engine="reference", **columns):
    return modelport_runtime.load(source, engine=engine).score(pd.DataFrame(columns))


def both(source, **columns):
    """The result of the reference engine, after checking that a graph gives the same."""
    expected, graph = score(source, **columns), score(source, "onnx", **columns)
    pd.testing.assert_frame_equal(graph, expected, rtol=1e-12, atol=1e-14)
    return expected


def test_averages_votes_and_neighbours():
    row = both(document(), x=[0.0], y=[0.0]).iloc[0]
    assert row[["e1", "e2", "e3"]].tolist() == ["i1", "i2", "i3"]
    assert row[["d1", "d2", "d3"]].tolist() == [0, 1, 2]
    assert row["t"] == "a"
    assert row["r"] == (10 + 20 + 40) / 3


def test_instances_without_identifiers_are_numbered():
    source = document(attributes="", fields=("x", "y"))
    assert both(source, x=[4.0], y=[3.0])[["e1", "e2", "e3"]].iloc[0].tolist() == ["4", "5", "3"]


@pytest.mark.parametrize("threshold", [0.001, 1.0])
def test_weights_are_inverse_distances(threshold):
    source = document(
        attributes='instanceIdVariable="id" continuousScoringMethod="weightedAverage" '
        f'categoricalScoringMethod="weightedMajorityVote" threshold="{threshold}"'
    )
    row = both(source, x=[0.0], y=[0.0]).iloc[0]
    weights = [1 / (distance + threshold) for distance in (0, 1, 2)]
    by_hand = (10 * weights[0] + 20 * weights[1] + 40 * weights[2]) / sum(weights)
    assert row["r"] == pytest.approx(by_hand, rel=1e-15)
    assert row["t"] == ("b" if weights[0] > weights[1] + weights[2] else "a")


def test_with_threshold_0_neighbours_at_no_distance_count_alone():
    source = document(attributes='instanceIdVariable="id" continuousScoringMethod="weightedAverage" threshold="0"')
    result = both(source, x=[0.0, 4.0], y=[0.0, 3.0])
    distances = np.array([math.sqrt(5), math.sqrt(10), math.sqrt(17)])  # to i4, i5 and i3
    by_hand = ((1 / distances) * [80, 160, 40]).sum() / (1 / distances).sum()
    np.testing.assert_allclose(result["r"], [10, by_hand], rtol=1e-15)


@pytest.mark.parametrize(("k", "median"), [(3, 20), (4, (20 + 40) / 2)])
def test_median(k, median):
    source = document(k=k, attributes='instanceIdVariable="id" continuousScoringMethod="median"')
    assert both(source, x=[0.0], y=[0.0])["r"].tolist() == [median]


def test_ties_of_votes_go_to_the_most_frequent_class_then_to_the_smallest():
    # i4, i5 and i3 are nearest, one vote each; a and b have two instances, c one.
    assert both(document(k=3), x=[4.0], y=[3.0])["t"].tolist() == ["a"]
    # i4 and i5: b is more frequent than c.
    assert both(document(k=2), x=[4.0], y=[3.0])["t"].tolist() == ["b"]


def test_equally_near_instances_come_in_their_order():
    rows = [{"id": f"i{index}", "x": index % 2, "y": 0, "t": "a", "r": index} for index in range(40)]
    result = both(document(rows=rows, k=3), x=[0.5, 0.0], y=[0.0, 0.0])
    assert result[["e1", "e2", "e3"]].to_numpy().tolist() == [["i0", "i1", "i2"], ["i0", "i2", "i4"]]


def test_shares_of_votes_are_probabilities():
    outputs = "".join(f'<OutputField name="{c}" feature="probability" targetField="t" value="{c}"/>' for c in "abc")
    assert both(document(outputs=outputs), x=[0.0], y=[0.0])[list("abc")].iloc[0].tolist() == [2 / 3, 1 / 3, 0]


def test_more_neighbours_than_instances():
    result = both(document(k=9, targets="r", function="regression"), x=[0.0], y=[0.0])
    assert result["r"].tolist() == [(10 + 20 + 40 + 80 + 160) / 5]
    assert result["e6"].isna().tolist() == [True]


def test_a_model_without_targets_finds_neighbours():
    result = both(document("clustering", targets="", k=2), x=[5.0, NAN], y=[7.0, NAN])
    assert result.columns.tolist() == ["predictedValue", "e1", "d1", "e2", "d2"]
    assert result.iloc[0].tolist() == ["i5", "i5", 1.0, "i4", 2.0]
    assert result.iloc[1].isna().all()


def test_the_affinity_of_one_instance():
    outputs = '<OutputField name="far" feature="affinity" value="i5"/>'
    assert both(document(outputs=outputs), x=[2.0], y=[2.0])["far"].tolist() == [5]


def test_missing_inputs_are_made_up_for():
    row = both(document(), x=[1.0], y=[NAN]).iloc[0]
    assert row[["e1", "e2", "e3"]].tolist() == ["i2", "i1", "i3"]
    np.testing.assert_allclose(row[["d1", "d2", "d3"]].tolist(), [0, math.sqrt(2 * 1), math.sqrt(2 * 1)], rtol=1e-15)


def test_missing_values_of_instances():
    rows = [dict(row) for row in ROWS]
    rows[0]["t"] = rows[0]["r"] = None  # no vote
    rows[1]["y"] = None  # compared by x alone
    rows[2]["x"] = rows[2]["y"] = None  # cannot be compared
    result = both(document(rows=rows), x=[0.0], y=[0.0])
    assert result[["e1", "e2", "e3"]].iloc[0].tolist() == ["i1", "i2", "i4"]
    np.testing.assert_allclose(result[["d1", "d2", "d3"]].iloc[0].tolist(), [0, math.sqrt(2), math.sqrt(50)])
    assert result["r"].tolist() == [(20 + 80) / 2]
    assert result["t"].tolist() == ["a"], "a and b have a vote each; two instances are known to be a, one to be b"


DERIVED = (
    '<LocalTransformations><DerivedField name="ten x" optype="continuous" dataType="double"><Apply function="*">'
    '<FieldRef field="x"/><Constant>10</Constant></Apply></DerivedField><DerivedField name="z" optype="continuous" '
    'dataType="double"><Apply function="+"><FieldRef field="ten x"/><Constant>1</Constant></Apply></DerivedField>'
    "</LocalTransformations>"
)


def test_instances_are_transformed_like_the_record():
    source = document(derived=DERIVED, inputs='<KNNInput field="z"/><KNNInput field="y"/>')
    row = both(source, x=[0.0], y=[0.0]).iloc[0]
    assert row[["e1", "e2", "e3"]].tolist() == ["i1", "i3", "i2"]
    assert row[["d1", "d2", "d3"]].tolist() == [0, 2, 10]


def test_instances_given_transformed_are_taken_as_they_are():
    rows = [{"id": row["id"], "z": 10 * row["x"] + 1, "y": row["y"], "t": "a", "r": 0} for row in ROWS]
    source = document(derived=DERIVED, inputs='<KNNInput field="z"/><KNNInput field="y"/>', rows=rows)
    source = source.replace(b'field="x" column="x"', b'field="z" column="z"')
    assert both(source, x=[0.0], y=[0.0])["d3"].tolist() == [10]


def test_texts_are_compared_as_such():
    rows = [dict(row, x="pqr"[index % 3]) for index, row in enumerate(ROWS)]
    inputs = '<KNNInput field="x" compareFunction="delta"/><KNNInput field="y" fieldWeight="2"/>'
    source = document(rows=rows, inputs=inputs, x='optype="categorical" dataType="string"')
    result = both(source, x=["p", "unseen"], y=[0.0, 6.0])
    assert result["e1"].tolist() == ["i1", "i5"]
    # i1 (p, 0), i2 (q, 0), i3 (r, 2); then i5 (q, 6), i4 (p, 5), i3 (r, 2)
    by_hand = [[0, 1, math.sqrt(1 + 2 * 4)], [1, math.sqrt(1 + 2), math.sqrt(1 + 2 * 16)]]
    np.testing.assert_allclose(result[["d1", "d2", "d3"]], by_hand, rtol=1e-15)


def test_similarity_of_booleans_and_numbers():
    rows = [dict(row, x=str(bool(row["x"])).lower(), y=row["y"] % 2) for row in ROWS]
    source = document(
        rows=rows, kind="similarity", measure="<simpleMatching/>", x='optype="categorical" dataType="boolean"'
    )
    row = both(source, x=[True], y=[1.0]).iloc[0]
    # (f,0) (t,0) (f,0) (t,1) (t,0): both agree, then one, in order.
    assert row[["e1", "e2", "e3"]].tolist() == ["i4", "i2", "i5"]
    assert row[["d1", "d2", "d3"]].tolist() == [1, 0.5, 0.5]


def test_weights_of_similar_neighbours_are_their_similarities():
    rows = [dict(row, x=row["x"] % 2, y=row["y"] % 2) for row in ROWS]
    source = document(
        rows=rows,
        kind="similarity",
        measure="<simpleMatching/>",
        attributes='instanceIdVariable="id" continuousScoringMethod="weightedAverage"',
    )
    assert both(source, x=[1.0], y=[1.0])["r"].tolist() == [(1 * 80 + 0.5 * 20 + 0.5 * 160) / 2]


def instances_of(frame, target):
    columns = [chr(ord("a") + index) for index in range(frame.shape[1])]
    rows = [dict(zip(columns, map(repr, row), strict=True)) for row in frame.tolist()]
    return columns, [dict(row, t=value) for row, value in zip(rows, target.tolist(), strict=True)]


def framework_document(model, data, target, *, function, measure="<euclidean/>", attributes="", optype="continuous"):
    columns, rows = instances_of(data, target)
    fields = "".join(f'<DataField name="{name}" optype="continuous" dataType="double"/>' for name in columns)
    kind = "double" if optype == "continuous" else "integer"
    k = model.n_neighbors
    neighbours = "".join(f'<OutputField name="e{r}" feature="entityId" rank="{r}"/>' for r in range(1, k + 1))
    schema = "".join(f'<MiningField name="{name}"/>' for name in columns)
    named = "".join(f'<InstanceField field="{name}" column="data:{name}"/>' for name in (*columns, "t"))
    inputs = "".join(f'<KNNInput field="{name}"/>' for name in columns)
    return (
        columns,
        f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>{fields}
<DataField name="t" optype="{optype}" dataType="{kind}"/></DataDictionary>
<NearestNeighborModel functionName="{function}" numberOfNeighbors="{k}" {attributes}><MiningSchema>{schema}
<MiningField name="t" usageType="target"/></MiningSchema><Output>{neighbours}</Output>
<TrainingInstances isTransformed="true"><InstanceFields>{named}</InstanceFields>{table(rows)}</TrainingInstances>
<ComparisonMeasure kind="distance">{measure}</ComparisonMeasure><KNNInputs>{inputs}</KNNInputs></NearestNeighborModel>
</PMML>""".encode(),
    )


@pytest.mark.parametrize("measure", ["euclidean", "cityBlock", "chebychev"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_classifier_of_scikit_learn(measure, weights):
    data, target = load_iris(return_X_y=True)
    metric = {"cityBlock": "manhattan", "chebychev": "chebyshev"}.get(measure, measure)
    model = KNeighborsClassifier(6, weights=weights, metric=metric, algorithm="brute").fit(data[::2], target[::2])
    method = "majorityVote" if weights == "uniform" else "weightedMajorityVote"
    columns, source = framework_document(
        model,
        data[::2],
        target[::2],
        function="classification",
        measure=f"<{measure}/>",
        attributes=f'categoricalScoringMethod="{method}" threshold="0"',
        optype="categorical",
    )
    result = both(source, **dict(zip(columns, data.T, strict=True)))
    # Where the last neighbours are equally near, or classes have equal votes, scikit-learn chooses otherwise.
    distances, _ = model.kneighbors(data, 7)
    shares = np.sort(model.predict_proba(data), axis=1)
    decided = (distances[:, 6] > distances[:, 5]) & (shares[:, 2] > shares[:, 1])
    assert decided.sum() >= 80
    assert result["t"][decided].tolist() == model.predict(data)[decided].tolist()


@pytest.mark.parametrize("method", ["average", "weightedAverage"])
def test_regressor_of_scikit_learn(method):
    data, target = load_diabetes(return_X_y=True)
    weights = "uniform" if method == "average" else "distance"
    model = KNeighborsRegressor(7, weights=weights, algorithm="kd_tree").fit(data[:300], target[:300])
    columns, source = framework_document(
        model,
        data[:300],
        target[:300],
        function="regression",
        attributes=f'continuousScoringMethod="{method}" threshold="0"',
    )
    result = both(source, **dict(zip(columns, data.T, strict=True)))
    np.testing.assert_allclose(result["t"], model.predict(data), rtol=1e-9)
    _, neighbours = NearestNeighbors(n_neighbors=7, algorithm="kd_tree").fit(data[:300]).kneighbors(data)
    assert (result[[f"e{rank}" for rank in range(1, 8)]].astype(int).to_numpy() - 1).tolist() == neighbours.tolist()


def test_candidates_of_a_matrix_product_are_the_nearest(monkeypatch):
    """Far from the origin a product rounds away the differences; ties are many."""
    random = np.random.default_rng(7)
    rows = [
        {"id": str(index), "x": int(x), "y": int(y), "t": "a", "r": 0}
        for index, (x, y) in enumerate(random.integers(10**6, 10**6 + 12, (400, 2)))
    ]
    source = document(rows=rows, k=5)
    points = random.integers(10**6, 10**6 + 12, (300, 2)).astype(float)
    fast = score(source, x=points[:, 0], y=points[:, 1])
    monkeypatch.setattr(_nearest, "_MANY", 10**9)
    pd.testing.assert_frame_equal(fast, score(source, x=points[:, 0], y=points[:, 1]))
    distances = [[math.hypot(x - row["x"], y - row["y"]) for row in rows] for x, y in points]
    by_hand = [sorted(range(400), key=lambda index, d=d: (d[index], index))[:5] for d in distances]
    assert fast[["e1", "e2", "e3", "e4", "e5"]].astype(int).to_numpy().tolist() == by_hand


def test_auto_compares_in_the_reference_engine():
    plan = AutoExecutor(read_pmml(document())).plan
    assert [step.engine for step in plan.steps] == ["reference"]
    assert plan.causes == ()


def test_the_native_file_holds_the_model():
    read = read_pmml(document(derived=DERIVED, inputs='<KNNInput field="z"/><KNNInput field="y"/>'))
    assert equal(load_document(document_bytes(read)), read)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 0}, "numberOfNeighbors must be at least 1"),
        ({"inputs": ""}, "names no input"),
        ({"inputs": '<KNNInput field="q"/>'}, "field 'q' is not defined"),
        ({"rows": ()}, "no training instances"),
        ({"rows": [dict(ROWS[0], x="east")]}, "a value of field 'x' is not of type double: 'east'|could not convert"),
        ({"fields": ("id", "y")}, "no InstanceField gives field 'x'"),
        ({"fields": ("id", "x", "y", "x")}, "field 'x' is given twice"),
        ({"attributes": 'instanceIdVariable="key"'}, "no InstanceField gives the instanceIdVariable 'key'"),
        ({"targets": "", "function": "regression"}, "must name its target"),
        ({"attributes": 'continuousScoringMethod="mode"'}, "continuousScoringMethod='mode' is unknown"),
        ({"function": "sequences"}, "functionName=sequences"),
        ({"rows": [{"id": 1, "x": 1, "t": "a", "r": 1}]}, "no row has a column 'y'"),
    ],
)
def test_faults_are_named_with_their_line(change, message):
    with pytest.raises(ArtifactError, match=message) as caught:
        read_pmml(document(**change))
    assert "<bytes>:" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instances": "<TableLocator/>"}, "training instances outside the document"),
        ({"x": 'optype="categorical" dataType="string"'}, "'x' of type string in a comparison of numbers"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, message):
    with pytest.raises(UnsupportedModelError, match=message):
        read_pmml(document(**change))


def test_a_target_without_values_is_refused_before_the_first_row():
    rows = [{key: value for key, value in row.items() if key != "r"} | {"r": None} for row in ROWS]
    rows = [dict(row, r="NaN") for row in rows]
    with pytest.raises(UnsupportedModelError, match="target 'r' is missing in every training instance"):
        modelport_runtime.load(document(rows=rows), engine="reference")
