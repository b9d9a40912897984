"""Output fields about entities that have an identifier and an affinity: clusters, neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._prediction import Answer, column_of
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.executors.reference._entities import AFFINITY_FEATURES
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.hub import DataType, OutputField, ResultFeature

__all__ = ["RankedEntities"]


@dataclass(frozen=True)
class RankedEntities:
    """The entities of each record, by rank from the nearest on.

    Attributes:
        lowering: State of the lowering.
        ids: Identifiers of all entities.
        names: Texts to show for them.
        n_ranks: Number of ranks.
        position_at: int64 [N, 1]: the entity at a rank, from 1; ``len(ids)`` where there is none.
        affinity_at: [N, 1]: its affinity; NaN where there is none.
        affinities: [N, number of entities]: of all.
    """

    lowering: Lowering
    ids: Sequence[str]
    names: Sequence[str]
    n_ranks: int
    position_at: Callable[[int], str]
    affinity_at: Callable[[int], str]
    affinities: str

    def answers(self) -> Mapping[ResultFeature, Answer]:
        """What output fields are shown."""
        answers: dict[ResultFeature, Answer] = dict.fromkeys(AFFINITY_FEATURES, self._affinity)
        return answers | dict.fromkeys((ResultFeature.ENTITY_ID, ResultFeature.CLUSTER_ID), self.identifier)

    def identifier(self, field: OutputField) -> Value:
        """The identifier of the entity at the field's rank."""
        return self._text(field, self.ids)

    def name(self, field: OutputField) -> Value:
        """The text to show for the entity at the field's rank."""
        return self._text(field, self.names)

    def _text(self, field: OutputField, texts: Sequence[str]) -> Value:
        if not 1 <= field.rank <= self.n_ranks:
            return self.lowering.scalar(None, DataType.STRING)
        return gather_scalars(self.lowering, (*texts, None), self.position_at(field.rank), DataType.STRING)

    def _affinity(self, field: OutputField) -> Value:
        if field.value is None:
            inside = 1 <= field.rank <= self.n_ranks
            return Number(self.affinity_at(field.rank)) if inside else self.lowering.missing_number()
        wanted = text_of(field.value)
        for texts in (self.ids, self.names):
            if wanted in texts:
                return Number(column_of(self.lowering, self.affinities, list(texts).index(wanted)))
        return self.lowering.number(math.nan)
