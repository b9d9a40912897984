"""General regression models, by hand from PMML 4.4, GeneralRegression."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.executors.auto import AutoExecutor
from modelport_runtime.pmml import read_pmml

HEAD = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="continuous" dataType="double"/>
<DataField name="c" optype="categorical" dataType="string"/>
<DataField name="k" optype="categorical" dataType="integer"/>
<DataField name="y" optype="continuous" dataType="double"/>
<DataField name="z" optype="categorical" dataType="string"><Value value="lo"/><Value value="mid"/><Value value="hi"/>
</DataField><DataField name="b" optype="categorical" dataType="string"><Value value="no"/><Value value="yes"/>
</DataField></DataDictionary>"""
FIELDS = "".join(f'<MiningField name="{name}"/>' for name in ("x", "c", "k"))
MATRIX = """<ParameterList><Parameter name="p0"/><Parameter name="p1"/><Parameter name="p2"/><Parameter name="p3"/>
</ParameterList><FactorList><Predictor name="c"/><Predictor name="k"/></FactorList>
<CovariateList><Predictor name="x"/></CovariateList><PPMatrix>
<PPCell value="2" predictorName="x" parameterName="p1"/>
<PPCell value="u" predictorName="c" parameterName="p2"/>
<PPCell value="v" predictorName="c" parameterName="p3"/><PPCell value="1" predictorName="x" parameterName="p3"/>
<PPCell value="7" predictorName="k" parameterName="p3"/></PPMatrix>"""
BETAS = '<PCell parameterName="p0" beta="0.5"/><PCell parameterName="p1" beta="0.25"/>'
BETAS += '<PCell parameterName="p2" beta="-1"/><PCell parameterName="p3" beta="2"/>'
ROWS = pd.DataFrame({"x": [1.0, 2.0, 3.0, 2.0], "c": ["u", "v", "v", "other"], "k": [7, 7, 8, 7]})
SCORES = np.array([0.5 + 0.25 - 1, 0.5 + 1 + 2 * 2, 0.5 + 2.25, 0.5 + 1])
"""0.5 + 0.25 x^2 - [c = u] + 2 x [c = v] [k = 7]"""


def model(attributes, *, target="y", function="regression", matrix=MATRIX, betas=BETAS, more="", fields=FIELDS):
    return (
        f'{HEAD}<GeneralRegressionModel functionName="{function}" {attributes}><MiningSchema>{fields}'
        f'<MiningField name="{target}" usageType="target"/></MiningSchema>{matrix}<ParamMatrix>{betas}</ParamMatrix>'
        f"{more}</GeneralRegressionModel></PMML>"
    ).encode()


def scores(document, rows=ROWS, target="y", engines=("reference", "onnx")):
    results = [modelport_runtime.load(document, engine=engine).score(rows) for engine in engines]
    for other in results[1:]:
        np.testing.assert_allclose(other[target], results[0][target], rtol=1e-12)
    return results[0][target].to_numpy()


@pytest.mark.parametrize("kind", ["regression", "generalLinear"])
def test_the_prediction_is_the_sum_of_products(kind):
    np.testing.assert_allclose(scores(model(f'modelType="{kind}"')), SCORES, rtol=1e-15)


@pytest.mark.parametrize("name", ["x", "c", "k"])
def test_a_missing_factor_or_covariate_makes_the_prediction_missing(name):
    rows = ROWS.astype({"k": object})
    rows.loc[1, name] = None
    rows["x"] = rows["x"].astype(float)
    result = scores(model('modelType="generalLinear"'), rows)
    assert np.isnan(result).tolist() == [False, True, False, False]


LINKS = {
    "identity": lambda s: s,
    "log": math.exp,
    "logc": lambda s: 1 - math.exp(s),
    "logit": lambda s: 1 / (1 + math.exp(-s)),
    "cloglog": lambda s: 1 - math.exp(-math.exp(s)),
    "loglog": lambda s: math.exp(-math.exp(-s)),
    "negbin": lambda s: 1 / (0.5 * (math.exp(-s) - 1)),
    "oddspower": lambda s: 1 / (1 + (1 + 0.5 * s) ** -2.0),
    "power": lambda s: s**2.0 if s >= 0 else s * s,
}


@pytest.mark.parametrize("link", LINKS)
def test_links(link):
    document = model(f'modelType="generalizedLinear" linkFunction="{link}" linkParameter="0.5" distParameter="0.5"')
    np.testing.assert_allclose(scores(document), [LINKS[link](s) for s in SCORES], rtol=1e-12)


def standard_errors(cells, *, attributes='modelType="generalLinear"', rows=ROWS, engine="reference"):
    output = '<Output><OutputField name="se" feature="standardError" optype="continuous" dataType="double"/></Output>'
    document = model(attributes, matrix=f"{output}{MATRIX}<PCovMatrix>{cells}</PCovMatrix>")
    return modelport_runtime.load(document, engine=engine).score(rows)["se"].to_numpy()


def covariance_cells(matrix, *, triangle=False):
    return "".join(
        f'<PCovCell pRow="p{i}" pCol="p{j}" value="{float(matrix[i, j])!r}"/>'
        for i in range(len(matrix))
        for j in range(i + 1 if triangle else len(matrix))
    )


@pytest.mark.parametrize("engine", ["reference", "onnx"])
@pytest.mark.parametrize("triangle", [False, True])
def test_the_standard_error_of_a_linear_function_of_estimates(engine, triangle):
    # Least squares of independent errors of variance 4: the estimates have the covariance 4 (X'X)^-1.
    trained = np.array([[1, 1, 1, 0], [1, 4, 0, 2], [1, 9, 0, 0], [1, 4, 0, 0], [1, 0, 1, 0], [1, 1, 0, 1]])
    covariance = 4 * np.linalg.inv(trained.T @ trained)
    covariance = (covariance + covariance.T) / 2
    rows = pd.concat([ROWS, pd.DataFrame({"x": [math.nan], "c": ["u"], "k": [7]})], ignore_index=True)
    found = standard_errors(covariance_cells(covariance, triangle=triangle), rows=rows, engine=engine)
    by_hand = [math.sqrt(p @ covariance @ p) for p in trained[:4]]
    np.testing.assert_allclose(found, [*by_hand, math.nan], rtol=1e-10)


def test_a_parameter_that_was_not_estimated_has_no_variance():
    kept = np.diag([1.0, 0.0, 4.0, 9.0])
    cells = covariance_cells(kept).replace('<PCovCell pRow="p1" pCol="p1" value="0.0"/>', "")
    with pytest.raises(ArtifactError, match="'p1' has no variance"):
        standard_errors(cells)
    betas = BETAS.replace('parameterName="p1" beta="0.25"', 'parameterName="p1" beta="0"')
    output = '<Output><OutputField name="se" feature="standardError" optype="continuous" dataType="double"/></Output>'
    document = model('modelType="regression"', matrix=f"{output}{MATRIX}<PCovMatrix>{cells}</PCovMatrix>", betas=betas)
    found = modelport_runtime.load(document).score(ROWS)["se"]
    # Parameters are 1, x^2, [c = u] and x [c = v] [k = 7].
    np.testing.assert_allclose(found, [math.sqrt(1 + 4), math.sqrt(1 + 9 * 4), 1, 1], rtol=1e-15)


@pytest.mark.parametrize(
    ("cells", "attributes", "error", "message"),
    [
        ('<PCovCell pRow="q" pCol="p0" value="1"/>', "", ArtifactError, "'q' is not in the ParameterList"),
        (
            '<PCovCell pRow="p0" pCol="p1" value="1"/><PCovCell pRow="p1" pCol="p0" value="2"/>',
            "",
            ArtifactError,
            "two covariances, 1.0 and 2.0",
        ),
        (
            covariance_cells(np.eye(4)),
            'modelType="generalizedLinear" linkFunction="log"',
            UnsupportedModelError,
            "feature standardError",
        ),
    ],
)
def test_standard_errors_that_cannot_be_told(cells, attributes, error, message):
    with pytest.raises(error, match=message):
        standard_errors(cells, attributes=attributes or 'modelType="generalLinear"')


def test_the_probit_link_is_the_normal_distribution():
    document = model('modelType="generalizedLinear" linkFunction="probit"')
    expected = [0.5 * math.erfc(-s / math.sqrt(2)) for s in SCORES]
    np.testing.assert_allclose(scores(document, engines=("reference", "onnx", "auto")), expected, rtol=1e-13)


def test_offset_and_trials_are_numbers_or_fields():
    attributes = 'modelType="generalizedLinear" linkFunction="identity" offsetValue="10" trialsValue="3"'
    np.testing.assert_allclose(scores(model(attributes)), 3 * (SCORES + 10), rtol=1e-14)
    attributes = 'modelType="generalizedLinear" linkFunction="identity" offsetVariable="x" trialsVariable="k"'
    np.testing.assert_allclose(scores(model(attributes)), ROWS["k"] * (SCORES + ROWS["x"]), rtol=1e-14)


def test_a_binomial_model_scores_the_class_of_its_cells():
    betas = BETAS.replace("<PCell", '<PCell targetCategory="yes"')
    document = model(
        'modelType="generalizedLinear" linkFunction="logit" distribution="binomial"',
        target="b",
        function="classification",
        betas=betas,
        more="",
    ).replace(
        b"</MiningSchema>",
        b'</MiningSchema><Output><OutputField name="p" feature="probability" value="yes"/></Output>',
    )
    for engine in ("reference", "onnx"):
        result = modelport_runtime.load(document, engine=engine).score(ROWS)
        expected = 1 / (1 + np.exp(-SCORES))
        np.testing.assert_allclose(result["p"], expected, rtol=1e-12)
        assert result["b"].tolist() == ["yes" if p > 0.5 else "no" for p in expected]


def probabilities(document, names):
    outputs = "".join(f'<OutputField name="p_{n}" feature="probability" value="{n}"/>' for n in names)
    document = document.replace(b"</MiningSchema>", f"</MiningSchema><Output>{outputs}</Output>".encode())
    found = []
    for engine in ("reference", "onnx"):
        result = modelport_runtime.load(document, engine=engine).score(ROWS)
        found.append(result[[f"p_{n}" for n in names]].to_numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12, atol=1e-15)
    return found[0]


LOW = (
    '<PCell targetCategory="lo" parameterName="p0" beta="1"/><PCell targetCategory="lo" parameterName="p1" beta="-1"/>'
)
MIDDLE = '<PCell targetCategory="mid" parameterName="p2" beta="2"/>'


def test_multinomial_probabilities_leave_the_reference_a_score_of_0():
    document = model(
        'modelType="multinomialLogistic" targetReferenceCategory="hi"',
        target="z",
        function="classification",
        betas=LOW + MIDDLE,
    )
    lo = 1 - ROWS["x"] ** 2
    mid = 2.0 * (ROWS["c"] == "u")
    exponentials = np.exp(np.stack([lo, mid, np.zeros(4)], axis=1))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities(document, ["lo", "mid", "hi"]), expected, rtol=1e-13)


@pytest.mark.parametrize("link", ["logit", "cloglog", "loglog"])
def test_ordinal_probabilities_are_differences_of_cumulative_ones(link):
    cuts = '<PCell targetCategory="lo" parameterName="p0" beta="-1"/>'
    cuts += '<PCell targetCategory="mid" parameterName="p0" beta="2"/>'
    document = model(
        f'modelType="ordinalMultinomial" cumulativeLink="{link}"',
        target="z",
        function="classification",
        betas=cuts + '<PCell parameterName="p1" beta="0.25"/>',
    )
    shared = 0.25 * ROWS["x"] ** 2
    lo, mid = (np.array([LINKS[link](cut + s) for s in shared]) for cut in (-1, 2))
    expected = np.stack([lo, mid - lo, 1 - mid], axis=1)
    np.testing.assert_allclose(probabilities(document, ["lo", "mid", "hi"]), expected, rtol=1e-12)


CONTRASTS = """<FactorList><Predictor name="c" contrastMatrixType="Helmert"><Categories><Category value="u"/>
<Category value="v"/><Category value="w"/></Categories><Matrix nbRows="3" nbCols="2">
<Array type="real" n="2">0.5 1</Array>
<Array type="real" n="2">-0.25 2</Array><Array type="real" n="2">-0.25 -3</Array></Matrix></Predictor></FactorList>"""


def test_a_contrast_matrix_gives_each_category_a_number():
    matrix = '<ParameterList><Parameter name="p0"/><Parameter name="p1"/></ParameterList>' + CONTRASTS
    matrix += '<PPMatrix><PPCell value="u" predictorName="c" parameterName="p0"/>'
    matrix += '<PPCell value="v" predictorName="c" parameterName="p1"/></PPMatrix>'
    betas = '<PCell parameterName="p0" beta="10"/><PCell parameterName="p1" beta="1"/>'
    rows = pd.DataFrame({"c": ["u", "v", "w", "other", None], "x": 0.0})
    result = scores(model('modelType="generalLinear"', matrix=matrix, betas=betas), rows)
    np.testing.assert_allclose(result[:3], [10 * 0.5 + 1, -2.5 + 2, -2.5 - 3], rtol=1e-15)
    assert np.isnan(result[3:]).all()


COX = """<BaseCumHazardTables><BaselineStratum value="u" maxTime="9"><BaselineCell time="1" cumHazard="0.1"/>
<BaselineCell time="4" cumHazard="0.5"/></BaselineStratum><BaselineStratum value="v" maxTime="5">
<BaselineCell time="2" cumHazard="0.2"/></BaselineStratum></BaseCumHazardTables>"""


def test_a_cox_model_gives_the_cumulative_hazard_of_its_stratum():
    matrix = """<ParameterList><Parameter name="p0" referencePoint="2"/></ParameterList><FactorList/><CovariateList>
    <Predictor name="x"/></CovariateList><PPMatrix>
    <PPCell value="1" predictorName="x" parameterName="p0"/></PPMatrix>"""
    document = model(
        'modelType="CoxRegression" endTimeVariable="k" baselineStrataVariable="c"',
        matrix=matrix,
        betas='<PCell parameterName="p0" beta="0.5"/>',
        more=COX,
    )
    rows = pd.DataFrame({"x": [2.0, 4.0, 2.0, 2.0, 2.0, 2.0, 2.0], "c": ["u", "u", "u", "u", "v", "v", "w"]})
    rows["k"] = [3, 4, 10, 0, 5, 6, 3]
    result = scores(document, rows, engines=("reference", "onnx", "auto"))
    np.testing.assert_allclose(result, [0.1, 0.5 * math.e, np.nan, 0.0, 0.2, np.nan, np.nan], rtol=1e-15)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('beta="2"', 'beta="two"', "beta"),
        ('parameterName="p3" beta', 'parameterName="p9" beta', "parameter 'p9' is not in the ParameterList"),
        ('predictorName="k"', 'predictorName="x9"', "predictor 'x9' is neither factor nor covariate"),
        ('<Predictor name="x"/>', '<Predictor name="x9"/>', "field 'x9' of name is not defined"),
        ('<Parameter name="p1"/>', '<Parameter name="p0"/>', "parameter 'p0' is defined twice"),
        ('modelType="generalLinear"', 'modelType="generalized"', "modelType='generalized' is unknown"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old, new, message):
    document = model('modelType="generalLinear"').decode().replace(old, new).encode()
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: .*" + message):
        read_pmml(document)


OWN = """<PPCell targetCategory="lo" value="1" predictorName="x" parameterName="p1"/>
<PPCell targetCategory="mid" value="2" predictorName="x" parameterName="p1"/>
<PPCell targetCategory="mid" value="u" predictorName="c" parameterName="p2"/></PPMatrix>"""


@pytest.mark.parametrize("kind", ["multinomialLogistic", "ordinalMultinomial"])
def test_cells_may_differ_from_class_to_class(kind):
    matrix = MATRIX[: MATRIX.index("<PPMatrix>")] + "<PPMatrix>" + OWN
    lo, mid = -1 + 0.5 * ROWS["x"] + 0.125, 1 + 0.25 * ROWS["x"] ** 2 + 3 * (ROWS["c"] == "u")
    betas = "".join(
        f'<PCell targetCategory="{category}" parameterName="p{index}" beta="{beta}"/>'
        for category, own in {"lo": (-1, 0.5, 0.125), "mid": (1, 0.25, 3)}.items()
        for index, beta in enumerate(own)
    )
    document = model(
        f'modelType="{kind}" cumulativeLink="logit"',
        target="z",
        function="classification",
        matrix=matrix,
        betas=betas,
    )
    found = probabilities(document, ["lo", "mid", "hi"])
    if kind == "multinomialLogistic":
        weights = np.exp(np.column_stack([lo, mid, np.zeros(len(ROWS))]))
        expected = weights / weights.sum(axis=1, keepdims=True)
    else:
        below, until = 1 / (1 + np.exp(-lo)), 1 / (1 + np.exp(-mid))
        expected = np.column_stack([below, until - below, 1 - until])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_cells_of_no_class_are_those_of_every_class_without_own_ones():
    own = '<PPCell targetCategory="lo" value="1" predictorName="x" parameterName="p0"/></PPMatrix>'
    document = model(
        'modelType="multinomialLogistic"',
        target="z",
        function="classification",
        matrix=MATRIX.replace("</PPMatrix>", own),
        betas=LOW + MIDDLE,
    )
    plain = model('modelType="multinomialLogistic"', target="z", function="classification", betas=LOW + MIDDLE)
    found, without = (np.log(probabilities(d, ["lo", "mid", "hi"])) for d in (document, plain))
    # p0 is the intercept of mid as before, but x for lo.
    np.testing.assert_allclose(found[:, 1] - found[:, 2], without[:, 1] - without[:, 2], rtol=1e-12)
    beta = float(LOW[LOW.index('beta="') + 6 :].split('"')[0])
    moved = (found - without)[:, 0] - (found - without)[:, 2]
    np.testing.assert_allclose(moved, beta * (ROWS["x"] - 1), atol=1e-12)


def test_the_reference_of_an_ordinal_model_is_its_last_class():
    betas = "".join(
        f'<PCell targetCategory="{category}" parameterName="p0" beta="{beta}"/>'
        for category, beta in {"hi": 1, "mid": -1}.items()
    )
    document = model(
        'modelType="ordinalMultinomial" cumulativeLink="logit" targetReferenceCategory="lo"',
        target="z",
        function="classification",
        betas=betas,
    )
    below, until = 1 / (1 + math.e), 1 / (1 + math.exp(-1))
    found = probabilities(document, ["mid", "hi", "lo"])
    np.testing.assert_allclose(found[0], [below, until - below, 1 - until], rtol=1e-12)


@pytest.mark.parametrize("kind", ["regression", "generalLinear"])
def test_an_offset_is_not_for_every_kind_of_model(kind):
    np.testing.assert_allclose(scores(model(f'modelType="{kind}" offsetValue="10"')), SCORES, rtol=1e-15)


def test_a_field_listed_as_factor_and_covariate_is_a_factor():
    matrix = MATRIX.replace("<CovariateList>", '<CovariateList><Predictor name="k"/>')
    np.testing.assert_allclose(scores(model('modelType="generalLinear"', matrix=matrix)), SCORES, rtol=1e-15)


def test_a_matrix_of_a_covariate_is_left_out_with_a_notice():
    matrix = MATRIX.replace(
        '<Predictor name="x"/>', '<Predictor name="x"><Matrix><Array type="real">2</Array></Matrix></Predictor>'
    )
    document = model('modelType="generalLinear"', matrix=matrix)
    np.testing.assert_allclose(scores(document), SCORES, rtol=1e-15)
    assert [notice.code for notice in read_pmml(document).card.notices] == ["matrix-of-covariate"]


def test_a_baseline_alone_is_a_cox_model():
    document = model(
        'modelType="CoxRegression" endTimeVariable="k"',
        matrix="<ParameterList/><PPMatrix/>",
        betas="",
        more='<BaseCumHazardTables maxTime="7"><BaselineCell time="7" cumHazard="0.25"/></BaseCumHazardTables>',
    )
    np.testing.assert_allclose(scores(document, engines=("reference", "onnx", "auto")), [0.25, 0.25, np.nan, 0.25])


@pytest.mark.parametrize("data_type", ["integer", "double"])
def test_of_two_numbers_the_one_that_is_not_the_reference_is_scored(data_type):
    attributes = 'modelType="generalizedLinear" linkFunction="logit" targetReferenceCategory="1"'
    document = model(attributes, target="b", function="classification").decode()
    document = document.replace('name="b" optype="categorical" dataType="string"', f'name="b" dataType="{data_type}"')
    document = document.replace('value="no"', 'value="0"').replace('value="yes"', 'value="1"')
    result = scores(document.encode(), target="b")
    assert result.tolist() == [0 if score > 0 else 1 for score in SCORES]


@pytest.mark.parametrize(
    ("kind", "betas", "message"),
    [
        ("multinomialLogistic", "LOW", "classes mid, hi have no coefficients"),
        ("ordinalMultinomial", "LOW", "classes mid, hi have no coefficients"),
        ("generalizedLinear", "LOW + MIDDLE", "scores one of 2 classes, not 2 of 3"),
        ("multinomialLogistic", "BETAS", "cannot tell more than two classes apart"),
    ],
)
def test_classes_that_nothing_scores_are_refused(kind, betas, message):
    attributes = f'modelType="{kind}" cumulativeLink="logit" linkFunction="logit"'
    given = {"LOW": LOW, "LOW + MIDDLE": LOW + MIDDLE, "BETAS": BETAS}[betas]
    with pytest.raises(ArtifactError, match=message):
        read_pmml(model(attributes, target="z", function="classification", betas=given))


def test_declared_classes_beside_the_reference_that_nothing_scores_never_occur():
    attributes = 'modelType="multinomialLogistic" targetReferenceCategory="hi"'
    document = model(attributes, target="z", function="classification", betas=LOW)
    found = probabilities(document, ["lo", "mid", "hi"])
    assert (found[:, 1] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)


def test_the_graph_says_all_but_hazards():
    assert [step.engine for step in AutoExecutor(read_pmml(model('modelType="generalLinear"'))).plan.steps] == ["onnx"]
