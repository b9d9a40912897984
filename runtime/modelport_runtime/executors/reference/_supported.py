"""What the reference executor cannot run, found before the first row: every cause at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._ensembles import NOT_COMBINED
from modelport_runtime.executors.reference._functions import FUNCTIONS
from modelport_runtime.executors.reference._functions._date_patterns import check_date_pattern
from modelport_runtime.executors.reference._functions._number_patterns import check_number_pattern
from modelport_runtime.executors.reference._functions._patterns import compiled
from modelport_runtime.executors.reference._outputs import EVALUATED_APART, FEATURES
from modelport_runtime.executors.reference._predictors import PREDICTORS, causes_of_predictor
from modelport_runtime.executors.reference._references import expressions_of, fields_of
from modelport_runtime.executors.reference._scalars import physical, text_of
from modelport_runtime.hub import (
    Apply,
    Cast,
    Constant,
    DataType,
    Document,
    Ensemble,
    Expression,
    InvalidValueTreatment,
    MiningField,
    Model,
    Predictor,
    ResultFeature,
    Scalar,
    Segment,
    TextIndex,
    TreeEnsemble,
    UsageType,
    inner_models,
)
from modelport_runtime.results import is_list_output, predicts_lists

__all__ = ["causes_of"]

_TERM_WEIGHTS = ("termFrequency", "binary", "logarithmic", "augmentedNormalizedTermFrequency")


def causes_of(document: Document) -> list[UnsupportedCause]:
    """Every reason why a document cannot be scored; empty when it can."""
    functions = {function.name: len(function.parameters) for function in document.functions}
    causes = [
        cause
        for function in document.functions
        for cause in _expression(function.expression, f"function {function.name}", functions)
    ]
    for field in document.derived_fields:
        causes += _expression(field.expression, f"derived field {field.name}", functions)
    types = {field.name: field.data_type for field in document.data_fields}
    causes += _replacements(document.model, "model", types)
    causes += _groups(document.model, "model")
    causes += _read_lists(document.model, "model", _list_names(document.model))
    return causes + list(_model(document.model, "model", functions))


def _features(model: Model) -> frozenset[ResultFeature]:
    """What the predictor answers itself, and any member of an ensemble may be shown."""
    row = PREDICTORS.get(type(model.predictor))
    own = frozenset[ResultFeature]() if row is None else row.features
    if row is not None and row.given is not None and getattr(model.predictor, row.given) is None:
        own = frozenset()
    return own.union(*(_features(inner) for inner in inner_models(model.predictor)))


def _groups(model: Model, where: str) -> Iterator[UnsupportedCause]:
    """Groups that are no records: by several fields at once, or inside a model whose records are rows."""
    if model.group_field is not None:
        names = [field.name for field in model.mining_fields if field.usage_type is UsageType.GROUP]
        if len(names) > 1:
            yield UnsupportedCause(
                where=where,
                what=f"groups by {len(names)} fields at once",
                remedy="derive one field from them, or keep one",
            )
        if where != "model":
            yield UnsupportedCause(
                where=where,
                what="a member of an ensemble whose records are groups of rows",
                remedy="let it be a model of its own",
            )
    for segment in _segments(model):
        yield from _groups(segment.model, f"{where}/segment {segment.id}")


def _list_names(model: Model) -> frozenset[str]:
    """Names of fields of a model and its members that are lists."""
    own = {output.name for output in model.outputs if is_list_output(model, output)}
    if predicts_lists(model):
        own.update(model.target_names)
    return frozenset(own).union(*(_list_names(segment.model) for segment in _segments(model)))


def _read_lists(model: Model, where: str, lists: frozenset[str]) -> Iterator[UnsupportedCause]:
    """Expressions that read a list, as which no operand can be taken."""
    read: list[tuple[str, Expression]] = [
        (f"{where}/output {output.name}", output.expression)
        for output in model.outputs
        if output.expression is not None
    ]
    read += [(f"{where}/derived field {field.name}", field.expression) for field in model.derived_fields]
    for segment in _segments(model):
        if segment.predicate is not None:
            read.append((f"{where}/segment {segment.id}/predicate", segment.predicate))
        yield from _read_lists(segment.model, f"{where}/segment {segment.id}", lists)
    for place, expression in read:
        for name in dict.fromkeys(lists.intersection(fields_of(expression))):
            yield UnsupportedCause(
                where=place,
                what=f"an expression over {name!r}, whose values are lists",
                remedy="ask for one of its items",
            )


def _segments(model: Model) -> tuple[Segment, ...]:
    return model.predictor.segments if isinstance(model.predictor, Ensemble) else ()


def _replacements(model: Model, where: str, types: Mapping[str, DataType]) -> Iterator[UnsupportedCause]:
    """Replacements that their field cannot hold, such as a fraction in a field of integers; engines differ on them."""
    for field in model.mining_fields:
        for value in (field.missing_value_replacement, _invalid_value_replacement(field)):
            try:
                physical(value, types.get(field.name, DataType.STRING))
            except ValueError as error:
                yield UnsupportedCause(
                    where=f"{where}/mining field {field.name}",
                    what=f"a replacement that the field's type cannot hold: {error}",
                    remedy="give a replacement of that type, or declare the field as one that can hold it",
                )
    for place, inner in _inner(model.predictor, where):
        yield from _replacements(inner, place, types)


def _inner(predictor: Predictor | None, where: str) -> Iterator[tuple[str, Model]]:
    """The models directly inside a predictor, and where they stand."""
    segments = predictor.segments if isinstance(predictor, Ensemble) else ()
    for index, inner in enumerate(inner_models(predictor)):
        yield (f"{where}/segment {segments[index].id}" if segments else f"{where}/model"), inner


def _invalid_value_replacement(field: MiningField) -> Scalar | None:
    replaces = field.invalid_value_treatment is InvalidValueTreatment.AS_VALUE
    return field.invalid_value_replacement if replaces else None


def _model(model: Model, where: str, functions: dict[str, int]) -> Iterator[UnsupportedCause]:
    known = {*FEATURES, *EVALUATED_APART, *_features(model)}
    for field in model.derived_fields:
        yield from _expression(field.expression, f"{where}/derived field {field.name}", functions)
    for output in model.outputs:
        place = f"{where}/output {output.name}"
        if output.feature not in known:
            yield UnsupportedCause(where=place, what=f"feature {output.feature!s} of this kind of model")
        if output.expression is not None:
            yield from _expression(output.expression, place, functions)
    yield from causes_of_predictor(model.predictor, where)
    if not isinstance(model.predictor, Ensemble):
        for expression in expressions_of(model.predictor):
            yield from _expression(expression, f"{where}/{type(model.predictor).__name__}", functions)
    yield from _targets(model, where)
    if isinstance(model.predictor, Ensemble):
        for segment in model.predictor.segments:
            if segment.predicate is not None:
                yield from _expression(segment.predicate, f"{where}/segment {segment.id}/predicate", functions)
    for place, inner in _inner(model.predictor, where):
        yield from _model(inner, place, functions)


def _targets(model: Model, where: str) -> Iterator[UnsupportedCause]:
    """Targets that no member of an ensemble predicts when members are combined one target at a time."""
    if not isinstance(model.predictor, Ensemble) or model.predictor.method in NOT_COMBINED:
        return
    for segment in model.predictor.segments:
        predictor = segment.model.predictor
        given = len(predictor.targets) if isinstance(predictor, TreeEnsemble) else len(segment.model.target_names)
        if len(model.target_names) > max(given, 1):
            yield UnsupportedCause(
                where=f"{where}/segment {segment.id}",
                what=f"{max(given, 1)} target(s) of a member where the ensemble has {len(model.target_names)}",
                remedy="name one target in each mining schema, or chain models of one target each",
            )


def _expression(expression: Expression, where: str, functions: dict[str, int]) -> Iterator[UnsupportedCause]:
    match expression:
        case Constant():
            yield from _constant(expression, where)
        case Apply():
            yield from _apply(expression, where, functions)
            yield from _patterns(expression, where)
            for argument in expression.arguments:
                yield from _expression(argument, where, functions)
        case Cast():
            yield from _expression(expression.expression, where, functions)
        case TextIndex():
            yield from _text_index(expression, where)
            yield from _expression(expression.term, where, functions)


def _apply(expression: Apply, where: str, functions: dict[str, int]) -> Iterator[UnsupportedCause]:
    name, count = expression.function, len(expression.arguments)
    if name in functions:
        fewest, most = functions[name], functions[name]
    elif name == "if":
        fewest, most = 2, 3
    elif name in FUNCTIONS:
        fewest, given = FUNCTIONS[name].min_arguments, FUNCTIONS[name].max_arguments
        most = count if given is None else given
    else:
        yield UnsupportedCause(
            where=where,
            what=f"function {name!r}",
            remedy="it is neither built in nor defined by the document: define it in the document",
        )
        return
    if not fewest <= count <= max(most, fewest):
        yield UnsupportedCause(where=where, what=f"function {name!r} with {count} argument(s)")


def _constant(expression: Constant, where: str) -> Iterator[UnsupportedCause]:
    try:
        physical(expression.value, expression.data_type)
    except ValueError as error:
        what = f"constant {expression.value!r} of type {expression.data_type}: {error}"
        yield UnsupportedCause(where=where, what=what, remedy="correct the constant, or its dataType")


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "replace": compiled,
    "matches": compiled,
    "formatNumber": check_number_pattern,
    "formatDatetime": check_date_pattern,
}
"""Functions whose second argument is a pattern, and what refuses one that is none."""


def _patterns(expression: Apply, where: str) -> Iterator[UnsupportedCause]:
    """Patterns that are constants are checked before anything is scored."""
    check = _CHECKS.get(expression.function)
    if check is None or len(expression.arguments) < 2 or not isinstance(expression.arguments[1], Constant):
        return
    pattern = expression.arguments[1].value
    if pattern is None:
        return
    try:
        check(text_of(pattern))
    except (ValueError, re.error) as error:
        what = f"pattern {pattern!r} of function {expression.function!r}: {error}"
        yield UnsupportedCause(where=where, what=what, remedy="write the pattern otherwise")


def _text_index(expression: TextIndex, where: str) -> Iterator[UnsupportedCause]:
    if expression.local_term_weights not in _TERM_WEIGHTS:
        yield UnsupportedCause(where=where, what=f"localTermWeights {expression.local_term_weights!r}")
    patterns = [expression.word_separator_character_re, expression.word_re or ""]
    for table in expression.normalizations:
        patterns.append(table.word_separator_character_re or "")
        patterns.extend(pattern for pattern, _, is_regex in table.rows if is_regex)
    for pattern in patterns:
        try:
            compiled(pattern)
        except re.error as error:
            yield UnsupportedCause(where=where, what=f"regular expression {pattern!r}: {error}")
