"""Files: whole or not at all, equal for equal documents, valid, readable, and honest about what PMML cannot say."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lxml import etree
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingRegressor

from modelport.readers import read_model
from modelport.readers._golden import with_golden_rows
from modelport.writers.pmml import write_pmml
from modelport_runtime import __version__
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.hub import (
    AggregationMethod,
    Apply,
    Card,
    Constant,
    DataType,
    Ensemble,
    FieldRef,
    GoldenColumn,
    GoldenRows,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    MultipleModelMethod,
    OutlierTreatment,
    Segment,
    Target,
    TextIndex,
    TreeEnsemble,
    TreeTarget,
    TreeTest,
    equal,
)
from modelport_runtime.pmml import read_pmml

from ._written import ENGINES, derived, derived_document, linear_document, score, text_field, written

CREATED = "2026-01-02T03:04:05+00:00"
DOCUMENT = replace(linear_document(("x1", "x2"), (0.1, 1 / 3), 1e-300), card=Card(created=CREATED, name="m"))


def test_equal_documents_make_equal_files(tmp_path):
    for name in ("a.pmml", "b.pmml.gz", "c.pmml.gz"):
        assert write_pmml(DOCUMENT, tmp_path / name) == ()
    plain = (tmp_path / "a.pmml").read_bytes()
    assert gzip.decompress((tmp_path / "b.pmml.gz").read_bytes()) == plain
    assert (tmp_path / "b.pmml.gz").read_bytes() == (tmp_path / "c.pmml.gz").read_bytes()
    assert written(DOCUMENT)[0] == plain
    assert CREATED.encode() in plain


@pytest.mark.parametrize("version", ["1.9.1", "format v4", ""])
def test_the_card_reads_back_as_it_was(version):
    card = Card(
        name="m",
        version="7",
        description="Of lines: and <more> & more",
        source_framework="LightGBM",
        source_version=version,
        created=CREATED,
        trained="2025-12-31T23:59:59Z",
        copyright="Someone",
        metrics=(("accuracy", 0.1 + 0.2), ("log loss: train", 1e-20), ("worst", float("inf"))),
        source_digest="ab" * 32,
    )
    document = replace(DOCUMENT, model=replace(DOCUMENT.model, name="m"), card=card)
    read = read_pmml(written(document)[0]).card
    assert read == replace(card, application="modelport", application_version=__version__)


def test_annotations_of_other_programs_are_not_taken_for_ours():
    card = Card(source_framework="scikit-learn", source_version="1.9.1", metrics=(("r2", 0.5),))
    pmml = written(replace(DOCUMENT, card=card))[0]
    foreign = pmml.replace(b'name="modelport"', b'name="another"')
    assert foreign != pmml
    assert (read_pmml(foreign).card.source_framework, read_pmml(foreign).card.metrics) == ("", ())
    damaged = read_pmml(pmml.replace(b"metric r2: 0.5", b"metric r2: much")).card
    assert (damaged.source_framework, damaged.metrics) == ("scikit-learn", ())


def test_constants_read_back_as_they_were():
    (table,) = read_pmml(written(DOCUMENT)[0]).model.predictor.tables
    assert equal(table, DOCUMENT.model.predictor.tables[0])


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "model.pmml"
    path.write_text("old")
    with pytest.raises(UnsupportedModelError, match=r"U\+0001"):
        write_pmml(linear_document(("x\x01",), (1.0,)), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_reaches_a_file_object_before_all_is_written():
    buffer = io.BytesIO()
    with pytest.raises(UnsupportedModelError):
        write_pmml(linear_document(("x\x01",), (1.0,)), buffer)
    assert buffer.getvalue() == b""


def test_every_cause_is_named():
    index = TextIndex(text_field="s", term=Constant(value="a", data_type=DataType.STRING), word_re=r"\w+")
    document = derived_document((text_field("s"),), (derived("one", index), derived("two", index)))
    with pytest.raises(UnsupportedModelError) as caught:
        write_pmml(document, io.BytesIO())
    assert [cause.where for cause in caught.value.causes] == [
        "RegressionModel/DerivedField[one]",
        "RegressionModel/DerivedField[two]",
    ]
    buffer = io.BytesIO()
    write_pmml(document, buffer, extensions=True)
    assert b'x-wordRE="\\w+"' in buffer.getvalue()


@pytest.mark.parametrize("engine", ENGINES)
def test_names_of_any_kind(engine):
    names = ('a "b"', "<c> & 'd'", " e\tf ", "größe\n日本", "g>h")
    document = linear_document(names, np.arange(1.0, 6.0))
    frame = pd.DataFrame(np.arange(10.0).reshape(2, 5), columns=list(names))
    results = score(written(document)[0], document, frame, engine)
    np.testing.assert_array_equal(results["y"], frame.to_numpy() @ np.arange(1.0, 6.0))


@pytest.mark.parametrize("engine", ENGINES)
def test_treatments_of_fields_and_targets(engine):
    document = linear_document(("a", "b", "c"), (1.0, 10.0, 100.0))
    fields = (
        MiningField(name="a", missing_value_treatment=MissingValueTreatment.AS_MEAN, missing_value_replacement=0.25),
        MiningField(name="b", outlier_treatment=OutlierTreatment.AS_EXTREME_VALUES, low_value=-1.0, high_value=1.0),
        MiningField(
            name="c",
            outlier_treatment=OutlierTreatment.AS_MISSING_VALUES,
            low_value=-1.0,
            high_value=1.0,
            missing_value_replacement=0.5,
            invalid_value_treatment=InvalidValueTreatment.AS_IS,
        ),
        *(field for field in document.model.mining_fields if field.is_target),
    )
    targets = (Target(field="y", min=0.0, max=60.0, rescale_factor=2.0, rescale_constant=-1.0),)
    document = replace(document, model=replace(document.model, mining_fields=fields, targets=targets))
    frame = pd.DataFrame({"a": [np.nan, 1, 1], "b": [5.0, -5, 0], "c": [0.1, 5, -1]})
    results = score(written(document)[0], document, frame, engine)
    # a + 10 b + 100 c after the treatments: 20.25, 41 and -99; then between 0 and 60, doubled, less 1.
    np.testing.assert_allclose(results["y"], [39.5, 81, -1], rtol=1e-15)


GOLDEN = GoldenRows(
    inputs=(
        GoldenColumn(name="x1", data_type=DataType.DOUBLE, values=(1.0, -2.5)),
        GoldenColumn(name="x2", data_type=DataType.DOUBLE, values=(3.0, 1e-9)),
    ),
    outputs=(GoldenColumn(name="y", data_type=DataType.DOUBLE, values=(0.1 + 3.0 / 3, -0.25 + 1e-9 / 3)),),
)


def verify(document, path):
    """JPMML-Evaluator's own check of a document's golden rows."""
    written_document, _ = written(document)
    path.write_bytes(written_document)
    inputs = document.card.golden_rows.inputs
    frame = pd.DataFrame({column.name: column.values for column in inputs})
    score(written_document, document, frame, "jpmml")  # starts the JVM, or skips
    import jpype

    builder = jpype.JClass("org.jpmml.evaluator.LoadingModelEvaluatorBuilder")()
    builder.load(jpype.JClass("java.io.File")(str(path))).build().verify()


def golden_document(golden):
    return replace(DOCUMENT, card=replace(DOCUMENT.card, golden_rows=golden))


def test_golden_rows_pass_the_consumers_own_verification(tmp_path):
    verify(golden_document(GOLDEN), tmp_path / "model.pmml")


def test_wrong_golden_rows_fail_it(tmp_path):
    wrong = replace(GOLDEN, outputs=(replace(GOLDEN.outputs[0], values=(1.1, 7.0)),))
    with pytest.raises(Exception, match=r"7\.0 .* do not match"):
        verify(golden_document(wrong), tmp_path / "model.pmml")


@pytest.mark.parametrize("labels", [np.array([False, True]), np.array([3, 4]), np.array(["a", "b c"])])
def test_golden_rows_of_a_chain(labels, tmp_path):
    features, target = load_iris(return_X_y=True, as_frame=True)
    model = GradientBoostingClassifier(n_estimators=2).fit(features, labels[(target > 1).astype(int)])
    document = read_model(model, data=features)
    rows = features.iloc[::40]
    inputs = tuple(
        GoldenColumn(name=name, data_type=DataType.DOUBLE, values=tuple(rows[name].tolist())) for name in rows.columns
    )
    label_type = next(field.data_type for field in document.data_fields if field.name == "y")
    chances = model.predict_proba(rows).T.tolist()
    named = [output for output in document.model.outputs if output.name.startswith("probability")]
    outputs = (
        GoldenColumn(name="y", data_type=label_type, values=tuple(model.predict(rows).tolist())),
        *(
            GoldenColumn(name=output.name, data_type=DataType.DOUBLE, values=tuple(values))
            for output, values in zip(named, chances, strict=True)
        ),
    )
    golden = GoldenRows(inputs=inputs, outputs=outputs)
    verify(replace(document, card=replace(document.card, golden_rows=golden)), tmp_path / "model.pmml")


@pytest.mark.parametrize("others", [(), ("rare",)])
def test_golden_rows_with_missing_values(others, tmp_path):
    """A missing value has no cell; a row of one cell is none by the schema (PMML 4.4, Taxonomy), so it is left out."""
    frame = pd.DataFrame({"a": np.where(np.arange(60) % 3 == 0, np.nan, np.arange(60.0))})
    for name in others:  # observed in rows that are no golden ones
        frame[name] = np.where(np.arange(60) % 30 == 1, np.arange(60.0), np.nan)
    target = frame.fillna(0).sum(axis=1) * 100
    model = HistGradientBoostingRegressor(max_iter=9, min_samples_leaf=1).fit(frame, target)
    document = with_golden_rows(read_model(model, data=frame), model, frame.drop(index=[1, 31]))
    if not others:
        assert None in document.card.golden_rows.inputs[0].values
    table = etree.fromstring(written(document)[0]).find(".//{*}ModelVerification")
    rows = table.findall(".//{*}row")
    assert table.get("recordCount") == str(len(rows)) != "0"
    assert table.get("fieldCount") == str(len(table.findall(".//{*}VerificationField"))) == str(2 + len(others))
    verify(document, tmp_path / "model.pmml")


def test_golden_rows_without_any_input_are_no_verification():
    golden = GoldenRows(
        inputs=tuple(replace(column, values=(None, None)) for column in GOLDEN.inputs), outputs=GOLDEN.outputs
    )
    assert b"ModelVerification" not in written(golden_document(golden))[0]


def three_ways(share=False):
    """x <= 1: leaf 0, else leaf 1, missing: a test of z with leaves 2 (also where z is missing) and 3."""
    return TreeEnsemble(
        features=("x", "z"),
        feature=[0, -1, -1, 1, -1, -1],
        test=[TreeTest.LESS_OR_EQUAL, 0, 0, TreeTest.GREATER_THAN, 0, 0],
        threshold=[1.0, 0, 0, 0.5, 0, 0],
        when_true=[1, -1, -1, 5, -1, -1],
        when_false=[2, -1, -1, 4, -1, -1],
        when_missing=[3, -1, -1, 2 if share else 4, -1, -1],
        leaf=[-1, 0, 1, -1, 2, 3],
        roots=[0],
        leaf_values=[[10.0], [11.0], [12.0], [13.0]],
        targets=(TreeTarget(field="y"),),
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("share", [False, True])
def test_missing_values_go_their_own_way(engine, share):
    document = linear_document(("x", "z"), (0.0, 0.0))
    document = replace(document, model=replace(document.model, predictor=three_ways(share)))
    frame = pd.DataFrame({"x": [1.0, 1.1, np.nan, np.nan, np.nan], "z": [0, 0, 0.5, 0.6, np.nan]})
    results = score(written(document)[0], document, frame, engine)
    np.testing.assert_array_equal(results["y"], [10, 11, 12, 13, 11 if share else 12])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_without_a_leaf_has_no_prediction(engine):
    tree = replace(three_ways(), leaf_values=[[10.0], [np.nan], [np.nan], [13.0]])
    document = linear_document(("x", "z"), (0.0, 0.0))
    document = replace(document, model=replace(document.model, predictor=tree))
    frame = pd.DataFrame({"x": [1.0, 1.1, np.nan, np.nan, np.nan], "z": [0, 0, 0.5, 0.6, np.nan]})
    results = score(written(document)[0], document, frame, engine)
    np.testing.assert_array_equal(results["y"], [10, np.nan, np.nan, 13, np.nan])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "method", [AggregationMethod.MEDIAN, AggregationMethod.WEIGHTED_AVERAGE, AggregationMethod.SUM]
)
def test_ways_to_combine_trees(engine, method):
    one = three_ways()
    weights = np.array([1.0, 2.0, 5.0])
    trees = replace(one, roots=[0, 3, 5], aggregation_method=method, tree_weights=weights)
    document = linear_document(("x", "z"), (0.0, 0.0))
    document = replace(document, model=replace(document.model, predictor=trees))
    frame = pd.DataFrame({"x": [1.0, 1.1], "z": [0.0, 1.0]})
    leaves = np.array([[10.0, 12.0, 13.0], [11.0, 13.0, 13.0]])
    expected = {
        AggregationMethod.MEDIAN: np.median(leaves, axis=1),
        AggregationMethod.WEIGHTED_AVERAGE: leaves @ weights / weights.sum(),
        AggregationMethod.SUM: leaves.sum(axis=1),
    }[method]
    results = score(written(document)[0], document, frame, engine)
    np.testing.assert_allclose(results["y"], expected, rtol=1e-15)


@pytest.mark.parametrize("engine", ENGINES)
def test_segments_with_predicates(engine):
    def member(constant):
        return replace(linear_document(("x",), (constant,)).model, outputs=())

    x = FieldRef(field="x")
    above = Apply(function="greaterThan", arguments=(x, Constant(value=2.0, data_type=DataType.DOUBLE)))
    present = Apply(function="isNotMissing", arguments=(x,))
    ensemble = Ensemble(
        method=MultipleModelMethod.SELECT_FIRST,
        segments=(
            Segment(id="1", predicate=Apply(function="and", arguments=(present, above)), model=member(1.0)),
            Segment(id="2", model=member(-1.0)),
        ),
    )
    document = linear_document(("x",), (0.0,))
    document = replace(document, model=replace(document.model, predictor=ensemble))
    results = score(written(document)[0], document, pd.DataFrame({"x": [1.0, 3.0]}), engine)
    np.testing.assert_array_equal(results["y"], [-1, 3])


def test_one_line_a_node_and_one_element_a_line():
    document = linear_document(("x", "z"), (0.0, 0.0))
    pmml, _ = written(replace(document, model=replace(document.model, predictor=three_ways())))
    nodes = [line for line in pmml.decode().splitlines() if "<Node" in line]
    assert [len(line) - len(line.lstrip("\t")) for line in nodes] == [2, 3, 4, 4, 3, 3]
    assert etree.fromstring(pmml).tag == "{http://www.dmg.org/PMML-4_4}PMML"
