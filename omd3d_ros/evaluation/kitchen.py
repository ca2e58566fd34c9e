"""Answers about a recording whose objects were marked by hand: how far off they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..boxes import box_iou
from ..types import Answer, Instance

WITHIN = 0.3  # metres between the answered and the marked centre


class MarkedQueriesError(ValueError):
    """A file of marked queries that can't be used; the message says where it is wrong."""


@dataclass(frozen=True)
class MarkedQuery:
    """center and size (3,) of the meant object's axis-aligned box, metres, in the world of the recording;
    uncertainty: metres by which the mark itself may be off, NaN where nobody said."""

    query: str
    center: np.ndarray
    size: np.ndarray
    uncertainty: float = float("nan")


@dataclass(frozen=True)
class MarkedOutcome:
    """distance: metres from the marked centre to that of the best-scored instance, None where none was answered;
    nearest: to the nearest of the answered instances; iou: box IoU of the best-scored one; possible: metres to the
    nearest of all proposals."""

    query: str
    answer: str
    distance: float | None
    nearest: float | None
    iou: float
    possible: float | None

    @property
    def hit(self) -> bool:
        return self.distance is not None and self.distance <= WITHIN

    def to_dict(self) -> dict:
        """For JSON: metres rounded to millimetres."""
        metres = {name: _rounded(getattr(self, name)) for name in ("distance", "nearest", "possible")}
        return {"query": self.query, "answer": self.answer, "hit": self.hit, "iou": round(self.iou, 4), **metres}


def read_marked_queries(path: Path) -> list[MarkedQuery]:
    """A JSON list of {"query", "centroid": [x, y, z], "extent": [dx, dy, dz], "uncertainty_m"}.

    Raises MarkedQueriesError for a file that is missing, no JSON, or has an entry without a query or a box.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MarkedQueriesError(f"{path}: can't be read ({error.strerror})") from error
    except ValueError as error:
        raise MarkedQueriesError(f"{path}: not JSON ({error})") from error
    if not isinstance(content, list) or not content:
        raise MarkedQueriesError(f"{path}: expected a list of marked queries")
    return [_marked_query(f"{path}, entry {number}", entry) for number, entry in enumerate(content, 1)]


def _marked_query(where: str, entry: object) -> MarkedQuery:
    if not isinstance(entry, dict) or not isinstance(entry.get("query"), str) or not entry["query"].strip():
        raise MarkedQueriesError(f'{where}: expected an object with a "query" text')
    center, size = (_triple(where, entry, name) for name in ("centroid", "extent"))
    if not (size > 0).all():
        raise MarkedQueriesError(f'{where}: "extent" must be three lengths above 0')
    return MarkedQuery(entry["query"], center, size, float(entry.get("uncertainty_m", "nan")))


def _triple(where: str, entry: dict, name: str) -> np.ndarray:
    try:
        values = np.array(entry[name], np.float64)
    except (KeyError, TypeError, ValueError):
        values = np.zeros(0)
    if values.shape != (3,) or not np.isfinite(values).all():
        raise MarkedQueriesError(f'{where}: "{name}" must be three numbers in metres')
    return values


def ask_marked(
    ask: Callable[[str], Answer], queries: Iterable[MarkedQuery], proposals: Sequence[Instance]
) -> list[tuple[MarkedOutcome, Answer]]:
    """Ask each query, and measure its answer against the mark.  proposals: all objects of the scene."""
    answered = []
    for marked in queries:
        answer = ask(marked.query)
        answered.append((marked_outcome(marked, answer, proposals), answer))
    return answered


def marked_outcome(marked: MarkedQuery, answer: Answer, proposals: Sequence[Instance]) -> MarkedOutcome:
    """How far an answer, whose instances come best first, is from the mark."""
    distances = _distances(marked, answer.instances)
    best = answer.instances[0] if answer.instances else None
    return MarkedOutcome(
        query=marked.query,
        answer=answer.text,
        distance=distances[0] if distances else None,
        nearest=min(distances, default=None),
        iou=box_iou([*best.center, *best.size], [*marked.center, *marked.size]) if best else 0.0,
        possible=min(_distances(marked, proposals), default=None),
    )


def totals(outcomes: Sequence[MarkedOutcome]) -> dict[str, float]:
    """queries; hits: best-scored instance within 0.3 m; any: some answered instance; possible: some proposal; iou:
    mean box IoU; iou_025: queries with a box IoU of 0.25 or more."""
    near = {
        name: sum(distance is not None and distance <= WITHIN for distance in distances)
        for name, distances in (
            ("hits", [o.distance for o in outcomes]),
            ("any", [o.nearest for o in outcomes]),
            ("possible", [o.possible for o in outcomes]),
        )
    }
    ious = [o.iou for o in outcomes]
    mean = round(float(np.mean(ious)), 4) if ious else 0.0
    return {"queries": len(outcomes), **near, "iou": mean, "iou_025": sum(iou >= 0.25 for iou in ious)}


def _distances(marked: MarkedQuery, instances: Iterable[Instance]) -> list[float]:
    return [float(np.linalg.norm(instance.center - marked.center)) for instance in instances]


def _rounded(metres: float | None) -> float | None:
    return None if metres is None else round(metres, 3)
