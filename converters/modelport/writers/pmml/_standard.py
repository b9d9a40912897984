"""What the hub can say and PMML 4.4 cannot, said with standard PMML: rewritten models of the hub, before printing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from modelport.writers.pmml._chains import results_in_last_member
from modelport.writers.pmml._context import Context
from modelport_runtime.hub import (
    AggregationMethod,
    Apply,
    Constant,
    DataType,
    DerivedField,
    Ensemble,
    FieldRef,
    MiningField,
    MiningFunction,
    Model,
    MultipleModelMethod,
    NormalizationMethod,
    NumericTerm,
    OpType,
    OutputField,
    Predictor,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    Scalar,
    Segment,
    Target,
    TreeEnsemble,
    TreeTarget,
)

_SYMMETRIC = (NormalizationMethod.LOGIT, NormalizationMethod.PROBIT, NormalizationMethod.CAUCHIT)
"""Where the normalised value of ``-x`` is 1 less that of ``x``."""

__all__ = ["standard_model"]


def standard_model(context: Context, model: Model) -> Model:
    """An equal model whose predictor has a PMML element of its own; what is impossible becomes a cause."""
    if isinstance(model.predictor, RegressionModel):
        model = _standard_regression(context, model, model.predictor)
    elif isinstance(model.predictor, TreeEnsemble):
        model = _standard_trees(context, model, model.predictor)
    return results_in_last_member(context, model)


def _standard_regression(context: Context, model: Model, predictor: RegressionModel) -> Model:
    if predictor.sum_type is DataType.FLOAT:
        _notice_float_sum(context)
    if predictor.renormalize:
        return _one_versus_rest(context, model, predictor)
    if predictor.tie_goes_to_last:
        return replace(model, predictor=_last_category_first(context, predictor))
    return model


def _last_category_first(context: Context, predictor: RegressionModel) -> RegressionModel:
    """Consumers give a tie to the category of the first table, so the tables change places.

    With two categories and a normalization that is symmetric, the first table is the other's negative.
    """
    tables, method = predictor.tables[::-1], predictor.normalization_method
    if len(tables) == 2 and method in _SYMMETRIC and not tables[0].terms and tables[0].intercept == 0:
        last, first = tables
        negated = replace(last, intercept=-first.intercept, terms=first.terms, coefficients=-first.coefficients)
        rest = replace(first, intercept=0.0, terms=(), coefficients=np.zeros(0))
        tables = (negated, rest)
    elif method not in (NormalizationMethod.SOFTMAX, NormalizationMethod.SIMPLEMAX):
        context.unsupported(f"ties that go to the last category under {method.value}", "use another kind of artifact")
    return replace(predictor, tables=tables, tie_goes_to_last=False)


def _one_versus_rest(context: Context, model: Model, predictor: RegressionModel) -> Model:
    members, names = [], []
    for table in predictor.tables:
        label = table.target_category
        name = context.unique_name(f"oneVersusRest({_label_text(label)})")
        inner = RegressionModel(
            tables=(replace(table, target_category=None),), normalization_method=predictor.normalization_method
        )
        members.append(_number_member(context, inner, name, _term_fields(table)))
        names.append(name)
    labels = [table.target_category for table in predictor.tables]
    final = _over(names, labels, NormalizationMethod.SIMPLEMAX, predictor.tie_goes_to_last)
    return _chain(model, members, final, names)


def _label_text(label: Scalar | None) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)


def _term_fields(table: RegressionTable) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for term in table.terms:
        for name in getattr(term, "fields", None) or (term.field,):  # type: ignore[union-attr]
            names[name] = None
    return tuple(names)


def _number_member(context: Context, predictor: Predictor, name: str, fields: tuple[str, ...]) -> Model:
    """A member of a chain that gives one number to the members after it."""
    context.data_types[name] = DataType.DOUBLE
    output = OutputField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS, is_final=False)
    return Model(
        function=MiningFunction.REGRESSION,
        predictor=predictor,
        mining_fields=tuple(MiningField(name=field) for field in fields),
        outputs=(output,),
    )


def _over(
    names: Sequence[str], labels: Sequence[Scalar | None], method: NormalizationMethod, tie_goes_to_last: bool
) -> RegressionModel:
    """A regression that takes each class's number as it is."""
    tables = [
        RegressionTable(intercept=0.0, terms=(NumericTerm(field=name),), coefficients=np.ones(1), target_category=label)
        for name, label in zip(names, labels, strict=True)
    ]
    return RegressionModel(tables=tuple(tables), normalization_method=method, tie_goes_to_last=tie_goes_to_last)


def _chain(
    model: Model,
    members: list[Model],
    final: RegressionModel,
    names: list[str],
    derived_fields: tuple[DerivedField, ...] = (),
) -> Model:
    targets = tuple(field for field in model.mining_fields if field.is_target)
    last = Model(
        function=model.function,
        predictor=final,
        mining_fields=(*targets, *(MiningField(name=name) for name in names)),
        derived_fields=derived_fields,
        targets=model.targets,
    )
    segments = tuple(Segment(id=str(position + 1), model=member) for position, member in enumerate((*members, last)))
    chain = Ensemble(method=MultipleModelMethod.MODEL_CHAIN, segments=segments)
    return replace(model, predictor=chain, targets=())


def _standard_trees(context: Context, model: Model, ensemble: TreeEnsemble) -> Model:
    if ensemble.sum_type is DataType.FLOAT and ensemble.n_trees > 1:
        _notice_float_sum(context)
    if len(ensemble.targets) > 1:
        return _member_per_target(context, model, ensemble)
    target = ensemble.targets[0]
    if len(target.classes) == 2 and target.n_columns == 1:
        return _binary_margin(context, model, ensemble, target)
    if target.classes and not _scores_are_probabilities(ensemble, target):
        return _column_per_class(context, model, ensemble, target)
    if not target.classes and target.normalization_method is not NormalizationMethod.NONE:
        return _linked(context, model, ensemble, target)
    return _with_base_score(context, model, ensemble)


def _member_per_target(context: Context, model: Model, ensemble: TreeEnsemble) -> Model:
    """A chain with one member for each target: a PMML tree predicts one target only.

    What takes several members for one target stands in the same chain: output fields inside a chain's member that is a
    chain itself are not seen by the members after it (PMML 4.4, MiningModel, Output of Segments).
    """
    members: list[Model] = []
    for target in ensemble.targets:
        if _stands_alone(target):
            context.unsupported(
                f"probabilities of {target.field!r} that do not add up to 1, beside other targets",
                "write a model for each target",
            )
        columns = slice(target.first_column, target.first_column + target.n_columns)
        member = Model(
            function=MiningFunction.CLASSIFICATION if target.classes else MiningFunction.REGRESSION,
            predictor=_of_target(ensemble, target, columns),
            mining_fields=(
                *(MiningField(name=name) for name in ensemble.features),
                *(field for field in model.mining_fields if field.is_target and field.name == target.field),
            ),
            targets=tuple(adjusted for adjusted in model.targets if adjusted.field == target.field),
        )
        members.extend([member] if context.extensions else _plain_members(standard_model(context, member)))
    segments = tuple(Segment(id=str(position + 1), model=member) for position, member in enumerate(members))
    chain = Ensemble(method=MultipleModelMethod.MULTI_MODEL_CHAIN, segments=segments)
    return replace(model, predictor=chain, targets=())


def _stands_alone(target: TreeTarget) -> bool:
    """Whether each class of three or more has a probability that takes no notice of the others."""
    shared = (NormalizationMethod.NONE, NormalizationMethod.SOFTMAX, NormalizationMethod.SIMPLEMAX)
    return len(target.classes) > 2 and target.normalization_method not in shared


def _plain_members(model: Model) -> list[Model]:
    chain = model.predictor
    is_chain = isinstance(chain, Ensemble) and chain.method is MultipleModelMethod.MODEL_CHAIN
    return [segment.model for segment in chain.segments] if isinstance(chain, Ensemble) and is_chain else [model]


def _of_target(ensemble: TreeEnsemble, target: TreeTarget, columns: slice) -> TreeEnsemble:
    base = None if ensemble.base_scores is None else ensemble.base_scores[columns]
    alone = replace(ensemble, targets=(replace(target, first_column=0),), base_scores=base)
    if ensemble.tree_columns is None:
        confidences = ensemble.leaf_confidences
        return replace(
            alone,
            leaf_values=ensemble.leaf_values[:, columns],
            leaf_confidences=None if confidences is None else confidences[:, columns],
        )
    chosen = (ensemble.tree_columns >= columns.start) & (ensemble.tree_columns < columns.stop)
    weights = ensemble.tree_weights
    return replace(
        alone,
        roots=ensemble.roots[chosen],
        tree_columns=ensemble.tree_columns[chosen] - columns.start,
        tree_weights=None if weights is None else weights[chosen],
    )


def _scores_are_probabilities(ensemble: TreeEnsemble, target: TreeTarget) -> bool:
    single = ensemble.n_trees == 1 or ensemble.aggregation_method is not AggregationMethod.SUM
    return target.normalization_method is NormalizationMethod.NONE and ensemble.tree_columns is None and single


def _binary_margin(context: Context, model: Model, ensemble: TreeEnsemble, target: TreeTarget) -> Model:
    """One margin: that of the second class, the first's being 0."""
    name = context.unique_name(f"margin({_label_text(target.classes[1])})")
    member = _margin_member(context, ensemble, target.first_column, name)
    if target.normalization_method is NormalizationMethod.LOGIT:
        return _softmax_chain(context, model, [member], (None, name), target)
    positive = RegressionTable(
        intercept=0.0, terms=(NumericTerm(field=name),), coefficients=np.ones(1), target_category=target.classes[1]
    )
    negative = RegressionTable(intercept=0.0, terms=(), coefficients=np.zeros(0), target_category=target.classes[0])
    final = RegressionModel(
        tables=(positive, negative),
        normalization_method=target.normalization_method,
        tie_goes_to_last=target.tie_goes_to_last,
    )
    return _chain(model, [member], final, [name])


def _column_per_class(context: Context, model: Model, ensemble: TreeEnsemble, target: TreeTarget) -> Model:
    if target.normalization_method is NormalizationMethod.NONE:
        context.unsupported("sums of class scores that are no probabilities", "use another kind of artifact")
    names = [context.unique_name(f"margin({_label_text(label)})") for label in target.classes]
    members = [
        _margin_member(context, ensemble, target.first_column + column, name) for column, name in enumerate(names)
    ]
    if target.normalization_method not in (NormalizationMethod.SOFTMAX, NormalizationMethod.SIMPLEMAX):
        return _each_by_itself(context, model, members, names, target)
    if target.normalization_method is NormalizationMethod.SOFTMAX:
        return _softmax_chain(context, model, members, names, target)
    final = _over(names, target.classes, target.normalization_method, target.tie_goes_to_last)
    return _chain(model, members, final, names)


def _each_by_itself(
    context: Context, model: Model, margins: list[Model], names: list[str], target: TreeTarget
) -> Model:
    """Probabilities that need not add up to 1: each is the number of a member of its own.

    PMML consumers divide the probabilities of three and more categories by their sum.
    """
    members, probabilities = [], {}
    for name, label in zip(names, target.classes, strict=True):
        table = RegressionTable(intercept=0.0, terms=(NumericTerm(field=name),), coefficients=np.ones(1))
        inner = RegressionModel(tables=(table,), normalization_method=target.normalization_method)
        probabilities[label] = context.unique_name(f"oneVersusRest({_label_text(label)})")
        members.append(_number_member(context, inner, probabilities[label], (name,)))
    outputs = tuple(
        replace(
            output,
            feature=ResultFeature.TRANSFORMED_VALUE,
            value=None,
            target_field=None,
            expression=FieldRef(field=probabilities[output.value]),
        )
        if output.feature is ResultFeature.PROBABILITY and output.value in probabilities
        else output
        for output in model.outputs
    )
    final = _over(list(probabilities.values()), target.classes, NormalizationMethod.SIMPLEMAX, target.tie_goes_to_last)
    return _chain(replace(model, outputs=outputs), [*margins, *members], final, list(probabilities.values()))


def _softmax_chain(
    context: Context, model: Model, members: list[Model], margins: Sequence[str | None], target: TreeTarget
) -> Model:
    """Softmax of margins less the largest of them; ``None`` is a margin of 0.

    PMML4S has no number for the exponential of a margin above 709, and loses a ``logit`` beside an output field of the
    target's name.
    """
    largest = context.unique_name("largest margin")
    context.data_types[largest] = DataType.DOUBLE
    zero = Constant(value=0.0, data_type=DataType.DOUBLE)
    derived = DerivedField(
        name=largest,
        data_type=DataType.DOUBLE,
        op_type=OpType.CONTINUOUS,
        expression=Apply(
            function="max", arguments=tuple(zero if name is None else FieldRef(field=name) for name in margins)
        ),
    )
    tables = []
    for name, label in zip(margins, target.classes, strict=True):
        terms = (NumericTerm(field=largest),) if name is None else (NumericTerm(field=name), NumericTerm(field=largest))
        coefficients = np.array([1.0, -1.0])[-len(terms) :]
        table = RegressionTable(intercept=0.0, terms=terms, coefficients=coefficients, target_category=label)
        tables.append(table)
    final = RegressionModel(
        tables=tuple(tables),
        normalization_method=NormalizationMethod.SOFTMAX,
        tie_goes_to_last=target.tie_goes_to_last,
    )
    return _chain(model, members, final, [name for name in margins if name is not None], (derived,))


def _linked(context: Context, model: Model, ensemble: TreeEnsemble, target: TreeTarget) -> Model:
    name = context.unique_name("margin")
    member = _margin_member(context, ensemble, target.first_column, name)
    table = RegressionTable(intercept=0.0, terms=(NumericTerm(field=name),), coefficients=np.ones(1))
    final = RegressionModel(tables=(table,), normalization_method=target.normalization_method)
    return _chain(model, [member], final, [name])


def _margin_member(context: Context, ensemble: TreeEnsemble, column: int, name: str) -> Model:
    """The member that adds up one score column, base score included."""
    single = _score_column(ensemble, column)
    member = _number_member(context, single, name, single.features)
    base = 0.0 if ensemble.base_scores is None else float(ensemble.base_scores[column])
    return replace(member, targets=(Target(rescale_constant=base),)) if base else member


def _score_column(ensemble: TreeEnsemble, column: int) -> TreeEnsemble:
    """The trees and leaf values of one score column, as a regression."""
    values, roots, weights = ensemble.leaf_values, ensemble.roots, ensemble.tree_weights
    if ensemble.tree_columns is None:
        values = values[:, column : column + 1]
    else:
        chosen = ensemble.tree_columns == column
        roots, weights = roots[chosen], None if weights is None else weights[chosen]
    return replace(
        ensemble,
        leaf_values=values,
        leaf_labels=None,
        leaf_confidences=None,
        roots=roots,
        tree_weights=weights,
        tree_columns=None,
        base_scores=None,
        targets=(TreeTarget(),),
    )


def _with_base_score(context: Context, model: Model, ensemble: TreeEnsemble) -> Model:
    if ensemble.base_scores is None or not np.any(ensemble.base_scores):
        return model
    plain = replace(ensemble, base_scores=None)
    if ensemble.targets[0].classes:
        context.unsupported("base scores of class probabilities", "use another kind of artifact")
        return model
    if model.targets:
        return _linked(context, model, ensemble, ensemble.targets[0])
    name = model.target_name
    shift = Target(field=name, rescale_constant=float(ensemble.base_scores[0]))
    return replace(model, predictor=plain, targets=(shift,))


def _notice_float_sum(context: Context) -> None:
    context.notice(
        "float32-sum",
        "the source framework adds in float32, PMML consumers in double: sums differ by some 1e-7 a term",
    )
