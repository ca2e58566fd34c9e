"""Programs as token ids: operations are words, and the ends of a noun point at pieces of the question."""

from __future__ import annotations

from collections.abc import Sequence

from .operations import OPERATIONS
from .tree import ProgramError, Token, Unfinished


def operation_word(operation: str) -> str:
    """``<find>``: how an operation is written in the vocabulary."""
    return f"<{operation}>"


class ProgramCodec:
    """Operations to word ids and characters to pieces, both ways.

    first_operation: id of the first of OPERATIONS, the others follow; vocabulary: its size, from which on ids point
    at pieces of a question.
    """

    def __init__(self, first_operation: int, vocabulary: int) -> None:
        self.first_operation = first_operation
        self.vocabulary = vocabulary
        self._index = {name: i for i, name in enumerate(OPERATIONS)}

    def operation_id(self, operation: str) -> int:
        return self.first_operation + self._index[operation]

    def encode(self, program: Sequence[Token], offsets: Sequence[tuple[int, int]]) -> list[int]:
        """Ids of a program's tokens, for a question whose pieces cover the characters ``offsets`` (T, 2).

        Raises ProgramError for a span that no pieces cover (a question that was cut).
        """
        ids, state = [], Unfinished()
        for token in program:
            if isinstance(token, str):
                ids.append(self.operation_id(token))
            else:
                ids.append(self.vocabulary + _piece(token, offsets, start=state.next == "start"))
            state.add(token)
        return ids

    def token(self, id: int, offsets: Sequence[tuple[int, int]], start: bool) -> Token:
        """What an id stands for; ``start``: a pointer is at the first piece of a span, else at its last."""
        if id < self.vocabulary:
            return OPERATIONS[id - self.first_operation]
        return int(offsets[id - self.vocabulary][0 if start else 1])


def _piece(character: int, offsets: Sequence[tuple[int, int]], start: bool) -> int:
    for i, (first, last) in enumerate(offsets):
        if last > first and (first <= character < last if start else first < character <= last):
            return i
    raise ProgramError(f"no piece of the question covers its character {character}")
