"""A model ready to run: fields in, predictor, targets, outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modelport_runtime.executors.reference._expressions import evaluate_derived
from modelport_runtime.executors.reference._fields import treat_inner, treat_raw
from modelport_runtime.executors.reference._groups import Groups
from modelport_runtime.executors.reference._outputs import evaluate_outputs
from modelport_runtime.executors.reference._prediction import ModelResult
from modelport_runtime.executors.reference._predictors import TreeScorers, prepare
from modelport_runtime.executors.reference._references import fields_of
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._targets import adjust
from modelport_runtime.executors.reference._values import Value
from modelport_runtime.hub import (
    DataField,
    DerivedField,
    InvalidValueTreatment,
    MiningField,
    MissingValueTreatment,
    Model,
    OutlierTreatment,
    UsageType,
)

__all__ = ["ModelEvaluator"]

_UNREAD = (UsageType.SUPPLEMENTARY, UsageType.FREQUENCY_WEIGHT, UsageType.ANALYSIS_WEIGHT)


class ModelEvaluator:
    """A model with its predictor prepared once. Safe to use from many threads.

    Args:
        model: The model.
        data_fields: The data dictionary, by name.
        derived_fields: Fields of the document, for the outermost model; ``None`` marks a nested one.
        tree_scorers: Gives ensembles of trees another engine for their scores.
    """

    def __init__(
        self,
        model: Model,
        data_fields: Mapping[str, DataField],
        derived_fields: tuple[DerivedField, ...] | None = None,
        tree_scorers: TreeScorers | None = None,
    ) -> None:
        self.model = model
        self._data_fields = data_fields
        self._is_outermost = derived_fields is not None
        derived = (*(derived_fields or ()), *model.derived_fields)
        self._derived_fields = [(field, tuple(dict.fromkeys(fields_of(field.expression)))) for field in derived]
        self._predict = prepare(model.predictor, data_fields, tree_scorers)
        self._display = _display_values(model, data_fields)

    def evaluate(self, outer: Scope) -> ModelResult:
        """Score the rows of a scope; rows without a valid result are marked there."""
        scope = Scope(outer.n_rows, parent=outer, math_type=self.model.math_type)
        for field in self.model.mining_fields:
            if field.is_target or field.usage_type in _UNREAD:
                continue
            if self._is_outermost:
                self._define_input(field, scope)
            elif _treats(field):
                scope.define_lazily(field.name, self._inner_resolver(field))
        for derived, needs in self._derived_fields:
            scope.define_derived(derived, needs, evaluate_derived)
        result = self._predict(self.model, scope)
        if result.groups is not None:
            scope = _of_groups(scope, result.groups)
        result = self._adjusted(result)
        if scope.invalid is not None:
            result.predictions = tuple(prediction.without(scope.invalid) for prediction in result.predictions)
        evaluate_outputs(self.model, result, scope, self._display)
        result.invalid = scope.invalid
        if result.groups is None:
            outer.mark(scope.invalid)
        return result

    def _define_input(self, field: MiningField, scope: Scope) -> None:
        value = scope.outer_value(field.name)
        data_field = self._data_fields.get(field.name)
        if data_field is not None:
            value = treat_raw(value.column, data_field, field)
            scope.note(field.name, value.invalid)
        elif _treats(field):
            value = treat_inner(value, field, None)
        else:
            return
        scope.define_value(field.name, value)
        scope.mark(value.invalid)

    def _inner_resolver(self, field: MiningField) -> Callable[[Scope], Value]:
        data_field = self._data_fields.get(field.name)
        return lambda scope: treat_inner(scope.outer_value(field.name), field, data_field)

    def _adjusted(self, result: ModelResult) -> ModelResult:
        for target in self.model.targets:
            result.predictions = tuple(
                adjust(prediction, target, self.model.math_type)
                if target.field is None or prediction.target in (target.field, None)
                else prediction
                for prediction in result.predictions
            )
        return result


def _of_groups(scope: Scope, groups: Groups) -> Scope:
    """The fields of each group's first row; a group with an invalid row is invalid."""
    within = scope.on_rows(groups.first_rows)
    within.mark(groups.any(scope.invalid))
    return within


def _treats(field: MiningField) -> bool:
    """Whether a nested model's mining field changes anything."""
    return (
        field.missing_value_replacement is not None
        or field.missing_value_treatment is MissingValueTreatment.RETURN_INVALID
        or field.outlier_treatment is not OutlierTreatment.AS_IS
        or field.invalid_value_treatment in (InvalidValueTreatment.AS_MISSING, InvalidValueTreatment.AS_VALUE)
    )


def _display_values(model: Model, data_fields: Mapping[str, DataField]) -> dict[str, str]:
    """Texts to show for target values; those of ``Targets`` win over those of the data dictionary."""
    display: dict[str, str] = {}
    for name in model.target_names:
        if name in data_fields:
            display.update({text_of(value): shown for value, shown in data_fields[name].display_values})
    for target in model.targets:
        for value in target.values:
            if value.value is not None and value.display_value is not None:
                display[text_of(value.value)] = value.display_value
    return display
