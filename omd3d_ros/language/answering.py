"""From a Scene and a question to an Answer: generate, read the identifiers, decode the masks."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..types import Answer, Instance, Scene
from .prompt import SceneTokens

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

MAX_QUERY = 1000


class QueryError(ValueError):
    """A question that can't be asked; the message says why."""


@dataclass
class Generated:
    """ids: what the model said; object_scores: slot -> probability when it was named; seg (Q, H): [SEG] states."""

    ids: list[int] = field(default_factory=list)
    object_scores: dict[int, float] = field(default_factory=dict)
    seg: list[torch.Tensor] = field(default_factory=list)


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
) -> Answer:
    """Ask the model; instances scoring below ``min_score`` are left out, ``max_instances`` 0 means all."""
    query = check_query(query)
    start = time.perf_counter()
    if not scene.instances:
        return Answer(query, "I see no objects in the map yet.", [], {"answer": 1e3 * (time.perf_counter() - start)})
    generated = generate(scene_tokens(scene, model.device), processor.question(query), model, processor)
    instances = _instances(scene, generated, model)
    instances = sorted((i for i in instances if i.score >= min_score), key=lambda i: -i.score)
    if max_instances > 0:
        instances = instances[:max_instances]
    text = re.sub(r"> <OBJ", ">, <OBJ", processor.decode(generated.ids))
    return Answer(query, text, instances, {"answer": 1e3 * (time.perf_counter() - start)})


def scene_tokens(scene: Scene, device: torch.device | str = "cpu") -> SceneTokens:
    """The scene as the language model takes it, object k in slot k."""
    return SceneTokens(
        torch.from_numpy(scene.object_features).to(device),
        torch.from_numpy(scene.object_boxes).to(device),
        torch.arange(len(scene.instances), device=device),
    )


@torch.inference_mode()
def generate(
    scene: SceneTokens, question: torch.Tensor, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor
) -> Generated:
    """Greedy decoding with a key/value cache."""
    device = model.device
    before, after = processor.before.to(device), processor.after.to(device)
    out = model([scene], before, after, [[question.to(device)]], use_cache=True)
    states = model.object_states(out.hidden[0], out.layouts[0])
    logits = model.logits(out.hidden[0, -1:], states, scene.slots)[0]
    unspoken = processor.unspoken.to(device)
    lowest = torch.finfo(logits.dtype).min
    position = out.hidden.shape[1]
    generated = Generated()
    for _ in range(model.config.max_new_tokens):
        logits = logits.masked_fill(unspoken, lowest)
        token = int(logits.argmax())
        generated.ids.append(token)
        slot = token - model.first_object_id
        if slot >= 0 and slot not in generated.object_scores:
            generated.object_scores[slot] = float(logits.softmax(-1)[token])
        if token == processor.eos_id:
            break
        step = model.language_model.base_model(
            inputs_embeds=model.language_model.get_input_embeddings()(torch.tensor([[token]], device=device)),
            position_ids=torch.tensor([[position]], device=device),
            past_key_values=out.cache,
            use_cache=True,
        )
        hidden = step.last_hidden_state[0]
        if token == processor.seg_id:
            generated.seg.append(hidden[0])
        logits = model.logits(hidden, states, scene.slots)[0]
        position += 1
    return generated


def _instances(scene: Scene, generated: Generated, model: OpenMaskDINO3DModel) -> list[Instance]:
    """Named identifiers as instances; a [SEG] without any identifier becomes an instance of its own.

    Identifiers that are not in the scene can't be generated: their logits do not exist.
    """
    named = [(slot, score) for slot, score in generated.object_scores.items() if slot < len(scene.instances)]
    if not generated.seg:
        return [_scored(scene.instances[slot], score) for slot, score in named]
    mask = segmentation(scene, generated.seg, model)
    if not named:
        best = int(np.argmax(_overlap(scene.object_masks > 0.5, mask > 0.5)))
        on_points = (mask > 0.5)[scene.superpoints]
        if not on_points.any():
            return []
        near = scene.instances[best]
        score = float(mask[mask > 0.5].mean())
        return [Instance.from_mask(near.id, near.label, score, on_points, scene.cloud.xyz)]
    return [_scored(_refined(scene, slot, mask), score) for slot, score in named]


@torch.inference_mode()
def segmentation(scene: Scene, seg: list[torch.Tensor], model: OpenMaskDINO3DModel) -> np.ndarray:
    """(M,) probability of each superpoint under the union of the [SEG] masks."""
    features = torch.from_numpy(scene.superpoint_features).to(model.device)
    logits, _ = model.segment(torch.stack(seg), features)
    return logits[-1].sigmoid().amax(0).float().cpu().numpy()


def _refined(scene: Scene, slot: int, mask: np.ndarray) -> Instance:
    """The proposal's mask, corrected by the decoder's where both have an opinion: the mean of the two decides."""
    proposal = scene.object_masks[slot]
    chosen = (0.6 * proposal + 0.4 * mask > 0.5) & (proposal > 0.2)
    on_points = chosen[scene.superpoints]
    known = scene.instances[slot]
    if not on_points.any():
        return known
    return Instance.from_mask(known.id, known.label, known.score, on_points, scene.cloud.xyz)


def _scored(instance: Instance, score: float) -> Instance:
    return Instance(instance.id, instance.label, score, instance.mask, instance.center, instance.size)


def _overlap(masks: np.ndarray, mask: np.ndarray) -> np.ndarray:
    both = (masks & mask).sum(1)
    return both / np.maximum((masks | mask).sum(1), 1)
