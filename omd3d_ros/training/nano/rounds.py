"""The rounds of a training: each goes on from the weights of the one before, on rooms of its own.

A preset's ``training`` holds what all rounds share and under ``rounds`` what each has for itself; without ``rounds`` it
is one round.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...datasets.rooms.variants import CAREFUL_SEEDS, VALIDATION_SEED
from ..settings import TrainingError

SETTINGS = (
    "rooms", "careful_rooms", "validation_rooms", "seed",
    "instance_steps", "object_steps", "program_steps", "language_steps",
)  # fmt: skip
_STEPS = tuple(name for name in SETTINGS if name.endswith("_steps"))


@dataclass(frozen=True)
class Round:
    """One round.

    settings: of the preset and the command line.  folder: where its stages keep what they have learned.  model: the
    folder that it fills at its end.  init: the weights that it begins with, None for random ones; init_rate: share of
    the learning rate for parts that have weights then.
    """

    settings: dict
    folder: Path
    model: Path
    init: Path | None = None
    init_rate: float = 1.0

    @property
    def is_done(self) -> bool:
        return (self.model / "scores.json").is_file()  # written last but for the card

    def summary(self) -> dict:
        """Settings and seconds of a round that is done."""
        scores = json.loads((self.model / "scores.json").read_text())
        return {name: scores[name] for name in ("settings", "seconds")}


def rounds_of(training: dict, args: argparse.Namespace) -> list[Round]:
    """All rounds of a preset; with settings on the command line, or weights to begin with, one round that has them.

    Raises TrainingError for settings that nothing can be trained with.
    """
    shared = {"careful_rooms": 0, **{k: v for k, v in training.items() if k != "rounds"}}
    planned = [{**shared, **own} for own in training.get("rounds") or [{}]]
    chosen = {name: getattr(args, name) for name in SETTINGS if getattr(args, name) is not None}
    if chosen or args.init is not None or len(planned) == 1:
        settings = {**planned[0], **chosen}
        rate = 0.5 if args.init_rate is None else args.init_rate
        rounds = [Round(settings, args.out, args.out / "model", args.init, rate)]
    else:
        rounds = _in_turn(planned, args.out)
    for r in rounds:
        _check(r)
    return rounds


def _in_turn(planned: Sequence[dict], out: Path) -> list[Round]:
    rounds: list[Round] = []
    for number, planned_settings in enumerate(planned, 1):
        settings = dict(planned_settings)
        rate, folder = settings.pop("init_rate", 1.0), out / f"round-{number}"
        model = (out if number == len(planned) else folder) / "model"
        rounds.append(Round(settings, folder, model, rounds[-1].model if rounds else None, rate))
    return rounds


def chosen_round(rounds: Sequence[Round], number: int | None) -> Round:
    """The round that ``--round`` names.  Raises TrainingError where it names none, or where it must and does not."""
    if number is None and len(rounds) == 1:
        return rounds[0]
    if number is None:
        raise TrainingError(f"this preset is trained in {len(rounds)} rounds: say with --round of which")
    if not 1 <= number <= len(rounds):
        raise TrainingError(f"--round is {number}, but the rounds are 1 to {len(rounds)}")
    return rounds[number - 1]


def _check(r: Round) -> None:
    if min(r.settings["rooms"], r.settings["validation_rooms"]) < 1:
        raise TrainingError("rooms and validation rooms must be at least 1")
    if r.settings["careful_rooms"] < 0:
        raise TrainingError(f"--careful-rooms is {r.settings['careful_rooms']}, expected 0 or more")
    _check_seeds(**{name: r.settings[name] for name in ("seed", "rooms", "careful_rooms", "calibration_rooms")})
    if min(r.settings[name] for name in _STEPS) < (r.init is None):
        raise TrainingError("steps must be at least 1, or with --init 0 for a part that stays as it is")
    if not 0 < r.init_rate <= 1:
        raise TrainingError(f"--init-rate is {r.init_rate:g}, expected a share above 0 and at most 1")


def _check_seeds(seed: int, rooms: int, careful_rooms: int, calibration_rooms: int) -> None:
    """No room that is learned from may be one that models are scored on."""
    too_far = careful_rooms > 0 and CAREFUL_SEEDS + seed + careful_rooms > VALIDATION_SEED
    if seed < 0 or seed + rooms + calibration_rooms > CAREFUL_SEEDS or too_far:
        raise TrainingError(
            f"--seed is {seed}: seeds of training rooms lie from 0 to {CAREFUL_SEEDS}, with careful rooms to "
            f"{VALIDATION_SEED - CAREFUL_SEEDS}"
        )
