"""NeuralNetwork: by hand from PMML 4.4, Neural Network, and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets, neural_network

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.pmml import read_pmml
from tests.pmml import kernel_documents
from tests.pmml.kernel_documents import pmml, schema

ENGINES = ("reference", "onnx")
AB = '<DataField name="y" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/></DataField>'
NUMBER = '<DataField name="y" optype="continuous" dataType="double"/>'
SELF = '<FieldRef field="y"/>'
FRAME = pd.DataFrame({"x1": [0.5, -2.0, None], "x2": [1.0, 3.0, 1.0]})


def output(node, expression, optype="continuous", data_type="double"):
    return (
        f'<NeuralOutput outputNeuron="{node}"><DerivedField optype="{optype}" dataType="{data_type}">{expression}'
        "</DerivedField></NeuralOutput>"
    )


def is_class(node, label):
    return output(node, f'<NormDiscrete field="y" value="{label}"/>', "categorical", "string")


def document(
    network="",
    hidden="",
    neuron="",
    outputs=None,
    function="regression",
    target=NUMBER,
    more="",
    last='activationFunction="identity"',
    result="",
    local="",
):
    """Two inputs; neurons h1 and h2, the second connected to one input only; neurons o1 and o2."""
    inputs = "".join(
        f'<NeuralInput id="i{index}"><DerivedField optype="continuous" dataType="double"><FieldRef field="x{index}"/>'
        "</DerivedField></NeuralInput>"
        for index in (1, 2)
    )
    model = (
        f'<NeuralNetwork functionName="{function}" {network}>{schema(["x1", "x2"])}{result}{local}'
        f"<NeuralInputs>{inputs}</NeuralInputs>"
        f'<NeuralLayer {hidden}><Neuron id="h1" bias="0.1" {neuron}><Con from="i1" weight="0.5"/>'
        f'<Con from="i2" weight="-0.25"/></Neuron><Neuron id="h2" {neuron}><Con from="i2" weight="2"/></Neuron>'
        f'</NeuralLayer><NeuralLayer {last}><Neuron id="o1" bias="0.5"><Con from="h1" weight="1.5"/>'
        f'<Con from="h2" weight="-0.5"/>{more}</Neuron><Neuron id="o2"><Con from="h2" weight="1"/></Neuron>'
        f"</NeuralLayer><NeuralOutputs>{output('o1', SELF) if outputs is None else outputs}</NeuralOutputs>"
        "</NeuralNetwork>"
    )
    return pmml(model, ["x1", "x2"], target)


def score(given, frame=FRAME, engine="reference"):
    return modelport_runtime.load(given, engine=engine).score(frame)


def values(given, engine="reference"):
    return score(given, FRAME, engine)["y"].tolist()


# In the first row h1 sums up 0.1 + 0.5 * 0.5 - 0.25 * 1 = 0.1 and h2 2; in the second -1.65 and 6.
SUMS = ((0.1, 2.0), (-1.65, 6.0))
ACTIVATIONS = {
    'activationFunction="logistic"': lambda z: 1 / (1 + math.exp(-z)),
    'activationFunction="tanh"': math.tanh,
    'activationFunction="identity"': lambda z: z,
    'activationFunction="exponential"': math.exp,
    'activationFunction="reciprocal"': lambda z: 1 / z,
    'activationFunction="square"': lambda z: z * z,
    'activationFunction="Gauss"': lambda z: math.exp(-z * z),
    'activationFunction="sine"': math.sin,
    'activationFunction="cosine"': math.cos,
    'activationFunction="Elliott"': lambda z: z / (1 + abs(z)),
    'activationFunction="arctan"': lambda z: 2 * math.atan(z) / math.pi,
    'activationFunction="rectifier"': lambda z: max(z, 0.0),
    'activationFunction="rectifier" x-leakage="0.01"': lambda z: z if z > 0 else 0.01 * z,
    'activationFunction="threshold"': lambda z: float(z > 0),
    'activationFunction="threshold" threshold="2"': lambda z: float(z > 2),
    'activationFunction="threshold" threshold="1.99"': lambda z: float(z > 1.99),
}


@pytest.mark.parametrize("engine", ["reference", "auto"])
@pytest.mark.parametrize("network", ACTIVATIONS)
def test_activation_functions(engine, network):
    activate = ACTIVATIONS[network]
    expected = [0.5 + 1.5 * activate(h1) - 0.5 * activate(h2) for h1, h2 in SUMS]
    assert values(document(network), engine) == pytest.approx([*expected, math.nan], rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("network", "hidden", "neuron", "width", "altitude"),
    [
        ('width="0.7" altitude="1.3"', "", "", 0.7, 1.3),
        ('width="0.7"', "", "", 0.7, 1.0),
        ('width="0.7" altitude="1.3"', 'width="2"', "", 2.0, 1.3),
        ('width="0.7" altitude="1.3"', 'width="2" altitude="3"', 'width="1.5" altitude="1.1"', 1.5, 1.1),
    ],
)
def test_radial_basis(engine, network, hidden, neuron, width, altitude):
    # exp(f log(altitude) - Z), f being the number of connections and Z = |weights - inputs|**2 / (2 width**2).
    expected = []
    for x1, x2 in ((0.5, 1.0), (-2.0, 3.0)):
        distances = ((0.5 - x1) ** 2 + (-0.25 - x2) ** 2, (2 - x2) ** 2)
        h1, h2 = (math.exp(f * math.log(altitude) - d / (2 * width**2)) for f, d in zip((2, 1), distances, strict=True))
        expected.append(0.5 + 1.5 * h1 - 0.5 * h2)
    given = document(f'activationFunction="radialBasis" {network}', hidden, neuron)
    assert values(given, engine) == pytest.approx([*expected, math.nan], rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("network", "hidden", "last", "of_hidden", "of_last"),
    [
        ('normalizationMethod="softmax"', "", "", "softmax", "softmax"),
        ('normalizationMethod="softmax"', 'normalizationMethod="none"', "", "none", "softmax"),
        ("", 'normalizationMethod="simplemax"', "", "simplemax", "none"),
        ("", "", 'normalizationMethod="softmax"', "none", "softmax"),
    ],
)
def test_normalization_of_the_network_and_of_layers(engine, network, hidden, last, of_hidden, of_last):
    def normalize(method, outputs):
        if method == "softmax":
            outputs = [math.exp(value) for value in outputs]
        return outputs if method == "none" else [value / sum(outputs) for value in outputs]

    expected = []
    for sums in SUMS:
        h1, h2 = normalize(of_hidden, sums)
        expected.append(normalize(of_last, [0.5 + 1.5 * h1 - 0.5 * h2, h2])[0])
    given = document(f'activationFunction="identity" {network}', hidden, last=last)
    assert values(given, engine) == pytest.approx([*expected, math.nan], rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_layers_override_activation_and_threshold(engine):
    given = document(
        'activationFunction="threshold" threshold="9"', 'threshold="0.05"', last='activationFunction="square"'
    )
    assert values(given, engine)[:2] == [(0.5 + 1.5 - 0.5) ** 2, (0.5 - 0.5) ** 2]


@pytest.mark.parametrize("engine", ENGINES)
def test_connections_may_skip_layers_and_what_is_not_connected_is_not_missed(engine):
    given = document('activationFunction="identity"', more='<Con from="i2" weight="10"/>')
    expected = [0.5 + 1.5 * 0.1 - 0.5 * 2 + 10, 0.5 - 1.5 * 1.65 - 0.5 * 6 + 30]
    assert values(given, engine) == pytest.approx([*expected, math.nan], nan_ok=True)
    # h2 and o2 are not connected to x1, which is missing in the last row.
    assert values(document('activationFunction="identity"', outputs=output("o2", SELF)), engine) == [2.0, 6.0, 2.0]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("outliers", "expected"),
    [
        # o2 is 2, 6, 2 and the norms are 1, 3, 4: between 1 and 3 a step of 5 a unit, from 3 to 4 of 40 a unit.
        ("", [5.0, 10.0 + 3 * 40, 5.0]),
        ('outliers="asIs"', [5.0, 130.0, 5.0]),
        ('outliers="asMissingValues"', [5.0, math.nan, 5.0]),
        ('outliers="asExtremeValues"', [5.0, 50.0, 5.0]),
    ],
)
def test_a_normalised_target_is_mapped_back(engine, outliers, expected):
    norm = (
        f'<NormContinuous field="y" {outliers}><LinearNorm orig="0" norm="1"/><LinearNorm orig="10" norm="3"/>'
        '<LinearNorm orig="50" norm="4"/></NormContinuous>'
    )
    given = document('activationFunction="identity"', outputs=output("o2", norm))
    assert values(given, engine) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_falling_norm_behind_a_derived_field_is_mapped_back(engine):
    local = (
        '<LocalTransformations><DerivedField name="scaled" optype="continuous" dataType="double">'
        '<NormContinuous field="y"><LinearNorm orig="0" norm="10"/><LinearNorm orig="10" norm="0"/></NormContinuous>'
        "</DerivedField></LocalTransformations>"
    )
    given = document('activationFunction="identity"', outputs=output("o2", '<FieldRef field="scaled"/>'), local=local)
    assert values(given, engine) == pytest.approx([8.0, 4.0, 8.0])


RESULTS = (
    '<Output><OutputField name="pa" feature="probability" value="a"/><OutputField name="pb" feature="probability" '
    'value="b"/><OutputField name="best" feature="probability"/><OutputField name="node" feature="entityId"/></Output>'
)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_class_of_the_greatest_output_wins(engine):
    given = document(
        'activationFunction="identity"',
        outputs=is_class("o1", "b") + is_class("o2", "a"),
        function="classification",
        target=AB,
        result=RESULTS,
        last='activationFunction="identity" normalizationMethod="softmax"',
    )
    scored = score(given, FRAME, engine)
    first = math.exp(0.5 + 0.15 - 1) / (math.exp(0.5 + 0.15 - 1) + math.exp(2))
    assert scored["y"].tolist()[:2] == ["a", "a"]
    assert scored["y"].isna().tolist() == [False, False, True]
    assert scored["pb"].tolist()[0] == pytest.approx(first)
    assert (scored["pa"] + scored["pb"]).tolist()[:2] == pytest.approx([1, 1])
    assert scored["best"].tolist()[:2] == scored["pa"].tolist()[:2]
    assert scored["node"].tolist()[:2] == ["o2", "o2"]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_output_wins_ties(engine):
    given = document(
        'activationFunction="threshold" threshold="-9"',
        outputs=is_class("h2", "b") + is_class("h1", "a"),
        function="classification",
        target=AB,
    )
    assert score(given, FRAME, engine)["y"].tolist()[:2] == ["b", "b"]


@pytest.mark.parametrize("engine", ENGINES)
def test_one_output_decides_between_two_classes(engine):
    given = document(
        'activationFunction="logistic"',
        outputs=is_class("h1", "b"),
        function="classification",
        target=AB,
        result=RESULTS,
    )
    scored = score(given, FRAME, engine)
    probability = [1 / (1 + math.exp(-z)) for z, _ in SUMS]
    assert scored["y"].tolist()[:2] == ["b", "a"]
    assert scored["pb"].tolist()[:2] == pytest.approx(probability)
    assert scored["pa"].tolist()[:2] == pytest.approx([1 - p for p in probability])
    assert scored["node"].tolist()[:2] == ["h1", "h1"]


@pytest.mark.parametrize("engine", ENGINES)
def test_several_targets(engine):
    target = NUMBER + '<DataField name="z" optype="continuous" dataType="double"/>'
    given = document(
        'activationFunction="identity"',
        outputs=output("o2", '<FieldRef field="z"/>') + output("h1", SELF),
        target=target,
    ).replace(b"</MiningSchema>", b'<MiningField name="z" usageType="target"/></MiningSchema>')
    scored = score(given, FRAME, engine)
    assert list(scored.columns) == ["y", "z"]
    assert scored["z"].tolist() == [2.0, 6.0, 2.0]
    assert scored["y"].tolist() == pytest.approx([0.1, -1.65, math.nan], nan_ok=True)


def test_a_network_without_outputs_has_those_of_its_last_layer():
    without = document('activationFunction="identity"').decode()
    start, end = without.index("<NeuralOutputs>"), without.index("</NeuralOutputs>") + len("</NeuralOutputs>")
    classes = (without[:start] + without[end:]).replace("regression", "classification").replace(NUMBER, AB)
    assert score(classes.encode())["y"].tolist()[:2] == ["b", "b"]
    with pytest.raises(ArtifactError, match="NeuralOutputs is missing"):
        read_pmml((without[:start] + without[end:]).encode())


@pytest.mark.parametrize("engine", ENGINES)
def test_inputs_are_expressions(engine):
    inputs = (
        '<NeuralInputs><NeuralInput id="i1"><DerivedField optype="continuous" dataType="double"><NormContinuous '
        'field="x1" outliers="asExtremeValues" mapMissingTo="0.5"><LinearNorm orig="0" norm="0"/>'
        '<LinearNorm orig="2" norm="1"/></NormContinuous></DerivedField></NeuralInput><NeuralInput id="i2">'
        '<DerivedField optype="continuous" dataType="double"><Apply function="*"><FieldRef field="x2"/><Constant '
        'dataType="double">2</Constant></Apply></DerivedField></NeuralInput></NeuralInputs>'
    )
    given = document('activationFunction="identity"', outputs=output("h1", SELF)).decode()
    start, end = given.index("<NeuralInputs>"), given.index("</NeuralInputs>") + len("</NeuralInputs>")
    found = values((given[:start] + inputs + given[end:]).encode(), engine)
    assert found == pytest.approx([0.1 + 0.5 * x1 - 0.25 * x2 for x1, x2 in ((0.25, 2), (0, 6), (0.5, 2))])


@pytest.mark.parametrize("engine", ENGINES)
def test_arithmetic_in_float32(engine):
    found = values(document('activationFunction="identity" x-mathContext="float"', outputs=output("h1", SELF)), engine)
    f = np.float32
    assert found[1] == pytest.approx(float(f(0.5) * f(-2) + f(-0.25) * f(3) + f(0.1)), rel=2e-7)
    assert found[1] == float(f(found[1]))


# -- against scikit-learn ----------------------------------------------------------------------------------------------

IRIS = datasets.load_iris()
COLUMNS = tuple(f"x{index}" for index in range(IRIS.data.shape[1]))
GRID = pd.DataFrame(
    np.random.default_rng(0).uniform(IRIS.data.min(0) - 1, IRIS.data.max(0) + 1, (500, 4)), columns=list(COLUMNS)
)
UNFINISHED = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
_NAMES = {"relu": "rectifier", "tanh": "tanh", "logistic": "logistic", "identity": "identity"}


def fitted_document(model, last, outputs, function, target=NUMBER, result=""):
    hidden = f'activationFunction="{_NAMES[model.activation]}"'
    activations = [hidden] * (len(model.coefs_) - 1) + [last]
    network = kernel_documents.neural_network(
        COLUMNS, model.coefs_, model.intercepts_, activations, outputs, function, result
    )
    return pmml(network, COLUMNS, target)


@UNFINISHED
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("activation", _NAMES)
def test_numbers_are_those_of_scikit_learn(engine, activation):
    model = neural_network.MLPRegressor(hidden_layer_sizes=(7, 5), activation=activation, max_iter=40, random_state=0)
    model.fit(IRIS.data[:, :4], IRIS.target)
    given = fitted_document(model, 'activationFunction="identity"', output("3,0", SELF), "regression")
    np.testing.assert_allclose(score(given, GRID, engine)["y"], model.predict(GRID.to_numpy()), rtol=1e-12, atol=1e-12)


@UNFINISHED
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_are_those_of_scikit_learn(engine, n_classes):
    chosen = IRIS.target < n_classes
    labels = [str(name) for name in IRIS.target_names[:n_classes]]
    model = neural_network.MLPClassifier((6,), max_iter=60, random_state=1)
    model.fit(IRIS.data[chosen], IRIS.target_names[IRIS.target[chosen]])
    if n_classes == 2:  # one logistic output for the second class
        last, outputs = 'activationFunction="logistic"', is_class("2,0", labels[1])
    else:
        last = 'activationFunction="identity" normalizationMethod="softmax"'
        outputs = "".join(is_class(f"2,{index}", label) for index, label in enumerate(labels))
    shown = "".join(f'<OutputField name="p({label})" feature="probability" value="{label}"/>' for label in labels)
    target = "".join(f'<Value value="{label}"/>' for label in labels)
    given = fitted_document(
        model,
        last,
        outputs,
        "classification",
        f'<DataField name="y" optype="categorical" dataType="string">{target}</DataField>',
        f"<Output>{shown}</Output>",
    )
    scored = score(given, GRID, engine)
    assert scored["y"].tolist() == model.predict(GRID.to_numpy()).tolist()
    found = scored[[f"p({label})" for label in labels]].to_numpy()
    np.testing.assert_allclose(found, model.predict_proba(GRID.to_numpy()), rtol=1e-11, atol=1e-13)


# -- documents that cannot be right ------------------------------------------------------------------------------------

GOOD = document('activationFunction="logistic"').decode()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('from="h1"', 'from="h9"', "node 'h9' is not an input or a neuron of a layer before"),
        ('from="h1"', 'from="o2"', "node 'o2' is not an input or a neuron of a layer before"),
        ('id="h2"', 'id="h1"', "node 'h1' is defined twice"),
        ('id="i2"', 'id="i1"', "node 'i1' is defined twice"),
        ('outputNeuron="o1"', 'outputNeuron="o7"', "outputNeuron 'o7' is not a node"),
        ('weight="-0.25"', 'weight="none"', "weight='none' is not a number"),
        ('weight="-0.25"', "", "'weight' is missing"),
        ('activationFunction="logistic"', "", "'activationFunction' is missing"),
        ('activationFunction="logistic"', 'activationFunction="guess"', "known are threshold, logistic"),
        ('activationFunction="logistic"', 'activationFunction="radialBasis"', "radialBasis needs a positive width"),
        ('"logistic"', '"logistic" normalizationMethod="probit"', "known are none, simplemax, softmax"),
        ('"logistic"', '"radialBasis" width="1" altitude="0"', "needs a positive altitude"),
        ('<FieldRef field="x1"/>', '<FieldRef field="nothing"/>', "field 'nothing' is not defined"),
        (SELF, '<NormDiscrete field="y" value="1"/>', "only 1.0 of 'y' has an output"),
    ],
)
def test_what_does_not_fit_is_an_error_with_its_line(old, new, reason):
    assert old in GOOD
    with pytest.raises(ArtifactError, match=reason) as caught:
        read_pmml(GOOD.replace(old, new, 1).encode())
    assert ":1: PMML/NeuralNetwork" in str(caught.value)


@pytest.mark.parametrize(
    ("outputs", "function", "target", "reason"),
    [
        (is_class("o1", "a") + is_class("o2", "a"), "classification", AB, "two outputs for one class"),
        (is_class("o1", "a") + output("o2", SELF), "classification", AB, "must all be classes or none"),
        (output("o1", SELF) + output("o2", SELF), "regression", NUMBER, "has two outputs that are no classes"),
        ("", "regression", NUMBER, "NeuralOutputs has no NeuralOutput"),
        (
            output(
                "o1",
                '<NormContinuous field="y"><LinearNorm orig="0" norm="1"/><LinearNorm orig="1" norm="1"/>'
                "</NormContinuous>",
            ),
            "regression",
            NUMBER,
            "must rise or fall throughout",
        ),
    ],
)
def test_outputs_that_do_not_fit(outputs, function, target, reason):
    with pytest.raises(ArtifactError, match=reason):
        read_pmml(document('activationFunction="logistic"', outputs=outputs, function=function, target=target))


@pytest.mark.parametrize(
    ("outputs", "function", "target", "reason"),
    [
        (output("o1", SELF), "classification", AB, "a class is predicted by a number"),
        (
            output("o1", '<Apply function="exp"><FieldRef field="y"/></Apply>'),
            "regression",
            NUMBER,
            "an output is no field",
        ),
    ],
)
def test_outputs_that_are_not_supported(outputs, function, target, reason):
    with pytest.raises(UnsupportedModelError, match=reason):
        read_pmml(document('activationFunction="logistic"', outputs=outputs, function=function, target=target))


def test_a_network_needs_layers_neurons_and_inputs():
    layers = GOOD.index("<NeuralLayer"), GOOD.index("<NeuralOutputs>")
    with pytest.raises(ArtifactError, match="has no NeuralLayer"):
        read_pmml((GOOD[: layers[0]] + GOOD[layers[1] :]).encode())
    with pytest.raises(ArtifactError, match="NeuralLayer has no Neuron"):
        read_pmml(GOOD.replace("<NeuralOutputs>", "<NeuralLayer/><NeuralOutputs>").encode())
    inputs = GOOD.index("<NeuralInput "), GOOD.index("</NeuralInputs>")
    with pytest.raises(ArtifactError, match="NeuralInputs has no NeuralInput"):
        read_pmml((GOOD[: inputs[0]] + GOOD[inputs[1] :]).encode())
