"""Synthetic rooms as prepared data: through the same map, superpoints and proposals as the node's.

A preset whose model is there (such as ``nano``) finds and describes the objects.  For one whose weights are not, the
geometric segmentor finds them and they are described by statistics of their shape and colour (``statistics``), in
vectors of the sizes that the preset names; superpoint features are then left to the training's own frozen encoder.
Cached rooms hold no pictures, so image features of a model that looks at pictures are zeros.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...models.presets import Preset, load_preset
from ...perception.geometric import geometric_proposals
from ...perception.scene import PreparedCloud, build_scene
from ...types import PointCloud
from .. import room_samples
from ..rooms.variants import VALIDATION_SEED
from .layout import PreparedDataError, file_record
from .matching import MIN_IOU
from .nouns import PreparedScene
from .preparation import Plan
from .room_language import TASKS, collect_room
from .statistics import statistic_features
from .superpoint_masks import mask_boxes

if TYPE_CHECKING:
    from ...models.openmaskdino3d import OpenMaskDINO3DModel

_QUERIES = 64
_RECIPE = 1  # raise it with every change here that makes other scenes of the same rooms
_PREFIX = "room-"


@dataclass(frozen=True)
class RoomPlan:
    """seeds: of the training rooms; validation: how many held-out rooms; cache: folder of the rendered rooms;
    device: where a model runs, None for the GPU if there is one."""

    seeds: range
    validation: int
    preset: str
    cache: Path
    tags: tuple[str, ...] = TASKS
    min_iou: float = MIN_IOU
    device: str | None = None

    def plan(self) -> Plan:
        """Raises ValueError for impossible numbers, an unknown preset or one that can't describe objects."""
        if len(self.seeds) + self.validation < 1 or self.seeds.start < 0 or self.validation < 0:
            raise ValueError("prepare at least one room, with seeds from 0")
        if len(self.seeds) and self.seeds[-1] >= VALIDATION_SEED:
            raise ValueError(f"seeds of training rooms lie below {VALIDATION_SEED}, where validation rooms begin")
        room_samples.scan_rooms(self.cache, [])  # refuses a cache of another version
        preset = load_preset(self.preset)
        scenes = {"recipe": _RECIPE, "rooms": room_samples.RECIPE, **_description(preset)}
        samples = {
            "seed": self.seeds.start, "count": len(self.seeds), "validation": self.validation,
            "tags": list(self.tags), "min_iou": self.min_iou,
        }  # fmt: skip
        seeds = [*self.seeds, *range(VALIDATION_SEED, VALIDATION_SEED + self.validation)]
        return Plan(
            "rooms",
            {"scenes": scenes, "samples": samples},
            [f"{_PREFIX}{seed:07d}" for seed in seeds],
            partial(room_scene, self.cache, self.preset, self.device),
            partial(_collect, self.cache, self.tags),
            self.min_iou,
        )


def room_scene(cache: Path, preset: str, device: str | None, scene_id: str) -> PreparedScene:
    """The scene of ``room-SSSSSSS``, rendered first if the cache lacks it."""
    sample = room_samples.room_sample(cache, _seed(scene_id), _QUERIES)
    cloud, prepared = sample.prepared()
    known = _model(preset, device)
    found = _by_statistics(cloud, prepared, load_preset(preset)) if known is None else _by_model(cloud, prepared, known)
    ids = sorted(sample.objects)
    masks = sample.owner[None] == torch.tensor(ids, dtype=torch.int64)[:, None]
    superpoints = torch.from_numpy(prepared.superpoints.astype(np.int64))
    return PreparedScene(
        scene_id=scene_id,
        points=torch.from_numpy(cloud.xyz),
        colors=torch.from_numpy(cloud.rgb),
        superpoints=superpoints,
        object_ids=torch.tensor(ids, dtype=torch.int64),
        object_masks=masks,
        object_boxes=torch.from_numpy(mask_boxes(cloud.xyz, masks.numpy()[:, superpoints.numpy()])),
        object_labels=[sample.objects[i] for i in ids],
        **found,
    )


def _by_model(cloud: PointCloud, prepared: PreparedCloud, model: OpenMaskDINO3DModel) -> dict[str, Any]:
    """The proposals' part of a scene, by the model's own segmentor and encoders."""
    scene = build_scene(cloud, prepared, model)
    point, image = torch.from_numpy(scene.object_features).split(model.object_tokens.channels, 1)
    features = torch.from_numpy(scene.superpoint_features)
    return {
        "proposal_masks": torch.from_numpy(scene.object_masks > 0.5),
        "proposal_boxes": torch.from_numpy(scene.object_boxes),
        "proposal_labels": [instance.label for instance in scene.instances],
        "point_features": point,
        "image_features": image,
        "superpoint_features": features if features.shape[1] else None,
    }


def _by_statistics(cloud: PointCloud, prepared: PreparedCloud, preset: Preset) -> dict[str, Any]:
    """The proposals' part of a scene, without a network."""
    channels = preset.model["object_features"]
    found = geometric_proposals(cloud, prepared.superpoints, preset.model.get("max_objects", 100))
    masks = (found.masks > 0.5).numpy()
    on_points = masks[:, prepared.superpoints]
    point, image = statistic_features(cloud, on_points, channels["point_channels"], channels.get("image_channels", 0))
    return {
        "proposal_masks": torch.from_numpy(masks),
        "proposal_boxes": torch.from_numpy(mask_boxes(cloud.xyz, on_points)),
        "proposal_labels": ["object"] * len(masks),
        "point_features": torch.from_numpy(point),
        "image_features": torch.from_numpy(image),
    }


def _description(preset: Preset) -> dict[str, Any]:
    """What makes the proposals and features of this preset, for the manifest."""
    if (preset.weights / "config.json").is_file():
        files = [preset.weights / "config.json", *sorted(preset.weights.glob("*.safetensors"))]
        digest = hashlib.sha256("".join(file_record(f).sha256 for f in files).encode()).hexdigest()
        return {"preset": preset.name, "features": "model", "model": digest}
    channels = preset.model.get("object_features") or {}
    if "point_channels" not in channels:
        raise PreparedDataError(
            f"preset {preset.name}: there are no weights in {preset.weights}, and it names no sizes of object features "
            "(object_features: point_channels, image_channels) to stand in for"
        )
    sizes = [channels["point_channels"], channels.get("image_channels", 0)]
    return {"preset": preset.name, "features": "statistics", "channels": sizes}


@lru_cache(maxsize=1)
def _model(preset: str, device: str | None) -> OpenMaskDINO3DModel | None:
    """Loaded once in each process; None where the preset's weights are not there."""
    from ...models.loading import load_model

    chosen = load_preset(preset)
    if not (chosen.weights / "config.json").is_file():
        return None
    return load_model(chosen.weights, device, **chosen.runtime)[0]


def _collect(cache: Path, tags: tuple[str, ...], collector: Any) -> None:
    seed = _seed(collector.scene.scene_id)
    collect_room(
        collector, room_samples.room_sample(cache, seed).queries, "val" if seed >= VALIDATION_SEED else "train", tags
    )


def _seed(scene_id: str) -> int:
    return int(scene_id.removeprefix(_PREFIX))
