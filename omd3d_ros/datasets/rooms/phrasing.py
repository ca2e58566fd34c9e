"""How wishes are worded, and which wordings are held out: what others need of the grammar's pieces."""

from .grammar.requests_wording import NEED
from .grammar.voice import is_held_out

__all__ = ["NEED", "is_held_out"]
