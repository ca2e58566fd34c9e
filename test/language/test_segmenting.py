"""Masks on the cloud: drawn over all superpoints or some objects' alone, and their points."""

from __future__ import annotations

import numpy as np
import torch
from program_scene import a_scene
from tiny_model import tiny_program_model

from omd3d_ros.language.mask_decoder import MaskPredictions
from omd3d_ros.language.segmenting import corrected, on_points, segmentation
from omd3d_ros.types import Instance


def test_of_some_objects_only_their_superpoints_are_looked_at(monkeypatch):
    model, _ = tiny_program_model()
    scene, looked_at = a_scene(model), []

    def certain(states, features):
        looked_at.append(features.numpy())
        return MaskPredictions([torch.full((len(states), 1, len(features)), 9.0)], [])

    monkeypatch.setattr(model, "segment", certain)
    states = [torch.zeros(8), torch.zeros(8)]
    assert (segmentation(scene, states, model) > 0.9).all()
    assert ((segmentation(scene, states, model, np.array([0, 2])) > 0.9) == [[True, False, True]] * 2).all()
    assert len(looked_at[0]) == 3 and (looked_at[1] == scene.superpoint_features[[0, 2]]).all()


def test_points_of_superpoints_are_those_that_a_mask_has():
    scene = a_scene(tiny_program_model()[0])
    got = on_points(scene, np.array([True, False, True]), "OBJ000", "chair", 0.5)
    expected = Instance.from_mask("OBJ000", "chair", 0.5, scene.superpoints != 1, scene.cloud.xyz)
    assert got is not None and (got.mask == expected.mask).all()
    assert (got.center == expected.center).all() and (got.size == expected.size).all()
    assert on_points(scene, np.zeros(3, bool), "OBJ000", "chair", 0.5) is None


def test_a_decoder_takes_away_but_does_not_reach_beyond_the_proposal():
    scene = a_scene(tiny_program_model()[0])
    scene.object_masks = np.array([[0.7, 0.6, 0.1]] * 3, np.float32)
    assert np.unique(scene.superpoints[corrected(scene, 0, np.array([0.9, 0.1, 1.0])).mask]).tolist() == [0]
    assert corrected(scene, 0, np.zeros(3)) is scene.instances[0], "nothing would be left"
