"""The areas in order, each whatever becomes of the others."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Sequence

from .figures import AreaResult, Unavailable
from .inputs import Inputs

# Name of an area -> the module under ``areas`` whose ``measure(inputs)`` gives its figures.
AREAS = {
    "mapping": "mapping",
    "superpoints": "superpoints",
    "sparse": "sparse_convolution",
    "encode": "encoding",
    "ask": "asking",
    "stream": "streaming",
    "growth": "growth",
}


def run_areas(areas: Sequence[str], inputs: Inputs) -> Iterator[AreaResult]:
    """Measure one area after another.  An error in one ends that area only; KeyboardInterrupt comes out."""
    for area in areas:
        started = time.perf_counter()
        try:
            module = importlib.import_module(f"{__package__}.areas.{AREAS[area]}")
            result = AreaResult(area, list(module.measure(inputs)))
        except Unavailable as missing:
            result = AreaResult(area, skipped=str(missing))
        except Exception as error:
            result = AreaResult(area, failed=" ".join(f"{type(error).__name__}: {error}".split()))
        yield AreaResult(area, result.figures, result.skipped, result.failed, time.perf_counter() - started)
