"""Query programs: what a question asks of a scene's objects, independent of any scene."""

from .operations import COLORS, MATERIALS, OPERATIONS, SHAPES
from .tree import ProgramError, Step, Unfinished, parse, tokens

__all__ = [
    "COLORS", "MATERIALS", "OPERATIONS", "SHAPES", "ProgramError", "Step", "Unfinished", "parse", "tokens",
]  # fmt: skip
