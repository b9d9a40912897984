"""GaussianProcessModel: the example of PMML 4.4, Gaussian Process, by hand, and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.pmml import read_pmml
from tests.pmml.kernel_documents import array, gaussian_process, pmml

ENGINES = ("reference", "onnx")
SPREAD = (
    '<Output><OutputField name="sd" feature="standardDeviation"/>'
    '<OutputField name="se" feature="standardError"/></Output>'
)
PLANE = ("x1", "x2")
EXAMPLE = (
    '<ARDSquaredExponentialKernel gamma="2.4890" noiseVariance="0.0110"><Lambda>{}</Lambda>'
    "</ARDSquaredExponentialKernel>"
)


def score(document, frame, engine="reference"):
    return modelport_runtime.load(document, engine=engine).score(frame)


def example(output=SPREAD):
    kernel = EXAMPLE.format(array([1.5164, 59.3113]))
    return pmml(gaussian_process(PLANE, kernel, [(1, 3, 1), (2, 6, 2)], output), PLANE)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_example_of_the_specification(engine):
    # The specification gives the mean 1.0095 and the variance 0.0226, of parameters that it shows rounded.
    scored = score(example(), pd.DataFrame({"x1": [1.0, None], "x2": [4.0, 4.0]}), engine)
    assert scored["y"].tolist() == pytest.approx([1.0095, math.nan], abs=5e-5, nan_ok=True)
    assert (scored["sd"] ** 2).tolist() == pytest.approx([0.0226, math.nan], abs=1e-4, nan_ok=True)
    assert scored["se"].tolist() == pytest.approx(scored["sd"].tolist(), nan_ok=True)


def test_the_output_fields_of_the_example():
    output = (
        '<Output><OutputField name="MeanValue" feature="predictedValue" dataType="double"/>'
        '<OutputField name="StandardDeviation" feature="predictedValue" dataType="double"/></Output>'
    )
    document = read_pmml(example(output))
    assert [field.feature for field in document.model.outputs] == ["predictedValue", "standardDeviation"]
    assert [notice.code for notice in document.card.notices] == ["feature-inferred"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("kernel", "between"),
    [
        # The instance is (1, 2), the row (3, -1).
        ('<RadialBasisKernel gamma="2" noiseVariance="0.5" lambda="3"/>', math.exp(-0.5 * (4 + 9) / 9)),
        (
            '<ARDSquaredExponentialKernel gamma="2" noiseVariance="0.5"><Lambda><Array n="2" type="real">2 3</Array>'
            "</Lambda></ARDSquaredExponentialKernel>",
            math.exp(-0.5 * (1 + 1)),
        ),
        (
            '<AbsoluteExponentialKernel gamma="2" noiseVariance="0.5"><Lambda><Array n="2" type="real">4 6</Array>'
            "</Lambda></AbsoluteExponentialKernel>",
            math.exp(-(0.5 + 0.5)),
        ),
        (
            '<GeneralizedExponentialKernel gamma="2" noiseVariance="0.5" degree="1.5"><Lambda><Array n="2" type="real">'
            "4 6</Array></Lambda></GeneralizedExponentialKernel>",
            math.exp(-(0.5**1.5 + 0.5**1.5)),
        ),
    ],
)
def test_kernels(engine, kernel, between):
    # One instance of value 5: the mean is k 5 / (2 + 0.5), the variance 2 - k**2 / (2 + 0.5) + 0.5.
    document = pmml(gaussian_process(PLANE, kernel, [(1, 2, 5)], SPREAD), PLANE)
    scored = score(document, pd.DataFrame({"x1": [3.0], "x2": [-1.0]}), engine)
    k = 2 * between
    assert scored["y"].tolist() == pytest.approx([k * 5 / 2.5], rel=1e-13)
    assert scored["sd"].tolist() == pytest.approx([math.sqrt(2 - k * k / 2.5 + 0.5)], rel=1e-13)


def test_parameters_that_are_not_given_are_one():
    for kernel in ("RadialBasisKernel", "AbsoluteExponentialKernel"):
        document = pmml(gaussian_process(("x",), f"<{kernel}/>", [(0, 3)]), ("x",))
        between = math.exp(-0.5 * 4) if kernel == "RadialBasisKernel" else math.exp(-2)
        assert score(document, pd.DataFrame({"x": [2.0]}))["y"].tolist() == pytest.approx([between * 3 / 2])


RANDOM = np.random.default_rng(0)
INSTANCES = RANDOM.normal(size=(40, 2))
VALUES = np.sin(INSTANCES[:, 0]) + INSTANCES[:, 1] ** 2
GRID = pd.DataFrame(RANDOM.normal(size=(300, 2)) * 2, columns=list(PLANE))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("kernel", "fields", "written"),
    [
        (
            ConstantKernel(1.7) * RBF(0.8) + WhiteKernel(0.05),
            PLANE,
            lambda k: (
                f'<RadialBasisKernel gamma="{k.k1.k1.constant_value}" noiseVariance="{k.k2.noise_level}" '
                f'lambda="{k.k1.k2.length_scale}"/>'
            ),
        ),
        (
            ConstantKernel(1.7) * RBF([0.8, 2.0]) + WhiteKernel(0.05),
            PLANE,
            lambda k: (
                f'<ARDSquaredExponentialKernel gamma="{k.k1.k1.constant_value}" noiseVariance="'
                f'{k.k2.noise_level}"><Lambda>{array(k.k1.k2.length_scale)}</Lambda></ARDSquaredExponentialKernel>'
            ),
        ),
        (
            ConstantKernel(1.7) * Matern(0.8, nu=0.5) + WhiteKernel(0.05),
            ("x1",),
            lambda k: (
                f'<AbsoluteExponentialKernel gamma="{k.k1.k1.constant_value}" noiseVariance="'
                f'{k.k2.noise_level}"><Lambda>{array([k.k1.k2.length_scale])}</Lambda></AbsoluteExponentialKernel>'
            ),
        ),
        (
            # Of degree 2 it has no factor one half.
            ConstantKernel(1.7) * RBF([0.8, 2.0]) + WhiteKernel(0.05),
            PLANE,
            lambda k: (
                f'<GeneralizedExponentialKernel gamma="{k.k1.k1.constant_value}" noiseVariance="'
                f'{k.k2.noise_level}" degree="2"><Lambda>{array(k.k1.k2.length_scale * math.sqrt(2))}</Lambda>'
                "</GeneralizedExponentialKernel>"
            ),
        ),
    ],
    ids=["radial", "ard", "absolute", "generalized"],
)
def test_means_and_deviations_are_those_of_scikit_learn(engine, kernel, fields, written):
    # A white kernel is the noise of the values, and of the predicted value too.
    known = INSTANCES[:, : len(fields)]
    model = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(known, VALUES)
    rows = np.column_stack([known, VALUES])
    document = pmml(gaussian_process(fields, written(model.kernel_), rows.tolist(), SPREAD), fields)
    mean, deviation = model.predict(GRID[list(fields)].to_numpy(), return_std=True)
    scored = score(document, GRID[list(fields)], engine)
    np.testing.assert_allclose(scored["y"], mean, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(scored["sd"], deviation, rtol=1e-10)


GOOD = example().decode()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<x2>3.0</x2>", "<x2>three</x2>", "'three' in the training instances is no number"),
        ("<x2>3.0</x2>", "", "None in the training instances is no number"),
        ('field="y" column="y"', 'field="x2" column="y"', "field 'x2' is given twice"),
        ('<InstanceField field="y" column="y"/>', "", "target 'y' is not one of the instances' fields"),
        ('field="x2" column="x2"', 'field="z" column="x2"', "field 'z' of the instances is not defined"),
        ('n="2" type="real">1.5164', 'n="2" type="real">1.5164 7', "n=2 but the array has 3 items"),
        ('n="2" type="real">1.5164', 'n="3" type="real">1.5164 7', "Lambda has 3 numbers for 2 fields"),
        ('n="2" type="real">1.5164', 'n="2" type="real">0', "every lambda must be positive"),
        ('noiseVariance="0.0110"', 'noiseVariance="-1"', "noiseVariance must not be negative"),
        ("<row>", "<line>", "there are no training instances"),
        ("TrainingInstances>", "Instances>", "TrainingInstances is missing"),
        ("ARDSquaredExponentialKernel", "LinearKernel", "RadialBasisKernel or ARDSquaredExponentialKernel"),
    ],
)
def test_what_does_not_fit_is_an_error_with_its_line(old, new, reason):
    assert old in GOOD
    # Of an element both tags are renamed.
    changed = GOOD.replace(old, new, 1 if old.startswith(("<x2>", "n=")) else -1)
    changed = changed.replace("</row>", "</line>") if new == "<line>" else changed
    with pytest.raises(ArtifactError, match=reason) as caught:
        read_pmml(changed.encode())
    assert ":1: PMML/GaussianProcessModel" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('functionName="regression"', 'functionName="classification"', "predicts classes is not defined"),
        ('functionName="regression"', 'functionName="regression" x-mathContext="float"', "x-mathContext='float'"),
        ("InlineTable>", "TableLocator>", "training instances outside the document"),
    ],
)
def test_what_is_not_supported(old, new, reason):
    with pytest.raises(UnsupportedModelError, match=reason):
        read_pmml(GOOD.replace(old, new).encode())


def test_equal_instances_without_noise_have_no_prediction():
    kernel = '<RadialBasisKernel noiseVariance="0"/>'
    document = pmml(gaussian_process(("x",), kernel, [(1, 2), (1, 3)]), ("x",))
    with pytest.raises(UnsupportedModelError, match="not positive definite"):
        modelport_runtime.load(document, engine="reference")
