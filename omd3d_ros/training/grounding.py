"""Scenes and questions for the language stage, and its loss: answer tokens and the mask of ``[SEG]``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from ..datasets.room_samples import RoomSample
from ..language.answering import scene_tokens
from ..language.prompt import SceneTokens
from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..perception.scene import build_scene
from ..types import Scene
from .mask_loss import mask_loss

MIN_MATCH = 0.4


@dataclass
class Question:
    """question, answer: token ids (answer without [SEG] and identifiers); targets: object indices in the scene;
    mask (M,) float: superpoints of the true targets, None when there are none."""

    question: torch.Tensor
    answer: torch.Tensor
    targets: list[int]
    mask: torch.Tensor | None


@dataclass
class GroundingSample:
    """A scene as the frozen encoder sees it, with its questions; names: object index -> category."""

    tokens: SceneTokens
    superpoint_features: torch.Tensor
    questions: list[Question]
    names: dict[int, str]


def grounding_sample(
    sample: RoomSample, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, max_targets: int = 10
) -> GroundingSample:
    """Encode a room and keep the questions whose targets were all proposed (mask IoU of at least 0.4)."""
    cloud, prepared = sample.prepared()
    scene = build_scene(cloud, prepared, model)
    match = match_proposals(scene, sample)
    questions = []
    for q in sample.queries["train"]:
        targets = [match.get(int(t), -1) for t in q["target_ids"]]
        if -1 in targets or len(targets) > max_targets:
            continue
        mask = torch.isin(sample.owner, torch.tensor(q["target_ids"])).float() if targets else None
        text = f": {q['answer']}" if targets else q["answer"]
        questions.append(Question(processor.question(q["query"]), processor.answer(text), targets, mask))
    features = torch.from_numpy(scene.superpoint_features)
    names = {k: sample.objects[g] for g, k in match.items()}
    return GroundingSample(scene_tokens(scene), features, questions, names)


def match_proposals(scene: Scene, sample: RoomSample) -> dict[int, int]:
    """True object id -> index of the proposal that covers it best, where their mask IoU reaches 0.4."""
    if not scene.instances:
        return {}
    counts = sample.inputs.counts.numpy()
    owner = sample.owner.numpy()
    masks = (scene.object_masks > 0.5).astype(np.float32) * counts
    match: dict[int, int] = {}
    for g in sample.objects:
        true = owner == g
        both = masks @ true.astype(np.float32)
        iou = both / np.maximum(masks.sum(1) + counts[true].sum() - both, 1)
        if iou.max() >= MIN_MATCH:
            match[g] = int(iou.argmax())
    return match


def grounding_loss(
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    samples: list[GroundingSample],
    per_scene: int,
    generator: torch.Generator,
) -> tuple[torch.Tensor, dict[str, float]]:
    """Cross-entropy of the answer tokens plus the mask loss, over ``per_scene`` questions of each scene."""
    scenes, masks = [], []
    texts: list[list[torch.Tensor]] = []
    spans: list[list[tuple[int, torch.Tensor]]] = []
    for sample in samples:
        order = torch.randperm(len(sample.tokens.slots), generator=generator)
        slot_of = torch.empty_like(order)
        slot_of[order] = torch.arange(len(order))
        scenes.append(_shuffled(sample.tokens, order, generator))
        chosen = torch.randint(len(sample.questions), (per_scene,), generator=generator).tolist()
        texts.append([])
        spans.append([])
        for j, q in enumerate(chosen):
            question = sample.questions[q]
            if j == 0 and sample.names:
                question = _identify(sample, slot_of, processor, generator)
            answer = torch.cat([_pointer(question.targets, slot_of, model, processor), question.answer])
            texts[-1].append(torch.cat([question.question, answer[:-1]]))
            spans[-1].append((len(question.question), answer))
            masks.append(question.mask)
    out = model(scenes, processor.before, processor.after, texts)
    losses, seg, hits, count = [], [], 0, 0
    for b, scene in enumerate(scenes):
        start = int((out.layouts[b].segment == 0).sum())
        rows, wanted, states = [], [], []
        for text, (length, answer) in zip(texts[b], spans[b], strict=True):
            rows.append(torch.arange(start + length - 1, start + len(text)))
            wanted.append(answer)
            states.append(out.hidden[b, start + length] if len(text) > length else None)
            start += len(text)
        target = torch.cat(wanted)
        logits = model.logits(
            out.hidden[b, torch.cat(rows)], model.object_states(out.hidden[b], out.layouts[b]), scene.slots
        )
        losses.append(F.cross_entropy(logits, target, reduction="sum"))
        pointing = target >= model.first_object_id
        hits += int((logits.argmax(-1) == target)[pointing].sum())
        count += int(pointing.sum())
        seg.append(states)
    tokens = sum(len(answer) for scene_spans in spans for _, answer in scene_spans)
    language = torch.stack(losses).sum() / tokens
    masked = []
    flat = iter(masks)
    for sample, states in zip(samples, seg, strict=True):
        pairs = [(s, m) for s, m in ((s, next(flat)) for s in states) if m is not None and s is not None]
        if pairs:
            predictions = model.segment(torch.stack([s for s, _ in pairs]), sample.superpoint_features)
            masked.append(mask_loss(predictions, torch.stack([m for _, m in pairs])[:, None]))
    mask = torch.stack(masked).mean() if masked else language.new_zeros(())
    parts = {"language": float(language.detach()), "mask": float(mask.detach()), "pointing": hits / max(count, 1)}
    return language + 0.5 * mask, parts


def _shuffled(tokens: SceneTokens, order: torch.Tensor, generator: torch.Generator) -> SceneTokens:
    features = tokens.features[order]
    boxes = tokens.boxes[order]
    features = features + 0.05 * torch.randn(features.shape, generator=generator)
    boxes = boxes + 0.02 * torch.randn(boxes.shape, generator=generator)
    boxes[:, 3:].clamp_(min=0.02)
    return SceneTokens(features, boxes, torch.arange(len(order)))


def _pointer(
    targets: list[int], slot_of: torch.Tensor, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor
) -> torch.Tensor:
    """[SEG] and the targets' identifiers in ascending order; nothing when there is no target."""
    if not targets:
        return torch.empty(0, dtype=torch.long)
    slots = slot_of[torch.tensor(targets)].sort().values
    return torch.cat([torch.tensor([processor.seg_id]), model.first_object_id + slots.unique()])


def _identify(
    sample: GroundingSample, slot_of: torch.Tensor, processor: OpenMaskDINO3DProcessor, generator: torch.Generator
) -> Question:
    """``What is the <OBJ007>?``: the identifier read rather than written."""
    known = list(sample.names)
    k = known[int(torch.randint(len(known), (), generator=generator))]
    token = f"<OBJ{int(slot_of[k]):03d}>"
    wording = ("what is the {}?", "what is {}?", "name {}", "describe {}.")[
        int(torch.randint(4, (), generator=generator))
    ]
    answer = processor.answer(f": a {sample.names[k]}")
    return Question(processor.question(wording.format(token)), answer, [k], None)
