"""Output fields about entities that have an identifier and an affinity: clusters, neighbours, documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._prediction import Answer, Prediction
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import OutputField, ResultFeature

__all__ = ["AFFINITY_FEATURES", "RankedEntities", "rank_all", "text_column"]

_Feature = ResultFeature
AFFINITY_FEATURES = frozenset({_Feature.AFFINITY, _Feature.CLUSTER_AFFINITY, _Feature.ENTITY_AFFINITY})
"""Features that show how near an entity is; PMML 4.0 knew them by two names."""


def text_column(positions: NDArray[np.int32], texts: Sequence[str]) -> TextColumn:
    """Texts by position, -1 missing; equal texts become one category."""
    first: dict[str, int] = {}
    table = np.array([*(first.setdefault(text, len(first)) for text in texts), -1], dtype=np.int32)
    return TextColumn(table[positions], tuple(first))


@dataclass(frozen=True)
class RankedEntities:
    """The entities of each record, by rank from the nearest on.

    Attributes:
        ids: Identifiers of all entities.
        names: Texts to show for them.
        position_at: int32, shape (n_rows,): the entity at a rank, from 1; -1 where there is none.
        affinity_at: float64, shape (n_rows,): its affinity; NaN where there is none.
        affinity_of: float64, shape (n_rows,): the affinity of the entity at a position.
    """

    ids: Sequence[str]
    names: Sequence[str]
    position_at: Callable[[int], NDArray[np.int32]]
    affinity_at: Callable[[int], Numbers]
    affinity_of: Callable[[int], Numbers]

    def answers(self) -> Mapping[ResultFeature, Answer]:
        """What output fields are shown."""
        answers: dict[ResultFeature, Answer] = dict.fromkeys(AFFINITY_FEATURES, self._affinity)
        return answers | dict.fromkeys((_Feature.ENTITY_ID, _Feature.CLUSTER_ID), self.identifier)

    def prediction(self, target: str | None) -> Prediction:
        """The nearest entity, for a model that predicts which one it is; output fields may ask for other ranks."""
        return Prediction(
            target=target,
            classes=tuple(self.ids),
            winner=self.position_at(1),
            answers={
                **self.answers(),
                _Feature.PREDICTED_VALUE: self.identifier,
                _Feature.PREDICTED_DISPLAY_VALUE: self.name,
            },
        )

    def identifier(self, field: OutputField) -> Column:
        """The identifier of the entity at the field's rank."""
        return text_column(self.position_at(field.rank), self.ids)

    def name(self, field: OutputField) -> Column:
        """The text to show for the entity at the field's rank."""
        return text_column(self.position_at(field.rank), self.names)

    def _affinity(self, field: OutputField) -> Column:
        """That of the named entity, else of the one at the field's rank; missing for an unknown one."""
        if field.value is None:
            return NumberColumn(self.affinity_at(field.rank))
        position = self._positions.get(text_of(field.value))
        if position is None:
            return NumberColumn(np.full(len(self.position_at(1)), np.nan))
        return NumberColumn(self.affinity_of(position))

    @cached_property
    def _positions(self) -> dict[str, int]:
        """Entities by name or identifier, which wins; the first of equal ones."""
        named = {name: index for index, name in reversed(list(enumerate(self.names)))}
        return named | {identifier: index for index, identifier in reversed(list(enumerate(self.ids)))}


def rank_all(affinities: Numbers, is_similarity: bool, ids: Sequence[str], names: Sequence[str]) -> RankedEntities:
    """Entities ranked by affinities to all of them, shape (n_rows, n_entities); equal ones in their order.

    Only the nearest is looked for until another rank is asked for.
    """
    keys = np.where(np.isnan(affinities), np.inf, -affinities if is_similarity else affinities)
    n_rows, n_entities = affinities.shape
    rows = np.arange(n_rows)
    order: list[NDArray[np.intp]] = []

    def position_at(rank: int) -> NDArray[np.int32]:
        if not 1 <= rank <= n_entities:
            return np.full(n_rows, -1, dtype=np.int32)
        if rank == 1:
            chosen = np.argmin(keys, axis=1)
        else:
            if not order:
                order.append(np.argsort(keys, axis=1, kind="stable"))
            chosen = order[0][:, rank - 1]
        return np.where(np.isnan(affinities[rows, chosen]), -1, chosen).astype(np.int32)

    def affinity_at(rank: int) -> Numbers:
        position = position_at(rank)
        return np.where(position < 0, np.nan, affinities[rows, position])

    return RankedEntities(ids, names, position_at, affinity_at, lambda position: np.array(affinities[:, position]))
