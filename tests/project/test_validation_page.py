"""docs/validation.md lists every rule, entry and release as the code has it."""

from __future__ import annotations

from pathlib import Path

from modelport_runtime.onnx_validation import ONNX_RULES, RELEASES
from modelport_runtime.pmml.validation import PROFILES
from modelport_runtime.pmml.validation._grammar_check import GRAMMAR_RULES
from modelport_runtime.pmml.validation.rules import FILE_RULES, RULES

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"


def expected() -> list[str]:
    rows = [f"| `{rule}` | {asks} |" for rule, asks in {**FILE_RULES, **GRAMMAR_RULES}.items()]
    rows += [f"| `{rule.id}` | {rule.severity.value} | {rule.asks} | {rule.section} |" for rule in RULES]
    for name in ("pmml4s", "jpmml"):
        for entry in PROFILES[name]:
            _, _, said = entry.message.partition(f"{entry.consumer.version} ")
            rows.append(f"| `{entry.id}` | {entry.severity.value} | {said} | {entry.remedy} |")
    rows += [f"| `{rule}` | {asks} |" for rule, asks in ONNX_RULES.items()]
    rows += [f"| {one.version} | {one.opset} | {one.ml_opset} | {one.ir_version} |" for one in RELEASES.values()]
    return rows


def test_rows_are_those_of_the_code():
    """On a difference: replace the rows of the page by those that are expected."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    headings = ("| rule", "| entry", "| ONNX Runtime", "|---")
    assert [line for line in lines if line.startswith("|") and not line.startswith(headings)] == expected()
