"""The objects of a Scene as the table that query programs are executed on: measured along the room's walls."""

from __future__ import annotations

import numpy as np

from ...mapping.thinning import estimate_normals
from ...types import Scene
from .gaps import SurfaceGaps
from .table import ObjectTable

_TRIM = 0.01  # share of an object's points left out of its box at either end: strays
_FRAME_POINTS = 20000  # of the cloud, enough to find the walls' directions and places
_BARE_POINTS = 6000  # the same where normals have to be estimated first
_UPRIGHT = 0.95  # horizontal part of a wall's normal
_FACING = 0.9
_FEW = 50  # upright points below which the camera's heading stands for the walls'
_WALL_TRIM = 0.05  # share of the points facing into the room that may lie beyond its wall
_WALL_SHARE = 0.01  # of all points, that must face into the room for a wall to be seen
_BACK = 2.0  # metres from the scene's middle back to the viewer
_FRONT_DEPTH, _FRONT_WIDTH, _FRONT_HEIGHT = 0.12, 0.3, 0.12  # metres: what may be no more than a cabinet's front,
_BASE_BOTTOM, _HANGING_BOTTOM = 0.35, 1.2  # from its bottom: a unit on the floor below, a hanging one above,
_DEPTHS = (0.75, 0.45)  # and how deep the two may be


def table_of(
    scene: Scene,
    categories: tuple[str, ...],
    names: np.ndarray,
    colors: np.ndarray,
    materials: np.ndarray,
    shapes: np.ndarray,
    exists: np.ndarray | None = None,
) -> ObjectTable:
    """Measure the K instances of a scene; row k is ``OBJ`` k.

    names (K, C), colors (K, 12), materials (K, 10), shapes (K, 2): probabilities, as ``ObjectTable`` takes them;
    exists (K,): None for the instances' scores.  The viewer stands behind the scene's middle, looking as the cameras
    did.  Raises ValueError for arrays that do not fit the scene.
    """
    T = scene.T_aligned_world
    aligned = scene.cloud.xyz @ T[:3, :3].T.astype(np.float32) + T[:3, 3].astype(np.float32)
    sample, normals = _sampled_normals(scene, aligned)
    yaw = _wall_direction(normals)
    turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]], np.float32)
    room = np.concatenate([aligned[:, :2] @ turn, aligned[:, 2:]], 1)
    heading = turn[1].astype(float)
    points = [room[np.flatnonzero(instance.mask)] for instance in scene.instances]
    low_high = _walls(room[sample, :2], normals[:, :2] @ turn)
    boxes = np.array([_trimmed_box(p) for p in points]).reshape(len(points), 6)
    scores = np.array([instance.score for instance in scene.instances], float)
    return ObjectTable(
        boxes=_with_unseen_backs(boxes, low_high),
        exists=scores if exists is None else exists,
        categories=categories,
        names=names,
        colors=colors,
        materials=materials,
        shapes=shapes,
        low_high=low_high,
        viewer=room[:, :2].mean(0, dtype=float) - _BACK * heading,
        heading=heading,
        gaps=SurfaceGaps(points, boxes),
    )


def _sampled_normals(scene: Scene, aligned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices (n,) of some points of the cloud and their normals (n, 3) in the aligned frame."""
    known = scene.cloud.normals
    step = max(1, -(-len(aligned) // (_BARE_POINTS if known is None else _FRAME_POINTS)))
    sample = np.arange(0, len(aligned), step)
    if known is not None:
        return sample, known[sample] @ scene.T_aligned_world[:3, :3].T.astype(np.float32)
    normals = estimate_normals(aligned[sample])
    inward = aligned[sample].mean(0) - aligned[sample]
    return sample, np.where((normals * inward).sum(1, keepdims=True) < 0, -normals, normals)


def _wall_direction(normals: np.ndarray) -> float:
    """Radians, within an eighth of a turn, from the aligned x axis to the nearest axis of the walls."""
    flat = normals[np.linalg.norm(normals[:, :2], axis=1) > _UPRIGHT]
    if len(flat) < _FEW:
        return 0.0
    degrees = np.degrees(np.arctan2(flat[:, 1], flat[:, 0])) % 90
    counts = np.bincount(degrees.astype(int) % 90, minlength=90).astype(float)
    smooth = sum(np.roll(counts, shift) for shift in (-2, -1, 0, 1, 2))
    peak = float(np.argmax(smooth)) + 0.5
    off = (degrees - peak + 45) % 90 - 45
    angle = peak + float(np.median(off[np.abs(off) < 5]))
    return float(np.radians((angle + 45) % 90 - 45))


def _walls(xy: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(2, 2) low and high xy: where points (n, 2) with ``normals`` (n, 2) face into the room, else where points end."""
    low_high = np.percentile(xy, [100 * _TRIM, 100 - 100 * _TRIM], axis=0)
    for axis in (0, 1):
        for end, sign in ((0, 1.0), (1, -1.0)):
            facing = xy[sign * normals[:, axis] > _FACING, axis]
            if len(facing) > max(_FEW, _WALL_SHARE * len(xy)):
                low_high[end, axis] = np.quantile(facing, _WALL_TRIM if end == 0 else 1 - _WALL_TRIM)
    return low_high


def _trimmed_box(points: np.ndarray) -> np.ndarray:
    """(6,) centre and size of the box round (n, 3) points but for the outermost ones."""
    order = np.sort(points, axis=0)
    cut = int(_TRIM * len(points))
    low, high = order[cut], order[len(points) - 1 - cut]
    return np.concatenate([(low + high) / 2, high - low])


def _with_unseen_backs(boxes: np.ndarray, low_high: np.ndarray) -> np.ndarray:
    """Boxes (K, 6) where the front of a cabinet, all that is seen of it, reaches back to the wall behind it.

    Such a front is thin along the wall's normal and large across, from near the floor or hanging high; ``_DEPTHS``
    are those of kitchen units.
    """
    out = boxes.copy()
    bottom = boxes[:, 2] - boxes[:, 5] / 2
    depth = np.where(bottom < _BASE_BOTTOM, _DEPTHS[0], np.where(bottom > _HANGING_BOTTOM, _DEPTHS[1], 0.0))
    for axis in (0, 1):
        thin = (boxes[:, 3 + axis] < _FRONT_DEPTH) & (boxes[:, 4 - axis] > _FRONT_WIDTH) & (boxes[:, 5] > _FRONT_HEIGHT)
        low, high = boxes[:, axis] - boxes[:, 3 + axis] / 2, boxes[:, axis] + boxes[:, 3 + axis] / 2
        to_low, to_high = low - low_high[0, axis], low_high[1, axis] - high
        at_low = thin & (to_low < depth) & (to_low > 0)
        at_high = thin & (to_high < depth) & (to_high > 0) & ~at_low
        low, high = np.where(at_low, low_high[0, axis], low), np.where(at_high, low_high[1, axis], high)
        out[:, axis], out[:, 3 + axis] = (low + high) / 2, high - low
    return out
