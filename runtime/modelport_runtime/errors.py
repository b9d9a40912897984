"""Every error that modelport raises on purpose.

ModelportError
├── ArtifactError            a file that cannot be read as the format that it claims to be
│   └── UnsafeArtifactError  a file refused because reading it could do harm (DOCTYPE, too deep, too large)
├── UnsupportedModelError    a model that cannot be converted or scored; carries every cause
├── InputError               data to score that does not fit the model's fields
└── EngineError              an engine that is not installed, does not start or died

A message says what is wrong, where, and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "ArtifactError",
    "EngineError",
    "InputError",
    "ModelportError",
    "UnsafeArtifactError",
    "UnsupportedCause",
    "UnsupportedModelError",
]


class ModelportError(Exception):
    """Base of every error raised on purpose; its text is meant for the user."""


class ArtifactError(ModelportError):
    """A file that cannot be read as the format that it claims to be."""


class UnsafeArtifactError(ArtifactError):
    """A file refused because reading it could do harm."""


class InputError(ModelportError):
    """Data to score that does not fit the model's fields."""


class EngineError(ModelportError):
    """An engine that is not installed, does not start, or died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedCause:
    """One reason why a model cannot be converted or scored.

    Attributes:
        where: Path of the step or element, such as ``preprocess/num/scaler`` or ``MiningModel/Segment[3]``.
        what: The class, parameter or element at fault, with its value.
        remedy: What the user can do about it.
    """

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}"
        return f"{text} ({self.remedy})" if self.remedy else text


class UnsupportedModelError(ModelportError):
    """A model that cannot be converted or scored; ``causes`` lists every reason that was found."""

    def __init__(self, causes: Sequence[UnsupportedCause] | UnsupportedCause) -> None:
        self.causes = (causes,) if isinstance(causes, UnsupportedCause) else tuple(causes)
        count = len(self.causes)
        head = "not supported" if count == 1 else f"{count} parts of the model are not supported"
        super().__init__(f"{head}:\n" + "\n".join(f"  - {cause}" for cause in self.causes))
