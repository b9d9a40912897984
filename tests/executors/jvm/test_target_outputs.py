"""PMML4S is asked for the targets by an output field that can say "missing"."""

from __future__ import annotations

import pytest
from lxml import etree

from modelport_runtime.executors.jvm._target_outputs import add_target_outputs, target_output_name
from modelport_runtime.hub import DataType

NAMESPACE = "http://www.dmg.org/PMML-4_4"
DOCUMENT = (
    '<{p}PMML xmlns{s}="http://www.dmg.org/PMML-4_4" version="4.4"><{p}Header/><{p}DataDictionary/>'
    "<{p}MiningModel functionName='regression'><{p}Extension><{p}Output/></{p}Extension>"
    "<{p}MiningSchema><{p}MiningField name='é &gt; y'/></{p}MiningSchema>{output}"
    "<{p}Segmentation><{p}Segment><{p}TreeModel><{p}MiningSchema/><{p}Output><{p}OutputField name='inner'/></{p}Output>"
    "</{p}TreeModel></{p}Segment></{p}Segmentation></{p}MiningModel></{p}PMML>"
)


@pytest.mark.parametrize("prefix", ["", "pmml:"])
@pytest.mark.parametrize("output", ["", "<{p}Output/>", "<{p}Output><{p}OutputField name='own'/></{p}Output>"])
def test_fields_are_added_to_the_models_own_output(prefix: str, output: str) -> None:
    suffix = ":pmml" if prefix else ""
    document = DOCUMENT.format(p=prefix, s=suffix, output=output.format(p=prefix))

    added = add_target_outputs(document.encode(), [('a "b" & <c>', DataType.BOOLEAN), (None, DataType.INTEGER)])

    root = etree.fromstring(added)
    model = root.find(f"{{{NAMESPACE}}}MiningModel")
    assert model is not None
    (own,) = model.findall(f"{{{NAMESPACE}}}Output")
    first, second, *rest = [dict(field.attrib) for field in own]
    assert first["name"] == target_output_name(0)
    assert (first["targetField"], first["dataType"], first["optype"]) == ('a "b" & <c>', "string", "categorical")
    assert "targetField" not in second
    assert (second["dataType"], second["optype"]) == ("double", "continuous")
    assert rest == ([{"name": "own"}] if "own" in output else [])
    assert own.getprevious().tag == f"{{{NAMESPACE}}}MiningSchema"


def test_all_else_stays_byte_for_byte() -> None:
    document = DOCUMENT.format(p="", s="", output="<Output></Output>").encode()

    added = add_target_outputs(document, [])

    assert added == document
