"""A closer look at what was found: at all objects of a cloud, and at those alone that changed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from changing_room import a_room
from tiny_model import tiny_model

from omd3d_ros.perception.external_instances import ExternalInstances
from omd3d_ros.perception.finding import find_objects
from omd3d_ros.perception.incremental import SceneUpdater
from omd3d_ros.perception.object_opinions import look_closer
from omd3d_ros.perception.scene import build_scene, prepare_cloud
from omd3d_ros.types import PointCloud


@pytest.fixture(scope="module")
def model():
    return tiny_model(segmentor={"type": "geometric"}, object_classifier={"width": 16, "layers": 1, "context": 1})[0]


@pytest.fixture(scope="module")
def nano():
    """Random features; every superpoint is sure of an object."""
    model, _ = tiny_model(object_classifier={"width": 16, "layers": 1, "context": 1})
    with torch.no_grad():
        model.segmentor.objectness.bias.fill_(3.0)
        model.segmentor.pair.bias.fill_(0.5)
    return model


def looks(model, monkeypatch) -> list[int]:
    """How many objects the classifier reads each time."""
    counts: list[int] = []
    states = model.object_classifier.states
    monkeypatch.setattr(model.object_classifier, "states", lambda o: (counts.append(len(o)), states(o))[1])
    return counts


def test_attributes_stand_behind_the_other_features(model):
    cloud = a_room(0).cloud()
    scene = build_scene(cloud, prepare_cloud(cloud), model)
    attributes = scene.object_features[:, model.attribute_columns]
    assert len(scene.instances) > 1 and scene.object_features.shape[1] == model.object_tokens.channels[0]
    np.testing.assert_allclose(attributes.sum(1), 3, atol=1e-5)


def test_names_are_those_of_both_opinions(nano):
    prepared = prepare_cloud(a_room(0).cloud())
    found = find_objects(prepared, nano)
    closer = look_closer(found, prepared.aligned, prepared.superpoints, nano)
    assert len(found.proposals.scores) and closer.attributes.shape == (len(found.proposals.scores), 24)
    assert not torch.allclose(closer.proposals.class_logits, found.proposals.class_logits)
    torch.testing.assert_close(closer.proposals.masks, found.proposals.masks)


def test_names_of_another_program_stay(model):
    cloud = a_room(0).cloud()
    prepared = prepare_cloud(cloud)
    instances = ExternalInstances(np.ones((1, len(cloud)), bool), ["spaceship"], np.ones(1))
    found = find_objects(prepared, model, instances)
    closer = look_closer(found, prepared.aligned, prepared.superpoints, model)
    assert torch.equal(closer.proposals.class_logits, found.proposals.class_logits) and list(closer.names) == [
        "spaceship"
    ]


def test_only_what_changed_is_looked_at_again(model, monkeypatch):
    counts = looks(model, monkeypatch)
    cloud = a_room(0).cloud()
    updater = SceneUpdater(model)
    first = updater.update(cloud)
    again = updater.update(cloud)
    assert counts == [len(first.instances)]
    np.testing.assert_array_equal(again.object_features, first.object_features)
    keep = np.arange(len(cloud)) >= 40  # a few points fewer somewhere
    fewer = updater.update(PointCloud(cloud.xyz[keep], cloud.rgb[keep], cloud.normals[keep]))
    assert len(counts) <= 2 and sum(counts[1:]) < len(fewer.instances)
    updater.reset()
    updater.update(cloud)
    assert counts[-1] == len(first.instances)
