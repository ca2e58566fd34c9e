"""Areas that were measured before: one JSON file each, so that a run can go on where another stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..files import write_atomically
from .figures import AreaResult
from .machine import Machine
from .settings import Settings


class StoredAreas:
    """Results under a folder, as ``<area>.json``; those of other settings, machines or versions are none."""

    def __init__(self, folder: Path, settings: Settings, machine: Machine) -> None:
        of_machine = machine.as_object()
        del of_machine["date"]
        self._folder = folder
        self._made_with: dict[str, Any] = {"settings": settings.as_object(), "machine": of_machine}

    def read(self, area: str) -> AreaResult | None:
        """An area that was measured; None for one that was not, that failed or that was skipped."""
        try:
            stored = json.loads(self._file(area).read_text(encoding="utf-8"))
            if stored["made_with"] != self._made_with:
                return None
            result = AreaResult.from_object(stored["result"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return None if result.failed or result.skipped else result

    def write(self, result: AreaResult) -> None:
        stored = {"made_with": self._made_with, "result": result.as_object()}
        text = json.dumps(stored, indent=1, allow_nan=False) + "\n"
        write_atomically(self._file(result.area), lambda path: path.write_text(text, encoding="utf-8"))

    def _file(self, area: str) -> Path:
        return self._folder / f"{area}.json"
