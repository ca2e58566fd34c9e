"""Query programs: what a question asks, as operations on sets of objects.

``which chair is nearest the window?`` is ``find(nearest(noun "chair", noun "window"))``.  A program knows nothing of
a scene; ``language.execution`` runs it on one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .operations import RANKED, ROOTS, SETS

MAX_LENGTH = 64  # operations and ends of spans in one program


class ProgramError(ValueError):
    """These tokens are not a program; the message says where they go wrong."""


@dataclass(frozen=True)
class Step:
    """One operation with its arguments; a ``noun`` has the characters ``start`` to ``end`` of the question."""

    operation: str
    arguments: tuple[Step, ...] = ()
    start: int = -1
    end: int = -1

    def __str__(self) -> str:
        if self.operation == "noun":
            return f"noun[{self.start}:{self.end}]"
        inner = ", ".join(str(a) for a in self.arguments)
        return f"{self.operation}({inner})" if inner else self.operation

    def steps(self) -> Iterator[Step]:
        """This step and all below it, in the order in which they are written."""
        yield self
        for argument in self.arguments:
            yield from argument.steps()

    def written(self, question: str) -> str:
        """Readable: spans as the words that they cover."""
        if self.operation == "noun":
            return f'"{question[self.start : self.end]}"'
        inner = ", ".join(a.written(question) for a in self.arguments)
        return f"{self.operation}({inner})" if inner else self.operation


Token = str | int


def tokens(program: Step) -> list[Token]:
    """Operations in prefix order; a noun is followed by its first character and the one after its last."""
    out: list[Token] = []
    for step in program.steps():
        out.append(step.operation)
        if step.operation == "noun":
            out += [step.start, step.end]
    return out


def parse(written: Sequence[Token]) -> Step:
    """The program of these tokens; raises ProgramError unless they are exactly one."""
    state = Unfinished()
    for token in written:
        state.add(token)
    if not state.done:
        raise ProgramError(f"the program ends before it is complete: {list(written)}")
    step, _ = _read(list(written), 0)
    return step


@dataclass
class Unfinished:
    """A program being written: what may come next.  ``need`` holds what is still missing, the next last."""

    need: list[str] = field(default_factory=lambda: ["root"])
    length: int = 0

    @property
    def done(self) -> bool:
        return not self.need

    @property
    def next(self) -> str | None:
        """root, set, ranked (a superlative, for ``nth:k``), start or end (of a span), None when it is complete."""
        return self.need[-1] if self.need else None

    def allowed(self) -> tuple[str, ...]:
        """The operations that may come next; none where a span's end or nothing is due."""
        if self.next == "root":
            return tuple(ROOTS)
        if self.next == "ranked":
            return RANKED
        if self.next == "set":
            room = MAX_LENGTH - self.length - 3 * len(self.need)
            return tuple(SETS) if room > 9 else ("noun", "thing", "last")
        return ()

    def add(self, token: Token) -> None:
        """Raises ProgramError for a token that can't come here."""
        kind = self.next
        if isinstance(token, int):
            if kind not in ("start", "end"):
                raise ProgramError(f"a place in the question can't stand where a {kind or 'end'} is due")
            self.need.pop()
        else:
            if token not in self.allowed():
                raise ProgramError(f"{token!r} can't stand where a {kind or 'end'} is due")
            self.need.pop()
            if token == "noun":
                self.need += ["end", "start"]
            elif token.startswith("nth:"):
                self.need.append("ranked")
            else:
                self.need += ["set"] * (ROOTS[token] if kind == "root" else SETS[token])
        self.length += 1


def _read(written: list[Token], at: int) -> tuple[Step, int]:
    operation = str(written[at])
    if operation == "noun":
        return Step("noun", (), int(written[at + 1]), int(written[at + 2])), at + 3
    arguments = []
    at += 1
    for _ in range(ROOTS[operation] if operation in ROOTS else SETS[operation]):
        argument, at = _read(written, at)
        arguments.append(argument)
    return Step(operation, tuple(arguments)), at
