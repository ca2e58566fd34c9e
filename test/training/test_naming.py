"""Training of the name matcher: on few categories it learns their names, and what is none."""

import numpy as np
import pytest

from omd3d_ros.datasets.rooms.lexicon import NAMES, held_out, singular
from omd3d_ros.models.text_encoder import TextEncoder
from omd3d_ros.training.naming import baseline_scores, scores, set_scores, train_naming
from omd3d_ros.training.naming_phrases import Meaning, said, vocabulary

FEW = ("chair", "armchair", "refrigerator", "lamp", "object")


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.from_pretrained()


def test_a_shared_name_means_all_that_it_may_mean() -> None:
    (seat,) = [m for m in vocabulary(FEW) if m.phrase == "chair"]
    assert seat.target.tolist() == pytest.approx([1.0, 0.4, 0.0, 0.0, 0.0])


def test_things_of_no_name_are_an_object_with_little_confidence() -> None:
    (drone,) = [m for m in vocabulary(FEW) if m.phrase == "drone"]
    assert drone.target.tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.3])


def test_held_out_words_are_marked() -> None:
    marked = {m.phrase for m in vocabulary(tuple(NAMES)) if m.kind == "name" and m.held_out}
    assert marked == {singular(w) for n in NAMES.values() for w in n[1:] if held_out(w)}


def test_a_phrase_is_said_in_many_ways() -> None:
    (lamp,) = [m for m in vocabulary(FEW) if m.phrase == "lamp"]
    spoken = said(np.random.default_rng(0), lamp, 20)
    assert spoken[:2] == ["lamp", "lamps"] and len(set(spoken)) > 15
    assert sum("lamp" in phrase for phrase in spoken) > 15  # the others are mistyped there


def test_scores_leave_out_what_a_name_may_also_mean() -> None:
    meaning = Meaning("chair", "chairs", np.array([1.0, 0.4, 0.0]), "name", False)
    found = np.array([[0.9, 0.8, 0.1], [0.9, 0.8, 0.7], [0.2, 0.1, 0.6]])
    f1, top = set_scores(found, found > 0.5, [meaning] * 3)
    assert f1 == pytest.approx((1 + 2 / 3 + 0) / 3) and top == pytest.approx(2 / 3)


def test_training_learns_names_and_what_is_none(encoder) -> None:
    known = [m for m in vocabulary(FEW) if m.kind == "name" and not m.held_out]
    matcher = train_naming(FEW, seed=0, steps=200, encoder=encoder, variants=1)
    assert scores(matcher, known)[0] > 0.8
    assert baseline_scores(encoder, FEW, known)[0] > 0.9
    found = matcher.membership(["the old fridge", "stuff", "capital of France"])
    assert found[0].argmax() == 2 and found[1].min() > 0.5 and found[2].max() < 0.5
