"""The machine that figures are of."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import torch

from omd3d_ros import __version__

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_INFO = Path("/proc/meminfo")


@dataclass(frozen=True)
class Machine:
    """cores: those that this process may use; load: of the machine before the run, processes that want a core
    averaged over a minute; threads: of torch; date: local, ISO 8601."""

    cpu: str
    cores: int
    memory_gb: float | None
    load: float | None
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
        """For a person; a third line where other programs disturb the figures."""
        memory = "" if self.memory_gb is None else f", {self.memory_gb:.0f} GB"
        load = "" if self.load is None else f", load {self.load:.1f} before the run"
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        described = [
            f"{self.cpu}, {self.cores} cores{memory}, torch on {threads}{load}",
            f"omd3d {self.omd3d}, torch {self.torch}, Python {self.python}, {self.system}, {self.date}",
        ]
        warning = "other programs were using the cores: trust CPU times and ratios, not wall times"
        return [*described, warning] if self.busy else described

    @property
    def busy(self) -> bool:
        """Whether other programs wanted the cores before the run began, so that wall times are not its own."""
        return self.load is not None and self.load > 0.5 * self.cores


def this_machine() -> Machine:
    """As it is now; what can't be found out is None or "unknown CPU"."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        load: float | None = os.getloadavg()[0]
    except OSError:
        load = None
    return Machine(
        cpu=_after(_CPU_INFO, "model name") or platform.processor() or "unknown CPU",
        cores=cores,
        memory_gb=_memory_gb(),
        load=load,
        threads=torch.get_num_threads(),
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
