"""Rigid transforms over time: a bounded tree of them, read between stamps by interpolation."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from omd3d_ros.sensing.messages import NANOSECONDS

MAX_POSES_PER_FRAME = 20_000


class TransformUnavailable(LookupError):
    """No transform for these frames at this time; the text says why, ``cause`` is what it is counted under."""

    def __init__(self, text: str, cause: str = "no_transform") -> None:
        super().__init__(text)
        self.cause = cause


@dataclass(order=True)
class StampedPose:
    stamp: int
    translation: np.ndarray = field(compare=False)
    quaternion: np.ndarray = field(compare=False)


def unit_quaternion(xyzw: np.ndarray) -> np.ndarray:
    """Normalise (4,) x y z w; raises ValueError when it is zero or not finite."""
    quaternion = np.asarray(xyzw, dtype=np.float64)
    norm = float(np.linalg.norm(quaternion))
    if not np.isfinite(norm) or norm < 1e-6:
        raise ValueError(f"quaternion {quaternion.tolist()} is not a rotation")
    return quaternion / norm


def matrix_from_pose(translation: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """(4, 4) float64 from a translation and a unit quaternion x y z w."""
    x, y, z, w = quaternion
    T = np.eye(4)
    T[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    T[:3, 3] = translation
    return T


def quaternion_from_matrix(T: np.ndarray) -> np.ndarray:
    """Unit quaternion x y z w of the rotation in a (4, 4) or (3, 3) matrix (Shepperd's method)."""
    R = np.asarray(T, dtype=np.float64)[:3, :3]
    squares = np.array([R[0, 0], R[1, 1], R[2, 2], np.trace(R)])
    i = int(np.argmax(squares))
    if i == 3:
        q = np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1], 1 + squares[3]])
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        q = np.empty(4)
        q[i] = 1 + R[i, i] - R[j, j] - R[k, k]
        q[j] = R[j, i] + R[i, j]
        q[k] = R[k, i] + R[i, k]
        q[3] = R[k, j] - R[j, k]
    return unit_quaternion(q)


def interpolate(a: StampedPose, b: StampedPose, stamp: int) -> np.ndarray:
    """(4, 4) between two poses: linear translation, spherical linear rotation."""
    t = (stamp - a.stamp) / (b.stamp - a.stamp)
    cosine = float(a.quaternion @ b.quaternion)
    end = b.quaternion if cosine >= 0 else -b.quaternion
    angle = float(np.arccos(min(abs(cosine), 1.0)))
    if angle < 1e-6:
        quaternion = (1 - t) * a.quaternion + t * end
    else:
        quaternion = (np.sin((1 - t) * angle) * a.quaternion + np.sin(t * angle) * end) / np.sin(angle)
    return matrix_from_pose((1 - t) * a.translation + t * b.translation, unit_quaternion(quaternion))


def require_within(stamp: int, first: int, last: int, what: str) -> None:
    """Raises TransformUnavailable when a stamp is before the first pose that is known or after the last."""
    if stamp > last:
        ahead = (stamp - last) / NANOSECONDS
        raise TransformUnavailable(f"the image is {ahead:.3f} s ahead of the newest {what}", "transform_too_old")
    if stamp < first:
        behind = (first - stamp) / NANOSECONDS
        raise TransformUnavailable(f"the oldest {what} is {behind:.3f} s in the image's future", "transform_in_future")


class Track(Protocol):
    """One frame's pose in its parent over time."""

    def at(self, stamp: int, what: str) -> np.ndarray:
        """(4, 4) at a stamp in nanoseconds; raises TransformUnavailable, with ``what`` in it, outside what is known."""


class PoseTrack:
    """One frame's pose in its parent over the last ``duration`` seconds."""

    def __init__(self, duration: float) -> None:
        self.duration = round(duration * NANOSECONDS)
        self.poses: list[StampedPose] = []

    def add(self, pose: StampedPose) -> None:
        """Insert by stamp; a pose far in the past means that the clock was set back, and starts over."""
        if self.poses and pose.stamp < self.poses[-1].stamp - self.duration:
            self.poses.clear()
        position = bisect_left(self.poses, pose)
        if position < len(self.poses) and self.poses[position].stamp == pose.stamp:
            self.poses[position] = pose
            return
        insort(self.poses, pose)
        oldest = self.poses[-1].stamp - self.duration
        expired = bisect_left(self.poses, oldest, key=lambda p: p.stamp)
        del self.poses[: max(expired, len(self.poses) - MAX_POSES_PER_FRAME)]

    def at(self, stamp: int, what: str) -> np.ndarray:
        """(4, 4) at a stamp in nanoseconds; raises TransformUnavailable outside of what is known."""
        if not self.poses:
            raise TransformUnavailable(f"{what} not received yet")
        require_within(stamp, self.poses[0].stamp, self.poses[-1].stamp, what)
        position = bisect_left(self.poses, stamp, key=lambda p: p.stamp)
        found = self.poses[position]
        if found.stamp == stamp:
            return matrix_from_pose(found.translation, found.quaternion)
        return interpolate(self.poses[position - 1], found, stamp)


class TransformTree:
    """What /tf and /tf_static said, with the meaning of tf2's buffer; thread-safe."""

    def __init__(self, duration: float) -> None:
        self.duration = duration
        self._lock = threading.Lock()
        self._parents: dict[str, str] = {}
        self._tracks: dict[str, Track] = {}
        self._static: dict[str, np.ndarray] = {}

    def add(
        self, parent: str, child: str, stamp: int, translation: np.ndarray, quaternion: np.ndarray, static: bool = False
    ) -> None:
        """Take one transform (child's pose in parent); raises ValueError when it is not a rigid transform."""
        parent, child = parent.lstrip("/"), child.lstrip("/")
        if not parent or not child or parent == child:
            raise ValueError(f"transform from {child!r} to {parent!r} names no two frames")
        translation = np.asarray(translation, dtype=np.float64)
        if not np.all(np.isfinite(translation)):
            raise ValueError(f"transform from {child} to {parent} has NaN or inf")
        quaternion = unit_quaternion(quaternion)
        with self._lock:
            if self._parents.get(child) != parent:
                self._tracks.pop(child, None)
                self._static.pop(child, None)
                self._parents[child] = parent
            if static:
                self._static[child] = matrix_from_pose(translation, quaternion)
            else:
                track = self._tracks.get(child)
                if not isinstance(track, PoseTrack):
                    track = self._tracks[child] = PoseTrack(self.duration)
                track.add(StampedPose(stamp, translation, quaternion))

    def put(self, parent: str, child: str, track: Track) -> None:
        """Take all of a child's poses in its parent at once, in place of what is known of the child."""
        with self._lock:
            self._static.pop(child, None)
            self._parents[child], self._tracks[child] = parent, track

    def lookup(self, target: str, source: str, stamp: int) -> np.ndarray:
        """T_target_source (4, 4) at a stamp in nanoseconds; raises TransformUnavailable with the reason."""
        target, source = target.lstrip("/"), source.lstrip("/")
        if target == source:
            return np.eye(4)
        with self._lock:
            up, down = self._ancestors(source), self._ancestors(target)
            common = next((frame for frame in up if frame in down), None)
            if common is None:
                missing = [f for f in (source, target) if len(self._ancestors(f)) == 1 and not self._is_parent(f)]
                detail = f"{' and '.join(missing)} never seen on TF" if missing else "they are not connected on TF"
                raise TransformUnavailable(f"no transform from {source} to {target}: {detail}")
            try:
                T_common_source = self._climb(up[: up.index(common)], stamp)
                T_common_target = self._climb(down[: down.index(common)], stamp)
            except TransformUnavailable as reason:
                raise TransformUnavailable(f"no transform from {source} to {target}: {reason}", reason.cause) from None
        return np.linalg.inv(T_common_target) @ T_common_source

    def ancestors(self, frame: str) -> list[str]:
        """The frame, its parent, and so on up to the root of its tree."""
        with self._lock:
            return self._ancestors(frame.lstrip("/"))

    def moves(self, frame: str) -> bool:
        """Whether the frame's pose in its parent came on /tf."""
        with self._lock:
            return frame.lstrip("/") in self._tracks

    def _is_parent(self, frame: str) -> bool:
        return frame in self._parents.values()

    def _ancestors(self, frame: str) -> list[str]:
        chain = [frame]
        while (parent := self._parents.get(chain[-1])) is not None and parent not in chain:
            chain.append(parent)
        return chain

    def _climb(self, frames: list[str], stamp: int) -> np.ndarray:
        T = np.eye(4)
        for child in frames:
            if child in self._static:
                T = self._static[child] @ T
            else:
                T = self._tracks[child].at(stamp, f"{self._parents[child]} -> {child} on TF") @ T
        return T
