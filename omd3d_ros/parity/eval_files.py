"""What the fixtures of evaluation scores have in common: records in, tables of named scores out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..evaluation.captions import NAMES, why_left_out
from ..evaluation.records import RecordError
from .comparison import Comparison, FixtureError, largest_error
from .reading import read_json

SCORES = 1e-6
_TASK = re.compile(r"\[(.+?)\] ")


def read_scores(folder: Path) -> tuple[str, dict[str, float]]:
    """``scores.json``: the task in its metric names (``[nr3d] Overall Acc``: nr3d), and name -> value."""
    scores = read_json(folder / "scores.json", dict)
    tasks = {match[1] if (match := _TASK.match(name)) else None for name in scores}
    task = tasks.pop() if len(tasks) == 1 else None
    if task is None:
        raise FixtureError(f"{folder / 'scores.json'}: all names must begin with one '[task] '")
    return task, scores


def compare_scores(
    ours: Mapping[str, float], reference: Mapping[str, float], tolerance: float, left_out: Collection[str] = ()
) -> list[Comparison]:
    """One comparison per name in either table; a name in one alone fails.  left_out: names not computed here."""
    names = [name for name in {**reference, **ours} if name not in left_out]
    return [Comparison(name, _error(ours.get(name), reference.get(name)), tolerance) for name in names]


def compare_records(
    folder: Path, scores_of: Callable[..., Mapping[str, float]], *tables: tuple[str, type]
) -> list[Comparison]:
    """Each metric of a task's records at 1e-6; without the caption scores where they can't be computed (no Java).

    scores_of: called with ``preds.json``, the tables (file and what it holds, dict or list) and the task.
    """
    inputs = [read_json(folder / name, kind) for name, kind in (("preds.json", list), *tables)]
    task, reference = read_scores(folder)
    with damage_in(folder):
        scores = scores_of(*inputs, task)
    return compare_scores(scores, reference, SCORES, captions_left_out(reference))


def _error(ours: float | None, reference: Any) -> float:
    if ours is None or not isinstance(reference, (int, float)):
        return math.inf
    return largest_error(ours, reference)


def captions_left_out(reference: Mapping[str, float]) -> list[str]:
    """The names of caption scores (``[scanqa] Bleu_1``, ``[scan2cap] CIDEr@0.25``), where this machine can't compute
    them; none where it can."""
    if why_left_out() is None:
        return []
    return [name for name in reference if name.split("] ")[-1].split("@")[0] in NAMES]


@contextmanager
def damage_in(folder: Path) -> Iterator[None]:
    """Records that can't be scored are damage of the fixture: RecordError becomes FixtureError."""
    try:
        yield
    except RecordError as error:
        raise FixtureError(f"{folder}: {error}") from error
