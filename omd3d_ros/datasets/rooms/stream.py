"""A room as a camera would record it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from omd3d_ros.types import Camera, ColorCamera, Frame

from .color_sensor import ColorSensor
from .recording import Recording
from .renderer import render
from .room import Room
from .sensor import measure_depth
from .shading import Light, shade, view_angle
from .trajectory import camera_path

FRAME_RATE = 30.0 / 8.0
COLOR_OFFSET = (-0.0336, 0.0038, 0.0)
_MAX_LAG = np.radians(0.5)


def depth_camera(width: int, height: int, focal: float = 1.0) -> Camera:
    """A Kinect's depth camera at this size; ``focal`` scales its focal length."""
    f = 585 / 640 * width * focal
    return Camera(width, height, f, f, width / 2, height / 2)


def color_camera(width: int, height: int) -> ColorCamera:
    """A Kinect's colour camera: wider, 34 mm beside the depth camera."""
    T = np.eye(4)
    T[:3, 3] = COLOR_OFFSET
    focal = 526 / 640 * width
    return ColorCamera(width, height, focal, focal, 323.1 / 640 * width, 237.0 / 480 * height, T_color_depth=T)


@dataclass(frozen=True)
class RecordedFrame:
    """A frame as the recording holds it, and what is true of it.

    instances (H, W) uint16 on the depth grid: 0 none, else object id.  T_room_camera (4, 4): where the depth camera
    was, which ``frame.T_world_camera`` tells with the tracker's error.
    """

    frame: Frame
    instances: np.ndarray
    T_room_camera: np.ndarray


def stream_room(
    room: Room, frames: int = 60, width: int = 320, height: int = 240, noise: bool = True, seed: int | None = None,
    registered: bool = True,
) -> Iterator[tuple[Frame, np.ndarray]]:  # fmt: skip
    """Yield (Frame, instance image (H, W) uint16 on the depth grid: 0 none, else object id) of a careful recording.

    ``seed`` (the room's own by default) draws path, light and sensor.  Without noise the images are exact and the
    poses true.  ``registered=False`` takes colour from a second camera, as ``Frame.color_camera`` then says.
    Raises ValueError for fewer than one frame.
    """
    rng = np.random.default_rng([room.seed if seed is None else seed, 0xCA])
    recording = Recording.plain(rng, width, height, registered)
    for recorded in record_room(room, recording, rng, frames, noise):
        yield recorded.frame, recorded.instances


def record_room(
    room: Room, recording: Recording, rng: np.random.Generator, frames: int, noise: bool = True
) -> Iterator[RecordedFrame]:
    """The frames of one recording of a room.  Raises ValueError for fewer than one frame."""
    if frames < 1:
        raise ValueError(f"frames must be at least 1, got {frames}")
    light = Light.of(rng, room.primitives, room.size)
    true = camera_path(room.primitives, room.size, rng, frames, recording.path, recording.eye)
    reported = recording.drift.reported(rng, true)
    camera = depth_camera(recording.width, recording.height, recording.focal)
    colour = None if recording.registered else color_camera(recording.width, recording.height)
    sensor = ColorSensor(recording.color, rng)
    packed = room.packed
    owner = np.append(packed.object, 0).astype(np.uint16)
    gloss = np.append(packed.gloss, 0.0).astype(np.float32)
    for i, T in enumerate(true):
        depth, index = render(packed, camera, T)
        view = T if colour is None else T @ np.linalg.inv(colour.T_color_depth)
        if noise and recording.misaligned:
            view = view @ _misalignment(recording, true, i)
        eye: Camera = colour or camera
        seen = (depth, index) if view is T else render(packed, eye, view)
        image = shade(packed, light, eye, view, *seen)
        instances = owner[index]
        if noise:
            angle = view_angle(camera, depth, index)
            depth, source = measure_depth(rng, recording.sensor, depth, gloss[index], angle, camera.fx)
            instances = instances.reshape(-1)[source]
            rgb = sensor.capture(image, _image_motion(true, i, camera))
        else:
            depth = np.where(depth < 100.0, depth, 0.0).astype(np.float32)
            rgb = (np.clip(image * 1.4, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)
        frame = Frame(rgb, depth, camera, colour, reported[i] if noise else T, i / FRAME_RATE)
        yield RecordedFrame(frame, instances, T)


def _misalignment(recording: Recording, poses: list[np.ndarray], i: int) -> np.ndarray:
    """(4, 4) rotation from where the colour camera is said to look to where it looks."""
    turn = np.array(recording.skew)
    if i > 0 and recording.latency:
        lag = Rotation.from_matrix(poses[i][:3, :3].T @ poses[i - 1][:3, :3]).as_rotvec() * recording.latency
        turn = turn + lag * min(1.0, _MAX_LAG / max(float(np.linalg.norm(lag)), 1e-9))
    T = np.eye(4)
    T[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
    return T


def _image_motion(poses: list[np.ndarray], i: int, camera: Camera) -> np.ndarray:
    """(2,) pixels that the picture moves while the shutter is open, about a twelfth of the way to the next frame."""
    if i + 1 >= len(poses):
        return np.zeros(2)
    turn = poses[i][:3, :3].T @ poses[i + 1][:3, 2]
    return np.array([turn[0], turn[1]]) / max(turn[2], 0.2) * camera.fx / 12.0
