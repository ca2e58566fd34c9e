"""What a scene is built from, and a scene, as the words and arrays that two processes exchange."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..perception.scene import Views
from ..types import Instance, PointCloud, Scene
from .array_channel import Message
from .scene_keeper import SceneMaterial

_CLOUD = ("xyz", "rgb", "normals", "confidence")
_VIEWS = ("up", "forward")
_SCENE = ("superpoints", "superpoint_features", "object_masks", "object_features", "object_boxes", "T_aligned_world")
_OBJECT = ("mask", "center", "size")


def material_message(material: SceneMaterial) -> Message:
    """Of a map: keyframes and instances of other programs are not told."""
    assert material.views is not None
    parts = {name: getattr(material.cloud, name) for name in _CLOUD}
    parts |= {name: getattr(material.views, name) for name in _VIEWS}
    words = {name: getattr(material, name) for name in ("version", "stamp", "map_number", "voxel_size")}
    return words, {name: np.asarray(array) for name, array in parts.items() if array is not None}


def material_of(message: Message) -> SceneMaterial:
    words, arrays = message
    cloud = PointCloud(**{name: arrays[name] for name in _CLOUD if name in arrays})
    return SceneMaterial(cloud, views=Views(**{name: arrays.get(name) for name in _VIEWS}), **words)


def scene_message(scene: Scene) -> Message:
    """All but the cloud, which the one that asked for the scene has."""
    found = scene.instances
    words: dict[str, Any] = {"stamp": scene.stamp, "instances": [[i.id, i.label, float(i.score)] for i in found]}
    arrays = {name: getattr(scene, name) for name in _SCENE}
    if found:
        arrays |= {name: np.stack([getattr(i, name) for i in found]) for name in _OBJECT}
    return words, arrays


def scene_of(message: Message, cloud: PointCloud) -> Scene:
    words, arrays = message
    instances = [
        Instance(*named, **{name: arrays[name][k] for name in _OBJECT}) for k, named in enumerate(words["instances"])
    ]
    return Scene(cloud, instances=instances, stamp=words["stamp"], **{name: arrays[name] for name in _SCENE})
