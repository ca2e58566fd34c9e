"""Published checkpoints: read without running anything in them, told apart, renamed, checked, loaded."""

from .checkpoint import Checkpoint, CheckpointError
from .detect import identify
from .families import FAMILIES
from .loading import apply, match
from .mapping import translate
from .reading import read_checkpoint
from .report import Report

__all__ = [
    "FAMILIES", "Checkpoint", "CheckpointError", "Report", "apply", "identify", "match", "read_checkpoint", "translate",
]  # fmt: skip
