"""Where a document has what an entry of a consumer's profile is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._scopes import ModelScope, Scopes

__all__ = [
    "COMPARISONS",
    "OF_ONE_NUMBER",
    "TEXTS",
    "attribute",
    "boolean_digits",
    "chains_of_targets",
    "discretize_outside",
    "elements",
    "functions",
    "https_namespace",
    "integer_targets",
    "links_of_classes",
    "ordinal_regressions",
    "outputs_without_prediction",
    "regressions_with",
    "split_texts",
    "unguarded_arguments",
    "whole_number_formats",
    "without_attribute",
]

Find = Callable[[Scopes], Iterator[Element]]

COMPARISONS = frozenset(("equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual"))
TEXTS = frozenset(("uppercase", "lowercase", "stringLength", "substring", "trimBlanks", "replace", "matches"))
OF_ONE_NUMBER = frozenset(
    (
        *("abs", "exp", "expm1", "floor", "ceil", "round", "rint", "ln", "ln1p", "log10", "sqrt", "erf"),
        *("sin", "asin", "sinh", "cos", "acos", "cosh", "tan", "atan", "tanh"),
        *("stdNormalCDF", "stdNormalPDF", "stdNormalIDF"),
    )
)
_ORDINAL_LINKS = ("logit", "probit", "cloglog", "loglog", "cauchit")
_TWO = 2


def attribute(name: str, key: str, *values: str) -> Find:
    """Elements of a name, ``*`` for any, whose attribute has one of the values."""

    def find(scopes: Scopes) -> Iterator[Element]:
        found = scopes.document.root.iter("*") if name == "*" else scopes.document.all(name)
        return (element for element in found if element.get(key) in values)

    return find


def without_attribute(name: str, key: str) -> Find:
    """Elements of a name that lack an attribute."""
    return lambda scopes: (element for element in scopes.document.all(name) if element.get(key) is None)


def elements(*names: str) -> Find:
    """Elements of the names."""
    return lambda scopes: scopes.document.all(*names)


def functions(*names: str) -> Find:
    """Calls of built-in functions."""
    return lambda scopes: (
        call for call in scopes.document.all("Apply") if call.get("function") in names and not _is_own(scopes, call)
    )


def whole_number_formats(scopes: Scopes) -> Iterator[Element]:
    """Calls of formatNumber whose pattern asks for a whole number."""
    for call in functions("formatNumber")(scopes):
        patterns = (constant.text or "" for constant in call.iterchildren(scopes.document.tag("Constant")))
        if any(pattern.strip().endswith("d") for pattern in patterns):
            yield call


def _is_own(scopes: Scopes, call: Element) -> bool:
    return call.get("function") in scopes.functions


def https_namespace(scopes: Scopes) -> Iterator[Element]:
    """The root, where its namespace begins with https."""
    if scopes.document.namespace.startswith("https:"):
        yield scopes.document.root


def boolean_digits(scopes: Scopes) -> Iterator[Element]:
    """Elements that compare a boolean field with 0 or 1."""
    keys = {"SimplePredicate": "field", "CategoricalPredictor": "name", "NormDiscrete": "field"}
    for scope in scopes.models:
        for element in scopes.own_elements(scope, *keys):
            if element.get("value") in ("0", "1"):
                field = scopes.find(element.get(keys[local_name(element)], ""), scope)
                if field is not None and field.data_type == "boolean":
                    yield element


def split_texts(scopes: Scopes) -> Iterator[Element]:
    """Texts of constants and arrays that were written with references; a CDATA section needs none."""
    if b"<![CDATA[" in scopes.document.content:
        return  # which text is in one is not told here, and a writer that knows of them uses them throughout
    for element in scopes.document.all("Constant", "Array"):
        if any(mark in (element.text or "") for mark in "&<"):
            yield element


def discretize_outside(scopes: Scopes) -> Iterator[Element]:
    """Discretizations that say what is given outside the bins, or for missing values."""
    for element in scopes.document.all("Discretize"):
        if element.get("defaultValue") is not None or element.get("mapMissingTo") is not None:
            yield element


def unguarded_arguments(names: frozenset[str] | set[str]) -> Find:
    """Calls with a field as an argument that may be missing there: no condition around asks for it."""

    def find(scopes: Scopes) -> Iterator[Element]:
        for scope in (*scopes.models, None):
            for call in _calls(scopes, scope):
                if call.get("function") in names and not _is_own(scopes, call):
                    used = {child.get("field") for child in call.iterchildren(scopes.document.tag("FieldRef"))}
                    if any(_may_be_missing(scopes, scope, call, name) for name in used):
                        yield call

    return find


def _calls(scopes: Scopes, scope: ModelScope | None) -> Iterator[Element]:
    if scope is not None:
        yield from scopes.own_elements(scope, "Apply")
        return
    for dictionary in scopes.document.all("TransformationDictionary"):
        for field in dictionary.iterchildren(scopes.document.tag("DerivedField")):
            yield from field.iter(scopes.document.tag("Apply"))


def _may_be_missing(scopes: Scopes, scope: ModelScope | None, call: Element, name: str | None) -> bool:
    if name is None or call.get("mapMissingTo") is not None:
        return False
    reference = next(child for child in call.iterchildren("*") if child.get("field") == name)
    if reference.get("mapMissingTo") is not None or _is_replaced(scope, name):
        return False
    around = call.getparent()
    while around is not None:
        if local_name(around) == "Apply" and _asks_for(around, name):
            return False
        around = around.getparent()
    return True


def _is_replaced(scope: ModelScope | None, name: str) -> bool:
    while scope is not None:
        use = scope.mining.get(name)
        if use is not None and use.get("missingValueReplacement") is not None:
            return True
        scope = scope.outer
    return False


def _asks_for(call: Element, name: str) -> bool:
    """Whether a call is an if, or a conjunction, that first asks whether a field is there."""
    if call.get("function") not in ("if", "and", "or"):
        return False
    condition = next((child for child in call.iterchildren("*") if local_name(child) == "Apply"), None)
    return condition is not None and any(
        test.get("function") in ("isMissing", "isNotMissing")
        and any(child.get("field") == name for child in test.iterchildren("*"))
        for test in condition.iter("*")
    )


def _regressions(scopes: Scopes, function: str) -> Iterator[tuple[ModelScope, str, int]]:
    """Regression models of a mining function, with the op type of their target and their number of tables."""
    for scope in scopes.models:
        if scope.kind == "RegressionModel" and scope.element.get("functionName") == function:
            names = scope.targets()
            field = scopes.find(names[0], scope) if names else None
            tables = sum(1 for _ in scope.element.iterchildren(scopes.document.tag("RegressionTable")))
            yield scope, "" if field is None else field.op_type, tables


def ordinal_regressions(scopes: Scopes) -> Iterator[Element]:
    """Regression models of cumulative probabilities."""
    for scope, op_type, tables in _regressions(scopes, "classification"):
        if op_type == "ordinal" and tables > _TWO and scope.element.get("normalizationMethod") in _ORDINAL_LINKS:
            yield scope.element


def links_of_classes(*links: str) -> Find:
    """Regression models with a link for each of three or more classes without an order."""

    def find(scopes: Scopes) -> Iterator[Element]:
        for scope, op_type, tables in _regressions(scopes, "classification"):
            if op_type != "ordinal" and tables > _TWO and scope.element.get("normalizationMethod") in links:
                yield scope.element

    return find


def regressions_with(link: str) -> Find:
    """Regression models that give a number through a link."""
    return lambda scopes: (
        scope.element
        for scope, _, _ in _regressions(scopes, "regression")
        if scope.element.get("normalizationMethod") == link
    )


def outputs_without_prediction(scopes: Scopes) -> Iterator[Element]:
    """The Output of a model that predicts, where no field of it is the prediction."""
    for scope in scopes.models:
        for output in scope.element.iterchildren(scopes.document.tag("Output")) if scope.outer is None else ():
            features = {field.element.get("feature", "predictedValue") for field in scope.outputs.values()}
            if scope.targets() and "predictedValue" not in features:
                yield output


def chains_of_targets(scopes: Scopes) -> Iterator[Element]:
    """Chains with several targets that are not shown by the last member."""
    for scope in scopes.models:
        segmentation = next(scope.element.iterchildren(scopes.document.tag("Segmentation")), None)
        is_chain = segmentation is not None and segmentation.get("multipleModelMethod") == "modelChain"
        if is_chain and scope.outer is None and len(scope.targets()) > 1 and not _shows_all(scopes, scope):
            yield scope.element


def _shows_all(scopes: Scopes, scope: ModelScope) -> bool:
    members = [model for _, model in scopes.members(scope) if model is not None]
    return bool(members) and len(members[-1].outputs) >= len(scope.targets())


def integer_targets(scopes: Scopes) -> Iterator[Element]:
    """Regressions of an integer whose result is not rounded."""
    for scope in scopes.models:
        if scope.element.get("functionName") != "regression" or scope.outer is not None:
            continue
        rounded = {
            target.get("field")
            for targets in scope.element.iterchildren(scopes.document.tag("Targets"))
            for target in targets.iterchildren(scopes.document.tag("Target"))
            if target.get("castInteger") is not None
        }
        for name in scope.targets():
            field = scopes.find(name, scope)
            if field is not None and field.data_type == "integer" and name not in rounded:
                yield scope.element
