"""Hypothesis strategies: random hub documents and rows that hurt (missing, boundary, unseen, infinite)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from modelport_runtime.columns import Column, NumberColumn, Table, TextColumn
from modelport_runtime.hub import (
    AggregationMethod,
    Apply,
    Card,
    Cast,
    CategoricalTerm,
    Constant,
    DataField,
    DataType,
    DerivedField,
    Discretize,
    DiscretizeBin,
    Document,
    Ensemble,
    Expression,
    FieldRef,
    InteractionTerm,
    Interval,
    InvalidValueTreatment,
    MapValues,
    MiningField,
    MiningFunction,
    MissingPredictionTreatment,
    MissingValueTreatment,
    Model,
    MultipleModelMethod,
    NormalizationMethod,
    NormContinuous,
    NormDiscrete,
    NumericTerm,
    OpType,
    OutlierTreatment,
    OutputField,
    Predictor,
    RegressionModel,
    RegressionTable,
    ResultFeature,
    Segment,
    Target,
    TargetValue,
    TreeEnsemble,
    TreeTarget,
    TreeTest,
    UsageType,
)

NUMBERS = (-3.0, -1.0, -0.5, 0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 7.0)
TEXTS = ("a", "b", "c", "", "Ä", "true")
UNSEEN = "unseen"
CLASSES = (("no", "yes"), ("a", "b", "c"), (0, 1), (3, 1, 2), (False, True))


@dataclass(frozen=True)
class Inputs:
    """Fields of a document by kind."""

    numbers: tuple[str, ...] = ("x0", "x1", "single", "whole")
    texts: tuple[str, ...] = ("s0", "s1")
    truths: tuple[str, ...] = ("flag",)


INPUTS = Inputs()
_TYPES = {"single": DataType.FLOAT, "whole": DataType.INTEGER, "flag": DataType.BOOLEAN}


def _around(value: float) -> list[float]:
    single = np.float32(value)
    near = [value, np.nextafter(value, np.inf), np.nextafter(value, -np.inf)]
    near += [float(single), float(np.nextafter(single, np.float32(np.inf)))]
    # Halfway between two float32, and beside: where a cast rounds the other way.
    middle = (float(single) + near[4]) / 2
    return [*near, middle, float(np.nextafter(middle, np.inf)), float(np.nextafter(middle, -np.inf))]


BOUNDARY = (*sorted({near for value in NUMBERS for near in _around(value)}), np.inf, -np.inf, np.nan, -0.0)


@st.composite
def tables(draw: st.DrawFn, max_rows: int = 12) -> Table:
    """Rows of every input field."""
    n_rows = draw(st.integers(1, max_rows))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    columns: dict[str, Column] = {}
    for name in INPUTS.numbers:
        values = random.choice(np.array(BOUNDARY), n_rows)
        if name == "single":
            values = values.astype(np.float32).astype(np.float64)
        if name == "whole":
            values = np.where(np.isfinite(values), np.round(values), np.nan)
        columns[name] = NumberColumn(values, _TYPES.get(name, DataType.DOUBLE))
    for name in INPUTS.texts:
        categories = (*TEXTS, UNSEEN)
        columns[name] = TextColumn(random.integers(-1, len(categories), n_rows).astype(np.int32), categories)
    columns["flag"] = NumberColumn(random.choice([0.0, 1.0, np.nan], n_rows), DataType.BOOLEAN)
    return Table(columns, n_rows)


@st.composite
def data_fields(draw: st.DrawFn) -> tuple[DataField, ...]:
    """The data dictionary without targets."""
    fields = []
    for name in INPUTS.numbers:
        whole = name == "whole"
        pool = st.sampled_from([-1, 0, 1, 2, 7] if whole else NUMBERS)
        left = draw(pool)
        # A margin need not be a value that the field can have, such as a fraction in a field of integers.
        margin = left + draw(st.sampled_from([0, 0.5]))
        intervals = st.just((Interval(left=margin, right=margin + 3, left_closed=draw(st.booleans())),))
        fields.append(
            DataField(
                name=name,
                data_type=_TYPES.get(name, DataType.DOUBLE),
                op_type=OpType.CONTINUOUS,
                values=draw(st.just(()) | st.lists(pool, unique=True, min_size=1, max_size=3).map(tuple)),
                intervals=draw(st.just(()) | intervals),
                missing_values=draw(st.just(()) | st.tuples(pool)),
                invalid_values=draw(st.just(()) | st.tuples(pool)),
            )
        )
    for name in INPUTS.texts:
        values = draw(st.just(()) | st.lists(st.sampled_from(TEXTS), unique=True, min_size=1).map(tuple))
        missing = draw(st.just(()) | st.just(("",)))
        fields.append(
            DataField(
                name=name,
                data_type=DataType.STRING,
                op_type=OpType.CATEGORICAL,
                values=values,
                missing_values=missing,
            )
        )
    fields.append(DataField(name="flag", data_type=DataType.BOOLEAN, op_type=OpType.CATEGORICAL))
    return tuple(fields)


@st.composite
def mining_fields(draw: st.DrawFn) -> tuple[MiningField, ...]:
    """The inputs with random treatments."""
    fields = []
    for name in (*INPUTS.numbers, *INPUTS.texts, *INPUTS.truths):
        value = {"s0": "a", "s1": UNSEEN, "flag": True, "whole": 2}.get(name, 1.5)
        low = draw(st.none() | st.sampled_from([-1.0, 0.0, 0.5]))
        fields.append(
            MiningField(
                name=name,
                missing_value_treatment=draw(
                    st.sampled_from([MissingValueTreatment.AS_IS] * 8 + [MissingValueTreatment.RETURN_INVALID])
                ),
                missing_value_replacement=draw(st.none() | st.just(value)),
                invalid_value_treatment=draw(st.sampled_from(InvalidValueTreatment)),
                invalid_value_replacement=value,
                outlier_treatment=draw(st.sampled_from(OutlierTreatment)) if name in INPUTS.numbers else "asIs",
                low_value=low,
                high_value=draw(st.none() | st.sampled_from([2.0, 2.5])),
            )
        )
    return tuple(replace(f, outlier_treatment=OutlierTreatment(f.outlier_treatment)) for f in fields)


def _constant(value: float | str | bool) -> Constant:
    kinds = {bool: DataType.BOOLEAN, int: DataType.INTEGER, float: DataType.DOUBLE, str: DataType.STRING}
    return Constant(value=value, data_type=kinds[type(value)])


def _apply(name: str, *arguments: Expression, **options: object) -> Apply:
    return Apply(function=name, arguments=arguments, **options)  # type: ignore[arg-type]


_TREATMENTS = st.sampled_from(InvalidValueTreatment).filter(lambda t: t is not InvalidValueTreatment.AS_VALUE)


def number_expressions(depth: int = 3) -> st.SearchStrategy[Expression]:
    """Numbers by operations that are exact in any engine: no transcendental function."""
    leaves = st.one_of(
        st.sampled_from(INPUTS.numbers).map(lambda name: FieldRef(field=name)),
        st.sampled_from(NUMBERS).map(_constant),
        st.sampled_from(INPUTS.numbers).map(lambda name: FieldRef(field=name, map_missing_to=2)),
        st.builds(
            NormDiscrete, field=st.just("s0"), value=st.sampled_from(TEXTS), map_missing_to=st.none() | st.just(0.5)
        ),
        st.builds(NormDiscrete, field=st.just("whole"), value=st.sampled_from([0, 1, 2])),
        norm_continuous(),
        map_numbers(),
    )
    if depth == 0:
        return leaves
    below = number_expressions(depth - 1)
    options = {"map_missing_to": st.none() | st.just(3), "default_value": st.none() | st.just(-2)}
    return st.one_of(
        leaves,
        st.builds(
            lambda name, left, right, treatment, **given: _apply(
                name, left, right, invalid_value_treatment=treatment, **given
            ),
            st.sampled_from(["+", "-", "*", "/", "modulo", "threshold"]),
            below,
            below,
            _TREATMENTS,
            **options,
        ),
        st.builds(
            lambda name, operand, treatment: _apply(name, operand, invalid_value_treatment=treatment),
            st.sampled_from(["abs", "floor", "ceil", "round", "rint", "sqrt", "-"]),
            below,
            _TREATMENTS,
        ),
        st.builds(
            lambda name, operands, **given: _apply(name, *operands, **given),
            st.sampled_from(["min", "max", "sum", "avg", "median", "product"]),
            st.lists(below, min_size=1, max_size=4),
            **options,
        ),
        st.builds(
            lambda condition, branches, **given: _apply("if", condition, *branches, **given),
            truth_expressions(depth - 1),
            st.lists(below, min_size=1, max_size=2),
            **options,
        ),
        st.builds(
            Cast, expression=below, data_type=st.sampled_from([DataType.FLOAT, DataType.INTEGER, DataType.DOUBLE])
        ),
    )


@st.composite
def norm_continuous(draw: st.DrawFn) -> NormContinuous:
    """Interpolation over two to five points."""
    original = draw(st.sampled_from([[-1.0, 2.0], [-1.0, 0.5, 2.0], [-3.0, -1.0, 0.1, 1.0, 7.0]]))
    return NormContinuous(
        field=draw(st.sampled_from(INPUTS.numbers)),
        original=np.array(original),
        norm=np.array(draw(st.lists(st.sampled_from(NUMBERS), min_size=len(original), max_size=len(original)))),
        outlier_treatment=draw(st.sampled_from(OutlierTreatment)),
        map_missing_to=draw(st.none() | st.just(-7.0)),
    )


@st.composite
def map_numbers(draw: st.DrawFn) -> MapValues:
    """A table of numbers by text, or by text and number, with empty cells."""
    fields = draw(st.sampled_from([("s0",), ("s0", "whole"), ("whole", "s1", "flag")]))
    pools = {"s0": TEXTS, "s1": TEXTS, "whole": (0, 1, 2, 7), "flag": (True, False)}
    cell = {name: st.sampled_from(pools[name]) | (st.none() if len(fields) > 1 else st.nothing()) for name in fields}
    keys = draw(st.lists(st.tuples(*(cell[name] for name in fields)), min_size=1, max_size=5))
    return MapValues(
        fields=fields,
        keys=tuple(keys),
        results=tuple(draw(st.sampled_from(NUMBERS) | st.none()) for _ in keys),
        data_type=DataType.DOUBLE,
        default_value=draw(st.none() | st.just(-1.5)),
        map_missing_to=draw(st.none() | st.just(9.0)),
    )


def text_expressions() -> st.SearchStrategy[Expression]:
    """Text from fields, constants, bins, tables and branches."""
    ref = st.sampled_from(INPUTS.texts).map(lambda name: FieldRef(field=name))
    bins = st.just(
        Discretize(
            field="x0",
            bins=(
                DiscretizeBin(value="low", interval=Interval(right=0.5, right_closed=False)),
                DiscretizeBin(value="a", interval=Interval(left=0.5, right=1.5)),
                DiscretizeBin(value="b", interval=Interval(left=1.0, left_closed=False, right=7.0)),
            ),
            data_type=DataType.STRING,
            default_value="other",
            map_missing_to="none",
        )
    )
    table = st.just(
        MapValues(fields=("s1",), keys=(("a",), ("b",), ("a",)), results=("b", "c", "x"), data_type=DataType.STRING)
    )
    joined = st.builds(lambda left, right: _apply("concat", left, right), ref, ref)
    simple = st.one_of(ref, bins, table, joined, st.sampled_from(TEXTS).map(_constant))
    branch = st.builds(lambda c, a, b: _apply("if", c, a, b), truth_expressions(1), simple, simple)
    return simple | branch


def truth_expressions(depth: int = 2) -> st.SearchStrategy[Expression]:
    """Predicates in three-valued logic."""
    order = st.sampled_from(["equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual"])
    number = st.sampled_from(INPUTS.numbers).map(lambda name: FieldRef(field=name))
    text = st.sampled_from(INPUTS.texts).map(lambda name: FieldRef(field=name))
    leaves = st.one_of(
        st.just(FieldRef(field="flag")),
        st.sampled_from([_constant(True), _constant(False), Constant(value=None, data_type=DataType.BOOLEAN)]),
        st.builds(_apply, order, number, st.sampled_from(NUMBERS).map(_constant)),
        st.builds(_apply, order, number, number),
        st.builds(_apply, st.sampled_from(["equal", "notEqual"]), text, text | st.sampled_from(TEXTS).map(_constant)),
        st.builds(
            lambda name, operand, members: _apply(name, operand, *map(_constant, members)),
            st.sampled_from(["isIn", "isNotIn"]),
            text,
            st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3),
        ),
        st.builds(_apply, st.sampled_from(["isMissing", "isNotMissing"]), number | text),
    )
    if depth == 0:
        return leaves
    below = truth_expressions(depth - 1)
    return st.one_of(
        leaves,
        st.builds(
            lambda name, operands: _apply(name, *operands),
            st.sampled_from(["and", "or", "xor", "surrogate"]),
            st.lists(below, min_size=1, max_size=3),
        ),
        st.builds(lambda operand: _apply("not", operand), below),
    )


# -- predictors ------------------------------------------------------------------------------------------------------

NUMERIC_FEATURES = ("x0", "x1", "single", "whole", "d0")
TEXT_FEATURES = ("s0", "s1")


@st.composite
def tree_ensembles(draw: st.DrawFn, classes: tuple[object, ...] = (), exact: bool = False) -> TreeEnsemble:
    """Trees with every test, shared nodes, three ways out, sets, votes, several score columns."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_trees = draw(st.sampled_from([1, 1, 2, 3, 7]))
    input_type = draw(st.sampled_from([DataType.DOUBLE, DataType.FLOAT]))
    is_float = not exact and draw(st.booleans())
    nodes = _RandomNodes(random, shared=draw(st.booleans()))
    roots = [nodes.tree(int(random.integers(0, 5))) for _ in range(n_trees)]
    margin = not exact and len(classes) == 2 and draw(st.booleans())
    width = len(classes) if classes and not margin else 1
    values = random.choice([0.0, 0.25, 0.5, 0.75, 1.0, 0.1, -1.3], (nodes.n_leaves, width))
    if classes and not margin:
        values = np.abs(values) + 0.125
        values = values / values.sum(axis=1, keepdims=True)
    method = AggregationMethod.SUM
    if not is_float:
        methods = [AggregationMethod.SUM, AggregationMethod.AVERAGE, AggregationMethod.WEIGHTED_AVERAGE]
        methods += [AggregationMethod.MEDIAN]
        if classes and not margin:
            methods = [*methods[1:], AggregationMethod.MAJORITY_VOTE, AggregationMethod.WEIGHTED_MAJORITY_VOTE]
        method = draw(st.sampled_from(methods))
    normalization = NormalizationMethod.LOGIT if margin else NormalizationMethod.NONE
    return TreeEnsemble(
        features=(*NUMERIC_FEATURES, *TEXT_FEATURES),
        feature_categories=(None,) * len(NUMERIC_FEATURES) + (TEXTS[:4], TEXTS),
        **nodes.arrays(),
        roots=np.array(roots),
        leaf_values=values,
        leaf_labels=random.integers(-1, len(classes), nodes.n_leaves) if classes and draw(st.booleans()) else None,
        leaf_ids=tuple(f"leaf {index}" for index in range(nodes.n_leaves)),
        tree_weights=random.choice([0.5, 1.0, 2.0], n_trees) if "weighted" in method.lower() else None,
        aggregation_method=method,
        base_scores=random.choice([0.0, 0.5, -0.3], width) if draw(st.booleans()) and "ote" not in method else None,
        input_type=input_type,
        sum_type=DataType.FLOAT if is_float else DataType.DOUBLE,
        targets=(
            TreeTarget(
                classes=tuple(classes),
                n_columns=width,
                normalization_method=normalization,
                tie_goes_to_last=draw(st.booleans()),
            ),
        ),
    )


class _RandomNodes:
    """Node arrays grown tree by tree; children come after their parents, so there are no cycles."""

    _SETS = ((0.0, 2.0), (1.0,), (), (0.1, 0.5, 7.0), (3.0, 0.0, 1.0))

    def __init__(self, random: np.random.Generator, shared: bool) -> None:
        self._random = random
        self._shared = shared
        self._rows: list[list[float]] = []
        self.n_leaves = 0
        self._set_kind = bool(random.integers(2))

    def tree(self, depth: int) -> int:
        place = len(self._rows)
        self._rows.append([])
        if depth == 0 or self._random.random() < 0.15:
            self._rows[place] = [-1, TreeTest.LEAF, 0.0, -1, -1, -1, -1, self.n_leaves]
            self.n_leaves += 1
            return place
        feature, test, threshold, set_index = self._test()
        yes = self.tree(depth - 1)
        no = self.tree(depth - 1)
        way = self._random.integers(4)
        missing = (yes, no, no, yes)[way] if way < 2 or not self._shared else None
        if missing is None:
            missing = self.tree(depth - 1) if way == 2 else int(self._random.integers(place + 1, len(self._rows)))
        self._rows[place] = [feature, test, threshold, set_index, yes, no, missing, -1]
        return place

    def _test(self) -> tuple[int, int, float, int]:
        random = self._random
        feature = int(random.integers(len(NUMERIC_FEATURES) + len(TEXT_FEATURES)))
        if random.random() < 0.1:
            return -1, TreeTest.ALWAYS, 0.0, -1
        if random.random() < 0.1:
            return feature, TreeTest.IS_MISSING, 0.0, -1
        is_text = feature >= len(NUMERIC_FEATURES)
        if random.random() < 0.25 and is_text == self._set_kind:
            return feature, TreeTest.IN_SET, 0.0, int(random.integers(len(self._SETS)))
        if is_text:
            return feature, int(random.choice([TreeTest.EQUAL, TreeTest.NOT_EQUAL])), float(random.integers(4)), -1
        return feature, int(random.integers(1, 7)), float(random.choice(BOUNDARY[:-4])), -1

    def arrays(self) -> dict[str, np.ndarray]:
        table = np.array(self._rows)
        names = ("feature", "test", "threshold", "set_index", "when_true", "when_false", "when_missing", "leaf")
        arrays = {name: table[:, column] for column, name in enumerate(names)}
        sizes = [len(members) for members in self._SETS]
        arrays["set_offsets"] = np.concatenate(([0], np.cumsum(sizes)))
        arrays["set_members"] = np.concatenate([np.array(members) for members in self._SETS])
        return arrays


@st.composite
def regressions(draw: st.DrawFn, classes: tuple[object, ...] = ()) -> RegressionModel:
    """Linear models with every kind of term and every normalization that has a float64 kernel."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    terms = (
        NumericTerm(field="x0"),
        NumericTerm(field="d0", exponent=draw(st.sampled_from([1, 2, 3]))),
        CategoricalTerm(field="s0", value="a"),
        CategoricalTerm(field="s0", value="b"),
        CategoricalTerm(field="whole", value=2),
        InteractionTerm(fields=("x1", "single")),
    )
    chosen = tuple(term for term in terms if draw(st.booleans())) or terms[:1]
    methods = list(NormalizationMethod)
    if len(classes) > 2:
        methods = [NormalizationMethod.SOFTMAX, NormalizationMethod.LOGIT]
    method = draw(st.sampled_from(methods))
    tables = tuple(
        RegressionTable(
            intercept=float(random.normal()),
            terms=chosen,
            coefficients=random.normal(size=len(chosen)) / 4,
            target_category=label,
        )
        for label in (classes or (None,))
    )
    return RegressionModel(
        tables=tables,
        normalization_method=method,
        renormalize=bool(classes) and method is NormalizationMethod.LOGIT and draw(st.booleans()),
        tie_goes_to_last=draw(st.booleans()),
        sum_type=draw(st.sampled_from([DataType.DOUBLE, DataType.DOUBLE, DataType.FLOAT])),
    )


_NUMBER_METHODS = (
    MultipleModelMethod.AVERAGE,
    MultipleModelMethod.WEIGHTED_AVERAGE,
    MultipleModelMethod.SUM,
    MultipleModelMethod.WEIGHTED_SUM,
    MultipleModelMethod.MAX,
    MultipleModelMethod.MEDIAN,
    MultipleModelMethod.WEIGHTED_MEDIAN,
    MultipleModelMethod.SELECT_FIRST,
    MultipleModelMethod.MODEL_CHAIN,
)
_CLASS_METHODS = (
    MultipleModelMethod.MAJORITY_VOTE,
    MultipleModelMethod.WEIGHTED_MAJORITY_VOTE,
    MultipleModelMethod.AVERAGE,
    MultipleModelMethod.WEIGHTED_AVERAGE,
    MultipleModelMethod.MAX,
    MultipleModelMethod.MEDIAN,
    MultipleModelMethod.SELECT_FIRST,
)


@st.composite
def ensembles(draw: st.DrawFn, classes: tuple[object, ...] = ()) -> Ensemble:
    """Members of trees with predicates, weights and treatments of missing predictions."""
    function = MiningFunction.CLASSIFICATION if classes else MiningFunction.REGRESSION
    names = (*INPUTS.numbers, *INPUTS.texts, *INPUTS.truths, "d0")
    segments = []
    for index in range(draw(st.integers(1, 4))):
        model = Model(
            function=function,
            predictor=draw(tree_ensembles(classes, exact=True)),
            mining_fields=(
                *(MiningField(name=name) for name in names),
                MiningField(name="y", usage_type=UsageType.TARGET),
            ),
        )
        predicate = draw(st.none() | truth_expressions(1))
        weight = draw(st.sampled_from([0.5, 1.0, 2.0]))
        segments.append(Segment(model=model, predicate=predicate, weight=weight, id=str(index + 1)))
    return Ensemble(
        method=draw(st.sampled_from(_CLASS_METHODS if classes else _NUMBER_METHODS)),
        segments=tuple(segments),
        missing_prediction_treatment=draw(st.sampled_from(MissingPredictionTreatment)),
        missing_threshold=draw(st.sampled_from([0.25, 0.5, 1.0])),
    )


@st.composite
def documents(draw: st.DrawFn, predictor: Predictor, classes: tuple[object, ...] = ()) -> Document:
    """A document around a predictor: treatments, a derived field ``d0``, targets and outputs."""
    function = MiningFunction.CLASSIFICATION if classes else MiningFunction.REGRESSION
    kinds = {bool: DataType.BOOLEAN, int: DataType.INTEGER, str: DataType.STRING}
    target_type = kinds[type(classes[0])] if classes else DataType.DOUBLE
    target = DataField(name="y", data_type=target_type, op_type=OpType.CATEGORICAL if classes else OpType.CONTINUOUS)
    derived = DerivedField(
        name="d0", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS, expression=draw(number_expressions(1))
    )
    return Document(
        data_fields=(*draw(data_fields()), target),
        model=Model(
            function=function,
            predictor=predictor,
            mining_fields=(*draw(mining_fields()), MiningField(name="y", usage_type=UsageType.TARGET)),
            derived_fields=(derived,),
            targets=draw(_class_targets(classes) if classes else _number_targets()),
            outputs=_class_outputs(classes) if classes else _number_outputs(),
        ),
        card=Card(name="random"),
    )


def _number_targets() -> st.SearchStrategy[tuple[Target, ...]]:
    return st.just(()) | st.builds(
        lambda **given: (Target(**given),),
        min=st.none() | st.just(0.25),
        max=st.none() | st.just(1.5),
        rescale_factor=st.sampled_from([1.0, 4.0]),
        rescale_constant=st.sampled_from([0.0, 0.5]),
        values=st.just(()) | st.just((TargetValue(default_value=-5.0),)),
    )


def _class_targets(classes: tuple[object, ...]) -> st.SearchStrategy[tuple[Target, ...]]:
    priors = tuple(TargetValue(value=label, prior_probability=0.5 / (i + 1)) for i, label in enumerate(classes))
    return st.just(()) | st.just((Target(values=priors),))


def _number_outputs() -> tuple[OutputField, ...]:
    positive = _apply("greaterThan", FieldRef(field="y"), _constant(0.5))
    return (
        OutputField(name="again"),
        OutputField(name="leaf", feature=ResultFeature.ENTITY_ID, data_type=DataType.STRING),
        OutputField(
            name="positive",
            feature=ResultFeature.TRANSFORMED_VALUE,
            data_type=DataType.BOOLEAN,
            expression=positive,
        ),
    )


def _class_outputs(classes: tuple[object, ...]) -> tuple[OutputField, ...]:
    probabilities = tuple(
        OutputField(name=f"p{index}", feature=ResultFeature.PROBABILITY, value=label, data_type=DataType.DOUBLE)
        for index, label in enumerate(classes)
    )
    return (
        *probabilities,
        OutputField(name="best", feature=ResultFeature.PROBABILITY),
        OutputField(name="second", rank=2),
        OutputField(name="leaf", feature=ResultFeature.ENTITY_ID, data_type=DataType.STRING),
    )
