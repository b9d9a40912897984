"""SupportVectorMachineModel: by hand from PMML 4.4, Support Vector Machine, and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets, svm

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.pmml import read_pmml
from tests.pmml.kernel_documents import machine, pmml, support_vector_machine, vectors

ENGINES = ("reference", "onnx")
LETTERS = '<DataField name="y" optype="categorical" dataType="string">{}</DataField>'
ABC = LETTERS.format('<Value value="a"/><Value value="b"/><Value value="c"/>')
AB = LETTERS.format('<Value value="a"/><Value value="b"/>')
PLANE = ("x1", "x2")
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


def score(document, frame, engine="reference"):
    return modelport_runtime.load(document, engine=engine).score(frame)


def xor(attributes, machine_attributes="", intercept=0.0, version="4.4", header="", output=""):
    """The specification's example: a machine that is negative where one of two inputs is 1."""
    model = support_vector_machine(
        PLANE,
        '<RadialBasisKernelType gamma="1.0"/>',
        vectors(CORNERS, PLANE),
        machine((1.0, -1.0, -1.0, 1.0), intercept, range(4), machine_attributes),
        attributes,
        output,
    )
    return pmml(model, PLANE, LETTERS.format('<Value value="yes"/><Value value="no"/>'), version, header)


XOR = 1 - 2 * math.exp(-1) + math.exp(-2)
"""Value at (0, 0) and (1, 1): 1 - exp(-1) - exp(-1) + exp(-2); at (0, 1) and (1, 0) it is the opposite."""


@pytest.mark.parametrize("engine", ENGINES)
def test_the_example_of_the_specification(engine):
    attributes = 'functionName="classification" algorithmName="supportVectorMachine" svmRepresentation="SupportVectors"'
    document = xor(attributes, 'targetCategory="yes" alternateTargetCategory="no"')
    scored = score(document, pd.DataFrame(CORNERS, columns=list(PLANE), dtype=float), engine)
    assert scored["y"].tolist() == ["no", "yes", "yes", "no"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        # The vector is (1, 2), the row (3, -1): the product is 1, the squared distance 4 + 9 = 13.
        ("<LinearKernelType/>", 1),
        ('<PolynomialKernelType gamma="2" coef0="3" degree="2"/>', (2 * 1 + 3) ** 2),
        ("<PolynomialKernelType/>", 1 + 1),
        ('<RadialBasisKernelType gamma="0.25"/>', math.exp(-0.25 * 13)),
        ("<RadialBasisKernelType/>", math.exp(-13)),
        ('<SigmoidKernelType gamma="0.5" coef0="0.25"/>', math.tanh(0.75)),
        ("<SigmoidKernelType/>", math.tanh(2)),
    ],
)
def test_kernels(engine, kernel, expected):
    model = support_vector_machine(
        PLANE, kernel, vectors([(1, 2)], PLANE), machine([2.0], 0.5, [0]), 'functionName="regression"'
    )
    scored = score(pmml(model, PLANE), pd.DataFrame({"x1": [3.0, None], "x2": [-1.0, 1.0]}), engine)
    assert scored["y"].tolist() == pytest.approx([2 * expected + 0.5, math.nan], rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_far_from_the_origin_a_distance_keeps_its_digits(engine):
    model = support_vector_machine(
        ("x",),
        "<RadialBasisKernelType/>",
        vectors([(1e8,), (1e8 + 2,)], "x"),
        machine([1.0, 1.0], 0.0, [0, 1]),
        'functionName="regression"',
    )
    scored = score(pmml(model, "x"), pd.DataFrame({"x": [1e8 + 1, math.inf, -math.inf]}), engine)
    assert scored["y"].tolist() == pytest.approx([2 * math.exp(-1), 0.0, 0.0], rel=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_categories_and_sparse_vectors_and_replacements_of_missing_values(engine):
    dictionary = (
        '<VectorDictionary numberOfVectors="2"><VectorFields><FieldRef field="x" mapMissingTo="5"/>'
        '<CategoricalPredictor name="s" value="a" coefficient="1"/>'
        '<CategoricalPredictor name="s" value="b" coefficient="3"/></VectorFields>'
        '<VectorInstance id="p"><REAL-SparseArray n="3"><Indices>1 3</Indices><REAL-Entries>2 10</REAL-Entries>'
        '</REAL-SparseArray></VectorInstance><VectorInstance id="q"><REAL-SparseArray n="3" defaultValue="1"/>'
        "</VectorInstance></VectorDictionary>"
    )
    machines = machine([1.0, 100.0], 0.0, [0, 1]).replace("v0", "p").replace("v1", "q")
    model = support_vector_machine(("x", "s"), "<LinearKernelType/>", dictionary, machines, 'functionName="regression"')
    target = '<DataField name="y" optype="continuous" dataType="double"/>'
    text = '<DataField name="s" optype="categorical" dataType="string"/>'
    frame = pd.DataFrame({"x": [1.0, None, 1.0, 1.0], "s": ["a", "b", "other", None]})
    # The vectors are (2, 0, 10) and (1, 1, 1); the rows (1, 1, 0), (5, 0, 3), (1, 0, 0).
    expected = [2 + 100 * 2, (10 + 30) + 100 * 8, 2 + 100 * 1, math.nan]
    scored = score(pmml(model, "x", text + target), frame, engine)
    assert scored["y"].tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_coefficients_of_fields(engine):
    model = support_vector_machine(
        PLANE,
        "<LinearKernelType/>",
        vectors([], PLANE),
        machine([2.0, -3.0], 1.0, None),
        'functionName="regression" svmRepresentation="Coefficients"',
    )
    scored = score(pmml(model, PLANE), pd.DataFrame({"x1": [1.0, 4.0], "x2": [1.0, None]}), engine)
    assert scored["y"].tolist() == pytest.approx([2 - 3 + 1, math.nan], nan_ok=True)


def classes_of(attributes, machines, rows, engine="reference", target=ABC, label="a"):
    """Classes of machines over one field whose coefficients are (factor, constant)."""
    model = support_vector_machine(
        ("x",),
        "<LinearKernelType/>",
        vectors([], "x"),
        "".join(machine([factor], constant, None, given) for factor, constant, given in machines),
        f'functionName="classification" svmRepresentation="Coefficients" {attributes}',
        f'<Output><OutputField name="p" feature="probability" value="{label}"/></Output>',
    )
    return score(pmml(model, "x", target), pd.DataFrame({"x": rows}), engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        # f is x, compared with the threshold 1: less means the target, unless maxWins; equal means the alternate.
        ("", ["a", "b", "b", None]),
        ('maxWins="true"', ["b", "b", "a", None]),
    ],
)
def test_two_classes(engine, attributes, expected):
    machines = [(1.0, 0.0, 'targetCategory="a" alternateTargetCategory="b" threshold="1"')]
    scored = classes_of(f'threshold="7" {attributes}', machines, [0.0, 1.0, 2.0, None], engine, AB)
    assert [None if pd.isna(label) else label for label in scored["y"]] == expected
    shares = [math.nan if label is None else float(label == "a") for label in expected]
    assert scored["p"].tolist() == pytest.approx(shares, nan_ok=True)


def test_the_threshold_of_the_model_holds_for_machines_without_one():
    machines = [(1.0, 0.0, 'targetCategory="a" alternateTargetCategory="b"')]
    assert classes_of('threshold="7"', machines, [6.0, 7.0], target=AB)["y"].tolist() == ["a", "b"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        # The values are (x, 1, 2 - x): at 0 (0, 1, 2), at 1 all equal, at 2 (2, 1, 0).
        ('classificationMethod="OneAgainstAll"', ["a", "a", "c", None]),
        ("", ["a", "a", "c", None]),
        ('maxWins="true"', ["c", "a", "a", None]),
    ],
)
def test_one_against_all(engine, attributes, expected):
    machines = [
        (1.0, 0.0, 'targetCategory="a"'),
        (0.0, 1.0, 'targetCategory="b"'),
        (-1.0, 2.0, 'targetCategory="c"'),
    ]
    scored = classes_of(attributes, machines, [0.0, 1.0, 2.0, None], engine)
    assert [None if pd.isna(label) else label for label in scored["y"]] == expected
    assert scored["p"].isna().all()


@pytest.mark.parametrize("engine", ENGINES)
def test_one_against_one_counts_votes_and_the_first_declared_class_wins_ties(engine):
    machines = [
        (1.0, 0.0, 'targetCategory="c" alternateTargetCategory="b"'),
        (1.0, -2.0, 'targetCategory="b" alternateTargetCategory="a"'),
        (-1.0, 1.0, 'targetCategory="a" alternateTargetCategory="c"'),
    ]
    scored = classes_of('classificationMethod="OneAgainstOne"', machines, [-1.0, 3.0, 1.5], engine)
    # At -1 the values are (-1, -3, 2): votes for c, b, c. At 3 (3, 1, -2): b, a, a. At 1.5 (1.5, -0.5, -0.5): b, b, a.
    assert scored["y"].tolist() == ["c", "a", "b"]
    assert scored["p"].tolist() == pytest.approx([0, 2 / 3, 1 / 3])
    tied = classes_of('classificationMethod="OneAgainstOne" threshold="-100"', machines, [0.0], engine)
    assert tied["y"].tolist() == ["a"]  # votes for b, a and c


def test_pairs_of_classes_are_one_against_one_without_saying_so():
    machines = [
        (1.0, 0.0, 'targetCategory="a" alternateTargetCategory="b"'),
        (1.0, 0.0, 'targetCategory="a" alternateTargetCategory="c"'),
        (1.0, 0.0, 'targetCategory="b" alternateTargetCategory="c"'),
    ]
    assert classes_of("", machines, [-1.0, 1.0])["y"].tolist() == ["a", "c"]


@pytest.mark.parametrize(("text", "labels"), [("integer", (0, 1)), ("boolean", (False, True)), ("double", (0.5, 1.5))])
def test_labels_keep_their_type(text, labels):
    names = [str(label).lower() for label in labels]
    values = "".join(f'<Value value="{name}"/>' for name in names)
    target = f'<DataField name="y" optype="categorical" dataType="{text}">{values}</DataField>'
    machines = [(1.0, 0.0, f'targetCategory="{names[0]}" alternateTargetCategory="{names[1]}"')]
    found = classes_of("", machines, [-1.0, 1.0], target=target, label=names[0])["y"].tolist()
    assert found == list(labels)
    assert [type(label) for label in found] == [type(label) for label in labels]


def test_the_other_of_two_values_need_not_be_named():
    assert classes_of("", [(1.0, 0.0, 'targetCategory="b"')], [-1.0, 1.0], target=AB)["y"].tolist() == ["b", "a"]


def test_the_target_need_not_be_named_beside_the_alternate_of_the_model():
    found = classes_of('alternateBinaryTargetCategory="a"', [(1.0, 0.0, "")], [-1.0, 1.0], target=AB)["y"].tolist()
    assert found == ["b", "a"]


@pytest.mark.parametrize(
    ("version", "header", "expected"),
    [
        # PMML 3.2: the value is near 1 for the target, near 0 for the alternate; XOR + 0.5 is 0.9, 0.5 - XOR is 0.1.
        ("3.2", "", ["yes", "no", "no", "yes"]),
        # Rattle wrote the rule of PMML 4.0 into such documents, and PMML 4.0 has it: less than 0 is the target.
        ("3.2", '<Application name="Rattle/PMML" version="1.2"/>', ["no", "no", "no", "no"]),
        ("4.0", "", ["no", "no", "no", "no"]),
    ],
)
def test_the_alternate_of_the_model(version, header, expected):
    document = xor(
        'functionName="classification" alternateBinaryTargetCategory="no"',
        'targetCategory="yes"',
        0.5,
        version,
        header,
    )
    assert abs(XOR - 0.4) < 0.01
    assert score(document, pd.DataFrame(CORNERS, columns=list(PLANE), dtype=float))["y"].tolist() == expected


def test_arithmetic_in_float32():
    model = support_vector_machine(
        ("x",),
        "<LinearKernelType/>",
        vectors([(1.0,)], "x"),
        machine([1.0], 1.0, [0]),
        'functionName="regression" x-mathContext="float"',
    )
    for engine in ENGINES:
        found = score(pmml(model, "x"), pd.DataFrame({"x": [1e-8, 0.1]}), engine)["y"].tolist()
        assert found == [1.0, float(np.float32(0.1) + np.float32(1))]


# -- against scikit-learn ----------------------------------------------------------------------------------------------

IRIS = datasets.load_iris()
COLUMNS = tuple(f"x{index}" for index in range(IRIS.data.shape[1]))
GRID = pd.DataFrame(
    np.random.default_rng(0).uniform(IRIS.data.min(0) - 1, IRIS.data.max(0) + 1, (500, 4)), columns=list(COLUMNS)
)


def kernel_element(model):
    gamma = float(model._gamma)  # the number that "scale" stands for
    return {
        "linear": "<LinearKernelType/>",
        "poly": f'<PolynomialKernelType gamma="{gamma!r}" coef0="{model.coef0!r}" degree="{model.degree}"/>',
        "rbf": f'<RadialBasisKernelType gamma="{gamma!r}"/>',
        "sigmoid": f'<SigmoidKernelType gamma="{gamma!r}" coef0="{model.coef0!r}"/>',
    }[model.kernel]


def svc_document(model, labels):
    """LIBSVM's machine of classes i < j speaks for i where it is positive (libsvm, README, sv_coef)."""
    machines, pair = [], 0
    starts = np.concatenate([[0], np.cumsum(model.n_support_)])
    for i in range(len(labels)):
        for j in range(i + 1, len(labels)):
            own, other = range(starts[i], starts[i + 1]), range(starts[j], starts[j + 1])
            coefficients = [*model._dual_coef_[j - 1, own], *model._dual_coef_[i, other]]
            attributes = f'targetCategory="{labels[i]}" alternateTargetCategory="{labels[j]}"'
            machines.append(machine(coefficients, model._intercept_[pair], [*own, *other], attributes))
            pair += 1
    values = "".join(f'<Value value="{label}"/>' for label in labels)
    element = support_vector_machine(
        COLUMNS,
        kernel_element(model),
        vectors(model.support_vectors_, COLUMNS),
        "".join(machines),
        'functionName="classification" classificationMethod="OneAgainstOne" maxWins="true"',
    )
    return pmml(element, COLUMNS, LETTERS.format(values))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "model",
    [
        svm.SVC(kernel="linear"),
        svm.SVC(kernel="poly", degree=3, coef0=0.5),
        svm.SVC(kernel="rbf", C=10),
        svm.SVC(kernel="sigmoid", gamma=0.01, coef0=0.1),
        svm.NuSVC(nu=0.3),
    ],
    ids=str,
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_are_those_of_scikit_learn(engine, model, n_classes):
    chosen = IRIS.target < n_classes
    labels = [str(name) for name in IRIS.target_names[:n_classes]]
    model.fit(IRIS.data[chosen], IRIS.target_names[IRIS.target[chosen]])
    scored = score(svc_document(model, labels), GRID, engine)
    assert scored["y"].tolist() == model.predict(GRID.to_numpy()).tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("model", [svm.SVR(C=5), svm.NuSVR(kernel="poly", degree=2), svm.OneClassSVM(nu=0.2)], ids=str)
def test_numbers_are_those_of_scikit_learn(engine, model):
    model.fit(IRIS.data, IRIS.target)
    coefficients = model.dual_coef_[0]
    element = support_vector_machine(
        COLUMNS,
        kernel_element(model),
        vectors(model.support_vectors_, COLUMNS),
        machine(coefficients, model.intercept_[0], range(len(coefficients))),
        'functionName="regression"',
    )
    expected = model.decision_function if isinstance(model, svm.OneClassSVM) else model.predict
    found = score(pmml(element, COLUMNS), GRID, engine)["y"].to_numpy()
    np.testing.assert_allclose(found, expected(GRID.to_numpy()), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_linear_machines_of_scikit_learn(engine):
    model = svm.LinearSVC(random_state=0).fit(IRIS.data, IRIS.target_names[IRIS.target])
    machines = "".join(
        machine(coefficients, intercept, None, f'targetCategory="{label}"')
        for coefficients, intercept, label in zip(model.coef_, model.intercept_, model.classes_, strict=True)
    )
    element = support_vector_machine(
        COLUMNS,
        "<LinearKernelType/>",
        vectors([], COLUMNS),
        machines,
        'functionName="classification" svmRepresentation="Coefficients" maxWins="true"',
    )
    values = "".join(f'<Value value="{label}"/>' for label in model.classes_)
    found = score(pmml(element, COLUMNS, LETTERS.format(values)), GRID, engine)["y"].tolist()
    assert found == model.predict(GRID.to_numpy()).tolist()


# -- documents that cannot be right ------------------------------------------------------------------------------------

GOOD = xor('functionName="classification"', 'targetCategory="yes" alternateTargetCategory="no"').decode()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('vectorId="v1"', 'vectorId="v9"', "vector 'v9' is not in the VectorDictionary"),
        ('id="v1"', 'id="v0"', "vector 'v0' is defined twice"),
        ('n="2" type="real">0.0 1.0', 'n="2" type="real">0.0', "n=2 but the array has 1 items"),
        ('n="2" type="real">0.0 1.0', 'n="3" type="real">0.0 1.0 2.0', "has 3 items, expected 2"),
        ('n="2" type="real">0.0 1.0', 'type="real">0.0 one', "an item of the array is not a number"),
        ('<Coefficient value="1.0"/>', "", "3 coefficients for 4 support vectors"),
        ("<VectorDictionary>", '<VectorDictionary numberOfVectors="5">', "numberOfVectors='5' but there are 4"),
        ('<RadialBasisKernelType gamma="1.0"/>', "", "LinearKernelType or PolynomialKernelType"),
        ('field="x1"', 'field="z"', "field 'z' is not defined"),
        ('targetCategory="yes"', "", "'targetCategory' is missing"),
        ('gamma="1.0"', 'gamma="wide"', "gamma='wide' is not a number"),
        ('functionName="classification"', 'functionName="classification" svmRepresentation="Coefficients"', "Linear"),
    ],
)
def test_what_does_not_fit_is_an_error_with_its_line(old, new, reason):
    assert old in GOOD
    with pytest.raises(ArtifactError, match=reason) as caught:
        read_pmml(GOOD.replace(old, new, 1).encode())
    assert ":1: PMML/SupportVectorMachineModel" in str(caught.value)


def test_more_documents_that_do_not_fit():
    pair = [(1.0, 0.0, 'targetCategory="a"')]
    with pytest.raises(ArtifactError, match="'alternateTargetCategory' is missing"):
        classes_of("", pair, [0.0])
    with pytest.raises(ArtifactError, match="two machines have one targetCategory"):
        classes_of("", pair * 2, [0.0])
    element = support_vector_machine(
        PLANE,
        "<LinearKernelType/>",
        vectors([], PLANE),
        machine([1.0], 0.0, None),
        'functionName="regression" svmRepresentation="Coefficients"',
    )
    with pytest.raises(ArtifactError, match="1 coefficients for 2 fields"):
        read_pmml(pmml(element, PLANE))
    with pytest.raises(UnsupportedModelError, match="element Surprise is not supported"):
        read_pmml(GOOD.replace("</VectorFields>", "<Surprise/></VectorFields>").encode())
