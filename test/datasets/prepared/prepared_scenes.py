"""A small scene by hand, and functions that make it in other processes."""

from __future__ import annotations

import errno

import torch

from omd3d_ros.datasets.prepared import PreparedScene

SEED = {"a": 0, "b": 1, "c": 2}


def small_scene(scene_id: str = "a") -> PreparedScene:
    """Three cubes of 1 m in a row at x = 0, 2 and 4, a superpoint of two opposite corners each.

    Object 7 is the first cube and object 3 the second.  Proposal 0 is the second cube, proposal 1 the first but 10 cm
    shorter along x (box IoU 0.9), proposal 2 the third, which is no object.
    """
    low = torch.tensor([[0.0, 0, 0], [2, 0, 0], [4, 0, 0]])
    points = torch.stack([low, low + 1], 1).flatten(0, 1)
    generator = torch.Generator().manual_seed(SEED.get(scene_id, 3))
    return PreparedScene(
        scene_id=scene_id,
        points=points,
        colors=torch.randint(256, (6, 3), generator=generator, dtype=torch.uint8),
        superpoints=torch.tensor([0, 0, 1, 1, 2, 2]),
        proposal_masks=torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=torch.bool),
        proposal_boxes=torch.tensor([[2.5, 0.5, 0.5, 1, 1, 1], [0.45, 0.5, 0.5, 0.9, 1, 1], [4.5, 0.5, 0.5, 1, 1, 1]]),
        proposal_labels=["table", "chair", "object"],
        point_features=torch.rand(3, 5, generator=generator),
        image_features=torch.zeros(3, 4),
        object_ids=torch.tensor([7, 3]),
        object_masks=torch.tensor([[1, 0, 0], [0, 1, 0]], dtype=torch.bool),
        object_boxes=torch.tensor([[0.5, 0.5, 0.5, 1, 1, 1], [2.5, 0.5, 0.5, 1, 1, 1]]),
        object_labels=["chair", "table"],
    )


def scene_unless_bad(scene_id: str) -> PreparedScene:
    if scene_id == "bad":
        raise ValueError("the scan has no vertices")
    return small_scene(scene_id)


def scene_until_disk_is_full(scene_id: str) -> PreparedScene:
    if scene_id == "c":
        raise OSError(errno.ENOSPC, "No space left on device")
    return small_scene(scene_id)


def with_other_features(scene_id: str) -> PreparedScene:
    scene = small_scene(scene_id)
    if scene_id == "b":
        scene.point_features = torch.zeros(3, 6)
    return scene
