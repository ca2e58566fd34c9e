"""Questions about a room: what is asked, as a sentence and as a program, which objects it is about, a short answer."""

from .grammar import SPLITS, make_queries, text_questions

__all__ = ["SPLITS", "make_queries", "text_questions"]
