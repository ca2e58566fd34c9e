"""Encoding some superpoints against the encoder and the proposal head that encode all."""

import numpy as np
import pytest
import torch
from tiny_model import tiny_model

from omd3d_ros.perception.incremental_encoding import INPUT_FIELDS, Encoded, encode_rows, propose_others
from omd3d_ros.perception.superpoint_inputs import SuperpointInputs, superpoint_inputs
from omd3d_ros.types import PointCloud


@pytest.fixture
def model():
    return tiny_model()[0]


def inputs_of(m, seed=0):
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(m), 30).astype(np.int32)
    xyz = rng.uniform(-1, 1, (m, 3))[owner] + rng.normal(0, 0.05, (len(owner), 3))
    return superpoint_inputs(PointCloud(xyz, rng.integers(0, 256, xyz.shape), rng.normal(size=xyz.shape)), owner)


def some(inputs, chosen):
    return SuperpointInputs(*(getattr(inputs, f)[chosen] for f in INPUT_FIELDS))


def encoded_all(model, inputs):
    encoded = Encoded.nothing(model.encoder, model.segmentor, inputs)
    encode_rows(model.encoder, model.segmentor, encoded, torch.arange(len(encoded)))
    return encoded


@torch.inference_mode()
def assert_like_a_full_encode(encoded, model, rows=slice(None)):
    features, pair = model.encoder(encoded.inputs)
    masks, classes, objectness = model.segmentor(features, pair)
    for ours, theirs in (
        (encoded.features, features),
        (encoded.mask_logits, masks),
        (encoded.class_logits, classes),
        (encoded.objectness, objectness),
    ):
        torch.testing.assert_close(ours[rows], theirs[rows], atol=1e-4, rtol=1e-4)


def test_all_superpoints_as_the_encoder_does(model):
    assert_like_a_full_encode(encoded_all(model, inputs_of(20)), model)


@torch.inference_mode()
def test_in_a_context_that_did_not_change_some_are_encoded_as_all_are(model):
    encoded = encoded_all(model, inputs_of(20))
    rows = torch.tensor([3, 11, 4])
    for values in (encoded.features, encoded.class_logits, encoded.objectness):
        values[rows] = 9.0
    encoded.mask_logits[rows], encoded.mask_logits[:, rows] = 9.0, 9.0
    encode_rows(model.encoder, model.segmentor, encoded, rows)
    assert_like_a_full_encode(encoded, model, rows)
    others = torch.tensor([i for i in range(20) if i not in (3, 11, 4)])
    propose_others(model.encoder, model.segmentor, encoded, others, rows)
    assert_like_a_full_encode(encoded, model)


def test_what_stays_is_moved_to_its_new_place_and_what_is_new_is_nothing_yet(model):
    before = encoded_all(model, inputs_of(6))
    added = some(inputs_of(9, seed=1), [7, 8])
    old = torch.tensor([4, -1, 0, 5, -1])
    now = before.taken(old, model.encoder, added)
    kept, new = torch.tensor([0, 2, 3]), torch.tensor([1, 4])
    for name in ("embedded", "features", "keys_values", "class_logits", "objectness"):
        assert torch.equal(getattr(now, name)[kept], getattr(before, name)[old[kept]])
    assert torch.equal(now.mask_logits[kept][:, kept], before.mask_logits[old[kept]][:, old[kept]])
    assert (now.mask_logits[:, new].sigmoid() < 1e-6).all() and (now.mask_logits[new].sigmoid() < 1e-6).all()
    for name in INPUT_FIELDS:
        assert torch.equal(getattr(now.inputs, name)[new], getattr(added, name))
        assert torch.equal(getattr(now.inputs, name)[kept], getattr(before.inputs, name)[old[kept]])
    encode_rows(model.encoder, model.segmentor, now, torch.arange(5))
    assert_like_a_full_encode(now, model)
