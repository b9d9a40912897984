"""``modelport score`` with results that are lists and models whose records are groups of rows."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet
import pytest

from modelport import _rows

MODEL = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="basket" optype="categorical" dataType="string"/>
<DataField name="item" optype="categorical" dataType="string"/>
</DataDictionary><AssociationModel functionName="associationRules" numberOfTransactions="5" minimumSupport="0.1"
minimumConfidence="0.5" numberOfItems="2" numberOfItemsets="2" numberOfRules="2"><MiningSchema>
<MiningField name="basket" usageType="group"/><MiningField name="item"/></MiningSchema>
<Output><OutputField name="lifts" feature="lift" algorithm="recommendation" rank="0" isMultiValued="1"/></Output>
<Item id="1" value="tea"/><Item id="2" value="milk &quot;fresh&quot;"/><Itemset id="1"><ItemRef itemRef="1"/></Itemset>
<Itemset id="2"><ItemRef itemRef="2"/></Itemset>
<AssociationRule antecedent="1" consequent="2" support="0.5" confidence="0.9" lift="1.5"/>
<AssociationRule antecedent="2" consequent="1" support="0.5" confidence="0.8"/></AssociationModel></PMML>"""
# The first basket's rows lie at both ends.
ROWS = 'basket,item\nb,tea\na,"milk ""fresh"""\nc,coffee\nb,"milk ""fresh"""\n'
EXPECTED = [
    {"basket": "b", "predictedValue": None, "lifts": [1.5, None]},
    {"basket": "a", "predictedValue": ["tea"], "lifts": [None]},
    {"basket": "c", "predictedValue": None, "lifts": []},
]


@pytest.fixture
def files(tmp_path):
    model, rows = tmp_path / "model.pmml", tmp_path / "rows.csv"
    model.write_text(MODEL)
    rows.write_text(ROWS)
    return model, rows


def test_a_list_in_csv_is_json(run, files):
    status, out, _ = run("score", *files)
    assert status == 0
    assert out.splitlines() == [
        '"basket","predictedValue","lifts"',
        '"b",,"[1.5, null]"',
        '"a","[""tea""]","[null]"',
        '"c",,"[]"',
    ]


def test_lists_in_json_lines_parquet_and_arrow_are_lists(run, files, tmp_path):
    for suffix in ("jsonl", "parquet", "arrow"):
        assert run("score", *files, "-o", tmp_path / f"out.{suffix}")[0] == 0
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == EXPECTED
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist() == EXPECTED
    assert pa.ipc.open_file(tmp_path / "out.arrow").read_all().to_pylist() == EXPECTED


def test_a_group_is_not_cut_where_a_batch_ends(run, files, monkeypatch):
    monkeypatch.setattr(_rows, "BATCH_ROWS", 2)
    status, out, _ = run("score", *files)
    assert status == 0
    assert [line.partition(",")[0] for line in out.splitlines()[1:]] == ['"b"', '"a"', '"c"']


def test_no_column_is_kept_beside_groups(run, files):
    status, out, err = run("score", *files, "--keep", "item")
    assert (status, out) == (2, "")
    assert "column 'item' cannot be kept: each result stands for all rows of one 'basket'" in err


def test_inspect_names_lists_and_rules(run, files):
    status, out, _ = run("inspect", files[0])
    assert status == 0
    assert "list of double" in out
    assert "association rules: 2 rules over 2 items" in out


def test_parity_compares_lists(run, files, tmp_path):
    native = tmp_path / "model.modelport"
    assert run("convert", files[0], native)[0] == 0
    status, out, _ = run("parity", files[0], native, "--data", files[1], "--engine", "reference")
    assert status == 0, out
    assert "equal: 3 rows" in out
