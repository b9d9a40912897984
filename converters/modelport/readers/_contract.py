"""What a reader of one framework's class gets and gives.

A pipeline is read from left to right. Features (columns in flight) enter a transformer's reader and come out of it;
each new column is a derived field of the hub. The last step's reader turns features into a predictor. Whatever cannot
be read is collected, never raised at once, so that the user sees every cause in one error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modelport_runtime.errors import UnsupportedCause, UnsupportedModelError
from modelport_runtime.hub import (
    Cast,
    DataType,
    DerivedField,
    Expression,
    FieldRef,
    MiningFunction,
    Notice,
    OpType,
    OutputField,
    Predictor,
    Scalar,
    Target,
)

__all__ = ["Context", "Feature", "Prediction", "PredictorReader", "TargetClasses", "TransformerReader"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A column in flight.

    Attributes:
        name: Name of the hub field, a data field or a derived one, that holds it.
        data_type: ``float`` when the framework holds it in float32, else ``double``, ``integer``, ``boolean``,
            ``string``.
        op_type: Operational type.
        label: The name by which the framework knows the column (as in ``get_feature_names_out``).
        categories: Its possible values, when known.
    """

    name: str
    data_type: DataType
    op_type: OpType
    label: str
    categories: tuple[Scalar, ...] = ()

    @property
    def ref(self) -> FieldRef:
        """The expression that reads the column."""
        return FieldRef(field=self.name)


@dataclass(slots=True, kw_only=True)
class Context:
    """What is gathered while a model is read.

    Attributes:
        target_names: Names of the targets, one for each output of the estimator.
        derived_fields: Columns made so far, in order.
        causes: Everything found that cannot be read.
        notices: Known losses and doubts.
        restrictions: For an input field, the values that the model accepts (an encoder that refuses unknown
            categories); other values make the row invalid.
        required: Features that the framework refuses to see missing; a row in which one is missing has no prediction.
        taken_names: Names of fields in use.
        undeclared: Inputs whose type no sample has shown.
        input_types: For such an input, the type that its reader found it to have.
        input_refusals: For an input that cannot be read, why; it counts only when something uses the input.
        missing_marks: For an input that holds Python objects, which of ``None`` and ``NaN`` its sample holds;
            scikit-learn tells them apart, engines do not.
    """

    target_names: tuple[str, ...] = ("y",)
    derived_fields: list[DerivedField] = field(default_factory=list)
    causes: list[UnsupportedCause] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    restrictions: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    taken_names: set[str] = field(default_factory=set)
    undeclared: set[str] = field(default_factory=set)
    input_types: dict[str, DataType] = field(default_factory=dict)
    input_refusals: dict[str, str] = field(default_factory=dict)
    missing_marks: dict[str, frozenset[str]] = field(default_factory=dict)

    def declare_text(self, feature: Feature) -> Feature:
        """The feature as text, when it is an input whose type nothing else has shown; else as it is."""
        if feature.name not in self.undeclared:
            return feature
        self.input_types[feature.name] = DataType.STRING
        return replace(feature, data_type=DataType.STRING, op_type=OpType.CATEGORICAL)

    def derive(
        self,
        name: str,
        expression: Expression,
        *,
        step: str,
        data_type: DataType = DataType.DOUBLE,
        op_type: OpType = OpType.CONTINUOUS,
        label: str = "",
        categories: tuple[Scalar, ...] = (),
    ) -> Feature:
        """Add a derived field and return the feature that it holds.

        Args:
            name: Wished name; a number is added when it is taken.
            expression: How it is computed. For ``float`` it is wrapped in a cast, one float32 rounding.
            step: Path of the framework's step.
            data_type: Type of the result.
            op_type: Operational type of the result.
            label: The framework's own name of the column; ``name`` by default.
            categories: Its possible values, when known.
        """
        unique, number = name, 2
        while unique in self.taken_names:
            unique, number = f"{name}_{number}", number + 1
        self.taken_names.add(unique)
        if data_type is DataType.FLOAT and not isinstance(expression, Cast):
            expression = Cast(expression=expression, data_type=DataType.FLOAT)
        self.derived_fields.append(
            DerivedField(
                name=unique,
                data_type=data_type,
                op_type=op_type,
                expression=expression,
                values=categories,
                step=step,
            )
        )
        return Feature(name=unique, data_type=data_type, op_type=op_type, label=label or name, categories=categories)

    def unsupported(self, where: str, what: str, remedy: str = "") -> None:
        """Note a cause; reading goes on so that the other causes are found too."""
        self.causes.append(UnsupportedCause(where=where, what=what, remedy=remedy))

    def raise_if_unsupported(self) -> None:
        """Raise once, naming every cause.

        Raises:
            UnsupportedModelError: At least one cause was noted.
        """
        if self.causes:
            raise UnsupportedModelError(self.causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetClasses:
    """One target of a prediction: its class labels in their own type, or none for a number."""

    name: str
    classes: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the reader of a last step gives.

    Attributes:
        function: Classification, regression, ...
        predictor: The predictor over features' names.
        targets: Its targets in order, named by ``Context.target_names``.
        has_probabilities: Whether ``probability(<label>)`` outputs are made for each class.
        adjustments: What is done to the raw prediction afterwards (``Model.targets``).
        outputs: Further result columns beyond the standard ones.
    """

    function: MiningFunction
    predictor: Predictor
    targets: tuple[TargetClasses, ...]
    has_probabilities: bool = True
    adjustments: tuple[Target, ...] = ()
    outputs: tuple[OutputField, ...] = ()


TransformerReader = Callable[[Any, Sequence[Feature], Context, str], list[Feature]]
"""``(fitted transformer, features in, context, step path) -> features out``."""

PredictorReader = Callable[[Any, Sequence[Feature], Context, str], Prediction]
"""``(fitted estimator, features in, context, step path) -> prediction``."""
