"""AssociationModel by hand: which rules apply, how they are ranked, and groups of rows as records."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import modelport_runtime
from modelport_runtime.errors import ArtifactError, EngineError, UnsupportedModelError
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.hub import AssociationModel, UsageType
from modelport_runtime.hub._native import document_bytes, load_document
from modelport_runtime.pmml import read_pmml

TRANSACTIONS = """<DataField name="transaction" optype="categorical" dataType="string"/>
<DataField name="item" optype="categorical" dataType="string"/>"""
SCHEMA = '<MiningField name="transaction" usageType="group"/><MiningField name="item"/>'
ITEMS = "".join(
    f'<Item id="i{number}" value="{value}"/>'
    for number, value in enumerate(("Cracker", "Water", "Coke", "Nachos", "Pear", "Banana"), 1)
)


def itemset(name, *items):
    inside = "".join(f'<ItemRef itemRef="i{item}"/>' for item in items)
    return f'<Itemset id="{name}" numberOfItems="{len(items)}">{inside}</Itemset>'


SETS = (
    "".join(itemset(str(number), number) for number in (1, 2, 3, 4))
    + itemset("5", 1, 2)
    + itemset("6", 5, 6)
    + itemset("0")
)


def rule(antecedent, consequent, support, confidence, **attributes):
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    sides = f'antecedent="{antecedent}" consequent="{consequent}"'
    return f'<AssociationRule {sides} support="{support}" confidence="{confidence}"{more}/>'


RULES = (
    rule(1, 2, 0.1, 0.9, lift=2, leverage=0.1, affinity=0.3)
    + rule(2, 1, 0.2, 0.8)
    + rule(1, 3, 0.3, 0.9, lift=1, id="to Coke")
    + rule(5, 4, 0.4, 0.7, lift=3)
    + rule(2, 6, 0.5, 0.6, lift=1)
    + rule(0, 4, 0.5, 0.5, lift=0.5)
)


def document(output="", rules=RULES, sets=SETS, items=ITEMS, fields=TRANSACTIONS, schema=SCHEMA, more=""):
    shown = f"<Output>{output}</Output>" if output else ""
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>{fields}</DataDictionary>
<AssociationModel functionName="associationRules" numberOfTransactions="5" minimumSupport="0.1" minimumConfidence="0.5"
numberOfItems="6" numberOfItemsets="7" numberOfRules="6"><MiningSchema>{schema}</MiningSchema>{shown}{more}{items}{sets}
{rules}</AssociationModel></PMML>""".encode()


def baskets(*items):
    """Rows of transactions 1, 2, ..., one item a row."""
    rows = [(str(number), item) for number, basket in enumerate(items, 1) for item in basket]
    return pd.DataFrame(rows, columns=["transaction", "item"])


def score(content, frame, engine="reference"):
    return modelport_runtime.load(content, engine=engine).score(frame)


def shown(attributes, *items, **parts):
    return score(document(f'<OutputField name="x" {attributes}/>', **parts), baskets(*items))["x"].tolist()


ALL = 'rank="0" isMultiValued="1"'


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        # {Cracker, Water, Pear}: every antecedent is in it; the consequents of rules 1 and 2 too, of 5 only in part.
        ("recommendation", ["1", "to Coke", "2", "4", "5", "6"]),
        ("exclusiveRecommendation", ["to Coke", "4", "5", "6"]),
        ("ruleAssociation", ["1", "2"]),
    ],
)
def test_algorithms_select_rules_and_ranks_order_them(algorithm, expected):
    basket = ["Cracker", "Water", "Pear"]
    assert shown(f'feature="ruleId" algorithm="{algorithm}" {ALL}', basket) == [expected]
    assert shown(f'feature="ruleId" algorithm="{algorithm}" rank="2"', basket) == [expected[1]]
    assert shown(f'feature="ruleId" algorithm="{algorithm}" rank="2" isMultiValued="1"', basket) == [expected[:2]]
    assert shown(f'feature="ruleId" algorithm="{algorithm}" rank="9"', basket) == [None]


def test_the_exclusive_recommendation_is_the_default():
    assert shown('feature="entityId"', ["Cracker", "Water", "Pear"]) == ["to Coke"]


def test_rules_rank_by_other_measures_in_both_orders_and_unknown_ones_are_last():
    basket = ["Cracker", "Water"]
    by = f'feature="ruleId" algorithm="recommendation" {ALL}'
    assert shown(f'{by} rankBasis="support"', basket) == [["5", "6", "4", "to Coke", "2", "1"]]
    assert shown(f'{by} rankOrder="ascending"', basket) == [["6", "5", "4", "2", "1", "to Coke"]]
    assert shown(f'{by} rankBasis="lift"', basket) == [["4", "1", "to Coke", "5", "6", "2"]]
    assert shown(f'{by} rankBasis="leverage"', basket)[0][0] == "1"


@pytest.mark.parametrize(
    ("feature", "first", "three"),
    [
        ("antecedent", "Cracker", ["Cracker", "Cracker", "Water"]),
        ("consequent", "Water", ["Water", "Coke", "Cracker"]),
        ("rule", "Cracker -> Water", ["Cracker -> Water", "Cracker -> Coke", "Water -> Cracker"]),
        ("support", 0.1, [0.1, 0.3, 0.2]),
        ("confidence", 0.9, [0.9, 0.9, 0.8]),
        ("lift", 2.0, [2.0, 1.0, None]),
        ("leverage", 0.1, [0.1, None, None]),
        ("affinity", 0.3, [0.3, None, None]),
    ],
)
def test_features_of_a_rule_and_of_the_first_three(feature, first, three):
    basket = ["Cracker", "Water"]
    for attributes in (f'feature="{feature}"', f'feature="ruleValue" ruleFeature="{feature}"'):
        assert shown(f'{attributes} algorithm="recommendation"', basket) == [first]
        assert shown(f'{attributes} algorithm="recommendation" rank="3" isMultiValued="1"', basket) == [three]


def test_rule_value_shows_the_consequent_and_sets_of_several_items_are_listed():
    basket = ["Water", "Cracker"]
    fourth = 'algorithm="recommendation" rank="4"'
    assert shown('feature="ruleValue"', basket) == ["Coke"]
    assert shown(f'feature="rule" {fourth}', basket) == ["{Cracker, Water} -> Nachos"]
    assert shown('feature="consequent" algorithm="recommendation" rank="5"', basket) == ["Pear, Banana"]
    assert shown('feature="rule" algorithm="recommendation" rank="6"', basket) == ["{} -> Nachos"]


def test_an_id_may_be_shown_as_a_number():
    assert shown('feature="entityId" dataType="double" algorithm="ruleAssociation"', ["Cracker", "Water"]) == [1.0]


def test_a_row_a_group_in_order_of_first_appearance_with_the_group_in_front():
    frame = pd.DataFrame(
        {"transaction": ["b", "a", "b", None, "a"], "item": ["Cracker", "Water", "Water", "Nachos", "zzz"]},
        index=[5, 6, 7, 8, 9],
    )
    output = '<OutputField name="n" feature="confidence" algorithm="ruleAssociation"/>'
    result = score(document(output), frame)
    assert result.columns.tolist() == ["transaction", "predictedValue", "n"]
    assert result.index.tolist() == [0, 1, 2]
    assert result["transaction"].tolist() == ["b", "a", None]
    # Coke, of the two best rules the one that the basket lacks; Cracker; and of Nachos alone there is no rule to tell.
    assert result["predictedValue"].tolist() == [["Coke"], ["Cracker"], None]
    assert result["n"].tolist()[0] == 0.9
    assert result["n"].isna().tolist() == [False, True, False]  # rule 6 needs nothing and Nachos are there


def test_repeated_items_and_missing_ones_change_nothing():
    plain = score(document(), baskets(["Cracker", "Water"]))
    again = score(document(), baskets(["Cracker", "Water", "Cracker", None]))
    assert again["predictedValue"].tolist() == plain["predictedValue"].tolist() == [["Coke"]]


def test_without_the_group_column_all_rows_are_one_record():
    assert score(document(), pd.DataFrame({"item": ["Cracker", "Water"]}))["predictedValue"].tolist() == [["Coke"]]


def test_no_rows_give_no_groups():
    result = score(document(f'<OutputField name="x" feature="rule" {ALL}/>'), baskets())
    assert result.columns.tolist() == ["transaction", "predictedValue", "x"]
    assert len(result) == 0


def test_every_kind_of_frame_gets_lists():
    rows = baskets(["Cracker", "Water"], [None])
    content = document(f'<OutputField name="x" feature="confidence" algorithm="ruleAssociation" {ALL}/>')
    arrow = score(content, pa.Table.from_pandas(rows))
    assert arrow.schema.field("x").type == pa.list_(pa.float64())
    assert arrow.column("x").to_pylist() == [[0.9, 0.8], []]
    assert arrow.column("predictedValue").to_pylist() == [["Coke"], ["Nachos"]]
    polars = score(content, pl.from_pandas(rows))
    assert polars.schema["x"] == pl.List(pl.Float64)
    assert polars["x"].to_list() == [[0.9, 0.8], []]
    pandas = score(content, rows)
    assert pandas["x"].tolist() == [[0.9, 0.8], []]


def test_the_result_schema_says_what_is_a_list():
    scorer = modelport_runtime.load(
        document(f'<OutputField name="x" feature="rule" {ALL}/><OutputField name="y" feature="lift"/>')
    )
    assert scorer.group_field == "transaction"
    assert [(field.name, field.data_type.value, field.is_list) for field in scorer.outputs] == [
        ("transaction", "string", False),
        ("predictedValue", "string", True),
        ("x", "string", True),
        ("y", "double", False),
    ]


def test_an_invalid_item_makes_its_group_invalid():
    fields = TRANSACTIONS.replace(
        '<DataField name="item" optype="categorical" dataType="string"/>',
        '<DataField name="item" optype="categorical" dataType="string">'
        '<Value value="Cracker"/><Value value="Water"/></DataField>',
    )
    output = f'<OutputField name="x" feature="rule" {ALL}/><OutputField name="y" feature="support"/>'
    result = score(document(output, fields=fields), baskets(["Cracker", "Beer"], ["Cracker"]))
    assert result["predictedValue"].tolist() == [None, ["Water"]]
    assert result["x"].tolist()[0] is None
    assert np.isnan(result["y"].iloc[0])


# Data in which every field holds an item, or is one (PMML 4.3, Association Rules).
FIELDS = "".join(
    f'<DataField name="{name}" optype="categorical" dataType="{kind}"/>'
    for name, kind in (
        ("Water", "boolean"),
        ("Bread", "string"),
        ("Day", "string"),
        ("Day=Weekday", "boolean"),
        ("n", "integer"),
    )
)
WIDE_SCHEMA = "".join(f'<MiningField name="{name}"/>' for name in ("Water", "Bread", "Day", "Day=Weekday", "n"))
WIDE_ITEMS = (
    '<Item id="i1" value="Water"/><Item id="i2" value="Bread"/><Item id="i3" value="Day=Monday"/>'
    '<Item id="i4" value="Day=Weekday"/><Item id="i5" value="two" field="n" category="2"/>'
    '<Item id="i6" value="Day=Sunday" field="Day"/>'
)
WIDE_RULES = "".join(rule(number, 0, 0.1, 0.5, id=f"r{number}") for number in range(1, 7))
WIDE_SETS = "".join(itemset(str(number), number) for number in range(1, 7)) + itemset("0")


@pytest.mark.parametrize(
    ("row", "rules"),
    [
        ({"Water": True, "Bread": "F", "Day": "Monday", "Day=Weekday": True, "n": 2}, ["r1", "r3", "r4", "r5"]),
        ({"Water": False, "Bread": "T", "Day": "Sunday", "Day=Weekday": False, "n": 3}, ["r2", "r6"]),
        ({"Water": None, "Bread": "true", "Day": None, "Day=Weekday": None, "n": None}, ["r2"]),
        ({"Water": None, "Bread": "false", "Day": "Weekday", "Day=Weekday": None, "n": None}, []),
    ],
)
def test_fields_are_items_where_they_are_set_or_hold_a_value(row, rules):
    output = f'<OutputField name="x" feature="ruleId" algorithm="recommendation" {ALL}/>'
    content = document(output, rules=WIDE_RULES, sets=WIDE_SETS, items=WIDE_ITEMS, fields=FIELDS, schema=WIDE_SCHEMA)
    frame = pd.DataFrame({name: pd.Series([value], dtype=object) for name, value in row.items()})
    result = score(content, frame)
    assert result.columns.tolist() == ["predictedValue", "x"]
    assert result["x"].tolist() == [rules]


def test_item_codes_may_be_numbers():
    fields = TRANSACTIONS.replace(
        'name="item" optype="categorical" dataType="string"', 'name="item" optype="categorical" dataType="integer"'
    )
    items = "".join(f'<Item id="i{number}" value="{number}0"/>' for number in range(1, 7))
    frame = pd.DataFrame({"transaction": ["a", "a", "b"], "item": [10, 20, 99]})
    assert score(document(items=items, fields=fields), frame)["predictedValue"].tolist() == [["30"], ["40"]]


def test_documents_of_version_3_call_the_items_predicted():
    schema = SCHEMA.replace('name="item"', 'name="item" usageType="predicted"')
    model = read_pmml(document(schema=schema)).model
    assert [field.usage_type for field in model.mining_fields] == [UsageType.GROUP, UsageType.ACTIVE]
    assert score(document(schema=schema), baskets(["Cracker"]))["predictedValue"].tolist() == [["Water"]]


def test_blocks_of_records_give_what_all_at_once_gives(monkeypatch):
    from modelport_runtime.executors.reference import _association

    random = np.random.default_rng(7)
    names = ["Cracker", "Water", "Coke", "Nachos", "Pear", "Banana", "zzz"]
    frame = pd.DataFrame({"transaction": random.integers(0, 300, 2000), "item": random.choice(names, 2000)})
    content = document(f'<OutputField name="x" feature="rule" {ALL} algorithm="recommendation" rankBasis="lift"/>')
    whole = score(content, frame)
    monkeypatch.setattr(_association, "_BLOCK_CELLS", 100)
    pd.testing.assert_frame_equal(score(content, frame), whole)


def test_the_reader_fills_the_hub_and_the_hub_file_holds_it():
    content = document(
        f'<OutputField name="x" feature="rule" {ALL}/>', items=ITEMS.replace("/>", ' mappedValue="m"/>', 1)
    )
    read = read_pmml(content)
    model = read.model.predictor
    assert isinstance(model, AssociationModel)
    assert model.items.mapped_values == ("m", None, None, None, None, None)
    assert model.itemset_items.tolist() == [0, 1, 2, 3, 0, 1, 4, 5]
    assert model.itemset_offsets.tolist() == [0, 1, 2, 3, 4, 6, 8, 8]
    assert model.ids == ("1", "2", "to Coke", "4", "5", "6")
    frame = baskets(["Cracker", "Water"], ["Coke"])
    pd.testing.assert_frame_equal(score(load_document(document_bytes(read)), frame), score(content, frame))


def test_graphs_and_jvm_engines_refuse_groups_and_auto_runs_the_reference():
    with pytest.raises(UnsupportedModelError, match="groups of rows"):
        OnnxExecutor(read_pmml(document()))
    for engine in ("pmml4s", "jpmml"):
        with pytest.raises(EngineError, match="not groups of rows"):
            modelport_runtime.load(document(), engine=engine)
    assert score(document(), baskets(["Cracker"]), "auto")["predictedValue"].tolist() == [["Water"]]


def test_groups_by_two_fields_are_refused():
    fields = TRANSACTIONS + '<DataField name="shop" optype="categorical" dataType="string"/>'
    content = document(fields=fields, schema=SCHEMA + '<MiningField name="shop" usageType="group"/>')
    with pytest.raises(UnsupportedModelError, match="groups by 2 fields at once"):
        modelport_runtime.load(content)


def test_an_expression_over_a_list_is_refused():
    output = (
        f'<OutputField name="x" feature="rule" {ALL}/>'
        '<OutputField name="y" feature="transformedValue"><FieldRef field="x"/></OutputField>'
    )
    with pytest.raises(UnsupportedModelError, match="an expression over 'x', whose values are lists"):
        modelport_runtime.load(document(output))


def test_a_group_field_of_another_model_changes_nothing():
    content = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
    <DataField name="g" optype="categorical" dataType="string"/>
    <DataField name="x" optype="continuous" dataType="double"/>
    <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    <RegressionModel functionName="regression"><MiningSchema><MiningField name="g" usageType="group"/>
    <MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
    <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
    </RegressionModel></PMML>"""
    frame = pd.DataFrame({"g": ["a", "a", "b"], "x": [1.0, 2.0, 3.0]}, index=[7, 8, 9])
    result = score(content.encode(), frame)
    assert result["y"].tolist() == [3.0, 5.0, 7.0]
    assert result.index.tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"items": ITEMS + '<Item id="i1" value="Beer"/>'}, "another Item has the id 'i1' too"),
        ({"items": ITEMS.replace('value="Coke"', "")}, "attribute 'value' is missing"),
        ({"sets": SETS + itemset("5", 1)}, "another Itemset has the id '5' too"),
        ({"sets": SETS + itemset("9", 9)}, "there is no Item with the id 'i9'"),
        (
            {"sets": SETS.replace('numberOfItems="2"', 'numberOfItems="3"', 1)},
            "numberOfItems=3, but there are 2 ItemRef",
        ),
        ({"rules": rule(1, 8, 0.1, 0.5)}, "there is no Itemset with the id '8'"),
        ({"rules": rule(1, 2, 0.1, "high")}, "'high' is not a number"),
        (
            {"rules": '<AssociationRule antecedent="1" consequent="2" support="1"/>'},
            "attribute 'confidence' is missing",
        ),
        ({"rules": rule(1, 2, 0.1, 0.5, id="a") * 2}, "another AssociationRule has the id 'a' too"),
        ({"output": '<OutputField name="x" feature="rule" algorithm="best"/>'}, "algorithm='best' is unknown"),
        ({"output": '<OutputField name="x" feature="rule" rankBasis="size"/>'}, "rankBasis='size' is unknown"),
        ({"output": '<OutputField name="x" feature="ruleValue" ruleFeature="r"/>'}, "ruleFeature='r' is unknown"),
        ({"output": '<OutputField name="x" feature="rule" rank="0"/>'}, "rank is below 1"),
        ({"items": ITEMS, "fields": FIELDS, "schema": WIDE_SCHEMA}, "value='Cracker' names no active field"),
        ({"items": ITEMS.replace('value="Coke"', 'value="Coke" field="drink"')}, "field 'drink' is not defined"),
    ],
)
def test_what_is_not_correct_is_an_error_with_its_line(parts, message):
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: ") as caught:
        read_pmml(document(**parts))
    assert message in str(caught.value)
