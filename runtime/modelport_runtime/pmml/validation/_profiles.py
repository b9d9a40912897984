"""What consumers are known to refuse or misread, as data: a test runs the consumer for each entry."""

from __future__ import annotations

from collections.abc import Mapping

from modelport_runtime.pmml.validation import _profile_finders as find
from modelport_runtime.pmml.validation._profile import Entry, Outcome

__all__ = ["PROFILES"]

_REFUSES, _MISREADS = Outcome.REFUSES, Outcome.MISREADS
_OF_TWO_NUMBERS = {"pow", "threshold", "hypot"}
_GUARD = "put it inside an if whose condition is isNotMissing, or replace missing values in the mining schema"

PMML4S = (
    Entry(
        id="pmml4s/multi-model-chain",
        outcome=_REFUSES,
        what="multipleModelMethod x-multiModelChain, a vendor's extension",
        remedy="write a modelChain whose last member shows the results of the others",
        find=find.attribute("Segmentation", "multipleModelMethod", "x-multiModelChain"),
    ),
    Entry(
        id="pmml4s/x-weighted-sum",
        outcome=_MISREADS,
        what="multipleModelMethod x-weightedSum, a vendor's extension: it adds without the weights",
        remedy="write weightedSum, which PMML 4.4 has",
        find=find.attribute("Segmentation", "multipleModelMethod", "x-weightedSum"),
    ),
    Entry(
        id="pmml4s/math-context",
        outcome=_MISREADS,
        what="x-mathContext, a vendor's extension: it computes in double",
        rows="whose result depends on rounding to float",
        remedy="fold the rounding to float into thresholds and coefficients",
        find=find.attribute("*", "x-mathContext", "float"),
    ),
    Entry(
        id="pmml4s/lag",
        outcome=_REFUSES,
        what="Lag",
        remedy="give the earlier value as a field of its own",
        find=find.elements("Lag"),
    ),
    Entry(
        id="pmml4s/aggregate",
        outcome=_REFUSES,
        what="Aggregate",
        remedy="give the aggregate as a field of its own",
        find=find.elements("Aggregate"),
    ),
    Entry(
        id="pmml4s/time-series",
        outcome=_REFUSES,
        what="TimeSeriesModel",
        remedy="score it elsewhere",
        find=find.elements("TimeSeriesModel"),
    ),
    Entry(
        id="pmml4s/format-number",
        outcome=_REFUSES,
        what="the function formatNumber with a pattern of whole numbers, such as %d",
        remedy="format the result where it is shown",
        find=find.whole_number_formats,
    ),
    Entry(
        id="pmml4s/distribution-without-count",
        outcome=_REFUSES,
        what="a ScoreDistribution without recordCount",
        remedy="give recordCount beside the probability",
        find=find.without_attribute("ScoreDistribution", "recordCount"),
    ),
    Entry(
        id="pmml4s/boolean-digit",
        outcome=_REFUSES,
        what="0 and 1 as values of a boolean field",
        remedy="write true and false",
        find=find.boolean_digits,
    ),
    Entry(
        id="pmml4s/date",
        outcome=_MISREADS,
        what="fields of type date, time and dateTime: they are always missing",
        remedy="give the days or seconds as a number",
        find=find.attribute("DataField", "dataType", "date", "time", "dateTime"),
    ),
    Entry(
        id="pmml4s/float-field",
        outcome=_MISREADS,
        what="fields of type float: it does not round what it is given",
        rows="whose values float cannot hold",
        remedy="round before scoring, or declare double and fold the rounding into thresholds",
        find=find.attribute("DataField", "dataType", "float"),
    ),
    Entry(
        id="pmml4s/text-reference",
        outcome=_MISREADS,
        what="a text with references such as &amp;: it keeps the piece after the last one",
        rows="that meet the text",
        remedy="write the text as one CDATA section",
        find=find.split_texts,
    ),
    Entry(
        id="pmml4s/discretize-outside",
        outcome=_MISREADS,
        what="defaultValue and mapMissingTo of Discretize: the result is missing",
        rows="outside the bins, or without a value",
        remedy="cover every value with a bin, and replace missing values in the mining schema",
        find=find.discretize_outside,
    ),
    Entry(
        id="pmml4s/missing-argument",
        outcome=_MISREADS,
        what="a missing argument of a comparison, of round, threshold or a text function: it is false, 0 or empty",
        rows="in which the argument is missing",
        remedy=_GUARD,
        find=find.unguarded_arguments(find.COMPARISONS | find.TEXTS | {"round", "threshold", "if"}),
    ),
    Entry(
        id="pmml4s/ordinal-regression",
        outcome=_MISREADS,
        what="a RegressionModel of an ordinal target: it takes the last class for one of two",
        remedy="give the cumulative probabilities as models of a chain, and subtract them in its outputs",
        find=find.ordinal_regressions,
    ),
    Entry(
        id="pmml4s/link-of-classes",
        outcome=_MISREADS,
        what="a link other than softmax for three or more classes: probabilities are NaN",
        remedy="write one member a class in a chain, and divide by the sum in its outputs",
        find=find.links_of_classes("logit", "probit", "cloglog", "loglog", "cauchit"),
    ),
    Entry(
        id="pmml4s/loglog",
        outcome=_MISREADS,
        what="normalizationMethod loglog of a regression: the result is NaN",
        remedy="write exp(-exp(-y)) as an output field",
        find=find.regressions_with("loglog"),
    ),
    Entry(
        id="pmml4s/softmax-overflow",
        outcome=_MISREADS,
        what="softmax of large margins: probabilities are NaN",
        rows="with a margin above 709",
        remedy="subtract the largest margin from all",
        find=find.attribute("RegressionModel", "normalizationMethod", "softmax"),
    ),
    Entry(
        id="pmml4s/weighted-nodes",
        outcome=_MISREADS,
        what="probabilities under missingValueStrategy weightedConfidence and aggregateNodes: they are NaN",
        rows="that miss the value of a split",
        remedy="use defaultChild or lastPrediction",
        find=find.attribute("TreeModel", "missingValueStrategy", "weightedConfidence", "aggregateNodes"),
    ),
    Entry(
        id="pmml4s/output-alone",
        outcome=_MISREADS,
        what="a model with an Output: it returns its fields only, not the target",
        remedy='add <OutputField name="..." feature="predictedValue"/>',
        is_note=True,
        find=find.outputs_without_prediction,
    ),
    Entry(
        id="pmml4s/targets",
        outcome=_MISREADS,
        what="a chain with several targets: it returns the last one only",
        remedy="add an output field for each target to the last member",
        is_note=True,
        find=find.chains_of_targets,
    ),
    Entry(
        id="pmml4s/compare-table",
        outcome=_MISREADS,
        what="compareFunction table of clusters: no cluster is found",
        remedy="write the categories as 0 and 1 in derived fields",
        find=find.attribute("ClusteringField", "compareFunction", "table"),
    ),
)

JPMML = (
    Entry(
        id="jpmml/https-namespace",
        outcome=_REFUSES,
        what="the namespace https://www.dmg.org/...",
        remedy="write http://www.dmg.org/..., as the schema has it",
        find=find.https_namespace,
    ),
    Entry(
        id="jpmml/anomaly",
        outcome=_REFUSES,
        what="AnomalyDetectionModel",
        remedy="write the model inside, and its score as an output field",
        find=find.elements("AnomalyDetectionModel"),
    ),
    Entry(
        id="jpmml/time-series",
        outcome=_REFUSES,
        what="TimeSeriesModel with exponential smoothing",
        remedy="score it elsewhere",
        find=find.elements("ExponentialSmoothing"),
    ),
    Entry(
        id="jpmml/weighted-nodes",
        outcome=_REFUSES,
        what="missingValueStrategy weightedConfidence and aggregateNodes",
        rows="that miss the value of a split",
        remedy="use defaultChild or lastPrediction",
        find=find.attribute("TreeModel", "missingValueStrategy", "weightedConfidence", "aggregateNodes"),
    ),
    Entry(
        id="jpmml/x-weighted-sum",
        outcome=_REFUSES,
        what="multipleModelMethod x-weightedSum in a document of PMML 4.4",
        remedy="write weightedSum, which PMML 4.4 has",
        find=find.attribute("Segmentation", "multipleModelMethod", "x-weightedSum"),
    ),
    Entry(
        id="jpmml/integer-target",
        outcome=_REFUSES,
        what="a result with a fraction for a regression's target of type integer",
        rows="whose result is no whole number",
        remedy='declare the target double, or add castInteger="round" to its Target',
        find=find.integer_targets,
    ),
    Entry(
        id="jpmml/median",
        outcome=_REFUSES,
        what="the function median",
        remedy="write it with min and max",
        find=find.functions("median"),
    ),
    Entry(
        id="jpmml/missing-argument",
        outcome=_REFUSES,
        what="a missing argument of most functions",
        rows="in which the argument is missing",
        remedy=_GUARD,
        find=find.unguarded_arguments(find.COMPARISONS | find.TEXTS | find.OF_ONE_NUMBER | _OF_TWO_NUMBERS),
    ),
    Entry(
        id="jpmml/is-not-valid",
        outcome=_MISREADS,
        what="isNotValid of a missing value: it is false, as isValid is",
        rows="in which the argument is missing",
        remedy="write not(isValid(...))",
        find=find.functions("isNotValid"),
    ),
    Entry(
        id="jpmml/link-of-classes",
        outcome=_REFUSES,
        what="probit, cloglog, loglog and cauchit for three or more classes that have no order",
        remedy="write one member a class in a chain, and divide by the sum in its outputs",
        find=find.links_of_classes("probit", "cloglog", "loglog", "cauchit"),
    ),
    Entry(
        id="jpmml/compare-table",
        outcome=_REFUSES,
        what="compareFunction table",
        remedy="write the categories as 0 and 1 in derived fields",
        find=find.attribute("ClusteringField", "compareFunction", "table"),
    ),
    Entry(
        id="jpmml/targets",
        outcome=_MISREADS,
        what="a chain with several targets: it returns the last one only",
        remedy="add an output field for each target to the last member",
        is_note=True,
        find=find.chains_of_targets,
    ),
)

PROFILES: Mapping[str, tuple[Entry, ...]] = {"pmml4s": PMML4S, "jpmml": JPMML, "portable": (*PMML4S, *JPMML)}
"""Entries by profile; ``portable`` is what any consumer refuses or misreads."""
