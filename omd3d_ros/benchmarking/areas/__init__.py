"""One module per area, each with ``measure(inputs) -> list[Figure]``, which raises Unavailable with what is missing."""

from __future__ import annotations

import importlib

from ..figures import AreaResult, Unavailable
from ..inputs import Inputs

# Name of an area -> its module, in the order of the table.
AREAS = {
    "mapping": "mapping",
    "superpoints": "superpoints",
    "sparse": "sparse_convolution",
    "encode": "encoding",
    "ask": "asking",
    "stream": "streaming",
    "growth": "growth",
}


def measure_area(area: str, inputs: Inputs) -> AreaResult:
    """Its figures, or why there are none."""
    try:
        module = importlib.import_module(f"{__name__}.{AREAS[area]}")
        return AreaResult(area, list(module.measure(inputs)))
    except Unavailable as missing:
        return AreaResult(area, skipped=str(missing))
    except Exception as error:
        return AreaResult(area, failed=" ".join(f"{type(error).__name__}: {error}".split()))
