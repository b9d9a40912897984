"""Output fields (PMML 4.4, Output): what a result shows besides the predicted value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn, TextColumn
from modelport_runtime.executors.reference._casts import cast, cast_result, numbers
from modelport_runtime.executors.reference._expressions import evaluate
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction, label_column
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Mask, Numbers, missing_column
from modelport_runtime.hub import DataType, Model, OutputField, ResultFeature, Scalar

__all__ = ["EVALUATED_APART", "FEATURES", "evaluate_outputs", "ranked_class"]

_Feature = ResultFeature
_EXPRESSIONS = (_Feature.TRANSFORMED_VALUE, _Feature.DECISION)


def evaluate_outputs(model: Model, result: ModelResult, scope: Scope, display: Mapping[str, str]) -> None:
    """Compute a model's output fields, in order, into its result.

    Args:
        model: The model.
        result: Its predictions, adjusted; gets the output columns.
        scope: The model's scope. Targets and outputs are seen by later outputs only, in a scope within it: a derived
            field that reads an input of the same name must not see them, whenever it is computed.
        display: Texts to show for values of the target, by the value's own text.
    """
    within = scope.on_all_rows()
    for prediction in result.predictions:
        predicted = prediction.column()
        if prediction.target is not None and not isinstance(predicted, ListColumn):
            within.define(prediction.target, predicted)
    for field in model.outputs:
        column: ResultColumn
        if field.feature in _EXPRESSIONS and field.expression is not None:
            value = evaluate(field.expression, within)
            scope.mark(value.invalid)
            column = value.column
        else:
            column = _feature(field, model, result, scope, display)
        if field.data_type is not None:
            column = _cast_result(column, field.data_type)
        if not isinstance(column, ListColumn):  # no expression names a list: such documents are refused
            within.define(field.name, column)
        result.outputs[field.name] = column
    scope.mark(within.invalid)


def _cast_result(column: ResultColumn, data_type: DataType) -> ResultColumn:
    """The column in its declared type; a real number declared as an integer is kept as it is."""
    items = column.items if isinstance(column, ListColumn) else column
    if data_type is DataType.INTEGER and isinstance(items, NumberColumn):
        values = items.values
        if not bool(np.all((values == np.floor(values)) | np.isnan(values))):
            return column
    return cast_result(column, data_type)


def _feature(
    field: OutputField, model: Model, result: ModelResult, scope: Scope, display: Mapping[str, str]
) -> ResultColumn:
    source = result
    if field.segment_id is not None:
        member = result.members.get(field.segment_id)
        if member is None:
            return missing_column(DataType.DOUBLE, scope.n_rows)
        source = member
    prediction = _prediction_for(field, source.predictions)
    if prediction is None:
        return missing_column(DataType.DOUBLE, scope.n_rows)
    answer = prediction.answers.get(field.feature)
    if answer is not None:
        column = answer(field)
        return _display_value(column, display) if field.feature is _Feature.PREDICTED_DISPLAY_VALUE else column
    if field.feature is _Feature.PREDICTED_DISPLAY_VALUE:
        return _display_value(_predicted_value(field, prediction), display)
    if field.feature is _Feature.RESIDUAL:
        return _residual(field, prediction, scope)
    shown = FEATURES.get(field.feature)
    return missing_column(DataType.DOUBLE, scope.n_rows) if shown is None else shown(field, prediction)


def _prediction_for(field: OutputField, predictions: Sequence[Prediction]) -> Prediction | None:
    for prediction in predictions:
        if field.target_field is None or prediction.target == field.target_field:
            return prediction
    return predictions[0] if len(predictions) == 1 else None


def _position(label: Scalar, classes: Sequence[Scalar]) -> int | None:
    """Position of a label among classes, by equality or else by its text."""
    for index, candidate in enumerate(classes):
        if candidate == label or text_of(candidate) == text_of(label):
            return index
    return None


def ranked_class(field: OutputField, prediction: Prediction, scores: Numbers) -> NDArray[np.int64]:
    """Position of the class at the field's rank in each row, -1 where none has it; equal scores in class order."""
    ranked = prediction.rank_scores
    keys = scores if ranked is None else ranked
    order = np.argsort(keys if field.rank_order == "ascending" else -keys, axis=1, kind="stable")
    if ranked is None:
        return order[:, min(field.rank, scores.shape[1]) - 1]
    if field.rank > ranked.shape[1]:
        return np.full(len(ranked), -1, dtype=np.int64)
    chosen = order[:, field.rank - 1]
    has_rank = ~np.isnan(np.take_along_axis(ranked, chosen[:, None], axis=1)[:, 0])
    return np.where(has_rank, chosen, -1)


def _of_class(field: OutputField, prediction: Prediction, scores: Numbers | None) -> Column:
    """A class's number: of the named class, of the one at a rank, or of the predicted one."""
    n_rows = len(prediction.missing)
    if scores is None:
        return missing_column(DataType.DOUBLE, n_rows)
    rows = np.arange(n_rows)
    if field.value is not None:
        position = _position(field.value, prediction.classes)
        if position is not None:
            return NumberColumn(scores[:, position].copy())
        # A class that the model never predicts has no share in any prediction.
        return NumberColumn(np.where(np.isnan(scores[:, 0]), np.nan, 0.0))
    if field.rank > 1 or field.rank_order == "ascending":
        chosen = ranked_class(field, prediction, scores)
        return NumberColumn(np.where(chosen < 0, np.nan, scores[rows, chosen]))
    winner = prediction.winner if prediction.winner is not None else np.zeros(n_rows, dtype=np.int32)
    return NumberColumn(np.where(winner < 0, np.nan, scores[rows, winner]))


def _predicted_value(field: OutputField, prediction: Prediction) -> ResultColumn:
    ranked = field.rank > 1 or field.rank_order == "ascending"
    scores = prediction.probabilities if prediction.rank_scores is None else prediction.rank_scores
    if ranked and scores is not None and prediction.classes:
        chosen = np.where(prediction.missing, -1, ranked_class(field, prediction, scores))
        return label_column(chosen.astype(np.int32), prediction.classes)
    return prediction.column()


def _display_value(column: ResultColumn, display: Mapping[str, str]) -> ResultColumn:
    if isinstance(column, ListColumn):
        return ListColumn(_display_texts(column.items, display), column.offsets, column.missing)
    return _display_texts(column, display)


def _display_texts(column: Column, display: Mapping[str, str]) -> Column:
    text = cast(column, DataType.STRING)
    if not isinstance(text, TextColumn):
        return column
    shown = [display.get(category, category) for category in text.categories]
    position: dict[str, int] = {}
    table = np.array([*(position.setdefault(label, len(position)) for label in shown), -1], dtype=np.int32)
    return TextColumn(table[text.codes], tuple(position))


def _probability(field: OutputField, prediction: Prediction) -> Column:
    return _of_class(field, prediction, prediction.probabilities)


def _confidence(field: OutputField, prediction: Prediction) -> Column:
    # A model without confidences of its own is as sure of a class as the class is probable.
    scores = prediction.confidences if prediction.confidences is not None else prediction.probabilities
    return _of_class(field, prediction, scores)


def _entity_id(field: OutputField, prediction: Prediction) -> Column:
    if prediction.entity_ids is not None:
        return prediction.entity_ids
    return missing_column(DataType.STRING, len(prediction.missing))


def _warning(field: OutputField, prediction: Prediction) -> Column:
    return missing_column(DataType.STRING, len(prediction.missing))


def _residual(field: OutputField, prediction: Prediction, scope: Scope) -> Column:
    """Actual minus predicted; for a class 1 minus its probability where it is the actual one, else minus it."""
    name = field.target_field or prediction.target
    actual = scope.outer_value(name).column if name is not None else missing_column(DataType.DOUBLE, scope.n_rows)
    if prediction.value is not None:
        return NumberColumn(numbers(actual) - prediction.value)
    probability = numbers(_probability(field, prediction))
    label = field.value
    predicted = cast_result(prediction.column(), DataType.STRING)
    text = cast(actual, DataType.STRING)
    if not isinstance(text, TextColumn) or not isinstance(predicted, TextColumn):
        return NumberColumn(np.full(scope.n_rows, np.nan))
    is_actual = _same_text(text, predicted) if label is None else _is_text(text, text_of(label))
    return NumberColumn(np.where(text.missing, np.nan, is_actual.astype(np.float64) - probability))


def _is_text(column: TextColumn, text: str) -> Mask:
    table = np.array([*(category == text for category in column.categories), False])
    result: Mask = table[column.codes]
    return result


def _same_text(left: TextColumn, right: TextColumn) -> Mask:
    table = {category: index for index, category in enumerate(left.categories)}
    codes = np.array([*(table.get(category, -2) for category in right.categories), -2])[right.codes]
    return np.asarray(codes == left.codes)


FEATURES: dict[ResultFeature, Callable[[OutputField, Prediction], ResultColumn]] = {
    _Feature.PREDICTED_VALUE: _predicted_value,
    _Feature.PREDICTED_DISPLAY_VALUE: _predicted_value,
    _Feature.PROBABILITY: _probability,
    _Feature.CONFIDENCE: _confidence,
    _Feature.AFFINITY: _probability,
    _Feature.ENTITY_ID: _entity_id,
    _Feature.WARNING: _warning,
}
"""What each feature shows; ``residual`` and expressions are handled apart, as they need the scope."""

EVALUATED_APART = (*_EXPRESSIONS, _Feature.RESIDUAL)
