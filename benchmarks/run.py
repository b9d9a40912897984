"""Measures conversion, loading and scoring beside the peers, in one run on one machine; writes RESULTS.md.

    python benchmarks/run.py [--rows 20000] [--repeat 3]

Needs Java, and the packages of the ``bench`` dependency group. Every measurement runs in a process of its own, so that
peak memory is its own and nothing is warm that would not be; the best of several repetitions counts. The peers' JVM
resolves no host names (``hosts.block``), so that nothing is reported to anyone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WORK = HERE / ".work"
HOSTS = HERE / "hosts.block"
FEATURES = 20
DISTRIBUTIONS = (
    *("modelport", "scikit-learn", "numpy", "pandas", "pyarrow", "onnxruntime"),
    *("sklearn2pmml", "pypmml", "jpmml_evaluator", "jpype1"),
)


def rows(count: int, seed: int = 1) -> Any:
    """Synthetic inputs with a target that is partly noise, so that trees grow deep."""
    import numpy as np
    import pandas as pd

    generator = np.random.default_rng(seed)
    values = generator.normal(size=(count, FEATURES))
    frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(FEATURES)])
    signal = values[:, 0] + values[:, 1] * values[:, 2] + np.sin(values[:, 3] * 2)
    return frame, (signal + generator.normal(scale=1.0, size=count) > 0).astype(int)


def prepare(count: int) -> None:
    """Fit both models once and keep them."""
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    WORK.mkdir(exist_ok=True)
    frame, target = rows(count)
    forest = RandomForestClassifier(n_estimators=100, max_leaf_nodes=1331, random_state=0, n_jobs=2)
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, target),
        "forest": forest.fit(frame, target),
    }
    for name, model in models.items():
        joblib.dump(model, WORK / f"{name}.joblib")


def fitted(name: str) -> Any:
    import joblib

    return joblib.load(WORK / f"{name}.joblib")


def best(action: Callable[[], Any], repeat: int) -> float:
    """Seconds of the fastest of several runs; short ones are repeated for a second, at most 50 times."""
    seconds: list[float] = []
    while len(seconds) < repeat or (sum(seconds) < 1 and len(seconds) < 50):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def convert_ours(name: str, count: int, repeat: int, suffix: str) -> dict[str, float]:
    import modelport

    model, (frame, _) = fitted(name), rows(100)
    path = WORK / f"{name}.{suffix}"
    modelport.convert(fitted("logistic"), path, data=frame)  # imports what the conversion needs
    before = peak_memory()
    seconds = best(lambda: modelport.convert(model, path, data=frame), repeat)
    return {"seconds": seconds, "bytes": path.stat().st_size, "memory": peak_memory() - before}


def convert_sklearn2pmml(name: str, count: int, repeat: int) -> dict[str, float]:
    from sklearn2pmml import make_pmml_pipeline, sklearn2pmml

    model = fitted(name)
    pipeline = make_pmml_pipeline(model, active_fields=[f"x{i}" for i in range(FEATURES)], target_fields=["y"])
    path = WORK / f"{name}.sklearn2pmml.pmml"
    options = [f"-Djdk.net.hosts.file={HOSTS}"]
    before = peak_memory()
    seconds = best(lambda: sklearn2pmml(pipeline, str(path), java_opts=options), min(repeat, 2))
    memory = peak_memory() - before + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {"seconds": seconds, "bytes": path.stat().st_size, "memory": memory}


def load_ours(name: str, count: int, repeat: int, engine: str) -> dict[str, float]:
    import modelport_runtime

    path = WORK / f"{name}.pmml"
    modelport_runtime.load(WORK / "logistic.pmml", engine=engine)  # imports what the engine needs
    return {"seconds": best(lambda: modelport_runtime.load(path, engine=engine), repeat)}


def score_ours(name: str, count: int, repeat: int, engine: str, suffix: str = "pmml") -> dict[str, float]:
    import modelport_runtime

    frame, _ = rows(count, seed=2)
    scorer = modelport_runtime.load(WORK / f"{name}.{suffix}", engine=engine)
    scorer.score(frame.head(100))
    return {"seconds": best(lambda: scorer.score(frame), repeat)}


def score_sklearn(name: str, count: int, repeat: int) -> dict[str, float]:
    frame, _ = rows(count, seed=2)
    model = fitted(name)
    if hasattr(model, "n_jobs"):
        model.n_jobs = 2
    return {"seconds": best(lambda: model.predict_proba(frame), repeat)}


def peer_pypmml(name: str, count: int, repeat: int) -> dict[str, float]:
    from pypmml import Model

    frame, _ = rows(count, seed=2)
    path = str(WORK / f"{name}.pmml")
    Model.fromFile(str(WORK / "logistic.pmml"))  # starts the JVM
    load = best(lambda: Model.fromFile(path), min(repeat, 2))
    model = Model.fromFile(path)
    model.predict(frame.head(100))
    return {"seconds": best(lambda: model.predict(frame), min(repeat, 2)), "load": load}


def peer_jpmml(name: str, count: int, repeat: int) -> dict[str, float]:
    from jpmml_evaluator import make_evaluator

    frame, _ = rows(count, seed=2)
    path = str(WORK / f"{name}.pmml")
    make_evaluator(str(WORK / "logistic.pmml")).verify()  # starts the JVM
    load = best(lambda: make_evaluator(path), min(repeat, 2))
    evaluator = make_evaluator(path)
    evaluator.evaluateAll(frame.head(100))
    return {"seconds": best(lambda: evaluator.evaluateAll(frame), min(repeat, 2)), "load": load}


def peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


TASKS: dict[str, Callable[[str, int, int], dict[str, float]]] = {
    "convert modelport pmml": lambda name, count, repeat: convert_ours(name, count, repeat, "pmml"),
    "convert modelport onnx": lambda name, count, repeat: convert_ours(name, count, repeat, "onnx"),
    "convert sklearn2pmml": convert_sklearn2pmml,
    "load modelport reference": lambda name, count, repeat: load_ours(name, count, repeat, "reference"),
    "load modelport onnx": lambda name, count, repeat: load_ours(name, count, repeat, "onnx"),
    "score scikit-learn": score_sklearn,
    "score modelport reference": lambda name, count, repeat: score_ours(name, count, repeat, "reference"),
    "score modelport onnx": lambda name, count, repeat: score_ours(name, count, repeat, "onnx"),
    "score modelport onnx file": lambda name, count, repeat: score_ours(name, count, repeat, "onnx", "onnx"),
    "score PMML4S in the JVM": lambda name, count, repeat: score_ours(name, count, min(repeat, 2), "pmml4s"),
    "score JPMML in the JVM": lambda name, count, repeat: score_ours(name, count, min(repeat, 2), "jpmml"),
    "score pypmml": peer_pypmml,
    "score jpmml_evaluator": peer_jpmml,
}

RATIOS = (
    ("forest", "convert modelport pmml", "convert sklearn2pmml", "seconds", 4),
    ("logistic", "convert modelport pmml", "convert sklearn2pmml", "seconds", 10),
    ("forest", "load modelport onnx", "score pypmml", "load", 3),
    ("forest", "score modelport onnx", "score PMML4S in the JVM", "seconds", 40),
    ("forest", "score modelport onnx", "score JPMML in the JVM", "seconds", 40),
    ("forest", "score modelport onnx", "score scikit-learn", "seconds", 1),
    ("logistic", "score modelport onnx", "score pypmml", "seconds", 200),
    ("logistic", "score modelport onnx", "score jpmml_evaluator", "seconds", 200),
)
"""Model, ours, the peer, what of the peer's, and how many times faster ours is meant to be."""


def measure(task: str, name: str, count: int, repeat: int) -> dict[str, Any]:
    """Run one task in a process of its own."""
    command = [sys.executable, __file__, "--task", task, "--model", name, "--rows", str(count), "--repeat", str(repeat)]
    java = {**os.environ, "JAVA_TOOL_OPTIONS": f"-Djdk.net.hosts.file={HOSTS}"}
    done = subprocess.run(command, capture_output=True, text=True, env=java, check=False)
    if done.returncode != 0:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"status {done.returncode}"}
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def run_all(count: int, repeat: int, rounds: int) -> dict[tuple[str, str], dict[str, Any]]:
    """Every task once a round: a slow minute of the machine then spoils the best of neither side."""
    results: dict[tuple[str, str], dict[str, Any]] = {}
    for name in ("logistic", "forest"):
        for _ in range(rounds):
            for task in TASKS:
                result = better(results.get((name, task)), measure(task, name, count, repeat))
                results[name, task] = result
                print(f"{name:9} {task:28} {result}", file=sys.stderr, flush=True)
    return results


def better(before: dict[str, Any] | None, now: dict[str, Any]) -> dict[str, Any]:
    """The lesser of all times; sizes are the same, and of memory the round that needed more counts."""
    if before is None or "failed" in before or "failed" in now:
        return before if before is not None and "failed" in before else now
    return {key: (max if key == "memory" else min)(before[key], value) for key, value in now.items()}


def report(results: dict[tuple[str, str], dict[str, Any]], count: int) -> str:
    nodes = sum(tree.tree_.node_count for tree in fitted("forest").estimators_)
    lines = [
        "# Measured",
        "",
        f"Written by `benchmarks/run.py` on {datetime.now(UTC):%Y-%m-%d}; {count:,} rows of {FEATURES} numbers; the "
        f"forest has 100 trees and {nodes:,} nodes. {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, {java_version()}.",
        "",
        ", ".join(f"{name} {installed(name)}" for name in DISTRIBUTIONS) + ".",
        "",
        "Loading and scoring use the PMML that modelport wrote. Memory is the growth of the peak while converting; for "
        "sklearn2pmml with that of its JVM.",
        "",
    ]
    for name in ("logistic", "forest"):
        lines += [f"## {name}", "", "| | seconds | load, s | file, MB | memory, MB |", "|---|---|---|---|---|"]
        lines += [_line(task, results[name, task]) for task in TASKS] + [""]
    lines += ["## Ratios", "", "| model | ours | peer | times faster | meant | reached |", "|---|---|---|---|---|---|"]
    lines += [_ratio(results, *ratio) for ratio in RATIOS]
    return "\n".join(lines) + "\n"


def _line(task: str, result: dict[str, Any]) -> str:
    if "failed" in result:
        return f"| {task} | failed: {result['failed'][:200]} | | | |"
    load = f"{result['load']:.3g}" if "load" in result else ""
    size, memory = (f"{result[key] / 1e6:.3g}" if key in result else "" for key in ("bytes", "memory"))
    return f"| {task} | {result['seconds']:.3g} | {load} | {size} | {memory} |"


def _ratio(results: Any, name: str, ours: str, peer: str, key: str, meant: float) -> str:
    left, right = results[name, ours], results[name, peer]
    if "failed" in left or "failed" in right:
        return f"| {name} | {ours} | {peer} | not measured | {meant} | |"
    ratio = right[key] / left["seconds"]
    peer_text = peer.replace("score", "load") if key == "load" else peer
    return f"| {name} | {ours} | {peer_text} | {ratio:.3g} | {meant} | {'yes' if ratio >= meant else 'no'} |"


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def java_version() -> str:
    done = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    return done.stderr.splitlines()[0] if done.stderr else "no Java"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(TASKS[options.task](options.model, options.rows, options.repeat)))
        return
    prepare(options.rows)
    text = report(run_all(options.rows, options.repeat, options.rounds), options.rows)
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
