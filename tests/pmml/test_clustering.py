"""ClusteringModel: every measure and comparison by hand, output fields, producers' habits, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

FIELDS = '<ClusteringField field="a"/><ClusteringField field="b"/>'
CLUSTERS = (
    '<Cluster id="near" name="Near by"><Array n="2" type="real">0 0</Array></Cluster>'
    '<Cluster name="Far"><Array n="2" type="real">3 4</Array></Cluster>'
)
OUTPUTS = (
    '<OutputField name="nearest" feature="affinity"/><OutputField name="second" feature="affinity" rank="2"/>'
    '<OutputField name="second id" feature="entityId" rank="2"/>'
)
NAN = math.nan


def document(
    measure="<euclidean/>",
    *,
    kind="distance",
    compare="",
    fields=FIELDS,
    weights="",
    clusters=CLUSTERS,
    outputs=OUTPUTS,
    model_class="centerBased",
    types=("double", "double"),
    derived="",
    version="4.4",
):
    data_fields = "".join(
        f'<DataField name="{name}" optype="{"categorical" if data_type == "string" else "continuous"}" '
        f'dataType="{data_type}"/>'
        for name, data_type in zip("ab", types, strict=True)
    )
    return f"""<PMML xmlns="http://www.dmg.org/PMML-{version.replace(".", "_")}" version="{version}"><Header/>
<DataDictionary>{data_fields}</DataDictionary>
<ClusteringModel functionName="clustering" modelClass="{model_class}" numberOfClusters="2"><MiningSchema>
<MiningField name="a"/><MiningField name="b"/></MiningSchema><Output>{outputs}</Output>{derived}
<ComparisonMeasure kind="{kind}" {compare}>{measure}</ComparisonMeasure>{fields}{weights}{clusters}
</ClusteringModel></PMML>""".encode()


def score(source, engine="reference", **columns):
    return modelport_runtime.load(source, engine=engine).score(pd.DataFrame(columns))


def both(source, **columns):
    """The result of the reference engine, after checking that a graph gives the same."""
    expected, graph = score(source, **columns), score(source, "onnx", **columns)
    pd.testing.assert_frame_equal(graph, expected, rtol=1e-12, atol=1e-14)
    return expected


# The record is (1, 2), the centers are (0, 0) and (3, 4).
@pytest.mark.parametrize(
    ("measure", "distances"),
    [
        ("<euclidean/>", [math.sqrt(1 + 4), math.sqrt(4 + 4)]),
        ("<squaredEuclidean/>", [1 + 4, 4 + 4]),
        ("<chebychev/>", [2, 2]),
        ("<cityBlock/>", [1 + 2, 2 + 2]),
        ('<minkowski p-parameter="3"/>', [(1 + 8) ** (1 / 3), (8 + 8) ** (1 / 3)]),
    ],
)
def test_distances(measure, distances):
    result = both(document(measure), a=[1.0], b=[2.0])
    np.testing.assert_allclose(result[["nearest", "second"]].iloc[0].astype(float), distances, rtol=1e-15)
    assert result["predictedValue"].tolist() == ["near"]
    assert result["second id"].tolist() == ["2"]


# The same with b missing: what is left is multiplied by the sum of weights over that of the fields present.
@pytest.mark.parametrize(
    ("measure", "distances"),
    [
        ("<euclidean/>", [math.sqrt(4 * 1), math.sqrt(4 * 4)]),
        ("<squaredEuclidean/>", [4 * 1, 4 * 4]),
        ("<chebychev/>", [4 * 1, 4 * 2]),
        ("<cityBlock/>", [4 * 1, 4 * 2]),
        ('<minkowski p-parameter="3"/>', [(4 * 1) ** (1 / 3), (4 * 8) ** (1 / 3)]),
    ],
)
def test_a_missing_field_is_made_up_for_by_the_others(measure, distances):
    weights = '<MissingValueWeights><Array n="2" type="real">1 3</Array></MissingValueWeights>'
    result = both(document(measure, weights=weights), a=[1.0], b=[NAN])
    np.testing.assert_allclose(result[["nearest", "second"]].iloc[0].astype(float), distances, rtol=1e-15)


def test_without_missing_value_weights_all_fields_count_alike():
    result = both(document("<squaredEuclidean/>"), a=[1.0, NAN], b=[NAN, NAN])
    assert result["nearest"].tolist()[0] == 2 * 1
    assert result["predictedValue"].isna().tolist() == [False, True]
    assert math.isnan(result["nearest"][1])


def test_weights_of_zero_matter_only_where_something_is_missing():
    weights = '<MissingValueWeights><Array n="2" type="real">0 0</Array></MissingValueWeights>'
    result = both(document(weights=weights), a=[1.0, 1.0], b=[2.0, NAN])
    assert result["predictedValue"][0] == "near"
    assert result["predictedValue"].isna()[1]


@pytest.mark.parametrize(
    ("measure", "distances"),
    [
        ("<euclidean/>", [math.sqrt(2 * 1 + 0.5 * 4), math.sqrt(2 * 4 + 0.5 * 4)]),
        ("<chebychev/>", [2 * 1, 2 * 2]),
        ("<cityBlock/>", [2 * 1 + 0.5 * 2, 2 * 2 + 0.5 * 2]),
    ],
)
def test_field_weights(measure, distances):
    fields = '<ClusteringField field="a" fieldWeight="2"/><ClusteringField field="b" fieldWeight="0.5"/>'
    result = both(document(measure, fields=fields), a=[1.0], b=[2.0])
    np.testing.assert_allclose(result[["nearest", "second"]].iloc[0].astype(float), distances, rtol=1e-15)


def test_gauss_similarity_is_one_half_at_its_scale():
    fields = (
        '<ClusteringField field="a" compareFunction="gaussSim" similarityScale="2"/>'
        '<ClusteringField field="b" compareFunction="gaussSim" similarityScale="0.5"/>'
    )
    result = both(document("<cityBlock/>", kind="similarity", fields=fields), a=[1.0, 2.0], b=[2.0, 0.5])
    by_hand = [0.5 ** (1 / 4) + 0.5 ** (4 / 0.25), 0.5 ** (4 / 4) + 0.5]
    assert result["predictedValue"].tolist() == ["near", "near"]
    np.testing.assert_allclose(result["nearest"], by_hand, rtol=1e-14)


def test_the_measure_gives_the_compare_function_of_fields_without_one():
    fields = '<ClusteringField field="a"/><ClusteringField field="b" compareFunction="equal"/>'
    result = both(document("<cityBlock/>", compare='compareFunction="delta"', fields=fields), a=[3.0], b=[4.0])
    # (3, 4) differs from (0, 0) in a: 1 + 0; from (3, 4) in nothing: 0 + 1. Equally near: the first one.
    assert result["predictedValue"].tolist() == ["near"]
    assert result[["nearest", "second"]].iloc[0].tolist() == [1, 1]


def test_similarity_means_that_more_is_nearer():
    result = both(document(kind="similarity"), a=[1.0], b=[2.0])
    assert result["predictedValue"].tolist() == ["2"]
    assert result["nearest"].tolist() == [math.sqrt(8)]


TABLE = (
    '<ClusteringField field="a" compareFunction="table"><Comparisons><Matrix kind="symmetric"><Array>0</Array>'
    "<Array>0.2 0</Array><Array>1 0.7 0</Array></Matrix></Comparisons></ClusteringField>"
    '<ClusteringField field="b"/>'
)


def test_a_table_compares_categories():
    source = document(
        "<cityBlock/>",
        types=("string", "double"),
        fields=TABLE,
        clusters='<Cluster id="x"><Array type="string">red 0</Array></Cluster>'
        '<Cluster id="y"><Array type="string">blue 1</Array></Cluster>',
    ).replace(
        b'<DataField name="a" optype="categorical" dataType="string"/>',
        b'<DataField name="a" optype="categorical" dataType="string"><Value value="red"/><Value value="green"/>'
        b'<Value value="blue"/></DataField>',
    )
    result = both(source, a=["red", "green", "blue", None], b=[0.0, 0.5, 1.0, 0.2])
    assert result["predictedValue"].tolist() == ["x", "x", "y", "x"]
    np.testing.assert_allclose(result["nearest"], [0, 0.2 + 0.5, 0, 2 * 0.2], rtol=1e-15)
    np.testing.assert_allclose(result["second"], [1 + 1, 0.7 + 0.5, 1 + 1, 2 * 0.8], rtol=1e-15)


def test_texts_are_compared_as_such():
    source = document(
        "<squaredEuclidean/>",
        types=("string", "double"),
        fields='<ClusteringField field="a" compareFunction="delta"/><ClusteringField field="b"/>',
        clusters='<Cluster><Array type="string">"light red" 0</Array></Cluster>'
        '<Cluster><Array type="string">blue 1</Array></Cluster>',
    )
    result = both(source, a=["light red", "blue", "unseen"], b=[1.0, 1.0, 0.4])
    assert result["predictedValue"].tolist() == ["1", "2", "1"]
    np.testing.assert_allclose(result["nearest"], [1, 0, 1 + 0.16], rtol=1e-15)


# a11, a10, a01 and a00 of the record (1, 0) against (1, 1): 1, 0, 1, 0; against (0, 0): 0, 1, 0, 1.
@pytest.mark.parametrize(
    ("measure", "similarities"),
    [
        ("<simpleMatching/>", [1 / 2, 1 / 2]),
        ("<jaccard/>", [1 / 2, 0]),
        ("<tanimoto/>", [1 / 3, 1 / 3]),
        (
            '<binarySimilarity c11-parameter="3" c10-parameter="0.25" c01-parameter="0.5" c00-parameter="1" '
            'd11-parameter="4" d10-parameter="3" d01-parameter="2" d00-parameter="1"/>',
            [(3 + 0.5) / (4 + 2), (0.25 + 1) / (3 + 1)],
        ),
    ],
)
def test_binary_similarities(measure, similarities):
    clusters = (
        '<Cluster id="ones"><Array n="2" type="real">1 1</Array></Cluster>'
        '<Cluster id="zeros"><Array n="2" type="real">0 0</Array></Cluster>'
    )
    result = both(document(measure, kind="similarity", clusters=clusters), a=[1.0, 0.5], b=[0.0, 1.0])
    assert result["predictedValue"][0] == "ones"
    np.testing.assert_allclose(result[["nearest", "second"]].iloc[0].astype(float), similarities, rtol=1e-15)
    assert result["predictedValue"].isna()[1], "one half can be counted neither as 1 nor as 0"


def test_identifiers_names_and_affinities():
    outputs = (
        '<OutputField name="value" feature="predictedValue"/><OutputField name="id" feature="entityId"/>'
        '<OutputField name="old id" feature="clusterId"/><OutputField name="shown" feature="predictedDisplayValue"/>'
        '<OutputField name="by id" feature="affinity" value="2"/>'
        '<OutputField name="by name" feature="clusterAffinity" value="Far"/>'
        '<OutputField name="unknown" feature="entityAffinity" value="3"/>'
        '<OutputField name="shown second" feature="predictedDisplayValue" rank="2"/>'
        '<OutputField name="third" feature="entityId" rank="3"/>'
    )
    row = both(document(outputs=outputs), a=[1.0], b=[2.0]).iloc[0]
    assert row[["value", "id", "old id", "shown"]].tolist() == ["near", "near", "near", "Near by"]
    assert row["by id"] == row["by name"] == math.sqrt(8)
    assert row["shown second"] == "Far"
    assert pd.isna(row["unknown"])
    assert pd.isna(row["third"])


def test_equally_near_clusters_come_in_their_order():
    result = both(document(), a=[1.5], b=[2.0])
    assert result["predictedValue"].tolist() == ["near"]
    assert result["second id"].tolist() == ["2"]


def test_only_center_fields_are_coordinates():
    source = document(
        fields='<ClusteringField field="a"/><ClusteringField field="b" isCenterField="false"/>',
        weights='<MissingValueWeights><Array n="2" type="real">1 1</Array></MissingValueWeights>',
        clusters='<Cluster><Array n="1" type="real">0</Array></Cluster>'
        '<Cluster><Array n="1" type="real">3</Array></Cluster>',
    )
    assert both(source, a=[1.0], b=[100.0])["nearest"].tolist() == [1]


def test_center_fields_of_version_3_are_derived_fields_of_their_own():
    center_fields = (
        '<CenterFields><DerivedField name="half" optype="continuous" dataType="double"><NormContinuous field="a">'
        '<LinearNorm orig="0" norm="0"/><LinearNorm orig="10" norm="5"/></NormContinuous></DerivedField></CenterFields>'
    )
    source = document(
        fields='<ClusteringField field="a"/>' + center_fields,
        clusters='<Cluster><Array n="1" type="real">0</Array></Cluster>'
        '<Cluster><Array n="1" type="real">3</Array></Cluster>',
        version="3.0",
    )
    assert both(source, a=[4.0], b=[0.0])["nearest"].tolist() == [1]


def test_a_center_may_be_a_sparse_array_and_be_described():
    clusters = (
        '<Cluster id="x"><KohonenMap coord1="1" coord2="2"/><REAL-SparseArray n="2"><Indices>2</Indices>'
        '<REAL-Entries>1.5</REAL-Entries></REAL-SparseArray><Covariances><Matrix kind="diagonal"><Array n="2" '
        'type="real">1 1</Array></Matrix></Covariances></Cluster>'
        '<Cluster id="y"><Array n="2" type="int">3 4</Array></Cluster>'
    )
    assert both(document("<cityBlock/>", clusters=clusters), a=[1.0], b=[2.0])["nearest"].tolist() == [1.5]


def test_distributions_with_centers_are_read_with_a_notice():
    read = read_pmml(document(model_class="distributionBased"))
    assert [notice.code for notice in read.card.notices] == ["centers-approximate"]


def test_distances_in_float32():
    source = document("<squaredEuclidean/>").replace(
        b'<ClusteringModel functionName="clustering"',
        b'<ClusteringModel functionName="clustering" x-mathContext="float"',
    )
    a, b = np.float32(0.1), np.float32(0.2)
    assert both(source, a=[0.1], b=[0.2])["nearest"].tolist() == [float(a * a + b * b)]


def test_a_vote_of_clusterings():
    member = document(outputs="").decode().split("</DataDictionary>")[1].removesuffix("</PMML>")
    segments = "".join(f'<Segment id="{index}"><True/>{member}</Segment>' for index in range(3))
    source = document().decode().split("<ClusteringModel")[0] + (
        '<MiningModel functionName="clustering"><MiningSchema><MiningField name="a"/><MiningField name="b"/>'
        f'</MiningSchema><Segmentation multipleModelMethod="majorityVote">{segments}</Segmentation></MiningModel>'
        "</PMML>"
    )
    assert both(source.encode(), a=[1.0, 3.0], b=[2.0, 4.0])["predictedValue"].tolist() == ["near", "2"]


@pytest.mark.parametrize("n_clusters", [3, 8])
def test_kmeans_of_scikit_learn(n_clusters):
    data = load_iris(as_frame=True).data.set_axis(["a", "b", "c", "d"], axis=1)[["a", "b"]]
    model = KMeans(n_clusters, n_init=1, random_state=0).fit(data)
    clusters = "".join(
        f'<Cluster id="{index}"><Array n="2" type="real">{" ".join(map(repr, center.tolist()))}</Array></Cluster>'
        for index, center in enumerate(model.cluster_centers_)
    )
    outputs = "".join(
        f'<OutputField name="d{index}" feature="affinity" value="{index}"/>' for index in range(n_clusters)
    )
    result = both(document(clusters=clusters, outputs=outputs), **data)
    assert result["predictedValue"].astype(int).tolist() == model.predict(data).tolist()
    np.testing.assert_allclose(result.iloc[:, 1:], model.transform(data), rtol=1e-9, atol=1e-12)


def test_the_native_file_holds_the_model():
    read = read_pmml(document(weights='<MissingValueWeights><Array n="2">1 3</Array></MissingValueWeights>'))
    assert equal(load_document(document_bytes(read)), read)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clusters": ""}, "no Cluster"),
        ({"clusters": "<Cluster/>"}, "no center"),
        ({"clusters": '<Cluster><Array n="2" type="real">1</Array></Cluster>'}, "n=2 but the array has 1 items"),
        ({"clusters": '<Cluster><Array type="real">1 2 3</Array></Cluster>'}, "3 items, expected 2"),
        ({"clusters": '<Cluster><Array type="real">1 x</Array></Cluster>'}, "not a number"),
        ({"clusters": CLUSTERS.replace("<Cluster name", '<Cluster id="near" name')}, "defined twice"),
        ({"fields": FIELDS.replace('"b"', '"c"')}, "field 'c' is not defined"),
        ({"fields": ""}, "no ClusteringField"),
        ({"measure": ""}, "holds no measure"),
        ({"measure": "<minkowski/>"}, "'p-parameter' is missing"),
        ({"measure": '<minkowski p-parameter="0"/>'}, "greater than 0"),
        ({"kind": "nearness"}, "kind='nearness' is unknown"),
        ({"model_class": "spectral"}, "modelClass='spectral' is unknown"),
        ({"fields": FIELDS.replace('"b"', '"b" compareFunction="gaussSim"')}, "needs a similarityScale"),
        ({"fields": FIELDS.replace('"b"', '"b" compareFunction="table"')}, "declares no values"),
        ({"fields": FIELDS.replace('"b"', '"b" compareFunction="close"')}, "compareFunction='close' is unknown"),
        (
            {"weights": '<MissingValueWeights><Array n="3">1 1 1</Array></MissingValueWeights>'},
            "3 missing value weights",
        ),
    ],
)
def test_faults_are_named_with_their_line(change, message):
    with pytest.raises(ArtifactError, match=message) as caught:
        read_pmml(document(**change))
    assert "<bytes>:" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_class": "distributionBased", "clusters": "<Cluster/>"}, "distributionBased without centers"),
        ({"types": ("string", "double")}, "'a' of type string in a comparison of numbers"),
        ({"measure": "<cosine/><euclidean/>"}, "cosine is not supported"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, message):
    with pytest.raises(UnsupportedModelError, match=message):
        read_pmml(document(**change))
