"""Bayesian networks against sums over all values of all nodes, written out here (PMML 4.4, Bayesian Network)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import modelport_runtime
from modelport.cli._summary import summary_of_document
from modelport_runtime.errors import ArtifactError, UnsupportedModelError
from modelport_runtime.hub import equal
from modelport_runtime.hub._native import load_document, save_document
from modelport_runtime.pmml import read_pmml

ENGINES = ("reference", "auto")
WITH_GRAPH = (*ENGINES, "onnx")


def document(nodes, *, given, targets, function="classification", fields, more=""):
    """A document of nodes; ``fields`` maps names to their types."""
    declared = "".join(
        f'<DataField name="{name}" dataType="{kind}" optype="{"continuous" if kind == "double" else "categorical"}"/>'
        for name, kind in fields.items()
    )
    schema = "".join(f'<MiningField name="{name}"/>' for name in given)
    schema += "".join(f'<MiningField name="{name}" usageType="target"/>' for name in targets)
    return (
        f'<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>{declared}</DataDictionary>'
        f'<BayesianNetworkModel functionName="{function}"><MiningSchema>{schema}</MiningSchema>{more}'
        f"<BayesianNetworkNodes>{nodes}</BayesianNetworkNodes></BayesianNetworkModel></PMML>"
    ).encode()


def shares(values):
    return "".join(f'<ValueProbability value="{value}" probability="{p!r}"/>' for value, p in values.items())


def discrete(name, table, parents=()):
    """``table`` maps values of the parents to a mapping of the node's values to probabilities."""
    if not parents:
        return f'<DiscreteNode name="{name}">{shares(table[()])}</DiscreteNode>'
    cells = "".join(
        "<DiscreteConditionalProbability>"
        + "".join(f'<ParentValue parent="{p}" value="{v}"/>' for p, v in zip(parents, values, strict=True))
        + f"{shares(found)}</DiscreteConditionalProbability>"
        for values, found in table.items()
    )
    return f'<DiscreteNode name="{name}">{cells}</DiscreteNode>'


def number(value):
    return f'<Constant dataType="double">{value!r}</Constant>'


def field(name):
    return f'<FieldRef field="{name}"/>'


def apply(function, *arguments):
    return f'<Apply function="{function}">{"".join(arguments)}</Apply>'


def distribution(kind, **parameters):
    inside = "".join(f"<{tag}>{expression}</{tag}>" for tag, expression in parameters.items())
    name = f"{kind}DistributionForBN"
    return f"<ContinuousDistribution><{name}>{inside}</{name}></ContinuousDistribution>"


def normal(mean, variance):
    return distribution("Normal", Mean=mean, Variance=variance)


def continuous(name, table, parents=()):
    """``table`` maps values of the parents to a distribution."""
    cells = "".join(
        "<ContinuousConditionalProbability>"
        + "".join(f'<ParentValue parent="{p}" value="{v}"/>' for p, v in zip(parents, values, strict=True))
        + f"{found}</ContinuousConditionalProbability>"
        for values, found in table.items()
    )
    return f'<ContinuousNode name="{name}">{cells if parents else table[()]}</ContinuousNode>'


def probabilities(values, target=""):
    targeted = f' targetField="{target}"' if target else ""
    return (
        "<Output>"
        + "".join(
            f'<OutputField name="p_{v}" feature="probability" value="{v}" dataType="double" optype="continuous"'
            f"{targeted}/>"
            for v in values
        )
        + "</Output>"
    )


RAIN = {(): {"no": 0.8, "yes": 0.2}}
SPRINKLER = {("no",): {"off": 0.6, "on": 0.4}, ("yes",): {"off": 0.99, "on": 0.01}}
GRASS = {
    ("off", "no"): {"dry": 1.0, "wet": 0.0},
    ("off", "yes"): {"dry": 0.2, "wet": 0.8},
    ("on", "no"): {"dry": 0.1, "wet": 0.9},
    ("on", "yes"): {"dry": 0.01, "wet": 0.99},
}
SPRINKLER_NETWORK = (
    discrete("grass", GRASS, ("sprinkler", "rain"))
    + discrete("sprinkler", SPRINKLER, ("rain",))
    + discrete("rain", RAIN)
)
STRINGS = dict.fromkeys(("rain", "sprinkler", "grass"), "string")


@pytest.mark.parametrize("engine", WITH_GRAPH)
def test_causes_are_inferred_from_effects(engine):
    given = document(
        SPRINKLER_NETWORK,
        given=("grass", "sprinkler"),
        targets=("rain",),
        fields=STRINGS,
        more=probabilities(("no", "yes")),
    )
    rows = pd.DataFrame({"grass": ["wet", "wet", None, None], "sprinkler": [None, "on", None, "off"]})
    result = modelport_runtime.load(given, engine=engine).score(rows)
    wet_and_rain = 0.2 * (0.99 * 0.8 + 0.01 * 0.99)
    wet_and_none = 0.8 * (0.6 * 0.0 + 0.4 * 0.9)
    expected = [
        wet_and_rain / (wet_and_rain + wet_and_none),  # 0.3577 in every textbook
        0.2 * 0.01 * 0.99 / (0.2 * 0.01 * 0.99 + 0.8 * 0.4 * 0.9),
        0.2,
        0.2 * 0.99 / (0.2 * 0.99 + 0.8 * 0.6),
    ]
    np.testing.assert_allclose(result["p_yes"], expected, rtol=1e-12)
    np.testing.assert_allclose(result["p_no"], 1 - np.array(expected), rtol=1e-12)
    assert result["rain"].tolist() == ["no"] * 4


@pytest.mark.parametrize("engine", WITH_GRAPH)
def test_impossible_and_unknown_evidence_has_no_answer(engine):
    given = document(SPRINKLER_NETWORK, given=("grass", "sprinkler", "rain"), targets=(), fields=STRINGS)
    given = given.replace(b'<MiningField name="rain"/>', b'<MiningField name="rain" usageType="target"/>')
    given = given.replace(b'value="wet" probability="0.8"', b'value="wet" probability="0.0"')
    given = given.replace(b'value="dry" probability="0.2"', b'value="dry" probability="1.0"')
    rows = pd.DataFrame({"grass": ["wet", "soaked", "dry"], "sprinkler": ["off", "on", "off"]})
    result = modelport_runtime.load(given, engine=engine).score(rows)
    assert result["rain"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize("engine", WITH_GRAPH)
def test_several_targets_are_inferred_each_for_itself(engine):
    given = document(SPRINKLER_NETWORK, given=("grass",), targets=("sprinkler", "rain"), fields=STRINGS)
    result = modelport_runtime.load(given, engine=engine).score(pd.DataFrame({"grass": ["wet", "dry", None]}))
    wet = {
        "off": 0.8 * 0.6 * 0.0 + 0.2 * 0.99 * 0.8,
        "on": 0.8 * 0.4 * 0.9 + 0.2 * 0.01 * 0.99,
    }
    assert wet["on"] > wet["off"]
    assert result["sprinkler"].tolist() == ["on", "off", "off"]
    assert result["rain"].tolist() == ["no", "no", "no"]


def density(x, mean, variance):
    return math.exp(-((x - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)


MIXED = {"d": "integer", "e": "string", "x": "double", "y": "double", "z": "double"}


@pytest.mark.parametrize("engine", ENGINES)
def test_densities_of_observed_children_weigh_the_values_of_a_discrete_target(engine):
    nodes = discrete("d", {(): {1: 0.3, 2: 0.7}}) + discrete("e", {(): {"a": 0.5, "b": 0.5}})
    table = {
        ("1", "a"): normal(field("y"), number(4.0)),
        ("1", "b"): normal(apply("+", number(1.0), field("y")), number(4.0)),
        ("2", "a"): distribution("Uniform", Lower=number(-10.0), Upper=number(10.0)),
        ("2", "b"): distribution("Triangular", Mean=number(1.0), Lower=number(-2.0), Upper=number(4.0)),
    }
    nodes += continuous("x", table, ("d", "e"))
    given = document(nodes, given=("x", "y", "e"), targets=("d",), fields=MIXED, more=probabilities((1, 2)))
    rows = pd.DataFrame({"x": [0.5, 0.5, 3.0, 0.5, -50.0], "y": [0.0, 0.0, 1.0, 0.0, -49.0]})
    rows["e"] = ["a", "b", None, None, "b"]
    result = modelport_runtime.load(given, engine=engine).score(rows)
    # The mode of the triangle is 3 * 1 - (-2) - 4 = 1: at 0.5 it is at 2 * 2.5 / (6 * 3), at 3 at 2 * 1 / (6 * 3).
    expected = []
    for x, y, ones, twos in [
        (0.5, 0.0, "a", [1 / 20]),
        (0.5, 0.0, "b", [2 * 2.5 / 18]),
        (3.0, 1.0, "ab", [1 / 20, 2 * 1 / 18]),
        (0.5, 0.0, "ab", [1 / 20, 2 * 2.5 / 18]),
        (-50.0, -49.0, "b", [0.0]),
    ]:
        one = 0.3 * sum(density(x, y + (1 if value == "b" else 0), 4.0) for value in ones)
        expected.append(one / (one + 0.7 * sum(twos)))
    np.testing.assert_allclose(result["p_1"], expected, rtol=1e-12)
    assert result["d"].tolist() == [1 if p > 0.5 else 2 for p in expected]


def test_a_lognormal_density_is_that_of_the_logarithm():
    nodes = discrete("d", {(): {1: 0.5, 2: 0.5}})
    table = {
        ("1",): distribution("Lognormal", Mean=number(0.5), Variance=number(2.0)),
        ("2",): normal(number(1.0), number(1.0)),
    }
    nodes += continuous("x", table, ("d",))
    given = document(nodes, given=("x",), targets=("d",), fields=MIXED, more=probabilities((1, 2)))
    result = modelport_runtime.load(given).score(pd.DataFrame({"x": [1.7, -1.0, None]}))
    one = density(math.log(1.7), 0.5, 2.0) / 1.7
    np.testing.assert_allclose(result["p_1"], [one / (one + density(1.7, 1, 1)), 0.0, 0.5], rtol=1e-12)


def test_many_observed_nodes_do_not_underflow():
    names = [f"x{i}" for i in range(400)]
    nodes = discrete("d", {(): {1: 0.5, 2: 0.5}})
    for name in names:
        table = {("1",): normal(number(0.0), number(1.0)), ("2",): normal(number(0.1), number(1.0))}
        nodes += continuous(name, table, ("d",))
    given = document(
        nodes, given=names, targets=("d",), fields={"d": "integer", **dict.fromkeys(names, "double")},
        more=probabilities((1, 2)),
    )  # fmt: skip
    result = modelport_runtime.load(given).score(pd.DataFrame({name: [30.0, 0.05] for name in names}))
    # 400 times the difference of the logarithms, (30^2 - 29.9^2) / 2, is beyond what a share can show.
    np.testing.assert_allclose(result["p_1"], [0.0, 0.5], atol=1e-12)
    assert result["d"][0] == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_continuous_target_is_its_mean(engine):
    nodes = discrete("d", {(): {1: 0.25, 2: 0.75}})
    nodes += discrete("e", {("1",): {"a": 0.9, "b": 0.1}, ("2",): {"a": 0.2, "b": 0.8}}, ("d",))
    table = {
        ("1",): distribution("Lognormal", Mean=field("y"), Variance=number(0.5)),
        ("2",): distribution("Uniform", Lower=number(2.0), Upper=apply("*", number(3.0), field("y"))),
    }
    nodes += continuous("x", table, ("d",))
    given = document(nodes, given=("d", "e", "y"), targets=("x",), fields=MIXED, function="regression")
    rows = pd.DataFrame({"d": [1, 2, None, None], "e": ["b", "b", "a", None], "y": [1.0, 2.0, 1.5, 1.5]})
    result = modelport_runtime.load(given, engine=engine).score(rows.astype({"d": "Int64"}))
    one, two = math.exp(1.5 + 0.25), (2 + 4.5) / 2
    mixed = (0.25 * 0.9 * one + 0.75 * 0.2 * two) / (0.25 * 0.9 + 0.75 * 0.2)
    np.testing.assert_allclose(result["x"], [math.exp(1.25), 4.0, mixed, 0.25 * one + 0.75 * two], rtol=1e-12)


def test_a_normal_target_is_updated_by_normal_children():
    nodes = continuous("x", {(): normal(number(1.0), number(4.0))})
    nodes += continuous("y", {(): normal(apply("-", apply("*", number(2.0), field("x")), number(3.0)), number(1.0))})
    nodes += continuous("z", {(): normal(apply("/", field("x"), number(2.0)), number(0.5))})
    given = document(nodes, given=("y", "z"), targets=("x",), fields=MIXED, function="regression")
    rows = pd.DataFrame({"y": [2.0, 2.0, None, None], "z": [1.5, None, 1.5, None]})
    result = modelport_runtime.load(given).score(rows)
    # Precisions 1/4, 2^2/1 and 0.5^2/0.5; each times what it says of x: 1, (2 + 3)/2 and 2 * 1.5.
    weights, says = np.array([0.25, 4.0, 0.5]), np.array([1.0, 2.5, 3.0])
    used = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 1], [1, 0, 0]]) * weights
    np.testing.assert_allclose(result["x"], used @ says / used.sum(axis=1), rtol=1e-12)


def test_a_normal_target_in_a_mixture_is_updated_by_its_child():
    nodes = discrete("d", {(): {1: 0.3, 2: 0.7}}) + discrete("e", {(): {"a": 0.4, "b": 0.6}})
    prior = {("1",): (0.0, 1.0), ("2",): (5.0, 2.0)}
    child = {("a",): (1.0, 0.0, 0.5), ("b",): (-2.0, 1.0, 3.0)}
    nodes += continuous("x", {v: normal(number(m), number(s)) for v, (m, s) in prior.items()}, ("d",))
    table = {
        v: normal(apply("+", apply("*", number(b), field("x")), number(a)), number(s)) for v, (b, a, s) in child.items()
    }
    nodes += continuous("y", table, ("e",))
    given = document(nodes, given=("y", "e"), targets=("x",), fields=MIXED, function="regression")
    rows = pd.DataFrame({"y": [3.0, -4.0, 0.5], "e": [None, "b", "a"]})
    result = modelport_runtime.load(given).score(rows)
    # By a fine grid instead of a formula.
    x = np.linspace(-40, 50, 400_001)
    expected = []
    for y, e in [(3.0, None), (-4.0, "b"), (0.5, "a")]:
        joint = np.zeros_like(x)
        for (d,), (m, s) in prior.items():
            for (value,), (b, a, noise) in child.items():
                if e is None or e == value:
                    share = {"1": 0.3, "2": 0.7}[d] * {"a": 0.4, "b": 0.6}[value]
                    own = np.exp(-((x - m) ** 2) / (2 * s)) / math.sqrt(s)
                    joint += share * own * np.exp(-((y - a - b * x) ** 2) / (2 * noise)) / math.sqrt(noise)
        expected.append((joint * x).sum() / joint.sum())
    np.testing.assert_allclose(result["x"], expected, rtol=1e-9)


def test_derived_fields_of_a_node_are_parents():
    bins = (
        '<DiscretizeBin binValue="low"><Interval closure="openClosed" rightMargin="9"/></DiscretizeBin>'
        '<DiscretizeBin binValue="high"><Interval closure="openOpen" leftMargin="9"/></DiscretizeBin>'
    )
    own = f'<DerivedField name="x_bin" optype="categorical" dataType="string"><Discretize field="x">{bins}</Discretize>'
    table = {("low",): {"a": 0.9, "b": 0.1}, ("high",): {"a": 0.3, "b": 0.7}}
    node = discrete("e", table, ("x_bin",)).replace('name="e">', f'name="e">{own}</DerivedField>')
    nodes = continuous("x", {(): normal(number(9.0), number(1.0))}) + node
    given = document(nodes, given=("x",), targets=("e",), fields=MIXED, more=probabilities("ab"))
    result = modelport_runtime.load(given).score(pd.DataFrame({"x": [9.0, 9.5, None]}))
    np.testing.assert_allclose(result["p_a"], [0.9, 0.3, np.nan])
    assert result["e"].tolist()[:2] == ["a", "b"]


def test_what_is_blocked_by_observed_nodes_may_be_continuous_and_hidden():
    nodes = continuous("z", {(): normal(number(0.0), number(1.0))})
    nodes += continuous("y", {(): normal(field("z"), number(1.0))})
    nodes += continuous("x", {(): normal(field("y"), number(1.0))})
    given = document(nodes, given=("y",), targets=("x",), fields=MIXED, function="regression")
    result = modelport_runtime.load(given).score(pd.DataFrame({"y": [2.5, None]}))
    np.testing.assert_allclose(result["x"], [2.5, np.nan])


@st.composite
def networks(draw):
    """Discrete nodes, each with parents among those before it, and what is observed of them."""
    sizes = draw(st.lists(st.integers(2, 3), min_size=2, max_size=6))
    tables, parents = [], []
    for index, size in enumerate(sizes):
        of = draw(st.lists(st.integers(0, index - 1), unique=True, max_size=3)) if index else []
        shape = [sizes[parent] for parent in of]
        cells = st.lists(st.integers(1, 9), min_size=size, max_size=size)
        table = {values: np.array(draw(cells), dtype=float) for values in itertools.product(*(range(n) for n in shape))}
        tables.append({values: found / found.sum() for values, found in table.items()})
        parents.append(of)
    target = draw(st.integers(0, len(sizes) - 1))
    row = st.tuples(*(st.integers(-1, size - 1) for size in sizes))
    rows = draw(st.lists(row, min_size=1, max_size=5))
    unlisted = draw(st.sets(st.integers(0, len(sizes) - 1)))
    return sizes, parents, tables, target, rows, unlisted


@settings(max_examples=60, deadline=None)
@given(networks())
def test_every_discrete_network_is_summed_out(network):
    sizes, parents, tables, target, rows, unlisted = network
    nodes = "".join(
        discrete(
            f"n{index}",
            {values: dict(enumerate(map(float, found))) for values, found in table.items()},
            tuple(f"n{parent}" for parent in of),
        )
        for index, (of, table) in enumerate(zip(parents, tables, strict=True))
    )
    listed = [index for index in range(len(sizes)) if index != target and index not in unlisted]
    given = document(
        nodes,
        given=[f"n{index}" for index in listed],
        targets=(f"n{target}",),
        fields={f"n{index}": "integer" for index in range(len(sizes))},
        more=probabilities(range(sizes[target])),
    )
    frame = pd.DataFrame({f"n{i}": [None if r[i] < 0 else r[i] for r in rows] for i in listed}, index=range(len(rows)))
    frame = frame.astype("Int64")
    result = modelport_runtime.load(given, engine="reference").score(frame)
    if listed:  # a graph takes one field at least
        graph = modelport_runtime.load(given, engine="onnx").score(frame)
        pd.testing.assert_frame_equal(graph, result, rtol=1e-12, atol=1e-12)
    for position, row in enumerate(rows):
        joint = np.zeros(sizes[target])
        for values in itertools.product(*(range(size) for size in sizes)):
            if all(row[index] in (-1, values[index]) for index in listed):
                terms = (
                    table[tuple(values[parent] for parent in of)][values[index]]
                    for index, (of, table) in enumerate(zip(parents, tables, strict=True))
                )
                joint[values[target]] += math.prod(terms)
        found = [result[f"p_{value}"][position] for value in range(sizes[target])]
        np.testing.assert_allclose(found, joint / joint.sum(), rtol=1e-9)


def test_the_native_file_and_inspect_know_the_network(tmp_path):
    nodes = discrete("d", {(): {1: 0.3, 2: 0.7}})
    nodes += continuous("x", {(str(d),): normal(field("y"), number(float(d))) for d in (1, 2)}, ("d",))
    read = read_pmml(document(nodes, given=("x", "y"), targets=("d",), fields=MIXED))
    save_document(read, tmp_path / "network.modelport")
    assert equal(load_document(tmp_path / "network.modelport"), read)
    assert summary_of_document(read)["structure"] == ["Bayesian network: 2 nodes, 1 of them given, predicts d"]


@pytest.mark.parametrize(
    ("nodes", "given", "target", "reason"),
    [
        (
            continuous("y", {(): normal(number(0.0), number(1.0))})
            + continuous("x", {(): normal(field("y"), number(1.0))}),
            (),
            "x",
            "continuous node 'y' is not observed",
        ),
        (
            continuous("x", {(): distribution("Uniform", Lower=number(0.0), Upper=number(1.0))})
            + continuous("y", {(): normal(field("x"), number(1.0))}),
            ("y",),
            "x",
            "its own distribution is not normal",
        ),
        (
            continuous("x", {(): normal(number(0.0), number(1.0))})
            + continuous("y", {(): normal(apply("*", field("x"), field("x")), number(1.0))}),
            ("y",),
            "x",
            "in another way than by a normal distribution with a linear mean",
        ),
        (
            discrete("d", {(): {1: 0.5, 2: 0.5}}) + continuous("x", {(): normal(field("d"), number(1.0))}),
            ("x",),
            "d",
            "node 'x' depends on 'd' through an expression",
        ),
    ],
)
def test_what_has_no_exact_answer_is_refused_when_loaded(nodes, given, target, reason):
    function = "classification" if target == "d" else "regression"
    with pytest.raises(UnsupportedModelError, match=reason):
        modelport_runtime.load(document(nodes, given=given, targets=(target,), fields=MIXED, function=function))


def test_a_network_whose_tables_are_too_large_is_refused():
    names = [f"n{index}" for index in range(9)]
    values = dict.fromkeys(range(8), 0.125)
    nodes = "".join(discrete(name, {(): values}) for name in names)
    # Each of many children ties two of the nodes together, so that summing out any needs most of the others.
    fields = dict.fromkeys(names, "integer")
    for left, right in itertools.combinations(names, 2):
        child = f"{left}{right}"
        fields[child] = "string"
        table = {(str(a), str(b)): {"u": 0.5, "v": 0.5} for a in range(8) for b in range(8)}
        nodes += discrete(child, table, (left, right))
    given = [name for name in fields if name not in names]
    with pytest.raises(UnsupportedModelError, match="takes a table of 134,217,728 cells"):
        modelport_runtime.load(document(nodes, given=given, targets=("n0",), fields=fields))


GOOD = document(SPRINKLER_NETWORK, given=("grass",), targets=("rain",), fields=STRINGS).decode()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('DiscreteNode name="rain"', 'DiscreteNode name="grass"', "node 'grass' is defined twice"),
        ('DiscreteNode name="rain"', 'DiscreteNode name="snow"', "field 'snow' is not defined"),
        ('parent="sprinkler" value="on"', 'parent="sprinkler" value="broken"', "'broken' is no value of node"),
        ('parent="sprinkler" value="on"', 'parent="sprinkler" value="off"', "have two tables"),
        ('parent="sprinkler" value="on"', 'parent="hose" value="on"', "parent 'hose' is no node and no field"),
        ('parent="sprinkler" value="on"', 'parent="rain" value="no"', "parent 'rain' has two values"),
        ('value="wet" probability="0.8"', 'value="wet" probability="1.8"', "is not between 0 and 1"),
        ('value="wet" probability="0.8"', 'value="wet" probability="eight"', "'eight' is not a number"),
        ('value="wet" probability="0.8"', 'value="wet" probability="0.3"', "add up to 0.5, not 1"),
        ('value="wet" probability="0.8"', 'value="dry" probability="0.8"', "'dry' has two probabilities"),
        ('value="wet" probability="0.8"', 'probability="0.8"', "attribute 'value' is missing"),
        ("BayesianNetworkNodes", "Nodes", "BayesianNetworkNodes is missing"),
        (
            'MiningField name="rain" usageType="target"',
            'MiningField name="rain" usageType="supplementary"',
            "is no node of the network",
        ),
        (
            '<DiscreteNode name="rain"><ValueProbability value="no" probability="0.8"/>'
            '<ValueProbability value="yes" probability="0.2"/></DiscreteNode>',
            discrete("rain", {("dry",): {"no": 1.0, "yes": 0.0}, ("wet",): {"no": 0.5, "yes": 0.5}}, ("grass",)),
            "in a circle",
        ),
        (
            '<DiscreteNode name="rain"><ValueProbability value="no" probability="0.8"/>'
            '<ValueProbability value="yes" probability="0.2"/></DiscreteNode>',
            '<DiscreteNode name="rain"/>',
            "DiscreteNode has no ValueProbability",
        ),
        (
            "".join(
                [
                    '<DiscreteConditionalProbability><ParentValue parent="rain" value="yes"/>',
                    shares(SPRINKLER["yes",]),
                    "</DiscreteConditionalProbability>",
                ]
            ),
            "",
            "parent values \\(yes\\) have no table",
        ),
    ],
)
def test_documents_that_contradict_themselves(old, new, reason):
    assert old in GOOD
    with pytest.raises(ArtifactError, match=reason) as caught:
        modelport_runtime.load(GOOD.replace(old, new).encode())
    assert ":1: PMML/BayesianNetworkModel" in str(caught.value)
