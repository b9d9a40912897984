"""Golden rows scored again (PMML 4.4, ModelVerification)."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

import modelport
import modelport_runtime
from modelport_runtime.errors import ArtifactError
from modelport_runtime.hub import Card, DataType, GoldenColumn, GoldenRows
from modelport_runtime.verification import verify_golden_rows
from tests.pmml.several_models import document, model

ENGINES = ("reference", "onnx", "auto")


def column(*values, name="y", data_type=DataType.DOUBLE, **changes):
    return GoldenColumn(name=name, data_type=data_type, values=values, **changes)


def verified(expected, *found, limit=10, name="y", **changes):
    """The one column of a verification whose results are given."""
    import pyarrow as pa

    rows = column(*(float(i) for i in range(len(found))), name="x")
    card = Card(golden_rows=GoldenRows(inputs=(rows,), outputs=(expected,), **changes))
    return verify_golden_rows(card, "made up", lambda _: pa.table({name: list(found)}), limit)


@pytest.mark.parametrize(
    ("expected", "found", "is_equal"),
    [
        # Within expected * (1 - precision) and expected * (1 + precision), on both sides of zero.
        (100.0, 100.09, True),
        (100.0, 100.11, False),
        (-100.0, -99.91, True),
        (-100.0, -99.89, False),
        # About zero both must be.
        (0.0, 0.01, True),
        (0.0, 0.011, False),
        (0.01, -0.01, True),
        (0.01, 0.0100001, False),
        (0.011, 0.0, False),
        (math.inf, math.inf, True),
        (math.inf, 1e308, False),
        (1.0, -1.0, False),
        # Missing is the same as missing, and as nothing else.
        (None, None, True),
        (None, math.nan, True),
        (None, 0.0, False),
        (0.0, None, False),
    ],
)
def test_numbers_agree_as_the_specification_says(expected, found, is_equal):
    report = verified(column(expected, precision=1e-3, zero_threshold=0.01), found)
    assert report.is_equal is is_equal
    assert len(report.differences) == (not is_equal)


def test_a_column_has_a_precision_of_its_own_or_that_of_all():
    assert not verified(column(1.0, precision=1e-9), 1.001, precision=0.1).is_equal
    assert verified(column(1.0), 1.001, precision=0.1).is_equal
    assert verified(column(0.0), 0.001, zero_threshold=0.1).is_equal


@pytest.mark.parametrize(
    ("expected", "data_type", "found", "is_equal"),
    [
        ("a", DataType.STRING, "a", True),
        ("a", DataType.STRING, "b", False),
        (1, DataType.INTEGER, 1, True),
        (1, DataType.INTEGER, "1", True),
        ("1.0", DataType.STRING, 1, True),
        (True, DataType.BOOLEAN, True, True),
        (True, DataType.BOOLEAN, False, False),
        ("true", DataType.STRING, True, True),
    ],
)
def test_labels_are_the_same_by_their_text(expected, data_type, found, is_equal):
    assert verified(column(expected, data_type=data_type), found).is_equal is is_equal


def test_differences_name_field_row_expected_and_found():
    report = verified(column(1.0, 2.0, 3.0, None), 1.0, 5.0, math.nan, 4.0, limit=2)
    assert (report.is_equal, report.n_rows, report.fields[0].n_different) == (False, 4, 3)
    assert [str(difference) for difference in report.differences] == [
        "row 1, y: expected 2.0, found 5.0",
        "row 2, y: expected 3.0, found nothing",
    ]
    assert report.to_json()["fields"][0]["differences"][1] == {
        "row": 2,
        "field": "y",
        "expected": 3.0,
        "found": None,
    }


def test_a_result_that_the_model_does_not_give_is_told_not_compared():
    card = Card(golden_rows=GoldenRows(inputs=(column(1.0, name="x"),), outputs=(column(2.0), column(3.0, name="z"))))
    import pyarrow as pa

    report = verify_golden_rows(card, "made up", lambda _: pa.table({"y": [2.0]}))
    assert report.is_equal
    assert [field.problem for field in report.fields] == ["", "is no result of the model"]
    assert "z: not compared, is no result of the model" in str(report)
    with pytest.raises(ArtifactError, match="none of the golden rows' results was compared"):
        verify_golden_rows(card, "made up", lambda _: pa.table({"other": [2.0]}))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_document_verifies_itself(engine):
    report = modelport_runtime.load(document(model(10, "y")), engine=engine).verify()
    assert (report.is_equal, report.engine, report.n_rows) == (True, engine, 1)
    assert (report.fields[0].precision, report.fields[0].zero_threshold) == (1e-6, 1e-16)
    wrong = modelport_runtime.load(document(model(10, "y", expected=12.5)), engine=engine).verify()
    assert [str(difference) for difference in wrong.differences] == ["row 0, y: expected 12.5, found 11.0"]


def test_each_field_keeps_its_own_precision_through_every_artifact(tmp_path):
    content = document(model(10, "y", expected=11.4)).replace(
        b'<VerificationField field="y"/>', b'<VerificationField field="y" precision="0.05" zeroThreshold="0.125"/>'
    )
    source = tmp_path / "source.pmml"
    source.write_bytes(content)
    for suffix in ("pmml", "onnx", "modelport"):
        target = tmp_path / f"made.{suffix}"
        modelport.convert(source, target)
        field = modelport_runtime.load(target).verify().fields[0]
        assert (field.precision, field.zero_threshold, field.n_different) == (0.05, 0.125, 0)


def test_inputs_of_every_type():
    fields = [
        ("n", "continuous", "double", "1.5"),
        ("i", "continuous", "integer", "2"),
        ("b", "categorical", "boolean", "true"),
        ("c", "categorical", "string", "2"),
        ("d", "continuous", "date", "1970-01-05"),
        ("absent", "continuous", "double", None),
    ]
    dictionary = "".join(f'<DataField name="{n}" optype="{o}" dataType="{t}"/>' for n, o, t, _ in fields)
    used = "".join(f'<MiningField name="{n}"/>' for n, *_ in fields)
    shown = "".join(
        f'<OutputField name="{n}_" optype="{o}" dataType="{"string" if t == "date" else t}" feature="transformedValue">'
        f'<FieldRef field="{n}"/></OutputField>'
        for n, o, t, _ in fields
    )
    names = [n for n, *_ in fields] + [f"{n}_" for n, *_ in fields]
    cells = "".join(f"<{n}{s}>{v}</{n}{s}>" for s in ("", "_") for n, _, _, v in fields if v is not None)
    verified_fields = "".join(f'<VerificationField field="{name}"/>' for name in names)
    text = f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>{dictionary}<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression"><MiningSchema>{used}<MiningField name="y" usageType="target"/></MiningSchema>
<Output>{shown}</Output><RegressionTable intercept="1"/><ModelVerification><VerificationFields>{verified_fields}
</VerificationFields><InlineTable><row>{cells}</row></InlineTable></ModelVerification></RegressionModel></PMML>"""
    report = modelport_runtime.load(text.encode(), engine="reference").verify()
    assert [field.name for field in report.fields] == [f"{n}_" for n, *_ in fields]
    assert [str(difference) for difference in report.differences] == []


@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_a_model_without_inputs(engine):
    text = document(model(10, "y", expected=10)).decode()
    text = text.replace('<NumericPredictor name="x" coefficient="1"/>', "").replace('<MiningField name="x"/>', "")
    text = text.replace('<VerificationField field="x"/>', "")
    assert modelport_runtime.load(text.encode(), engine=engine).verify().is_equal


def test_a_model_without_golden_rows():
    text = document(model(10, "y"))
    start, end = text.index(b"<ModelVerification"), text.index(b"</RegressionModel>")
    with pytest.raises(ArtifactError, match="holds no golden rows to verify"):
        modelport_runtime.load(text[:start] + text[end:]).verify()


def test_rows_with_the_target_verify(tmp_path):
    """The actual classes, which a model need not predict, are no expected results."""
    fixtures = Path(modelport.__file__).parents[2] / "fixtures"
    path = tmp_path / "penguins.pmml"
    modelport.convert(fixtures / "penguins.skops", path, data=pd.read_csv(fixtures / "penguins.csv"), target="species")
    assert path.read_text(encoding="utf-8").count('VerificationField field="species"') == 1
    assert modelport_runtime.load(path).verify().is_equal
