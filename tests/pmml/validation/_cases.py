"""For every rule a document that breaks it: one of the clean documents, changed in one place."""

from __future__ import annotations

from dataclasses import dataclass

from tests.pmml.validation._documents import (
    ASSOCIATION,
    BAYES,
    BELIEFS,
    CHAIN,
    CLUSTERING,
    ENSEMBLE,
    GENERAL,
    NEIGHBOURS,
    NETWORK,
    REGRESSION,
    SCORECARD,
    SERIES,
    TRANSFORMATIONS,
    TREE,
    VECTORS,
    VOTES,
)

__all__ = ["CASES", "Case"]

_MARK = "¦"
"""Stands before the start tag that the finding is to point to."""


@dataclass(frozen=True, slots=True)
class Case:
    """A change that makes a clean document break a rule.

    Attributes:
        rule: The rule.
        clean: The document, in which the rule finds nothing.
        old: What is replaced in it, once.
        new: What stands there instead, with a mark before the tag to be found.
        path: The path to be given.
        says: Part of the message.
        mark: The tag to be found, where it is not in what is new.
    """

    rule: str
    clean: str
    old: str
    new: str
    path: str
    says: str
    mark: str = ""

    @property
    def broken(self) -> str:
        """The document that breaks the rule."""
        return self._marked.replace(_MARK, "")

    @property
    def place(self) -> tuple[int, int]:
        """Line and column of the mark, from 1."""
        before = self._marked[: self._marked.index(_MARK)]
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    @property
    def _marked(self) -> str:
        assert self.clean.count(self.old) == 1, self.old
        changed = self.clean.replace(self.old, self.new)
        if self.mark:
            assert changed.count(self.mark) == 1, self.mark
            changed = changed.replace(self.mark, _MARK + self.mark)
        assert changed.count(_MARK) == 1, self.new
        return changed


_REGRESSION, _TREE, _MINING = "PMML/RegressionModel", "PMML/TreeModel", "PMML/MiningModel/Segmentation"
_TABLE, _GENERAL = f"{_REGRESSION}/RegressionTable", "PMML/GeneralRegressionModel"
_LOCAL = f"{_REGRESSION}/LocalTransformations/DerivedField"
_DICTIONARY = "PMML/SupportVectorMachineModel/VectorDictionary"
_COMPARISONS = "PMML/ClusteringModel/ClusteringField[2]/Comparisons"
_ROW = f"{_REGRESSION}/ModelVerification/InlineTable/row"
_SPLIT = f"{_TREE}/Node/Node[1]/CompoundPredicate"
_RED = '<CategoricalPredictor name="colour" value="red" coefficient="3"/>'

# fmt: off
_GRAMMAR = (
    Case(
        "version/unknown",
        REGRESSION,
        '<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">',
        '¦<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.9">',
        "PMML",
        "version='4.9'",
    ),
    Case(
        "version/namespace",
        REGRESSION,
        '<PMML xmlns="http://www.dmg.org/PMML-4_4"',
        '¦<PMML xmlns="http://www.dmg.org/PMML-4_3"',
        "PMML",
        "http://www.dmg.org/PMML-4_4",
    ),
    Case(
        "grammar/unknown-element", REGRESSION, _RED, f"{_RED}¦<Nonsense/>", f"{_TABLE}/Nonsense", "no element Nonsense"
    ),
    Case(
        "grammar/unexpected-element",
        REGRESSION,
        "<Targets>",
        "¦<Output/><Targets>",
        f"{_REGRESSION}/Output[2]",
        "Output may not stand here",
    ),
    Case(
        "grammar/missing-element",
        TREE,
        '<Node id="3" score="no">\n      <True/>',
        '¦<Node id="3" score="no">',
        f"{_TREE}/Node/Node[2]",
        "SimplePredicate",
    ),
    Case(
        "grammar/missing-element",
        REGRESSION,
        "<row><x>1</x><colour>red</colour><y>6</y></row>",
        "¦<row><x>1</x></row>",
        _ROW,
        "row ends where it still needs another element, of any name",
    ),
    Case(
        "grammar/unknown-attribute",
        REGRESSION,
        '<Target field="y"/>',
        '¦<Target field="y" colour="red"/>',
        f"{_REGRESSION}/Targets/Target",
        "no attribute 'colour'",
    ),
    Case(
        "grammar/missing-attribute",
        REGRESSION,
        '<RegressionTable intercept="1">',
        "¦<RegressionTable>",
        _TABLE,
        "'intercept'",
    ),
    Case(
        "grammar/value",
        REGRESSION,
        '<NumericPredictor name="x" coefficient="2"/>',
        '¦<NumericPredictor name="x" coefficient="2,5"/>',
        f"{_TABLE}/NumericPredictor",
        "coefficient='2,5'",
    ),
    Case(
        "grammar/value",
        REGRESSION,
        '<MiningField name="y" usageType="target"/>',
        '¦<MiningField name="y" usageType="aim"/>',
        f"{_REGRESSION}/MiningSchema/MiningField[3]",
        "usageType='aim'",
    ),
    Case("grammar/text", REGRESSION, "<Targets>", "¦<Targets>text", f"{_REGRESSION}/Targets", "holds text"),
    Case(
        "grammar/other",
        REGRESSION,
        "<Targets>",
        '¦<Targets xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">',
        f"{_REGRESSION}/Targets",
        "nil",
    ),
)

_FIELDS = (
    Case(
        "field/undefined",
        REGRESSION,
        '<NumericPredictor name="x"',
        '¦<NumericPredictor name="X"',
        f"{_TABLE}/NumericPredictor",
        "field 'X' is not defined",
    ),
    Case(
        "field/undefined",
        TRANSFORMATIONS,
        '<FieldRef field="value"/>',
        '¦<FieldRef field="x"/>',
        "PMML/TransformationDictionary/DefineFunction/Apply/FieldRef",
        "no parameter of function 'double'",
    ),
    Case("field/undefined", GENERAL, 'offsetVariable="seen"', 'offsetVariable="exposure"', _GENERAL, "'exposure'",
         mark="<GeneralRegressionModel"),
    Case(
        "field/undefined",
        BELIEFS,
        '<ParentValue parent="class"',
        '¦<ParentValue parent="klass"',
        "PMML/BayesianNetworkModel/BayesianNetworkNodes/DiscreteNode[2]/DiscreteConditionalProbability/ParentValue",
        "'klass'",
    ),
    Case(
        "field/undefined",
        BELIEFS,
        '<DiscreteNode name="class">',
        '¦<DiscreteNode name="klass">',
        "PMML/BayesianNetworkModel/BayesianNetworkNodes/DiscreteNode[1]",
        "'klass'",
    ),
    Case(
        "field/undefined",
        NEIGHBOURS,
        '<InstanceField field="x" column="data:x1"/>',
        '¦<InstanceField field="z" column="data:x1"/>',
        "PMML/NearestNeighborModel/TrainingInstances/InstanceFields/InstanceField[1]",
        "'z'",
    ),
    Case(
        "field/not-in-mining-schema",
        TREE,
        '<MiningField name="colour"/>',
        "",
        f"{_SPLIT}/SimplePredicate[3]",
        "'colour'",
        mark='<SimplePredicate field="colour"',
    ),
    Case(
        "field/undeclared-mining-field",
        REGRESSION,
        '<MiningField name="colour" missing',
        '¦<MiningField name="color" missing',
        f"{_REGRESSION}/MiningSchema/MiningField[2]",
        "'color'",
    ),
    Case(
        "field/duplicate",
        REGRESSION,
        '<MiningField name="y" usageType="target"/>',
        '<MiningField name="y" usageType="target"/>\n¦<MiningField name="x"/>',
        f"{_REGRESSION}/MiningSchema/MiningField[4]",
        "defined twice, first in line 12",
    ),
    Case(
        "field/duplicate",
        TREE,
        '<DataField name="n" optype="continuous" dataType="integer"/>',
        '¦<DataField name="x" optype="continuous" dataType="integer"/>',
        "PMML/DataDictionary/DataField[2]",
        "first in line 4",
    ),
    Case(
        "field/hidden",
        TRANSFORMATIONS,
        '<DerivedField name="a" ',
        '¦<DerivedField name="x" ',
        "PMML/TransformationDictionary/DerivedField[1]",
        "name of a data field",
    ),
    Case(
        "field/cyclic",
        TRANSFORMATIONS,
        '<DerivedField name="a" optype="continuous" dataType="double">\n'
        '    <Apply function="double"><FieldRef field="x"/>',
        '¦<DerivedField name="a" optype="continuous" '
        'dataType="double">\n    <Apply function="double"><FieldRef field="b"/>',
        "PMML/TransformationDictionary/DerivedField[1]",
        "a -> b -> a",
    ),
)

_MINING_SCHEMA = (
    Case(
        "mining/target",
        GENERAL,
        '<MiningField name="y" usageType="target"/>',
        "",
        "PMML/GeneralRegressionModel",
        "names no target",
        mark="<GeneralRegressionModel",
    ),
    Case(
        "mining/target",
        ASSOCIATION,
        '<MiningField name="item" usageType="active"/>',
        '¦<MiningField name="item" usageType="target"/>',
        "PMML/AssociationModel/MiningSchema/MiningField",
        "predicts no field",
    ),
    Case(
        "mining/target-type",
        TREE,
        '<MiningField name="class" usageType="target"/>',
        '¦<MiningField name="class" usageType="target" optype="continuous"/>',
        f"{_TREE}/MiningSchema/MiningField[6]",
        "continuous",
    ),
    Case(
        "mining/treatment",
        REGRESSION,
        ' lowValue="-10" highValue="10"/>',
        ' lowValue="10" highValue="-10"/>',
        f"{_REGRESSION}/MiningSchema/MiningField[1]",
        "above its highValue",
        mark='<MiningField name="x"',
    ),
    Case(
        "mining/treatment",
        TREE,
        '<MiningField name="n"/>',
        '¦<MiningField name="n" missingValueReplacement="many"/>',
        f"{_TREE}/MiningSchema/MiningField[2]",
        "'many'",
    ),
    Case(
        "mining/treatment",
        TREE,
        '<MiningField name="n"/>',
        '¦<MiningField name="n" invalidValueTreatment="asValue"/>',
        f"{_TREE}/MiningSchema/MiningField[2]",
        "without a replacement",
    ),
    Case(
        "mining/treatment",
        TREE,
        '<MiningField name="x"/>',
        '¦<MiningField name="x" outliers="asMissingValues"/>',
        f"{_TREE}/MiningSchema/MiningField[1]",
        "without lowValue",
    ),
    Case(
        "mining/usage",
        TREE,
        '<SimplePredicate field="colour" ',
        '¦<SimplePredicate field="class" ',
        f"{_SPLIT}/SimplePredicate[3]",
        "is target",
    ),
    Case(
        "mining/importance",
        REGRESSION,
        '<MiningField name="x" importance="0.7"',
        '¦<MiningField name="x" importance="81.3"',
        f"{_REGRESSION}/MiningSchema/MiningField[1]",
        "'81.3'",
    ),
)

_VALUES = (
    Case(
        "value/type",
        TREE,
        '<SimplePredicate field="x" operator="lessThan" value="1.5"/>',
        '¦<SimplePredicate field="x" operator="lessThan" value="much"/>',
        f"{_SPLIT}/SimplePredicate[1]",
        "no double",
    ),
    Case(
        "value/type",
        TREE,
        '<SimplePredicate field="day" operator="greaterThan" value="2020-02-29"/>',
        '¦<SimplePredicate field="day" operator="greaterThan" value="2021-02-29"/>',
        f"{_SPLIT}/SimplePredicate[4]",
        "no date",
    ),
    Case(
        "value/type",
        TREE,
        '<SimplePredicate field="x" operator="isNotMissing"/>',
        '¦<SimplePredicate field="n" operator="equal" value="1.5"/>',
        f"{_SPLIT}/SimplePredicate[5]",
        "'1.5' is compared with field 'n', and is no integer",
    ),
    Case(
        "value/undeclared",
        TREE,
        '<SimplePredicate field="x" operator="isNotMissing"/>',
        '¦<SimpleSetPredicate field="colour" booleanOperator="isIn">'
        '<Array type="string">red "dark green"</Array></SimpleSetPredicate>',
        f"{_SPLIT}/SimpleSetPredicate[2]",
        "'dark green' in a set",
    ),
    Case(
        "value/constant",
        TRANSFORMATIONS,
        '<Constant dataType="double">1</Constant>',
        '¦<Constant dataType="double">one</Constant>',
        "PMML/TransformationDictionary/DerivedField[2]/Apply/Constant",
        "'one' is no double",
    ),
    Case(
        "value/constant",
        TRANSFORMATIONS,
        '<Constant dataType="double">1</Constant>',
        '¦<Constant dataType="integer">NaN</Constant>',
        "PMML/TransformationDictionary/DerivedField[2]/Apply/Constant",
        "'NaN' is no integer",
    ),
    Case(
        "value/result",
        TRANSFORMATIONS,
        "<out>2</out>",
        "¦<out>two</out>",
        f"{_LOCAL}[2]/MapValues/InlineTable/row[2]/out",
        "cell 'two' of MapValues is no double",
    ),
    Case(
        "value/result",
        TRANSFORMATIONS,
        '<MapValues outputColumn="out">',
        '¦<MapValues outputColumn="out" dataType="integer" defaultValue="1.5">',
        f"{_LOCAL}[2]/MapValues",
        "defaultValue '1.5' of MapValues is no integer",
    ),
    Case(
        "value/result",
        TRANSFORMATIONS,
        '<Discretize field="month">\n        <DiscretizeBin binValue="early">',
        '<Discretize field="month" dataType="double">\n        ¦<DiscretizeBin binValue="early">',
        f"{_LOCAL}[1]/Discretize/DiscretizeBin[1]",
        "binValue 'early' of Discretize is no double",
    ),
    Case(
        "value/result",
        TRANSFORMATIONS,
        '<Apply function="max">',
        '¦<Apply function="max" mapMissingTo="none">',
        "PMML/TransformationDictionary/DerivedField[2]/Apply",
        "mapMissingTo 'none' of Apply is no double",
    ),
    Case(
        "value/undeclared",
        TREE,
        '<SimplePredicate field="colour" operator="equal" value="red"/>',
        '¦<SimplePredicate field="colour" operator="equal" value="green"/>',
        f"{_SPLIT}/SimplePredicate[3]",
        "'green'",
    ),
    Case(
        "value/undeclared",
        REGRESSION,
        '<CategoricalPredictor name="colour" value="red"',
        '¦<CategoricalPredictor name="colour" value="green"',
        f"{_TABLE}/CategoricalPredictor",
        "'green'",
    ),
    Case(
        "value/operator",
        TREE,
        '<SimplePredicate field="colour" operator="equal"',
        '¦<SimplePredicate field="colour" operator="lessThan"',
        f"{_SPLIT}/SimplePredicate[3]",
        "asks for an order",
    ),
    Case(
        "value/operator",
        TREE,
        '<MiningField name="x"/>',
        '<MiningField name="x" optype="categorical"/>',
        f"{_SPLIT}/SimplePredicate[1]",
        "field 'x' is categorical",
        mark='<SimplePredicate field="x" operator="lessThan"',
    ),
    Case(
        "value/operator",
        TREE,
        '<SimplePredicate field="x" operator="isNotMissing"/>',
        '¦<SimplePredicate field="x" operator="isNotMissing" value="1"/>',
        f"{_SPLIT}/SimplePredicate[5]",
        "takes no value",
    ),
    Case(
        "value/operator",
        TREE,
        '<SimplePredicate field="x" operator="lessThan" value="1.5"/>',
        '¦<SimplePredicate field="x" operator="lessThan"/>',
        f"{_SPLIT}/SimplePredicate[1]",
        "needs a value",
    ),
    Case(
        "value/ordinal",
        TREE,
        '<DataField name="size" optype="ordinal" dataType="string">\n    <Value value="small"/><Value value="large"/>',
        '¦<DataField name="size" optype="ordinal" dataType="string">',
        "PMML/DataDictionary/DataField[4]",
        "order is unknown",
    ),
    Case(
        "value/ordinal",
        TREE,
        '<DataField name="size" optype="ordinal" dataType="string">\n    <Value value="small"/>',
        '¦<DataField name="size" optype="ordinal" dataType="string">\n    <Value value="large"/>',
        "PMML/DataDictionary/DataField[4]",
        "declared twice",
    ),
    Case(
        "value/interval",
        TRANSFORMATIONS,
        '<Interval closure="closedClosed" leftMargin="10" rightMargin="20"/>',
        '¦<Interval closure="closedClosed" leftMargin="9" rightMargin="20"/>',
        "PMML/DataDictionary/DataField[1]/Interval[2]",
        "and that of line 5",
    ),
    Case(
        "value/interval",
        TRANSFORMATIONS,
        '<Interval closure="closedOpen" leftMargin="0" rightMargin="10"/>',
        '¦<Interval closure="closedOpen" leftMargin="0" rightMargin="0"/>',
        "PMML/DataDictionary/DataField[1]/Interval[1]",
        "empty",
    ),
    Case(
        "value/interval",
        TRANSFORMATIONS,
        '<Interval closure="closedOpen" leftMargin="6"/>',
        '¦<Interval closure="closedOpen" leftMargin="5"/>',
        f"{_LOCAL}[1]/Discretize/DiscretizeBin[2]/Interval",
        "'month' overlap",
    ),
    Case(
        "value/set",
        TREE,
        '<Array n="2" type="int">1 2</Array>',
        '¦<Array n="2" type="string">1 two</Array>',
        f"{_SPLIT}/SimpleSetPredicate/Array",
        "'two'",
    ),
    Case(
        "value/set",
        TREE,
        '<Array n="2" type="int">1 2</Array>',
        '¦<Array n="2" type="real">1 2.5</Array>',
        f"{_SPLIT}/SimpleSetPredicate/Array",
        "'2.5' in a set on field 'n' is no integer",
    ),
    Case(
        "value/score",
        ENSEMBLE,
        '<Node score="2">',
        '¦<Node score="two">',
        f"{_MINING}/Segment[2]/TreeModel/Node",
        "'two'",
    ),
    Case(
        "value/class",
        TREE,
        '<Node id="3" score="no">',
        '¦<Node id="3" score="nein">',
        f"{_TREE}/Node/Node[2]",
        "'nein'",
    ),
    Case(
        "value/priors",
        TREE,
        '<Target field="class">\n      <TargetValue value="yes" priorProbability="0.4"/>',
        '¦<Target field="class">\n      <TargetValue value="yes" priorProbability="0.3"/>',
        f"{_TREE}/Targets/Target",
        "sum to 0.9",
    ),
    Case(
        "value/optype",
        REGRESSION,
        '<DataField name="colour" optype="categorical"',
        '¦<DataField name="colour" optype="continuous"',
        "PMML/DataDictionary/DataField[2]",
        "of type string",
    ),
    Case(
        "value/cycle",
        TRANSFORMATIONS,
        '<DataField name="month" optype="ordinal" dataType="integer" isCyclic="1">\n'
        '    <Interval closure="closedClosed" leftMargin="1" rightMargin="12"/>',
        '¦<DataField name="month" optype="ordinal" dataType="integer" isCyclic="1">',
        "PMML/DataDictionary/DataField[2]",
        "cyclic",
    ),
)

_ARRAYS = (
    Case(
        "array/size",
        CLUSTERING,
        '<Array n="2" type="real">1.5 0</Array>',
        '¦<Array n="3" type="real">1.5 0</Array>',
        "PMML/ClusteringModel/Cluster[1]/Array",
        "2 items",
    ),
    Case(
        "array/items",
        CLUSTERING,
        '<Array n="2" type="real">1.5 0</Array>',
        '¦<Array n="2" type="real">1,5 0</Array>',
        "PMML/ClusteringModel/Cluster[1]/Array",
        "'1,5'",
    ),
    Case(
        "array/items",
        TREE,
        '<Array n="2" type="int">1 2</Array>',
        '¦<Array n="2" type="int">1 2.5</Array>',
        f"{_SPLIT}/SimpleSetPredicate/Array",
        "whole number",
    ),
    Case(
        "array/sparse",
        VECTORS,
        '<REAL-SparseArray n="2"><Indices>1 2</Indices>',
        '¦<REAL-SparseArray n="2"><Indices>1 2 2</Indices>',
        f"{_DICTIONARY}/VectorInstance[1]/REAL-SparseArray",
        "3 indices for 2 entries",
    ),
    Case(
        "array/sparse",
        VECTORS,
        '<REAL-SparseArray n="2"><Indices>1 2</Indices>',
        '¦<REAL-SparseArray n="2"><Indices>0 1</Indices>',
        f"{_DICTIONARY}/VectorInstance[1]/REAL-SparseArray",
        "index 0 is outside",
    ),
    Case(
        "array/matrix",
        CLUSTERING,
        '<Matrix nbRows="2" nbCols="2">',
        '¦<Matrix nbRows="3" nbCols="2">',
        f"{_COMPARISONS}/Matrix",
        "there are 2 rows",
    ),
    Case(
        "array/matrix",
        CLUSTERING,
        '<Array n="2" type="real">1 0</Array>\n      </Matrix>',
        '¦<Array n="3" type="real">1 0 0</Array>\n      </Matrix>',
        f"{_COMPARISONS}/Matrix/Array[2]",
        "row 2 has 3 items",
    ),
    Case(
        "array/matrix",
        CLUSTERING,
        '<Matrix nbRows="2" nbCols="2">',
        '¦<Matrix kind="diagonal" nbRows="2" nbCols="2">',
        f"{_COMPARISONS}/Matrix",
        "has one array, this has 2",
    ),
    Case(
        "array/matrix",
        CLUSTERING,
        '<Matrix nbRows="2" nbCols="2">\n        <Array n="2" type="real">0 1</Array>\n'
        '        <Array n="2" type="real">1 0</Array>',
        '<Matrix nbRows="2" nbCols="2">¦<MatCell row="3" col="1">1</MatCell>',
        f"{_COMPARISONS}/Matrix/MatCell",
        "outside the matrix",
    ),
)

_COUNTS = (
    Case(
        "count/elements",
        REGRESSION,
        '<DataDictionary numberOfFields="3">',
        '¦<DataDictionary numberOfFields="4">',
        "PMML/DataDictionary",
        "there are 3",
    ),
    Case(
        "count/elements",
        NETWORK,
        '<NeuralLayer numberOfNeurons="1">',
        '¦<NeuralLayer numberOfNeurons="2">',
        "PMML/NeuralNetwork/NeuralLayer[1]",
        "there are 1",
    ),
    Case(
        "count/elements",
        NEIGHBOURS,
        '<TrainingInstances recordCount="2"',
        '¦<TrainingInstances recordCount="3"',
        "PMML/NearestNeighborModel/TrainingInstances",
        "recordCount='3', and there are 2",
    ),
    Case(
        "count/elements",
        SERIES,
        '<Seasonality_ExpoSmooth type="additive" period="4"',
        '¦<Seasonality_ExpoSmooth type="additive" period="12"',
        "PMML/TimeSeriesModel/ExponentialSmoothing/Seasonality_ExpoSmooth",
        "period='12', and there are 4",
    ),
    Case(
        "count/vectors",
        VECTORS,
        '<SupportVector vectorId="v2"/>',
        '¦<SupportVector vectorId="v3"/>',
        "PMML/SupportVectorMachineModel/SupportVectorMachine/SupportVectors/SupportVector[2]",
        "'v3'",
    ),
    Case(
        "count/vectors",
        VECTORS,
        '<SupportVectorMachine>\n    <SupportVectors><SupportVector vectorId="v1"/>',
        "¦<SupportVectorMachine>\n    <SupportVectors>",
        "PMML/SupportVectorMachineModel/SupportVectorMachine",
        "2 coefficients for 1 support vectors",
    ),
    Case(
        "count/vectors",
        VECTORS,
        '<Array n="2" type="real">1 0</Array>',
        '¦<Array n="3" type="real">1 0 0</Array>',
        f"{_DICTIONARY}/VectorInstance[2]/Array",
        "3 coordinates for 2 fields",
    ),
    Case(
        "count/centres",
        CLUSTERING,
        '<Array n="2" type="real">1.5 0</Array>',
        '¦<Array n="1" type="real">1.5</Array>',
        "PMML/ClusteringModel/Cluster[1]/Array",
        "1 coordinates for 2 fields",
    ),
    Case(
        "count/centres",
        CLUSTERING,
        '<Array n="2" type="real">1 1</Array>',
        '¦<Array n="1" type="real">1</Array>',
        "PMML/ClusteringModel/MissingValueWeights/Array",
        "1 weights for 2 fields",
    ),
    Case(
        "count/centres",
        CLUSTERING,
        '<Value value="red"/><Value value="blue"/>\n  </DataField>\n</DataDictionary>',
        '<Value value="red"/><Value value="blue"/><Value value="green"/>\n  </DataField>\n</DataDictionary>',
        f"{_COMPARISONS}/Matrix",
        "2 rows of comparisons for the 3 values",
        mark="<Matrix",
    ),
    Case(
        "count/neurons",
        NETWORK,
        '<Con from="h" weight="2"/>',
        '¦<Con from="o" weight="2"/>',
        "PMML/NeuralNetwork/NeuralLayer[2]/Neuron/Con",
        "no neuron 'o' in the layers before",
    ),
    Case(
        "count/neurons",
        NETWORK,
        '<NeuralOutput outputNeuron="o">',
        '¦<NeuralOutput outputNeuron="out">',
        "PMML/NeuralNetwork/NeuralOutputs/NeuralOutput",
        "no neuron 'out'",
    ),
    Case(
        "count/neurons",
        NETWORK,
        '<Neuron id="o" bias="0.5">',
        '¦<Neuron id="h" bias="0.5">',
        "PMML/NeuralNetwork/NeuralLayer[2]/Neuron",
        "two neurons have the id 'h'",
    ),
    Case(
        "count/instances",
        NEIGHBOURS,
        '<InstanceField field="y" column="data:y1"/>',
        '¦<InstanceField field="y" column="data:y2"/>',
        "PMML/NearestNeighborModel/TrainingInstances/InstanceFields/InstanceField[2]",
        "no row has a column 'y2'",
    ),
)

_PARAMETERS = (
    Case(
        "regression/tables",
        REGRESSION,
        "</RegressionTable>",
        '</RegressionTable>¦<RegressionTable intercept="2"/>',
        f"{_REGRESSION}/RegressionTable[2]",
        "has one table, this has 2",
    ),
    Case(
        "regression/tables",
        VOTES,
        '<RegressionTable intercept="0" targetCategory="no"/>',
        '¦<RegressionTable intercept="0" targetCategory="yes"/>',
        f"{_MINING}/Segment/RegressionModel/RegressionTable[2]",
        "two tables are for class 'yes'",
    ),
    Case(
        "regression/tables",
        VOTES,
        '<RegressionTable intercept="0" targetCategory="no"/>',
        '¦<RegressionTable intercept="0"/>',
        f"{_MINING}/Segment/RegressionModel/RegressionTable[2]",
        "names no targetCategory",
    ),
    Case(
        "regression/parameters",
        GENERAL,
        '<PCell parameterName="p1" beta="1.5"/>',
        '¦<PCell parameterName="p2" beta="1.5"/>',
        f"{_GENERAL}/ParamMatrix/PCell[2]",
        "parameter 'p2'",
    ),
    Case(
        "regression/parameters",
        GENERAL,
        '<PPCell value="1" predictorName="x" parameterName="p1"/>',
        '¦<PPCell value="1" predictorName="seen" parameterName="p1"/>',
        f"{_GENERAL}/PPMatrix/PPCell",
        "predictor 'seen'",
    ),
    Case(
        "regression/parameters",
        GENERAL,
        '<PCell parameterName="p1" beta="1.5"/>',
        '¦<PCell parameterName="p0" beta="1.5"/>',
        f"{_GENERAL}/ParamMatrix/PCell[2]",
        "two PCells are for p0",
    ),
    Case("regression/model-type", GENERAL, ' linkFunction="log"', "", _GENERAL, "generalizedLinear needs linkFunction",
         mark="<GeneralRegressionModel"),
    Case("regression/model-type", GENERAL, 'linkFunction="log"', 'linkFunction="negbin"', _GENERAL,
         "negbin needs linkParameter", mark="<GeneralRegressionModel"),
    Case(
        "bayes/counts",
        BAYES,
        '<PairCounts value="red">\n        <TargetValueCounts>\n          <TargetValueCount value="yes" count="3"/>',
        '¦<PairCounts value="red">\n        <TargetValueCounts>\n          <TargetValueCount value="maybe" count="3"/>',
        "PMML/NaiveBayesModel/BayesInputs/BayesInput/PairCounts",
        "class 'maybe'",
    ),
    Case(
        "association/reference",
        ASSOCIATION,
        '<ItemRef itemRef="2"/>',
        '¦<ItemRef itemRef="3"/>',
        "PMML/AssociationModel/Itemset[2]/ItemRef",
        "no item '3'",
    ),
    Case(
        "association/reference",
        ASSOCIATION,
        '<AssociationRule antecedent="s1" consequent="s2"',
        '¦<AssociationRule antecedent="s1" consequent="s3"',
        "PMML/AssociationModel/AssociationRule",
        "consequent='s3'",
    ),
    Case(
        "association/reference",
        ASSOCIATION,
        '<Item id="2" value="crisps"/>',
        '¦<Item id="1" value="crisps"/>',
        "PMML/AssociationModel/Item[2]",
        "have the id '1'",
    ),
)

_NUMBERS = (
    Case(
        "number/not-finite",
        REGRESSION,
        '<NumericPredictor name="x" coefficient="2"/>',
        '¦<NumericPredictor name="x" coefficient="NaN"/>',
        f"{_TABLE}/NumericPredictor",
        "coefficient='NaN'",
    ),
    Case(
        "number/not-finite",
        REGRESSION,
        '<RegressionTable intercept="1">',
        '¦<RegressionTable intercept="INF">',
        _TABLE,
        "intercept='INF'",
    ),
    Case(
        "number/not-finite",
        TRANSFORMATIONS,
        '<Interval closure="openOpen" rightMargin="6"/>',
        '¦<Interval closure="openOpen" rightMargin="NaN"/>',
        f"{_LOCAL}[1]/Discretize/DiscretizeBin[1]/Interval",
        "rightMargin='NaN'",
    ),
    Case(
        "number/not-finite-item",
        CLUSTERING,
        '<Array n="2" type="real">1.5 0</Array>',
        '¦<Array n="2" type="real">1.5 -INF</Array>',
        "PMML/ClusteringModel/Cluster[1]/Array",
        "'-INF'",
    ),
    Case(
        "number/probability",
        ASSOCIATION,
        '<Itemset id="s2" support="0.5"',
        '¦<Itemset id="s2" support="50"',
        "PMML/AssociationModel/Itemset[2]",
        "support='50' is outside [0, 1]",
    ),
)

_FUNCTIONS = (
    Case(
        "function/unknown",
        TRANSFORMATIONS,
        '<Apply function="max">',
        '¦<Apply function="maximum">',
        "PMML/TransformationDictionary/DerivedField[2]/Apply",
        "'maximum'",
    ),
    Case(
        "function/arguments",
        REGRESSION,
        '<Apply function="/"><FieldRef field="predicted"/>',
        '¦<Apply function="/">',
        f"{_REGRESSION}/Output/OutputField[2]/Apply",
        "takes 2 arguments, and gets 1",
    ),
    Case(
        "function/arguments",
        TRANSFORMATIONS,
        '<Apply function="double"><FieldRef field="x"/>',
        '¦<Apply function="double"><FieldRef field="x"/><FieldRef field="x"/>',
        "PMML/TransformationDictionary/DerivedField[1]/Apply",
        "takes 1 arguments, and gets 2",
    ),
    Case(
        "function/recursive",
        TRANSFORMATIONS,
        '<DefineFunction name="double" optype="continuous" dataType="double">\n'
        '    <ParameterField name="value" dataType="double"/>\n    <Apply function="*"><FieldRef field="value"/>'
        "<Constant>2</Constant></Apply>",
        '¦<DefineFunction name="double" optype="continuous" dataType="double">\n'
        '    <ParameterField name="value" dataType="double"/>\n    <Apply function="double"><FieldRef field="value"/>'
        "</Apply>",
        "PMML/TransformationDictionary/DefineFunction",
        "calls itself",
    ),
    Case(
        "table/column",
        TRANSFORMATIONS,
        '<FieldColumnPair field="season" column="in"/>',
        '¦<FieldColumnPair field="season" column="input"/>',
        f"{_LOCAL}[2]/MapValues/FieldColumnPair",
        "'input'",
    ),
    Case(
        "table/column",
        TRANSFORMATIONS,
        '<MapValues outputColumn="out">',
        '¦<MapValues outputColumn="result">',
        f"{_LOCAL}[2]/MapValues",
        "'result'",
    ),
    Case(
        "scorecard/reason-code",
        SCORECARD,
        '<Characteristic name="c" reasonCode="RC1">',
        '¦<Characteristic name="c">',
        "PMML/Scorecard/Characteristics/Characteristic",
        "no reasonCode",
    ),
)

_OUTPUTS = (
    Case(
        "output/feature",
        REGRESSION,
        '<OutputField name="predicted" dataType="double" feature="predictedValue"/>',
        '¦<OutputField name="predicted" dataType="double" feature="clusterAffinity"/>',
        f"{_REGRESSION}/Output/OutputField[1]",
        "no feature clusterAffinity",
    ),
    Case(
        "output/feature",
        REGRESSION,
        '<OutputField name="predicted" dataType="double" feature="predictedValue"/>',
        '¦<OutputField name="predicted" dataType="double" feature="probability" value="1"/>',
        f"{_REGRESSION}/Output/OutputField[1]",
        "regression has no feature probability",
    ),
    Case(
        "output/feature",
        CHAIN,
        '<OutputField name="p" dataType="double" feature="probability" value="yes" segmentId="first"/>',
        '¦<OutputField name="p" dataType="double" feature="probability" value="yes" segmentId="second"/>',
        "PMML/MiningModel/Output/OutputField[1]",
        "regression has no feature probability",
    ),
    Case(
        "output/feature",
        CHAIN,
        '<OutputField name="p" dataType="double" feature="probability" value="yes" segmentId="first"/>',
        '¦<OutputField name="p" dataType="string" feature="reasonCode" segmentId="first"/>',
        "PMML/MiningModel/Output/OutputField[1]",
        "a RegressionModel has no feature reasonCode",
    ),
    Case(
        "output/reference",
        CHAIN,
        'targetField="class" segmentId="first"',
        'targetField="class" segmentId="second"',
        "PMML/MiningModel/Output/OutputField[2]",
        "no target 'class'",
        mark='<OutputField name="label"',
    ),
    Case(
        "output/class",
        CHAIN,
        '<OutputField name="p" dataType="double" feature="probability" value="yes" segmentId="first"/>',
        '¦<OutputField name="p" dataType="double" feature="probability" value="ja" segmentId="first"/>',
        "PMML/MiningModel/Output/OutputField[1]",
        "'ja' is no value of target 'class'",
    ),
    Case(
        "output/expression",
        REGRESSION,
        '<OutputField name="predicted" dataType="double" feature="predictedValue"/>',
        '¦<OutputField name="predicted" dataType="double" feature="transformedValue"/>',
        f"{_REGRESSION}/Output/OutputField[1]",
        "transformedValue of nothing",
    ),
    Case(
        "output/reference",
        ENSEMBLE,
        '<OutputField name="first" dataType="double" feature="predictedValue" segmentId="1"/>',
        '¦<OutputField name="first" dataType="double" feature="predictedValue" segmentId="9"/>',
        "PMML/MiningModel/Output/OutputField",
        "no segment '9'",
    ),
    Case(
        "output/reference",
        REGRESSION,
        '<OutputField name="predicted" dataType="double" feature="predictedValue"/>',
        '¦<OutputField name="predicted" dataType="double" feature="predictedValue" targetField="z"/>',
        f"{_REGRESSION}/Output/OutputField[1]",
        "no target 'z'",
    ),
    Case(
        "output/class",
        TREE,
        '<OutputField name="p" dataType="double" feature="probability" value="yes"/>',
        '¦<OutputField name="p" dataType="double" feature="probability" value="ja"/>',
        f"{_TREE}/Output/OutputField",
        "'ja'",
    ),
    Case(
        "output/type",
        TREE,
        '<OutputField name="p" dataType="double" ',
        '¦<OutputField name="p" dataType="string" ',
        f"{_TREE}/Output/OutputField",
        "of type string",
    ),
)

_TREES = (
    Case(
        "tree/default-child",
        TREE,
        '<Node id="1" recordCount="10" defaultChild="3">',
        '¦<Node id="1" recordCount="10" defaultChild="4">',
        f"{_TREE}/Node",
        "id of no child",
    ),
    Case("tree/default-child", TREE, ' defaultChild="3"', "", _TREE, "no node names one", mark="<TreeModel"),
    Case(
        "tree/distribution",
        TREE,
        '<Node id="2" score="yes" recordCount="4">',
        '¦<Node id="2" score="yes" recordCount="5">',
        f"{_TREE}/Node/Node[1]",
        "sum to 4, and the Node has 5",
    ),
    Case(
        "tree/distribution",
        TREE,
        'probability="0.25"',
        'probability="0.3"',
        f"{_TREE}/Node/Node[1]",
        "sum to 1.05",
        mark='<Node id="2"',
    ),
    Case(
        "tree/node-id",
        TREE,
        '<Node id="3" score="no">',
        '¦<Node id="2" score="no">',
        f"{_TREE}/Node/Node[2]",
        "two nodes have the id '2'",
    ),
    Case(
        "tree/split",
        TREE,
        '<Node id="1" recordCount="10" defaultChild="3">\n    <True/>',
        '¦<Node id="1" recordCount="10" defaultChild="3">\n    <True/><Node id="9" score="no"><True/></Node>',
        f"{_TREE}/Node",
        "3 child nodes",
    ),
)

_SEGMENTS = (
    Case(
        "segment/never",
        ENSEMBLE,
        '<Segment id="2">\n      <SimplePredicate field="colour" operator="equal" value="red"/>',
        '¦<Segment id="2">\n      <False/>',
        f"{_MINING}/Segment[2]",
        "never true",
    ),
    Case(
        "segment/never",
        ENSEMBLE,
        '<Segment id="1">\n      <CompoundPredicate booleanOperator="and">\n        '
        '<SimplePredicate field="x" operator="greaterThan" value="1"/>',
        '¦<Segment id="1">\n      '
        '<CompoundPredicate booleanOperator="and">\n        <SimplePredicate field="x" operator="greaterThan" '
        'value="2"/>',
        f"{_MINING}/Segment[1]",
        "never true",
    ),
    Case(
        "segment/never",
        ENSEMBLE,
        '<Segment id="3">\n      <True/>',
        '¦<Segment id="3">\n      <SimplePredicate field="colour" operator="equal" value="red"/>',
        f"{_MINING}/Segment[3]",
        "that of line 28",
    ),
    Case(
        "segment/never",
        ENSEMBLE,
        '<Segment id="2">\n      <SimplePredicate field="colour" operator="equal" value="red"/>',
        '¦<Segment id="2">\n      <SimplePredicate field="x" operator="equal" value="2"/>',
        f"{_MINING}/Segment[2]",
        "never reached: that of line 18",
    ),
    Case(
        "segment/never",
        ENSEMBLE,
        '<Segment id="2">\n      <SimplePredicate field="colour" operator="equal" value="red"/>',
        '¦<Segment id="2">\n      <CompoundPredicate booleanOperator="and">'
        '<SimplePredicate field="colour" operator="equal" value="red"/>'
        '<SimplePredicate field="x" operator="greaterOrEqual" value="1.5"/>'
        '<SimplePredicate field="x" operator="lessThan" value="2"/></CompoundPredicate>',
        f"{_MINING}/Segment[2]",
        "never reached: that of line 18 takes",
    ),
    Case("segment/id", ENSEMBLE, '<Segment id="2">', '¦<Segment id="1">', f"{_MINING}/Segment[2]", "have the id '1'"),
    Case(
        "segment/weight",
        ENSEMBLE,
        '<Segment id="2">',
        '¦<Segment id="2" weight="0.5">',
        f"{_MINING}/Segment[2]",
        "takes no weights",
    ),
    Case(
        "segment/weight", VOTES, '<Segment weight="0.5">', '¦<Segment weight="-0.5">', f"{_MINING}/Segment", "negative"
    ),
    Case(
        "segment/sum",
        VOTES,
        '<Segmentation multipleModelMethod="weightedMajorityVote">',
        '¦<Segmentation multipleModelMethod="weightedSum">',
        _MINING,
        "by weightedSum",
    ),
    Case(
        "segment/method",
        ENSEMBLE,
        '<Segmentation multipleModelMethod="selectFirst">',
        '¦<Segmentation multipleModelMethod="majorityVote">',
        _MINING,
        "by majorityVote",
    ),
)

_VERIFICATION = (
    Case("verification/rows", REGRESSION, "<x>1</x>", "¦<x>one</x>", f"{_ROW}/x", "'one' is no double"),
    Case(
        "verification/rows",
        REGRESSION,
        '<ModelVerification recordCount="1">',
        '¦<ModelVerification recordCount="2">',
        f"{_REGRESSION}/ModelVerification",
        "there are 1 rows",
    ),
    Case(
        "verification/column",
        REGRESSION,
        '<VerificationField field="colour"/>',
        '¦<VerificationField field="colour" column="c"/>',
        f"{_REGRESSION}/ModelVerification/VerificationFields/VerificationField[2]",
        "no row has a column 'c'",
    ),
    Case(
        "verification/values",
        REGRESSION,
        "<colour>red</colour>",
        "¦<colour>green</colour>",
        f"{_ROW}/colour",
        "'green'",
    ),
)

CASES = (
    *_GRAMMAR,
    *_FIELDS,
    *_MINING_SCHEMA,
    *_VALUES,
    *_ARRAYS,
    *_COUNTS,
    *_PARAMETERS,
    *_NUMBERS,
    *_FUNCTIONS,
    *_OUTPUTS,
    *_TREES,
    *_SEGMENTS,
    *_VERIFICATION,
)
# fmt: on
