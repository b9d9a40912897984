"""A document of three models, one of them unnamed, for tests of choosing by name."""

from __future__ import annotations

_MODEL = """<RegressionModel functionName="regression"{attributes}><MiningSchema><MiningField name="x"/>
<MiningField name="{target}" usageType="target"/></MiningSchema><RegressionTable intercept="{intercept}">
<NumericPredictor name="x" coefficient="1"/></RegressionTable>{verification}</RegressionModel>"""
_VERIFICATION = """<ModelVerification recordCount="1" fieldCount="2"><VerificationFields><VerificationField field="x"/>
<VerificationField field="{target}"/></VerificationFields><InlineTable>
<row><x>1</x><{target}>{expected}</{target}></row></InlineTable></ModelVerification>"""


def model(intercept: int, target: str, attributes: str = "", expected: float | None = None) -> str:
    """A model that adds a constant to x; ``expected`` is what it says that it gives for x = 1."""
    said = intercept + 1 if expected is None else expected
    verification = _VERIFICATION.format(target=target, expected=said)
    return _MODEL.format(intercept=intercept, target=target, attributes=attributes, verification=verification)


def document(*models: str) -> bytes:
    """Models in one document."""
    names = ("x", "y", "z")
    fields = "".join(f'<DataField name="{name}" optype="continuous" dataType="double"/>' for name in names)
    return f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>{fields}</DataDictionary>{"".join(models)}</PMML>""".encode()


THREE_MODELS = document(
    model(10, "y", ' modelName="first"'), model(20, "z", ' modelName="second"'), model(30, "y"), "<!-- the end -->"
)
"""Adds 10 to x and calls it y, adds 20 and calls it z, adds 30 and calls it y."""
