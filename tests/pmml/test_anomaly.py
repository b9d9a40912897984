"""AnomalyDetectionModel: each algorithm by hand, and what the model inside lends to it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport.cli._summary import summary_of_document
from modelport.parity._tolerances import tolerance_of
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

SCHEMA = '<MiningSchema><MiningField name="a"/></MiningSchema>'
OUTPUT = (
    '<Output><OutputField name="score" feature="predictedValue" dataType="double"/><OutputField name="anomaly" '
    'feature="decision" dataType="boolean"><Apply function="greaterThan"><FieldRef field="score"/><Constant>0.6'
    "</Constant></Apply></OutputField>{more}</Output>"
)


def tree(deep, shallow):
    return (
        f'<TreeModel functionName="regression">{SCHEMA}<Node><True/><Node score="{deep}"><SimplePredicate field="a" '
        f'operator="lessThan" value="1"/></Node><Node score="{shallow}"><True/></Node></Node></TreeModel>'
    )


FOREST = (
    f'<MiningModel functionName="regression">{SCHEMA}<Output><OutputField name="path" feature="predictedValue"/>'
    '</Output><Segmentation multipleModelMethod="average">'
    f"<Segment><True/>{tree(8, 2)}</Segment><Segment><True/>{tree(6, 3)}</Segment></Segmentation></MiningModel>"
)
CLUSTERS = (
    f'<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2">{SCHEMA}'
    '<ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><ClusteringField field="a"/>'
    '<Cluster><Array n="1">0</Array></Cluster><Cluster id="right"><Array n="1">10</Array></Cluster></ClusteringModel>'
)
DISTANCES = '<MeanClusterDistances><Array n="2" type="real">0.5 4</Array></MeanClusterDistances>'


def document(algorithm, inner, *, more="", extra="", function="regression"):
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="a" optype="continuous" dataType="double"/></DataDictionary>
<AnomalyDetectionModel functionName="{function}" algorithmType="{algorithm}">{SCHEMA}{OUTPUT.format(more=more)}
{inner}{extra}</AnomalyDetectionModel></PMML>""".encode()


def both(source, a):
    """The result of the reference engine, after checking that a graph and ``auto`` give the same."""
    frame = pd.DataFrame({"a": np.array(a, dtype=float)})
    expected = modelport_runtime.load(source, engine="reference").score(frame)
    for engine in ("onnx", "auto"):
        found = modelport_runtime.load(source, engine=engine).score(frame)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-14)
    return expected


def test_isolation_forest():
    n = 100
    c = 2 * (math.log(n - 1) + 0.5772156649015329) - 2 * (n - 1) / n
    result = both(document('iforest" sampleDataSize="100', FOREST), [0.5, 3.0])
    np.testing.assert_allclose(result["score"], [2 ** (-7 / c), 2 ** (-2.5 / c)], rtol=1e-14)
    assert result["predictedValue"].tolist() == result["score"].tolist()
    assert result["anomaly"].tolist() == [False, True]


def test_the_score_that_another_engine_gives():
    """PMML4S 1.5.8 on this document, for a path of 5 and of 2; it has the first 8 digits of Euler's constant."""
    result = both(document('iforest" sampleDataSize="100', tree(5, 2)), [0.5, 3.0])
    np.testing.assert_allclose(result["score"], [0.660782717986296, 0.8472732017341897], rtol=1e-9)


def test_distance_in_units_of_the_cluster_s_mean():
    more = '<OutputField name="cluster" feature="entityId"/><OutputField name="distance" feature="affinity"/>'
    result = both(document("clusterMeanDist", CLUSTERS, extra=DISTANCES, more=more), [1.0, 8.0, np.nan])
    np.testing.assert_allclose(result["score"], [1 / 0.5, 2 / 4, np.nan])
    assert result["cluster"].tolist()[:2] == ["1", "right"]
    assert result["distance"].tolist()[:2] == [1, 2]
    assert result["anomaly"].tolist()[:2] == [True, False]
    assert result["anomaly"].isna()[2]


@pytest.mark.parametrize("algorithm", ["ocsvm", "other"])
def test_other_algorithms_give_the_model_s_own_prediction(algorithm):
    more = (
        '<OutputField name="double path" feature="transformedValue" dataType="double"><Apply function="*">'
        '<FieldRef field="path"/><Constant>2</Constant></Apply></OutputField>'
    )
    result = both(document(algorithm, FOREST, more=more), [0.5, 3.0])
    assert result["score"].tolist() == [7, 2.5]
    assert result["double path"].tolist() == [14, 5]


def test_a_clustering_s_own_prediction_is_text():
    source = document("other", CLUSTERS, function="clustering").replace(b' dataType="double"/><Out', b"/><Out")
    source = source.replace(b"greaterThan", b"notEqual").replace(b"<Constant>0.6", b'<Constant dataType="string">1')
    result = both(source, [1.0, 8.0])
    assert result["predictedValue"].tolist() == ["1", "right"]
    assert result["anomaly"].tolist() == [False, True]


def test_the_native_file_the_summary_and_the_tolerance_know_the_model_inside():
    read = read_pmml(document('iforest" sampleDataSize="100', FOREST))
    assert equal(load_document(document_bytes(read)), read)
    lines = summary_of_document(read)["structure"]
    assert lines[0] == "anomaly detection: iforest"
    assert "2 trees" in lines[1]
    assert tolerance_of(read).name == "float64-sum"
    single = FOREST.replace("<MiningModel ", '<MiningModel x-mathContext="float" ')
    assert tolerance_of(read_pmml(document("other", single))).name == "float32-sum"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (document("iforest", FOREST), "'sampleDataSize' is missing"),
        (document('iforest" sampleDataSize="1', FOREST), "must be at least 2"),
        (document('iforest" sampleDataSize="many', FOREST), "is not a number"),
        (document('iforest" sampleDataSize="9', CLUSTERS), "predicts path lengths"),
        (document("clusterMeanDist", CLUSTERS), "MeanClusterDistances is missing"),
        (document("clusterMeanDist", CLUSTERS, extra=DISTANCES.replace('n="2"', 'n="3"')), "n=3 but the array has 2"),
        (document("clusterMeanDist", FOREST, extra=DISTANCES), "needs a ClusteringModel"),
        (document("lof", FOREST), "algorithmType='lof' is unknown"),
        (document("other", ""), "holds 0 models"),
        (document("other", FOREST + CLUSTERS), "holds 2 models"),
    ],
)
def test_faults_are_named_with_their_line(source, message):
    with pytest.raises(ArtifactError, match=message) as caught:
        read_pmml(source)
    assert "<bytes>:" in str(caught.value)


def test_what_the_model_inside_cannot_be_is_refused_with_its_place():
    source = document("other", CLUSTERS.replace("<euclidean/>", "<euclidean/><cosine/>"))
    with pytest.raises(UnsupportedModelError, match="AnomalyDetectionModel/ClusteringModel/ComparisonMeasure/cosine"):
        read_pmml(source)
    output = '<Output><OutputField name="rule" feature="ruleValue"/></Output><ComparisonMeasure '
    source = document("other", CLUSTERS.replace("<ComparisonMeasure ", output))
    with pytest.raises(UnsupportedModelError, match="model/model/output rule: feature ruleValue"):
        modelport_runtime.load(source, engine="reference")
