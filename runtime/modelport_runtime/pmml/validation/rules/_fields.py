"""Names of fields: that they are there, once, and in scope."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import ModelScope, Scopes

__all__ = ["RULES"]

_REFERENCES = {
    "FieldRef": ("field",),
    "NormContinuous": ("field",),
    "NormDiscrete": ("field",),
    "Discretize": ("field",),
    "FieldColumnPair": ("field",),
    "TextIndex": ("textField",),
    "Lag": ("field",),
    "Aggregate": ("field", "groupField"),
    "BlockIndicator": ("field",),
    "SimplePredicate": ("field",),
    "SimpleSetPredicate": ("field",),
    "NumericPredictor": ("name",),
    "CategoricalPredictor": ("name",),
    "ClusteringField": ("field",),
    "KNNInput": ("field",),
    "BayesInput": ("fieldName",),
    "BayesOutput": ("fieldName",),
    "Predictor": ("name",),
    "PPCell": ("predictorName",),
    "VariableWeight": ("field",),
    "SetPredicate": ("field",),
    "TestDistributions": ("field", "weightField"),
    "Target": ("field",),
    "VerificationField": ("field",),
    "DiscreteNode": ("name",),
    "ContinuousNode": ("name",),
    "ParentValue": ("parent",),
    "InstanceField": ("field",),
}
"""Elements that name fields, and the attributes that do."""
_NEED_NOT_BE_LISTED = ("VerificationField", "InstanceField")
"""Of these, those that no row is scored with."""
_REFERENCES_OF_MODELS = (
    *("trialsVariable", "offsetVariable", "endTimeVariable", "startTimeVariable", "statusVariable"),
    *("subjectIDVariable", "baselineStrataVariable"),
)
"""Attributes of models that name fields (PMML 4.4, GeneralRegression)."""

_OTHERS = tuple(kind for kind in _REFERENCES if kind != "SimplePredicate")
_PARAMETERS = "DefineFunction"


def _names_in(element: Element) -> Iterator[str]:
    """The fields that an element names."""
    for attribute in _REFERENCES[local_name(element)]:
        name = element.get(attribute)
        if name is not None:
            yield name


def _references(scopes: Scopes, scope: ModelScope) -> Iterator[tuple[Element, str]]:
    """Every element of a model that names a field, and the name."""
    yield from _of_model(scope)
    for element in scopes.own_elements(scope, *_REFERENCES):
        for name in _names_in(element):
            yield element, name


def _of_model(scope: ModelScope) -> Iterator[tuple[Element, str]]:
    for attribute in _REFERENCES_OF_MODELS:
        name = scope.element.get(attribute)
        if name is not None:
            yield scope.element, name


def _names_used(scopes: Scopes, scope: ModelScope) -> set[str]:
    """The fields that the elements of a model name."""
    found = {name for _, name in _of_model(scope)}
    found.update(name for name, _ in scopes.comparisons(scope) if name is not None)
    for element in scopes.own_elements(scope, *_OTHERS):
        found.update(_names_in(element))
    return found


def _undefined(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        names = _names_used(scopes, scope)
        names.discard(scope.element.get("instanceIdVariable", ""))  # what tells instances apart, which no row has
        unknown = {name for name in names if scopes.find(name, scope) is None and not scopes.is_listed(name, scope)}
        for element, name in _references(scopes, scope) if unknown else ():
            if name in unknown:
                near = difflib.get_close_matches(name, _names(scopes, scope), n=1)
                remedy = f"did you mean {near[0]}?" if near else "define the field, or correct the name"
                yield Problem(element, f"field {name!r} is not defined in the scope of this {scope.kind}", remedy)
    yield from _undefined_in_dictionary(scopes)


def _undefined_in_dictionary(scopes: Scopes) -> Iterator[Problem]:
    for dictionary in scopes.document.all("TransformationDictionary"):
        for entry in dictionary.iterchildren():
            parameters = {child.get("name") for child in entry.iterchildren(scopes.document.tag("ParameterField"))}
            is_function = local_name(entry) == _PARAMETERS
            for element in entry.iter(*(scopes.document.tag(name) for name in _REFERENCES)):
                for name in _names_in(element):
                    if is_function and name not in parameters:
                        function = entry.get("name")
                        remedy = "a function sees its parameters only: pass the field as an argument"
                        yield Problem(element, f"{name!r} is no parameter of function {function!r}", remedy)
                    elif not is_function and scopes.find(name, None) is None:
                        remedy = "define the field, or correct the name"
                        yield Problem(element, f"field {name!r} is not defined", remedy)


def _names(scopes: Scopes, scope: ModelScope | None) -> list[str]:
    names: list[str] = [*scopes.dictionary, *scopes.derived]
    while scope is not None:
        names += [*scope.mining, *scope.derived, *scope.outputs]
        scope = scope.outer
    return names


def _not_listed(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        unlisted = {name for name in _names_used(scopes, scope) if _is_unlisted(scopes, scope, name)}
        for element, name in _references(scopes, scope) if unlisted else ():
            if name not in unlisted or local_name(element) in _NEED_NOT_BE_LISTED:
                continue
            unlisted.remove(name)
            yield Problem(
                element,
                f"data field {name!r} is used, but the mining schema of this {scope.kind} does not list it",
                f'add <MiningField name="{name}"/>: consumers treat a field that is not listed as missing, or refuse',
            )


def _is_unlisted(scopes: Scopes, scope: ModelScope, name: str) -> bool:
    found = None if scopes.is_listed(name, scope) else scopes.find(name, scope)
    return found is not None and found.is_from_dictionary


def _duplicates(elements: Iterable[Element], attribute: str, what: str) -> Iterator[Problem]:
    first: dict[str, Element] = {}
    for element in elements:
        name = element.get(attribute)
        if name is None:
            continue
        if name in first:
            message = f"{what} {name!r} is defined twice, first in line {{line}}"
            yield Problem(element, message, "rename or remove one", first[name])
        else:
            first[name] = element


def _duplicate_names(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for dictionary in document.all("DataDictionary"):
        yield from _duplicates(dictionary.iterchildren(document.tag("DataField")), "name", "data field")
    for holder in document.all("TransformationDictionary", "LocalTransformations"):
        yield from _duplicates(holder.iterchildren(document.tag("DerivedField")), "name", "derived field")
        yield from _duplicates(holder.iterchildren(document.tag("DefineFunction")), "name", "function")
    for schema in document.all("MiningSchema"):
        yield from _duplicates(schema.iterchildren(document.tag("MiningField")), "name", "mining field")
    for output in document.all("Output"):
        yield from _duplicates(output.iterchildren(document.tag("OutputField")), "name", "output field")
    for function in document.all("DefineFunction"):
        yield from _duplicates(function.iterchildren(document.tag("ParameterField")), "name", "parameter")


def _hidden(scopes: Scopes) -> Iterator[Problem]:
    for name, derived in scopes.derived.items():
        if name in scopes.dictionary:
            yield Problem(derived.element, f"derived field {name!r} has the name of a data field", "rename it")
    for scope in scopes.models:
        for name, derived in scope.derived.items():
            if name in scopes.derived or (name in scope.mining and name in scopes.dictionary):
                yield Problem(derived.element, f"derived field {name!r} hides a field of the same name", "rename it")


def _cyclic(scopes: Scopes) -> Iterator[Problem]:
    yield from _cycles({name: field.element for name, field in scopes.derived.items()}, scopes)
    for scope in scopes.models:
        yield from _cycles({name: field.element for name, field in scope.derived.items()}, scopes)


def _cycles(fields: dict[str, Element], scopes: Scopes) -> Iterator[Problem]:
    needs = {
        name: [
            used
            for reference in element.iter(*(scopes.document.tag(kind) for kind in _REFERENCES))
            for used in _names_in(reference)
            if used in fields
            and not (used == name and name in scopes.dictionary)  # its own name means the field that it hides
        ]
        for name, element in fields.items()
    }
    done: set[str] = set()
    for first in fields:
        path: list[str] = []
        stack = [(first, iter(needs[first]))]
        on_path = {first}
        path.append(first)
        while stack:
            following = next((name for name in stack[-1][1] if name not in done), None)
            if following is None:
                finished, _ = stack.pop()
                done.add(finished)
                on_path.discard(path.pop())
            elif following in on_path:
                cycle = [*path[path.index(following) :], following]
                remedy = "define one of them without the others"
                yield Problem(fields[following], f"derived fields define each other: {' -> '.join(cycle)}", remedy)
                done.add(following)
            else:
                stack.append((following, iter(needs[following])))
                path.append(following)
                on_path.add(following)


def _undeclared_mining_field(scopes: Scopes) -> Iterator[Problem]:
    for scope in scopes.models:
        if scope.outer is not None:
            for name, use in scope.mining.items():
                if scopes.find(name, scope.outer) is None and not scopes.is_listed(name, scope.outer):
                    is_target = use.get("usageType") in ("target", "predicted")
                    if not is_target:
                        yield Problem(use, f"mining field {name!r} is no field of the model around it", _DEFINE)
            continue
        for name, use in scope.mining.items():
            if name not in scopes.dictionary and name not in scopes.derived:
                yield Problem(use, f"mining field {name!r} is not in the data dictionary", _DEFINE)


_DEFINE = "define it as a DataField, or correct the name"

RULES = (
    Rule(
        id="field/undefined",
        severity=Severity.ERROR,
        section="General Structure, Field Scope",
        asks="a field is used where it is defined: in the data dictionary, the transformations or the model",
        check=_undefined,
    ),
    Rule(
        id="field/not-in-mining-schema",
        severity=Severity.WARNING,
        section="Mining Schema",
        asks="the mining schema lists every data field that the model uses",
        check=_not_listed,
    ),
    Rule(
        id="field/undeclared-mining-field",
        severity=Severity.ERROR,
        section="Mining Schema",
        asks="the name of a mining field is that of a field of the data dictionary or of the model around it",
        check=_undeclared_mining_field,
    ),
    Rule(
        id="field/duplicate",
        severity=Severity.ERROR,
        section="Data Dictionary",
        asks="names are unique among the fields of one dictionary, schema, output or function",
        check=_duplicate_names,
    ),
    Rule(
        id="field/hidden",
        severity=Severity.WARNING,
        section="Transformations",
        asks="the name of a derived field is new: it must not be that of a field already in scope",
        check=_hidden,
    ),
    Rule(
        id="field/cyclic",
        severity=Severity.ERROR,
        section="Transformations",
        asks="a derived field is computed from fields that do not need it themselves",
        check=_cyclic,
    ),
)
