"""RgbdOdometry: where the camera is, from the frames themselves.

Each frame is aligned to a few keyframes near it, never to the frame before it, so errors do not add up while the
camera stays where it has been.  Constant velocity says where to begin; image features do where that is not enough,
and find the way back after the camera was lost.  A pose that the images do not bear out is never handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...types import Camera, Frame
from ..gravity import aligned_from_world, estimate_up
from .alignment import Fit, align, exp, judge
from .features import Detector, Features, relate
from .pyramid import Level, pyramid

REFERENCES = 3  # keyframes that a frame is aligned to
KEYFRAME_SHIFT = 0.15  # metres, or
KEYFRAME_TURN = np.radians(8.0)  # or some of each, from every other keyframe
LEAST_POINTS = 300  # with a normal, on the finest level

# A pose is refused below these, see ``alignment.Fit``.
LEAST_OVERLAP = 0.15
LEAST_FITNESS = 0.6
LEAST_SIMILARITY = 0.6
LEAST_STIFFNESS = 0.0002
MOST_EXCESS = 5.0
MAX_STEP = 0.5  # metres, and
MAX_TURN = np.radians(45.0)  # between two frames, unless features agree
# Below these the features are asked for a second opinion.
CLEAR_FITNESS = 0.8
CLEAR_SIMILARITY = 0.9
# Without features a lost camera is only believed to be back where it was lost, on a view that leaves no doubt.
BACK_OVERLAP = 0.5
BACK_FITNESS = 0.9
BACK_SIMILARITY = 0.95

LEAST_INLIERS = 15
RELATED = 2  # keyframes that features are matched with while tracking
RECALLED = 5  # when lost: so many near the last pose, and so many of all the others in turn
LONGEST_PREDICTION = 1.0  # seconds

_CAMERA_UP = np.array([0.0, -1.0, 0.0])
_CAMERA_FORWARD = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class TrackedPose:
    """What ``track`` made of a frame.

    T_world_camera (4, 4) float64, None unless ok; reason: why not, in words, empty when ok; fitness: share of the
    overlapping points that lie on surfaces seen before; overlap: share of all points that could; rmse: metres, of the
    points to those surfaces; inliers: feature matches that agree, 0 where features were not needed.
    """

    T_world_camera: np.ndarray | None
    ok: bool
    reason: str = ""
    fitness: float = 0.0
    overlap: float = 0.0
    rmse: float = 0.0
    inliers: int = 0


@dataclass(frozen=True)
class _Keyframe:
    levels: tuple[Level, ...]
    features: Features
    T_world_camera: np.ndarray


@dataclass(frozen=True)
class _Candidate:
    """An aligned pose, the feature matches behind it, and what speaks against it (empty: nothing)."""

    fit: Fit
    inliers: int
    doubt: str

    @property
    def rank(self) -> tuple[bool, float]:
        return not self.doubt, _score(self.fit)


class RgbdOdometry:
    """Tracks one camera through frames that come in order.  Not thread-safe.

    start: T_world_camera (4, 4) of the first usable frame, or what makes one of that frame, such as ``level_pose``;
    None: identity.  max_depth in metres.  max_keyframes bounds the memory (about 0.8 MB each): beyond it the
    keyframe that is nearest to another goes.  Frames may change size and calibration: each brings its own.
    Raises ValueError for a start that is not (4, 4), or for bounds that are not positive.
    """

    def __init__(
        self,
        start: np.ndarray | Callable[[Frame], np.ndarray] | None = None,
        max_depth: float = 6.0,
        max_keyframes: int = 100,
    ) -> None:
        if max_depth <= 0 or max_keyframes < 1:
            raise ValueError(f"need positive max_depth and max_keyframes, got {max_depth} and {max_keyframes}")
        self._start = start
        if not callable(start):
            self._start = np.eye(4) if start is None else np.array(start, np.float64)
            if self._start.shape != (4, 4):
                raise ValueError(f"start must be 4x4, got {self._start.shape}")
        self._max_depth = max_depth
        self._max_keyframes = max_keyframes
        self._detector = Detector()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next usable frame defines the world anew."""
        self._keyframes: list[_Keyframe] = []
        self._T = np.eye(4)
        self._stamp = 0.0
        self._velocity = np.zeros(6)  # rotation vector and translation in the camera, a second
        self._turn = 0
        self.lost = False

    @property
    def num_keyframes(self) -> int:
        return len(self._keyframes)

    def track(self, frame: Frame) -> TrackedPose:
        """Find the camera; ``frame.T_world_camera`` is not looked at.

        Refuses, with the reason, a frame with too little depth or structure, one that does not fit what was seen
        before, and a jump that no features confirm; then the tracker is lost, and each further frame is tried
        against the keyframes until one is recognised.  Poses after that are in the same world as before.
        """
        levels = pyramid(frame, self._max_depth)
        points = int(np.count_nonzero(levels[0].normals.any(-1)))
        if points < LEAST_POINTS:
            return self._refuse(f"too little depth: {points} usable points of {levels[0].depth.size}")
        if not self._keyframes:
            return self._begin(frame, levels)
        best = self._aligned(levels, self._predicted(frame.stamp, levels), 0)
        features = None
        if self.lost or best.doubt or not _clear(best.fit):
            features = self._detector.detect(frame, self._max_depth)
            guesses = self._guesses(features)
            best = max([best, *(self._aligned(levels, T, n) for T, n in guesses)], key=lambda c: c.rank)
        if best.doubt:
            return self._refuse(best.doubt, best)
        self._accept(frame, best.fit.T_world_camera, levels, features)
        return TrackedPose(
            best.fit.T_world_camera, True, "", best.fit.fitness, best.fit.overlap, best.fit.rmse, best.inliers
        )

    def _begin(self, frame: Frame, levels: tuple[Level, ...]) -> TrackedPose:
        """A view that could not be recognised again is no place to begin at."""
        itself = judge(levels, [(levels, np.eye(4))], np.eye(4))
        if itself.stiffness < LEAST_STIFFNESS:
            return self._refuse(_bare())
        T = np.array(self._start(frame) if callable(self._start) else self._start, np.float64)
        self._accept(frame, T, levels, None)
        return TrackedPose(T, True, "", 1.0, 1.0, 0.0)

    def _predicted(self, stamp: float, levels: Sequence[Level]) -> np.ndarray:
        """The last pose, or where constant velocity leads: whichever fits better at a glance."""
        gap = stamp - self._stamp
        if self.lost or not 0 < gap <= LONGEST_PREDICTION:
            return self._T
        guesses = (self._T, self._T @ exp(self._velocity * gap))
        references = self._references(self._T)
        coarsest = len(levels) - 1
        return max(guesses, key=lambda T: _score(judge(levels, references, T, coarsest)))

    def _aligned(self, levels: Sequence[Level], guess: np.ndarray, inliers: int) -> _Candidate:
        fit = align(levels, self._references(guess), guess)
        return _Candidate(fit, inliers, self._doubt(fit, inliers))

    def _doubt(self, fit: Fit, inliers: int) -> str:
        if fit.overlap < LEAST_OVERLAP:
            return f"only {fit.overlap:.0%} of this view was seen before"
        if fit.fitness < LEAST_FITNESS:
            return f"only {fit.fitness:.0%} of the points lie on the surfaces seen before"
        if fit.excess > MOST_EXCESS:
            return f"the points are {fit.rmse:.3f} m off the surfaces seen before"
        if fit.similarity is not None and fit.similarity < LEAST_SIMILARITY:
            return f"the picture does not look like the place (correlation {fit.similarity:.2f})"
        if fit.stiffness < LEAST_STIFFNESS:
            return _bare()
        if inliers:
            return ""
        if self.lost and not _unmistakable(fit):
            return "no known place is recognised"
        shift = float(np.linalg.norm(fit.T_world_camera[:3, 3] - self._T[:3, 3]))
        turn = float(_angles(self._T[None], fit.T_world_camera)[0])
        if shift > MAX_STEP or turn > MAX_TURN:
            return f"a jump of {shift:.2f} m and {np.degrees(turn):.0f} degrees that no image features confirm"
        return ""

    def _guesses(self, features: Features) -> list[tuple[np.ndarray, int]]:
        """The two poses with the most feature matches, and how many."""
        found = []
        for keyframe in self._candidates():
            relation = relate(features, keyframe.features)
            if relation is not None and relation.inliers >= LEAST_INLIERS:
                found.append((keyframe.T_world_camera @ relation.T_reference_camera, relation.inliers))
        return sorted(found, key=lambda f: -f[1])[:2]

    def _candidates(self) -> list[_Keyframe]:
        order = np.argsort(self._distances(self._T))
        if not self.lost:
            return [self._keyframes[i] for i in order[:RELATED]]
        near, rest = order[:RECALLED], np.sort(order[RECALLED:])
        if len(rest):
            rest = np.roll(rest, -self._turn)[:RECALLED]
            self._turn += RECALLED
        return [self._keyframes[i] for i in (*near, *rest)]

    def _references(self, T: np.ndarray) -> list[tuple[tuple[Level, ...], np.ndarray]]:
        near = [self._keyframes[i] for i in np.argsort(self._distances(T))[:REFERENCES]]
        return [(k.levels, k.T_world_camera) for k in near]

    def _distances(self, T: np.ndarray) -> np.ndarray:
        """(K,) of all keyframes from a pose; 1 is one KEYFRAME_SHIFT or one KEYFRAME_TURN."""
        poses = np.stack([k.T_world_camera for k in self._keyframes])
        return np.linalg.norm(poses[:, :3, 3] - T[:3, 3], axis=1) / KEYFRAME_SHIFT + _angles(poses, T) / KEYFRAME_TURN

    def _refuse(self, reason: str, candidate: _Candidate | None = None) -> TrackedPose:
        self.lost = bool(self._keyframes)
        self._velocity = np.zeros(6)
        if candidate is None:
            return TrackedPose(None, False, reason)
        fit = candidate.fit
        return TrackedPose(None, False, reason, fit.fitness, fit.overlap, fit.rmse, candidate.inliers)

    def _accept(self, frame: Frame, T: np.ndarray, levels: tuple[Level, ...], features: Features | None) -> None:
        gap = frame.stamp - self._stamp
        if self.lost or not self._keyframes or not 0 <= gap <= LONGEST_PREDICTION:
            self._velocity = np.zeros(6)
        elif gap > 0:
            self._velocity = _log(np.linalg.inv(self._T) @ T) / gap
        self.lost = False
        self._T, self._stamp = T, frame.stamp
        if not self._keyframes or self._distances(T).min() > 1:
            features = features or self._detector.detect(frame, self._max_depth)
            self._keyframes.append(_Keyframe(levels, features, T))
            if len(self._keyframes) > self._max_keyframes:
                self._drop_one()

    def _drop_one(self) -> None:
        """Forget the keyframe that another stands in for best; of two, the younger, but never the newest."""
        crowding = [np.partition(self._distances(k.T_world_camera), 1)[1] for k in self._keyframes[:-1]]
        if not crowding:
            del self._keyframes[0]
            return
        youngest_first = crowding[::-1]
        del self._keyframes[len(crowding) - 1 - int(np.argmin(youngest_first))]


def level_pose(frame: Frame) -> np.ndarray:
    """(4, 4) T_world_camera with the camera at the origin, world z up and +y ahead, from one frame's geometry.

    Up is the direction that the frame's upward-facing surfaces agree on, taken within 40 degrees of the image's own
    up; with too few of them the camera counts as held upright.
    """
    normals = pyramid(frame)[0].normals.reshape(-1, 3)
    return aligned_from_world(estimate_up(normals[normals.any(1)], _CAMERA_UP), 0.0, _CAMERA_FORWARD)


def compile_kernels() -> None:
    """Compile, or load from the cache, what tracking needs, so that no frame waits for it."""
    v, u = np.mgrid[:48, :64]
    rgb = np.repeat(((u * 37 + v * 91) % 256).astype(np.uint8)[..., None], 3, axis=2)
    camera = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)
    frame = Frame(rgb, (1.0 + 0.01 * abs(u - 32) + 0.01 * abs(v - 24)).astype(np.float32), camera)
    odometry = RgbdOdometry()
    for each in (frame, replace(frame, color_camera=camera)):
        odometry.track(each)


def _clear(fit: Fit) -> bool:
    return fit.fitness >= CLEAR_FITNESS and (fit.similarity is None or fit.similarity >= CLEAR_SIMILARITY)


def _unmistakable(fit: Fit) -> bool:
    alike = fit.similarity is not None and fit.similarity >= BACK_SIMILARITY
    return alike and fit.fitness >= BACK_FITNESS and fit.overlap >= BACK_OVERLAP


def _bare() -> str:
    return "too little structure to tell how the camera moved (a bare wall?)"


def _score(fit: Fit) -> float:
    return fit.fitness * np.sqrt(fit.overlap) + 0.5 * (fit.similarity or 0.0)


def _angles(poses: np.ndarray, T: np.ndarray) -> np.ndarray:
    """(K,) radians between the rotations of poses (K, 4, 4) and of T."""
    traces = np.einsum("kij,ij->k", poses[:, :3, :3], T[:3, :3])
    return np.arccos(np.clip((traces - 1) / 2, -1, 1))


def _log(T: np.ndarray) -> np.ndarray:
    """Rotation vector and translation, (6,)."""
    return np.concatenate([cv2.Rodrigues(T[:3, :3])[0][:, 0], T[:3, 3]])
