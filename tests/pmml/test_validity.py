"""isValid and isNotValid (PMML 4.4, Built-in functions); JPMML-Evaluator gives the same for these rows."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import modelport_runtime

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="s" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/>
<Value value="z" property="invalid"/><Value value="m" property="missing"/></DataField>
<DataField name="x" optype="continuous" dataType="double">
<Interval closure="closedOpen" leftMargin="0" rightMargin="10"/>
<Interval closure="openOpen" leftMargin="20"/></DataField>
<DataField name="free" optype="continuous" dataType="double"/>
</DataDictionary><RegressionModel functionName="regression"><MiningSchema>
<MiningField name="s" invalidValueTreatment="{treatment}"/><MiningField name="x" invalidValueTreatment="{treatment}"/>
<MiningField name="free"/></MiningSchema><Output>{outputs}</Output><RegressionTable intercept="1"/></RegressionModel>
</PMML>"""
OUTPUTS = "".join(
    f'<OutputField name="{function} {field}" feature="transformedValue" dataType="boolean" optype="categorical">'
    f'<Apply function="{function}"><FieldRef field="{field}"/></Apply></OutputField>'
    for function in ("isValid", "isNotValid")
    for field in ("s", "x", "free")
)
ROWS = {"s": ["a", "c", "z", "m", None], "x": [0.0, 10.0, 20.0, 21.0, math.nan], "free": [1.0, 1.0, 1.0, 1.0, math.nan]}


@pytest.mark.parametrize("engine", ["reference", "auto"])
@pytest.mark.parametrize(
    ("treatment", "is_not_valid"),
    [
        ("asIs", {"s": [False, True, True, False, False], "x": [False, True, True, False, False]}),
        ("asMissing", {"s": [False] * 5, "x": [False] * 5}),
    ],
)
def test_validity(treatment, is_not_valid, engine):
    text = DOCUMENT.format(treatment=treatment, outputs=OUTPUTS)
    found = modelport_runtime.load(text.encode(), engine=engine).score(pd.DataFrame(ROWS))
    assert found["isValid s"].tolist() == [True, False, False, False, False]
    assert found["isValid x"].tolist() == [True, False, False, True, False]
    assert found["isValid free"].tolist() == [True, True, True, True, False]
    assert found["isNotValid s"].tolist() == is_not_valid["s"]
    assert found["isNotValid x"].tolist() == is_not_valid["x"]
    assert found["isNotValid free"].tolist() == [False] * 5
