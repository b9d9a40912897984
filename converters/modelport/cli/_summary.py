"""What ``inspect`` shows, as plain values and as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from modelport_runtime.hub import (
    AnomalyDetectionModel,
    ArimaModel,
    AssociationModel,
    BaselineModel,
    BayesianNetworkModel,
    Card,
    ClusteringModel,
    DataField,
    Document,
    Ensemble,
    ExponentialSmoothing,
    GarchModel,
    GaussianProcessModel,
    GeneralRegressionModel,
    MiningField,
    Model,
    NaiveBayesModel,
    NearestNeighborModel,
    NeuralNetwork,
    Predictor,
    RegressionModel,
    RuleSet,
    Scorecard,
    SequenceModel,
    StateSpaceModel,
    SupportVectorMachineModel,
    TextModel,
    TreeEnsemble,
)
from modelport_runtime.results import ResultField, result_fields

__all__ = ["print_summary", "summary_of_document", "summary_of_scorer"]

_SHOWN_VALUES = 6
Summary = dict[str, Any]


def summary_of_document(document: Document) -> Summary:
    """Fields, results, structure and card of a document as plain values."""
    uses = {field.name: field for field in document.model.mining_fields}
    return {
        "function": document.model.function.value,
        "inputs": [_field(field, uses.get(field.name)) for field in document.input_fields],
        "results": [_result(field) for field in result_fields(document)],
        "steps": list(dict.fromkeys(field.step for field in _derived(document) if field.step)),
        "derived_fields": sum(1 for _ in _derived(document)),
        "structure": list(_structure(document.model.predictor)),
        "card": _card(document.card),
    }


def summary_of_scorer(scorer: Any) -> Summary:
    """Inputs, results and card of an artifact that has no document."""
    return {
        "inputs": [_field(field, None) for field in scorer.inputs],
        "results": [_result(field) for field in scorer.outputs],
        "card": _card(scorer.card),
    }


def print_summary(summary: Summary, console: Console) -> None:
    """Print a summary as tables."""
    if "models" in summary:
        names = ", ".join("(no name)" if name is None else repr(name) for name in summary["models"])
        shown = repr(summary["card"]["name"]) if summary["card"]["name"] else "one without a name"
        console.print(f"{len(summary['models'])} models: {names}; shown is {shown}", markup=False)
    console.print(_table("Inputs", ("name", "type", "values", "missing", "invalid", "outliers"), summary["inputs"]))
    console.print(_table("Results", ("name", "type"), summary["results"]))
    for title, key in (("Steps", "steps"), ("Structure", "structure")):
        if summary.get(key):
            console.print(f"\n[bold]{title}[/bold]")
            for line in summary[key]:
                console.print(f"  {line}", markup=False)
    console.print("\n[bold]Card[/bold]")
    for name, value in summary["card"].items():
        if value not in ("", None, 0, []):
            console.print(f"  {name.replace('_', ' ')}: {value}", markup=False)


def _table(title: str, columns: tuple[str, ...], rows: Iterable[Summary]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(column, "")) for column in columns))
    return table


def _result(field: ResultField) -> Summary:
    return {"name": field.name, "type": f"list of {field.data_type}" if field.is_list else field.data_type.value}


def _field(field: DataField, use: MiningField | None) -> Summary:
    summary = {"name": field.name, "type": f"{field.data_type.value} {field.op_type.value}", "values": _values(field)}
    if use is not None:
        summary["missing"] = _treatment(use.missing_value_treatment.value, use.missing_value_replacement)
        summary["invalid"] = _treatment(use.invalid_value_treatment.value, use.invalid_value_replacement)
        bounds = None if use.low_value is None and use.high_value is None else f"[{use.low_value}, {use.high_value}]"
        summary["outliers"] = _treatment(use.outlier_treatment.value, bounds)
    return summary


def _treatment(name: str, value: object) -> str:
    return name if value is None else f"{name} -> {value}"


def _values(field: DataField) -> str:
    shown = [str(value) for value in field.values[:_SHOWN_VALUES]]
    if len(field.values) > _SHOWN_VALUES:
        shown.append(f"... ({len(field.values)})")
    intervals = (
        f"{'[' if i.left_closed else '('}{'' if i.left is None else i.left}, "
        f"{'' if i.right is None else i.right}{']' if i.right_closed else ')'}"
        for i in field.intervals
    )
    return ", ".join((*shown, *intervals))


def _derived(document: Document) -> Iterable[Any]:
    yield from document.derived_fields
    yield from document.model.derived_fields


def _structure(predictor: Predictor | None, indent: str = "") -> Iterable[str]:
    """One line a predictor, members of an ensemble indented."""
    if isinstance(predictor, TreeEnsemble):
        yield (
            f"{indent}tree ensemble: {predictor.n_trees} trees, {predictor.n_nodes:,} nodes, "
            f"{len(predictor.features)} features, {predictor.aggregation_method.value}"
        )
    elif isinstance(predictor, RegressionModel):
        terms = max((len(table.terms) for table in predictor.tables), default=0)
        method = predictor.normalization_method.value
        yield f"{indent}regression: {len(predictor.tables)} tables, {terms} terms, normalization {method}"
    elif isinstance(predictor, ClusteringModel):
        clusters, kind = len(predictor.cluster_ids), predictor.measure.measure.value
        yield f"{indent}clustering: {clusters} clusters, {len(predictor.fields)} fields, {kind}"
    elif isinstance(predictor, NearestNeighborModel):
        yield (
            f"{indent}nearest neighbours: {predictor.n_neighbors} of {len(predictor.instance_ids):,} instances, "
            f"{len(predictor.fields)} fields, {predictor.measure.measure.value}"
        )
    elif isinstance(predictor, TextModel):
        documents, kind = len(predictor.document_ids), predictor.similarity_type.value
        yield f"{indent}text: {documents:,} documents, {len(predictor.terms):,} terms, {kind}"
    elif isinstance(predictor, AnomalyDetectionModel):
        yield f"{indent}anomaly detection: {predictor.algorithm.value}"
        yield from _structure(predictor.model.predictor, indent + "  ")
    elif isinstance(predictor, SupportVectorMachineModel):
        kind = predictor.representation.value if len(predictor.vectors) == 0 else f"{len(predictor.vectors):,} vectors"
        machines = len(predictor.intercepts)
        yield f"{indent}support vector machines: {machines}, {kind}, {predictor.kernel.value} kernel"
    elif isinstance(predictor, NeuralNetwork):
        sizes = " -> ".join(str(len(layer.neuron_ids)) for layer in predictor.layers)
        yield f"{indent}neural network: {len(predictor.inputs)} inputs, neurons {sizes}"
    elif isinstance(predictor, BayesianNetworkModel):
        given, targets = len(predictor.observed), ", ".join(predictor.targets)
        yield f"{indent}Bayesian network: {len(predictor.nodes)} nodes, {given} of them given, predicts {targets}"
    elif isinstance(predictor, GaussianProcessModel):
        yield f"{indent}Gaussian process: {len(predictor.values):,} instances, {predictor.kernel.value}"
    elif isinstance(predictor, Ensemble):
        yield f"{indent}ensemble: {len(predictor.segments)} members, {predictor.method.value}"
        for segment in predictor.segments:
            yield from _member(segment.id, segment.model, indent)
    elif isinstance(predictor, BaselineModel):
        yield f"{indent}baseline: {predictor.test_statistic} of {predictor.field!r}"
    elif isinstance(predictor, ExponentialSmoothing | StateSpaceModel | ArimaModel | GarchModel):
        asked = predictor.horizon.field
        steps = f"field {asked!r}" if asked is not None else "the order of rows"
        yield f"{indent}time series: {type(predictor).__name__}, steps by {steps}"
    elif isinstance(predictor, GeneralRegressionModel):
        kind = predictor.model_type.value
        yield f"{indent}general regression: {kind}, {len(predictor.parameters)} parameters"
    elif isinstance(predictor, NaiveBayesModel):
        yield f"{indent}naive Bayes: {len(predictor.inputs)} inputs, {len(predictor.classes)} classes"
    elif isinstance(predictor, AssociationModel):
        yield f"{indent}association rules: {len(predictor.ids)} rules over {len(predictor.items.values)} items"
    elif isinstance(predictor, SequenceModel):
        yield f"{indent}sequence rules: {len(predictor.ids)} rules over {len(predictor.sequences)} sequences"
    elif isinstance(predictor, RuleSet):
        yield f"{indent}rule set: {len(predictor.ids)} rules, {predictor.selection_method.value}"
    elif isinstance(predictor, Scorecard):
        attributes = sum(len(part.attributes) for part in predictor.characteristics)
        yield f"{indent}scorecard: {len(predictor.characteristics)} characteristics, {attributes} attributes"
    elif predictor is None:
        yield f"{indent}transformation only"


def _member(identifier: str, model: Model, indent: str) -> Iterable[str]:
    yield f"{indent}  member {identifier}: {model.function.value}"
    yield from _structure(model.predictor, indent + "    ")


def _card(card: Card) -> Summary:
    golden = card.golden_rows
    return {
        "name": card.name,
        "version": card.version,
        "description": card.description,
        "source": f"{card.source_framework} {card.source_version}".strip(),
        "application": f"{card.application} {card.application_version}".strip(),
        "created": card.created,
        "trained": card.trained,
        "copyright": card.copyright,
        "metrics": [f"{name} {value}" for name, value in card.metrics],
        "source_digest": card.source_digest,
        "golden_rows": len(golden.inputs[0].values) if golden is not None and golden.inputs else 0,
        "notices": [f"{n.where + ': ' if n.where else ''}{n.message}" for n in card.notices],
    }
