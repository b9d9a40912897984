"""Tables and parameters of regressions, and counts of naive Bayes, against what they are about."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import ModelScope, Scopes

__all__ = ["RULES"]


def _tables(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        if scope.kind != "RegressionModel":
            continue
        tables = list(scope.element.iterchildren(scopes.document.tag("RegressionTable")))
        if scope.element.get("functionName") == "classification":
            yield from _tables_of_classes(scope, tables)
        elif len(tables) > 1:
            yield Problem(tables[1], f"a regression has one table, this has {len(tables)}", "remove the others")


def _tables_of_classes(scope: ModelScope, tables: list[Element]) -> Iterator[Problem]:
    seen: dict[str, Element] = {}
    for table in tables:
        category = table.get("targetCategory")
        if category is None:
            yield Problem(table, "the table of a classification names no targetCategory", "give targetCategory")
        elif category in seen:
            yield Problem(table, f"two tables are for class {category!r}", "remove one")
        else:
            seen[category] = table
    if len(tables) == 1:
        message = "a classification has a table for each class, this has one"
        yield Problem(tables[0], message, "add the tables of the other classes, an intercept of 0 for the last")


def _general_parameters(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("GeneralRegressionModel"):
        parameters = _names(scopes, model, "ParameterList", "Parameter")
        predictors = _names(scopes, model, "FactorList", "Predictor") | _names(
            scopes, model, "CovariateList", "Predictor"
        )
        for cell in model.iter(*(document.tag(name) for name in ("PPCell", "PCell", "PCovCell"))):
            for attribute in ("parameterName", "pRow", "pCol"):
                name = cell.get(attribute)
                if name is not None and name not in parameters:
                    yield Problem(
                        cell, f"parameter {name!r} is not in the ParameterList", "add it, or correct the name"
                    )
            predictor = cell.get("predictorName")
            if predictor is not None and predictor not in predictors:
                message = f"predictor {predictor!r} is neither in the FactorList nor in the CovariateList"
                yield Problem(cell, message, "add it, or correct the name")
        yield from _twice(scopes, model, "PPMatrix", "PPCell", ("predictorName", "parameterName", "targetCategory"))
        yield from _twice(scopes, model, "ParamMatrix", "PCell", ("parameterName", "targetCategory"))


def _names(scopes: Scopes, model: Element, holder: str, name: str) -> set[str | None]:
    return {
        element.get("name")
        for parent in model.iterchildren(scopes.document.tag(holder))
        for element in parent.iterchildren(scopes.document.tag(name))
    }


def _twice(scopes: Scopes, model: Element, holder: str, name: str, key: tuple[str, ...]) -> Iterator[Problem]:
    """Cells that say the same thing a second time."""
    for parent in model.iterchildren(scopes.document.tag(holder)):
        seen: set[tuple[str | None, ...]] = set()
        for cell in parent.iterchildren(scopes.document.tag(name)):
            values = tuple(cell.get(attribute) for attribute in key)
            if values in seen:
                what = ", ".join(value for value in values if value is not None)
                yield Problem(cell, f"two {name}s are for {what}", "remove one")
            seen.add(values)


def _bayes(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("NaiveBayesModel"):
        outputs = {
            count.get("value")
            for output in model.iterchildren(document.tag("BayesOutput"))
            for count in output.iter(document.tag("TargetValueCount"))
        }
        if not outputs:
            continue
        for holder in model.iter(document.tag("PairCounts"), document.tag("TargetValueStats")):
            given = [
                entry.get("value")
                for entry in holder.iter(document.tag("TargetValueCount"), document.tag("TargetValueStat"))
            ]
            kind = local_name(holder)
            for value in dict.fromkeys(value for value in given if value not in outputs):
                yield Problem(holder, f"{kind} has class {value!r}, which BayesOutput has not", "make them agree")
            if len(set(given)) < len(given):
                yield Problem(holder, f"{kind} has a class twice", "remove one")
            missing = sorted(str(value) for value in outputs - set(given))
            if missing:
                message = f"{kind} has no count for class {', '.join(missing)}"
                yield Problem(holder, message, "add it, with a count of 0 where the pair never occurred")


_NEEDS = {
    "generalizedLinear": "linkFunction",
    "ordinalMultinomial": "cumulativeLink",
    "CoxRegression": "endTimeVariable",
}
_NEEDS_PARAMETER = ("negbin", "oddspower", "power")


def _model_types(scopes: Scopes) -> Iterator[Problem]:
    for model in scopes.document.all("GeneralRegressionModel"):
        kind, link = model.get("modelType"), model.get("linkFunction")
        attribute = _NEEDS.get(kind)
        if attribute is not None and model.get(attribute) is None:
            yield Problem(model, f"modelType {kind} needs {attribute}", f"give {attribute}")
        if link in _NEEDS_PARAMETER and model.get("linkParameter") is None:
            yield Problem(model, f"linkFunction {link} needs linkParameter", "give linkParameter")
        if kind == "CoxRegression" and next(model.iter(scopes.document.tag("BaseCumHazardTables")), None) is None:
            yield Problem(model, "modelType CoxRegression needs BaseCumHazardTables", "export the model again")


RULES = (
    Rule(
        id="regression/tables",
        severity=Severity.ERROR,
        section="Regression, RegressionTable",
        asks="a regression has one table, a classification one for each class, which the table names",
        check=_tables,
    ),
    Rule(
        id="regression/parameters",
        severity=Severity.ERROR,
        section="GeneralRegression",
        asks="cells name parameters of the ParameterList and predictors of the lists, each combination once",
        check=_general_parameters,
    ),
    Rule(
        id="regression/model-type",
        severity=Severity.ERROR,
        section="GeneralRegression, modelType",
        asks="a general regression has the attributes and tables that its kind needs",
        check=_model_types,
    ),
    Rule(
        id="bayes/counts",
        severity=Severity.WARNING,
        section="NaiveBayes",
        asks="pair counts have the classes of BayesOutput, each of them once",
        check=_bayes,
    ),
)
