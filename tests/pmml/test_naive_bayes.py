"""Naive Bayes models, by hand from PMML 4.4, NaiveBayes, and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError
from modelport_runtime.pmml import read_pmml

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="g" optype="categorical" dataType="string"/>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="age" optype="continuous" dataType="double"/>
<DataField name="y" optype="categorical" dataType="string"/></DataDictionary>
<NaiveBayesModel functionName="classification" threshold="0.001"><MiningSchema><MiningField name="g"/>
<MiningField name="x"/><MiningField name="age"/><MiningField name="y" usageType="target"/></MiningSchema>
<Output><OutputField name="a" feature="probability" value="a"/><OutputField name="b" feature="probability" value="b"/>
</Output><BayesInputs>{inputs}</BayesInputs>
<BayesOutput fieldName="y"><TargetValueCounts><TargetValueCount value="a" count="30"/>
<TargetValueCount value="b" count="10"/></TargetValueCounts></BayesOutput></NaiveBayesModel></PMML>"""


def pair(value, a, b):
    counts = f'<TargetValueCount value="a" count="{a}"/><TargetValueCount value="b" count="{b}"/>'
    return f'<PairCounts value="{value}"><TargetValueCounts>{counts}</TargetValueCounts></PairCounts>'


DISCRETE = f'<BayesInput fieldName="g">{pair("m", 10, 5)}{pair("f", 15, 0)}</BayesInput>'
GAUSSIAN = """<BayesInput fieldName="x"><TargetValueStats><TargetValueStat value="a">
<GaussianDistribution mean="0" variance="1"/></TargetValueStat><TargetValueStat value="b">
<GaussianDistribution mean="2" variance="4"/></TargetValueStat></TargetValueStats></BayesInput>"""
DERIVED = f"""<BayesInput fieldName="age"><DerivedField optype="categorical" dataType="string">
<Discretize field="age"><DiscretizeBin binValue="young"><Interval closure="openOpen" rightMargin="30"/></DiscretizeBin>
<DiscretizeBin binValue="old"><Interval closure="closedOpen" leftMargin="30"/></DiscretizeBin></Discretize>
</DerivedField>{pair("young", 8, 6)}{pair("old", 2, 4)}</BayesInput>"""


def scored(inputs, rows, engines=("reference", "onnx")):
    document = DOCUMENT.format(inputs=inputs).encode()
    frame = pd.DataFrame({"g": None, "x": np.nan, "age": np.nan} | rows)
    results = [modelport_runtime.load(document, engine=engine).score(frame) for engine in engines]
    for other in results[1:]:
        np.testing.assert_allclose(other[["a", "b"]], results[0][["a", "b"]], rtol=1e-12)
        assert other["y"].tolist() == results[0]["y"].tolist()
    return results[0]


def shares(a, b):
    return [a / (a + b), b / (a + b)]


def test_counts_are_taken_within_the_class_and_what_never_occurs_has_the_threshold():
    result = scored(DISCRETE, {"g": ["m", "f", "unseen", None]})
    expected = [shares(30 * 10 / 25, 10 * 5 / 5), shares(30 * 15 / 25, 10 * 0.001), shares(30, 10), shares(30, 10)]
    np.testing.assert_allclose(result[["a", "b"]], expected, rtol=1e-13)
    assert result["y"].tolist() == ["a", "a", "a", "a"]


def density(x, mean, variance):
    return math.exp(-((x - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)


def test_a_density_is_at_least_the_threshold():
    result = scored(GAUSSIAN, {"x": [1.0, 8.0, np.nan]})
    expected = [
        shares(30 * density(1, 0, 1), 10 * density(1, 2, 4)),
        shares(30 * 0.001, 10 * density(8, 2, 4)),
        shares(30, 10),
    ]
    np.testing.assert_allclose(result[["a", "b"]], expected, rtol=1e-12)


def test_in_an_extension_the_threshold_stands_for_a_density_of_0_alone():
    result = scored(f"<Extension>{GAUSSIAN}</Extension>{DISCRETE}", {"x": [8.0], "g": ["m"]})
    expected = shares(30 * density(8, 0, 1) * 10 / 25, 10 * density(8, 2, 4))
    np.testing.assert_allclose(result[["a", "b"]], [expected], rtol=1e-12)


def test_an_input_may_be_derived_on_the_way():
    result = scored(DERIVED, {"age": [20.0, 30.0, np.nan]})
    np.testing.assert_allclose(result[["a", "b"]], [shares(24, 6), shares(6, 4), shares(30, 10)], rtol=1e-13)


@pytest.mark.parametrize(
    ("distribution", "probability"),
    [
        ('<PoissonDistribution mean="{m}"/>', lambda x, m: math.exp(-m) * m**x / math.factorial(int(x))),
        ('<UniformDistribution lower="0" upper="{m}"/>', lambda x, m: 1 / m if 0 <= x <= m else 0.001),
    ],
)
def test_other_distributions(distribution, probability):
    inputs = GAUSSIAN.replace('<GaussianDistribution mean="0" variance="1"/>', distribution.format(m=2))
    inputs = inputs.replace('<GaussianDistribution mean="2" variance="4"/>', distribution.format(m=4))
    result = scored(inputs, {"x": [1.0, 3.0]}, engines=("reference", "auto"))
    expected = [shares(30 * probability(x, 2), 10 * probability(x, 4)) for x in (1.0, 3.0)]
    np.testing.assert_allclose(result[["a", "b"]], expected, rtol=1e-12)


def test_many_inputs_do_not_underflow():
    far = GAUSSIAN.replace('threshold="0.001"', 'threshold="0"')
    document = DOCUMENT.format(inputs=far * 1).replace('threshold="0.001"', 'threshold="0"').encode()
    result = modelport_runtime.load(document, engine="reference").score(pd.DataFrame({"x": [1e3]}))
    assert result["y"].tolist() == ["b"]  # e^-500000 against e^-124502: both are 0 as doubles


def test_gaussian_naive_bayes_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    naive_bayes = pytest.importorskip("sklearn.naive_bayes")
    frame, target = datasets.load_iris(return_X_y=True, as_frame=True)
    frame.columns = ["a", "b", "c", "d"]
    fitted = naive_bayes.GaussianNB().fit(frame, target)
    fields = "".join(f'<DataField name="{n}" optype="continuous" dataType="double"/>' for n in frame.columns)
    schema = "".join(f'<MiningField name="{n}"/>' for n in frame.columns)
    inputs = (
        "".join(
            f'<BayesInput fieldName="{name}"><TargetValueStats>'
            + "".join(
                f'<TargetValueStat value="{k}"><GaussianDistribution mean="{fitted.theta_[k, j]!r}" '
                f'variance="{fitted.var_[k, j]!r}"/></TargetValueStat>'
                for k in range(3)
            )
            + "</TargetValueStats></BayesInput>"
            for j, name in enumerate(frame.columns)
        )
        .replace("np.float64(", "")
        .replace(")", "")
    )
    counts = "".join(f'<TargetValueCount value="{k}" count="{n}"/>' for k, n in enumerate(fitted.class_count_))
    outputs = "".join(f'<OutputField name="p{k}" feature="probability" value="{k}"/>' for k in range(3))
    document = (
        '<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>'
        f'{fields}<DataField name="y" optype="categorical" dataType="integer"/></DataDictionary>'
        f'<NaiveBayesModel functionName="classification" threshold="0"><MiningSchema>{schema}'
        f'<MiningField name="y" usageType="target"/></MiningSchema><Output>{outputs}</Output>'
        f'<BayesInputs>{inputs}</BayesInputs><BayesOutput fieldName="y"><TargetValueCounts>{counts}'
        "</TargetValueCounts></BayesOutput></NaiveBayesModel></PMML>"
    )
    for engine in ("reference", "onnx"):
        result = modelport_runtime.load(document.encode(), engine=engine).score(frame)
        np.testing.assert_allclose(result[["p0", "p1", "p2"]], fitted.predict_proba(frame), rtol=1e-9, atol=1e-300)
        assert result["y"].tolist() == fitted.predict(frame).tolist()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('fieldName="g"', 'fieldName="q"', "field 'q' is not defined"),
        ('count="5"', 'count="five"', "count"),
        ('value="a" count="10"', 'value="z" count="10"', "class 'z' is not counted in BayesOutput"),
        ('variance="1"', 'variance="0"', "has no density"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old, new, message):
    document = DOCUMENT.format(inputs=DISCRETE + GAUSSIAN).replace(old, new).encode()
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: .*" + message):
        read_pmml(document)
