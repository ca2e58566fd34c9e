"""From prepared data and a preset to answers, prediction files and scores."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...datasets.prepared import PreparedDataset
from ...datasets.prepared.layout import samples_path, scene_path
from ...files import write_atomically
from ...language.identifiers import identifiers
from ...models.presets import load_preset
from ..tasks import Evaluation
from .annotations import write_annotations
from .answer_files import AnswerFiles
from .answerer import check_fit, model_digest
from .asking import Asked, Rank, ask_all, together, wait_for_all
from .questions import Question, choose_questions
from .scoring import REASONING, score_task

_log = logging.getLogger(__name__)
Questions = Mapping[str, Sequence[Question]]


@dataclass(frozen=True)
class PreparedEvaluation:
    """preset: name, file or folder of weights; data: of ``omd3d prepare``; out: folder of the results.

    tags: None for all that have the split; limit: questions of each; shuffle_seed: see Answerer.  annotations: a
    folder that the scores read instead of what the data says.  workers: processes; device: see Asked.
    """

    preset: str
    data: Path
    out: Path
    tags: tuple[str, ...] | None = None
    split: str = "val"
    limit: int | None = None
    shuffle_seed: int | None = None
    annotations: Path | None = None
    allow_missing: bool = False
    workers: int = 1
    device: str | None = None
    quiet: bool = False


def evaluate_prepared(run: PreparedEvaluation) -> list[Evaluation]:
    """Scores of each task, in the order of the tags; of several launched processes the first gets them.

    What an earlier run has answered is not asked again.  Raises a ValueError before anything is asked for data, tags
    or a model that can't be used.
    """
    rank = Rank.of_environment()
    data = PreparedDataset.open(run.data)
    questions = choose_questions(data, run.tags, run.split, run.limit)
    config = check_fit(load_preset(run.preset), data.manifest)
    if rank.index == 0:
        _warn_of_unaskable(questions, config.max_objects)
    files = AnswerFiles(run.out / "answers", rank.index)
    every = [question for group in questions.values() for question in group]
    with together(rank):
        if rank.index == 0:
            _note_run(run, files, data, questions)
        wait_for_all(rank)
        known = files.read()
        wait_for_all(rank)  # nobody answers before all know what is answered
        asked = Asked(run.preset, run.data, run.shuffle_seed, run.device)
        ask_all(asked, [q for q in every if q.key not in known], files, rank, run.workers, run.quiet)
        wait_for_all(rank)
    return _scored(run, data, questions, files) if rank.index == 0 else []


def _note_run(run: PreparedEvaluation, files: AnswerFiles, data: PreparedDataset, questions: Questions) -> None:
    settings = {
        "model": model_digest(load_preset(run.preset)), "split": run.split, "shuffle_ids": run.shuffle_seed,
    }  # fmt: skip
    files.check_run(settings, {task: _digest(data, task, run.split) for task in questions})


def _digest(data: PreparedDataset, task: str, split: str) -> str:
    """Of the task's samples and their scenes."""
    scenes = sorted({sample.scene_id for sample in data.samples([task], split)})
    names = [samples_path(task, split), *map(scene_path, scenes)]
    return hashlib.sha256("".join(data.manifest.files[name].sha256 for name in names).encode()).hexdigest()


def _warn_of_unaskable(questions: Questions, max_objects: int) -> None:
    prompts = [q.sample.prompt for group in questions.values() for q in group]
    unaskable = sum(max(identifiers(prompt), default=0) >= max_objects for prompt in prompts)
    if unaskable:
        _log.warning(
            "%d of %d questions are about an object beyond the model's %d identifiers; they count as not answered",
            unaskable, len(prompts), max_objects,
        )  # fmt: skip


def _scored(
    run: PreparedEvaluation, data: PreparedDataset, questions: Questions, files: AnswerFiles
) -> list[Evaluation]:
    answers = files.read()
    folder = run.annotations or run.out / "annotations"
    if run.annotations is None:
        write_annotations(folder, data, questions, run.split)
    evaluations = []
    for task, group in questions.items():
        asked = [(question, answers[question.key]) for question in group]
        if task == REASONING and asked[0][1].mask is None:
            _log.warning("%s is left out: this model makes no masks", task)
            continue
        evaluations.append(score_task(task, asked, data, run.out, folder, run.allow_missing, run.quiet))
    content = {
        "preset": run.preset, "split": run.split, "limit": run.limit, "shuffle_ids": run.shuffle_seed,
        "tasks": {evaluation.task: evaluation.to_dict() for evaluation in evaluations},
    }  # fmt: skip
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(run.out / "scores.json", lambda file: file.write_text(text, encoding="utf-8"))
    return evaluations
