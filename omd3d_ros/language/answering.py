"""From a Scene and a question to an Answer: generate, read the identifiers, decode the masks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..types import Answer, Instance, Scene
from .generation import Generated, generate
from .identifiers import object_token, replace_identifiers
from .program_answering import ProgramAnswer, answer_with_program
from .scene_reading import readings_of
from .segmenting import corrected, on_points, segmentation
from .selection import choose_objects

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

MAX_QUERY = 1000
SAME_MASK = 0.5  # IoU above which two [SEG] of one answer mean the same object
UNKNOWN_OBJECT = "(an object that is not in the map)"


class QueryError(ValueError):
    """A question that can't be asked; the message says why."""


def check_query(query: str) -> str:
    """The query without surrounding space; raises QueryError when it is empty or longer than 1,000 characters."""
    if not isinstance(query, str):
        raise QueryError(f"the query must be text, got {type(query).__name__}")
    query = query.strip()
    if not any(c.isalnum() for c in query):
        raise QueryError("the query is empty: ask about something in the map, such as 'a chair'")
    if len(query) > MAX_QUERY:
        raise QueryError(f"the query has {len(query)} characters; the limit is {MAX_QUERY}")
    return query


def answer_query(
    scene: Scene,
    query: str,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    min_score: float = 0.0,
    max_instances: int = 0,
    *,
    last: Sequence[str] = (),
    check: Callable[[], None] | None = None,
    on_progress: Callable[[str, list[Instance]], None] | None = None,
) -> Answer:
    """Ask the model; instances scoring below ``min_score`` are left out, ``max_instances`` 0 means all.

    last: identifiers (``OBJ007``) of the answer before, for "it" and "them".  check: called between tokens; what it
    raises ends the answer.  on_progress: called with the text so far and the instances that are known by then.
    Raises QueryError for a question that can't be asked.
    """
    query = check_query(query)
    start = time.perf_counter()
    if not scene.instances:
        return Answer(query, "I see no objects in the map yet.", [], {"answer": 1e3 * (time.perf_counter() - start)})
    if check is not None:
        check()
    program = None
    if model.config.text_encoder is not None:
        said = answer_with_program(scene, query, readings_of(model), model, processor, min_score, last, check)
        instances = _shown(scene, said)
        text, program = _named(said.text, scene.instances), said.program
    else:
        reading = readings_of(model).of(scene, processor, _shown_for(query, scene, model))
        shown = [scene.instances[k] for k in reading.objects]
        progress = _Progress(shown, processor, on_progress) if on_progress is not None else None
        question = processor.question(_in_slots(query, shown))
        generated = generate(reading.tokens, question, model, processor, reading.prefix, check, progress)
        instances = [i for i in _instances(scene, reading.objects, generated, model) if i.score >= min_score]
        text = _readable(processor.decode(generated.ids), shown)
    instances = sorted(instances, key=lambda i: -i.score)
    if max_instances > 0:
        instances = instances[:max_instances]
    if on_progress is not None:
        on_progress(text, instances)
    return Answer(query, text, instances, {"answer": 1e3 * (time.perf_counter() - start)}, program=program)


class _Progress:
    """Tells of an answer while it is being generated: its text, and the proposals named so far."""

    def __init__(
        self, shown: list[Instance], processor: OpenMaskDINO3DProcessor, tell: Callable[[str, list[Instance]], None]
    ) -> None:
        self._objects, self._processor, self._tell = shown, processor, tell

    def __call__(self, generated: Generated) -> None:
        objects = self._objects
        named = [_scored(objects[k], s) for k, s in generated.object_scores.items() if k < len(objects)]
        self._tell(_readable(self._processor.decode(generated.ids), objects), named)


def _shown_for(query: str, scene: Scene, model: OpenMaskDINO3DModel) -> np.ndarray | None:
    """Which objects the model is shown, where it can't be shown all of them; None: all."""
    if len(scene.instances) <= model.config.max_objects:
        return None
    return choose_objects(scene, query, model.config.max_objects)


def _in_slots(query: str, shown: list[Instance]) -> str:
    """The question with the prompt's slots where it has identifiers of the scene."""
    slots = {f"<{instance.id}>": object_token(i) for i, instance in enumerate(shown)}
    return replace_identifiers(query, lambda n: slots.get(object_token(n), UNKNOWN_OBJECT))


def _shown(scene: Scene, said: ProgramAnswer) -> list[Instance]:
    """The objects that a program chose, those that the mask decoder drew corrected by it."""
    instances = []
    for i, (k, label, score) in enumerate(zip(said.chosen, said.labels, said.scores, strict=True)):
        known = scene.instances[k] if i >= len(said.masks) else corrected(scene, k, said.masks[i])
        instances.append(Instance(known.id, label, score, known.mask, known.center, known.size))
    return instances


def _instances(scene: Scene, objects: np.ndarray, generated: Generated, model: OpenMaskDINO3DModel) -> list[Instance]:
    """What an answer points at, of a scene of which ``objects`` were shown in this order.

    Identifiers and [SEG]: the named proposals, corrected by the union of the masks.  Identifiers alone: the
    proposals as they are.  [SEG] alone: an instance per mask, named after the proposal that it covers best; empty
    masks, and masks that repeat another, are left out.  Neither: no instance.  Identifiers that no object has are
    left out.
    """
    named = [(int(objects[slot]), p) for slot, p in generated.object_scores.items() if slot < len(objects)]
    if not generated.seg:
        return [_scored(scene.instances[k], score) for k, score in named]
    masks = segmentation(scene, generated.seg, model, objects if len(objects) < len(scene.instances) else None)
    if not named:
        return _segmented(scene, objects, masks)
    return [_scored(corrected(scene, k, masks.max(0)), score) for k, score in named]


def _segmented(scene: Scene, objects: np.ndarray, masks: np.ndarray) -> list[Instance]:
    """Instances of masks (Q, M) of probabilities that no identifier goes with."""
    proposals = scene.object_masks[objects] > 0.5
    instances: list[Instance] = []
    taken = np.zeros((0, masks.shape[1]), bool)
    for mask in masks:
        chosen = mask > 0.5
        if not chosen.any() or (len(taken) and _overlap(taken, chosen).max() > SAME_MASK):
            continue
        near = scene.instances[int(objects[np.argmax(_overlap(proposals, chosen))])]
        instance = on_points(scene, chosen, near.id, near.label, float(mask[chosen].mean()))
        if instance is not None:
            taken = np.concatenate([taken, chosen[None]])
            instances.append(instance)
    return instances


def _readable(text: str, shown: list[Instance]) -> str:
    """Identifiers that follow one another get commas; one that no object has is said to be none."""
    return _named(re.sub(r"> ?<OBJ", ">, <OBJ", text), shown)


def _named(text: str, objects: list[Instance]) -> str:
    """Numbers of objects in this list as their identifiers."""
    return replace_identifiers(text, lambda n: f"<{objects[n].id}>" if n < len(objects) else UNKNOWN_OBJECT)


def _scored(instance: Instance, score: float) -> Instance:
    return Instance(instance.id, instance.label, score, instance.mask, instance.center, instance.size)


def _overlap(masks: np.ndarray, mask: np.ndarray) -> np.ndarray:
    both = (masks & mask).sum(1)
    return both / np.maximum((masks | mask).sum(1), 1)
