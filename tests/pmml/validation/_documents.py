"""Small documents in which nothing is to be found, for the rules to break one at a time."""

from __future__ import annotations

__all__ = [
    "ASSOCIATION",
    "BAYES",
    "BELIEFS",
    "CHAIN",
    "CLUSTERING",
    "ENSEMBLE",
    "GENERAL",
    "NEIGHBOURS",
    "NETWORK",
    "REGRESSION",
    "SCORECARD",
    "SERIES",
    "TRANSFORMATIONS",
    "TREE",
    "VECTORS",
    "VOTES",
]


def _document(body: str) -> str:
    return f'<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">\n<Header/>\n{body.strip()}\n</PMML>\n'


REGRESSION = _document("""
<DataDictionary numberOfFields="3">
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="colour" optype="categorical" dataType="string">
    <Value value="red"/><Value value="blue"/>
  </DataField>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<RegressionModel functionName="regression">
  <MiningSchema>
    <MiningField name="x" importance="0.7" outliers="asExtremeValues" lowValue="-10" highValue="10"/>
    <MiningField name="colour" missingValueReplacement="red"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <Output>
    <OutputField name="predicted" dataType="double" feature="predictedValue"/>
    <OutputField name="half" dataType="double" feature="transformedValue">
      <Apply function="/"><FieldRef field="predicted"/><Constant>2</Constant></Apply>
    </OutputField>
  </Output>
  <Targets>
    <Target field="y"/>
  </Targets>
  <RegressionTable intercept="1">
    <NumericPredictor name="x" coefficient="2"/>
    <CategoricalPredictor name="colour" value="red" coefficient="3"/>
  </RegressionTable>
  <ModelVerification recordCount="1">
    <VerificationFields>
      <VerificationField field="x"/>
      <VerificationField field="colour"/>
      <VerificationField field="y"/>
    </VerificationFields>
    <InlineTable>
      <row><x>1</x><colour>red</colour><y>6</y></row>
    </InlineTable>
  </ModelVerification>
</RegressionModel>
""")

TREE = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="n" optype="continuous" dataType="integer"/>
  <DataField name="day" optype="continuous" dataType="date"/>
  <DataField name="size" optype="ordinal" dataType="string">
    <Value value="small"/><Value value="large"/>
  </DataField>
  <DataField name="colour" optype="categorical" dataType="string">
    <Value value="red"/><Value value="blue"/>
  </DataField>
  <DataField name="class" optype="categorical" dataType="string">
    <Value value="yes"/><Value value="no"/>
  </DataField>
</DataDictionary>
<TreeModel functionName="classification" missingValueStrategy="defaultChild" splitCharacteristic="binarySplit">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="n"/>
    <MiningField name="day"/>
    <MiningField name="size"/>
    <MiningField name="colour"/>
    <MiningField name="class" usageType="target"/>
  </MiningSchema>
  <Output>
    <OutputField name="p" dataType="double" feature="probability" value="yes"/>
  </Output>
  <Targets>
    <Target field="class">
      <TargetValue value="yes" priorProbability="0.4"/>
      <TargetValue value="no" priorProbability="0.6"/>
    </Target>
  </Targets>
  <Node id="1" recordCount="10" defaultChild="3">
    <True/>
    <Node id="2" score="yes" recordCount="4">
      <CompoundPredicate booleanOperator="and">
        <SimplePredicate field="x" operator="lessThan" value="1.5"/>
        <SimpleSetPredicate field="n" booleanOperator="isIn"><Array n="2" type="int">1 2</Array></SimpleSetPredicate>
        <SimplePredicate field="size" operator="lessOrEqual" value="large"/>
        <SimplePredicate field="colour" operator="equal" value="red"/>
        <SimplePredicate field="day" operator="greaterThan" value="2020-02-29"/>
        <SimplePredicate field="x" operator="isNotMissing"/>
      </CompoundPredicate>
      <ScoreDistribution value="yes" recordCount="3" probability="0.75"/>
      <ScoreDistribution value="no" recordCount="1" probability="0.25"/>
    </Node>
    <Node id="3" score="no">
      <True/>
    </Node>
  </Node>
</TreeModel>
""")

ENSEMBLE = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="colour" optype="categorical" dataType="string"/>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<MiningModel functionName="regression">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="colour"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <Output>
    <OutputField name="first" dataType="double" feature="predictedValue" segmentId="1"/>
  </Output>
  <Segmentation multipleModelMethod="selectFirst">
    <Segment id="1">
      <CompoundPredicate booleanOperator="and">
        <SimplePredicate field="x" operator="greaterThan" value="1"/>
        <SimplePredicate field="x" operator="lessOrEqual" value="2"/>
      </CompoundPredicate>
      <TreeModel functionName="regression">
        <MiningSchema><MiningField name="x"/></MiningSchema>
        <Node score="1"><True/></Node>
      </TreeModel>
    </Segment>
    <Segment id="2">
      <SimplePredicate field="colour" operator="equal" value="red"/>
      <TreeModel functionName="regression">
        <MiningSchema><MiningField name="x"/></MiningSchema>
        <Node score="2"><True/></Node>
      </TreeModel>
    </Segment>
    <Segment id="3">
      <True/>
      <TreeModel functionName="regression">
        <MiningSchema><MiningField name="x"/></MiningSchema>
        <Node score="3"><True/></Node>
      </TreeModel>
    </Segment>
  </Segmentation>
</MiningModel>
""")

CHAIN = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="class" optype="categorical" dataType="string">
    <Value value="yes"/><Value value="no"/>
  </DataField>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<MiningModel functionName="regression">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <Output>
    <OutputField name="p" dataType="double" feature="probability" value="yes" segmentId="first"/>
    <OutputField name="label" dataType="string" feature="predictedValue" targetField="class" segmentId="first"/>
  </Output>
  <Segmentation multipleModelMethod="modelChain">
    <Segment id="first">
      <True/>
      <RegressionModel functionName="classification" normalizationMethod="logit">
        <MiningSchema><MiningField name="x"/><MiningField name="class" usageType="target"/></MiningSchema>
        <Output><OutputField name="yes" dataType="double" feature="probability" value="yes"/></Output>
        <RegressionTable intercept="1" targetCategory="yes">
          <NumericPredictor name="x" coefficient="2"/>
        </RegressionTable>
        <RegressionTable intercept="0" targetCategory="no"/>
      </RegressionModel>
    </Segment>
    <Segment id="second">
      <True/>
      <RegressionModel functionName="regression">
        <MiningSchema><MiningField name="yes"/><MiningField name="y" usageType="target"/></MiningSchema>
        <RegressionTable intercept="0"><NumericPredictor name="yes" coefficient="1"/></RegressionTable>
      </RegressionModel>
    </Segment>
  </Segmentation>
</MiningModel>
""")

VOTES = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="class" optype="categorical" dataType="string"/>
</DataDictionary>
<MiningModel functionName="classification">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="class" usageType="target"/>
  </MiningSchema>
  <Segmentation multipleModelMethod="weightedMajorityVote">
    <Segment weight="0.5">
      <True/>
      <RegressionModel functionName="classification" normalizationMethod="logit">
        <MiningSchema><MiningField name="x"/></MiningSchema>
        <RegressionTable intercept="1" targetCategory="yes">
          <NumericPredictor name="x" coefficient="2"/>
        </RegressionTable>
        <RegressionTable intercept="0" targetCategory="no"/>
      </RegressionModel>
    </Segment>
  </Segmentation>
</MiningModel>
""")

TRANSFORMATIONS = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double">
    <Interval closure="closedOpen" leftMargin="0" rightMargin="10"/>
    <Interval closure="closedClosed" leftMargin="10" rightMargin="20"/>
  </DataField>
  <DataField name="month" optype="ordinal" dataType="integer" isCyclic="1">
    <Interval closure="closedClosed" leftMargin="1" rightMargin="12"/>
  </DataField>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<TransformationDictionary>
  <DefineFunction name="double" optype="continuous" dataType="double">
    <ParameterField name="value" dataType="double"/>
    <Apply function="*"><FieldRef field="value"/><Constant>2</Constant></Apply>
  </DefineFunction>
  <DerivedField name="a" optype="continuous" dataType="double">
    <Apply function="double"><FieldRef field="x"/></Apply>
  </DerivedField>
  <DerivedField name="b" optype="continuous" dataType="double">
    <Apply function="max"><FieldRef field="a"/><Constant dataType="double">1</Constant></Apply>
  </DerivedField>
</TransformationDictionary>
<RegressionModel functionName="regression">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="month"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <LocalTransformations>
    <DerivedField name="season" optype="categorical" dataType="string">
      <Discretize field="month">
        <DiscretizeBin binValue="early"><Interval closure="openOpen" rightMargin="6"/></DiscretizeBin>
        <DiscretizeBin binValue="late"><Interval closure="closedOpen" leftMargin="6"/></DiscretizeBin>
      </Discretize>
    </DerivedField>
    <DerivedField name="mapped" optype="continuous" dataType="double">
      <MapValues outputColumn="out">
        <FieldColumnPair field="season" column="in"/>
        <InlineTable>
          <row><in>early</in><out>1</out></row>
          <row><in>late</in><out>2</out></row>
        </InlineTable>
      </MapValues>
    </DerivedField>
  </LocalTransformations>
  <RegressionTable intercept="1">
    <NumericPredictor name="b" coefficient="2"/>
    <NumericPredictor name="mapped" coefficient="3"/>
  </RegressionTable>
</RegressionModel>
""")

CLUSTERING = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="colour" optype="categorical" dataType="string">
    <Value value="red"/><Value value="blue"/>
  </DataField>
</DataDictionary>
<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="colour"/>
  </MiningSchema>
  <Output>
    <OutputField name="nearest" dataType="string" feature="clusterId"/>
    <OutputField name="distance" dataType="double" feature="affinity"/>
  </Output>
  <ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure>
  <ClusteringField field="x" compareFunction="absDiff"/>
  <ClusteringField field="colour" compareFunction="table" isCenterField="true">
    <Comparisons>
      <Matrix nbRows="2" nbCols="2">
        <Array n="2" type="real">0 1</Array>
        <Array n="2" type="real">1 0</Array>
      </Matrix>
    </Comparisons>
  </ClusteringField>
  <MissingValueWeights><Array n="2" type="real">1 1</Array></MissingValueWeights>
  <Cluster id="a"><Array n="2" type="real">1.5 0</Array></Cluster>
  <Cluster id="b"><Array n="2" type="real">2.5 1</Array></Cluster>
</ClusteringModel>
""")

VECTORS = _document("""
<DataDictionary>
  <DataField name="x1" optype="continuous" dataType="double"/>
  <DataField name="x2" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<SupportVectorMachineModel functionName="regression">
  <MiningSchema>
    <MiningField name="x1"/>
    <MiningField name="x2"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <LinearKernelType/>
  <VectorDictionary numberOfVectors="2">
    <VectorFields numberOfFields="2"><FieldRef field="x1"/><FieldRef field="x2"/></VectorFields>
    <VectorInstance id="v1">
      <REAL-SparseArray n="2"><Indices>1 2</Indices><REAL-Entries>0.5 1.5</REAL-Entries></REAL-SparseArray>
    </VectorInstance>
    <VectorInstance id="v2"><Array n="2" type="real">1 0</Array></VectorInstance>
  </VectorDictionary>
  <SupportVectorMachine>
    <SupportVectors><SupportVector vectorId="v1"/><SupportVector vectorId="v2"/></SupportVectors>
    <Coefficients absoluteValue="1"><Coefficient value="1"/><Coefficient value="-1"/></Coefficients>
  </SupportVectorMachine>
</SupportVectorMachineModel>
""")

NETWORK = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<NeuralNetwork functionName="regression" activationFunction="tanh" numberOfLayers="2">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <NeuralInputs numberOfInputs="1">
    <NeuralInput id="i">
      <DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField>
    </NeuralInput>
  </NeuralInputs>
  <NeuralLayer numberOfNeurons="1">
    <Neuron id="h"><Con from="i" weight="1"/></Neuron>
  </NeuralLayer>
  <NeuralLayer activationFunction="identity">
    <Neuron id="o" bias="0.5"><Con from="h" weight="2"/></Neuron>
  </NeuralLayer>
  <NeuralOutputs numberOfOutputs="1">
    <NeuralOutput outputNeuron="o">
      <DerivedField optype="continuous" dataType="double"><FieldRef field="y"/></DerivedField>
    </NeuralOutput>
  </NeuralOutputs>
</NeuralNetwork>
""")

NEIGHBOURS = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<NearestNeighborModel functionName="regression" numberOfNeighbors="1" continuousScoringMethod="average">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <TrainingInstances recordCount="2" fieldCount="2">
    <InstanceFields>
      <InstanceField field="x" column="data:x1"/>
      <InstanceField field="y" column="data:y1"/>
    </InstanceFields>
    <InlineTable xmlns:data="http://example.com/data">
      <row><data:x1>1</data:x1><data:y1>10</data:y1></row>
      <row><data:x1>2</data:x1><data:y1>20</data:y1></row>
    </InlineTable>
  </TrainingInstances>
  <ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure>
  <KNNInputs><KNNInput field="x" compareFunction="absDiff"/></KNNInputs>
</NearestNeighborModel>
""")

GENERAL = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="seen" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<GeneralRegressionModel functionName="regression" modelType="generalizedLinear" linkFunction="log"
    offsetVariable="seen">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="seen"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <ParameterList><Parameter name="p0" label="Intercept"/><Parameter name="p1" label="x"/></ParameterList>
  <CovariateList><Predictor name="x"/></CovariateList>
  <PPMatrix>
    <PPCell value="1" predictorName="x" parameterName="p1"/>
  </PPMatrix>
  <ParamMatrix>
    <PCell parameterName="p0" beta="0.5"/>
    <PCell parameterName="p1" beta="1.5"/>
  </ParamMatrix>
</GeneralRegressionModel>
""")

BAYES = _document("""
<DataDictionary>
  <DataField name="colour" optype="categorical" dataType="string"/>
  <DataField name="class" optype="categorical" dataType="string"/>
</DataDictionary>
<NaiveBayesModel functionName="classification" threshold="0.001">
  <MiningSchema>
    <MiningField name="colour"/>
    <MiningField name="class" usageType="target"/>
  </MiningSchema>
  <BayesInputs>
    <BayesInput fieldName="colour">
      <PairCounts value="red">
        <TargetValueCounts>
          <TargetValueCount value="yes" count="3"/>
          <TargetValueCount value="no" count="1"/>
        </TargetValueCounts>
      </PairCounts>
    </BayesInput>
  </BayesInputs>
  <BayesOutput fieldName="class">
    <TargetValueCounts>
      <TargetValueCount value="yes" count="6"/>
      <TargetValueCount value="no" count="4"/>
    </TargetValueCounts>
  </BayesOutput>
</NaiveBayesModel>
""")

ASSOCIATION = _document("""
<DataDictionary>
  <DataField name="item" optype="categorical" dataType="string"/>
</DataDictionary>
<AssociationModel functionName="associationRules" minimumSupport="0.1" minimumConfidence="0.5"
    numberOfTransactions="4" numberOfItems="2" numberOfItemsets="2" numberOfRules="1">
  <MiningSchema>
    <MiningField name="item" usageType="active"/>
  </MiningSchema>
  <Item id="1" value="beer"/>
  <Item id="2" value="crisps"/>
  <Itemset id="s1" support="0.5" numberOfItems="1"><ItemRef itemRef="1"/></Itemset>
  <Itemset id="s2" support="0.5" numberOfItems="1"><ItemRef itemRef="2"/></Itemset>
  <AssociationRule antecedent="s1" consequent="s2" support="0.5" confidence="1"/>
</AssociationModel>
""")

SCORECARD = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<Scorecard functionName="regression" initialScore="5" useReasonCodes="true" baselineScore="3">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <Output>
    <OutputField name="why" dataType="string" feature="reasonCode" rank="1"/>
  </Output>
  <Characteristics>
    <Characteristic name="c" reasonCode="RC1">
      <Attribute partialScore="1"><SimplePredicate field="x" operator="lessThan" value="1"/></Attribute>
      <Attribute partialScore="2"><True/></Attribute>
    </Characteristic>
  </Characteristics>
</Scorecard>
""")

SERIES = _document("""
<DataDictionary>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<TimeSeriesModel functionName="timeSeries" bestFit="ExponentialSmoothing">
  <MiningSchema>
    <MiningField name="y" usageType="target"/>
  </MiningSchema>
  <ExponentialSmoothing>
    <Level alpha="0.2" smoothedValue="10"/>
    <Seasonality_ExpoSmooth type="additive" period="4" delta="0.1">
      <Array n="4" type="real">1 2 3 4</Array>
    </Seasonality_ExpoSmooth>
  </ExponentialSmoothing>
</TimeSeriesModel>
""")

BELIEFS = _document("""
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="class" optype="categorical" dataType="string">
    <Value value="yes"/><Value value="no"/>
  </DataField>
</DataDictionary>
<BayesianNetworkModel functionName="classification">
  <MiningSchema>
    <MiningField name="x"/>
    <MiningField name="class" usageType="target"/>
  </MiningSchema>
  <BayesianNetworkNodes>
    <DiscreteNode name="class">
      <ValueProbability value="yes" probability="0.25"/>
      <ValueProbability value="no" probability="0.75"/>
    </DiscreteNode>
    <DiscreteNode name="high">
      <DerivedField name="high" optype="categorical" dataType="string">
        <Discretize field="x">
          <DiscretizeBin binValue="low"><Interval closure="openOpen" rightMargin="3"/></DiscretizeBin>
          <DiscretizeBin binValue="high"><Interval closure="closedOpen" leftMargin="3"/></DiscretizeBin>
        </Discretize>
      </DerivedField>
      <DiscreteConditionalProbability>
        <ParentValue parent="class" value="yes"/>
        <ValueProbability value="low" probability="0.5"/>
        <ValueProbability value="high" probability="0.5"/>
      </DiscreteConditionalProbability>
    </DiscreteNode>
  </BayesianNetworkNodes>
</BayesianNetworkModel>
""")
