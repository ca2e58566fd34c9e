"""The areas in order, each in a process of its own: whatever becomes of one, the others are measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .figures import AreaResult
from .machine import OtherPrograms
from .settings import Settings

SHARE = 1 / 3  # of the time for all areas that one may take
_TICK = 0.5  # seconds between two looks at an area that is being measured


def run_areas(
    areas: Sequence[str], settings: Settings, seconds: float, on_tick: Callable[[str], None] | None = None
) -> Iterator[AreaResult]:
    """Measure one area after another.

    seconds: for all of them; an area that takes more than a third of it, or what is left, has failed, and those for
    which nothing is left are skipped.  on_tick: told the area that is being measured, every now and then.  A
    KeyboardInterrupt ends the area's process and comes out.
    """
    end = time.monotonic() + seconds
    for area in areas:
        left = end - time.monotonic()
        if left <= 0:
            yield AreaResult(area, skipped=f"no time was left of {_minutes(seconds)}")
            continue
        yield run_area(area, settings, min(left, SHARE * seconds), on_tick)


def run_area(area: str, settings: Settings, limit: float, on_tick: Callable[[str], None] | None = None) -> AreaResult:
    """Measure one area, for at most ``limit`` seconds, in a process of its own and of no other's group."""
    started, others = time.monotonic(), OtherPrograms()
    with tempfile.TemporaryDirectory(prefix="omd3d-bench-") as folder:
        file, log = Path(folder, "area.json"), Path(folder, "log")
        with log.open("wb") as out:
            process = subprocess.Popen(
                _command(area, settings, file), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        try:
            while process.poll() is None and time.monotonic() - started < limit:
                if on_tick is not None:
                    on_tick(area)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_TICK)
            code = process.poll()
        finally:
            _end(process)
        result = _result(area, code, file, log, limit)
    return replace(result, seconds=time.monotonic() - started, others=others.cores())


def _command(area: str, settings: Settings, file: Path) -> list[str]:
    module = f"{__package__}.area_process"
    return [sys.executable, "-m", module, area, json.dumps(settings.as_object()), str(file)]


def _result(area: str, code: int | None, file: Path, log: Path, limit: float) -> AreaResult:
    if code is None:
        return AreaResult(area, failed=f"it was not done after {_minutes(limit)}")
    if file.exists():
        return AreaResult.from_object(json.loads(file.read_text(encoding="utf-8")))
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    ended = f"its process was ended by {_signal_name(-code)}" if code < 0 else f"its process ended with code {code}"
    return AreaResult(area, failed=f"{ended}: {said}" if said else ended)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what there is of the process and of those that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _signal_name(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name} (out of memory?)" if name == "SIGKILL" else name


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.3g} minutes"
