"""``omd3d train`` without --data: its stages in turn, then scores, weights and their card."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ...datasets.rooms.variants import CAREFUL_SEEDS, VALIDATION_SEED
from ...files import write_atomically
from .rounds import Round, chosen_round, rounds_of

if TYPE_CHECKING:
    from ...datasets.room_samples import RoomSample
    from ...models.presets import Preset

STAGES = ("rooms", "instances", "objects", "naming", "programs", "language", "calibration")
_NEEDED = {
    "language": ("instances", "objects", "programs"),
    "calibration": ("instances", "objects", "naming", "programs", "language"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", default="nano", help="preset to train (default: nano)")
    parser.add_argument("--out", type=Path, default=Path("runs/nano"), help="folder of the run (default: runs/nano)")
    parser.add_argument("--rooms", type=int, help="training rooms (default: the preset's)")
    parser.add_argument(
        "--careful-rooms",
        type=int,
        help="as many more, recorded with a good camera and tracker or by a simulator (default: the preset's)",
    )
    parser.add_argument("--validation-rooms", type=int, help="held-out rooms to score on (default: the preset's)")
    parser.add_argument("--seed", type=int, help="first room seed and seed of the run (default: the preset's)")
    parser.add_argument("--instance-steps", type=int, help="steps of the encoder and proposals")
    parser.add_argument("--object-steps", type=int, help="steps of telling what objects are and look like")
    parser.add_argument("--program-steps", type=int, help="steps of reading questions, which need no rooms")
    parser.add_argument("--language-steps", type=int, help="steps of the language model and mask decoder on rooms")
    parser.add_argument(
        "--init",
        type=Path,
        metavar="FOLDER",
        help="begin with the weights of this model, at a lower rate; a stage of 0 steps leaves its part as it is",
    )
    parser.add_argument(
        "--init-rate", type=float, metavar="SHARE", help="with --init: of the learning rate (default: 0.5)"
    )
    parser.add_argument(
        "--round",
        type=int,
        metavar="N",
        help="of a preset that is trained in rounds: up to this one, or with --only this one alone; any of the options "
        "above makes it one round that has them",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that make rooms (default: 2)")
    parser.add_argument("--threads", type=int, help="torch threads (default: torch's choice)")
    parser.add_argument("--cache", type=Path, help="folder of the rooms (default: OUT/rooms)")
    parser.add_argument("--install", action="store_true", help="put the weights where the preset looks for them")
    parser.add_argument(
        "--only",
        choices=STAGES,
        help="run one stage (of --round) and what it needs of others that is not done yet, and stop; instances, "
        "objects and programs need no other, so several machines or cores can share",
    )


def run(args: argparse.Namespace) -> int:
    """Train; resumes where an interrupted run of the same --out stopped."""
    import torch

    from ...models.presets import load_preset

    preset = load_preset(args.preset)
    rounds = rounds_of(preset.training, args)
    if args.threads:
        torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.only is not None:
        trainer = Trainer(args, preset, chosen_round(rounds, args.round))
        for name in (*_NEEDED.get(args.only, ()), args.only):
            trainer.stage(name)
        return 0
    if args.round is not None:
        rounds = rounds[: rounds.index(chosen_round(rounds, args.round)) + 1]
    for i, each in enumerate(rounds):
        if each is not rounds[-1] and each.is_done:
            continue
        trainer = Trainer(args, preset, each)
        for name in STAGES:
            trainer.stage(name)
        scores = {**trainer.scores(), "earlier": [earlier.summary() for earlier in rounds[:i]]}
        trainer.save(each.model, scores)
    if args.install:
        trainer.save(preset.weights, scores)
    print(json.dumps({k: scores[k] for k in ("proposals", "grounding")}, indent=1))
    print(f"weights and scores are in {rounds[-1].model}", file=sys.stderr)
    return 0


class Trainer:
    """The stages of one round, each of which goes on from what an earlier run left in the folder."""

    def __init__(self, args: argparse.Namespace, preset: Preset, plan: Round) -> None:
        from .new_model import begin_with, new_model

        self.args, self.plan, self.settings, self.out = args, plan, dict(plan.settings), plan.folder
        self.cache: Path = args.cache or args.out / "rooms"
        self.seconds: dict[str, float] = {}
        self.model, self.processor = new_model(preset, self.settings["seed"])
        self.map = preset.map
        self.settings["init"] = None if plan.init is None else plan.init_rate
        self.anew: list[str] | None = None  # parts that begin with random weights; None for all
        if plan.init is not None:
            self.anew = begin_with(self.model, plan.init)
            if self.anew:
                print(f"beginning anew: {', '.join(self.anew)}", file=sys.stderr)
        self.out.mkdir(parents=True, exist_ok=True)
        self._samples: list[RoomSample] | None = None

    def stage(self, name: str) -> None:
        stages: dict[str, Callable[[], float]] = {
            "rooms": self._make_rooms, "instances": self._instances, "objects": self._objects,
            "naming": self._naming, "programs": self._programs, "language": self._language,
            "calibration": self._calibration,
        }  # fmt: skip
        self.seconds[name] = stages[name]()

    def rated(self, part: str) -> dict:
        """The settings, with the share of its learning rate at which a part of the model is trained."""
        return {**self.settings, "rate": 1.0 if self.anew is None or part in self.anew else self.plan.init_rate}

    @property
    def samples(self) -> list[RoomSample]:
        """The training rooms."""
        if self._samples is None:
            first, asked = self.settings["seed"], self.settings.get("language_rooms")  # no other stage asks anything
            self._samples = self._rooms(first, self.settings["rooms"], asked)
            self._samples += self._rooms(CAREFUL_SEEDS + first, self.settings["careful_rooms"], asked=0)
        return self._samples

    @property
    def between(self) -> list[RoomSample]:
        """Rooms that nothing is learned from but what a score is worth: on those learned from, all names are surer."""
        return self._rooms(self.settings["seed"] + self.settings["rooms"], self.settings["calibration_rooms"])

    @property
    def held_out(self) -> list[RoomSample]:
        return self._rooms(VALIDATION_SEED, self.settings["validation_rooms"])

    def _rooms(self, first: int, count: int, asked: int | None = None) -> list[RoomSample]:
        from ...datasets.room_samples import load_rooms

        seeds = [first + i for i in range(count)]
        return load_rooms(self.cache, seeds, workers=self.args.workers, quiet=self.args.quiet, asked=asked)

    def _make_rooms(self) -> float:
        """The most seconds that any run has spent on these rooms: later ones find them made."""
        started = time.monotonic()
        _ = self.samples, self.between, self.held_out
        file = self.cache / "seconds.txt"
        known = float(file.read_text()) if file.exists() else 0.0
        seconds = max(known, time.monotonic() - started)
        file.write_text(str(seconds))
        return seconds

    def _instances(self) -> float:
        from .instances import train_instances

        return train_instances(self.model, self.samples, self.rated("encoder"), self.out, self.args.quiet)

    def _objects(self) -> float:
        from .objects import train_objects

        return train_objects(self.model, self.samples, self.rated("object_classifier"), self.out, self.args.quiet)

    def _naming(self) -> float:
        """Trained once; a later run finds it in a file."""
        from ...language.naming import NameMatcher
        from ..naming import train_naming

        file, started = self.out / "naming.safetensors", time.monotonic()
        categories = tuple(self.model.config.categories)
        if not file.exists():
            trained = train_naming(categories, seed=self.settings["seed"], encoder=self.processor.text_encoder)
            write_atomically(file, trained.save)
            (self.out / "naming_seconds.txt").write_text(str(time.monotonic() - started))
        self.model.name_matcher.load_state_dict(NameMatcher.load(file).state_dict())
        return float((self.out / "naming_seconds.txt").read_text())

    def _programs(self) -> float:
        from .programs_stage import train_programs

        return train_programs(self.model, self.processor, self.rated("language_model"), self.out, self.args.quiet)

    def _language(self) -> float:
        from .language_stage import train_language

        settings = self.rated("language_model")
        return train_language(self.model, self.processor, self.samples, settings, self.out, self.args.quiet)

    def _calibration(self) -> float:
        from .calibration import calibrate
        from .name_powers import fit_powers
        from .proposal_fit import fit_quality

        started = time.monotonic()
        self.model.eval()
        fit_quality(self.model, self.between, self.settings["seed"], self.args.quiet)
        fit_powers(self.model, self.between, self.args.quiet)
        calibrate(self.model, self.processor, self.between, self.args.quiet)
        return time.monotonic() - started

    def scores(self) -> dict:
        """On rooms that no stage has seen."""
        from ...evaluation.rooms import evaluate_grounding, evaluate_proposals

        self.model.eval()
        rooms = self.held_out
        grounding = {
            split: evaluate_grounding(self.model, self.processor, rooms, split)
            for split in ("train", "phrasing", "words")
        }
        return {
            "proposals": evaluate_proposals(self.model, rooms), "grounding": grounding, "settings": self.settings,
            "seconds": {k: round(v) for k, v in self.seconds.items()},
        }  # fmt: skip

    def save(self, folder: Path, scores: dict) -> None:
        """Half-precision safetensors, tokenizer, scores and card; rounding to half is far below the scores' noise."""
        import yaml

        from ...models.presets import MAP_FILE
        from .card import write_card

        folder.mkdir(parents=True, exist_ok=True)
        self.model.half().save_pretrained(folder)
        self.model.float()
        self.processor.save_pretrained(folder)
        for file in folder.glob("*.safetensors"):
            file.chmod(0o644)  # written for its owner only; installed packages are read by everyone
        (folder / MAP_FILE).write_text(yaml.safe_dump(self.map))
        (folder / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
        write_card(folder / "README.md", self.args.preset, scores, sum(p.numel() for p in self.model.parameters()))
