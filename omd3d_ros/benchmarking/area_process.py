"""What the process of one area does: ``python -m omd3d_ros.benchmarking.area_process AREA SETTINGS FILE``.

SETTINGS is the JSON object of ``Settings``; the ``AreaResult`` is written to FILE as one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from ..files import write_atomically
from .areas import measure_area
from .inputs import Inputs
from .settings import Settings


def main(arguments: Sequence[str]) -> None:
    area, stated, file = arguments
    settings = Settings(**json.loads(stated))
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    source = None if settings.source is None else Path(settings.source)
    result = measure_area(area, Inputs(settings.preset, source, settings.quick))
    text = json.dumps(result.as_object(), allow_nan=False)
    write_atomically(Path(file), lambda path: path.write_text(text, encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
