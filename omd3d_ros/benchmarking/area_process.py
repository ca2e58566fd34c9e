"""What the process of one area does: ``python -m omd3d_ros.benchmarking.area_process AREA SETTINGS FILE``.

SETTINGS is the JSON object of ``Settings``; the ``AreaResult`` is written to FILE as one.  It leads a group of
processes, and ends with all of them when its standard input does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import torch

from ..files import write_atomically
from .areas import measure_area
from .inputs import Inputs
from .settings import Settings


def main(arguments: Sequence[str]) -> None:
    Thread(target=_end_with_standard_input, daemon=True).start()
    area, stated, file = arguments
    settings = Settings(**json.loads(stated))
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    source = None if settings.source is None else Path(settings.source)
    result = measure_area(area, Inputs(settings.preset, source, settings.quick))
    text = json.dumps(result.as_object(), allow_nan=False)
    write_atomically(Path(file), lambda path: path.write_text(text, encoding="utf-8"))


def _end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
