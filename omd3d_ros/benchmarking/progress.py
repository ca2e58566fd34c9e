"""How far a run has come, on standard error: a bar where that is a terminal, else a line for each area."""

from __future__ import annotations

import sys
from types import TracebackType

from tqdm import tqdm

from .figures import AreaResult

_FORMAT = "omd3d bench: {desc} {bar:24} {n}/{total} areas, {elapsed}"


class AreaProgress:
    """Told of every area; quiet: tells nobody."""

    def __init__(self, areas: int, quiet: bool) -> None:
        self._tells = not quiet
        self._lines = self._tells and not sys.stderr.isatty()
        self._areas, self._done = areas, 0
        hidden = not self._tells or self._lines
        self._bar = tqdm(total=areas, bar_format=_FORMAT, file=sys.stderr, disable=hidden, leave=False)

    def __enter__(self) -> AreaProgress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()

    def measuring(self, area: str) -> None:
        """To be called now and then: the clock of the bar goes on."""
        self._bar.set_description_str(area)

    def done(self, result: AreaResult) -> None:
        """An area has been measured, or was before."""
        self._done += 1
        self._bar.update()
        if self._lines:
            became = "failed" if result.failed else "skipped" if result.skipped else "done"
            line = f"omd3d bench: {result.area} ({self._done} of {self._areas}) {became}, {result.seconds:.1f} s"
            print(line, file=sys.stderr, flush=True)
