"""VoxelMap: RGB-D frames in, a coloured point cloud with normals out."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..types import Frame, Instance, PointCloud, rigid
from .cloud_update import CloudUpdate, MapSnapshot
from .keyframes import Keyframe, Keyframes
from .map_file import MapError, SavedInstance, pack_instances, read_map, unpack_instances, write_map
from .plausibility import FrameChecks
from .tsdf import surface
from .tsdf.block_index import BLOCK, with_neighbours
from .tsdf.block_store import COLUMNS, BlockStore, WhenFull
from .tsdf.depth_view import ViewMaker
from .tsdf.surface import SurfaceCache, SurfacePoints
from .tsdf.voxels import MOST_VIEWS
from .yielding_lock import YieldingLock

MIN_WEIGHT = 0.05
_BATCH = 800  # blocks extracted at a time while frames wait: 2 to 3 ms
_COPY_BATCH = 4000
_KEYFRAME = "keyframe_"  # before the names of its arrays in a file
# frames in which a block of the map is seen, on average, and how many views a point then needs
_VIEWS_NEEDED = ((16.0, MOST_VIEWS), (10.0, 3), (6.0, 2), (0.0, 1))


class VoxelMap:
    """A truncated signed distance map in sparse blocks of 4x4x4 voxels.

    voxel_size, max_depth, min_depth, truncation in metres (truncation None: 4 voxels).
    max_blocks bounds the memory (half a kilobyte each).  When it is reached, ``when_full`` "refuse" goes on refining
    what is known and counts the frames that held something new in ``refused_frames``; "forget_oldest" gives up the
    blocks that were not seen for longest.
    min_views: in how many frames a point must have been seen; fewer do while the frames overlap so little that this
    would cost surface (see ``views_needed``).
    tolerance in metres: how much the surface of a block may move before it is extracted anew.
    max_jump in metres: how far the camera may move between two frames less than a second apart.
    All methods are thread-safe; reading the map never holds up ``integrate`` for more than a few milliseconds.
    """

    def __init__(
        self,
        voxel_size: float = 0.02,
        max_depth: float = 4.0,
        min_depth: float = 0.2,
        truncation: float | None = None,
        max_blocks: int = 800_000,
        when_full: WhenFull = "refuse",
        min_views: int = 4,
        tolerance: float = 0.002,
        max_jump: float = 2.0,
    ) -> None:
        if not 0.002 <= voxel_size <= 1.0:
            raise ValueError(f"voxel_size must be 0.002 to 1 m, got {voxel_size}")
        if not 0 < min_depth < max_depth:
            raise ValueError(f"need 0 < min_depth < max_depth, got {min_depth} and {max_depth}")
        if truncation is not None and not truncation >= voxel_size:
            raise ValueError(f"truncation must be at least one voxel ({voxel_size} m), got {truncation}")
        if max_blocks < 1:
            raise ValueError(f"max_blocks must be at least 1, got {max_blocks}")
        if when_full not in ("refuse", "forget_oldest"):
            raise ValueError(f"when_full must be 'refuse' or 'forget_oldest', got {when_full!r}")
        self.voxel_size = float(voxel_size)
        self.max_depth = float(max_depth)
        self.min_depth = float(min_depth)
        self.truncation = float(truncation if truncation is not None else 4 * voxel_size)
        self.max_blocks = int(max_blocks)
        self.when_full = when_full
        if not 1 <= min_views <= MOST_VIEWS:
            raise ValueError(f"min_views must be 1 to {MOST_VIEWS}, got {min_views}")
        if not tolerance >= 0 or not max_jump > 0:
            raise ValueError(f"need tolerance >= 0 and max_jump > 0, got {tolerance} and {max_jump}")
        self.min_views = int(min_views)
        self.tolerance = float(tolerance)
        self.max_jump = float(max_jump)
        self._lock = YieldingLock()  # the voxels; taken after _surface_lock where both are
        self._surface_lock = threading.Lock()
        self._keyframe_lock = threading.Lock()
        self.keyframes = Keyframes(min_depth=self.min_depth, max_depth=self.max_depth)
        self._views = ViewMaker(self.min_depth, self.max_depth)
        self.version = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything; the version still grows."""
        with self._keyframe_lock, self._surface_lock, self._lock:
            self.keyframes.reset()
            self.version += 1
            self._store = BlockStore(
                self.voxel_size, self.truncation, self.min_depth, self.tolerance, self.max_blocks, self.when_full,
                self.version,
            )  # fmt: skip
            self._surface = SurfaceCache(self.max_blocks)
            self.instances: list[SavedInstance] = []  # as loaded, or as given to the last ``save``
            self._cloud: SurfacePoints | None = None
            self._views_needed = 1
            self._checks = FrameChecks(self.max_jump)
            self._up_sum = np.zeros(3)
            self._forward_sum = np.zeros(3)
            self.num_frames = 0
            self.refused_frames = 0
            self.stamp = 0.0

    @property
    def camera_up(self) -> np.ndarray | None:
        """(3,) mean up direction of the cameras in the world, None before the first frame."""
        total = self._up_sum
        length = np.linalg.norm(total)
        return None if length < 1e-6 else total / length

    @property
    def camera_forward(self) -> np.ndarray | None:
        """(3,) mean viewing direction, None before the first frame or when the views cancel out."""
        total = self._forward_sum
        length = np.linalg.norm(total)
        return None if length < 0.1 * max(self.num_frames, 1) else total / length

    def integrate(self, frame: Frame) -> int:
        """Fuse one frame; returns how many depth pixels were used (0: nothing usable, nothing changed).

        Raises FrameRefused (a MapError), and leaves the map as it was, for a frame without a pose, from the future,
        from another camera, or further from the last one than can be (see ``max_jump``).
        """
        view, used = (None, 0) if frame.T_world_camera is None else self._views.view(frame)
        with self._lock.urgently():
            self._checks.check(frame)
            if view is None or used == 0:
                return 0
            if not self._store.fuse(view):
                self.refused_frames += 1
            self._adapt_views_needed()
            self.version = self._store.version
            self._checks.accept(frame)
            self._up_sum = self._up_sum - view.T_world_camera[:3, 1]
            self._forward_sum = self._forward_sum + view.T_world_camera[:3, 2]
            self.num_frames += 1
            self.stamp = max(self.stamp, frame.stamp)
        return used

    def keep_view(self, frame: Frame) -> bool:
        """Keep a mapped frame among ``keyframes`` if it shows what they do not; frames without a pose are not kept.

        Apart from ``integrate``, as it takes 10 ms for a frame that is kept (0.3 ms otherwise).
        """
        with self._keyframe_lock:
            return self.keyframes.consider(frame)

    def kept_views(self) -> list[Keyframe]:
        """The views among ``keyframes`` now; a keyframe does not change, so they stay good while frames come."""
        with self._keyframe_lock:
            return [self.keyframes[k] for k in range(len(self.keyframes))]

    def point_cloud(self, min_weight: float = MIN_WEIGHT, since: int | None = None) -> CloudUpdate:
        """The surface as points about one voxel apart, with colour, normals facing free space, and confidence.

        min_weight: least sum of 1/depth^2 over the views of a voxel (0.05: one view within 4.5 m).  since: a
        version from an earlier update; only the regions that changed after it are given.
        """
        if min_weight != MIN_WEIGHT:
            if since is not None:
                raise ValueError("changes can only be told at the default min_weight")
            return self._at_min_weight(min_weight)
        with self._surface_lock:
            return self._update(since)

    def snapshot(self) -> MapSnapshot:
        """Cloud, version, stamp and views that belong together, whatever other threads do."""
        with self._surface_lock:
            with self._lock:
                stamp, frames, up, forward = self.stamp, self.num_frames, self.camera_up, self.camera_forward
            cloud = self._update(None)
            return MapSnapshot(cloud, cloud.version, stamp, frames, up, forward)

    def num_bytes(self) -> int:
        """Bytes in use for the voxels and where they lie (without the extracted points)."""
        return self._store.num_bytes()

    @property
    def views_needed(self) -> int:
        """In how many frames a point must have been seen for now: ``min_views``, or fewer where frames overlap little.

        1, 2 or 3 while the blocks of the map were in less than 6, 10 or 16 frames on average.
        """
        return self._views_needed

    @property
    def num_blocks(self) -> int:
        """Blocks of 4x4x4 voxels in use."""
        return self._store.num_blocks

    def save(
        self, path: str | os.PathLike, instances: Sequence[Instance] = (), cloud: PointCloud | None = None
    ) -> None:
        """Write the whole map to one file, atomically (see docs/map_file.md).

        instances: objects to keep with it, whose masks index ``cloud``.
        """
        kept = self.instances
        if cloud is not None:
            kept = self.instances = [SavedInstance.of(i, cloud, self.voxel_size) for i in instances]
        entries, arrays = pack_instances(kept)
        state, blocks = self._copied()
        with self._keyframe_lock:
            views = {_KEYFRAME + name: a for name, a in self.keyframes.to_arrays().items()}
        header = {"settings": self._settings(), "state": state, "instances": entries}
        write_map(path, header, {**arrays, **blocks, **views})

    @classmethod
    def load(cls, path: str | os.PathLike) -> VoxelMap:
        """Read a map written by ``save``; raises MapError when the file is missing, damaged or not one."""
        header, arrays = read_map(path)
        try:
            new = cls(**header["settings"])
            new._take(header["state"], arrays)
            new.instances = unpack_instances(header["instances"], arrays)
            views = {n.removeprefix(_KEYFRAME): a for n, a in arrays.items() if n.startswith(_KEYFRAME)}
            new.keyframes = Keyframes.from_arrays(views)
        except Exception as e:
            raise MapError(f"{path} is not a readable map written by OMD3D ({type(e).__name__}: {e})") from e
        return new

    def merge(self, other: VoxelMap, T_self_other: np.ndarray) -> None:
        """Take another map in; T_self_other (4, 4) brings points of the other map into this one.

        Both maps are resampled where they overlap, by weight.  Raises MapError, and leaves this map as it was, when
        the transform is not rigid or the room left in this map (``max_blocks``) is not enough.
        """
        try:
            T = rigid(T_self_other, "T_self_other")
        except ValueError as error:
            raise MapError(f"the maps can't be merged: {error}") from None
        if other is self:
            raise MapError("a map can't be merged with itself")
        first, second = sorted((self, other), key=id)
        with first._lock, second._lock:
            if not self._store.merge(other._store, np.ascontiguousarray(T)):
                raise MapError(
                    f"the merged map would need more than {self.max_blocks} blocks ({self.num_blocks} are in use): "
                    "give this map a larger max_blocks"
                )
            self._up_sum = self._up_sum + T[:3, :3] @ other._up_sum
            self._forward_sum = self._forward_sum + T[:3, :3] @ other._forward_sum
            self.num_frames += other.num_frames
            self.stamp = max(self.stamp, other.stamp)
            self._adapt_views_needed()
            self.version = self._store.version
        with other._keyframe_lock:
            views = other.keyframes.transformed(T)
        with self._keyframe_lock:
            self.keyframes.extend(views)

    def _adapt_views_needed(self) -> None:
        views = self._store.mean_views
        needed = _views_needed(views)
        if needed < self._views_needed:  # only when it is well below: every change extracts the whole surface anew
            needed = min(self._views_needed, _views_needed(views / 0.7))
        needed = min(needed, self.min_views)
        if needed != self._views_needed:
            self._views_needed = needed
            self._store.mark_changed()

    def _settings(self) -> dict[str, Any]:
        names = ("voxel_size", "max_depth", "min_depth", "truncation", "max_blocks", "when_full", "min_views",
                 "tolerance", "max_jump")  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def _copied(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """State and blocks, copied some at a time so that frames need not wait."""
        while True:
            with self._lock:
                store = self._store
                state = {
                    "up_sum": self._up_sum.tolist(),
                    "forward_sum": self._forward_sum.tolist(),
                    "num_frames": self.num_frames,
                    "refused_frames": self.refused_frames,
                    "blocks_fused": store.blocks_fused,
                    "views_needed": self._views_needed,
                    "stamp": self.stamp,
                }
                parts = [store.rows(0, 0)]
                high = store.high
            for start in range(0, high, _COPY_BATCH):
                with self._lock:
                    parts.append(store.rows(start, min(start + _COPY_BATCH, high)))
                self._lock.let_pass()
            if store is self._store:  # otherwise a reset came in between
                columns = zip(*parts, strict=True)
                return state, {name: np.concatenate(column) for name, column in zip(COLUMNS, columns, strict=True)}

    def _take(self, state: dict[str, Any], columns: dict[str, np.ndarray]) -> None:
        """Fill an empty map with what ``_copied`` gave."""
        self._store.fill(columns)
        self._store.blocks_fused = int(state["blocks_fused"])
        self._views_needed = int(state["views_needed"])
        self._up_sum, self._forward_sum = np.array(state["up_sum"]), np.array(state["forward_sum"])
        self.num_frames, self.refused_frames = int(state["num_frames"]), int(state["refused_frames"])
        self.stamp = float(state["stamp"])

    def _update(self, since: int | None) -> CloudUpdate:
        """Called with the surface lock held; takes that of the voxels for a batch of blocks at a time."""
        version = self._extract()
        if since is not None and self._store.known_since <= since <= version:
            with self._lock:
                removed = self._store.removed(since, version)
            blocks = np.flatnonzero(self._surface.extracted > since)
            with self._lock:
                alive = self._store.index.alive[blocks]
                regions = np.concatenate([self._store.index.coords[blocks[alive]], *removed])
            points = self._surface.points_of(blocks)
            return self._as_update(points, version, since, np.unique(regions, axis=0))
        if self._cloud is None:
            self._cloud = self._surface.points()
        return self._as_update(self._cloud, version, 0, None)

    def _as_update(self, points: SurfacePoints, version: int, since: int, regions: np.ndarray | None) -> CloudUpdate:
        return CloudUpdate(
            points.xyz, points.rgb, points.normals, points.confidence, version, since, regions is None, regions,
            BLOCK * self.voxel_size, surface.CUBE_OFFSET * self.voxel_size,
        )  # fmt: skip

    def _extract(self) -> int:
        """Extract what was changed; returns the version that the surface cache has then."""
        with self._lock:
            version = self.version
            stale = surface.outdated(self._store.index, self._store.voxels.changed, self._surface.extracted)
            chosen = with_neighbours(self._store.index, stale)
        for start in range(0, len(chosen), _BATCH):
            batch = chosen[start : start + _BATCH]
            with self._lock:
                points = self._extracted(batch, MIN_WEIGHT)
            self._surface.replace(batch, points, version)
            self._lock.let_pass()
        if len(chosen):
            self._cloud = None
        return version

    def _extracted(self, blocks: np.ndarray, min_weight: float) -> SurfacePoints:
        store = self._store
        return SurfacePoints(
            *surface.extract(store.index, store.voxels, blocks, self.voxel_size, min_weight, self._views_needed)
        )

    def _at_min_weight(self, min_weight: float) -> CloudUpdate:
        parts = []
        with self._surface_lock:
            with self._lock:
                version, high = self.version, self._store.high
            for start in range(0, high, _BATCH):
                batch = np.arange(start, min(start + _BATCH, high), dtype=np.int32)
                with self._lock:
                    parts.append(self._extracted(batch, min_weight))
                self._lock.let_pass()
        columns = zip(SurfacePoints.empty(), *parts, strict=True)
        return self._as_update(SurfacePoints(*(np.concatenate(c) for c in columns)), version, 0, None)


def _views_needed(views: float) -> int:
    return next(needed for least, needed in _VIEWS_NEEDED if views >= least)
