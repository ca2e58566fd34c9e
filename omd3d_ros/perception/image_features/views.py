"""What image features are taken from: keyframes of a map, or plain frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...types import Camera, ColorCamera, Frame


class View(Protocol):
    """A posed RGB-D picture without lens distortion, such as mapping's Keyframe; fields as in Frame.

    id: never given twice within a set of views.  sharpness in 0..1.
    """

    @property
    def id(self) -> int: ...
    @property
    def depth_camera(self) -> Camera: ...
    @property
    def color_camera(self) -> Camera | None: ...
    @property
    def T_world_camera(self) -> np.ndarray: ...
    @property
    def stamp(self) -> float: ...
    @property
    def sharpness(self) -> float: ...

    def rgb(self) -> np.ndarray:
        """(H, W, 3) uint8."""

    def depth(self) -> np.ndarray:
        """(H', W') float32 metres; 0, NaN and inf mean that there is no reading."""


@dataclass(frozen=True)
class FrameView:
    """A frame as a view.  Raises ValueError for a frame without a pose or with lens distortion."""

    id: int
    frame: Frame
    sharpness: float = 1.0

    def __post_init__(self) -> None:
        if self.frame.T_world_camera is None:
            raise ValueError(f"view {self.id} has no pose: give a frame with T_world_camera")
        if any(camera is not None and camera.distortion for camera in (self.depth_camera, self.color_camera)):
            raise ValueError(f"view {self.id} has lens distortion: undistort it, as Keyframes does")

    @property
    def depth_camera(self) -> Camera:
        return self.frame.depth_camera

    @property
    def color_camera(self) -> Camera | None:
        return self.frame.color_camera

    @property
    def T_world_camera(self) -> np.ndarray:
        assert self.frame.T_world_camera is not None
        return self.frame.T_world_camera

    @property
    def stamp(self) -> float:
        return self.frame.stamp

    def rgb(self) -> np.ndarray:
        return self.frame.rgb

    def depth(self) -> np.ndarray:
        return self.frame.depth


def picture_camera(view: View) -> Camera:
    """The camera that the colour image belongs to."""
    return view.color_camera or view.depth_camera


def T_color_depth(view: View) -> np.ndarray:
    """(4, 4), depth camera to colour camera; the identity where colour lies on depth's pixels."""
    return view.color_camera.T_color_depth if isinstance(view.color_camera, ColorCamera) else np.eye(4)
