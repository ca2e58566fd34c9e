"""Held-out rooms scored by several processes; the result does not depend on their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..datasets.room_samples import load_rooms
from ..datasets.rooms.language import SPLITS
from ..models.loading import load_model
from ..models.presets import load_preset
from .outcomes import Outcome
from .progress import progress
from .rooms import ProposalCounts, answer_queries, count_proposals, grounding_scores, proposal_scores, scene_of

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor


@dataclass(frozen=True)
class RoomResult:
    """What a model made of one room; outcomes: per split (train, phrasing, words) of each of its queries."""

    seed: int
    proposals: ProposalCounts
    outcomes: dict[str, list[Outcome]]


def evaluate_rooms(
    preset: str, folder: Path, seeds: Sequence[int], workers: int = 1, quiet: bool = True
) -> list[RoomResult]:
    """Score a preset on the rooms of these seeds, in this order.

    folder: where the rooms are kept; missing ones are made first.  Each process computes with one thread, so that
    sums are added in one order whatever their number.
    """
    load_preset(preset)  # a name that is wrong is told before rooms are made
    load_rooms(folder, list(seeds), workers=workers, quiet=quiet)
    work = [(preset, folder, seed) for seed in seeds]
    return list(progress(_results(work, workers), "scoring", quiet, total=len(work)))


def room_scores(results: Sequence[RoomResult]) -> dict[str, Any]:
    """Proposals, and grounding per split and type, as the model card has them."""
    grounding = {split: [o for result in results for o in result.outcomes[split]] for split in SPLITS}
    return {
        "proposals": proposal_scores([result.proposals for result in results]),
        "grounding": {split: grounding_scores(outcomes) for split, outcomes in grounding.items()},
    }


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


def _results(work: Sequence[tuple[str, Path, int]], workers: int) -> Iterator[RoomResult]:
    if workers == 1 or len(work) < 2:
        with one_thread():
            yield from map(_score_room, work)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(
        min(workers, len(work)), context, initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        yield from pool.map(_score_room, work)


def _score_room(work: tuple[str, Path, int]) -> RoomResult:
    preset, folder, seed = work
    model, processor = model_of(preset)
    room = load_rooms(folder, [seed], workers=1, quiet=True)[0]
    scene = scene_of(room, model)
    outcomes = {split: answer_queries(scene, room, split, model, processor) for split in SPLITS}
    return RoomResult(seed, count_proposals(model, room), outcomes)
