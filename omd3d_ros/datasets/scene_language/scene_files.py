"""``pcd_all/<scene>.pth``: a scan with its proposals, as Chat-Scene (4 items) and OpenMaskDINO3D (17) pickle it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError, integer_array, kind_of, read_pickled

from .point_files import cloud_arrays, float_array

_SHORT, _LONG = 4, 17


@dataclass(frozen=True)
class ProposedScene:
    """A scan of N points with I proposals.

    xyz (N, 3) float32 metres, axis-aligned; rgb (N, 3) uint8; proposal_labels: I names; proposal_points: I arrays of
    int64 point numbers.
    """

    scene_id: str
    xyz: np.ndarray
    rgb: np.ndarray
    proposal_labels: list[str]
    proposal_points: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.xyz)

    def proposal_masks(self) -> np.ndarray:
        """(I, N) bool."""
        masks = np.zeros((len(self.proposal_points), len(self)), bool)
        for mask, points in zip(masks, self.proposal_points, strict=True):
            mask[points] = True
        return masks


@dataclass(frozen=True)
class SuperpointScene(ProposedScene):
    """The same with M superpoints and G ground-truth objects.

    xyz_centred (N, 3) float32: the raw scan less its mean, not aligned; nyu40 (N,), instance_ids (N,; -1 = none) and
    superpoints (N,) int64.  superpoint_centres (M, 3), superpoint_features (M, 13) float32: centre, deviation, mean
    and deviation of colour, count; superpoint_nyu40 (M,) and superpoint_scannet20 (M,; -100 = ignored) int64, by
    majority.  proposal_superpoints (I, M) bool: whether any point of the superpoint is in the proposal;
    proposal_features (I, 13) float32.  object_labels: G names; object_segments: G arrays of ScanNet's segments.
    """

    xyz_centred: np.ndarray
    nyu40: np.ndarray
    instance_ids: np.ndarray
    superpoints: np.ndarray
    superpoint_centres: np.ndarray
    superpoint_features: np.ndarray
    superpoint_nyu40: np.ndarray
    superpoint_scannet20: np.ndarray
    proposal_superpoints: np.ndarray
    proposal_features: np.ndarray
    object_labels: list[str]
    object_segments: list[np.ndarray]


def read_scene_file(path: Path | str) -> ProposedScene:
    """A SuperpointScene for 17 items, a ProposedScene for 4; nothing in the file is run.  Raises AnnotationError."""
    path = Path(path)
    content = read_pickled(path)
    if not isinstance(content, (tuple, list)):
        raise AnnotationError(f"{path} must hold {_SHORT} or {_LONG} items, it holds a {kind_of(content)}")
    if len(content) == _SHORT:
        return _short(path, content)
    if len(content) == _LONG:
        return _long(path, content)
    raise AnnotationError(f"{path} holds {len(content)} items; a scene file has {_SHORT} or {_LONG}")


def _short(path: Path, items: Any) -> ProposedScene:
    xyz, rgb = cloud_arrays(path, items[0], items[1], signed=False)
    labels, points = _proposals(path, items[2], items[3], len(xyz))
    return ProposedScene(path.stem, xyz, rgb, labels, points)


def _long(path: Path, items: Any) -> SuperpointScene:
    xyz, rgb = cloud_arrays(path, items[1], items[2], signed=True)
    n, m = len(xyz), _count(path, items[8])
    labels, points = _proposals(path, items[11], items[12], n)
    superpoints = _integers(path, items[5], n, "superpoints")
    if superpoints.min(initial=0) < 0 or superpoints.max(initial=-1) >= m:
        raise AnnotationError(f"{path}: superpoints must be 0 to {m - 1}, they reach {superpoints.max()}")
    masks = np.asarray(items[13], bool) if labels else np.zeros((0, m), bool)
    if masks.shape != (len(labels), m):
        raise AnnotationError(f"{path}: superpoint masks must have the shape {(len(labels), m)}, got {masks.shape}")
    object_labels = _names(path, items[15], "ground-truth labels")
    segments = [integer_array(s, f"{path}: segments of object {i}") for i, s in enumerate(_listed(path, items[16]))]
    if len(segments) != len(object_labels):
        raise AnnotationError(f"{path}: {len(object_labels)} ground-truth labels but {len(segments)} lists of segments")
    return SuperpointScene(
        path.stem,
        xyz,
        rgb,
        labels,
        points,
        xyz_centred=float_array(path, items[0], (n, 3), "centred coordinates"),
        nyu40=_integers(path, items[3], n, "semantic labels"),
        instance_ids=_integers(path, items[4], n, "instance labels"),
        superpoints=superpoints,
        superpoint_centres=float_array(path, items[6], (m, 3), "superpoint centres"),
        superpoint_features=float_array(path, items[7], (m, 13), "superpoint features"),
        superpoint_nyu40=_integers(path, items[9], m, "NYU40 labels of superpoints"),
        superpoint_scannet20=_integers(path, items[10], m, "ScanNet-20 labels of superpoints"),
        proposal_superpoints=masks,
        proposal_features=_features(path, items[14], len(labels)),
        object_labels=object_labels,
        object_segments=segments,
    )


def _proposals(path: Path, labels: Any, points: Any, num_points: int) -> tuple[list[str], list[np.ndarray]]:
    names = _names(path, labels, "labels of proposals")
    numbers = [integer_array(p, f"{path}: points of proposal {i}") for i, p in enumerate(_listed(path, points))]
    if len(numbers) != len(names):
        raise AnnotationError(f"{path}: {len(names)} labels of proposals but {len(numbers)} lists of points")
    for i, p in enumerate(numbers):
        if len(p) and (p.min() < 0 or p.max() >= num_points):
            raise AnnotationError(f"{path}: proposal {i} has point {p.max()}, but there are {num_points} points")
    return names, numbers


def _names(path: Path, values: Any, what: str) -> list[str]:
    names = [str(value) if isinstance(value, (str, np.str_)) else value for value in _listed(path, values)]
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise AnnotationError(f"{path}: {what} must be names, one is {wrong!r:.60}")
    return names


def _listed(path: Path, values: Any) -> list[Any]:
    if not isinstance(values, (list, tuple, np.ndarray)):
        raise AnnotationError(f"{path}: a list is needed where there is a {kind_of(values)}")
    return list(values)


def _count(path: Path, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise AnnotationError(f"{path}: the number of superpoints must be a whole number, got {value!r:.60}") from error


def _integers(path: Path, values: Any, n: int, what: str) -> np.ndarray:
    array = integer_array(values, f"{path}: {what}")
    if len(array) != n:
        raise AnnotationError(f"{path}: {what} must be {n}, there are {len(array)}")
    return array


def _features(path: Path, values: Any, n: int) -> np.ndarray:
    return np.zeros((0, 13), np.float32) if n == 0 else float_array(path, values, (n, 13), "features of proposals")
