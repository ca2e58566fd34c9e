"""The machine that figures are of."""

from __future__ import annotations

import os
import platform
import resource
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import torch

from omd3d_ros import __version__

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_INFO = Path("/proc/meminfo")
_CPU_TIMES = Path("/proc/stat")


@dataclass(frozen=True)
class Machine:
    """cores: those that this process may use; threads: of torch; date: local, ISO 8601."""

    cpu: str
    cores: int
    memory_gb: float | None
    threads: int
    system: str
    python: str
    torch: str
    omd3d: str
    date: str

    def as_object(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person."""
        memory = "" if self.memory_gb is None else f", {self.memory_gb:.0f} GB"
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return [
            f"{self.cpu}, {self.cores} cores{memory}, torch on {threads}",
            f"omd3d {self.omd3d}, torch {self.torch}, Python {self.python}, {self.system}, {self.date}",
        ]


class OtherPrograms:
    """How many cores other programs use, on average, from when this is made."""

    def __init__(self) -> None:
        self._began, self._all, self._ours = time.monotonic(), _busy_seconds(), _our_seconds()

    def cores(self) -> float | None:
        """Those of ended children of this process are ours; None where the system does not tell."""
        now = _busy_seconds()
        if now is None or self._all is None:
            return None
        others = now - self._all - (_our_seconds() - self._ours)
        return max(others, 0.0) / max(time.monotonic() - self._began, 1e-3)


def this_machine(threads: int | None = None) -> Machine:
    """threads: of torch, None for its choice; what can't be found out is None or "unknown CPU"."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(
        cpu=_after(_CPU_INFO, "model name") or platform.processor() or "unknown CPU",
        cores=cores,
        memory_gb=_memory_gb(),
        threads=threads or torch.get_num_threads(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        torch=torch.__version__,
        omd3d=__version__,
        date=datetime.now().astimezone().isoformat(timespec="minutes"),
    )


def _memory_gb() -> float | None:
    kilobytes = _after(_MEMORY_INFO, "MemTotal").split(" ")[0]
    return int(kilobytes) * 1024 / 1e9 if kilobytes.isdigit() else None


def _after(path: Path, key: str) -> str:
    """The value of the first line ``key : value``, "" where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    values = (line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key)
    return next(values, "")


def _busy_seconds() -> float | None:
    """Seconds that the cores have worked since the machine was started, for whomever."""
    try:
        times = _CPU_TIMES.read_text().split("\n", 1)[0].split()[1:]
        idle = int(times[3]) + int(times[4])  # waiting for a disk is idle too
        return (sum(map(int, times[:8])) - idle) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def _our_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)
