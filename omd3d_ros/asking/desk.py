"""Where questions come in: a bounded number at a time, each with a deadline, a way to cancel it, and a conversation."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..types import Answer, Instance
from .refusals import AnswerCancelled, DeadlineExceeded, MapReplaced, QueueFull, Refused
from .sessions import Mentioned, Sessions
from .turns import Check

# Told the text and the instances of an answer so far.
Progress = Callable[[str, list[Instance]], None]

MAX_WAITING = 32
_OUTCOMES: dict[type[Refused], str] = {QueueFull: "refused", AnswerCancelled: "cancelled", DeadlineExceeded: "late"}


@dataclass(frozen=True)
class Question:
    """min_score 0 to 1 and max_instances (0: no limit) choose instances; session names a conversation ("": none).

    wait_for_fresh: of a scene that has every frame mapped so far.  deadline in seconds from asking, 0: none.
    """

    query: str
    min_score: float = 0.0
    max_instances: int = 0
    session: str = ""
    wait_for_fresh: bool = False
    deadline: float = 0.0


class Answering(Protocol):
    """``Assistant``, or a stand-in for it."""

    def ask(
        self,
        query: str,
        min_score: float = 0.0,
        max_instances: int = 0,
        *,
        last: Mentioned | None = None,
        wait_for_fresh: bool = False,
        check: Check | None = None,
        on_progress: Progress | None = None,
    ) -> Answer: ...


class Desk:
    """Thread-safe: every question occupies its caller's thread until it is answered or refused.

    counted: told what became of each question: answered, refused (too many), cancelled, late or failed.
    """

    def __init__(
        self,
        answering: Answering,
        max_waiting: int = MAX_WAITING,
        counted: Callable[[str], None] = lambda outcome: None,
    ) -> None:
        self._answering = answering
        self._max_waiting = max_waiting
        self._counted = counted
        self._sessions = Sessions()
        self._lock = threading.Lock()
        self._left = threading.Condition(self._lock)
        self._present = 0
        self._resets = 0
        self._closed = False

    @property
    def waiting(self) -> int:
        """Questions that are here, the one being answered among them."""
        return self._present

    def wait_until_idle(self, timeout: float) -> bool:
        """Returns once no question is here, or after ``timeout`` seconds; whether none is."""
        with self._left:
            return self._left.wait_for(lambda: self._present == 0, timeout)

    def reset(self) -> None:
        """The map was emptied or replaced: questions that are here are refused, and conversations forgotten."""
        with self._lock:
            self._resets += 1
            self._sessions.clear()

    def close(self) -> None:
        """Cancel every question that is here or still comes."""
        self._closed = True

    def ask(
        self,
        question: Question,
        cancelled: Callable[[], bool] = lambda: False,
        on_progress: Progress | None = None,
    ) -> Answer:
        """The answer, with the scene that its masks index; raises Refused with the reason.

        cancelled: true once nobody wants the answer any more, such as ``is_set`` of a threading.Event; looked at
        every 20 ms while the question waits, and between the tokens of its answer.
        """
        try:
            with self._place():
                answer = self._ask(question, self._check(question, cancelled), on_progress)
        except Refused as refusal:
            self._counted(_OUTCOMES.get(type(refusal), "failed"))
            raise
        self._counted("answered")
        return answer

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._lock:
            if self._present > self._max_waiting:
                raise QueueFull(f"{self._max_waiting} queries are waiting already: ask again later")
            self._present += 1
        try:
            yield
        finally:
            with self._lock:
                self._present -= 1
                self._left.notify_all()

    def _check(self, question: Question, cancelled: Callable[[], bool]) -> Check:
        """What stops this question, whether it waits or is being answered."""
        if not 0.0 <= question.min_score <= 1.0:
            raise Refused(f"min_score is {question.min_score}, expected 0 to 1")
        if not question.deadline >= 0.0:
            raise Refused(f"deadline is {question.deadline}, expected seconds, or 0 for none")
        resets = self._resets
        latest = time.monotonic() + (question.deadline or math.inf)

        def check() -> None:
            if self._closed:
                raise AnswerCancelled("the query was cancelled: no more are answered")
            if cancelled():
                raise AnswerCancelled("the query was cancelled")
            if resets != self._resets:
                raise MapReplaced("the map was reset while this query was being answered: ask again")
            if time.monotonic() > latest:
                raise DeadlineExceeded(f"not answered within {question.deadline:g} s (deadline of the query)")

        return check

    def _ask(self, question: Question, check: Check, on_progress: Progress | None) -> Answer:
        try:
            check()
            answer = self._answering.ask(
                question.query,
                question.min_score,
                question.max_instances,
                last=self._sessions.last(question.session),
                wait_for_fresh=question.wait_for_fresh,
                check=check,
                on_progress=on_progress,
            )
        except Refused:
            raise
        except ValueError as error:
            raise Refused(str(error)) from error
        except Exception as error:
            raise Refused(f"answering failed: {type(error).__name__}: {error}") from error
        with self._lock:  # no reset comes between
            check()
            self._sessions.remember(question.session, answer)
        return answer
