"""Measures validation of a large forest beside lxml's parse and xmlschema; writes VALIDATE.md.

    python benchmarks/validate.py [FILE] [--repeat 5]

FILE is the forest that ``run.py`` makes, if none is given. Every measurement runs in a process of its own, with its
packages imported; the best of several processes counts, and they take turns, so that what else the machine does weighs
on all alike. xmlschema runs once: it takes minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from run import HERE, WORK, installed, peak_memory

WANTED = 3.0
DISTRIBUTIONS = ("modelport", "lxml", "xmlschema")


def parse(path: str) -> Callable[[], Any]:
    from lxml import etree

    return lambda: etree.parse(path)


def parse_and_schema(path: str) -> Callable[[], Any]:
    """What no validator that uses lxml can do without."""
    from lxml import etree

    schema = etree.XMLSchema(etree.fromstring(schema_of(path).encode()))
    return lambda: schema.assertValid(etree.parse(path))


def modelport(path: str) -> Callable[[], Any]:
    from modelport_runtime.pmml.validation import validate

    def run() -> None:
        report = validate(path)
        assert report.is_valid, report.findings[:3]

    return run


def xmlschema(path: str) -> Callable[[], Any]:
    import xmlschema as package

    schema = package.XMLSchema(schema_of(path))
    return lambda: schema.validate(path)


def schema_of(path: str) -> str:
    from modelport_runtime.pmml.grammar import grammar, schema_text

    return schema_text(grammar(), "4.4")


TASKS: dict[str, Callable[[str], Callable[[], Any]]] = {
    "lxml, parse alone": parse,
    "lxml, parse and schema": parse_and_schema,
    "modelport validate": modelport,
    "xmlschema": xmlschema,
}
ONCE = ("xmlschema",)


def measure(task: str, path: str) -> dict[str, float]:
    """One task in this process: seconds on the wall and of the processor, and memory beyond what it began with."""
    action = TASKS[task](path)
    before = peak_memory()
    began, processor = time.perf_counter(), time.process_time()
    action()
    seconds = {"seconds": time.perf_counter() - began, "processor": time.process_time() - processor}
    return {**seconds, "memory": peak_memory() - before}


def measured(path: str, repeat: int) -> dict[str, dict[str, float]]:
    """The best of each, the tasks taking turns."""
    found: dict[str, dict[str, float]] = {}
    for turn in range(repeat):
        for task in TASKS:
            if turn and task in ONCE:
                continue
            command = [sys.executable, __file__, path, "--task", task]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{task}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            values = json.loads(done.stdout)
            print(f"{task}: {values['seconds']:.2f} s, {values['processor']:.2f} s of processor", file=sys.stderr)
            best = found.setdefault(task, values)
            found[task] = {name: min(best[name], value) for name, value in values.items()}
    return found


def report(path: Path, found: dict[str, dict[str, float]], repeat: int) -> str:
    size, python = path.stat().st_size / 1e6, f"{platform.python_implementation()} {platform.python_version()}"
    lines = [
        "# Validation of a large forest",
        "",
        f"Written by `benchmarks/validate.py` on {datetime.now(UTC):%Y-%m-%d}: {path.name}, {size:.0f} MB; {python}, "
        f"{os.cpu_count()} cores; the best of {repeat} processes, of xmlschema one.",
        "",
        ", ".join(f"{name} {installed(name)}" for name in DISTRIBUTIONS),
        "",
        "| | wall s | processor s | times lxml's parse, wall | processor | memory MB |",
        "|---|---:|---:|---:|---:|---:|",
        *(f"| {task} | {_row(values, found['lxml, parse alone'])} |" for task, values in found.items()),
        "",
        _verdict(found["modelport validate"], found["lxml, parse alone"]),
    ]
    return "\n".join(lines) + "\n"


def _row(values: dict[str, float], parse_alone: dict[str, float]) -> str:
    times = [values[name] / parse_alone[name] for name in ("seconds", "processor")]
    seconds = f"{values['seconds']:.2f} | {values['processor']:.2f}"
    return f"{seconds} | {times[0]:.2f} | {times[1]:.2f} | {values['memory'] / 1e6:.0f}"


def _verdict(ours: dict[str, float], parse_alone: dict[str, float]) -> str:
    """By the processor's time, on which what else the machine does weighs less."""
    times = ours["processor"] / parse_alone["processor"]
    return f"Goal: at most {WANTED:g} times lxml's parse. It is {times:.2f}: {'met' if times <= WANTED else 'missed'}."


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file", nargs="?", type=Path, default=WORK / "forest.pmml")
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.task:
        print(json.dumps(measure(options.task, str(options.file))))
        return
    if not options.file.exists():
        arguments.error(f"{options.file} does not exist; run benchmarks/run.py first, or give a file")
    found = measured(str(options.file), options.repeat)
    (HERE / "VALIDATE.md").write_text(report(options.file, found, options.repeat), encoding="utf-8")


if __name__ == "__main__":
    main()
