"""What the reference executor cannot run, found before the first row: every cause at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._ensembles import NOT_COMBINED
from modelport_runtime.executors.reference._functions import FUNCTIONS
from modelport_runtime.executors.reference._outputs import EVALUATED_APART, FEATURES
from modelport_runtime.executors.reference._predictors import PREDICTORS, causes_of_predictor
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.hub import (
    Apply,
    Cast,
    DataType,
    Document,
    Ensemble,
    Expression,
    InvalidValueTreatment,
    MiningField,
    Model,
    ResultFeature,
    Scalar,
    TextIndex,
    TreeEnsemble,
)

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
    return causes + list(_model(document.model, "model", functions))


def _features(model: Model) -> frozenset[ResultFeature]:
    """What the predictor answers itself, and any member of an ensemble may be shown."""
    row = PREDICTORS.get(type(model.predictor))
    own = frozenset[ResultFeature]() if row is None else row.features
    if isinstance(model.predictor, Ensemble):
        return own.union(*(_features(segment.model) for segment in model.predictor.segments))
    return own


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
    if isinstance(model.predictor, Ensemble):
        for segment in model.predictor.segments:
            yield from _replacements(segment.model, f"{where}/segment {segment.id}", types)


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
    yield from _targets(model, where)
    if isinstance(model.predictor, Ensemble):
        for segment in model.predictor.segments:
            place = f"{where}/segment {segment.id}"
            if segment.predicate is not None:
                yield from _expression(segment.predicate, f"{place}/predicate", functions)
            yield from _model(segment.model, place, functions)


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
        case Apply():
            yield from _apply(expression, where, functions)
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


def _text_index(expression: TextIndex, where: str) -> Iterator[UnsupportedCause]:
    if expression.local_term_weights not in _TERM_WEIGHTS:
        yield UnsupportedCause(where=where, what=f"localTermWeights {expression.local_term_weights!r}")
    patterns = [expression.word_separator_character_re, expression.word_re or ""]
    for table in expression.normalizations:
        patterns.append(table.word_separator_character_re or "")
        patterns.extend(pattern for pattern, _, is_regex in table.rows if is_regex)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield UnsupportedCause(where=where, what=f"regular expression {pattern!r}: {error}")
