"""What nano has of pretrained text states and of where things lie to each other: trained with each and without.

    python benchmarks/feature_ablation.py [--parts words pairs neighbours] [--rooms 100] [--steps 400] [--seed 0]

words: the name matcher on phrases that it was not trained on, with the packaged text encoder, with one of the same
form and random weights, and by the plain cosine of the packaged one.  pairs: the scene encoder and proposals, with
features of pairs of superpoints and with zeros instead, on held-out rooms.  neighbours: names that the object
classifier gives to the true objects of held-out rooms, with the objects beside and each by itself.  Two lines that are
to be compared differ in nothing else: the same rooms, steps and seed.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from unittest.mock import patch

import torch
from tokenizers import Tokenizer
from transformers import BertModel

import omd3d_ros.perception.encoder as scene_encoder
from omd3d_ros.datasets.room_samples import RoomSample, load_rooms
from omd3d_ros.datasets.rooms.lexicon import NAMES
from omd3d_ros.datasets.rooms.variants import VALIDATION_SEED
from omd3d_ros.evaluation.rooms import evaluate_proposals
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel
from omd3d_ros.models.presets import load_preset
from omd3d_ros.models.text_encoder import PACKAGED, TextEncoder
from omd3d_ros.training.naming import baseline_scores, scores, train_naming
from omd3d_ros.training.naming_phrases import vocabulary
from omd3d_ros.training.nano.instances import train_instances
from omd3d_ros.training.nano.new_model import new_model
from omd3d_ros.training.nano.objects import objects_seen, train_objects, true_objects

PARTS = ("words", "pairs", "neighbours")
HELD_OUT = 24  # rooms


def words(seed: int) -> None:
    pretrained = TextEncoder.from_pretrained()
    torch.manual_seed(seed)
    tokenizer = Tokenizer.from_file(str(PACKAGED / "tokenizer.json"))
    random = TextEncoder(BertModel(pretrained.bert.config, add_pooling_layer=False), tokenizer)
    unseen = [m for m in vocabulary(tuple(NAMES)) if m.held_out]
    print(f"{len(unseen)} phrases that no training has seen\n\n| text states | F1 of categories | likeliest is right |")
    print("| --- | --- | --- |")
    for name, encoder in (("pretrained", pretrained), ("of random weights", random)):
        f1, top = scores(train_naming(tuple(NAMES), seed, encoder=encoder), unseen)
        print(f"| {name} | {f1:.2f} | {top:.2f} |", flush=True)
    f1, top = baseline_scores(pretrained, tuple(NAMES), unseen)
    print(f"| pretrained, nearest name | {f1:.2f} | {top:.2f} |\n", flush=True)


def pairs(rooms: list[RoomSample], held_out: list[RoomSample], settings: dict) -> None:
    def nothing(boxes: torch.Tensor) -> torch.Tensor:
        return boxes.new_zeros(len(boxes), len(boxes), scene_encoder.PAIR_CHANNELS)

    print("| pairs of superpoints | objects found | proposals that fit |\n| --- | --- | --- |", flush=True)
    for name, features in (("where they lie to each other", scene_encoder.pair_features), ("not given", nothing)):
        with patch.object(scene_encoder, "pair_features", features), tempfile.TemporaryDirectory() as run:
            model, _ = new_model(load_preset("nano"), settings["seed"])
            model.proposal_quality = None  # which nothing was fitted to
            train_instances(model, rooms, settings, Path(run))
            found = evaluate_proposals(model.eval(), held_out)
        print(f"| {name} | {found['recall@0.5']:.2f} | {found['precision@0.5']:.2f} |", flush=True)
    print()


def neighbours(rooms: list[RoomSample], held_out: list[RoomSample], settings: dict) -> None:
    print("| object classifier | names right | colours right |\n| --- | --- | --- |", flush=True)
    for name, layers in (("with the objects beside", 2), ("each object by itself", 0)):
        preset = load_preset("nano")
        preset.model["object_classifier"]["context"] = layers
        model, _ = new_model(preset, settings["seed"])
        with tempfile.TemporaryDirectory() as run:
            train_objects(model, rooms, settings, Path(run))
        right = right_classes(model.eval(), held_out)
        print(f"| {name} | {right[0]:.2f} | {right[1]:.2f} |", flush=True)
    print()


@torch.inference_mode()
def right_classes(model: OpenMaskDINO3DModel, rooms: list[RoomSample]) -> list[float]:
    """Of the true objects of rooms: the shares with the right name and the right colour."""
    classifier = model.object_classifier
    assert classifier is not None
    right: list[list[torch.Tensor]] = [[], []]
    for room in rooms:
        truth = true_objects(room, model.config.categories)
        said = classifier(objects_seen(room, truth, None)).split(classifier.sizes, -1)
        for hits, logits, target in zip(right, said, truth.classes, strict=False):
            hits.append((logits.argmax(1) == target)[target >= 0])
    return [float(torch.cat(hits).float().mean()) for hits in right]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS), help="(default: all)")
    parser.add_argument("--rooms", type=int, default=100, help="to train on (default: 100)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first of them (default: 0)")
    parser.add_argument("--steps", type=int, default=400, help="of each training on rooms (default: 400)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and steps (default: 0)")
    parser.add_argument("--cache", type=Path, default=Path("runs/ablation"), help="where rooms are kept")
    parser.add_argument("--workers", type=int, default=2, help="processes that make rooms (default: 2)")
    parser.add_argument("--threads", type=int, help="torch threads (default: torch's choice)")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    if "words" in args.parts:
        words(args.seed)
    trained = [part for part in (pairs, neighbours) if part.__name__ in args.parts]
    if trained:
        seeds = range(args.first, args.first + args.rooms), range(VALIDATION_SEED, VALIDATION_SEED + HELD_OUT)
        rooms, held_out = (load_rooms(args.cache, list(s), workers=args.workers, asked=0) for s in seeds)
    settings = {"instance_steps": args.steps, "object_steps": args.steps, "rate": 1.0, "seed": args.seed}
    for part in trained:
        part(rooms, held_out, settings)


if __name__ == "__main__":
    main()
