"""Many threads give what one gives."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.executors.jvm import JvmExecutor
from modelport_runtime.pmml import read_pmml

from .documents import logistic, values

THREADS = 32


def rows_of(seed: int) -> Table:
    random = np.random.default_rng(seed)
    n_rows = int(random.integers(1, 3000))
    codes = random.integers(-1, 2, n_rows).astype(np.int32)
    return Table({"x": NumberColumn(random.normal(size=n_rows)), "c": TextColumn(codes, ("a", "b"))}, n_rows)


@pytest.mark.parametrize("isolated", [False, True])
def test_32_threads_give_what_one_gives(engine: str, isolated: bool) -> None:
    pmml = logistic().encode()
    model = JvmExecutor(engine=engine, pmml=pmml, document=read_pmml(pmml), isolated=isolated)
    tables = [rows_of(seed) for seed in range(THREADS)]
    alone = [model.score(table) for table in tables]
    together = threading.Barrier(THREADS)

    def score(table: Table) -> Table:
        together.wait()
        return model.score(table)

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(score, tables))
    model.close()

    for one, many in zip(alone, results, strict=True):
        assert {name: values(column) for name, column in one.items()} == {
            name: values(column) for name, column in many.items()
        }


def test_threads_that_end_leave_nothing_in_the_jvm(pmml4s: str) -> None:
    import jpype

    model = JvmExecutor(engine=pmml4s, pmml=logistic().encode())
    model.score(rows_of(0))
    threads = jpype.JClass("java.lang.management.ManagementFactory").getThreadMXBean()
    before = threads.getThreadCount()

    for seed in range(20):
        thread = threading.Thread(target=model.score, args=(rows_of(seed),))
        thread.start()
        thread.join()

    assert threads.getThreadCount() <= before + 2
