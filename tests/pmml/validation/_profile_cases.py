"""For every entry of a profile a document that the consumer refuses or misreads, and one that it scores right.

Expected values are worked out by hand, as the comments say.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.pmml.validation._documents import CLUSTERING, SERIES

__all__ = ["CASES", "Case"]

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a consumer does with a document.

    Attributes:
        entry: Identifier of the entry.
        document: What it refuses or misreads.
        row: The row that shows it.
        column: The result to look at.
        expected: What the specification asks for there.
        error: Part of the consumer's error; empty where it misreads.
        mended: The document as the remedy has it; empty where there is none.
        mended_row: The row for it, where it is another one.
        mended_column: The result to look at in it, where it is another one.
    """

    entry: str
    document: str
    row: Row
    column: str
    expected: object
    error: str = ""
    mended: str = ""
    mended_row: Row = field(default_factory=dict)
    mended_column: str = ""


def _field(name: str, data_type: str = "double", op_type: str = "continuous", values: tuple[str, ...] = ()) -> str:
    listed = "".join(f'<Value value="{value}"/>' for value in values)
    return f'<DataField name="{name}" optype="{op_type}" dataType="{data_type}">{listed}</DataField>'


X, Y, TEXT = _field("x"), _field("y"), _field("s", "string", "categorical")


def _pmml(fields: str, body: str) -> str:
    return (
        '<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>'
        f"<DataDictionary>{fields}</DataDictionary>{body}</PMML>"
    )


def _schema(*names: str, target: str = "y") -> str:
    listed = "".join(f'<MiningField name="{name}"/>' for name in names)
    aim = f'<MiningField name="{target}" usageType="target"/>' if target else ""
    return f"<MiningSchema>{listed}{aim}</MiningSchema>"


def _of(expression: str, fields: str = X, name: str = "x", **replaced: str) -> str:
    """A regression that gives an expression."""
    schema = _schema(name)
    for attribute, value in replaced.items():
        schema = schema.replace(f'name="{name}"', f'name="{name}" {attribute}="{value}"')
    return _pmml(
        fields + Y,
        f'<RegressionModel functionName="regression">{schema}<LocalTransformations>'
        f'<DerivedField name="d" optype="continuous" dataType="double">{expression}</DerivedField>'
        '</LocalTransformations><RegressionTable intercept="0"><NumericPredictor name="d" coefficient="1"/>'
        "</RegressionTable></RegressionModel>",
    )


def _constant(value: str, target: str = "") -> str:
    return (
        f'<RegressionModel functionName="regression">{_schema("x", target=target)}'
        f'<RegressionTable intercept="{value}"/></RegressionModel>'
    )


def _ensemble(method: str) -> str:
    """Members that give 1, 2 and 6, with weights 1, 2 and 3."""
    segments = "".join(
        f'<Segment weight="{weight}"><True/>{_constant(value)}</Segment>'
        for weight, value in zip("123", "126", strict=True)
    )
    return _pmml(
        X + Y,
        f'<MiningModel functionName="regression">{_schema("x")}<Segmentation multipleModelMethod="{method}">'
        f"{segments}</Segmentation></MiningModel>",
    )


def _chain(first: str = "", last: str = "", method: str = "modelChain") -> str:
    """Two targets: 1 and 2."""
    one, two = _constant("1", "y"), _constant("2", "z")
    if last:
        one = one.replace("</MiningSchema>", f"</MiningSchema>{first}")
        two = two.replace("</MiningSchema>", f'<MiningField name="first"/></MiningSchema>{last}')
    return _pmml(
        X + Y + _field("z"),
        '<MiningModel functionName="regression"><MiningSchema><MiningField name="x"/><MiningField name="y" '
        'usageType="target"/><MiningField name="z" usageType="target"/></MiningSchema>'
        f'<Segmentation multipleModelMethod="{method}"><Segment><True/>{one}</Segment>'
        f"<Segment><True/>{two}</Segment></Segmentation></MiningModel>",
    )


_FIRST = '<Output><OutputField name="first" dataType="double" feature="predictedValue"/></Output>'
_BOTH = (
    '<Output><OutputField name="y_" dataType="double" feature="transformedValue">'
    '<FieldRef field="first"/></OutputField>'
    '<OutputField name="z_" dataType="double" feature="predictedValue"/></Output>'
)


def _line(attributes: str = "", target: str = Y, targets: str = "", coefficient: str = "1", output: str = "") -> str:
    return _pmml(
        X + target,
        f'<RegressionModel functionName="regression" {attributes}>{_schema("x")}{output}{targets}'
        f'<RegressionTable intercept="0.5"><NumericPredictor name="x" coefficient="{coefficient}"/></RegressionTable>'
        "</RegressionModel>",
    )


def _classes(link: str, op_type: str = "categorical", coefficients: tuple[str, ...] = ("0.1", "0.5", "0")) -> str:
    """Classes a, b and c with margins of the intercepts 0.1, 0.5 and 0, and x times the coefficients."""
    labels = "abc"[: len(coefficients)]
    outputs = "".join(
        f'<OutputField name="p{label}" dataType="double" feature="probability" value="{label}"/>' for label in labels
    )
    tables = "".join(
        f'<RegressionTable targetCategory="{label}" intercept="{intercept}">'
        f'<NumericPredictor name="x" coefficient="{intercept}"/></RegressionTable>'
        for label, intercept in zip(labels, coefficients, strict=True)
    )
    return _pmml(
        X + _field("y", "string", op_type, tuple(labels)),
        f'<RegressionModel functionName="classification" normalizationMethod="{link}">{_schema("x")}'
        f'<Output><OutputField name="y_" dataType="string" feature="predictedValue"/>{outputs}</Output>{tables}'
        "</RegressionModel>",
    )


def _tree(strategy: str, count: str = 'recordCount="4"') -> str:
    """10 rows, 4 of class b at the root; the split asks for x."""
    return _pmml(
        X + _field("y", "string", "categorical", ("a", "b")),
        f'<TreeModel functionName="classification" missingValueStrategy="{strategy}">{_schema("x")}<Output>'
        '<OutputField name="p" dataType="double" feature="probability" value="b"/>'
        '<OutputField name="y_" dataType="string" feature="predictedValue"/></Output>'
        '<Node id="0" score="a" recordCount="10" defaultChild="2"><True/>'
        f'<ScoreDistribution value="a" recordCount="6"/><ScoreDistribution value="b" {count}/>'
        '<Node id="1" score="a" recordCount="4"><SimplePredicate field="x" operator="lessThan" value="1"/>'
        '<ScoreDistribution value="a" recordCount="4"/><ScoreDistribution value="b" recordCount="0"/></Node>'
        '<Node id="2" score="b" recordCount="6"><SimplePredicate field="x" operator="greaterOrEqual" value="1"/>'
        '<ScoreDistribution value="a" recordCount="2"/><ScoreDistribution value="b" recordCount="4"/></Node>'
        "</Node></TreeModel>",
    )


def _leaf(probability: str) -> str:
    return _pmml(
        X + _field("y", "string", "categorical", ("a", "b")),
        f'<TreeModel functionName="classification">{_schema("x")}<Output>'
        '<OutputField name="p" dataType="double" feature="probability" value="b"/>'
        '<OutputField name="y_" dataType="string" feature="predictedValue"/></Output>'
        f'<Node score="a"><True/><ScoreDistribution value="a" {probability}="0.6"/>'
        f'<ScoreDistribution value="b" {probability}="0.4"/></Node></TreeModel>',
    )


def _step(data_type: str) -> str:
    """1 up to 0.1, which as a float is 0.100000001490116, and 2 beyond."""
    return _pmml(
        _field("x", data_type) + Y,
        f'<TreeModel functionName="regression">{_schema("x")}<Node><True/>'
        '<Node score="1"><SimplePredicate field="x" operator="lessOrEqual" value="0.1"/></Node>'
        '<Node score="2"><True/></Node></Node></TreeModel>',
    )


def _flag(value: str) -> str:
    return _pmml(
        _field("b", "boolean", "categorical") + Y,
        f'<RegressionModel functionName="regression">{_schema("b")}<RegressionTable intercept="1">'
        f'<CategoricalPredictor name="b" value="{value}" coefficient="5"/></RegressionTable></RegressionModel>',
    )


def _call(function: str, *arguments: str) -> str:
    return f'<Apply function="{function}">{"".join(arguments)}</Apply>'


def _number(value: str) -> str:
    return f'<Constant dataType="double">{value}</Constant>'


_REF, _WORD = '<FieldRef field="x"/>', '<FieldRef field="s"/>'
_BELOW_TWO = _call("if", _call("lessThan", _REF, _number("2")), _number("1"), _number("5"))
_IS_WORD = (
    '<Apply function="if"><Apply function="equal"><FieldRef field="s"/><Constant dataType="string">{}</Constant>'
    "</Apply>{}{}</Apply>"
)
_BINS = (
    '<Discretize field="x"{}><DiscretizeBin binValue="1"><Interval closure="closedOpen" leftMargin="0" '
    'rightMargin="1"/></DiscretizeBin>{}</Discretize>'
)
_ANOMALY = _pmml(
    X + Y,
    f'<AnomalyDetectionModel functionName="regression" algorithmType="other">{_schema("x")}{_constant("1", "y")}'
    "</AnomalyDetectionModel>",
)
_HALF = '<OutputField name="half" dataType="double" feature="transformedValue"><FieldRef field="x"/></OutputField>'
_PREDICTED = '<OutputField name="y_" dataType="double" feature="predictedValue"/>'

# fmt: off
CASES = (
    Case(entry="pmml4s/multi-model-chain", document=_chain(method="x-multiModelChain"), row={"x": 1}, column="y",
         expected=1, error="x-multiModelChain", mended=_chain(_FIRST, _BOTH), mended_column="y_"),
    # 1 * 1 + 2 * 2 + 3 * 6
    Case(entry="pmml4s/x-weighted-sum", document=_ensemble("x-weightedSum"), row={"x": 1}, column="predicted_y",
         expected=23, mended=_ensemble("weightedSum")),
    # 2**24 + 1 has no float of its own: it is rounded to even
    Case(entry="pmml4s/math-context", document=_line('x-mathContext="float"', coefficient="16777216.5"), row={"x": 1},
         column="predicted_y", expected=16777216),
    # no row comes before the first; the other document is given the lagged value, which is missing here
    Case(entry="pmml4s/lag", document=_of('<Lag field="x" n="1"/>'), row={"x": 1}, column="predicted_y", expected=None,
         error="Lag", mended=_of(_REF), mended_row={"x": None}),
    Case(entry="pmml4s/aggregate", document=_of('<Aggregate field="x" function="sum"/>'), row={"x": 1},
         column="predicted_y", expected=1, error="Aggregate", mended=_of(_REF)),
    # level 10, and 1 of the first season
    Case(entry="pmml4s/time-series", document=SERIES, row={"h": 1}, column="predicted_y", expected=11,
         error="TimeSeriesModel"),
    # "  2" has three characters
    Case(entry="pmml4s/format-number", document=_of(_call("stringLength", _call("formatNumber",
         '<Constant dataType="integer">2</Constant>', '<Constant dataType="string">%3d</Constant>'))), row={"x": 1},
         column="predicted_y", expected=3, error="IllegalFormatConversionException"),
    Case(entry="pmml4s/distribution-without-count", document=_leaf("probability"), row={"x": 1}, column="p",
         expected=0.4, error="recordCount", mended=_leaf("recordCount")),
    Case(entry="pmml4s/boolean-digit", document=_flag("1"), row={"b": True}, column="predicted_y", expected=6,
         error='For input string: "1"', mended=_flag("true")),
    # 31 January is day 30 of its year, counted from 0
    Case(entry="pmml4s/date", document=_of(_call("dateDaysSinceYear", '<FieldRef field="t"/>',
         '<Constant dataType="integer">2020</Constant>'), _field("t", "date"), "t"), row={"t": "2020-01-31"},
         column="predicted_y", expected=30),
    # 0.1000000015 is the float nearest to 0.1, to which the threshold is rounded too
    Case(entry="pmml4s/float-field", document=_step("float"), row={"x": 0.1000000015}, column="predicted_y", expected=1,
         mended=_step("double"), mended_row={"x": 0.1}),
    Case(entry="pmml4s/text-reference", document=_of(_IS_WORD.format("a&amp;b", _number("1"), _number("0")), TEXT, "s"),
         row={"s": "a&b"}, column="predicted_y", expected=1,
         mended=_of(_IS_WORD.format("<![CDATA[a&b]]>", _number("1"), _number("0")), TEXT, "s")),
    Case(entry="pmml4s/discretize-outside", document=_of(_BINS.format(' defaultValue="9"', "")), row={"x": 5},
         column="predicted_y", expected=9, mended=_of(_BINS.format("", '<DiscretizeBin binValue="9"><Interval '
         'closure="closedOpen" leftMargin="1"/></DiscretizeBin>'))),
    # not below 2 and not above: the condition is missing, and so is the result; 3 stands for missing in the other
    Case(entry="pmml4s/missing-argument", document=_of(_BELOW_TWO), row={"x": None}, column="predicted_y",
         expected=None, mended=_of(_call("if", _call("isNotMissing", _REF), _BELOW_TWO))),
    # 1 - 1 / (1 + exp(-0.6)): the classes up to the second have margin 0.5 + 0.5 * 0.2
    Case(entry="pmml4s/ordinal-regression", document=_classes("logit", "ordinal"), row={"x": 0.2}, column="pc",
         expected=0.35434369377420455),
    # 1 / (1 + exp(-1.2))
    Case(entry="pmml4s/link-of-classes", document=_classes("logit", coefficients=("1", "1", "1")), row={"x": 0.2},
         column="pa", expected=0.7685247834990175),
    # exp(-exp(-(0.5 + 0.2)))
    Case(entry="pmml4s/loglog", document=_line('normalizationMethod="loglog"'), row={"x": 0.2}, column="predicted_y",
         expected=0.6086053178044064),
    # margins 901 and 0
    Case(entry="pmml4s/softmax-overflow", document=_classes("softmax", coefficients=("1", "0")), row={"x": 900},
         column="pa", expected=1),
    # the root's own distribution, by the rows that go either way: 0.4 * 0 + 0.6 * 2 / 3
    Case(entry="pmml4s/weighted-nodes", document=_tree("weightedConfidence"), row={"x": None}, column="p", expected=0.4,
         mended=_tree("lastPrediction")),
    Case(entry="pmml4s/output-alone", document=_line(output=f"<Output>{_HALF}</Output>"), row={"x": 1}, column="y",
         expected=1.5, mended=_line(output=f"<Output>{_HALF}{_PREDICTED}</Output>"), mended_column="y_"),
    Case(entry="pmml4s/targets", document=_chain(), row={"x": 1}, column="predicted_y", expected=1,
         mended=_chain(_FIRST, _BOTH), mended_column="y_"),
    # 0.1 away in x, not at all in colour
    Case(entry="pmml4s/compare-table", document=CLUSTERING, row={"x": 1.4, "colour": "red"}, column="nearest",
         expected="a"),
    Case(entry="jpmml/https-namespace", document=_line().replace("http://", "https://"), row={"x": 1}, column="y",
         expected=1.5, error="namespace", mended=_line()),
    Case(entry="jpmml/anomaly", document=_ANOMALY, row={"x": 1}, column="y", expected=1, error="AnomalyDetectionModel"),
    Case(entry="jpmml/time-series", document=SERIES, row={"h": 1}, column="y", expected=11,
         error="ExponentialSmoothing"),
    Case(entry="jpmml/weighted-nodes", document=_tree("aggregateNodes"), row={"x": None}, column="p", expected=0.4,
         error="aggregateNodes", mended=_tree("lastPrediction")),
    Case(entry="jpmml/x-weighted-sum", document=_ensemble("x-weightedSum"), row={"x": 1}, column="y", expected=23,
         error="multipleModelMethod", mended=_ensemble("weightedSum")),
    Case(entry="jpmml/integer-target", document=_line(target=_field("y", "integer")), row={"x": 1}, column="y",
         expected=1.5, error="Expected integer value", mended=_line()),
    Case(entry="jpmml/median", document=_of(_call("median", _REF, _number("1"), _number("2"))), row={"x": 3},
         column="y", expected=2, error='"median" is not defined'),
    Case(entry="jpmml/missing-argument", document=_of(_call("exp", _REF)), row={"x": None}, column="y", expected=None,
         error="cannot accept missing value", mended=_of(_call("if", _call("isNotMissing", _REF), _call("exp", _REF)))),
    Case(entry="jpmml/is-not-valid", document=_of(_call("if", _call("isNotValid", _REF), _number("1"), _number("0"))),
         row={"x": None}, column="y", expected=1,
         mended=_of(_call("if", _call("not", _call("isValid", _REF)), _number("1"), _number("0")))),
    Case(entry="jpmml/link-of-classes", document=_classes("probit"), row={"x": 0.2}, column="pa", expected=0,
         error="probit"),
    Case(entry="jpmml/compare-table", document=CLUSTERING, row={"x": 1.4, "colour": "red"}, column="nearest",
         expected="a", error="compareFunction=table"),
    Case(entry="jpmml/targets", document=_chain(), row={"x": 1}, column="y", expected=1,
         mended=_chain(_FIRST, _BOTH), mended_column="y_"),
)
# fmt: on
