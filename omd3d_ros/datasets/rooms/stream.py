"""A room as a camera would record it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from omd3d_ros.types import Camera, ColorCamera, Frame

from .renderer import render
from .room import Room
from .sensor import SensorModel, expose, measure_depth
from .shading import Light, shade, view_angle
from .trajectory import camera_path

FRAME_RATE = 30.0 / 8.0
COLOR_OFFSET = (-0.0336, 0.0038, 0.0)


def depth_camera(width: int, height: int) -> Camera:
    """A Kinect's depth camera at this size."""
    return Camera(width, height, 585 / 640 * width, 585 / 640 * width, width / 2, height / 2)


def color_camera(width: int, height: int) -> ColorCamera:
    """A Kinect's colour camera: wider, 34 mm beside the depth camera."""
    T = np.eye(4)
    T[:3, 3] = COLOR_OFFSET
    focal = 526 / 640 * width
    return ColorCamera(width, height, focal, focal, 323.1 / 640 * width, 237.0 / 480 * height, T_color_depth=T)


def stream_room(
    room: Room, frames: int = 60, width: int = 320, height: int = 240, noise: bool = True, seed: int | None = None,
    registered: bool = True,
) -> Iterator[tuple[Frame, np.ndarray]]:  # fmt: skip
    """Yield (Frame, instance image (H, W) uint16 on the depth grid: 0 none, else object id).

    ``seed`` (the room's own by default) draws path, light and sensor.  Without noise the images are exact and the
    poses true.  ``registered=False`` takes colour from a second camera, as ``Frame.color_camera`` then says.
    Raises ValueError for fewer than one frame.
    """
    if frames < 1:
        raise ValueError(f"frames must be at least 1, got {frames}")
    rng = np.random.default_rng([room.seed if seed is None else seed, 0xCA])
    light = Light.of(rng, room.primitives, room.size)
    model = SensorModel.draw(rng)
    true, reported = camera_path(room.primitives, room.size, rng, frames)
    camera = depth_camera(width, height)
    colour = None if registered else color_camera(width, height)
    wander = np.exp(np.cumsum(rng.normal(0, 0.03, frames)))
    packed = room.packed
    owner = np.append(packed.object, 0).astype(np.uint16)
    gloss = np.append(packed.gloss, 0.0).astype(np.float32)
    for i, T in enumerate(true):
        depth, index = render(packed, camera, T)
        if colour is None:
            view, image = T, shade(packed, light, camera, T, depth, index)
        else:
            view = T @ np.linalg.inv(colour.T_color_depth)
            image = shade(packed, light, colour, view, *render(packed, colour, view))
        instances = owner[index]
        if noise:
            angle = view_angle(packed, camera, T, depth, index)
            depth, source = measure_depth(rng, model, depth, gloss[index], angle, camera.fx)
            instances = instances.reshape(-1)[source]
            rgb = expose(rng, model, image, float(np.clip(wander[i], 0.75, 1.3)), _image_motion(true, i, camera))
        else:
            depth = np.where(depth < 100.0, depth, 0.0).astype(np.float32)
            rgb = (np.clip(image * 1.4, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)
        pose = reported[i] if noise else T
        yield Frame(rgb, depth, camera, colour, pose, i / FRAME_RATE), instances


def _image_motion(poses: list[np.ndarray], i: int, camera: Camera) -> np.ndarray:
    """(2,) pixels that the picture moves while the shutter is open, about a twelfth of the way to the next frame."""
    if i + 1 >= len(poses):
        return np.zeros(2)
    turn = poses[i][:3, :3].T @ poses[i + 1][:3, 2]
    return np.array([turn[0], turn[1]]) / max(turn[2], 0.2) * camera.fx / 12.0
