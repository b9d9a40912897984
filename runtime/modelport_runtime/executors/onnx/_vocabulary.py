"""Text as numbers inside our own graphs: ONNX Runtime moves a text column many times slower than whole numbers.

A graph for our own executor holds every text as its position in a vocabulary, which begins with all texts that the
graph itself names. Texts that only a batch of rows holds come after them, for that batch alone, so that two texts are
equal exactly where their positions are. Files for the world outside hold text as text.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import TextColumn

__all__ = ["MISSING_CODE", "BatchTexts", "Vocabulary"]

MISSING_CODE = 0


class Vocabulary:
    """Positions of the texts that a graph names; 0 stands for a missing text."""

    def __init__(self, missing: str) -> None:
        self._codes = {missing: MISSING_CODE}

    def code(self, text: str) -> int:
        """The text's position; a new text comes last."""
        return self._codes.setdefault(text, len(self._codes))

    @property
    def codes(self) -> Mapping[str, int]:
        """Every text with its position."""
        return self._codes


class BatchTexts:
    """Texts of one batch of rows and their positions.

    Args:
        vocabulary: What the graph names.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._known = vocabulary.codes
        self._further: dict[str, int] = {}

    def encode(self, column: TextColumn) -> NDArray[np.int64]:
        """int64, shape (n_rows, 1): the position of each row's text."""
        known, further, first = self._known, self._further, len(self._known)
        table = []
        for text in column.categories:
            code = known.get(text)
            table.append(further.setdefault(text, first + len(further)) if code is None else code)
        positions: NDArray[np.int64] = np.array([*table, MISSING_CODE], dtype=np.int64)[column.codes][:, None]
        return positions

    def decode(self, positions: NDArray[np.int64]) -> TextColumn:
        """The text at each position, shape (n_rows,)."""
        # The first text of the vocabulary is the missing one, which a column's codes put at -1.
        texts = (*self._known, *self._further)[1:]
        return TextColumn((positions - 1).astype(np.int32), texts)
