"""The node as a child process that never outlives its parent's block."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

NODE_PROGRAM = (sys.executable, "-m", "omd3d_ros.ros.node")
PATIENCE = 8.0
_TAIL_BYTES = 4000


class ChildDied(RuntimeError):
    """The node ended by itself; the message has its exit code and last words."""


class NodeProcess:
    """``with NodeProcess(arguments, log):`` runs the node with its output in a file, in a process group of its own."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*NODE_PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us first, and we stop it in order
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raises ChildDied when the node is not running any more."""
        code = self._process.poll()
        if code is not None:
            raise ChildDied(f"the node ended with exit code {code}: {self.last_line()} (log: {self.log})")

    def last_line(self) -> str:
        """The last line that it printed."""
        lines = self.log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing")

    def stop(self) -> None:
        """Ask it to stop, and insist when it does not."""
        for step in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            self._process.send_signal(step)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self) -> NodeProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
