"""Model files: pickles under guard, skops files, booster files, PMML, ONNX and the hub's own."""

from __future__ import annotations

from modelport.readers._files._formats import file_format
from modelport.readers._files._process import Limits
from modelport.readers._files._read import FRAMEWORK_FORMATS, read_file, score_file

__all__ = ["FRAMEWORK_FORMATS", "Limits", "file_format", "read_file", "score_file"]
