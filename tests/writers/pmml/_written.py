"""Documents written as PMML, and what the engines say of them."""

from __future__ import annotations

import importlib.util
import io
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from modelport.writers.pmml import write_pmml
from modelport_runtime.columns import TextColumn
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.frames import to_table
from modelport_runtime.hub import (
    Card,
    DataField,
    DataType,
    DerivedField,
    Document,
    FieldRef,
    MiningField,
    MiningFunction,
    Model,
    NumericTerm,
    OpType,
    OutputField,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    UsageType,
)
from modelport_runtime.pmml import read_pmml

ENGINES = ("pmml4s", "jpmml", "read back")
_NEEDS = {"pmml4s": ("jpype", "pypmml"), "jpmml": ("jpype", "jpmml_evaluator")}


def written(document, **options):
    """Bytes and notices of a document written as PMML; checked against the schema where it is at hand."""
    buffer = io.BytesIO()
    notices = write_pmml(document, buffer, **options)
    assert_valid(buffer.getvalue())
    return buffer.getvalue(), notices


@cache
def _schema():
    folder = Path(os.environ.get("PMML_SCHEMAS", Path(__file__).parents[4] / "shared" / "schemas"))
    path = folder / "pmml-4-4.xsd"
    return etree.XMLSchema(etree.parse(path)) if path.exists() else None


def assert_valid(pmml):
    schema = _schema()
    if schema is not None:
        schema.assertValid(etree.fromstring(pmml, etree.XMLParser(huge_tree=True)))


def score(pmml, document, frame, engine):
    """Results of a written document as a dictionary of numpy arrays; text is an array of objects."""
    table = to_table(frame, document.data_fields)
    if engine == "read back":
        results = ReferenceExecutor(read_pmml(pmml)).score(table)
    else:
        for package in _NEEDS[engine]:
            if importlib.util.find_spec(package) is None:
                pytest.skip(f"{package} is not installed")
        from modelport_runtime.executors.jvm import JvmExecutor

        # A document of several targets names each of them among its output fields.
        known = document if len(document.model.target_names) < 2 else None
        results = JvmExecutor(engine=engine, pmml=pmml, document=known).score(table)
    return {name: _array(column) for name, column in results.items()}


def _array(column):
    if isinstance(column, TextColumn):
        return np.array([None if code < 0 else column.categories[code] for code in column.codes], dtype=object)
    return column.values


def derived_document(fields, derived, functions=()):
    """A document that shows derived fields as outputs beside a regression of nothing."""
    outputs = tuple(
        OutputField(
            name=f"out {field.name}",
            feature=ResultFeature.TRANSFORMED_VALUE,
            data_type=field.data_type,
            op_type=field.op_type,
            expression=FieldRef(field=field.name),
        )
        for field in derived
    )
    target = DataField(name="y", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS)
    model = Model(
        function=MiningFunction.REGRESSION,
        predictor=RegressionModel(tables=(RegressionTable(intercept=1.0, terms=(), coefficients=np.zeros(0)),)),
        mining_fields=(
            *(MiningField(name=field.name) for field in fields),
            MiningField(name="y", usage_type=UsageType.TARGET),
        ),
        outputs=outputs,
    )
    return Document(
        data_fields=(*fields, target), model=model, derived_fields=derived, functions=functions, card=Card()
    )


def number_field(name, data_type=DataType.DOUBLE):
    return DataField(name=name, data_type=data_type, op_type=OpType.CONTINUOUS)


def text_field(name):
    return DataField(name=name, data_type=DataType.STRING, op_type=OpType.CATEGORICAL)


def derived(name, expression, data_type=DataType.DOUBLE):
    op_type = OpType.CONTINUOUS if data_type.is_number else OpType.CATEGORICAL
    return DerivedField(name=name, data_type=data_type, op_type=op_type, expression=expression)


def linear_document(names, coefficients, intercept=0.0, **model):
    terms = tuple(NumericTerm(field=name) for name in names)
    table = RegressionTable(intercept=intercept, terms=terms, coefficients=np.asarray(coefficients, dtype=float))
    return Document(
        data_fields=(*(number_field(name) for name in names), number_field("y")),
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=RegressionModel(tables=(table,)),
            mining_fields=(
                *(MiningField(name=name) for name in names),
                MiningField(name="y", usage_type=UsageType.TARGET),
            ),
            **model,
        ),
        card=Card(),
    )
