"""A map's cloud prepared for encoding, again and again: its frame stays, and so do the superpoints of what stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mapping.gravity import estimate_up, floor_height
from ..mapping.superpoint_map import SuperpointMap
from ..mapping.superpoints import COLOR_WEIGHT, LEAST_POINTS, THRESHOLD
from ..mapping.thinning_map import ThinningMap
from ..types import PointCloud
from .scene import (
    MAX_SUPERPOINTS,
    REACH,
    PreparedCloud,
    Views,
    check_size,
    cutting_axes,
    gravity_frame,
    in_frame,
    thinned,
)

_SAMPLED = 1000  # about so many points tell whether the frame may have moved
_COARSEST = 10.0


@dataclass
class PreparedUpdate:
    """A cloud as it is now: old (M,) int64, which superpoint of the cloud before each superpoint is with all its
    points, -1 where it is none; thin: ``prepared.aligned`` in the world frame; fresh (P,) int64: its points in
    superpoints of ``old`` -1, in the aligned frame ``points``; owner (P,) int32: which of these superpoints each is in,
    numbered 0, 1, ... in order."""

    prepared: PreparedCloud
    thin: PointCloud
    old: np.ndarray
    fresh: np.ndarray
    points: PointCloud
    owner: np.ndarray


class IncrementalCloud:
    """``prepare_cloud`` for one cloud after another.

    voxel_size in metres, threshold and color_weight as there.  The frame of the first cloud is kept until gravity is
    estimated more than max_tilt degrees away from it, the floor more than max_lift metres, or the cameras look, on
    average, more than max_turn degrees to another side; then all begins anew.  Not thread-safe.
    """

    def __init__(
        self,
        voxel_size: float = 0.02,
        threshold: float = THRESHOLD,
        color_weight: float = COLOR_WEIGHT,
        max_tilt: float = 3.0,
        max_lift: float = 0.06,
        max_turn: float = 20.0,
    ) -> None:
        self.voxel_size = float(voxel_size)
        self.threshold = float(threshold)
        self.color_weight = float(color_weight)
        self.max_tilt, self.max_lift, self.max_turn = float(max_tilt), float(max_lift), float(max_turn)
        self.reset()

    def reset(self) -> None:
        """Forget the frame and the superpoints."""
        self._whole = True
        self._thinning = ThinningMap(self.voxel_size)
        self._T: np.ndarray | None = None
        self._superpoints: SuperpointMap | None = None
        self._labels = np.empty(0, np.int64)

    def update(self, cloud: PointCloud, views: Views | None = None, up: np.ndarray | None = None) -> PreparedUpdate:
        """Raises SceneError, and keeps what is known, for a cloud of fewer than 50 points."""
        check_size(cloud)
        if not self._whole:  # an update was cut short
            self.reset()
        self._whole = False
        views = views or Views()
        if cloud.normals is None:
            thin, point_of = thinned(cloud, views, self.voxel_size)
            self._thinning.reset()
            previous = None
        else:
            thin, point_of, previous = self._thinning.update(cloud)
        if self._T is None or self._moved(self._T, thin, views, up):
            self._T = gravity_frame(thin, views, up)
            self._superpoints = None
            self._labels = self._labels[:0]
        superpoints, old = self._segmented(thin, self._T, previous)
        prepared = PreparedCloud(in_frame(thin, self._T), superpoints, point_of, self._T, self.voxel_size)
        fresh = np.flatnonzero((old < 0)[superpoints])
        owner = (np.cumsum(old < 0, dtype=np.int32) - 1)[superpoints[fresh]]
        self._whole = True
        return PreparedUpdate(prepared, thin, old, fresh, prepared.aligned.select(fresh), owner)

    def _moved(self, T: np.ndarray, thin: PointCloud, views: Views, up: np.ndarray | None) -> bool:
        if views.forward is not None:
            ahead = T[:2, :3] @ views.forward
            flat = np.linalg.norm(ahead)
            if flat > 0.2 and ahead[1] < flat * np.cos(np.radians(self.max_turn)):
                return True
        sampled = thin.select(np.arange(0, len(thin), max(1, len(thin) // _SAMPLED)))
        return all(self._leans(T, cloud, views, up) for cloud in (sampled, thin))

    def _leans(self, T: np.ndarray, cloud: PointCloud, views: Views, up: np.ndarray | None) -> bool:
        """Whether the frame's up or floor is not that of a cloud with normals."""
        normals = np.asarray(cloud.normals)
        estimate = estimate_up(normals, views.up) if up is None else np.asarray(up, np.float64) / np.linalg.norm(up)
        if T[2, :3] @ estimate < np.cos(np.radians(self.max_tilt)):
            return True
        floor = floor_height(cloud.xyz @ T[2, :3], normals @ T[2, :3])
        return abs(floor + T[2, 3]) > self.max_lift

    def _segmented(self, thin: PointCloud, T: np.ndarray, previous: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Superpoints (n,) and which of the ones before each is, -1 where it is none; previous (n,): which of the
        points before each point is, where that is known."""
        if self._superpoints is None:
            previous = None
            self._superpoints = SuperpointMap(
                self.threshold, color_weight=self.color_weight, radius=REACH * self.voxel_size, axes=cutting_axes(T)
            )
        update = self._superpoints.update(thin, previous=previous)
        threshold = self._superpoints.threshold
        while len(update.label_of) > MAX_SUPERPOINTS and threshold <= _COARSEST:  # as prepare_cloud does
            threshold *= 2
            self._superpoints = SuperpointMap(
                threshold,
                int(LEAST_POINTS * threshold / THRESHOLD),
                self.color_weight,
                REACH * self.voxel_size,
                max_extent=0,
            )
            self._labels = self._labels[:0]
            update = self._superpoints.update(thin)
        old = _positions(self._labels, update.label_of)
        old[np.isin(update.label_of, update.changed)] = -1
        self._labels = update.label_of
        return update.superpoints, old


def _positions(labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(M,) int64 where each of ``wanted`` (M,) stands among distinct labels (L,), -1 where it does not."""
    order = np.argsort(labels)
    if len(labels) == 0:
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(labels, wanted, sorter=order), len(labels) - 1)
    return np.where(labels[order[at]] == wanted, order[at], -1)
