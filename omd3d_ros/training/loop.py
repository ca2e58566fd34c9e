"""``omd3d train`` without --data: rooms, then instances, then language, then scores and the weights with their card."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .settings import TrainingError

if TYPE_CHECKING:
    import torch

    from ..datasets.room_samples import RoomSample
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
    from ..models.presets import Preset

VALIDATION_SEED = 9_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", default="nano", help="preset to train (default: nano)")
    parser.add_argument("--out", type=Path, default=Path("runs/nano"), help="folder of the run (default: runs/nano)")
    parser.add_argument("--rooms", type=int, help="training rooms (default: the preset's)")
    parser.add_argument("--validation-rooms", type=int, help="held-out rooms to score on (default: the preset's)")
    parser.add_argument("--seed", type=int, help="first room seed and seed of the run (default: the preset's)")
    parser.add_argument("--instance-steps", type=int, help="steps of the encoder and proposals")
    parser.add_argument("--language-steps", type=int, help="steps of the language model and mask decoder")
    parser.add_argument("--workers", type=int, default=2, help="processes that make rooms (default: 2)")
    parser.add_argument("--threads", type=int, help="torch threads (default: torch's choice)")
    parser.add_argument("--cache", type=Path, help="folder of the rooms (default: OUT/rooms)")
    parser.add_argument("--install", action="store_true", help="put the weights where the preset looks for them")
    parser.add_argument("--rooms-only", action="store_true", help="make the rooms and stop")


def run(args: argparse.Namespace) -> int:
    """Train; resumes where an interrupted run of the same --out stopped."""
    import torch

    from ..datasets.room_samples import load_rooms
    from ..models.presets import load_preset

    preset = load_preset(args.preset)
    settings = dict(preset.training)
    for key in ("rooms", "validation_rooms", "seed", "instance_steps", "language_steps"):
        if getattr(args, key) is not None:
            settings[key] = getattr(args, key)
    if min(settings[k] for k in ("rooms", "validation_rooms", "instance_steps", "language_steps")) < 1:
        raise TrainingError("rooms, validation rooms and steps must be at least 1")
    if args.threads:
        torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    cache = args.cache or args.out / "rooms"
    started = time.monotonic()
    seeds = [settings["seed"] + i for i in range(settings["rooms"])]
    held_out = [VALIDATION_SEED + i for i in range(settings["validation_rooms"])]
    rooms = load_rooms(cache, seeds, workers=args.workers, quiet=args.quiet)
    validation = load_rooms(cache, held_out, workers=args.workers, quiet=args.quiet)
    rooms_seconds = _rooms_seconds(cache, time.monotonic() - started)
    if args.rooms_only:
        return 0
    torch.manual_seed(settings["seed"])
    model, processor, words = _new_model(preset, rooms)
    seconds = {"rooms": rooms_seconds, "instances": _train_instances(model, rooms, settings, args)}
    seconds["language"] = _train_language(model, processor, words, rooms, settings, args)
    answers = {q["answer"] for r in rooms for q in r.queries["train"]}
    spoken = sorted({i for a in answers for i in processor.answer(f": a {a}").tolist()})
    model.config.spoken_ids = processor.config.spoken_ids = spoken
    scores = _score(model, processor, validation, args.quiet)
    scores["settings"] = settings
    scores["seconds"] = {k: round(v) for k, v in seconds.items()}
    target = args.out / "model"
    _save(model, processor, scores, target, args.preset)
    if args.install:
        _save(model, processor, scores, preset.weights, args.preset)
    print(json.dumps({k: scores[k] for k in ("proposals", "grounding")}, indent=1))
    print(f"weights and scores are in {target}", file=sys.stderr)
    return 0


def _rooms_seconds(cache: Path, seconds: float) -> float:
    """The most that any run has spent on these rooms: later ones find them made."""
    file = cache / "seconds.txt"
    known = float(file.read_text()) if file.exists() else 0.0
    file.write_text(str(max(known, seconds)))
    return max(known, seconds)


def _new_model(preset: Preset, rooms: list[RoomSample]) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor, int]:
    from ..models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
    from .vocabulary import build_vocabulary

    content = dict(preset.model)
    llm = dict(content.pop("llm"))
    objects = content.get("max_objects", 100)
    texts = (q[k] for r in rooms for q in r.queries["train"] for k in ("query", "answer"))
    keep = frozenset(w for t in texts for w in t.lower().replace("?", " ").replace(".", " ").replace(",", " ").split())
    tokenizer, embeddings, words = build_vocabulary(llm["hidden_size"], objects, keep=keep)
    ids = {f"{n}_token_id": getattr(tokenizer, f"{n}_token_id") for n in ("bos", "eos", "pad")}
    categories = sorted({c for r in rooms for c in r.objects.values()})
    config = OpenMaskDINO3DConfig(categories=categories, llm={**llm, "vocab_size": len(tokenizer), **ids}, **content)
    model = OpenMaskDINO3DModel(config)
    model.language_model.get_input_embeddings().weight.data.copy_(embeddings)
    return model, OpenMaskDINO3DProcessor(tokenizer, config), words


def _train_instances(
    model: OpenMaskDINO3DModel, rooms: list[RoomSample], settings: dict, args: argparse.Namespace
) -> float:
    import torch

    from .augmentation import augment, crop
    from .instances import instance_loss
    from .stage import run_stage

    index = {name: i for i, name in enumerate(model.config.categories)}
    classes = [{g: index[c] for g, c in r.objects.items()} for r in rooms]

    def step(generator: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        losses, logs = [], []
        for i in torch.randint(len(rooms), (6,), generator=generator).tolist():
            inputs, owner = crop(rooms[i].inputs, rooms[i].owner, 220, generator)
            loss, parts = instance_loss(model, augment(inputs, 24, generator), owner, classes[i])
            losses.append(loss)
            logs.append(parts)
        mean = {k: sum(p.get(k, 0.0) for p in logs) / len(logs) for k in logs[0]}
        return torch.stack(losses).mean(), mean

    trained = torch.nn.ModuleList([model.encoder, model.segmentor])
    return run_stage(
        "instances", trained, list(trained.parameters()), step, settings["instance_steps"], args.out,
        learning_rate=1e-3, seed=settings["seed"], quiet=args.quiet,
    )  # fmt: skip


def _train_language(
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    words: int,
    rooms: list[RoomSample],
    settings: dict,
    args: argparse.Namespace,
) -> float:
    import torch
    from tqdm import tqdm

    from .grounding import grounding_loss, grounding_sample
    from .stage import run_stage

    model.eval()
    encoded = (grounding_sample(r, model, processor) for r in tqdm(rooms, desc="scenes", disable=args.quiet))
    samples = [s for s in encoded if s.questions and len(s.tokens.slots)]
    if not samples:
        raise TrainingError(
            "the proposals cover no target of any question: train with more --rooms or more --instance-steps"
        )
    frozen = {id(p) for p in [*model.encoder.parameters(), *model.segmentor.parameters()]}
    parameters = [p for p in model.parameters() if id(p) not in frozen]
    table = model.language_model.get_input_embeddings().weight
    known = torch.ones(len(table), 1)
    known[4:words] = 0  # word vectors stay what they are, so that unseen words keep their place among the seen
    hook = table.register_hook(lambda gradient: gradient * known)

    def step(generator: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        chosen = torch.randint(len(samples), (8,), generator=generator).tolist()
        return grounding_loss(model, processor, [samples[i] for i in chosen], 8, generator)

    seconds = run_stage(
        "language", model, parameters, step, settings["language_steps"], args.out,
        learning_rate=1e-3, seed=settings["seed"] + 1, quiet=args.quiet,
    )  # fmt: skip
    hook.remove()
    return seconds


def _score(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, validation: list[RoomSample], quiet: bool
) -> dict:
    from ..evaluation.rooms import evaluate_grounding, evaluate_proposals

    model.eval()
    grounding = {s: evaluate_grounding(model, processor, validation, s) for s in ("train", "phrasing", "words")}
    return {"proposals": evaluate_proposals(model, validation), "grounding": grounding}


def _save(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, scores: dict, folder: Path, preset: str
) -> None:
    """Half-precision safetensors, tokenizer, scores and card; rounding to half is far below the scores' noise."""
    from .card import write_card

    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    model.float()
    processor.save_pretrained(folder)
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)  # written for its owner only; installed packages are read by everyone
    (folder / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
    write_card(folder / "README.md", preset, scores, sum(p.numel() for p in model.parameters()))
