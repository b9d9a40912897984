"""Support vector machines (PMML 4.4, Support Vector Machine)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._expressions import FieldRef
from modelport_runtime.hub._regression import CategoricalTerm
from modelport_runtime.hub._types import Scalar

__all__ = ["SupportVectorMachineModel", "SvmClassificationMethod", "SvmKernel", "SvmRepresentation"]


class SvmKernel(StrEnum):
    """The kernel K(x, y) (PMML 4.4, Support Vector Machine, kernel types)."""

    LINEAR = "linear"
    """<x, y>"""
    POLYNOMIAL = "polynomial"
    """(gamma <x, y> + coef0) ** degree"""
    RADIAL_BASIS = "radialBasis"
    """exp(-gamma |x - y|**2)"""
    SIGMOID = "sigmoid"
    """tanh(gamma <x, y> + coef0)"""


class SvmRepresentation(StrEnum):
    """What the coefficients multiply (PMML 4.4, SVM-REPRESENTATION)."""

    SUPPORT_VECTORS = "SupportVectors"
    COEFFICIENTS = "Coefficients"


class SvmClassificationMethod(StrEnum):
    """How machines become a class (PMML 4.4, SVM-CLASSIFICATION-METHOD)."""

    ONE_AGAINST_ALL = "OneAgainstAll"
    ONE_AGAINST_ONE = "OneAgainstOne"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportVectorMachineModel:
    """One machine, or several over the same vectors.

    Machine m gives f_m(x) = intercepts[m] + the sum of coefficients[m, i] K(x, vectors[i]); under ``COEFFICIENTS`` that
    of coefficients[m, j] x[j]. A missing field makes it missing. For regression f_0 is the prediction. With two
    classes a machine, it votes for the one where f_m is less than its threshold (greater, where ``max_wins``) and for
    the other one otherwise; the class with most votes wins, the first one among equals. With a class a machine, the
    class of the least f_m wins (of the greatest, where ``max_wins``).

    With D fields, S vectors, M machines:

    Attributes:
        fields: The components of x: a field's number, or 1 where a field has a value and 0 where not.
        scales: float64, shape (D,): factors on them.
        kernel: The kernel.
        gamma: Its parameter.
        coef0: Its parameter.
        degree: Its parameter.
        representation: What the coefficients multiply.
        vectors: float64, shape (S, D); S is 0 under ``COEFFICIENTS``.
        coefficients: float64, shape (M, S), or (M, D) under ``COEFFICIENTS``.
        intercepts: float64, shape (M,).
        thresholds: float64, shape (M,).
        classes: Class labels in order; empty for regression.
        class_of_machine: int32, shape (M,): position in ``classes``; -1 for regression.
        other_class_of_machine: int32, shape (M,): position in ``classes``; -1 under ``ONE_AGAINST_ALL``.
        classification_method: How machines become a class.
        max_wins: Whether greater values speak for a machine's class.
    """

    fields: tuple[FieldRef | CategoricalTerm, ...]
    scales: NDArray[np.float64]
    kernel: SvmKernel
    gamma: float = 1.0
    coef0: float = 1.0
    degree: float = 1.0
    representation: SvmRepresentation = SvmRepresentation.SUPPORT_VECTORS
    vectors: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    classes: tuple[Scalar, ...] = ()
    class_of_machine: NDArray[np.int32]
    other_class_of_machine: NDArray[np.int32]
    classification_method: SvmClassificationMethod = SvmClassificationMethod.ONE_AGAINST_ALL
    max_wins: bool = False

    def __post_init__(self) -> None:
        freeze_field(self, "scales", np.float64, 1)
        for name in ("vectors", "coefficients"):
            freeze_field(self, name, np.float64, 2)
        for name in ("intercepts", "thresholds"):
            freeze_field(self, name, np.float64, 1)
        for name in ("class_of_machine", "other_class_of_machine"):
            positions = freeze_field(self, name, np.int32, 1)
            if np.any((positions < -1) | (positions >= len(self.classes))):
                raise ValueError(f"{name} names a class beyond the last")
        self._check_shapes()

    def _check_shapes(self) -> None:
        n_fields, n_machines = len(self.fields), len(self.intercepts)
        by_fields = self.representation is SvmRepresentation.COEFFICIENTS
        width = n_fields if by_fields else len(self.vectors)
        expected = {
            "scales": (n_fields,),
            "vectors": (0 if by_fields else width, n_fields),
            "coefficients": (n_machines, width),
            "thresholds": (n_machines,),
            "class_of_machine": (n_machines,),
            "other_class_of_machine": (n_machines,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, expected {shape}")
        if n_machines == 0:
            raise ValueError("a support vector machine model needs a machine")
