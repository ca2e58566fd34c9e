"""What changes the figures of a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """preset: name, file or folder of weights; source: folder of a recording, None for a synthetic room; quick: fewer
    frames and repeats; threads: of torch, None for its choice."""

    preset: str = "nano"
    source: str | None = None
    quick: bool = False
    threads: int | None = None

    def as_object(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
