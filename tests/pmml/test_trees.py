"""Trees of documents: the specification's own examples, folding of forests, and both ways of reading nodes."""

from __future__ import annotations

import numpy as np
import pytest

import modelport_runtime
from modelport_runtime.columns import NumberColumn, Table
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import AggregationMethod, Ensemble, TreeEnsemble, equal
from modelport_runtime.pmml import _element_builder, _node_scanner, read_pmml

FOREST = """<PMML xmlns="{namespace}" version="{version}"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="{data_type}"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<MiningModel functionName="regression"><MiningSchema><MiningField name="x"/>
<MiningField name="y" usageType="predicted"/></MiningSchema>
<Segmentation multipleModelMethod="{method}">{segments}</Segmentation></MiningModel></PMML>"""
SEGMENT = """<Segment id="{id}" weight="{weight}">{predicate}<TreeModel functionName="regression">
<MiningSchema><MiningField name="x" {treatment}/></MiningSchema>{extra}<Node score="{low}"><True/>
<Node score="{low}"><SimplePredicate field="x" operator="lessThan" value="{cut}"/></Node>
<Node score="{high}"><SimplePredicate field="x" operator="greaterOrEqual" value="{cut}"/></Node></Node>
</TreeModel></Segment>"""


def forest(method="sum", version="4.4", namespace=None, data_type="double", predicate="<True/>", **changes):
    defaults = {"predicate": predicate, "treatment": "", "extra": ""} | changes
    segments = "".join(SEGMENT.format(id=i, weight=i, low=i, high=10 * i, cut=0.1 * i, **defaults) for i in (1, 2, 3))
    segments = segments.replace("<TreeModel ", '<TreeModel noTrueChildStrategy="returnLastPrediction" ')
    space = f"http://www.dmg.org/PMML-{version.replace('.', '_')}" if namespace is None else namespace
    return FOREST.format(
        namespace=space, version=version, method=method, segments=segments, data_type=data_type
    ).encode()


def score(document, *values):
    executor = ReferenceExecutor(document)
    return executor.score(Table({"x": NumberColumn(np.array(values))}, len(values)))["y"].values.tolist()


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("sum", [6.0, 15.0, 60.0]),
        ("average", [2.0, 5.0, 20.0]),
        ("weightedAverage", [14 / 6, 23 / 6, 140 / 6]),
        ("median", [2.0, 3.0, 20.0]),
        ("max", [3.0, 10.0, 30.0]),
    ],
)
def test_forest(method, expected):
    document = read_pmml(forest(method))
    folds = method in set(AggregationMethod)
    assert isinstance(document.model.predictor, TreeEnsemble if folds else Ensemble)
    assert score(document, 0.0, 0.15, 1.0) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    "changes",
    [
        {"predicate": '<SimplePredicate field="x" operator="lessThan" value="9"/>'},
        {"treatment": 'missingValueReplacement="0"'},
        {"extra": '<Targets><Target rescaleConstant="0"/></Targets>'},
        {"extra": '<Output><OutputField name="z" feature="predictedValue"/></Output>'},
    ],
)
def test_members_with_something_of_their_own_are_not_folded(changes):
    document = read_pmml(forest(**changes))
    assert isinstance(document.model.predictor, Ensemble)
    assert score(document, 0.0, 0.15, 1.0) == [6.0, 15.0, 60.0]


@pytest.mark.parametrize("version", ["3.0", "3.1", "3.2", "4.0", "4.1", "4.2", "4.3", "4.4"])
@pytest.mark.parametrize("namespace", [None, "", "https://www.dmg.org/PMML-4_4"])
def test_versions_and_namespaces(version, namespace):
    assert score(read_pmml(forest(version=version, namespace=namespace)), 1.0) == [60.0]


def test_prefixed_elements():
    content = forest().replace(b"<", b"<p:").replace(b"<p:/", b"</p:").replace(b"xmlns=", b"xmlns:p=")
    assert equal(read_pmml(content), read_pmml(forest()))


def test_constants_take_the_type_of_their_field():
    # 0.1 as a float32 is above 0.1: a value of 0.1 in a float field lies on the margin, not below it.
    assert score(read_pmml(forest(data_type="float")), 0.1, 0.2) == [15.0, 33.0]


@pytest.mark.parametrize("strategy", ["none", "lastPrediction", "nullPrediction", "defaultChild"])
@pytest.mark.parametrize("last", ["returnNullPrediction", "returnLastPrediction"])
@pytest.mark.parametrize("seed", range(5))
def test_scanned_nodes_equal_streamed_nodes(strategy, last, seed, monkeypatch):
    monkeypatch.setattr(_node_scanner, "_SMALLEST", 0)
    rng = np.random.default_rng(seed)

    def node(depth, predicate):
        number = next(numbers)
        attributes = f' id="{number}"' + (f' score="{rng.integers(9)}.5"' if rng.random() < 0.8 else "")
        attributes += ' recordCount="3"' if rng.random() < 0.3 else ""
        children = []
        if depth and rng.random() < 0.8:
            field, cut = rng.choice(["x", "z"]), f"{rng.normal():.3f}"
            tests = [("lessOrEqual", cut), ("greaterThan", cut), ("equal", cut), ("notEqual", cut), (None, None)]
            chosen = tests[:2] if rng.random() < 0.5 else [tests[i] for i in rng.permutation(5)[: rng.integers(1, 5)]]
            for operator, value in chosen:
                simple = f'<SimplePredicate field="{field}" operator="{operator}" value="{value}"/>'
                children.append(node(depth - 1, simple if operator else "<True/>"))
            if strategy == "defaultChild":
                attributes += f' defaultChild="{rng.choice([child[0] for child in children])}"'
        return number, f"<Node{attributes}>\n  {predicate}" + "".join(text for _, text in children) + "</Node>\n"

    numbers = iter(range(10_000))
    tree = node(5, "<True/>" if rng.random() < 0.5 else '<SimplePredicate field="x" operator="lessThan" value="9"/>')[1]
    content = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/><DataField name="z" optype="continuous" dataType="float"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<TreeModel functionName="regression" missingValueStrategy="{strategy}" noTrueChildStrategy="{last}"><MiningSchema>
<MiningField name="x"/><MiningField name="z"/><MiningField name="y" usageType="target"/></MiningSchema>
{tree}</TreeModel></PMML>""".encode()
    scanned = read_pmml(content)
    # A comment before the nodes makes the reader take them one by one.
    streamed = read_pmml(content.replace(b'<Node id="0"', b'<!-- <Node> --><Node id="0"'))
    taken = []
    monkeypatch.setattr(_element_builder, "scan_nodes", lambda *_: taken.append(True))
    assert equal(read_pmml(content), streamed)
    assert taken
    assert equal(scanned, streamed)


def test_load_reads_pmml():
    assert modelport_runtime.load(forest(), engine="reference").engine == "reference"
