"""Keyframes: a bounded set of views that covers the map, kept for 2D features and pictures.

What a view sees is counted in cells of the world (10 cm), each with a quality: the pixels that fall on a square
metre of it, which is the cosine of incidence over range squared, less where the picture is blurred.  A frame is kept
when enough of its cells are new, or seen at four times the best quality so far.  When the set is full, the view goes
whose cells the others see as well.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..types import Camera, ColorCamera, Frame, rigid
from .view_cells import (
    CellTable,
    gain_of,
    insert,
    laplacian_variance,
    loss_of,
    sampled_rays,
    view_cells,
)  # fmt: skip
from .visibility import ON_SURFACE, intrinsics, project_visible

_DEPTH_STEP = 0.001  # metres, as in a 16-bit depth image
_FEWEST_CELLS = 50  # a view of fewer cells is measured as if it had these
_CLEARLY = 1.25  # times the loss of the view that would go: else two equal views would take turns
_BLURRED = 0.1  # least factor for blur on the quality
_SHARPNESS_FRAMES = 31  # recent frames whose median sharpness is the measure of blur


@dataclass(frozen=True)
class Keyframe:
    """One kept view, without lens distortion: JPEG of the colour, 16-bit PNG of the depth in millimetres.

    sharpness in 0.1..1: of its colour image, against the frames around it.  cells (C,) int64 and quality (C,)
    float32 say what it sees of the world.
    """

    id: int
    jpeg: np.ndarray
    png: np.ndarray
    depth_camera: Camera
    color_camera: ColorCamera | None
    T_world_camera: np.ndarray
    stamp: float
    sharpness: float
    cells: np.ndarray
    quality: np.ndarray

    def rgb(self) -> np.ndarray:
        """(H, W, 3) uint8, as good as the JPEG."""
        return np.ascontiguousarray(_decoded(self.jpeg, cv2.IMREAD_COLOR)[:, :, ::-1])

    def depth(self) -> np.ndarray:
        """(H, W) float32 metres in steps of a millimetre, 0 where there is no reading."""
        return _decoded(self.png, cv2.IMREAD_UNCHANGED).astype(np.float32) * np.float32(_DEPTH_STEP)

    def frame(self) -> Frame:
        """The view as a frame that can be mapped again."""
        return Frame(
            self.rgb(), self.depth(), self.depth_camera, self.color_camera, self.T_world_camera, self.stamp
        )  # fmt: skip

    def num_bytes(self) -> int:
        """Bytes of its images and cells."""
        return self.jpeg.nbytes + self.png.nbytes + self.cells.nbytes + self.quality.nbytes


class Keyframes:
    """At most ``max_keyframes`` views, chosen as the frames come.  Not thread-safe.

    min_gain: share of a view's cells that must be new (or, counted by half, four times better seen) for it to be
    kept.  cell_size, min_depth, max_depth in metres.  jpeg_quality 1..100.  Raises ValueError for settings out of
    range.
    """

    def __init__(
        self,
        max_keyframes: int = 64,
        min_gain: float = 0.03,
        cell_size: float = 0.1,
        min_depth: float = 0.2,
        max_depth: float = 4.0,
        jpeg_quality: int = 90,
    ) -> None:
        if max_keyframes < 1:
            raise ValueError(f"max_keyframes must be at least 1, got {max_keyframes}")
        if not 0 < min_gain <= 1:
            raise ValueError(f"min_gain must be a share above 0 and at most 1, got {min_gain}")
        if not cell_size > 0:
            raise ValueError(f"cell_size must be positive, got {cell_size}")
        if not 0 < min_depth < max_depth:
            raise ValueError(f"need 0 < min_depth < max_depth, got {min_depth} and {max_depth}")
        if not 1 <= jpeg_quality <= 100:
            raise ValueError(f"jpeg_quality must be 1 to 100, got {jpeg_quality}")
        self.max_keyframes = int(max_keyframes)
        self.min_gain = float(min_gain)
        self.cell_size = float(cell_size)
        self.min_depth = float(min_depth)
        self.max_depth = float(max_depth)
        self.jpeg_quality = int(jpeg_quality)
        self._rays: tuple[Camera, np.ndarray] | None = None
        self._next_id = 0
        self.reset()

    def reset(self) -> None:
        """Forget all views; ids are not given again."""
        self._kept: list[Keyframe] = []
        self._seen = CellTable.of([])
        self._sharpness: deque[float] = deque(maxlen=_SHARPNESS_FRAMES)

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, k: int) -> Keyframe:
        return self._kept[k]

    @property
    def ids(self) -> np.ndarray:
        """(K,) int64, one per view, growing and never given twice: what is computed from a view can be kept by it."""
        return np.array([k.id for k in self._kept], np.int64)

    def consider(self, frame: Frame) -> bool:
        """Keep the frame if it adds enough; whether it was kept.  A frame without a pose or depth never is."""
        if frame.T_world_camera is None:
            return False
        measured = float(laplacian_variance(np.ascontiguousarray(frame.rgb)))
        self._sharpness.append(measured)
        usual = float(np.median(self._sharpness))
        sharpness = float(np.clip(measured / usual, _BLURRED, 1.0)) if usual > 0 else 1.0
        cells, quality = self._look(frame.depth, frame.depth_camera, frame.T_world_camera, sharpness)
        staying = self._beside(cells, quality)
        if staying is None:
            return False
        self._keep(staying, self._compressed(frame, sharpness, cells, quality))
        return True

    def extend(self, other: Keyframes) -> int:
        """Consider the views of another set in the same world, as they are kept; how many were kept.

        Their ids are given anew.
        """
        kept = 0
        for view in other._kept:
            cells, quality = view.cells, view.quality
            if other.cell_size != self.cell_size:
                cells, quality = self._look(view.depth(), view.depth_camera, view.T_world_camera, view.sharpness)
            staying = self._beside(cells, quality)
            if staying is not None:
                self._keep(staying, dataclasses.replace(view, id=self._next_id, cells=cells, quality=quality))
                kept += 1
        return kept

    def transformed(self, T: np.ndarray) -> Keyframes:
        """The same views in another world, where ``T`` (4, 4) takes this one's points; ids stay.

        Raises ValueError when T is not rigid.
        """
        T = rigid(T, "T")
        new = Keyframes(
            self.max_keyframes, self.min_gain, self.cell_size, self.min_depth, self.max_depth, self.jpeg_quality
        )
        for view in self._kept:
            pose = T @ view.T_world_camera
            cells, quality = new._look(view.depth(), view.depth_camera, pose, view.sharpness)
            new._kept.append(dataclasses.replace(view, T_world_camera=pose, cells=cells, quality=quality))
        new._seen = CellTable.of([(v.cells, v.quality) for v in new._kept])
        new._next_id = self._next_id
        return new

    def frames(self) -> Iterator[Frame]:
        """The views as frames, without lens distortion, oldest first; decoded one at a time."""
        return (view.frame() for view in self._kept)

    def pixels(self, xyz: np.ndarray, k: int) -> np.ndarray:
        """(N, 2) float32 column and row in view ``k``'s colour image of each point (N, 3); NaN where it isn't seen.

        Seen: inside both images, and as far from the camera as the depth image says, within 3 cm plus 0.5 cm times
        the square of the range in metres.
        """
        view = self._kept[k]
        depth, color = view.depth_camera, view.color_camera or view.depth_camera
        return project_visible(
            np.ascontiguousarray(xyz, np.float32).reshape(-1, 3),
            np.linalg.inv(view.T_world_camera),
            view.depth(),
            intrinsics(depth),
            np.eye(4) if view.color_camera is None else view.color_camera.T_color_depth,
            intrinsics(color),
            (color.width, color.height),
            ON_SURFACE,
            0,
        )[:, :2]

    def visible(self, xyz: np.ndarray, k: int) -> np.ndarray:
        """(N,) boolean: which of the points (N, 3) view ``k`` sees; see ``pixels``."""
        return ~np.isnan(self.pixels(xyz, k)[:, 0])

    def best_views(self, points: np.ndarray, xyz: np.ndarray, n: int) -> np.ndarray:
        """At most ``n`` views of the points that ``points`` (mask or indices into xyz (N, 3)) picks, best first.

        (n',) int64 numbers of views that see at least one of them, by the pixels that they have on them all,
        less where blurred.
        """
        chosen = np.asarray(xyz)[points].reshape(-1, 3)
        scores = np.zeros(len(self._kept))
        for k, view in enumerate(self._kept):
            if not _in_view(view, chosen).any():
                continue
            seen = chosen[self.visible(chosen, k)]
            camera = view.color_camera or view.depth_camera
            squared = np.sum((seen - view.T_world_camera[:3, 3]) ** 2, axis=1)
            scores[k] = view.sharpness * camera.fx * camera.fy * np.sum(1 / squared)
        order = np.argsort(-scores, kind="stable")[: max(n, 0)]
        return order[scores[order] > 0]

    def num_bytes(self) -> int:
        """Bytes held by the views and the cells that they see."""
        return sum(view.num_bytes() for view in self._kept) + sum(a.nbytes for a in self._seen)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything as plain arrays (none of dtype object), for a file; ``from_arrays`` reads them back."""
        views = self._kept
        identity = np.eye(4)
        numbers = [
            [v.id, v.stamp, v.sharpness, *_camera_numbers(v.depth_camera), *_camera_numbers(v.color_camera)]
            for v in views
        ]
        poses = [
            (v.T_world_camera, identity if v.color_camera is None else v.color_camera.T_color_depth) for v in views
        ]
        sizes = [(len(v.jpeg), len(v.png), len(v.cells)) for v in views]
        return {
            "settings": np.array(
                [self.max_keyframes, self.min_gain, self.cell_size, self.min_depth, self.max_depth,
                 self.jpeg_quality, self._next_id],
            ),
            "numbers": np.array(numbers, np.float64).reshape(-1, 15),
            "poses": np.array(poses, np.float64).reshape(-1, 2, 4, 4),
            "sizes": np.array(sizes, np.int64).reshape(-1, 3),
            "jpeg": _joined([v.jpeg for v in views], np.uint8),
            "png": _joined([v.png for v in views], np.uint8),
            "cells": _joined([v.cells for v in views], np.int64),
            "quality": _joined([v.quality for v in views], np.float32),
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Keyframes:
        """The set that ``to_arrays`` was called on.  Raises ValueError when the arrays are not such."""
        try:
            most, gain, cell_size, min_depth, max_depth, jpeg_quality, next_id = arrays["settings"].tolist()
            new = cls(int(most), gain, cell_size, min_depth, max_depth, int(jpeg_quality))
            sizes = arrays["sizes"]
            jpeg = _parts(arrays["jpeg"], sizes[:, 0])
            png = _parts(arrays["png"], sizes[:, 1])
            cells, quality = _parts(arrays["cells"], sizes[:, 2]), _parts(arrays["quality"], sizes[:, 2])
            for i, (numbers, poses, _) in enumerate(zip(arrays["numbers"], arrays["poses"], sizes, strict=True)):
                new._kept.append(
                    Keyframe(
                        int(numbers[0]), jpeg[i], png[i], Camera(*_camera_values(numbers[3:9])),
                        _color_camera(numbers[9:15], poses[1]), poses[0].copy(), float(numbers[1]), float(numbers[2]),
                        cells[i], quality[i],
                    )
                )  # fmt: skip
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ValueError(f"not the arrays of keyframes ({type(error).__name__}: {error})") from error
        new._next_id = int(next_id)
        new._seen = CellTable.of([(v.cells, v.quality) for v in new._kept])
        return new

    def _look(
        self, depth: np.ndarray, camera: Camera, T_world_camera: np.ndarray, sharpness: float
    ) -> tuple[np.ndarray, np.ndarray]:
        if self._rays is None or self._rays[0] != camera:
            self._rays = camera, sampled_rays(camera)
        return view_cells(
            np.ascontiguousarray(depth), self._rays[1], camera.fx, camera.fy, np.ascontiguousarray(T_world_camera),
            self.cell_size, self.min_depth, self.max_depth, sharpness,
        )  # fmt: skip

    def _beside(self, cells: np.ndarray, quality: np.ndarray) -> list[Keyframe] | None:
        """The views that would stay beside a new one that sees these cells; None when it isn't worth keeping."""
        if gain_of(self._seen, cells, quality) < self.min_gain * max(len(cells), _FEWEST_CELLS):
            return None
        if len(self._kept) < self.max_keyframes:
            return self._kept
        seen = CellTable.of([(v.cells, v.quality) for v in self._kept], extra=len(cells))
        insert(seen, cells, quality)
        losses = [loss_of(seen, view.cells, view.quality) for view in self._kept]
        least = int(np.argmin(losses))
        if loss_of(seen, cells, quality) <= _CLEARLY * losses[least]:
            return None
        return self._kept[:least] + self._kept[least + 1 :]

    def _keep(self, staying: list[Keyframe], view: Keyframe) -> None:
        self._kept = [*staying, view]
        self._seen = CellTable.of([(v.cells, v.quality) for v in self._kept])
        self._next_id += 1

    def _compressed(self, frame: Frame, sharpness: float, cells: np.ndarray, quality: np.ndarray) -> Keyframe:
        depth, rgb, camera, color = frame.depth, frame.rgb, frame.depth_camera, frame.color_camera
        if camera.distortion is not None:
            depth = _undistorted(depth, camera, cv2.INTER_NEAREST)
            rgb = _undistorted(rgb, camera, cv2.INTER_LINEAR) if color is None else rgb
        if color is not None and color.distortion is not None:
            rgb = _undistorted(rgb, color, cv2.INTER_LINEAR)
        good = np.isfinite(depth) & (depth > 0) & (depth < 65.535)
        steps = np.where(good, depth, 0) / np.float32(_DEPTH_STEP)
        _, png = cv2.imencode(".png", (steps + 0.5).astype(np.uint16), [cv2.IMWRITE_PNG_COMPRESSION, 1])
        _, jpeg = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.jpeg_quality])
        assert frame.T_world_camera is not None
        T_color_depth = color.T_color_depth if isinstance(color, ColorCamera) else np.eye(4)
        return Keyframe(
            self._next_id, jpeg.ravel(), png.ravel(), dataclasses.replace(camera, distortion=None),
            None if color is None else _color_camera(_camera_numbers(color), T_color_depth),
            frame.T_world_camera.copy(), float(frame.stamp), sharpness, cells, quality,
        )  # fmt: skip


def _decoded(data: np.ndarray, flags: int) -> np.ndarray:
    image = cv2.imdecode(data, flags)
    if image is None:
        raise ValueError("a keyframe's image cannot be decoded")
    return image


def _in_view(view: Keyframe, xyz: np.ndarray) -> np.ndarray:
    """(N,) whether the points fall on the depth image, hidden or not: needs no decoding."""
    R, camera = view.T_world_camera[:3, :3], view.depth_camera
    x, y, z = ((xyz - view.T_world_camera[:3, 3]) @ R).T
    before = z > 0
    z = np.where(before, z, 1)
    u, v = x / z * camera.fx + camera.cx, y / z * camera.fy + camera.cy
    return (
        before
        & (abs(u - camera.width / 2) <= camera.width / 2 + 1)
        & (abs(v - camera.height / 2) <= camera.height / 2 + 1)
    )


def _camera_numbers(camera: Camera | None) -> list[float]:
    if camera is None:
        return [0.0] * 6
    return [camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy]


def _camera_values(numbers: np.ndarray | list[float]) -> tuple[int, int, float, float, float, float]:
    width, height, fx, fy, cx, cy = (float(n) for n in numbers)
    return int(width), int(height), fx, fy, cx, cy


def _color_camera(numbers: np.ndarray | list[float], T_color_depth: np.ndarray) -> ColorCamera | None:
    """None where the width is 0: colour lies on depth's pixel grid."""
    if numbers[0] == 0:
        return None
    return ColorCamera(*_camera_values(numbers), T_color_depth=T_color_depth.copy())


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype), *parts])


def _parts(joined: np.ndarray, sizes: np.ndarray) -> list[np.ndarray]:
    if len(joined) != sizes.sum():
        raise ValueError(f"{len(joined)} elements where {sizes.sum()} were announced")
    if len(sizes) == 0:
        return []
    return [part.copy() for part in np.split(joined, np.cumsum(sizes)[:-1])]


def _undistorted(image: np.ndarray, camera: Camera, interpolation: int) -> np.ndarray:
    size = camera.width, camera.height
    K = camera.matrix
    x, y = cv2.initUndistortRectifyMap(K, np.array(camera.distortion), np.eye(3), K, size, cv2.CV_32FC1)
    return cv2.remap(image, x, y, interpolation)
