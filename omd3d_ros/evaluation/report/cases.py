"""Which cases a report shows: the worst of every kind of failure, the best of every type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..outcomes import Outcome


def worst_cases(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Failures in turn, frequent kinds of failure first, lowest scores first."""
    failed = sorted((o for o in outcomes if o.failure), key=lambda o: o.score)
    return _in_turn(failed, lambda o: str(o.failure), count)


def best_cases(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Right answers in turn, frequent types first, highest scores first; answers that name something before others."""
    right = sorted((o for o in outcomes if not o.failure), key=lambda o: (-o.score, "<OBJ" not in o.answered))
    return _in_turn(right, lambda o: o.kind, count)


def _in_turn(outcomes: Iterable[Outcome], key: Callable[[Outcome], str], count: int) -> list[Outcome]:
    """One of each group, then a second of each, and so on."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    queues = sorted(groups.values(), key=len, reverse=True)
    longest = max(map(len, queues), default=0)
    turns = (queue[k] for k in range(min(longest, count)) for queue in queues if k < len(queue))
    return [outcome for outcome, _ in zip(turns, range(count), strict=False)]
