"""Baseline models: statistics worked out from their definitions, row by row."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="s" optype="categorical" dataType="string"/>
<DataField name="w" optype="continuous" dataType="double"/>
<DataField name="score" optype="continuous" dataType="double"/></DataDictionary>
<BaselineModel functionName="regression"><MiningSchema><MiningField name="x"/><MiningField name="s"/>
<MiningField name="w"/><MiningField name="score" usageType="target"/></MiningSchema>{}</BaselineModel></PMML>"""
# PMML 4.4, Baseline Model, example 1.
CUSUM = """<TestDistributions field="x" testStatistic="CUSUM" resetValue="{reset}">
<Baseline><GaussianDistribution mean="550.2" variance="48.2"/></Baseline>
<Alternate><GaussianDistribution mean="460.4" variance="39.2"/></Alternate></TestDistributions>"""


def scores(body, **columns):
    content, frame = DOCUMENT.format(body).encode(), pd.DataFrame(columns)
    result = modelport_runtime.load(content).score(frame)
    if "zValue" in body:
        graph = modelport_runtime.load(content, engine="onnx").score(frame)
        pd.testing.assert_frame_equal(graph, result, check_exact=True)
    return result["score"].tolist()


def log_density(x, mean, variance):
    return -((x - mean) ** 2) / (2 * variance) - math.log(math.sqrt(2 * math.pi * variance))


@pytest.mark.parametrize("reset", [0.0, -5.0, 3.0])
def test_cusum_of_the_specification(reset):
    x = [550.0, 540.0, 505.0, 460.0, math.nan, 470.0, 506.0, 600.0, 505.0, 504.0]
    expected, last = [], 0.0
    for value in x:
        if value == value:
            last = max(reset, last + log_density(value, 460.4, 39.2) - log_density(value, 550.2, 48.2))
        expected.append(last if value == value else None)
    found = [value if value == value else None for value in scores(CUSUM.format(reset=reset), x=x)]
    assert found == [None if value is None else pytest.approx(value, rel=1e-12) for value in expected]


def test_cusum_in_parts(monkeypatch):
    from modelport_runtime.executors.reference import _baseline

    x = np.random.default_rng(1).normal(506, 3, 200).tolist()
    whole = scores(CUSUM.format(reset=0), x=x)
    monkeypatch.setattr(_baseline, "_ROWS", 7)
    assert scores(CUSUM.format(reset=0), x=x) == pytest.approx(whole, rel=1e-10, abs=1e-10)


def test_cusum_of_counts():
    body = """<TestDistributions field="x" testStatistic="CUSUM"><Baseline><PoissonDistribution mean="2"/></Baseline>
<Alternate><GaussianDistribution mean="3" variance="4"/></Alternate></TestDistributions>"""
    ratios = [log_density(x, 3, 4) - math.log(math.exp(-2) * 2**x / math.factorial(x)) for x in (3, 4)]
    found = scores(body, x=[3.0, 0.5, 4.0])
    assert found[1] != found[1]  # no count
    assert found[0] == pytest.approx(max(0, ratios[0]), rel=1e-12)
    assert found[2] == pytest.approx(max(0, max(0, ratios[0]) + ratios[1]), rel=1e-12)


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        ('<GaussianDistribution mean="10" variance="4"/>', [2, -1.5]),
        ('<AnyDistribution mean="10" variance="16"/>', [1, -0.75]),
        ('<PoissonDistribution mean="9"/>', [5 / 3, -2 / 3]),
    ],
)
def test_z_values(distribution, expected):
    body = (
        f'<TestDistributions field="x" testStatistic="zValue"><Baseline>{distribution}</Baseline></TestDistributions>'
    )
    assert scores(body, x=[14.0, 7.0]) == pytest.approx(expected, rel=1e-15)
    assert not modelport_runtime.load(DOCUMENT.format(body).encode()).needs_all_rows


COUNTS = """<TestDistributions field="s" testStatistic="scalarProduct" {}><Baseline><CountTable sample="6">
<FieldValueCount field="s" value="a" count="4"/><FieldValueCount field="s" value="b" count="2"/></CountTable></Baseline>
</TestDistributions>"""


@pytest.mark.parametrize("window", [0, 1, 2, 3])
@pytest.mark.parametrize("scheme", [None, "Independent", "SizeWeighted"])
@pytest.mark.parametrize("weighted", [False, True])
def test_counts_against_counts(window, scheme, weighted):
    s, w = ["a", "b", "c", None, "a", "a", "b", "d"], [1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 2.0, 1.0]
    expected, kept = [], []
    for value, weight in zip(s, w, strict=True):
        if value is None:
            expected.append(None)
            continue
        kept = [*kept, (value, weight if weighted else 1.0)][-window:]
        counts = {key: sum(each for name, each in kept if name == key) for key, _ in kept}
        product = 4 * counts.get("a", 0) + 2 * counts.get("b", 0)
        own, base = sum(count**2 for count in counts.values()), 4**2 + 2**2
        # Without a scheme the product is as it is: PMML gives the attribute no default.
        expected.append(
            product / {None: 1, "Independent": math.sqrt(own * base), "SizeWeighted": (own + base) / 2}[scheme]
        )
    attributes = f'windowSize="{window}"' + (f' normalizationScheme="{scheme}"' if scheme else "")
    attributes += ' weightField="w"' if weighted else ""
    found = [value if value == value else None for value in scores(COUNTS.format(attributes), s=s, w=w)]
    assert found == [None if value is None else pytest.approx(value, rel=1e-12) for value in expected]


WINDOWED = '<TestDistributions field="x" testStatistic="zValue" windowSize="9">{}</TestDistributions>'
GAUSSIAN = '<Baseline><GaussianDistribution mean="1" variance="{}"/></Baseline>'


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ('<TestDistributions field="z" testStatistic="zValue"/>', ArtifactError, "'z' is not defined"),
        ('<TestDistributions field="x" testStatistic="magic"/>', ArtifactError, "testStatistic='magic' is unknown"),
        ('<TestDistributions field="x" testStatistic="zValue"/>', ArtifactError, "element Baseline is missing"),
        (
            '<TestDistributions field="x" testStatistic="chiSquareDistribution"/>',
            UnsupportedModelError,
            "testStatistic chiSquareDistribution, whose result may be the statistic or its probability",
        ),
        (
            f'<TestDistributions field="x" testStatistic="CUSUM">{GAUSSIAN.format(1)}</TestDistributions>',
            ArtifactError,
            "element Alternate is missing",
        ),
        (
            f'<TestDistributions field="x" testStatistic="zValue">{GAUSSIAN.format(0)}</TestDistributions>',
            UnsupportedModelError,
            "a Gaussian distribution of variance 0.0",
        ),
        (
            WINDOWED.format(GAUSSIAN.format(1)),
            UnsupportedModelError,
            "windowSize of zValue",
        ),
        (CUSUM.format(reset=0).replace("Gaussian", "Any"), UnsupportedModelError, "which has no density"),
        (CUSUM.format(reset=0).replace("Gaussian", "Uniform"), UnsupportedModelError, "UniformDistribution"),
        (COUNTS.format('weightField="z"'), ArtifactError, "'z' is not defined"),
        (COUNTS.format('normalizationScheme="z"'), ArtifactError, "normalizationScheme='z' is unknown"),
    ],
)
def test_malformed(body, error, message):
    with pytest.raises(error, match=message):
        modelport_runtime.load(DOCUMENT.format(body).encode(), engine="reference")


@pytest.mark.parametrize("body", [CUSUM.format(reset=1), COUNTS.format('windowSize="2"')])
def test_files_of_our_own(body):
    read = read_pmml(DOCUMENT.format(body).encode())
    again = load_document(document_bytes(read))
    assert equal(again, read)
    assert modelport_runtime.load(again).needs_all_rows
