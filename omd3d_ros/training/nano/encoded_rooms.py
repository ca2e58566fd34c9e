"""Rooms as the frozen scene encoder sees them: objects for the language model, with the truth about each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...datasets.room_samples import RoomSample
from ...language.prompt import SceneTokens
from ...language.scene_reading import scene_tokens
from ...models.openmaskdino3d import OpenMaskDINO3DModel
from ...perception.scene import build_scene
from ...types import Scene

MIN_MATCH = 0.4


@dataclass
class EncodedRoom:
    """A scene and its truth.

    tokens: of its K objects; superpoint_features (M, C); match: true object id -> object, where one covers it; masks
    (K, M) bool: the superpoints of the true object that each object covers, none where it covers none; queries: what is
    asked of the room, in the training split.
    """

    tokens: SceneTokens
    superpoint_features: torch.Tensor
    match: dict[int, int]
    masks: torch.Tensor
    queries: list[dict]


def encode_room(sample: RoomSample, model: OpenMaskDINO3DModel) -> EncodedRoom:
    """Find the objects of a room with the model's encoder and segmentor, and match them to the true ones."""
    cloud, prepared = sample.prepared()
    scene = build_scene(cloud, prepared, model)
    match = match_proposals(scene, sample)
    k, m = len(scene.instances), len(sample.owner)
    masks = torch.zeros(k, m, dtype=torch.bool)
    for g, chosen in match.items():
        masks[chosen] = sample.owner == g
    features = torch.from_numpy(scene.superpoint_features)
    return EncodedRoom(scene_tokens(scene), features, match, masks, sample.queries.get("train", []))


def match_proposals(scene: Scene, sample: RoomSample) -> dict[int, int]:
    """True object id -> index of the proposal that covers it best, where their mask IoU reaches 0.4."""
    return match_masks(scene.object_masks, sample)


def match_masks(probabilities: np.ndarray, sample: RoomSample) -> dict[int, int]:
    """The same for masks (K, M), probabilities of the room's superpoints."""
    if len(probabilities) == 0:
        return {}
    counts = sample.inputs.counts.numpy()
    owner = sample.owner.numpy()
    masks = (probabilities > 0.5).astype(np.float32) * counts
    match: dict[int, int] = {}
    for g in sample.objects:
        true = owner == g
        both = masks @ true.astype(np.float32)
        iou = both / np.maximum(masks.sum(1) + counts[true].sum() - both, 1)
        if iou.max() >= MIN_MATCH:
            match[g] = int(iou.argmax())
    return match
