"""Output fields (PMML 4.4, Output): what a result shows besides the predicted value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from modelport_runtime.executors.onnx._expressions import lower_cast, lower_expression
from modelport_runtime.executors.onnx._lowering import Lowering, Scope, ScopedValue
from modelport_runtime.executors.onnx._positions import gather_scalars, position_of
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, column_of, label_type
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.hub import DataType, Model, OutputField, ResultFeature, Scalar

__all__ = ["lower_outputs", "ranked_class"]

_Feature = ResultFeature
_EXPRESSIONS = (_Feature.TRANSFORMED_VALUE, _Feature.DECISION)


def lower_outputs(
    lowering: Lowering, model: Model, result: ModelResult, scope: Scope, display: Mapping[str, str]
) -> None:
    """Lower a model's output fields, in order, into its result.

    Args:
        lowering: State of the lowering.
        model: The model.
        result: Its predictions, adjusted; gets the output columns.
        scope: The model's scope. Targets and outputs are seen by later outputs only, in a scope within it.
        display: Texts to show for values of the target, by the value's own text.
    """
    within = Scope(scope, scope.math_type)
    for prediction in result.predictions:
        if prediction.target is not None:
            within.values[prediction.target] = ScopedValue(prediction.column(lowering))
    for field in model.outputs:
        with lowering.at(f"OutputField[{field.name}]"), lowering.collecting():
            column = _column(lowering, field, result, within, display)
            within.values[field.name] = ScopedValue(column)
            result.outputs[field.name] = column


def _column(
    lowering: Lowering, field: OutputField, result: ModelResult, scope: Scope, display: Mapping[str, str]
) -> Value:
    if field.feature in _EXPRESSIONS and field.expression is not None:
        column = lower_expression(lowering, scope, field.expression)
    else:
        column = _feature(lowering, field, result, scope, display)
    if field.data_type is None:
        return column
    if field.data_type is DataType.INTEGER and isinstance(column, Number):
        return column  # a real number declared as an integer is kept as it is
    return lower_cast(lowering, column, field.data_type)


def _feature(
    lowering: Lowering, field: OutputField, result: ModelResult, scope: Scope, display: Mapping[str, str]
) -> Value:
    source: ModelResult | None = result
    if field.segment_id is not None:
        source = result.members.get(field.segment_id)
    prediction = None if source is None else _prediction_for(field, source.predictions)
    if prediction is None:
        return lowering.missing_number()
    answer = prediction.answers.get(field.feature)
    if answer is not None:
        column = answer(field)
        shows_text = field.feature is _Feature.PREDICTED_DISPLAY_VALUE
        return _display_value(lowering, column, display) if shows_text else column
    if field.feature is _Feature.PREDICTED_DISPLAY_VALUE:
        return _display_value(lowering, _predicted_value(lowering, field, prediction), display)
    if field.feature is _Feature.RESIDUAL:
        return _residual(lowering, field, prediction, scope)
    shown = _FEATURES.get(field.feature)
    # As in the reference: what only other members of an ensemble show is missing.
    return lowering.missing_number() if shown is None else shown(lowering, field, prediction)


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


def ranked_class(lowering: Lowering, field: OutputField, prediction: Prediction, scores: str) -> str:
    """int64 [N, 1]: position of the class at the field's rank, equal scores in the order of the classes.

    It is the number of classes where none has that rank.
    """
    # TopK puts the lower index first among equals (ONNX, TopK), which is a stable order.
    graph, n_classes = lowering.graph, max(len(prediction.classes), 1)
    largest = int(field.rank_order != "ascending")
    ranked = prediction.rank_scores
    if ranked is None:
        order = graph.ops("TopK", scores, graph.integers([n_classes]), outputs=2, axis=1, largest=largest)[1]
        return graph.op("Gather", order, graph.integers([min(field.rank, n_classes) - 1]), axis=1)
    if field.rank > n_classes:
        return lowering.rows_like(graph.integers([[n_classes]]))
    last = graph.number(-math.inf if largest else math.inf)
    keys = graph.op("Where", graph.op("IsNaN", ranked), last, ranked)
    order = graph.ops("TopK", keys, graph.integers([n_classes]), outputs=2, axis=1, largest=largest)[1]
    chosen = graph.op("Gather", order, graph.integers([field.rank - 1]), axis=1)
    has_none = graph.op("IsNaN", graph.op("GatherElements", ranked, chosen, axis=1))
    return graph.op("Where", has_none, graph.integers([[n_classes]]), chosen)


def _is_ranked(field: OutputField) -> bool:
    return field.rank > 1 or field.rank_order == "ascending"


def _of_class(lowering: Lowering, field: OutputField, prediction: Prediction, scores: str | None) -> Value:
    """A class's number: of the named class, of the one at a rank, or of the predicted one."""
    graph = lowering.graph
    if scores is None:
        return lowering.missing_number()
    if field.value is not None:
        position = _position(field.value, prediction.classes)
        column = column_of(lowering, scores, position or 0)
        if position is None:
            # A class that the model never predicts has no share in any prediction.
            column = graph.op("Where", graph.op("IsNaN", column), graph.number(math.nan), graph.number(0.0))
        return Number(column)
    chosen = ranked_class(lowering, field, prediction, scores) if _is_ranked(field) else prediction.winner
    if chosen is None:
        return Number(column_of(lowering, scores, 0))
    # No class stands for one beyond the last.
    beyond = lowering.rows_like(graph.number(math.nan))
    return Number(graph.op("GatherElements", graph.op("Concat", scores, beyond, axis=1), chosen, axis=1))


def _predicted_value(lowering: Lowering, field: OutputField, prediction: Prediction) -> Value:
    scores = prediction.probabilities if prediction.rank_scores is None else prediction.rank_scores
    if not _is_ranked(field) or scores is None or not prediction.classes:
        return prediction.column(lowering)
    chosen = ranked_class(lowering, field, prediction, scores)
    label = gather_scalars(lowering, (*prediction.classes, None), chosen, label_type(prediction.classes))
    return lowering.make_missing(label, prediction.missing(lowering))


def _display_value(lowering: Lowering, column: Value, display: Mapping[str, str]) -> Value:
    text = lower_cast(lowering, column, DataType.STRING)
    if not display or not isinstance(text, Text):
        return text
    position = position_of(lowering, text, list(display))
    shown = gather_scalars(lowering, (*display.values(), ""), position, DataType.STRING)
    is_known = lowering.compare("Less", position, lowering.graph.integers([[len(display)]]))
    return lowering.choose(is_known, shown, text)


def _probability(lowering: Lowering, field: OutputField, prediction: Prediction) -> Value:
    return _of_class(lowering, field, prediction, prediction.probabilities)


def _confidence(lowering: Lowering, field: OutputField, prediction: Prediction) -> Value:
    # A model without confidences of its own is as sure of a class as the class is probable.
    scores = prediction.confidences if prediction.confidences is not None else prediction.probabilities
    return _of_class(lowering, field, prediction, scores)


def _entity_id(lowering: Lowering, field: OutputField, prediction: Prediction) -> Value:
    return prediction.entity_ids or lowering.scalar(None, DataType.STRING)


def _warning(lowering: Lowering, field: OutputField, prediction: Prediction) -> Value:
    return lowering.scalar(None, DataType.STRING)


def _residual(lowering: Lowering, field: OutputField, prediction: Prediction, scope: Scope) -> Value:
    """Actual minus predicted; for a class 1 minus its probability where it is the actual one, else minus it.

    The actual value is in the scope around the model's own, which is around the outputs'.
    """
    name = field.target_field or prediction.target
    given = None if scope.parent is None else scope.parent.parent
    if name is None or given is None:
        return lowering.missing_number()
    if prediction.value is not None:
        actual = lowering.read_number(given, name)
        return Number(lowering.graph.op("Sub", actual.name, prediction.value.name))
    text = lower_cast(lowering, lowering.read(given, name), DataType.STRING)
    probability = _probability(lowering, field, prediction)
    if not isinstance(text, Text):
        raise TypeError("what is cast to text is text")
    if field.value is not None:
        is_actual = lowering.text_equals(text, text_of(field.value))
    else:
        predicted = lower_cast(lowering, prediction.column(lowering), DataType.STRING)
        is_actual = lowering.graph.op("Equal", text.name, predicted.name)
    graph = lowering.graph
    residual = graph.op("Sub", graph.op("Cast", is_actual, to=graph.real_type), probability.name)
    return lowering.make_missing(Number(residual), lowering.is_missing(text))


_FEATURES: dict[ResultFeature, Callable[[Lowering, OutputField, Prediction], Value]] = {
    _Feature.PREDICTED_VALUE: _predicted_value,
    _Feature.PREDICTED_DISPLAY_VALUE: _predicted_value,
    _Feature.PROBABILITY: _probability,
    _Feature.CONFIDENCE: _confidence,
    _Feature.AFFINITY: _probability,
    _Feature.ENTITY_ID: _entity_id,
    _Feature.WARNING: _warning,
}
