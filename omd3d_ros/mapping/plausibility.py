"""Is a frame one that a map can believe?  Judged by the frames before it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from ..types import Camera, Frame
from .map_file import MapError

_FUTURE = 60.0  # seconds ahead of this machine's clock that pass for clock skew
_SUCCESSIVE = 1.0  # seconds; frames further apart may be anywhere
_ZOOM = 0.05  # relative change of the focal length that passes for focus breathing
_NEW_PLACE = 15  # frames in a row that agree on a new place before it is believed


class FrameRefused(MapError):
    """A frame that the map does not believe; ``cause`` is a word to count it under."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(cause, text)  # all arguments, so that it can be pickled on its way from a process
        self.cause = cause

    def __str__(self) -> str:
        return self.args[1]


@dataclass
class FrameChecks:
    """max_jump in metres: how far the camera may move between two frames less than a second apart.

    A pose that jumped is refused; once 15 frames in a row agree with one another about the new place, the camera
    is believed to be there (a relocalisation, a robot carried elsewhere).
    """

    max_jump: float = 2.0
    _camera: Camera | None = None
    _last_place: tuple[float, np.ndarray] | None = None
    _elsewhere: list[tuple[float, np.ndarray]] = field(default_factory=list)

    def check(self, frame: Frame) -> None:
        """Raises FrameRefused for a frame that has no pose or can't be believed."""
        if frame.T_world_camera is None:
            raise FrameRefused("no_pose", "the frame has no pose (T_world_camera is None): it can't be mapped")
        if not np.isfinite(frame.stamp):
            raise FrameRefused("bad_stamp", f"the frame's stamp is {frame.stamp}: it must be in seconds")
        ahead = frame.stamp - time.time()
        if ahead > _FUTURE:
            raise FrameRefused(
                "frame_in_future",
                f"the frame is from the future: its stamp {frame.stamp:.3f} is {ahead:.0f} s ahead of the clock",
            )
        self._check_camera(frame.depth_camera)
        self._check_pose(frame)

    def accept(self, frame: Frame) -> None:
        """Note a frame that was mapped."""
        self._camera = frame.depth_camera
        self._last_place = (frame.stamp, _position(frame))
        self._elsewhere = []

    def _check_camera(self, camera: Camera) -> None:
        known = self._camera
        if known is None or known is camera:
            return
        same_size = (known.width, known.height) == (camera.width, camera.height)
        focal = max(abs(camera.fx / known.fx - 1), abs(camera.fy / known.fy - 1))
        center = max(abs(camera.cx - known.cx) / known.width, abs(camera.cy - known.cy) / known.height)
        if not same_size or max(focal, center) > _ZOOM:
            raise FrameRefused(
                "camera_changed",
                f"the depth camera changed from {_described(known)} to {_described(camera)}: "
                "reset the map, or map each camera's frames in a map of its own and merge them",
            )

    def _check_pose(self, frame: Frame) -> None:
        if self._last_place is None:
            return
        stamp, place = frame.stamp, _position(frame)
        jump = _jump(self._last_place, stamp, place)
        if jump <= self.max_jump:
            return
        if self._elsewhere and _jump(self._elsewhere[-1], stamp, place) > self.max_jump:
            self._elsewhere = []
        self._elsewhere.append((stamp, place))
        if len(self._elsewhere) > _NEW_PLACE:
            return
        seconds = stamp - self._last_place[0]
        raise FrameRefused(
            "pose_jumped",
            f"the pose jumped {jump:.1f} m in {seconds:.3f} s (at most {self.max_jump:g} m are believed): "
            "the frame is not mapped",
        )


def _position(frame: Frame) -> np.ndarray:
    assert frame.T_world_camera is not None
    return frame.T_world_camera[:3, 3].copy()


def _jump(before: tuple[float, np.ndarray], stamp: float, place: np.ndarray) -> float:
    """Metres between two successive frames, 0 for frames that do not follow one another."""
    return float(np.linalg.norm(place - before[1])) if 0 < stamp - before[0] <= _SUCCESSIVE else 0.0


def _described(camera: Camera) -> str:
    return f"{camera.width}x{camera.height} (fx {camera.fx:.1f}, fy {camera.fy:.1f})"
