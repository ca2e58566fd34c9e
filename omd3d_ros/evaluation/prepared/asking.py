"""All answers: by this process, by several on this machine, or by those that torchrun or accelerate launched.

Whole scenes go to a process, so that each is encoded once.  Every process computes with one thread, so that the answers
are the same whatever their number.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from ...datasets.prepared import PreparedDataset
from ...models.loading import load_model
from ...models.presets import load_preset
from ..prediction_file import PredictionError
from ..progress import progress
from ..room_shards import one_thread
from .answer_files import AnswerFiles
from .answerer import Answerer, ModelAnswer
from .questions import Question

_PATIENCE = timedelta(days=30)  # of processes that are finished with those that are not
_devices: list[str | None] = [None]


@dataclass(frozen=True)
class Asked:
    """preset: name, file or folder of weights; data: folder; device: None for the GPU if there is one."""

    preset: str
    data: Path
    shuffle_seed: int | None = None
    device: str | None = None


@dataclass(frozen=True)
class Rank:
    """This process among ``count`` that were launched together."""

    index: int = 0
    count: int = 1

    @classmethod
    def of_environment(cls) -> Rank:
        """As torchrun and accelerate set it; raises PredictionError for numbers that make no sense."""
        texts = os.environ.get("RANK", "0"), os.environ.get("WORLD_SIZE", "1")
        if not all(t.isdecimal() for t in texts) or int(texts[0]) >= int(texts[1]):
            raise PredictionError(f"RANK and WORLD_SIZE must number the processes from 0, they are {texts}")
        return cls(int(texts[0]), int(texts[1]))


@contextmanager
def together(rank: Rank) -> Iterator[Rank]:
    """Within it ``wait_for_all`` works."""
    from torch import distributed

    joins = rank.count > 1 and not distributed.is_initialized()
    if joins:
        distributed.init_process_group("gloo", timeout=_PATIENCE)
    try:
        yield rank
    finally:
        if joins:
            distributed.destroy_process_group()


def wait_for_all(rank: Rank) -> None:
    """Until every process has come here."""
    from torch import distributed

    if rank.count > 1:
        distributed.barrier()


def ask_all(
    asked: Asked,
    questions: Sequence[Question],
    files: AnswerFiles,
    rank: Rank = Rank(),  # noqa: B008 - frozen
    workers: int = 1,
    quiet: bool = True,
) -> None:
    """Ask those of the questions that fall to this process, and append the answers to its file.

    Raises PredictionError where a process dies; the answers so far stay.
    """
    scenes = share_of(rank, questions)
    count = sum(map(len, scenes))
    if not count:
        return
    several = min(workers, len(scenes))
    answers = _by_workers(asked, scenes, several) if several > 1 else _by_this_process(asked, scenes)
    with files.open() as file:
        for question, answer in progress(answers, "answers", quiet or rank.index > 0, total=count):
            file.add(question, answer)


def share_of(rank: Rank, questions: Sequence[Question]) -> list[list[Question]]:
    """The questions by scene, of those scenes that fall to this process: about as many for each."""
    scenes: dict[str, list[Question]] = {}
    for question in questions:
        scenes.setdefault(question.sample.scene_id, []).append(question)
    loads = [0] * rank.count
    mine = []
    for group in sorted(scenes.values(), key=len, reverse=True):
        least = loads.index(min(loads))
        loads[least] += len(group)
        if least == rank.index:
            mine.append(group)
    return mine


def _by_this_process(asked: Asked, scenes: Sequence[Sequence[Question]]) -> Iterator[tuple[Question, ModelAnswer]]:
    with one_thread():
        for group in scenes:
            yield from _answers(asked, group)


def _by_workers(
    asked: Asked, scenes: Sequence[Sequence[Question]], workers: int
) -> Iterator[tuple[Question, ModelAnswer]]:
    context = get_context("spawn")
    devices = context.SimpleQueue()
    for i in range(workers):
        devices.put(f"cuda:{i % torch.cuda.device_count()}" if torch.cuda.is_available() else None)
    pool = ProcessPoolExecutor(workers, context, _start_worker, (devices,))
    try:
        futures = [pool.submit(_scene_answers, asked, group) for group in scenes]
        for future in as_completed(futures):
            yield from future.result()
    except BrokenProcessPool as error:
        raise PredictionError(
            "a process died; the answers so far stay: start again with fewer --workers, it may have lacked memory"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker(devices: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the pool
    torch.set_num_threads(1)
    _devices[0] = devices.get()


def _scene_answers(asked: Asked, group: Sequence[Question]) -> list[tuple[Question, ModelAnswer]]:
    return list(_answers(asked, group))


def _answers(asked: Asked, group: Sequence[Question]) -> Iterator[tuple[Question, ModelAnswer]]:
    """The answers to questions about one scene."""
    answerer, data = _opened(asked)
    scene = data.scene(group[0].sample.scene_id)
    for question in group:
        yield question, answerer.answer(question, scene)


@cache
def _opened(asked: Asked) -> tuple[Answerer, PreparedDataset]:
    """The model, loaded once in this process, and the data."""
    preset = load_preset(asked.preset)
    model, processor = load_model(preset.weights, asked.device or _devices[0] or _own_device(), **preset.runtime)
    return Answerer(model, processor, asked.shuffle_seed), PreparedDataset.open(asked.data, cache=2)


def _own_device() -> str | None:
    """Of a process that was launched beside others: the GPU with its number on this machine."""
    number = os.environ.get("LOCAL_RANK", "")
    if not torch.cuda.is_available() or not number.isdecimal():
        return None
    return f"cuda:{int(number) % torch.cuda.device_count()}"
