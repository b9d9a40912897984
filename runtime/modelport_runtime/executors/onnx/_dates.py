"""Dates and times, which columns hold as counts of days or seconds (PMML 4.4, DataDictionary; Built-in functions).

What reads or makes their text is not here, hence refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modelport_runtime.executors.onnx._graph import Graph
from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._promotion import number_arguments
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.executors.reference._calendar import SECONDS_PER_DAY, day_number
from modelport_runtime.executors.reference._casts import DAYS, SECONDS, TIMES
from modelport_runtime.executors.reference._scalars import epoch_days
from modelport_runtime.hub import DataType

__all__ = ["DATES", "MOMENTS", "moments"]

MOMENTS = DAYS | SECONDS | TIMES
"""Types whose values are days or seconds."""
_LAST_YEAR = 1_000_000


def moments(graph: Graph, name: str, source: DataType, target: DataType) -> str:
    """Counts of one type as those of another; numbers stay what they are."""
    if source not in DAYS | SECONDS or target not in DAYS | SECONDS:
        return name
    seconds = graph.op("Mul", name, graph.number(SECONDS_PER_DAY)) if source in DAYS else name
    shift = (epoch_days(source) - epoch_days(target)) * SECONDS_PER_DAY
    seconds = graph.op("Add", seconds, graph.number(shift)) if shift else seconds
    if target in SECONDS:
        return seconds
    return graph.op("Floor", graph.op("Div", seconds, graph.number(SECONDS_PER_DAY)))


def _seconds(lowering: Lowering, value: Number) -> str:
    return moments(lowering.graph, value.name, value.data_type, DataType.DATE_TIME)


def _start_of_year(graph: Graph, year: str) -> str:
    """Seconds from 1970 to the start of a year, whose fraction does not count; missing for a year that is none."""
    whole = graph.op("Mul", graph.op("Sign", year), graph.op("Floor", graph.op("Abs", year)))
    before = graph.op("Sub", whole, graph.number(1.0))

    def every(years: float) -> str:
        return graph.op("Floor", graph.op("Div", before, graph.number(years)))

    leap_days = graph.op("Add", graph.op("Sub", every(4.0), every(100.0)), every(400.0))
    days = graph.op("Add", graph.op("Mul", before, graph.number(365.0)), leap_days)
    days = graph.op("Add", days, graph.number(float(day_number(1, 1, 1))))
    seconds = graph.op("Mul", days, graph.number(SECONDS_PER_DAY))
    is_year = graph.op("LessOrEqual", graph.op("Abs", whole), graph.number(_LAST_YEAR))
    return graph.op("Where", is_year, seconds, graph.number(float("nan")))


def _since_year(make: Callable[[Graph, str], str]) -> Callable[[Lowering, Sequence[Value]], Value]:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        graph = lowering.graph
        moment, year = number_arguments(lowering, arguments, 2)
        seconds = graph.op("Sub", _seconds(lowering, moment), _start_of_year(graph, year.name))
        return Number(graph.op("Floor", make(graph, seconds)), DataType.INTEGER)

    return lower


def _since_midnight(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    graph = lowering.graph
    (moment,) = number_arguments(lowering, arguments, 1)
    seconds = moment.name
    if moment.data_type not in TIMES:
        seconds = _seconds(lowering, moment)
        day = graph.number(SECONDS_PER_DAY)
        rest = graph.op("Mod", seconds, day, fmod=1)
        seconds = graph.op("Where", graph.op("Less", rest, graph.number(0.0)), graph.op("Add", rest, day), rest)
    return Number(graph.op("Floor", seconds), DataType.INTEGER)


DATES: dict[str, Callable[[Lowering, Sequence[Value]], Value]] = {
    "dateDaysSinceYear": _since_year(lambda graph, name: graph.op("Div", name, graph.number(SECONDS_PER_DAY))),
    "dateSecondsSinceYear": _since_year(lambda graph, name: name),
    "dateSecondsSinceMidnight": _since_midnight,
}
