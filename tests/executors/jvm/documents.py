"""Small documents whose scores follow from arithmetic, and the formula that gives them."""

from __future__ import annotations

import math

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn

LABELS = {"string": ("no", "yes"), "integer": ("0", "1"), "boolean": ("false", "true"), "double": ("0.5", "1.25")}


def logistic(label_type: str = "string", outputs: str = "probability", intercept: float = 0.5) -> str:
    """P(second label) = 1 / (1 + exp(-(intercept + 2 x + [c = a]))) (PMML 4.4, Regression, logit)."""
    no, yes = LABELS[label_type]
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="c" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/></DataField>
  <DataField name="y" optype="categorical" dataType="{label_type}">
    <Value value="{no}"/><Value value="{yes}"/></DataField>
</DataDictionary>
<RegressionModel functionName="classification" normalizationMethod="logit">
  <MiningSchema><MiningField name="x"/><MiningField name="c"/><MiningField name="y" usageType="target"/></MiningSchema>
  {OUTPUTS[outputs].replace("YES", yes).replace("TYPE", label_type)}
  <RegressionTable targetCategory="{yes}" intercept="{intercept}">
    <NumericPredictor name="x" coefficient="2"/><CategoricalPredictor name="c" value="a" coefficient="1"/>
  </RegressionTable>
  <RegressionTable targetCategory="{no}" intercept="0"/>
</RegressionModel></PMML>"""


_PROBABILITY = '<OutputField name="p" optype="continuous" dataType="double" feature="probability" value="YES"/>'
OUTPUTS = {
    "none": "",
    "probability": f"<Output>{_PROBABILITY}</Output>",
    "label and probability": '<Output><OutputField name="label" optype="categorical" dataType="TYPE" '
    f'feature="predictedValue"/>{_PROBABILITY}</Output>',
    "hidden": '<Output><OutputField name="hidden" optype="continuous" dataType="double" feature="transformedValue" '
    f'isFinalResult="false"><FieldRef field="x"/></OutputField>{_PROBABILITY}</Output>',
}

ROWS = [(1.0, "a"), (float("nan"), "a"), (-3.0, "b"), (0.0, None), (-0.75, "b"), (700.0, "a")]
"""A missing x makes the prediction missing, a missing c counts 0 (PMML 4.4, Regression, CategoricalPredictor)."""


def probability(x: float, c: str | None, intercept: float = 0.5) -> float:
    """The formula."""
    return 1 / (1 + math.exp(-(intercept + 2 * x + (c == "a"))))


def table(rows: list[tuple[float, str | None]] = ROWS) -> Table:
    """Rows as columns."""
    categories = ("b", "a", "new")
    codes = [-1 if c is None else categories.index(c) for _, c in rows]
    columns: dict[str, Column] = {
        "x": NumberColumn(np.array([x for x, _ in rows], dtype=np.float64)),
        "c": TextColumn(np.array(codes, dtype=np.int32), categories),
    }
    return Table(columns, len(rows))


def values(column: Column) -> list[object]:
    """A column as Python values; ``None`` is missing."""
    if isinstance(column, TextColumn):
        return [None if code < 0 else column.categories[code] for code in column.codes]
    return [None if math.isnan(value) else value for value in column.values.tolist()]
