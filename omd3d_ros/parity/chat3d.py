"""Fixture ``chat3d``: the assembled model, from prompt and object tokens to losses, generated text and masks."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F
from transformers import AutoConfig, AutoTokenizer

from ..language.generation import Generated, generate
from ..language.identifiers import object_token, restore_identifiers, shuffle_identifiers
from ..language.mask_decoder import MaskPredictions
from ..language.prompt import SEG_TOKEN, SceneTokens, attention
from ..models.checkpoints import Checkpoint, CheckpointError, apply
from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..models.openmaskdino3d.published import published_config
from ..training.mask_loss import PUBLISHED_WEIGHTS, segmentation_losses
from .comparison import Comparison, FixtureError, largest_error
from .reading import Tensors, read_json, read_tensors

EMBEDDINGS, HIDDEN, LOSSES, MASKS, EXACT = 1e-6, 1e-4, 1e-4, 1e-4, 0.0
IGNORED = -100

# What a case changes in the configuration of the fixture.
CASES = {
    "loc_concat": {},
    "no_loc": {"add_loc": False},
    "loc_add": {"use_loc_add": True},
    "feat_fusion": {"feat_fusion": True},
    "fuse_with_id": {"fuse_with_id": True},
    "bidirection": {"bidirection": True},
    "pos_emb": {"add_pos_emb": True},
    "seg_first": {},
    "seg_later": {},
}


@dataclass
class Sample:
    """One scene with its question and answer: objects in slot order, superpoint features (M, C), target mask (M,)."""

    scene: SceneTokens
    superpoints: torch.Tensor
    target: torch.Tensor
    assigned_ids: list[int]
    question: str
    answer: str


@torch.inference_mode()
def compare(folder: Path) -> list[Comparison]:
    """Prompt parts, identifiers, and every case of ``io.safetensors`` in training and in generation."""
    settings, meta = read_json(folder / "config.json"), read_json(folder / "meta.json")
    if not isinstance(settings.get("model"), dict):
        raise FixtureError("config.json has no settings of the 'model'")
    io = read_tensors(folder / "io.safetensors")
    weights = {name: read_tensors(folder / f"{name}.safetensors") for name in ("checkpoint", "frozen")}
    checkpoint = Checkpoint(folder / "checkpoint.safetensors", weights["checkpoint"] | weights["frozen"])
    cases = sorted({name.split(".")[0] for name in io} - {"in"})
    unknown = [case for case in cases if case not in CASES]
    if unknown:
        raise FixtureError(f"cases {', '.join(unknown)} are not known; known are {', '.join(CASES)}")
    model, processor = _build(folder, settings, {}, checkpoint)
    results = _texts(processor, meta) + _shuffling(meta)
    samples = _samples(model, io, meta)
    for case in cases:
        model, processor = _build(folder, settings, CASES[case], checkpoint)
        row = io.get(f"{case}.lm_head_row_seg")
        if row is not None:
            model.language_model.get_output_embeddings().weight[processor.seg_id] = row
        results += _training(case, model, processor, samples, io, settings)
        for i, sample in enumerate(samples):
            results += _generation(case, i, model, processor, sample, io, meta)
    return results


def _build(
    folder: Path, settings: dict[str, Any], changes: dict[str, Any], checkpoint: Checkpoint
) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    try:
        llm = AutoConfig.from_pretrained(folder / "tiny_llm", local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder / "tiny_llm", local_files_only=True)
    except (OSError, ValueError) as error:
        raise FixtureError(f"tiny_llm can't be read: {error}") from error
    settings = deepcopy(settings)
    settings["model"].update(changes)
    objects = [object_token(i) for i in range(settings["model"]["max_obj_num"])]
    tokenizer.add_tokens([SEG_TOKEN, *objects], special_tokens=True)
    sizes = {**llm.to_dict(), "vocab_size": len(tokenizer)}
    config = published_config(settings, sizes, evaluation_as_published=True)
    model = OpenMaskDINO3DModel(config).eval()
    try:
        apply(checkpoint, model, "openmaskdino3d")
    except CheckpointError as error:
        raise FixtureError(str(error)) from error
    return model, OpenMaskDINO3DProcessor(tokenizer, config)


def _texts(processor: OpenMaskDINO3DProcessor, meta: dict[str, Any]) -> list[Comparison]:
    """Token ids of every part of the prompt."""
    ours = {"p0_ids": processor.before, "p1_ids": processor.after}
    reference = {name: meta[name] for name in ours}
    for i, (question, answer) in enumerate(zip(meta["questions"], meta["answers"], strict=True)):
        ours[f"question_ids.{i}"] = _training_question(processor, question)
        ours[f"answer_ids.{i}"] = processor.answer(SEG_TOKEN + answer)
        ours[f"eval_prompt_ids.{i}"] = processor.question(question)
        reference |= {f"{kind}.{i}": meta[kind][i] for kind in ("question_ids", "answer_ids", "eval_prompt_ids")}
    return [Comparison(name, largest_error(ids, reference[name]), EXACT) for name, ids in ours.items()]


def _training_question(processor: OpenMaskDINO3DProcessor, question: str) -> torch.Tensor:
    """In training there is no additional space."""
    config = deepcopy(processor.config)
    config.evaluation_as_published = False
    return OpenMaskDINO3DProcessor(processor.tokenizer, config).question(question)


def _shuffling(meta: dict[str, Any]) -> list[Comparison]:
    wrong = 0
    for example in meta.get("id_shuffle", []):
        shuffled = shuffle_identifiers(example["caption"], example["assigned_ids"])
        wrong += shuffled != example["updated"]
        wrong += restore_identifiers(shuffled, example["assigned_ids"]) != example["recovered"]
    return [Comparison("id_shuffle", float(wrong), EXACT)]


def _samples(model: OpenMaskDINO3DModel, io: Tensors, meta: dict[str, Any]) -> list[Sample]:
    samples = []
    for i, (question, answer) in enumerate(zip(meta["questions"], meta["answers"], strict=True)):
        superpoints = model.encoder(io[f"in.coords{i}"], io[f"in.feats{i}"], io[f"in.superpoints{i}"].long())
        order = io["in.assigned_ids"][i]
        features = torch.cat([io["in.scene_feat"][i], io["in.scene_img_feat"][i]], 1)[order]
        valid = io["in.scene_mask"][i] > 0
        slots, boxes = torch.nonzero(valid)[:, 0], io["in.scene_locs"][i]
        centers = boxes[valid[: len(boxes)], :3]
        extent = torch.stack([centers.amin(0), centers.amax(0)])
        scene = SceneTokens(features[slots], boxes[order][slots], slots, extent)
        target = io[f"in.gt{i}"].float()
        samples.append(Sample(scene, superpoints, target, order.tolist(), question, answer))
    return samples


def _training(
    case: str,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    samples: list[Sample],
    io: Tensors,
    settings: dict[str, Any],
) -> list[Comparison]:
    """Input sequence, labels, hidden states and losses of one training step."""
    scenes = [sample.scene for sample in samples]
    questions = [_training_question(processor, sample.question) for sample in samples]
    answers = [processor.answer(SEG_TOKEN + sample.answer) for sample in samples]
    texts = [[torch.cat(pair)] for pair in zip(questions, answers, strict=True)]
    embeds, layouts = model.embed(scenes, processor.before, processor.after, texts)
    out = model(scenes, processor.before, processor.after, texts)
    targets = torch.full(embeds.shape[:2], IGNORED)
    losses, lengths = [], [len(layout.segment) for layout in layouts]
    for b, (sample, answer, length) in enumerate(zip(samples, answers, lengths, strict=True)):
        first = length - len(answer)
        targets[b, first:length] = answer
        prediction = model.segment(out.hidden[b, first : first + 1], sample.superpoints)
        weights = tuple(settings["model"].get("criterion", {}).get("loss_weight", PUBLISHED_WEIGHTS)[:3])
        losses.append(segmentation_losses(prediction, sample.target[None, None], weights)["loss"])
    logits = model.logits(out.hidden.flatten(0, 1), out.hidden, scenes[0].slots).unflatten(0, embeds.shape[:2])
    language = F.cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten(), ignore_index=IGNORED)
    total = torch.stack([language + torch.stack(losses).sum(), language, torch.stack(losses).sum()])
    results = [
        Comparison(f"{case}.inputs_embeds", largest_error(embeds, io[f"{case}.inputs_embeds"]), EMBEDDINGS),
        Comparison(f"{case}.targets", largest_error(targets, io[f"{case}.targets"]), EXACT),
        Comparison(f"{case}.loss", largest_error(total, io[f"{case}.loss"]), LOSSES),
    ]
    reference, mask = io[f"{case}.last_hidden"], io[f"{case}.attention_mask"]
    for b, (layout, length) in enumerate(zip(layouts, lengths, strict=True)):
        error = largest_error(out.hidden[b, :length], reference[b, :length])
        results.append(Comparison(f"{case}.last_hidden[{b}]", error, HIDDEN))
        if mask.dim() == 4:
            seen, given = attention(layout, model.config.bidirectional), mask[b, 0, :length]
        else:
            seen, given = torch.ones(length), mask[b]
        error = largest_error(F.pad(seen.float(), (0, mask.shape[-1] - length)), given)
        results.append(Comparison(f"{case}.attention_mask[{b}]", error, EXACT))
    return results


def _generation(
    case: str,
    i: int,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    sample: Sample,
    io: Tensors,
    meta: dict[str, Any],
) -> list[Comparison]:
    """Greedy tokens, their hidden states, the mask, and the text with the original identifiers."""
    said = generate(sample.scene, processor.question(sample.question), model, processor)
    prediction = model.segment(torch.stack(said.seg), sample.superpoints)
    text = restore_identifiers(processor.decode_as_published(said.ids), sample.assigned_ids)
    results = [
        Comparison(f"{case}.gen_seq{i}", largest_error(said.ids, io[f"{case}.gen_seq{i}"]), EXACT),
        Comparison(f"{case}.gen_hidden{i}", _states_error(said, io[f"{case}.gen_hidden{i}"]), HIDDEN),
        *_mask_results(case, i, prediction, io),
    ]
    texts = meta.get("cases", {}).get(case, {}).get("texts")
    if texts is not None:
        results.append(Comparison(f"{case}.text{i}", float(text != texts[i]), EXACT))
    return results


def _mask_results(case: str, i: int, prediction: MaskPredictions, io: Tensors) -> list[Comparison]:
    ours = {f"{case}.pred_mask{i}": prediction.masks[-1].flatten(), f"{case}.pred_score{i}": prediction.scores[-1]}
    return [Comparison(name, largest_error(value, io[name]), MASKS) for name, value in ours.items()]


def _states_error(said: Generated, reference: torch.Tensor) -> float:
    """The states of generation steps 1 and later: those at all tokens but the last."""
    return largest_error(torch.stack(said.states[: len(reference)]), reference)
