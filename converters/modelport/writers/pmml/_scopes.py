"""Which names each member of an ensemble needs from outside.

A member sees the fields that its mining schema lists, whether they are data fields, derived fields of the models around
it or outputs of members before it. Derived fields of a MiningModel are local to that model and listed by its members:
PMML4S and JPMML-Evaluator agree on that, and compute them once for all members. (JPMML-Evaluator does not find a field
of the TransformationDictionary through a member's mining schema.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelport_runtime.hub import (
    Apply,
    Cast,
    CategoricalTerm,
    Discretize,
    Document,
    Ensemble,
    Expression,
    FieldRef,
    InteractionTerm,
    MapValues,
    MiningField,
    Model,
    NormContinuous,
    NormDiscrete,
    NumericTerm,
    Predictor,
    RegressionModel,
    TextIndex,
    TreeEnsemble,
)

__all__ = ["expression_fields", "with_listed_fields", "with_local_fields"]


def with_local_fields(document: Document) -> Document:
    """The document with its derived fields moved into its model."""
    model = document.model
    fields = (*document.derived_fields, *model.derived_fields)
    return replace(document, derived_fields=(), model=replace(model, derived_fields=fields))


def with_listed_fields(member: Model) -> Model:
    """A member of an ensemble whose mining schema lists every name that it needs from outside."""
    listed = {field.name for field in member.mining_fields}
    lacking = tuple(MiningField(name=name) for name in _needed_names(member) if name not in listed)
    return replace(member, mining_fields=(*member.mining_fields, *lacking)) if lacking else member


def _needed_names(model: Model) -> dict[str, None]:
    """Names that the model reads and does not define, in order of first use."""
    own = {field.name for field in model.derived_fields} | {output.name for output in model.outputs}
    own |= set(model.target_names)
    needed: dict[str, None] = {}
    for derived in model.derived_fields:
        needed |= dict.fromkeys(expression_fields(derived.expression))
    if model.predictor is not None:
        needed |= dict.fromkeys(_predictor_fields(model.predictor))
    for output in model.outputs:
        if output.expression is not None:
            needed |= dict.fromkeys(expression_fields(output.expression))
    return {name: None for name in needed if name not in own}


def _predictor_fields(predictor: Predictor) -> Iterator[str]:
    if isinstance(predictor, TreeEnsemble):
        yield from predictor.features
    elif isinstance(predictor, RegressionModel):
        for terms in {id(table.terms): table.terms for table in predictor.tables}.values():
            for term in terms:
                yield from _term_fields(term)
    elif isinstance(predictor, Ensemble):
        yield from _ensemble_fields(predictor)


def _term_fields(term: NumericTerm | CategoricalTerm | InteractionTerm) -> tuple[str, ...]:
    return term.fields if isinstance(term, InteractionTerm) else (term.field,)


def _ensemble_fields(ensemble: Ensemble) -> Iterator[str]:
    made: set[str] = set()
    for segment in ensemble.segments:
        names = dict.fromkeys(field.name for field in segment.model.mining_fields if not field.is_target)
        names |= _needed_names(segment.model)
        if segment.predicate is not None:
            names |= dict.fromkeys(expression_fields(segment.predicate))
        if isinstance(segment.weight, str):
            names[segment.weight] = None
        yield from (name for name in names if name not in made)
        made |= {output.name for output in segment.model.outputs} | set(segment.model.target_names)


def expression_fields(expression: Expression) -> Iterator[str]:
    """Names of the fields that an expression reads."""
    match expression:
        case FieldRef() | NormContinuous() | NormDiscrete() | Discretize():
            yield expression.field
        case MapValues():
            yield from expression.fields
        case TextIndex():
            yield expression.text_field
            yield from expression_fields(expression.term)
        case Cast():
            yield from expression_fields(expression.expression)
        case Apply():
            for argument in expression.arguments:
                yield from expression_fields(argument)
