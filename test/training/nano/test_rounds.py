"""Which rounds a preset is trained in, and what the command line makes of them."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from omd3d_ros.training.nano.rounds import SETTINGS, Round, chosen_round, rounds_of
from omd3d_ros.training.settings import TrainingError

SHARED = {"validation_rooms": 1, "calibration_rooms": 2, "language_rooms": 4}
STEPS = {"instance_steps": 8, "object_steps": 3, "program_steps": 3, "language_steps": 3}
FIRST = {"rooms": 4, "seed": 0, **STEPS}
SECOND = {"rooms": 2, "careful_rooms": 1, "seed": 40, "init_rate": 0.8, **STEPS, "object_steps": 0}
TWICE = {**SHARED, "rounds": [FIRST, SECOND]}


def rounds(training: dict, **chosen) -> list[Round]:
    names = dict.fromkeys((*SETTINGS, "init", "init_rate"))
    return rounds_of(training, argparse.Namespace(out=Path("out"), **{**names, **chosen}))


def test_each_round_begins_with_the_model_of_the_one_before():
    first, second = rounds(TWICE)
    assert first == Round({**SHARED, **FIRST, "careful_rooms": 0}, Path("out/round-1"), Path("out/round-1/model"))
    settings = {**SHARED, **SECOND}
    del settings["init_rate"]
    assert second == Round(settings, Path("out/round-2"), Path("out/model"), first.model, 0.8)


def test_without_rounds_there_is_one():
    assert rounds({**SHARED, **FIRST}) == [
        Round({**SHARED, **FIRST, "careful_rooms": 0}, Path("out"), Path("out/model"), None, 0.5)
    ]


def test_settings_of_the_command_line_make_it_one_round():
    (only,) = rounds(TWICE, rooms=7)
    assert only.settings["rooms"] == 7 and only.settings["instance_steps"] == 8 and only.model == Path("out/model")
    (only,) = rounds(TWICE, init=Path("earlier"), object_steps=0)
    assert (only.init, only.init_rate, only.settings["object_steps"]) == (Path("earlier"), 0.5, 0)
    (only,) = rounds(TWICE, init=Path("earlier"), init_rate=0.7)
    assert only.init_rate == 0.7


def test_a_round_is_chosen_by_number():
    both = rounds(TWICE)
    assert chosen_round(both, 2) is both[1] and chosen_round(both[:1], None) is both[0]
    with pytest.raises(TrainingError, match="2 rounds: say with --round of which"):
        chosen_round(both, None)
    for number in (0, 3):
        with pytest.raises(TrainingError, match=f"--round is {number}, but the rounds are 1 to 2"):
            chosen_round(both, number)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rooms": 0}, "must be at least 1"),
        ({"careful_rooms": -1}, "--careful-rooms is -1, expected 0 or more"),
        ({"object_steps": -1}, "steps must be at least 1"),
        ({"init_rate": 1.5}, "--init-rate is 1.5"),
        ({"seed": -1}, "--seed is -1: seeds of training rooms lie from 0 to 8000000"),
        ({"seed": 7_999_998, "careful_rooms": 0}, "--seed is 7999998"),
        ({"seed": 1_000_000}, "with careful rooms to 1000000"),
    ],
)
def test_every_round_is_checked_before_the_first_begins(wrong, message):
    with pytest.raises(TrainingError, match=message):
        rounds({**SHARED, "rounds": [FIRST, {**SECOND, **wrong}]})
