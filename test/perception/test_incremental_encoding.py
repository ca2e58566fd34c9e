"""Encoding some superpoints against the encoder and the proposal head that encode all."""

import numpy as np
import pytest
import torch
from tiny_model import tiny_model

from omd3d_ros.perception.incremental_encoding import Encoded
from omd3d_ros.perception.superpoint_inputs import SuperpointInputs, superpoint_inputs
from omd3d_ros.types import PointCloud

FIELDS = ("points", "statistics", "boxes", "counts")
NOBODY = torch.empty(0, dtype=torch.long)


@pytest.fixture
def model():
    return tiny_model()[0]


def inputs_of(m, seed=0):
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(m), 30).astype(np.int32)
    xyz = rng.uniform(-1, 1, (m, 3))[owner] + rng.normal(0, 0.05, (len(owner), 3))
    return superpoint_inputs(PointCloud(xyz, rng.integers(0, 256, xyz.shape), rng.normal(size=xyz.shape)), owner)


def some(inputs, chosen):
    return SuperpointInputs(*(getattr(inputs, f)[chosen] for f in FIELDS))


def joined(*inputs):
    return SuperpointInputs(*(torch.cat([getattr(i, f) for i in inputs]) for f in FIELDS))


def all_new(m):
    return torch.full((m,), -1)


def encoded_all(model, inputs):
    encoded = Encoded(model.encoder, model.segmentor)
    encoded.leave(all_new(len(inputs.counts)))
    encoded.encode(encoded.enter(inputs), NOBODY)
    return encoded


@torch.inference_mode()
def assert_like_a_full_encode(encoded, model, inputs, rows=slice(None)):
    """Superpoints ``rows`` of all, of which inputs are given."""
    features, pair = model.encoder(inputs)
    masks, classes, objectness = model.segmentor(features, pair)
    slots = encoded.slots
    for ours, theirs in (
        (encoded.features[slots], features),
        (encoded.mask_logits[slots][:, slots], masks),
        (encoded.class_logits[slots], classes),
        (encoded.objectness[slots], objectness),
    ):
        torch.testing.assert_close(ours[rows], theirs[rows], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("quality", [None, {"hidden": 4}])
def test_all_superpoints_as_the_encoder_does(quality):
    model, inputs = tiny_model(proposal_quality=quality)[0], inputs_of(20)
    encoded = encoded_all(model, inputs)
    assert_like_a_full_encode(encoded, model, inputs)
    ours, theirs = encoded.proposals(100, model.proposal_quality), model.propose(inputs)[1]
    torch.testing.assert_close(ours.masks, theirs.masks, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.scores, theirs.scores, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_in_a_context_that_did_not_change_some_are_encoded_as_all_are(model):
    inputs = inputs_of(20)
    encoded = encoded_all(model, inputs)
    rows = encoded.slots[[3, 11, 4]]
    others = encoded.slots[[i for i in range(20) if i not in (3, 11, 4)]]
    for values in (encoded.features, encoded.class_logits, encoded.objectness):
        values[rows] = 9.0
    encoded.mask_logits[rows], encoded.mask_logits[:, rows] = 9.0, 9.0
    encoded.encode(rows, NOBODY)
    assert_like_a_full_encode(encoded, model, inputs, [3, 11, 4])
    encoded.encode(rows, others)
    assert_like_a_full_encode(encoded, model, inputs)


def test_superpoints_that_come_take_the_slots_of_those_that_went(model):
    first = inputs_of(6)
    encoded = encoded_all(model, first)
    slots = encoded.slots.clone()
    freed, _ = encoded.leave(torch.tensor([4, -1, 0, 5, -1]))
    assert sorted(freed.tolist()) == sorted(slots[[1, 2, 3]].tolist())
    fresh = encoded.enter(some(inputs_of(9, seed=1), [7, 8]))
    assert encoded.slots[[0, 2, 3]].tolist() == slots[[4, 0, 5]].tolist()
    assert encoded.slots[[1, 4]].tolist() == fresh.tolist() and set(fresh.tolist()) < set(freed.tolist())
    assert (encoded.mask_logits[encoded.slots][:, fresh].sigmoid() < 1e-6).all()


def test_after_some_came_and_went_all_encoded_again_are_as_from_scratch(model):
    first, second = inputs_of(6), inputs_of(9, seed=1)
    encoded = encoded_all(model, first)
    encoded.leave(torch.tensor([4, -1, 0, -1, 5, -1, -1, -1]))
    encoded.enter(some(second, [0, 1, 2, 3, 4]))
    now = joined(*(some(first, [4]), some(second, [0]), some(first, [0]), some(second, [1])))
    now = joined(now, some(first, [5]), some(second, [2, 3, 4]))
    encoded.encode(encoded.slots, NOBODY)
    assert_like_a_full_encode(encoded, model, now)
    encoded.leave(torch.tensor([0, 1, 2, 4, 7]))
    encoded.enter(some(second, []))
    encoded.encode(encoded.slots, NOBODY)
    assert_like_a_full_encode(encoded, model, some(now, [0, 1, 2, 4, 7]))


def test_a_proposal_that_loses_a_part_is_named(model):
    encoded = encoded_all(model, inputs_of(4))
    with torch.inference_mode():
        encoded.mask_logits[:] = -5.0
        encoded.mask_logits[encoded.slots[2], encoded.slots[1]] = 5.0
    _, bereft = encoded.leave(torch.tensor([0, 2, 3]))
    assert bereft.tolist() == [encoded.slots[1]]


def test_near_are_those_whose_boxes_are(model):
    inputs = inputs_of(30)
    encoded = encoded_all(model, inputs)
    boxes = inputs.boxes.numpy()
    low, high = boxes[:, :3] - boxes[:, 3:] / 2, boxes[:, :3] + boxes[:, 3:] / 2
    apart = np.linalg.norm(np.maximum(0, np.maximum(low[4] - high, low - high[4])), axis=1)
    near = encoded.near(inputs.boxes[4:5], 0.5)[encoded.slots].numpy()
    np.testing.assert_array_equal(near, apart <= 0.5)
    assert 1 < near.sum() < 30
