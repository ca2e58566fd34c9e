"""Questions made by a grammar: programs composed over things and relations, then worded with free variation."""

from .asking import make_queries, text_questions
from .types import TYPES
from .voice import SPLITS

__all__ = ["SPLITS", "TYPES", "make_queries", "text_questions"]
