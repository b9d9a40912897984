"""Models of every type: what they share, and the table of predictors."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from modelport_runtime.hub import DataType, MiningFunction, Model, OpType, Predictor
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._fields import read_mining_schema, read_targets
from modelport_runtime.pmml._grammar_names import model_elements
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._outputs import read_outputs
from modelport_runtime.pmml._reading import FieldType, Reading, Scope
from modelport_runtime.pmml._transformations import read_derived_fields

__all__ = ["MODEL_ELEMENTS", "PREDICTORS", "read_model"]

PredictorReader = Callable[[Reading, Element, ModelContext], Predictor | None]

PREDICTORS: dict[str, tuple[str, str, frozenset[str]]] = {
    "TreeModel": ("_trees", "read_tree", frozenset()),
    "RegressionModel": ("_regression", "read_regression", frozenset({"RegressionTable"})),
    "GeneralRegressionModel": (
        "_general_regression",
        "read_general_regression",
        frozenset(
            {"ParameterList", "FactorList", "CovariateList", "PPMatrix", "PCovMatrix", "ParamMatrix", "EventValues"}
            | {"BaseCumHazardTables"}
        ),
    ),
    "NaiveBayesModel": ("_naive_bayes", "read_naive_bayes", frozenset({"BayesInputs", "BayesOutput"})),
    "MiningModel": ("_mining", "read_mining", frozenset({"Segmentation", "Regression", "DecisionTree"})),
}
"""Element of a model: module and function that read its predictor, and the elements that it alone may hold."""

MODEL_ELEMENTS = model_elements()
"""Every element of a model (PMML 4.4, General Structure, MODEL-ELEMENT)."""

_COMMON = frozenset(
    {
        "MiningSchema",
        "Output",
        "Targets",
        "LocalTransformations",
        "ModelStats",
        "ModelExplanation",
        "ModelVerification",
    }
)


def read_model(reading: Reading, element: Element, outer: Scope, around: ModelContext | None = None) -> Model | None:
    """Read one model with all that is in it.

    Args:
        reading: The document being read; causes are added to it.
        element: The model's element.
        outer: Fields in scope around it. Its output fields are added, so that later models may name them.
        around: The model around it; a member that names no target predicts that model's, if it does the same.

    Returns:
        The model, or ``None`` when causes were noted that leave nothing to return.
    """
    row = PREDICTORS.get(element.tag)
    if row is None:
        remedy = f"known are {', '.join(PREDICTORS)}"
        reading.refuse(element, f"model element {element.tag} is not supported", remedy)
        return None
    module, reader, own = row
    reading.expect(element, _COMMON | own)
    if not element.boolean("isScorable", True):
        reading.refuse(element, "the model is marked isScorable='false'", "export a model that can be scored")
    scope = Scope(outer)
    mining_fields = read_mining_schema(reading, element, scope)
    own_target = next((field.name for field in mining_fields if field.is_target), None)
    derived_fields = read_derived_fields(reading, element.child("LocalTransformations"), scope)
    function = _read_function_name(reading, element, scope.find(own_target))
    inherited = around.target_type if around is not None and around.function is function else None
    context = ModelContext(
        function=function,
        scope=scope,
        mining_fields=mining_fields,
        target=own_target,
        target_type=inherited if own_target is None else scope.find(own_target),
        math_type=DataType.FLOAT if element.get("x-mathContext") == "float" else DataType.DOUBLE,
    )
    read: PredictorReader = getattr(import_module(f"modelport_runtime.pmml.{module}"), reader)
    predictor = read(reading, element, context)
    outputs = read_outputs(reading, element, scope, context)
    scope.export(outer, (field.name for field in outputs))
    return Model(
        function=context.function,
        predictor=predictor,
        mining_fields=mining_fields,
        derived_fields=derived_fields,
        targets=read_targets(reading, element, scope),
        outputs=outputs,
        name=element.get("modelName"),
        math_type=context.math_type,
    )


def _read_function_name(reading: Reading, element: Element, target: FieldType | None) -> MiningFunction:
    if "functionName" in element.attributes:
        return element.choice("functionName", MiningFunction)
    tables = element.all("RegressionTable")
    has_classes = any("targetCategory" in table.attributes for table in tables)
    is_categorical = target is not None and target.op_type is not OpType.CONTINUOUS
    function = MiningFunction.CLASSIFICATION if has_classes or is_categorical else MiningFunction.REGRESSION
    reading.notice(element, "function-inferred", f"functionName is missing; read as {function}")
    return function
