"""Closed sets of names, spelled as PMML 4.4 spells them, and the scalar types of constants."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "DataType",
    "InvalidValueTreatment",
    "MiningFunction",
    "MissingPredictionTreatment",
    "MissingValueTreatment",
    "MultipleModelMethod",
    "NormalizationMethod",
    "OpType",
    "OutlierTreatment",
    "ResultFeature",
    "Scalar",
    "UsageType",
]

Scalar = str | int | float | bool
"""A constant of the hub. Dates and times are held in their ISO 8601 text."""


class DataType(StrEnum):
    """Type of a field's values (PMML 4.4, DataDictionary, DATATYPE)."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "dateTime"
    DATE_DAYS_SINCE_0 = "dateDaysSince[0]"
    DATE_DAYS_SINCE_1960 = "dateDaysSince[1960]"
    DATE_DAYS_SINCE_1970 = "dateDaysSince[1970]"
    DATE_DAYS_SINCE_1980 = "dateDaysSince[1980]"
    TIME_SECONDS = "timeSeconds"
    DATE_TIME_SECONDS_SINCE_0 = "dateTimeSecondsSince[0]"
    DATE_TIME_SECONDS_SINCE_1960 = "dateTimeSecondsSince[1960]"
    DATE_TIME_SECONDS_SINCE_1970 = "dateTimeSecondsSince[1970]"
    DATE_TIME_SECONDS_SINCE_1980 = "dateTimeSecondsSince[1980]"

    @property
    def is_number(self) -> bool:
        """Whether values are plain numbers (not booleans, not dates)."""
        return self in (DataType.INTEGER, DataType.FLOAT, DataType.DOUBLE)


class OpType(StrEnum):
    """Operational type of a field (PMML 4.4, DataDictionary, OPTYPE)."""

    CATEGORICAL = "categorical"
    ORDINAL = "ordinal"
    CONTINUOUS = "continuous"


class MiningFunction(StrEnum):
    """What a model does (PMML 4.4, MINING-FUNCTION)."""

    ASSOCIATION_RULES = "associationRules"
    SEQUENCES = "sequences"
    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    CLUSTERING = "clustering"
    TIME_SERIES = "timeSeries"
    MIXED = "mixed"


class UsageType(StrEnum):
    """Role of a field in a model (PMML 4.4, MiningSchema, FIELD-USAGE-TYPE)."""

    ACTIVE = "active"
    PREDICTED = "predicted"
    TARGET = "target"
    SUPPLEMENTARY = "supplementary"
    GROUP = "group"
    ORDER = "order"
    FREQUENCY_WEIGHT = "frequencyWeight"
    ANALYSIS_WEIGHT = "analysisWeight"


class MissingValueTreatment(StrEnum):
    """What becomes of a missing input (PMML 4.4, MiningSchema). All but ``returnInvalid`` only say where the
    replacement value came from: a replacement, when there is one, is what is used.
    """

    AS_IS = "asIs"
    AS_MEAN = "asMean"
    AS_MODE = "asMode"
    AS_MEDIAN = "asMedian"
    AS_VALUE = "asValue"
    RETURN_INVALID = "returnInvalid"


class InvalidValueTreatment(StrEnum):
    """What becomes of an input outside a field's declared values (PMML 4.4, MiningSchema)."""

    RETURN_INVALID = "returnInvalid"
    AS_IS = "asIs"
    AS_MISSING = "asMissing"
    AS_VALUE = "asValue"


class OutlierTreatment(StrEnum):
    """What becomes of a number outside [low value, high value] (PMML 4.4, MiningSchema)."""

    AS_IS = "asIs"
    AS_MISSING_VALUES = "asMissingValues"
    AS_EXTREME_VALUES = "asExtremeValues"


class NormalizationMethod(StrEnum):
    """How raw scores become the prediction or the probabilities (PMML 4.4, Regression)."""

    NONE = "none"
    SIMPLEMAX = "simplemax"
    SOFTMAX = "softmax"
    LOGIT = "logit"
    PROBIT = "probit"
    CLOGLOG = "cloglog"
    EXP = "exp"
    LOGLOG = "loglog"
    CAUCHIT = "cauchit"


class MultipleModelMethod(StrEnum):
    """How the results of members are combined (PMML 4.4, MultipleModels, MULTIPLE-MODEL-METHOD).

    ``MULTI_MODEL_CHAIN`` is ours and JPMML's: a chain in which every member's target is a result.
    """

    MAJORITY_VOTE = "majorityVote"
    WEIGHTED_MAJORITY_VOTE = "weightedMajorityVote"
    AVERAGE = "average"
    WEIGHTED_AVERAGE = "weightedAverage"
    MEDIAN = "median"
    WEIGHTED_MEDIAN = "x-weightedMedian"
    MAX = "max"
    SUM = "sum"
    WEIGHTED_SUM = "weightedSum"
    SELECT_FIRST = "selectFirst"
    SELECT_ALL = "selectAll"
    MODEL_CHAIN = "modelChain"
    MULTI_MODEL_CHAIN = "multiModelChain"


class MissingPredictionTreatment(StrEnum):
    """What a member without a prediction does to the whole (PMML 4.4, MultipleModels)."""

    RETURN_MISSING = "returnMissing"
    SKIP_SEGMENT = "skipSegment"
    CONTINUE = "continue"


class ResultFeature(StrEnum):
    """What an output field shows (PMML 4.4, Output, RESULT-FEATURE)."""

    PREDICTED_VALUE = "predictedValue"
    PREDICTED_DISPLAY_VALUE = "predictedDisplayValue"
    TRANSFORMED_VALUE = "transformedValue"
    DECISION = "decision"
    PROBABILITY = "probability"
    AFFINITY = "affinity"
    RESIDUAL = "residual"
    STANDARD_ERROR = "standardError"
    STANDARD_DEVIATION = "standardDeviation"
    CLUSTER_ID = "clusterId"
    CLUSTER_AFFINITY = "clusterAffinity"
    ENTITY_ID = "entityId"
    ENTITY_AFFINITY = "entityAffinity"
    WARNING = "warning"
    RULE_VALUE = "ruleValue"
    REASON_CODE = "reasonCode"
    ANTECEDENT = "antecedent"
    CONSEQUENT = "consequent"
    RULE = "rule"
    RULE_ID = "ruleId"
    CONFIDENCE = "confidence"
    SUPPORT = "support"
    LIFT = "lift"
    LEVERAGE = "leverage"
    CONFIDENCE_INTERVAL_LOWER = "confidenceIntervalLower"
    CONFIDENCE_INTERVAL_UPPER = "confidenceIntervalUpper"
