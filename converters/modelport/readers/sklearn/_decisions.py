"""Classifiers that choose by decision values: a chain of linear functions and one small tree that chooses.

The tree compares the decision values themselves, so the label is exact even where probabilities made of them would
saturate or round to a tie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from modelport.readers._contract import Context, Prediction, TargetClasses
from modelport.readers._document import label_text
from modelport.readers.sklearn._expressions import apply, either, framework_version, number
from modelport_runtime.hub import (
    Constant,
    DataType,
    DerivedField,
    Ensemble,
    Expression,
    FieldRef,
    InvalidValueTreatment,
    MiningField,
    MiningFunction,
    Model,
    MultipleModelMethod,
    OpType,
    OutputField,
    RegressionModel,
    ResultFeature,
    Scalar,
    Segment,
    TreeEnsemble,
    TreeTarget,
    TreeTest,
    UsageType,
)

__all__ = ["clipped_probabilities", "decision_prediction", "label_chooser", "sigmoid_probabilities"]

Probabilities = Callable[[Sequence[str], Sequence[str]], tuple[OutputField, ...]]
"""Names of the outputs that hold decision values, texts of the labels -> output fields ``probability(<label>)``."""


def decision_prediction(
    decisions: RegressionModel,
    classes: tuple[Scalar, ...],
    context: Context,
    probabilities: Probabilities | None = None,
) -> Prediction:
    """The class of the largest decision value, the first of equals; of two classes the second where it is above 0.

    Args:
        decisions: One linear function a class, or one for two classes.
        classes: The labels.
        context: Names the target.
        probabilities: How probabilities are made of decision values; without it the decision values are results.
    """
    (target,) = context.target_names
    inputs = tuple(MiningField(name=term.field) for term in decisions.tables[0].terms if hasattr(term, "field"))
    scored = classes[1:] if len(decisions.tables) == 1 else classes
    segments = []
    for position, (table, label) in enumerate(zip(decisions.tables, scored, strict=True), 1):
        member = Model(
            function=MiningFunction.REGRESSION,
            predictor=replace(decisions, tables=(table,)),
            mining_fields=inputs,
            outputs=(_value(f"decision({label_text(label)})", is_final=False),),
        )
        segments.append(Segment(id=str(position), model=member))
    names = tuple(f"decision({label_text(label)})" for label in scored)
    segments.append(Segment(id=str(len(segments) + 1), model=label_chooser(names, classes, target)))
    return Prediction(
        function=MiningFunction.CLASSIFICATION,
        predictor=Ensemble(method=MultipleModelMethod.MODEL_CHAIN, segments=tuple(segments)),
        targets=(TargetClasses(name=target, classes=classes),),
        has_probabilities=False,
        outputs=_outputs(classes, scored, probabilities),
    )


def label_chooser(names: Sequence[str], classes: tuple[Scalar, ...], target: str) -> Model:
    """A tree that chooses the class with the largest of several fields, or the second class where one is above 0."""
    if len(names) == 1:
        derived: tuple[DerivedField, ...] = ()
        features, test = tuple(names), TreeTest.LESS_OR_EQUAL
    else:
        largest = apply("max", *(FieldRef(field=name) for name in names))
        derived = tuple(
            DerivedField(
                name=f"lead({name})",
                data_type=DataType.DOUBLE,
                op_type=OpType.CONTINUOUS,
                expression=apply("-", FieldRef(field=name), largest),
            )
            for name in names[:-1]
        )
        features = tuple(field.name for field in derived)
        test = TreeTest.GREATER_OR_EQUAL
    return Model(
        function=MiningFunction.CLASSIFICATION,
        predictor=_first_true(features, test, classes, target),
        mining_fields=(
            *(MiningField(name=name) for name in names),
            MiningField(name=target, usage_type=UsageType.TARGET),
        ),
        derived_fields=derived,
    )


def _first_true(features: tuple[str, ...], test: TreeTest, classes: tuple[Scalar, ...], target: str) -> TreeEnsemble:
    """Feature i compared with 0 leads to class i, else to the next test; a missing feature leads to no class."""
    count = len(features)
    no_leaf = np.full(count, -1)
    position = np.arange(count)
    otherwise = np.where(position == count - 1, 2 * count, position + 1)
    n_leaves = count + 2  # one a test, the last class, and none
    return TreeEnsemble(
        features=features,
        feature=np.concatenate([position, np.full(n_leaves, -1)]),
        test=np.repeat([test, TreeTest.LEAF], [count, n_leaves]).astype(np.uint8),
        threshold=np.zeros(count + n_leaves),
        when_true=np.concatenate([count + position, np.full(n_leaves, -1)]),
        when_false=np.concatenate([otherwise, np.full(n_leaves, -1)]),
        when_missing=np.concatenate([np.full(count, 2 * count + 1), np.full(n_leaves, -1)]),
        leaf=np.concatenate([no_leaf, np.arange(n_leaves)]),
        roots=np.zeros(1, dtype=np.int32),
        leaf_values=np.vstack([np.eye(len(classes)), np.full((1, len(classes)), np.nan)]),
        targets=(TreeTarget(field=target, classes=classes, n_columns=len(classes)),),
    )


def sigmoid_probabilities(decisions: Sequence[str], labels: Sequence[str]) -> tuple[OutputField, ...]:
    """``expit`` of every decision value over their sum (linear_model/_base.py, _predict_proba_lr)."""
    shares = [
        apply("/", number(1), apply("+", number(1), apply("exp", apply("*", number(-1), FieldRef(field=name)))))
        for name in decisions
    ]
    # Before 1.9 probabilities that are all zero stay undefined.
    return _normalised(shares, labels, uniform=framework_version() >= (1, 9))


def clipped_probabilities(decisions: Sequence[str], labels: Sequence[str]) -> tuple[OutputField, ...]:
    """``(clip(d, -1, 1) + 1) / 2``, over their sum (SGDClassifier.predict_proba, modified_huber)."""
    shares = [_half(_unit_clip(name)) for name in decisions]
    if len(shares) == 1:
        positive = shares[0]
        return (
            _probability(labels[0], apply("-", number(1), positive)),
            _probability(labels[1], positive),
        )
    return _normalised(shares, labels, uniform=True)


def _half(expression: Expression) -> Expression:
    return apply("/", apply("+", expression, number(1)), number(2))


def _unit_clip(name: str) -> Expression:
    value = FieldRef(field=name)
    low, high = number(-1), number(1)
    above = either(apply("greaterThan", value, high), high, value)
    return either(apply("lessThan", value, low), low, above)


def _normalised(shares: Sequence[Expression], labels: Sequence[str], *, uniform: bool) -> tuple[OutputField, ...]:
    """Shares over their sum; where all are zero, equal parts or no probabilities at all."""
    names = [f"share({label})" for label in labels]
    outputs = [_computed(name, share, is_final=False) for name, share in zip(names, shares, strict=True)]
    outputs.append(_computed("share", apply("sum", *(FieldRef(field=name) for name in names)), is_final=False))
    total = FieldRef(field="share")
    when_none = number(1 / len(labels)) if uniform else Constant(value=None, data_type=DataType.DOUBLE)
    for label, name in zip(labels, names, strict=True):
        part = replace(
            apply("/", FieldRef(field=name), total), invalid_value_treatment=InvalidValueTreatment.AS_MISSING
        )
        outputs.append(_probability(label, either(apply("equal", total, number(0)), when_none, part)))
    return tuple(outputs)


def _outputs(
    classes: tuple[Scalar, ...], scored: tuple[Scalar, ...], probabilities: Probabilities | None
) -> tuple[OutputField, ...]:
    is_final = probabilities is None
    values = tuple(
        replace(_value(f"decisionFunction({label_text(label)})", is_final=is_final), segment_id=str(position))
        for position, label in enumerate(scored, 1)
    )
    if probabilities is not None:
        return (*values, *probabilities([value.name for value in values], [label_text(label) for label in classes]))
    if len(scored) == len(classes):
        return values
    negative = apply("*", number(-1), FieldRef(field=values[0].name))
    return (*values, _computed(f"decisionFunction({label_text(classes[0])})", negative))


def _value(name: str, *, is_final: bool) -> OutputField:
    return OutputField(
        name=name,
        feature=ResultFeature.PREDICTED_VALUE,
        data_type=DataType.DOUBLE,
        op_type=OpType.CONTINUOUS,
        is_final=is_final,
    )


def _computed(name: str, expression: Expression, *, is_final: bool = True) -> OutputField:
    return OutputField(
        name=name,
        feature=ResultFeature.TRANSFORMED_VALUE,
        data_type=DataType.DOUBLE,
        op_type=OpType.CONTINUOUS,
        expression=expression,
        is_final=is_final,
    )


def _probability(label: str, expression: Expression) -> OutputField:
    return _computed(f"probability({label})", expression)
