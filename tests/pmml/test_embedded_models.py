"""Models inside models (PMML 4.4, Multiple Models, Model Composition), on both engines."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import TreeEnsemble
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

ENGINES = ("reference", "onnx")
DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-{space}" version="{version}"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="z" optype="continuous" dataType="double"/>
<DataField name="c" optype="categorical" dataType="string"/><DataField name="y" optype="{kind}"/></DataDictionary>
<{tag} functionName="{function}"><MiningSchema><MiningField name="x"/><MiningField name="z"/><MiningField name="c"/>
<MiningField name="y" usageType="predicted"/></MiningSchema>{content}</{tag}></PMML>"""


def document(content, tag="TreeModel", version="4.4", function="regression"):
    kind = 'categorical" dataType="string' if function == "classification" else 'continuous" dataType="double'
    space = version.replace(".", "_")
    filled = DOCUMENT.format(content=content, tag=tag, version=version, space=space, function=function, kind=kind)
    return filled.encode()


def scored(content, rows, engine, **changes):
    frame = pd.DataFrame({name: [row.get(name) for row in rows] for name in ("x", "z", "c")})
    frame = frame.astype({"x": float, "z": float, "c": object})
    return modelport_runtime.load(document(content, **changes), engine=engine).score(frame)


def listed(column):
    return [None if value is None or value != value else value for value in column.tolist()]


def table(intercept, **coefficients):
    terms = "".join(f'<NumericPredictor name="{k}" coefficient="{v}"/>' for k, v in coefficients.items())
    return f'<RegressionTable intercept="{intercept}">{terms}</RegressionTable>'


def regression(inside, attributes=""):
    return f'<Regression functionName="regression"{attributes}>{inside}</Regression>'


def split(first, second, attributes=""):
    """A node for x below 0 and one for the others."""
    return f"""<Node id="0" score="7"><True/>
<Node id="1"{attributes}><SimplePredicate field="x" operator="lessThan" value="0"/>{first}</Node>
<Node id="2" score="9"><SimplePredicate field="x" operator="greaterOrEqual" value="0"/>{second}</Node></Node>"""


ROWS = [{"x": -1, "z": 2}, {"x": 4, "z": 2}, {"x": None, "z": 2}, {"x": -1, "z": None}]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("attributes", "without_z"), [("", None), (' score="5.5"', 5.5)])
def test_a_linear_function_in_a_leaf(engine, attributes, without_z):
    # 1 + 2 * 2 - 3 * -1 = 8; where z is missing the node's own score stands in.
    content = split(regression(table(1, z=2, x=-3)), "", attributes)
    result = scored(f'<Output><OutputField name="node" feature="entityId"/></Output>{content}', ROWS, engine)
    assert listed(result["y"]) == [8.0, 9.0, None, without_z]
    assert listed(result["node"]) == ["1", "2", None, "1"]


def test_plain_linear_functions_are_leaves_of_one_forest():
    segments = "".join(f"<Segment><True/>{member}</Segment>" for member in (linear_member(1), linear_member(10)))
    content = f'<Segmentation multipleModelMethod="sum">{segments}</Segmentation>'
    predictor = read_pmml(document(content, tag="MiningModel")).model.predictor
    assert isinstance(predictor, TreeEnsemble)
    assert (predictor.n_trees, predictor.linear.coefficients.tolist()) == (2, [2.0, 2.0])
    for engine in ENGINES:
        # 1 + 2 z and 10 + 2 z below 0; 9 twice above it.
        assert listed(scored(content, ROWS[:2], engine, tag="MiningModel")["y"]) == [5.0 + 14.0, 18.0]


def linear_member(intercept):
    content = split(regression(table(intercept, z=2)), "", ' score="0"')
    schema = '<MiningSchema><MiningField name="x"/><MiningField name="z"/></MiningSchema>'
    return f'<TreeModel functionName="regression" missingValueStrategy="lastPrediction">{schema}{content}</TreeModel>'


def test_linear_leaves_in_the_native_file():
    read = read_pmml(document(split(regression(table(1, z=2)), "")))
    assert modelport_runtime.hub.equal(load_document(document_bytes(read)), read)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("strategy", ["lastPrediction", "none"])
def test_a_function_in_an_inner_node_serves_rows_that_end_there(engine, strategy):
    inner = f"""<Node id="0" score="7"><True/>
<Node id="1" score="1"><SimplePredicate field="x" operator="lessThan" value="0"/></Node>
{regression(table(100, z=1))}</Node>"""
    attributes = f'missingValueStrategy="{strategy}" noTrueChildStrategy="returnLastPrediction"'
    text = document(inner).replace(b"<TreeModel", f"<TreeModel {attributes}".encode())
    frame = pd.DataFrame({"x": [-1.0, 5.0, np.nan], "z": [2.0, 2.0, 3.0]})
    assert listed(modelport_runtime.load(text, engine=engine).score(frame)["y"]) == [1.0, 102.0, 103.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_regression_with_all_that_it_may_hold(engine):
    plus_one = '<Apply function="+"><FieldRef field="z"/><Constant>1</Constant></Apply>'
    inside = f"""<Targets><Target rescaleFactor="2"/></Targets><LocalTransformations>
<DerivedField name="z1" optype="continuous" dataType="double">{plus_one}</DerivedField></LocalTransformations>
<RegressionTable intercept="0.5"><NumericPredictor name="z1" exponent="2" coefficient="0.25"/>
<CategoricalPredictor name="c" value="red" coefficient="1"/></RegressionTable>"""
    content = split(regression(inside, ' normalizationMethod="exp"'), "")
    rows = [{"x": -1, "z": 1, "c": "red"}, {"x": -1, "z": 1, "c": "blue"}, {"x": 1}]
    # 2 * exp(0.5 + 0.25 * 2 ** 2 + 1), the same without the category, and the other node's score.
    expected = [2 * np.exp(2.5), 2 * np.exp(1.5), 9.0]
    assert scored(content, rows, engine)["y"].tolist() == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_classification_in_a_leaf(engine):
    classes = '<RegressionTable intercept="0.5" targetCategory="a"><NumericPredictor name="z" coefficient="1"/>'
    model = f"""<Regression functionName="classification" normalizationMethod="softmax">{classes}</RegressionTable>
<RegressionTable intercept="0" targetCategory="b"/></Regression>"""
    shares = '<ScoreDistribution value="a" recordCount="1"/><ScoreDistribution value="b" recordCount="3"/>'
    content = split(model, shares).replace('score="9"', 'score="b"').replace('score="7"', "")
    output = '<Output><OutputField name="p" feature="probability" value="a"/></Output>'
    result = scored(output + content, ROWS, engine, function="classification")
    assert listed(result["y"]) == ["a", "b", None, None]
    assert result["p"].tolist()[:2] == pytest.approx([1 / (1 + np.exp(-2.5)), 0.25], rel=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_classifications_in_every_leaf(engine):
    model = """<Regression functionName="classification" normalizationMethod="softmax">
<RegressionTable intercept="{}" targetCategory="a"/><RegressionTable intercept="0" targetCategory="b"/></Regression>"""
    content = split(model.format(1), model.format(-1)).replace('score="9"', "").replace('score="7"', "")
    output = '<Output><OutputField name="node" feature="entityId"/></Output>'
    result = scored(output + content, ROWS[:3], engine, function="classification")
    assert listed(result["y"]) == ["a", "b", None]
    assert listed(result["node"]) == ["1", "2", None]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tree_in_a_leaf_and_a_function_in_its_leaf(engine):
    inner = f"""<DecisionTree functionName="regression"><Node><True/>
<Node score="100"><SimplePredicate field="z" operator="greaterThan" value="0"/></Node>
<Node><SimplePredicate field="z" operator="lessOrEqual" value="0"/>{regression(table(3, z=1))}</Node>
</Node></DecisionTree>"""
    rows = [{"x": -1, "z": 1}, {"x": -1, "z": -1}, {"x": 1, "z": 1}]
    assert listed(scored(split(inner, ""), rows, engine)["y"]) == [100.0, 2.0, 9.0]


SEQUENCE = f"""<DecisionTree functionName="regression">
<ResultField name="filled" optype="continuous" dataType="double" feature="predictedValue"/><Node><True/>
<Node score="20"><SimplePredicate field="x" operator="isMissing"/></Node><Node score="30"><True/></Node></Node>
</DecisionTree>{regression('<ResultField name="shown" feature="predictedValue"/>' + table(1, filled=2, z=1))}"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("version", ["3.0", "3.1", "3.2", "4.0", "4.1", "4.4"])
def test_a_sequence_of_embedded_models(engine, version):
    # PMML 3.2, Model Composition: a tree replaces what is missing, and a regression follows it.
    result = scored(SEQUENCE, ROWS, engine, tag="MiningModel", version=version)
    assert list(result.columns) == ["y", "shown"]
    assert listed(result["y"]) == [1 + 60.0 + 2, 1 + 60.0 + 2, 1 + 40.0 + 2, None]
    assert listed(result["shown"]) == listed(result["y"])


@pytest.mark.parametrize("engine", ENGINES)
def test_model_selection_in_a_mining_model(engine):
    content = f'<DecisionTree functionName="regression">{split(regression(table(1, z=2)), "")}</DecisionTree>'
    result = scored(content, ROWS, engine, tag="MiningModel", version="3.2")
    assert listed(result["y"]) == [5.0, 9.0, None, None]


@pytest.mark.parametrize(
    ("content", "changes", "expected"),
    [
        (split(regression(table(1, w=2)), ""), {}, "field 'w' is not defined"),
        (split(regression(""), ""), {}, "Regression has no RegressionTable"),
        (split(regression(table(1)) * 2, ""), {}, "Node holds two models"),
        (split("<DecisionTree functionName='regression'/>", ""), {}, "DecisionTree has no Node"),
        (split(regression(table(1), ' normalizationMethod="exp"'), "").replace('id="2"', 'id="1"'), {}, "id='1'"),
        ("", {"tag": "MiningModel"}, "MiningModel has no Segmentation"),
    ],
)
def test_faults_say_where_they_are(content, changes, expected):
    with pytest.raises(ArtifactError, match=expected) as error:
        read_pmml(document(content, **changes))
    assert "PMML/" in str(error.value)


def test_strategies_that_enter_several_nodes_are_refused():
    text = document(split(regression(table(1)), ""))
    text = text.replace(b"<TreeModel", b'<TreeModel missingValueStrategy="weightedConfidence"')
    with pytest.raises(UnsupportedModelError, match="weightedConfidence of a tree whose nodes hold models"):
        read_pmml(text)


def test_models_embedded_too_deeply_are_refused():
    inner = "<DecisionTree functionName='regression'><Node><True/>%s</Node></DecisionTree>"
    content = regression(table(1))
    for _ in range(30):
        content = inner % content
    with pytest.raises(ArtifactError, match="embedded deeper than 16"):
        read_pmml(document(f"<Node><True/>{content}</Node>"))


# -- LightGBM's linear trees, written as its converter to PMML writes them, against LightGBM ---------------------------


def lightgbm_node(node, predicate="<True/>"):
    if "leaf_index" in node:
        terms = dict(zip((f"f{i}" for i in node["leaf_features"]), node["leaf_coeff"], strict=True))
        inside = regression(table(repr(node["leaf_const"]), **{name: repr(value) for name, value in terms.items()}))
        return f'<Node score="{node["leaf_value"]!r}">{predicate}{inside}</Node>'
    name, cut = f"f{node['split_feature']}", repr(node["threshold"])
    sides = [
        lightgbm_node(node[side], f'<SimplePredicate field="{name}" operator="{operator}" value="{cut}"/>')
        for side, operator in (("left_child", "lessOrEqual"), ("right_child", "greaterThan"))
    ]
    number = f"{id(node)}"
    default = f"{number}.{0 if node['default_left'] else 1}"
    sides = [side.replace("<Node ", f'<Node id="{number}.{i}" ', 1) for i, side in enumerate(sides)]
    return f'<Node score="{node["internal_value"]!r}" defaultChild="{default}">{predicate}{"".join(sides)}</Node>'


@pytest.mark.parametrize("engine", ENGINES)
def test_linear_trees_score_as_lightgbm_does(engine):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(600, 4))
    x[rng.random(x.shape) < 0.1] = np.nan
    y = np.nan_to_num(x[:, 0]) * 2 + np.where(np.nan_to_num(x[:, 1]) > 0, np.nan_to_num(x[:, 2]), -1.0)
    parameters = {"objective": "regression", "linear_tree": True, "num_leaves": 8, "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(x, y), 12)
    names = [f"f{i}" for i in range(4)]
    schema = "<MiningSchema>" + "".join(f'<MiningField name="{name}"/>' for name in names) + "{}</MiningSchema>"
    segments = "".join(
        '<Segment><True/><TreeModel functionName="regression" missingValueStrategy="defaultChild">'
        f"{schema.format('')}{lightgbm_node(tree['tree_structure'])}</TreeModel></Segment>"
        for tree in booster.dump_model()["tree_info"]
    )
    fields = "".join(f'<DataField name="{name}" optype="continuous" dataType="double"/>' for name in [*names, "y"])
    target = '<MiningField name="y" usageType="target"/>'
    text = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>{fields}</DataDictionary><MiningModel functionName="regression">{schema.format(target)}
<Segmentation multipleModelMethod="sum" missingPredictionTreatment="returnMissing">{segments}</Segmentation>
</MiningModel></PMML>"""
    assert text.count("<Regression ") > 50
    found = modelport_runtime.load(text.encode(), engine=engine).score(pd.DataFrame(x, columns=names))["y"]
    np.testing.assert_allclose(found, booster.predict(x), rtol=1e-12, atol=1e-12)
