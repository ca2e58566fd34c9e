"""Answering with a query program: the model writes it, the objects' geometry decides, the model points at the masks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..types import Scene
from .execution import ObjectTable, Result, Thresholds, execute, say
from .execution.object_words import name
from .program import Step
from .program_writing import WrittenProgram, read_again, write_program
from .scene_reading import SceneReadings
from .segmenting import segmentation
from .selection import objects_around

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

_SHARPNESS = 2.0  # power of what a word may mean: what it surely means comes first
_MEANINGLESS = 1e-6  # of it, up to which a category is left out
MAX_SEGMENTED = 10  # objects of one answer whose masks the decoder draws
AROUND = 16  # objects of a scene too large to be shown whole that are shown when these masks are drawn
_IDENTIFIER = re.compile(r"\bOBJ[0-9]{3,}\b", re.IGNORECASE)  # as people type it: the brackets may be missing
_ANCHOR = 0.5  # membership in a noun from which an object is shown with those that were chosen


@dataclass
class ProgramAnswer:
    """program: as text; text: the answer with identifiers by the object's place in the scene; chosen: objects, best
    first (of a comparison those of either side), with names and scores 0..1; masks (n, M): the decoder's for the first
    n of them, probability of a superpoint."""

    program: str
    text: str
    chosen: list[int]
    labels: list[str]
    scores: list[float]
    masks: np.ndarray


@torch.inference_mode()
def answer_with_program(
    scene: Scene,
    query: str,
    readings: SceneReadings,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    min_score: float = 0.0,
    last: Sequence[str] = (),
    check: Callable[[], None] | None = None,
) -> ProgramAnswer:
    """min_score: objects below it are no part of the answer.  last: identifiers of what the question before was about.
    check: called between tokens; what it raises ends the answer.

    The program is run on all objects.  The masks are drawn with a prompt that the chosen ones are in: where the model
    has not identifiers for all, one of these, of what else the question names and of what is near; and on the
    superpoints of these.
    """
    question = processor.read([query])[0]
    reading = readings.of(scene, processor)
    table = reading.table
    assert table is not None
    written = write_program(reading.prefix, question, model, processor, check)
    numbered = bool(last) or _IDENTIFIER.search(question.text) is not None
    ids = {instance.id: k for k, instance in enumerate(scene.instances)} if numbered else {}
    previous = np.zeros(len(table))
    previous[[ids[i] for i in last if i in ids]] = 1.0
    meanings = noun_meanings(written.program, question.text, model, processor)
    memberships = noun_memberships(meanings, question.text, table, ids)
    settings = dict(model.config.execution)
    confidence = settings.pop("confidence", None)
    result = execute(
        written.program, table, lambda step: memberships[step.start, step.end], previous, Thresholds(**settings)
    )
    scores = calibrated(result.scores * written.probability, confidence)
    result = _doubted(_confident(result, scores, min_score), scores)
    shown = list(dict.fromkeys([*result.chosen, *result.others]))
    chosen = shown[:MAX_SEGMENTED]
    part = None
    if len(reading.objects) < len(table):
        anchors = np.max([*memberships.values(), np.zeros(len(table))], 0) >= _ANCHOR
        part = objects_around(chosen, anchors, scene.object_boxes, min(AROUND, model.config.max_objects))
        if not np.isin(chosen, reading.objects).all():
            reading = readings.of(scene, processor, part)
            written = read_again(written, reading.prefix, question, model)
    masks = _masks(scene, chosen, reading.objects, part, written, model, processor) if chosen else _no_masks()
    table = as_asked(table, shown, written.program, question.text, meanings)
    return ProgramAnswer(
        written.program.written(question.text),
        say(written.program, result, table, question.text),
        shown,
        [name(table, k) for k in shown],
        [float(scores[k]) for k in shown],
        masks,
    )


Span = tuple[int, int]  # the characters of the question that a noun covers


def noun_meanings(
    program: Step, question: str, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor
) -> dict[Span, np.ndarray]:
    """(C,) how far each noun of a program means each category, by its span."""
    spans = [(step.start, step.end) for step in program.steps() if step.operation == "noun"]
    matcher = model.name_matcher.use_encoder(processor.text_encoder)
    return dict(zip(spans, matcher.membership([question[i:j] for i, j in spans]), strict=True)) if spans else {}


def noun_memberships(
    meanings: dict[Span, np.ndarray], question: str, table: ObjectTable, ids: dict[str, int]
) -> dict[Span, np.ndarray]:
    """(K,) membership of each object in every noun; ids: identifier -> object, for nouns that are identifiers."""
    out = {}
    for span, means in meanings.items():
        called = _called(question, span)
        means = means**_SHARPNESS
        meant = np.flatnonzero(means > _MEANINGLESS)
        membership = (means[meant] @ table.names.T[meant]).clip(0.0, 1.0)
        if called:
            membership = np.zeros(len(table))
            membership[[ids[i] for i in called if i in ids]] = 1.0
        out[span] = membership
    return out


def _called(question: str, span: Span) -> list[str]:
    """The identifiers that a noun consists of."""
    return [name.upper() for name in _IDENTIFIER.findall(question[slice(*span)])]


def calibrated(scores: np.ndarray, confidence: Sequence[float] | None) -> np.ndarray:
    """Probabilities that an answer is right.

    confidence: slope and offset of the log-odds; None leaves the scores as they are.
    """
    if confidence is None:
        return scores
    p = np.clip(scores, 1e-4, 1 - 1e-4)
    return 1 / (1 + np.exp(-(confidence[0] * np.log(p / (1 - p)) + confidence[1])))


def as_asked(
    table: ObjectTable, chosen: list[int], program: Step, question: str, meanings: dict[Span, np.ndarray]
) -> ObjectTable:
    """The chosen objects have the likeliest name among those that the question's nouns may mean: asked for a mug, one
    does not hear of a jar."""
    asked = [span for argument in program.arguments for span in _asked_nouns(argument)]
    if not chosen or not asked or None in asked or any(_called(question, span) for span in asked if span):
        return table
    names = table.names[chosen] * (1e-3 + np.max([meanings[span] for span in asked if span], 0))
    return table.calling({k: table.categories[c] for k, c in zip(chosen, names.argmax(1).tolist(), strict=True)})


def _asked_nouns(step: Step) -> list[Span | None]:
    """The nouns that members of a set are called by; None for any object and for what the answer before was about."""
    if step.operation == "noun":
        return [(step.start, step.end)]
    if step.operation == "or":
        return [span for argument in step.arguments for span in _asked_nouns(argument)]
    if not step.arguments:
        return [None]
    return _asked_nouns(step.arguments[1 if step.operation in ("stand", "face") else 0])


def _doubted(result: Result, scores: np.ndarray) -> Result:
    """What is said of one object is as doubtful as its score says."""
    if result.root not in ("find", "where") or not result.chosen:
        return result
    return replace(result, doubt=1.0 - float(scores[result.chosen[0]]))


def _confident(result: Result, scores: np.ndarray, min_score: float) -> Result:
    if min_score <= 0:
        return result
    chosen = [k for k in result.chosen if scores[k] >= min_score]
    others = [k for k in result.others if scores[k] >= min_score]
    values = {"count": len(chosen), "exists": bool(chosen), "more": len(chosen) > len(others)}
    return replace(result, chosen=chosen, others=others, value=values.get(result.root, result.value))


def _masks(
    scene: Scene,
    chosen: list[int],
    shown: np.ndarray,
    part: np.ndarray | None,
    written: WrittenProgram,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
) -> np.ndarray:
    """(n, M): the chosen objects are named to the model after its program; each ``[SEG]`` after a name gives a mask.

    shown: the object in each slot of the prompt.  part: objects on whose superpoints they are drawn; None: on all.
    """
    slots = {int(k): slot for slot, k in enumerate(shown)}
    named = [i for k in chosen for i in (model.first_object_id + slots[k], processor.seg_id)]
    ids = torch.tensor([*written.ids[-1:], *named], device=model.device)
    hidden = model.read_on(model.embed_ids(ids, written.pieces)[None], written.cache, written.length)[0]
    return segmentation(scene, list(hidden[2::2]), model, part)


def _no_masks() -> np.ndarray:
    return np.zeros((0, 0), np.float32)
