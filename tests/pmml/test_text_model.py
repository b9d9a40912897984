"""TextModel: every weight and similarity by hand, counts given or taken from a text."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

TERMS = ("apple", "pear", "plum")
MATRIX = np.array([[2, 1, 0], [0, 1, 3], [1, 0, 0], [0, 0, 1]], dtype=float)
DOCUMENTS = "".join(f'<TextDocument id="d{index}" name="Document {index}"/>' for index in range(4))
RECORDS = np.array([[1, 1, 0], [0, 2, 2], [3, 0, 1]], dtype=float)


def document(
    *,
    terms=TERMS,
    matrix=MATRIX,
    weights="",
    similarity="cosine",
    fields=TERMS,
    data_type="integer",
    function="clustering",
    numbers=(3, 4),
    documents=DOCUMENTS,
):
    rows = "".join(f'<Array type="real">{" ".join(map(str, row))}</Array>' for row in np.asarray(matrix).tolist())
    ranks = "".join(f'<OutputField name="id{r}" feature="entityId" rank="{r}"/>' for r in range(1, 5))
    affinities = "".join(f'<OutputField name="s{d}" feature="affinity" value="d{d}"/>' for d in range(4))
    dictionary = "".join(f'<DataField name="{name}" optype="continuous" dataType="{data_type}"/>' for name in fields)
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_1" version="4.1"><Header/><DataDictionary>{dictionary}
</DataDictionary><TextModel functionName="{function}" numberOfTerms="{numbers[0]}" numberOfDocuments="{numbers[1]}">
<MiningSchema>{"".join(f'<MiningField name="{name}"/>' for name in fields)}</MiningSchema>
<Output>{ranks}{affinities}<OutputField name="shown" feature="predictedDisplayValue"/></Output>
<TextDictionary><Array type="string">{" ".join(terms)}</Array></TextDictionary><TextCorpus>{documents}</TextCorpus>
<DocumentTermMatrix><Matrix>{rows}</Matrix></DocumentTermMatrix><TextModelNormalization {weights}/>
<TextModelSimiliarity similarityType="{similarity}"/></TextModel></PMML>""".encode()


def score(source, frame):
    """The results, which are the same on both engines where no text is searched for terms."""
    result = modelport_runtime.load(source, engine="reference").score(frame)
    if "text" not in frame:
        graph = modelport_runtime.load(source, engine="onnx").score(frame)
        pd.testing.assert_frame_equal(graph, result, rtol=1e-12, atol=1e-12)
    return result


COUNTS = pd.DataFrame(RECORDS, columns=TERMS)
NONE = 'globalTermWeights="none"'


@pytest.mark.parametrize("similarity", ["cosine", "euclidean"])
@pytest.mark.parametrize(
    ("weights", "local", "global_"),
    [
        (NONE, lambda f: f, 1),
        (f'localTermWeights="binary" {NONE}', lambda f: (f > 0) * 1.0, 1),
        (f'localTermWeights="logarithmic" {NONE}', lambda f: np.log10(1 + f), 1),
        (
            f'localTermWeights="augmentedNormalizedTermFrequency" {NONE}',
            lambda f: ((f > 0) + f / f.max(axis=1, keepdims=True)) / 2,
            1,
        ),
        ("", lambda f: f, [math.log10(4 / 2)] * 3),
        ('globalTermWeights="GFIDF"', lambda f: f, [3 / 2, 2 / 2, 4 / 2]),
        ('globalTermWeights="normal"', lambda f: f, [5**-0.5, 2**-0.5, 10**-0.5]),
    ],
)
def test_weights_and_similarities(similarity, weights, local, global_):
    result = score(document(weights=weights, similarity=similarity), COUNTS)
    documents, records = local(MATRIX) * global_, local(RECORDS) * global_
    compare = cosine_similarity if similarity == "cosine" else euclidean_distances
    by_hand = compare(records, documents)
    np.testing.assert_allclose(result[["s0", "s1", "s2", "s3"]], by_hand, rtol=1e-9, atol=1e-9)
    order = np.argsort(-by_hand if similarity == "cosine" else by_hand, axis=1, kind="stable")
    assert result["predictedValue"].tolist() == [f"d{best}" for best in order[:, 0]]
    assert result["id1"].tolist() == result["predictedValue"].tolist()
    assert result["shown"].tolist() == [f"Document {best}" for best in order[:, 0]]


def test_probabilistic_inverse():
    matrix = [[1, 0, 0], [0, 1, 2], [1, 1, 0], [1, 0, 0]]  # in 3, 2 and 1 of 4 documents
    weights = np.array([math.log10(1 / 3), math.log10(2 / 2), math.log10(3 / 1)])
    source = document(matrix=matrix, weights='globalTermWeights="probabilisticInverse"', similarity="euclidean")
    by_hand = euclidean_distances(RECORDS * weights, np.array(matrix) * weights)
    np.testing.assert_allclose(score(source, COUNTS)[["s0", "s1", "s2", "s3"]], by_hand, rtol=1e-9, atol=1e-9)


def test_documents_brought_to_length_1():
    source = document(weights=f'{NONE} documentNormalization="cosine"', similarity="euclidean")
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (RECORDS, MATRIX)]
    by_hand = euclidean_distances(*unit)
    np.testing.assert_allclose(score(source, COUNTS)[["s0", "s1", "s2", "s3"]], by_hand, rtol=1e-9, atol=1e-9)


def test_terms_are_counted_in_a_text():
    source = document(fields=("text",), data_type="string", weights=NONE)
    frame = pd.DataFrame(
        {"text": ["Apple pear", "plum and pear, pear (plum)", "apple apple plum apple", "nothing", None]}
    )
    result = score(source, frame)
    counted = score(document(weights=NONE), COUNTS)
    pd.testing.assert_frame_equal(result[:3], counted)
    assert result["predictedValue"].isna().tolist() == [False, False, False, True, True]


def test_a_record_without_terms_or_with_a_missing_count_is_like_no_document():
    frame = pd.DataFrame({"apple": [0.0, np.nan], "pear": [0.0, 1.0], "plum": [0.0, 1.0]})
    result = score(document(), frame)
    assert result.isna().all(axis=None)


def test_the_native_file_holds_the_model():
    read = read_pmml(document())
    assert equal(load_document(document_bytes(read)), read)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"numbers": (4, 4)}, "numberOfTerms='4' but there are 3"),
        ({"numbers": (3, 5)}, "numberOfDocuments='5' but there are 4"),
        ({"matrix": MATRIX[:, :2]}, "2, expected 4 x 3"),
        ({"matrix": MATRIX[:3]}, "3 x 3, expected 4 x 3"),
        ({"terms": ("apple", "pear", "pear")}, "a term stands twice"),
        ({"documents": '<TextDocument id="d"/>' * 4}, "the same id"),
        ({"fields": ("apple",)}, "no field for the terms pear, plum"),
        ({"similarity": "jaccard"}, "similarityType='jaccard' is unknown"),
        ({"weights": 'localTermWeights="squared"'}, "localTermWeights='squared' is unknown"),
    ],
)
def test_faults_are_named_with_their_line(change, message):
    with pytest.raises(ArtifactError, match=message) as caught:
        read_pmml(document(**change))
    assert "<bytes>:" in str(caught.value)


def test_what_has_no_meaning_is_refused():
    with pytest.raises(UnsupportedModelError, match="a TextModel for classification"):
        read_pmml(document(function="classification"))
    source = document(matrix=MATRIX + 1, weights='globalTermWeights="probabilisticInverse"')
    with pytest.raises(UnsupportedModelError, match="'apple', which is in every document"):
        modelport_runtime.load(source, engine="reference")
