"""One PreparedScene as one safetensors file: its tensors by name, the labels as JSON in the metadata."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from .layout import VERSION, PreparedDataError, check_version
from .nouns import PreparedScene

_METADATA = "omd3d_prepared"
# Name -> dtype and shape; a letter stands for a size that has to be the same wherever it occurs.
_TENSORS: dict[str, tuple[torch.dtype, tuple[str | int, ...]]] = {
    "points": (torch.float32, ("N", 3)),
    "colors": (torch.uint8, ("N", 3)),
    "superpoints": (torch.int64, ("N",)),
    "proposal_masks": (torch.bool, ("K", "M")),
    "proposal_boxes": (torch.float32, ("K", 6)),
    "point_features": (torch.float32, ("K", "P")),
    "image_features": (torch.float32, ("K", "I")),
    "object_ids": (torch.int64, ("G",)),
    "object_masks": (torch.bool, ("G", "M")),
    "object_boxes": (torch.float32, ("G", 6)),
    "superpoint_features": (torch.float32, ("M", "C")),
}
_OPTIONAL = "superpoint_features"


def check_scene(scene: PreparedScene) -> None:
    """Raises PreparedDataError for tensors of a wrong kind or of sizes that contradict one another."""
    sizes = {"K": len(scene.proposal_labels), "G": len(scene.object_labels)}
    for name, (dtype, shape) in _TENSORS.items():
        tensor = getattr(scene, name)
        if tensor is None and name == _OPTIONAL:
            continue
        for axis, length in zip(shape, tensor.shape, strict=False):
            sizes.setdefault(str(axis), length if isinstance(axis, str) else axis)
        expected = tuple(sizes.get(str(axis), axis) for axis in shape)
        if tensor.dtype != dtype or tuple(tensor.shape) != expected:
            raise PreparedDataError(
                f"{scene.scene_id}: {name} must be {expected} {dtype}, it is {tuple(tensor.shape)} {tensor.dtype}"
            )
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise PreparedDataError(f"{scene.scene_id}: {name} holds a number that is not finite")
    if not sizes["N"]:
        raise PreparedDataError(f"{scene.scene_id} has no points")
    low, high = int(scene.superpoints.min()), int(scene.superpoints.max())
    if low < 0 or high >= scene.object_masks.shape[1]:
        raise PreparedDataError(
            f"{scene.scene_id}: superpoints are numbered {low}..{high}, but masks are of {sizes['M']}"
        )


def scene_bytes(scene: PreparedScene) -> bytes:
    """The content of the scene's file, the same for the same scene; raises PreparedDataError (see check_scene)."""
    check_scene(scene)
    tensors = {name: getattr(scene, name) for name in _TENSORS if getattr(scene, name) is not None}
    text = {
        "version": VERSION, "scene_id": scene.scene_id, "proposal_labels": scene.proposal_labels,
        "object_labels": scene.object_labels,
    }  # fmt: skip
    # One entry, as safetensors writes several in no certain order.
    return save({k: v.cpu().contiguous() for k, v in tensors.items()}, {_METADATA: json.dumps(text)})


def read_scene(path: Path) -> PreparedScene:
    """The scene of a file, its tensors mapped from the disk; raises PreparedDataError for a missing or damaged one."""
    if not path.is_file():
        raise PreparedDataError(f"{path} is missing: prepare the data again")
    try:
        with safe_open(path, "pt") as file:
            text = json.loads((file.metadata() or {})[_METADATA])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        check_version(path, text.pop("version"))
        scene = PreparedScene(**text, **tensors)
    except PreparedDataError:
        raise
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PreparedDataError(f"{path} is damaged or no prepared scene: {error}") from error
    check_scene(scene)
    return scene
