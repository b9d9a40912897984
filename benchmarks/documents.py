"""Measures real PMML documents of every model type beside PMML4S and JPMML-Evaluator; writes DOCUMENTS.md.

    python benchmarks/documents.py [--rows 20000] [--match REGEX]

The documents are those of the conformance corpus, which lies beside the project (see tests/pmml/_corpus.py): of every
model type the largest ones with expected results, of two producers. Their own rows are repeated to the number asked
for. Every measurement runs in a process of its own; the best of several repetitions counts. Loading is measured
through each engine's own interface, scoring inside the JVM with whole columns crossing once, which is the
fastest way for the peers.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from run import DISTRIBUTIONS, HERE, HOSTS, best, installed, java_version
from tests.pmml._corpus import cases, corpus_folder, load_conformance

PRODUCERS = 2
FEW_ROWS = 20
ENGINES = ("modelport", "PMML4S", "JPMML")
MEASURED = ("load", "ready", "score")
SECONDS_PER_TASK = 45
MEDIAN_WANTED, LEAST_WANTED = 20, 3


def document_of(case: dict[str, Any]) -> Path:
    folder = corpus_folder()
    if folder is None:
        sys.exit("no conformance corpus: see tests/pmml/_corpus.py")
    return folder / "cases" / case["id"] / "model.pmml"


def document_size(case: dict[str, Any]) -> int:
    return document_of(case).stat().st_size


def chosen(pattern: str) -> list[dict[str, Any]]:
    """Of every model type the largest documents with expected results, each of another producer.

    Documents with few rows, which repeated would always take the same path, count only for a type that has no others.
    """
    largest: dict[str, dict[str, dict[str, Any]]] = collections.defaultdict(dict)
    known = [case for case in cases() if case["has_expected"]]
    usable = [case for case in known if not case.get("contested") and not case.get("singleton")]
    types_with_rows = {case["top_model"] for case in usable if case["n_records"] >= FEW_ROWS}
    for case in usable:
        few = case["n_records"] < FEW_ROWS and case["top_model"] in types_with_rows
        if few or not re.search(pattern, case["id"]):
            continue
        of_type, producer = largest[case["top_model"]], case.get("producer") or case["source"]
        if producer not in of_type or document_size(case) > document_size(of_type[producer]):
            of_type[producer] = case
    return [
        case
        for model in sorted(largest)
        for case in sorted(largest[model].values(), key=document_size, reverse=True)[:PRODUCERS]
    ]


def repeated_rows(case: dict[str, Any], count: int) -> Any:
    """The document's own rows, over and over; groups keep their rows and get names of their own."""
    import pandas as pd

    conformance = load_conformance()
    frame = conformance.frame(case, *conformance.load_input(case))
    times = -(-count // len(frame))
    parts = []
    for number in range(times):
        part = frame.copy() if case.get("group_fields") else frame
        for name in case.get("group_fields") or ():
            part[name] = part[name].astype(str) + f"/{number}"
        parts.append(part)
    return pd.concat(parts, ignore_index=True).head(count)


def first_of_pmml4s(path: str, record: dict[str, Any]) -> Any:
    from pypmml import Model

    return Model.fromFile(path).predict(record)


def first_of_jpmml(path: str, record: dict[str, Any]) -> Any:
    from jpmml_evaluator import make_evaluator

    return make_evaluator(path).evaluate(record)


def load_pmml4s(path: str) -> Any:
    from pypmml import Model

    return Model.fromFile(path)


def load_jpmml(path: str) -> Any:
    from jpmml_evaluator import make_evaluator

    return make_evaluator(path)


def measure_here(engine: str, case: dict[str, Any], count: int, repeat: int) -> dict[str, float]:
    import modelport_runtime

    path = str(document_of(case))
    load = {"modelport": modelport_runtime.load, "PMML4S": load_pmml4s, "JPMML": load_jpmml}[engine]
    load(path)  # starts the JVM, imports what the engine needs
    result = {"load": best(lambda: load(path), repeat)}
    frame = repeated_rows(case, count)
    score = scorer_of(engine, path)
    score(frame.head(min(count, 2000)))
    if not case.get("group_fields"):
        result["ready"] = best(first_result(engine, path, frame.head(1)), repeat)
    result["score"] = best(lambda: score(frame), repeat)
    return result


def first_result(engine: str, path: str, row: Any) -> Callable[[], Any]:
    """Loading and one row, through each engine's own interface."""
    if engine == "modelport":
        return lambda: scorer_of(engine, path)(row)
    record = {name: None if value != value else value for name, value in row.to_dict("records")[0].items()}
    first = {"PMML4S": first_of_pmml4s, "JPMML": first_of_jpmml}[engine]
    return lambda: first(path, record)


def scorer_of(engine: str, path: str) -> Callable[[Any], Any]:
    import modelport_runtime

    return modelport_runtime.load(path, engine="auto" if engine == "modelport" else engine.lower()).score


def measure(engine: str, case: dict[str, Any], count: int, repeat: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--engine", engine, "--case", case["id"]]
    command += ["--rows", str(count), "--repeat", str(repeat)]
    java = {**os.environ, "JAVA_TOOL_OPTIONS": f"-Djdk.net.hosts.file={HOSTS}"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=java, check=False, timeout=SECONDS_PER_TASK, cwd=HERE
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"over {SECONDS_PER_TASK} s"}
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1][:150]}
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def lowering_shares() -> tuple[dict[str, collections.Counter[str]], collections.Counter[str]]:
    """By model type how many documents a graph takes whole, in part, not at all; and the causes."""
    import modelport_runtime
    from modelport_runtime.executors.auto import AutoExecutor
    from modelport_runtime.executors.onnx import OnnxExecutor
    from modelport_runtime.pmml import read_pmml

    shares: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    causes: collections.Counter[str] = collections.Counter()
    for case in cases():
        share = shares[case.get("top_model") or "none"]
        try:
            document = read_pmml(document_of(case))
            plan = AutoExecutor(document).plan
        except modelport_runtime.ModelportError:
            share["refused"] += 1
            continue
        try:
            OnnxExecutor(document)
            share["whole"] += 1
        except modelport_runtime.UnsupportedModelError as error:
            share["in part" if "onnx" in {step.engine for step in plan.steps} else "not at all"] += 1
            causes.update({re.sub(r"'[^']*'", "'...'", cause.what) for cause in error.causes})
    return shares, causes


def report(documents: list[dict[str, Any]], results: dict[tuple[str, str], dict[str, Any]], count: int) -> str:
    lines = [
        "# Real documents, measured",
        "",
        f"Written by `benchmarks/documents.py` on {datetime.now(UTC):%Y-%m-%d}; {count:,} rows. {platform.machine()}, "
        f"{os.cpu_count()} processors, Python {platform.python_version()}, {java_version()}.",
        "",
        ", ".join(f"{name} {installed(name)}" for name in DISTRIBUTIONS) + ".",
        "",
        "Seconds for modelport (`auto`), and how many times longer the peers need. `ready` is loading and the first",
        "result for one row, which holds what is compiled when it is first needed. `-`: the peer does not load or",
        "score the document.",
        "",
        "| model | document | size, kB | load | PMML4S | JPMML | ready | PMML4S | JPMML | score | PMML4S | JPMML |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    ratios: dict[str, list[float]] = {what: [] for what in MEASURED}
    jpmml_loads: list[float] = []
    for case in documents:
        ours = results[case["id"], "modelport"]
        cells = [case["top_model"], case["id"], f"{document_size(case) / 1000:.0f}"]
        for what in MEASURED:
            cells.append(f"{ours[what]:.3g}" if what in ours else ours.get("failed", "-"))
            for peer in ENGINES[1:]:
                theirs = results[case["id"], peer]
                known = what in ours and what in theirs
                cells.append(f"{theirs[what] / ours[what]:.3g}" if known else "-")
                if known:
                    ratios[what].append(theirs[what] / ours[what])
                    if (what, peer) == ("load", "JPMML"):
                        jpmml_loads.append(theirs[what] / ours[what])
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## Ratios", "", "| | median | least | wanted |", "|---|---|---|---|"]
    score, load = ratios["score"], jpmml_loads
    wanted = f"median {MEDIAN_WANTED}, least {LEAST_WANTED}"
    lines += [
        f"| scoring, both peers | {statistics.median(score):.3g} | {min(score):.3g} | {wanted} |",
        f"| loading, JPMML | {statistics.median(load):.3g} | {min(load):.3g} | least 1 |",
    ]
    return "\n".join([*lines, *lowering_lines()]) + "\n"


def lowering_lines() -> list[str]:
    shares, causes = lowering_shares()
    kinds = ("whole", "in part", "not at all", "refused")
    lines = ["", "## What a graph takes", ""]
    lines += [
        "Documents of the whole corpus. `in part`: a graph takes the forests in it. `refused`: no engine of ours loads"
    ]
    lines += [
        "them. Of what a graph takes `auto` leaves clusters, neighbours, rule sets and scorecards to the reference"
    ]
    lines += ["engine, which is faster there."]
    lines += ["", f"| model | {' | '.join(kinds)} |", f"|---|{'---|' * len(kinds)}"]
    total: collections.Counter[str] = collections.Counter()
    for model in sorted(shares):
        total.update(shares[model])
        lines.append(f"| {model} | " + " | ".join(str(shares[model][kind]) for kind in kinds) + " |")
    lines.append("| all | " + " | ".join(str(total[kind]) for kind in kinds) + " |")
    lines += ["", "Why not: cause, and the number of documents that it was met in.", ""]
    return lines + [f"- {number} x {cause}" for cause, number in causes.most_common()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--match", default="")
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        case = next(case for case in cases() if case["id"] == options.case)
        print(json.dumps(measure_here(options.engine, case, options.rows, options.repeat)))
        return
    documents = chosen(options.match)
    results = {}
    for case in documents:
        for engine in ENGINES:
            results[case["id"], engine] = measure(engine, case, options.rows, options.repeat)
            print(f"{case['id']:50} {engine:10} {results[case['id'], engine]}", file=sys.stderr, flush=True)
    text = report(documents, results, options.rows)
    if not options.match:
        (HERE / "DOCUMENTS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
