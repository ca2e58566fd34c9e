"""Why a question is not answered; every text is for the one who asked."""

from __future__ import annotations


class Refused(Exception):
    """The question is not answered."""


class QueueFull(Refused):
    """Too many questions wait already."""


class AnswerCancelled(Refused):
    """Whoever asked does not want the answer any more."""


class DeadlineExceeded(Refused):
    """The seconds that the question was given are over."""


class MapReplaced(Refused):
    """The map that the question was about is gone: it was emptied, or another was loaded."""
