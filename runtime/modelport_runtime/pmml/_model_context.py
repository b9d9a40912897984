"""What the reader of a predictor is told of the model around it."""

from __future__ import annotations

from dataclasses import dataclass

from modelport_runtime.hub import DataType, MiningField, MiningFunction, OpType
from modelport_runtime.pmml._reading import FieldType, Scope

__all__ = ["ModelContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContext:
    """The model around a predictor.

    Attributes:
        function: What the model does.
        scope: Fields that the predictor may name.
        mining_fields: The model's mining schema.
        target: Name of its target.
        target_type: Type of its target; that of the model around it where it names none and does the same.
        math_type: ``float`` where arithmetic is in float32 (JPMML's ``x-mathContext``).
    """

    function: MiningFunction
    scope: Scope
    mining_fields: tuple[MiningField, ...]
    target: str | None
    target_type: FieldType | None
    math_type: DataType

    @property
    def is_classification(self) -> bool:
        """Whether the prediction is one of some classes."""
        return self.function is MiningFunction.CLASSIFICATION

    @property
    def target_op_type(self) -> OpType | None:
        """Operational type of the target; the mining schema may override the data dictionary's."""
        own = next((field.op_type for field in self.mining_fields if field.name == self.target), None)
        return own or (self.target_type.op_type if self.target_type is not None else None)

    @property
    def class_type(self) -> DataType:
        """Type of class labels."""
        return self.target_type.data_type if self.target_type is not None else DataType.STRING
