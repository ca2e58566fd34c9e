"""One question to one model: what is encoded, shown, said and masked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from made_data import a_scene, samples_of
from published_model import OBJECTS, a_base_model, a_reference

from omd3d_ros.evaluation.prepared.answerer import Answerer, ModelAnswer
from omd3d_ros.evaluation.prepared.questions import Question
from omd3d_ros.language.generation import Generated
from omd3d_ros.language.identifiers import identifiers
from omd3d_ros.language.mask_decoder import MaskPredictions
from omd3d_ros.perception.finding import voxel_inputs
from omd3d_ros.types import PointCloud


@pytest.fixture
def model(tmp_path) -> tuple[Any, Any]:
    """With the original's rule, by which every answer has a mask."""
    model, processor = a_reference(a_base_model(tmp_path))
    model.config.evaluation_as_published = processor.config.evaluation_as_published = True
    return model, processor


def questions(*tasks: str) -> list[Question]:
    return [Question(task, i, s) for task in tasks for i, s in enumerate(samples_of("made_a")[task])]


def test_superpoints_without_features_are_encoded_once(model, monkeypatch) -> None:
    own, processor = model
    bare = a_scene("made_a", superpoint_features=False)
    coords, feats = voxel_inputs(PointCloud(bare.points.numpy(), bare.colors.numpy()))
    with torch.inference_mode():
        features = own.encoder(coords, feats, bare.superpoints, 10)
    encoded, read = [], []
    forward, segment = own.encoder.forward, own.segment
    monkeypatch.setattr(own.encoder, "forward", lambda *a: (encoded.append(a), forward(*a))[1])
    monkeypatch.setattr(own, "segment", lambda states, given: (read.append(given), segment(states, given))[1])
    answerer = Answerer(own, processor)
    asked = questions("scanrefer", "scanqa", "multi3dref")
    for question in asked:
        answerer.answer(question, bare)
    assert len(encoded) == 1
    assert len(read) == len(asked) and all(torch.equal(given, features) for given in read)


def test_a_mask_is_what_any_seg_makes_likely(model, monkeypatch) -> None:
    """Two [SEG]: the superpoints whose probability is at least a half under one of them."""
    own, processor = model
    logits = torch.full((2, 1, 10), -1.0)
    logits[0, 0, 2], logits[1, 0, 7], logits[1, 0, 8] = 3.0, 0.0, -0.01
    monkeypatch.setattr(own, "segment", lambda *_: MaskPredictions([torch.ones(2, 1, 10), logits], []))
    assert Answerer(own, processor).answer(questions("scanrefer")[0], a_scene("made_a")).mask == [2, 7]


def test_shuffled_identifiers_name_the_objects_that_they_are_shown_with(model, monkeypatch) -> None:
    """A model that names what stands in each slot names the same objects, whatever the order."""
    own, processor = model
    scene = a_scene("made_a")
    shown = []

    def echo(tokens, question, model, processor):
        shown.append(tokens)
        order = tokens.boxes[:, 0].argsort(descending=True)  # proposal k is the k-th from the right
        return Generated([model.first_object_id + int(slot) for slot in tokens.slots[order]], {}, [], [])

    monkeypatch.setattr("omd3d_ros.evaluation.prepared.answerer.generate", echo)
    for seed in (None, 1, 2):
        answer = Answerer(own, processor, seed).answer(questions("scanrefer")[0], scene)
        assert identifiers(answer.text) == [0, 1, 2, 3]
    assert shown[0].slots.tolist() == [0, 1, 2, 3]
    assert len({tuple(tokens.boxes[:, 0].tolist()) for tokens in shown}) == 3


def test_an_object_beyond_the_identifiers_can_not_be_asked_about(model) -> None:
    sample = replace(questions("scan2cap")[0].sample, prompt=f"what is <OBJ{OBJECTS:03}> ?")
    answer = Answerer(*model).answer(Question("scan2cap", 0, sample), a_scene("made_a"))
    assert answer == ModelAnswer("", [])


def test_a_scene_without_proposals(model) -> None:
    scene = a_scene("made_a")
    names = ("proposal_masks", "proposal_boxes", "point_features", "image_features")
    empty = replace(scene, proposal_labels=[], **{name: getattr(scene, name)[:0] for name in names})
    assert isinstance(Answerer(*model).answer(questions("scanrefer")[0], empty).text, str)


def test_seg_is_not_in_the_text(model, monkeypatch) -> None:
    own, processor = model
    said = [processor.seg_id, own.first_object_id + 2, *processor.answer(".").tolist()]
    monkeypatch.setattr("omd3d_ros.evaluation.prepared.answerer.generate", lambda *_: Generated(said, {}, [], []))
    for published in (True, False):
        own.config.evaluation_as_published = published
        assert Answerer(own, processor).answer(questions("scanrefer")[0], a_scene("made_a")).text == "<OBJ002>."
