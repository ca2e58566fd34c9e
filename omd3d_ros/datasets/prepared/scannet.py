"""ScanNet scenes as prepared data: the scan, its objects, Mask3D's proposals and their published features.

Superpoints are ScanNet's own segments.  Slot k is row k of Mask3D's export, as in Chat-Scene and OpenMaskDINO3D, so
that feature files and processed annotations, which count so, fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...perception.external_instances import ExternalInstances
from ...perception.mask3d import read_mask3d, read_scannet_labels
from ..scannet import ScannetScene, read_scene
from ..scene_language.features import ObjectFeatures, read_features
from .collector import SampleCollector
from .layout import PreparedDataError
from .matching import MIN_IOU
from .nouns import PreparedScene
from .preparation import Plan
from .scannet_files import find_labels, read_split_lists
from .scannet_language import SceneLanguage
from .superpoint_masks import majority_masks, mask_boxes

POINT_FEATURES = "scannet_mask3d_uni3d_feats.pt"
IMAGE_FEATURES = "scannet_mask3d_videofeats.pt"
_RECIPE = 1  # raise it with every change here that makes other scenes of the same files


@dataclass(frozen=True)
class ScannetPlan:
    """scans: folder of ``<scene>/`` folders, or the folder above it; instances: ``<scene>.pt`` or raw exports, in
    ``train`` and ``val`` or not; features: folder of the two feature files.

    tags: None for all whose annotations are there; splits: of ``train`` and ``val``.
    """

    root: Path
    annotations: Path
    instances: Path
    features: Path
    tags: tuple[str, ...] | None = None
    splits: tuple[str, ...] = ("train", "val")
    min_iou: float = MIN_IOU
    max_objects: int = 100

    def plan(self) -> Plan:
        """Raises ValueError for folders or files that are not there and for damaged annotations."""
        folders = (self.root, self.annotations, self.instances, self.features)
        absent = [str(f) for f in folders if not f.is_dir()]
        if absent:
            raise PreparedDataError(f"there is no folder {', '.join(absent)}")
        sizes = [read_features(_feature_file(self.features, name)).dim for name in (POINT_FEATURES, IMAGE_FEATURES)]
        lists = read_split_lists(self.root, self.annotations)
        labels = find_labels(self.root, self.annotations)
        language = SceneLanguage.read(self.annotations, self.tags, self.splits, lists, labels)
        scenes = {"recipe": _RECIPE, "max_objects": self.max_objects, "channels": sizes, "names": labels is not None}
        samples = {"tags": list(language.tags), "splits": list(self.splits), "min_iou": self.min_iou}
        make = partial(scannet_scene, self.root, self.instances, self.features, labels, self.max_objects)
        collect: Callable[[SampleCollector], None] = language.collect
        return Plan("scannet", {"scenes": scenes, "samples": samples}, language.scene_ids, make, collect, self.min_iou)


def scannet_scene(
    root: Path, instances: Path, features: Path, labels: Path | None, max_objects: int, scene_id: str
) -> PreparedScene:
    """One scene; raises ValueError for files that are missing, damaged or of different scans."""
    scan = read_scene(_scan_folder(root, scene_id), scene_id)
    if scan.segments is None:
        raise PreparedDataError(f"{scene_id} has no {scene_id}_vh_clean_2.0.010000.segs.json, so no superpoints")
    found = read_mask3d(_instance_file(instances, scene_id), len(scan), _names(labels))
    numbers, superpoints = np.unique(scan.segments, return_inverse=True)
    superpoints = superpoints.reshape(-1)
    ids, object_labels, object_masks = _objects(scan, scan.segments)
    return PreparedScene(
        scene_id=scene_id,
        points=torch.from_numpy(scan.xyz_aligned),
        colors=torch.from_numpy(scan.rgb),
        superpoints=torch.from_numpy(superpoints.astype(np.int64)),
        object_ids=torch.tensor(ids, dtype=torch.int64),
        object_masks=torch.from_numpy(majority_masks(object_masks, superpoints, len(numbers))),
        object_boxes=torch.from_numpy(mask_boxes(scan.xyz_aligned, object_masks)),
        object_labels=object_labels,
        **_proposals(scan, found, superpoints, len(numbers), max_objects),
        **_features(features, scene_id, min(len(found), max_objects)),
    )


def _proposals(
    scan: ScannetScene, found: ExternalInstances, superpoints: np.ndarray, count: int, max_objects: int
) -> dict[str, Any]:
    masks = found.masks[:max_objects]
    return {
        "proposal_masks": torch.from_numpy(majority_masks(masks, superpoints, count)),
        "proposal_boxes": torch.from_numpy(mask_boxes(scan.xyz_aligned, masks)),
        "proposal_labels": list(found.labels[:max_objects]),
    }


def _features(folder: Path, scene_id: str, count: int) -> dict[str, Any]:
    """Zeros for a proposal that a file lacks, as published."""
    files = {"point_features": POINT_FEATURES, "image_features": IMAGE_FEATURES}
    return {name: _feature_table(folder / file).of_objects(scene_id, range(count))[0] for name, file in files.items()}


def _objects(scan: ScannetScene, segments: np.ndarray) -> tuple[list[int], list[str], np.ndarray]:
    """Ids, raw categories and masks (G, N) of the objects that have vertices.

    An object whose segments a later group took whole keeps them: scene0217_00 lists each of its objects twice, and
    the language sets refer to either.
    """
    listed = {group.object_id: group.segments for group in scan.groups}
    objects, masks = [], []
    for each in scan.objects:
        taken = each.num_vertices == 0
        mask = np.isin(segments, listed[each.object_id]) if taken else scan.mask(each.object_id)
        if mask.any():
            objects.append(each)
            masks.append(mask)
    stacked = np.stack(masks) if masks else np.zeros((0, len(scan)), bool)
    return [o.object_id for o in objects], [o.label for o in objects], stacked


def _scan_folder(root: Path, scene_id: str) -> Path:
    places = (root / scene_id, root / "scans" / scene_id, root / "scans_test" / scene_id)
    return next((place for place in places if place.is_dir()), places[0])


def _instance_file(folder: Path, scene_id: str) -> Path:
    names = (f"{scene_id}.pt", *(f"{part}{scene_id}.txt" for part in ("", "train/", "val/", "test/")))
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise PreparedDataError(f"{folder} has no Mask3D instances of {scene_id} ({', '.join(names)})")
    return found


def _feature_file(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise PreparedDataError(f"{folder} has no {name}; {POINT_FEATURES} and {IMAGE_FEATURES} are needed")
    return folder / name


@lru_cache(maxsize=2)
def _feature_table(path: Path) -> ObjectFeatures:
    """Read once in each process."""
    return read_features(path)


@lru_cache(maxsize=1)
def _names(labels: Path | None) -> dict[int, str] | None:
    """Mask3D's class ids -> names; without the table an instance is called ``class 42``."""
    return None if labels is None else read_scannet_labels(labels)
