"""Scans and utterances as vil3dref (Chen et al. 2022) processed them, which LEO and others read too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.scannet.reading import (
    AnnotationError,
    integer_array,
    parse_json,
    read_json,
    read_pickled,
    read_text,
)

from .point_files import cloud_arrays, float_array
from .records import Annotations, Fields, LanguageSample, collect

NO_OBJECT = -100
_FOLDERS = ("pcd_with_global_alignment", "instance_id_to_name", "instance_id_to_loc", "instance_id_to_gmm_color")


@dataclass(frozen=True)
class Vil3drefScan:
    """N points, K objects.

    xyz (N, 3) float32 metres, aligned; rgb (N, 3) uint8; nyu40 (N,) int64; object_ids (N,) int64, NO_OBJECT (-100) =
    none.  names: K raw categories.  locations (K, 6) float32: *mean* of the points and extent, None if not there.
    color_weights (K, 3), color_means (K, 3, 3) in -1..1: Gaussian mixtures, None if not there.
    """

    scene_id: str
    xyz: np.ndarray
    rgb: np.ndarray
    nyu40: np.ndarray
    object_ids: np.ndarray
    names: list[str]
    locations: np.ndarray | None = None
    color_weights: np.ndarray | None = None
    color_means: np.ndarray | None = None

    def mask(self, object_id: int) -> np.ndarray:
        """(N,) bool.  Raises AnnotationError for an object that the scan doesn't have."""
        if not 0 <= object_id < len(self.names):
            raise AnnotationError(f"{self.scene_id} has no object {object_id}; it has {len(self.names)} objects")
        return self.object_ids == object_id


def read_vil3dref_scan(scan_data: Path | str, scene_id: str) -> Vil3drefScan:
    """Read one scan of a ``scan_data`` folder; nothing in its files is run.  Raises AnnotationError."""
    points, names, locations, colors = (Path(scan_data) / folder / scene_id for folder in _FOLDERS)
    points, names = points.with_suffix(".pth"), names.with_suffix(".json")
    locations, colors = locations.with_suffix(".npy"), colors.with_suffix(".json")
    content = read_pickled(points)
    if not isinstance(content, (tuple, list)) or len(content) != 4:
        raise AnnotationError(f"{points} must hold xyz, rgb, NYU40 ids and object ids")
    xyz, rgb = cloud_arrays(points, content[0], content[1], signed=False)
    nyu40, object_ids = (integer_array(content[i], f"{points} item {i}") for i in (2, 3))
    if len(nyu40) != len(xyz) or len(object_ids) != len(xyz):
        raise AnnotationError(f"{points}: {len(xyz)} points, but {len(nyu40)} classes and {len(object_ids)} objects")
    named = read_json(names)
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise AnnotationError(f"{names} must hold a list of names, one per object")
    if object_ids.max(initial=-1) >= len(named):
        raise AnnotationError(f"{points} has an object {object_ids.max()}, but {names.name} names {len(named)}")
    weights, means = _colors(colors, len(named))
    return Vil3drefScan(scene_id, xyz, rgb, nyu40, object_ids, named, _locations(locations, len(named)), weights, means)


def read_vil3dref(path: Path | str, allow_empty: bool = False) -> Annotations[LanguageSample]:
    """A ``.jsonl`` of utterances (Nr3D, Sr3D or ScanRefer); the key is the item_id.  Raises AnnotationError."""
    path = Path(path)
    lines = [line for line in enumerate(read_text(path).split("\n"), 1) if line[1].strip()]
    records = [parse_json(line, f"{path} line {number}") for number, line in lines]
    return collect("vil3dref", path, records, lambda fields, _: _sample(fields, path.stem), allow_empty)


def _sample(fields: Fields, task: str) -> LanguageSample:
    fields.know(
        "enc_tokens", "stimulus_id", "correct_guess", "mentions_target_class", "uses_object_lang", "uses_spatial_lang",
        "uses_color_lang", "uses_shape_lang", "anchor_ids", "anchors_types", "reference_type", "coarse_reference_type",
    )  # fmt: skip
    item = fields.text("item_id")
    return LanguageSample(
        scene_id=fields.text("scan_id"),
        task=task,
        key=item,
        text=fields.text("utterance"),
        object_ids=(fields.integer("target_id"),),
        object_names=(fields.text("instance_type"),),
        ann_id=item,
        tokens=fields.texts("tokens") if fields.has("tokens") else (),
    )


def _locations(path: Path, num_objects: int) -> np.ndarray | None:
    if not path.is_file():
        return None
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise AnnotationError(f"{path} is no array of numbers: {error}") from error
    return float_array(path, values, (num_objects, 6), "locations")


def _colors(path: Path, num_objects: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    if not path.is_file():
        return None, None
    mixtures: Any = read_json(path)
    if not isinstance(mixtures, list) or not all(
        isinstance(m, dict) and {"weights", "means"} <= set(m) for m in mixtures
    ):
        raise AnnotationError(f"{path} must hold a list of mixtures with weights and means")
    weights = float_array(path, [m["weights"] for m in mixtures], (num_objects, -1), "weights")
    return weights, float_array(path, [m["means"] for m in mixtures], (*weights.shape, 3), "means")
