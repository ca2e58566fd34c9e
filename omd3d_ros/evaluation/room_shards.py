"""Held-out rooms scored by several processes; the result does not depend on their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ..datasets.room_samples import load_rooms
from ..models.loading import load_model
from ..models.presets import load_preset
from .prepared.answerer import model_digest
from .progress import progress
from .room_files import read_result, result_key, write_result
from .rooms import RoomResult, score_room

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor


@dataclass(frozen=True)
class _Work:
    preset: str
    rooms: Path
    seed: int
    per_room: int
    answers: Path | None
    model: str


def evaluate_rooms(
    preset: str,
    folder: Path,
    seeds: Sequence[int],
    workers: int = 1,
    quiet: bool = True,
    per_room: int = 16,
    answers: Path | None = None,
) -> list[RoomResult]:
    """Score a preset on the rooms of these seeds, in this order.

    folder: where the rooms are kept; missing ones are made first.  answers: folder of finished rooms' results, which
    are taken from there as long as model, map and questions are the same.  Each process computes with one thread, so
    that sums are added in one order whatever their number.
    """
    chosen = load_preset(preset)  # a name that is wrong is told before rooms are made
    load_rooms(folder, list(seeds), workers=workers, quiet=quiet)
    model = model_digest(chosen)
    work = [_Work(preset, folder, seed, per_room, answers, model) for seed in seeds]
    return list(progress(_results(work, workers), "scoring", quiet, total=len(work)))


@cache
def model_of(preset: str) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """The model of a preset, loaded once in this process."""
    chosen = load_preset(preset)
    return load_model(chosen.weights, None, **chosen.runtime)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute as every process of an evaluation does."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _results(work: Sequence[_Work], workers: int) -> Iterator[RoomResult]:
    if workers == 1 or len(work) < 2:
        with one_thread():
            yield from map(_score_room, work)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(
        min(workers, len(work)), context, initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        yield from pool.map(_score_room, work)


def _score_room(work: _Work) -> RoomResult:
    room = load_rooms(work.rooms, [work.seed], workers=1, quiet=True)[0]
    key = result_key(work.model, room, work.per_room)
    known = None if work.answers is None else read_result(work.answers, work.seed, key)
    if known is not None:
        return known
    result = score_room(room, *model_of(work.preset), work.per_room)
    if work.answers is not None:
        write_result(work.answers, result, key)
    return result
