"""What an import costs."""

from __future__ import annotations

import subprocess
import sys


def test_the_hub_by_itself_needs_numpy_only():
    heavy = "'pyarrow', 'narwhals', 'pandas', 'onnx', 'onnxruntime', 'lxml', 'sklearn', 'jpype'"
    program = f"import sys, modelport_runtime.hub; sys.exit(str([m for m in [{heavy}] if m in sys.modules] or ''))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr.strip() == ""


def test_scoring_needs_no_framework():
    program = (
        "import sys; from modelport_runtime import load; sys.exit('sklearn' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
