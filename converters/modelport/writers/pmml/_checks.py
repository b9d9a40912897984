"""Names, labels and types of a document that the engines of PMML do not take, found before anything is written."""

from __future__ import annotations

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._scopes import expression_fields
from modelport.writers.pmml._transformations import document_parts
from modelport_runtime.hub import (
    Aggregate,
    Cast,
    CategoricalTerm,
    DataType,
    DerivedField,
    Discretize,
    Document,
    FieldRef,
    InteractionTerm,
    Lag,
    MapValues,
    NormContinuous,
    NormDiscrete,
    NumericTerm,
    TextIndex,
)

__all__ = ["check_document"]


def check_document(context: Context, document: Document) -> None:
    """Note causes and notices that follow from names, labels and types alone."""
    _check_names(context, document)
    _check_labels(context, document)
    _notice_float_inputs(context, document)


def _check_names(context: Context, document: Document) -> None:
    inputs = {field.name for field in document.input_fields}
    for name in sorted(inputs.intersection(output.name for output in document.model.outputs)):
        with context.within(f"OutputField[{name}]"):
            context.unsupported(
                f"result column {name!r} has the name of input column {name!r}; JPMML-Evaluator then gives no results",
                f"rename the input column {name!r}",
            )
    for field in document.data_fields:
        if not field.name:
            with context.within("DataField[]"):
                context.unsupported("a column whose name is the empty text", "rename the column")


def _check_labels(context: Context, document: Document) -> None:
    targets = set(document.model.target_names)
    for field in document.data_fields:
        if field.name in targets and "" in field.values:
            with context.within(f"DataField[{field.name}]"):
                context.unsupported(
                    f"class label '' of {field.name!r}: consumers take an empty score for none",
                    "give the class a label that is not empty",
                )


def _notice_float_inputs(context: Context, document: Document) -> None:
    """Thresholds of trees hold the rounding already; whatever else reads the column does not."""
    names = {field.name for field in document.data_fields if field.data_type is DataType.FLOAT}
    names &= _read_as_given(document) - set(document.model.target_names)
    if names:
        context.notice(
            "float32-inputs",
            f"columns {', '.join(map(repr, sorted(names)))} are float32: PMML4S computes with the numbers that it is "
            "given, so give it numbers that are rounded to float32",
        )


_READERS = (FieldRef, NormContinuous, NormDiscrete, Discretize, MapValues, TextIndex, Lag, Aggregate)


def _read_as_given(document: Document) -> set[str]:
    """Names that expressions and regressions read without a cast to float32 around."""
    names: set[str] = set()
    cast: set[int] = set()
    for part in document_parts(document):
        if isinstance(part, Cast | DerivedField) and part.data_type is DataType.FLOAT:
            cast.add(id(part.expression))
        elif isinstance(part, NumericTerm | CategoricalTerm):
            names.add(part.field)
        elif isinstance(part, InteractionTerm):
            names.update(part.fields)
        elif isinstance(part, FieldRef) and id(part) in cast:
            continue
        elif isinstance(
            part, FieldRef | NormContinuous | NormDiscrete | Discretize | MapValues | TextIndex | Lag | Aggregate
        ):
            names.update(expression_fields(part))
    return names
