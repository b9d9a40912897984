"""One ONNX Runtime session: every operator on one thread, rows split into blocks that run side by side.

Inside one run a single thread keeps every sum in one order. Both cores are used all the same: rows are independent, and
ONNX Runtime releases the interpreter's lock while it runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from modelport_runtime.errors import ArtifactError, EngineError

__all__ = ["Session"]

_BLOCK_ROWS = 16384
"""Rows run at once, at most, so that memory does not grow with the rows; many, because a tree is walked faster by many
rows in turn."""
_BLOCK_CELLS = 1 << 20
"""Input values beyond which a block has half as many rows."""
_SMALLEST_BLOCK = 1024
"""Rows below which another thread costs more than it brings."""

Tensor = NDArray[Any]


class Session:
    """A graph ready to run. Safe to call from many threads at once.

    Args:
        model: The ONNX model's bytes.
        n_threads: Blocks of rows that run side by side; by default one a processor.

    Raises:
        ArtifactError: ONNX Runtime does not accept the model.
    """

    def __init__(self, model: bytes, n_threads: int | None = None) -> None:
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        # As nodes are listed. By default ONNX Runtime walks all trees before it adds up the first leaf values.
        options.execution_order = onnxruntime.ExecutionOrder.PRIORITY_BASED
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ArtifactError(f"ONNX Runtime {onnxruntime.__version__} refuses the model: {error}") from error
        self.inputs = tuple(self._session.get_inputs())
        self.outputs = tuple(self._session.get_outputs())
        self._n_threads = n_threads or _processors()
        pool = ThreadPoolExecutor(self._n_threads, thread_name_prefix="onnx") if self._n_threads > 1 else None
        self._pool = pool

    def run(self, feeds: Mapping[str, Tensor], n_rows: int) -> list[Tensor]:
        """Run all rows.

        Args:
            feeds: A tensor of ``n_rows`` rows for each input.
            n_rows: Number of rows.

        Returns:
            A tensor of as many rows for each output.

        Raises:
            EngineError: ONNX Runtime failed.
        """
        step = self._block_rows(n_rows)
        starts = range(0, max(n_rows, 1), step)
        blocks = [{name: tensor[start : start + step] for name, tensor in feeds.items()} for start in starts]
        if len(blocks) == 1 or self._pool is None:
            parts = [self._run_block(block) for block in blocks]
        else:
            parts = list(self._pool.map(self._run_block, blocks))
        if len(parts) == 1:
            return list(parts[0])
        return [np.concatenate(tensors) for tensors in zip(*parts, strict=True)]

    def _block_rows(self, n_rows: int) -> int:
        """Rows of a block: the blocks are alike, and as many for each thread, so that none waits for another."""
        width = sum(tensor.shape[-1] for tensor in self.inputs if isinstance(tensor.shape[-1], int))
        most = _BLOCK_ROWS if width * _BLOCK_ROWS <= _BLOCK_CELLS else _BLOCK_ROWS // 2
        rounds = -(-n_rows // (self._n_threads * most))
        return max(-(-n_rows // max(rounds * self._n_threads, 1)), _SMALLEST_BLOCK)

    def _run_block(self, feeds: Mapping[str, Tensor]) -> Sequence[Tensor]:
        try:
            result: Sequence[Tensor] = self._session.run(None, dict(feeds))
        except Exception as error:
            raise EngineError(f"ONNX Runtime failed: {error}") from error
        return result


def _processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
