"""Both engines give the one result schema, with the scores that follow from the specification."""

from __future__ import annotations

import numpy as np
import pytest

from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.errors import EngineError
from modelport_runtime.executors.jvm import JvmExecutor
from modelport_runtime.executors.jvm._session import BLOCK_ROWS
from modelport_runtime.hub import DataType
from modelport_runtime.pmml import read_pmml

from .documents import ROWS, logistic, probability, table, values


def executor(engine: str, pmml: str) -> JvmExecutor:
    return JvmExecutor(engine=engine, pmml=pmml.encode(), document=read_pmml(pmml.encode()))


LABEL_VALUES = {"string": ("no", "yes"), "integer": (0.0, 1.0), "boolean": (0.0, 1.0), "double": (0.5, 1.25)}


@pytest.mark.parametrize("label_type", LABEL_VALUES)
@pytest.mark.parametrize("outputs", ["none", "probability", "label and probability", "hidden"])
def test_every_output_element_and_label_type_gives_target_then_outputs(
    engine: str, label_type: str, outputs: str
) -> None:
    result = executor(engine, logistic(label_type, outputs)).score(table())

    expected = [None if np.isnan(x) else probability(x, c) for x, c in ROWS]
    no, yes = LABEL_VALUES[label_type]
    labels = [None if p is None else yes if p > 0.5 else no for p in expected]
    columns = {"none": ["y"], "label and probability": ["y", "label", "p"]}.get(outputs, ["y", "p"])
    assert list(result) == columns
    assert result["y"].data_type == DataType(label_type)
    for name in columns[:-1] or columns:
        assert values(result[name]) == labels, name
    if "p" in columns:
        assert values(result["p"]) == [None if p is None else pytest.approx(p, rel=1e-15) for p in expected]


@pytest.mark.parametrize("n_rows", [0, 1, BLOCK_ROWS, BLOCK_ROWS + 1])
def test_blocks_keep_rows_in_order(engine: str, n_rows: int) -> None:
    x = np.linspace(-3, 3, n_rows)
    codes = np.arange(n_rows, dtype=np.int32) % 3 - 1
    rows = Table({"x": NumberColumn(x), "c": TextColumn(codes, ("a", "b"))}, n_rows)

    result = executor(engine, logistic()).score(rows)

    expected = 1 / (1 + np.exp(-(0.5 + 2 * x + (codes == 0))))
    assert isinstance(result["p"], NumberColumn)
    np.testing.assert_allclose(result["p"].values, expected, rtol=1e-15)
    assert values(result["y"]) == ["yes" if p > 0.5 else "no" for p in expected]


def test_a_session_forgets_the_table_before(engine: str) -> None:
    model = executor(engine, logistic())
    first = values(model.score(table([(1.0, "a"), (-1.0, "b")]))["y"])
    no_text = Table({"x": NumberColumn(np.array([-1.0]))}, 1)

    assert first == ["yes", "no"]
    assert values(model.score(no_text)["p"]) == [pytest.approx(probability(-1.0, None), rel=1e-15)]


def test_columns_that_the_model_does_not_use_are_ignored(engine: str) -> None:
    rows = Table({**table(), "other": NumberColumn(np.zeros(len(ROWS)))}, len(ROWS))

    assert values(executor(engine, logistic()).score(rows)["y"])[0] == "yes"


def test_an_invalid_value_makes_its_row_missing_and_no_other(engine: str) -> None:
    model = executor(engine, logistic())

    result = model.score(table([(1.0, "a"), (1.0, "new"), (-3.0, "b")]))

    assert values(result["y"]) == ["yes", None, "no"]
    assert values(result["p"])[1] is None


def test_jpmml_says_which_value_it_refused(java_home: object) -> None:
    pytest.importorskip("jpmml_evaluator")
    model = executor("jpmml", logistic())

    model.score(table([(1.0, "new")]))

    assert (model.failures.count, model.failures.through_values) == (1, 1)
    assert '"new"' in (model.failures.first or "")


REGRESSION = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
  <DataField name="n" optype="continuous" dataType="integer"/>
  <DataField name="b" optype="categorical" dataType="boolean"/>
  <DataField name="f" optype="continuous" dataType="float"/>
  <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression">
  <MiningSchema><MiningField name="n"/><MiningField name="b"/><MiningField name="f"/>
    <MiningField name="y" usageType="target"/></MiningSchema>
  <RegressionTable intercept="0.125"><NumericPredictor name="n" coefficient="3"/>
    <NumericPredictor name="f" coefficient="2"/>
    <CategoricalPredictor name="b" value="true" coefficient="10"/></RegressionTable>
</RegressionModel></PMML>"""


def test_typed_inputs_keep_their_types(engine: str) -> None:
    single = float(np.float32(0.1))
    rows = Table(
        {
            "n": NumberColumn(np.array([2.0, 2.0, np.nan, 3_000_000_000.0]), DataType.INTEGER),
            "b": NumberColumn(np.array([1.0, 0.0, 1.0, np.nan]), DataType.BOOLEAN),
            "f": NumberColumn(np.array([single, 0.5, 0.5, 0.0]), DataType.FLOAT),
        },
        4,
    )
    expected = [0.125 + 6 + 2 * single + 10, 0.125 + 6 + 1, None, 0.125 + 9e9]
    if engine == "jpmml":
        expected[3] = None  # the engine's integers have 32 bits; a larger one is an invalid value

    assert values(executor(engine, REGRESSION).score(rows)["y"]) == expected


def chain(label_type: str) -> str:
    """The logistic model as the one member of a chain, whose member has the outputs, as many converters write it."""
    document = logistic(label_type)
    start, end = document.index("<RegressionModel"), document.index("</PMML>")
    schema = document[document.index("<MiningSchema>") : document.index("</MiningSchema>") + len("</MiningSchema>")]
    return (
        f'{document[:start]}<MiningModel functionName="classification">{schema}'
        '<Segmentation multipleModelMethod="modelChain"><Segment id="1"><True/>'
        f"{document[start:end]}</Segment></Segmentation></MiningModel></PMML>"
    )


@pytest.mark.parametrize("label_type", LABEL_VALUES)
def test_a_chain_gives_its_target_and_the_outputs_of_its_members(engine: str, label_type: str) -> None:
    result = executor(engine, chain(label_type)).score(table())

    no, yes = LABEL_VALUES[label_type]
    assert list(result) == ["y", "p"]
    assert values(result["y"]) == [yes, None, no, yes, no, yes]
    assert [value is None for value in values(result["p"])] == [False, True, False, False, False, False]


@pytest.mark.parametrize("outputs", ["none", "probability"])
@pytest.mark.parametrize("label_type", LABEL_VALUES)
def test_without_a_document_the_target_comes_too(engine: str, outputs: str, label_type: str) -> None:
    result = JvmExecutor(engine=engine, pmml=logistic(label_type, outputs).encode()).score(table())

    no, yes = LABEL_VALUES[label_type]
    assert values(result["y"]) == [yes, None, no, yes, no, yes]


FLOAT_TREE = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
  <DataField name="x" optype="continuous" dataType="float"/>
  <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<TreeModel functionName="regression" splitCharacteristic="binarySplit">
  <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
  <Node><True/>
    <Node score="1"><SimplePredicate field="x" operator="lessThan" value="0.1"/></Node>
    <Node score="2"><SimplePredicate field="x" operator="greaterOrEqual" value="0.1"/></Node></Node>
</TreeModel></PMML>"""


def around(threshold: np.float32) -> Table:
    beside = [np.nextafter(threshold, np.float32(-np.inf)), threshold, np.nextafter(threshold, np.float32(np.inf))]
    return Table({"x": NumberColumn(np.array(beside, dtype=np.float64), DataType.FLOAT)}, 3)


@pytest.mark.parametrize("threshold", ["0.1", "0.7"])  # as a float the first is above its decimal, the second below
def test_floats_compare_with_thresholds_as_floats(engine: str, threshold: str) -> None:
    pmml = FLOAT_TREE.replace("0.1", threshold)

    assert values(executor(engine, pmml).score(around(np.float32(threshold)))["y"]) == [1.0, 2.0, 2.0]


@pytest.mark.parametrize("threshold", ["0.1", "0.7"])
def test_floats_compare_with_thresholds_of_all_their_digits(
    engine: str, threshold: str, request: pytest.FixtureRequest
) -> None:
    if engine == "pmml4s" and threshold == "0.1":
        cause = "PMML4S compares the doubles that texts give, and its floats are given as they print"
        request.applymarker(pytest.mark.xfail(strict=True, reason=cause))
    pmml = FLOAT_TREE.replace("0.1", repr(float(np.float32(threshold))))

    assert values(executor(engine, pmml).score(around(np.float32(threshold)))["y"]) == [1.0, 2.0, 2.0]


DATES = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
  <DataField name="day" optype="continuous" dataType="date"/>
  <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression">
  <MiningSchema><MiningField name="day"/><MiningField name="y" usageType="target"/></MiningSchema>
  <LocalTransformations><DerivedField name="days" optype="continuous" dataType="double">
    <Apply function="dateDaysSinceYear"><FieldRef field="day"/><Constant dataType="integer">1960</Constant></Apply>
  </DerivedField></LocalTransformations>
  <RegressionTable intercept="0"><NumericPredictor name="days" coefficient="1"/></RegressionTable>
</RegressionModel></PMML>"""


@pytest.mark.parametrize("data_type", ["date", "time", "dateTime"])
@pytest.mark.parametrize("isolated", [False, True])
def test_dates_that_pmml4s_would_take_for_missing_are_refused(pmml4s: str, data_type: str, isolated: bool) -> None:
    pmml = DATES.replace('dataType="date"', f'dataType="{data_type}"').encode()
    with pytest.raises(EngineError, match=rf"as missing.*'day' \({data_type}\): use engine='auto'"):
        JvmExecutor(engine=pmml4s, pmml=pmml, isolated=isolated)


def test_dates_cross_as_dates(jpmml: str) -> None:
    """1960-01-03 is 2 days, 2003-04-01 is 15796 (PMML 4.4, Built-in functions, dateDaysSinceYear)."""
    days = [np.datetime64(day, "D").astype(float) for day in ("1960-01-03", "2003-04-01")]
    rows = Table({"day": NumberColumn(np.array([*days, np.nan]), DataType.DATE)}, 3)

    assert values(executor(jpmml, DATES).score(rows)["y"]) == [2.0, 15796.0, None]


def test_a_model_of_very_many_fields_scores_in_smaller_blocks(engine: str) -> None:
    names = [f"x{i}" for i in range(1000)]
    fields = "".join(f'<DataField name="{name}" optype="continuous" dataType="double"/>' for name in names)
    terms = "".join(f'<NumericPredictor name="{name}" coefficient="{i}"/>' for i, name in enumerate(names))
    mining = "".join(f'<MiningField name="{name}"/>' for name in names)
    pmml = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>{fields}
      <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
      <RegressionModel functionName="regression"><MiningSchema>{mining}<MiningField name="y" usageType="target"/>
      </MiningSchema><RegressionTable intercept="0.5">{terms}</RegressionTable></RegressionModel></PMML>"""
    rows = Table({name: NumberColumn(np.arange(300.0) * (i == 3)) for i, name in enumerate(names)}, 300)

    assert values(executor(engine, pmml).score(rows)["y"]) == [0.5 + 3.0 * row for row in range(300)]


MISSING = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
  <DataField name="n" optype="continuous" dataType="integer"/>
  <DataField name="b" optype="categorical" dataType="boolean"/>
  <DataField name="s" optype="categorical" dataType="string"/>
  <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression">
  <MiningSchema><MiningField name="n"/><MiningField name="b"/><MiningField name="s"/>
    <MiningField name="y" usageType="target"/></MiningSchema>
  <LocalTransformations><DerivedField name="count" optype="continuous" dataType="double"><Apply function="+">
    <Apply function="+">
      <Apply function="if"><Apply function="isMissing"><FieldRef field="n"/></Apply>
        <Constant dataType="double">1</Constant><Constant dataType="double">0</Constant></Apply>
      <Apply function="if"><Apply function="isMissing"><FieldRef field="b"/></Apply>
        <Constant dataType="double">10</Constant><Constant dataType="double">0</Constant></Apply></Apply>
    <Apply function="if"><Apply function="isMissing"><FieldRef field="s"/></Apply>
      <Constant dataType="double">100</Constant><Constant dataType="double">0</Constant></Apply>
  </Apply></DerivedField></LocalTransformations>
  <RegressionTable intercept="0"><NumericPredictor name="count" coefficient="1"/></RegressionTable>
</RegressionModel></PMML>"""


def test_missing_is_missing_for_every_type(engine: str) -> None:
    """Given Java objects, PMML4S reads a missing integer as the least long and a missing boolean as false."""
    rows = Table(
        {
            "n": NumberColumn(np.array([1.0, np.nan, 1.0, 1.0, np.nan]), DataType.INTEGER),
            "b": NumberColumn(np.array([1.0, 1.0, np.nan, 0.0, np.nan]), DataType.BOOLEAN),
            "s": TextColumn(np.array([0, 0, 0, -1, -1], dtype=np.int32), ("text",)),
        },
        5,
    )

    assert values(executor(engine, MISSING).score(rows)["y"]) == [0.0, 1.0, 10.0, 100.0, 111.0]


def test_a_document_that_the_engine_cannot_read_is_an_engine_error(engine: str) -> None:
    broken = logistic().replace("RegressionModel", "NonsenseModel")

    with pytest.raises(EngineError, match=f"engine '{engine}' failed in loading the model"):
        JvmExecutor(engine=engine, pmml=broken.encode())


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    with pytest.raises(EngineError, match="pmml4s, jpmml"):
        JvmExecutor(engine="pmml5s", pmml=b"")
