"""Small hub models, spelled briefly."""

from __future__ import annotations

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import (
    Apply,
    Card,
    Constant,
    DataField,
    DataType,
    DerivedField,
    Document,
    Expression,
    FieldRef,
    Function,
    MiningField,
    MiningFunction,
    Model,
    NumericTerm,
    OpType,
    OutputField,
    Predictor,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    Scalar,
    Target,
    UsageType,
)

CONTINUOUS, CATEGORICAL = OpType.CONTINUOUS, OpType.CATEGORICAL


def number(*values: float | None, data_type: DataType = DataType.DOUBLE) -> NumberColumn:
    return NumberColumn(np.array([np.nan if value is None else value for value in values], dtype=np.float64), data_type)


def text(*values: str | None) -> TextColumn:
    categories = tuple(sorted({value for value in values if value is not None}, reverse=True))
    codes = [-1 if value is None else categories.index(value) for value in values]
    return TextColumn(np.array(codes, dtype=np.int32), categories)


def table(**columns: Column) -> Table:
    return Table(columns, len(next(iter(columns.values()))))


def listed(column: Column) -> list[Scalar | None]:
    """Values of a column, ``None`` for missing."""
    if isinstance(column, TextColumn):
        return [None if code < 0 else column.categories[code] for code in column.codes]
    return [None if np.isnan(value) else value for value in column.values.tolist()]


def field(name: str, data_type: DataType = DataType.DOUBLE, **options: object) -> DataField:
    op_type = CATEGORICAL if data_type in (DataType.STRING, DataType.BOOLEAN) else CONTINUOUS
    return DataField(name=name, data_type=data_type, op_type=op_type, **options)


def ref(name: str) -> FieldRef:
    return FieldRef(field=name)


def constant(value: Scalar | None, data_type: DataType | None = None) -> Constant:
    if data_type is None:
        kinds = {bool: DataType.BOOLEAN, int: DataType.INTEGER, float: DataType.DOUBLE, str: DataType.STRING}
        data_type = kinds[type(value)]
    return Constant(value=value, data_type=data_type)


def apply(function: str, *arguments: Expression, **options: object) -> Apply:
    return Apply(function=function, arguments=arguments, **options)


def document(
    model: Model,
    fields: tuple[DataField, ...],
    derived: tuple[DerivedField, ...] = (),
    functions: tuple[Function, ...] = (),
) -> Document:
    return Document(data_fields=fields, model=model, derived_fields=derived, functions=functions, card=Card())


def model(
    predictor: Predictor | None,
    *inputs: str | MiningField,
    target: str | None = "y",
    function: MiningFunction = MiningFunction.REGRESSION,
    outputs: tuple[OutputField, ...] = (),
    targets: tuple[Target, ...] = (),
    derived: tuple[DerivedField, ...] = (),
) -> Model:
    mining = tuple(each if isinstance(each, MiningField) else MiningField(name=each) for each in inputs)
    if target is not None:
        mining = (*mining, MiningField(name=target, usage_type=UsageType.TARGET))
    return Model(
        function=function,
        predictor=predictor,
        mining_fields=mining,
        outputs=outputs,
        targets=targets,
        derived_fields=derived,
    )


def linear(intercept: float = 0.0, category: Scalar | None = None, **coefficients: float) -> RegressionTable:
    return RegressionTable(
        intercept=intercept,
        terms=tuple(NumericTerm(field=name) for name in coefficients),
        coefficients=np.array(list(coefficients.values())),
        target_category=category,
    )


def identity(name: str = "x") -> RegressionModel:
    """Predicts a field's own value."""
    return RegressionModel(tables=(linear(0.0, None, **{name: 1.0}),))


def evaluated(
    expression: Expression,
    columns: Table,
    fields: tuple[DataField, ...],
    data_type: DataType,
    functions: tuple[Function, ...] = (),
) -> list[Scalar | None]:
    """Values of an expression, as an output field of a model that does nothing else."""
    output = OutputField(
        name="result", feature=ResultFeature.TRANSFORMED_VALUE, data_type=data_type, expression=expression
    )
    bare = model(None, *(each.name for each in fields), target=None, outputs=(output,))
    return listed(ReferenceExecutor(document(bare, fields, functions=functions)).score(columns)["result"])
