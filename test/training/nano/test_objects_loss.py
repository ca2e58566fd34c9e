"""The loss over whole scenes: it reaches all that it trains, and knows masks when they are right."""

from __future__ import annotations

import pytest
import torch
from tiny_model import tiny_program_model

from omd3d_ros.language.prompt import SceneTokens
from omd3d_ros.training.nano.encoded_rooms import EncodedRoom
from omd3d_ros.training.nano.objects_loss import RoomExercises, room_loss
from omd3d_ros.training.nano.programs import exercises

QUERIES = [
    {"query": "where is the red chair?", "program": ["where", "color:red", "noun", 17, 22], "target_ids": [7]},
    {
        "query": "the chairs and the table",
        "program": ["all", "or", "noun", 4, 10, "noun", 19, 24],
        "target_ids": [7, 9],
    },
    {"query": "who are you?", "program": ["unknown"], "target_ids": []},
]
PARTS = ("question_reader", "language_model", "object_tokens", "text_hidden_fcs", "mask_decoder")


def a_room(model) -> EncodedRoom:
    """Four objects of six superpoints, two of which are true ones."""
    g = torch.Generator().manual_seed(0)
    features = torch.randn(4, sum(model.object_tokens.channels), generator=g)
    masks = torch.zeros(4, 6, dtype=torch.bool)
    masks[1, :2] = masks[3, 2:4] = True
    return EncodedRoom(
        SceneTokens(features, torch.rand(4, 6, generator=g) + 0.1, torch.arange(4)),
        torch.randn(6, 32, generator=g), {7: 1, 9: 3}, masks, QUERIES,
    )  # fmt: skip


def made():
    model, processor = tiny_program_model()
    room = a_room(model)
    found = [[room.match[t] for t in q["target_ids"]] for q in QUERIES]
    return model, processor, RoomExercises(room, exercises(QUERIES, processor), found)


def test_it_reaches_all_parts_that_are_trained():
    model, processor, room = made()
    loss, logged = room_loss(model, processor, [room, room], 4, torch.Generator().manual_seed(0))
    loss.backward()
    for part in PARTS:
        gradients = [p.grad for p in getattr(model, part).parameters()]
        reached = [g is not None and bool(g.abs().sum() > 0) for g in gradients]
        assert sum(reached) > 0.7 * len(reached), part
    assert all(
        p.grad is None for part in ("encoder", "segmentor", "name_matcher") for p in getattr(model, part).parameters()
    )
    assert logged.keys() == {"program", "right", "mask"} and all(v >= 0 for v in logged.values())
    assert float(loss.detach()) == pytest.approx(logged["program"] + 0.5 * logged["mask"], rel=1e-4)


def test_each_mask_is_asked_for_at_the_seg_of_its_object(monkeypatch):
    """States of [SEG] and true masks come in the same order, whatever the order in which objects are named."""
    model, processor, room = made()
    seen = {}
    forward, segment = model.forward, model.segment

    def run(scenes, before, after, questions, **kwargs):
        seen["texts"] = questions
        seen["out"] = forward(scenes, before, after, questions, **kwargs)
        return seen["out"]

    def masks_of(states, features):
        seen["states"] = states
        return segment(states, features)

    monkeypatch.setattr(model, "forward", run)
    monkeypatch.setattr(model, "segment", masks_of)
    room_loss(model, processor, [room], 3, torch.Generator().manual_seed(1))
    hidden, layout = seen["out"].hidden[0], seen["out"].layouts[0]
    at = int((layout.segment == 0).sum())
    expected = []
    for text in seen["texts"][0]:
        ids = at + len(text.states) + torch.nonzero(text.ids == processor.seg_id)[:, 0]
        expected += [hidden[i] for i in ids.tolist()]
        at += len(text)
    torch.testing.assert_close(seen["states"], torch.stack(expected))
