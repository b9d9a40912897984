"""Expressions of the hub as elements of PMML's group EXPRESSION."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._missing import guard_missing
from modelport.writers.pmml._scalars import number_text, optional_text, scalar_text
from modelport_runtime.hub import (
    Aggregate,
    Apply,
    Cast,
    Constant,
    Discretize,
    Expression,
    FieldRef,
    Interval,
    InvalidValueTreatment,
    Lag,
    MapValues,
    NormContinuous,
    NormDiscrete,
    OutlierTreatment,
    TextIndex,
    TextIndexNormalization,
)

__all__ = ["write_expression", "write_inline_table", "write_interval"]


def write_expression(context: Context, expression: Expression, present: Set[str] = frozenset()) -> None:
    """Write one expression so that consumers agree on it; what PMML cannot say becomes a cause.

    Args:
        context: Where it goes.
        expression: What to write.
        present: Names of columns that have a value wherever the expression reads them without asking.
    """
    _write(context, guard_missing(expression, context.never_missing | present))


def _write(context: Context, expression: Expression) -> None:
    _WRITERS[type(expression)](context, expression)


def _write_constant(context: Context, constant: Constant) -> None:
    attributes = {"dataType": constant.data_type.value}
    if constant.value is None:
        context.xml.empty("Constant", attributes | {"missing": "true"})
    else:
        # The text of a constant is a string to XML Schema, and Java reads Infinity where XML Schema has INF.
        text = scalar_text(constant.value, constant.data_type).replace("INF", "Infinity")
        context.xml.text("Constant", text, attributes)


def _write_field_ref(context: Context, reference: FieldRef) -> None:
    attributes = {"field": reference.field, "mapMissingTo": optional_text(reference.map_missing_to)}
    context.xml.empty("FieldRef", attributes)


def _write_apply(context: Context, apply: Apply) -> None:
    invalid = apply.invalid_value_treatment
    attributes = {
        # Exclusive or of two truth values is inequality; PMML has xor for predicates only (CompoundPredicate).
        "function": "notEqual" if apply.function == "xor" else apply.function,
        "mapMissingTo": optional_text(apply.map_missing_to),
        "defaultValue": optional_text(apply.default_value),
        "invalidValueTreatment": None if invalid is InvalidValueTreatment.RETURN_INVALID else invalid.value,
    }
    if not apply.arguments:
        context.xml.empty("Apply", attributes)
        return
    with context.xml.element("Apply", attributes):
        for argument in apply.arguments:
            _write(context, argument)


def _write_cast(context: Context, cast: Cast) -> None:
    with context.xml.element("Apply", {"function": context.cast_functions[cast.data_type]}):
        _write(context, cast.expression)


def _write_norm_continuous(context: Context, norm: NormContinuous) -> None:
    outliers = norm.outlier_treatment
    attributes = {
        "field": norm.field,
        "mapMissingTo": optional_text(norm.map_missing_to),
        "outliers": None if outliers is OutlierTreatment.AS_IS else outliers.value,
    }
    with context.xml.element("NormContinuous", attributes):
        for original, value in zip(norm.original, norm.norm, strict=True):
            context.xml.empty("LinearNorm", {"orig": number_text(original), "norm": number_text(value)})


def _write_norm_discrete(context: Context, norm: NormDiscrete) -> None:
    value = scalar_text(norm.value, context.data_types.get(norm.field))
    attributes = {"field": norm.field, "value": value, "mapMissingTo": optional_text(norm.map_missing_to)}
    context.xml.empty("NormDiscrete", attributes)


def _write_discretize(context: Context, discretize: Discretize) -> None:
    attributes = {
        "field": discretize.field,
        "mapMissingTo": optional_text(discretize.map_missing_to, discretize.data_type),
        "defaultValue": optional_text(discretize.default_value, discretize.data_type),
        "dataType": discretize.data_type.value,
    }
    if not discretize.bins:
        context.xml.empty("Discretize", attributes)
        return
    with context.xml.element("Discretize", attributes):
        for bin_ in discretize.bins:
            value = scalar_text(bin_.value, discretize.data_type)
            with context.xml.element("DiscretizeBin", {"binValue": value}):
                write_interval(context, bin_.interval)


def write_interval(context: Context, interval: Interval) -> None:
    """Write an interval; an unbounded side has no margin (PMML 4.4, DataDictionary, Interval)."""
    sides = ("closed" if interval.left_closed else "open"), ("Closed" if interval.right_closed else "Open")
    margins = {
        "closure": "".join(sides),
        "leftMargin": optional_text(interval.left),
        "rightMargin": optional_text(interval.right),
    }
    context.xml.empty("Interval", margins)


def _write_map_values(context: Context, mapping: MapValues) -> None:
    columns = [f"input{i + 1}" for i in range(len(mapping.fields))] if len(mapping.fields) > 1 else ["input"]
    attributes = {
        "mapMissingTo": optional_text(mapping.map_missing_to, mapping.data_type),
        "defaultValue": optional_text(mapping.default_value, mapping.data_type),
        "outputColumn": "output",
        "dataType": mapping.data_type.value,
    }
    types = [context.data_types.get(field) for field in mapping.fields]
    with context.xml.element("MapValues", attributes):
        for field, column in zip(mapping.fields, columns, strict=True):
            context.xml.empty("FieldColumnPair", {"field": field, "column": column})
        rows = []
        for keys, result in zip(mapping.keys, mapping.results, strict=True):
            cells = [optional_text(key, kind) for key, kind in zip(keys, types, strict=True)]
            rows.append(dict(zip(columns, cells, strict=True)) | {"output": optional_text(result, mapping.data_type)})
        write_inline_table(context, rows)


def write_inline_table(context: Context, rows: list[dict[str, str | None]]) -> None:
    """Write a table of named cells, one row a line; a cell of ``None`` is left out (PMML 4.4, Taxonomy)."""
    if not rows:
        context.xml.empty("InlineTable")
        return
    with context.xml.element("InlineTable"):
        for row in rows:
            context.xml.row("row", row)


def _write_text_index(context: Context, index: TextIndex) -> None:
    if index.word_re is not None and not context.extensions:
        context.unsupported(
            f"words of {index.text_field!r} by the pattern {index.word_re!r}",
            "PMML 4.4 splits at separators only; write with extensions=True for JPMML's x-wordRE",
        )
    attributes = {
        "textField": index.text_field,
        "localTermWeights": index.local_term_weights,
        "isCaseSensitive": "true" if index.is_case_sensitive else "false",
        "maxLevenshteinDistance": str(index.max_levenshtein_distance) if index.max_levenshtein_distance else None,
        "countHits": index.count_hits if index.count_hits != "allHits" else None,
        "wordSeparatorCharacterRE": index.word_separator_character_re if index.word_re is None else None,
        "x-wordRE": index.word_re,
        "tokenize": "true" if index.tokenize else "false",
    }
    with context.xml.element("TextIndex", attributes):
        for normalization in index.normalizations:
            _write_text_index_normalization(context, normalization)
        _write(context, index.term)


def _write_text_index_normalization(context: Context, table: TextIndexNormalization) -> None:
    flags = {True: "true", False: "false", None: None}
    distance = table.max_levenshtein_distance
    attributes = {
        "recursive": "true" if table.recursive else None,
        "isCaseSensitive": flags[table.is_case_sensitive],
        "maxLevenshteinDistance": None if distance is None else str(distance),
        "wordSeparatorCharacterRE": table.word_separator_character_re,
        "tokenize": flags[table.tokenize],
    }
    rows: list[dict[str, str | None]] = [
        {"string": pattern, "stem": stem, "regex": "true" if is_regex else "false"}
        for pattern, stem, is_regex in table.rows
    ]
    with context.xml.element("TextIndexNormalization", attributes):
        write_inline_table(context, rows)


def _write_lag(context: Context, lag: Lag) -> None:
    attributes = {
        "field": lag.field,
        "n": str(lag.n),
        "aggregate": lag.aggregate if lag.aggregate != "none" else None,
    }
    with context.xml.element("Lag", attributes):
        for field in lag.block_fields:
            context.xml.empty("BlockIndicator", {"field": field})


def _write_aggregate(context: Context, aggregate: Aggregate) -> None:
    attributes = {"field": aggregate.field, "function": aggregate.function, "groupField": aggregate.group_field}
    context.xml.empty("Aggregate", attributes)


_WRITERS: dict[type, Callable[[Context, Any], None]] = {
    Constant: _write_constant,
    FieldRef: _write_field_ref,
    Apply: _write_apply,
    Cast: _write_cast,
    NormContinuous: _write_norm_continuous,
    NormDiscrete: _write_norm_discrete,
    Discretize: _write_discretize,
    MapValues: _write_map_values,
    TextIndex: _write_text_index,
    Lag: _write_lag,
    Aggregate: _write_aggregate,
}
