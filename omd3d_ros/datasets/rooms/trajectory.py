"""Camera paths through a room: smooth, looking down, clear of furniture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import distance_transform_edt

from .pose_drift import smooth_noise
from .shapes import extents

CELL = 0.05
# Points (F, 2), azimuths (F,), and what the camera looks down at, if anything.
Path = tuple[np.ndarray, np.ndarray, np.ndarray | None]
PATHS = ("sweep", "scan", "stand", "walk", "orbit", "close")


def camera_path(
    primitives: np.ndarray,
    size: np.ndarray,
    rng: np.random.Generator,
    frames: int,
    path: str,
    eye: tuple[float, float] = (1.3, 1.7),
) -> list[np.ndarray]:
    """T_world_camera (4, 4), ``frames`` of them.

    path: "sweep" turns over a part of the room from about one place and back; "scan" goes through the room and turns
    round; "stand" turns round in one place; "walk" goes along a line; "orbit" goes round what stands in the room;
    "close" looks at it from near.  eye: least and greatest height in metres that the camera is held at.
    """
    mean_height = rng.uniform(*eye)
    free = _clearance(primitives, size, eye=min(mean_height - 0.05, 1.25))
    focus = _focus(primitives, size, rng)
    points, azimuth, target = _PATH_MAKERS[path](rng, free, size, frames, focus)
    points = np.clip(points, 0.25, size[:2] - 0.25)
    height = mean_height + _drift(rng, frames, 0.1, 9)
    height = np.clip(height, eye[0] - 0.1, min(eye[1] + 0.1, size[2] - 0.4))
    height = np.maximum(height, _floor_under(primitives, size, points) + 0.3)
    if target is None:
        tilt = rng.uniform(16, 31) if mean_height > 1.2 else rng.uniform(4, 18)
    else:
        tilt = np.degrees(np.arctan2(height - rng.uniform(0.4, 0.9), np.linalg.norm(points - target, axis=1)))
    pitch = -np.radians(np.clip(tilt + _drift(rng, frames, 6.0, 7), 4, 42 if target is None else 60))
    roll = np.radians(np.clip(rng.normal(0, 3) + _drift(rng, frames, 3.5, 6), -14, 14))
    return [look(np.array([*points[i], height[i]]), azimuth[i], pitch[i], roll[i]) for i in range(frames)]


def look(eye: np.ndarray, azimuth: float, pitch: float, roll: float = 0.0) -> np.ndarray:
    """T_world_camera at ``eye`` facing ``azimuth`` (from +x towards +y) and up by ``pitch``, turned by ``roll``."""
    forward = np.array([np.cos(azimuth) * np.cos(pitch), np.sin(azimuth) * np.cos(pitch), np.sin(pitch)])
    right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    down = np.cross(forward, right)
    T = np.eye(4)
    T[:3, 0] = np.cos(roll) * right + np.sin(roll) * down
    T[:3, 1] = np.cos(roll) * down - np.sin(roll) * right
    T[:3, 2], T[:3, 3] = forward, eye
    return T


def _drift(rng: np.random.Generator, frames: int, spread: float, width: float) -> np.ndarray:
    """(frames,) smooth noise with the given standard deviation along the run."""
    return smooth_noise(rng, frames, width, 1)[:, 0] * spread


def _grid(primitives: np.ndarray, size: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """(X, Y) highest of ``heights`` (P,) over each floor cell, the house itself left out."""
    shape = np.ceil(size[:2] / CELL).astype(int)
    top = np.zeros(shape, np.float32)
    reach = extents(primitives)
    for row in np.flatnonzero((primitives["object"] > 0) & (heights > 0)):
        low = (primitives["center"][row, :2] - reach[row, :2]) / CELL
        high = (primitives["center"][row, :2] + reach[row, :2]) / CELL
        cut = np.s_[max(int(low[0]), 0) : max(int(high[0]) + 1, 0), max(int(low[1]), 0) : max(int(high[1]) + 1, 0)]
        top[cut] = np.maximum(top[cut], heights[row])
    return top


def _clearance(primitives: np.ndarray, size: np.ndarray, eye: float) -> np.ndarray:
    """(X, Y) metres to the nearest wall or thing that reaches into the band from under the eye to over the head."""
    reach = extents(primitives)
    low, high = primitives["center"][:, 2] - reach[:, 2], primitives["center"][:, 2] + reach[:, 2]
    blocked = _grid(primitives, size, np.where((high > eye - 0.3) & (low < 2.0), 1.0, 0.0)) > 0
    return distance_transform_edt(np.pad(~blocked, 1))[1:-1, 1:-1] * CELL


def _floor_under(primitives: np.ndarray, size: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(F,) height of what lies right below each point and under eye height."""
    high = primitives["center"][:, 2] + extents(primitives)[:, 2]
    top = _grid(primitives, size, np.where(high < 1.3, high, 0.0))
    cell = np.clip((points / CELL).astype(int), 0, np.array(top.shape) - 1)
    return top[cell[:, 0], cell[:, 1]]


def _spot(rng: np.random.Generator, free: np.ndarray, margin: float, near: np.ndarray | None = None) -> np.ndarray:
    """A random free place; the roomiest one when none has the margin.  ``near``: as close to it as a few tries give."""
    open_cells = np.argwhere(free >= min(margin, float(free.max())))
    picks = (open_cells[rng.integers(len(open_cells), size=12)] + 0.5) * CELL
    if near is None:
        return picks[0]
    return picks[np.argmin(np.linalg.norm(picks - near, axis=1))]


def _clear_line(free: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
    cells = (np.linspace(a, b, 40) / CELL).astype(int)
    return bool((free[cells[:, 0], cells[:, 1]] > 0.18).all())


def _walk(rng: np.random.Generator, free: np.ndarray, stops: list[np.ndarray], frames: int) -> np.ndarray:
    """Eased travel through the stops, leaving out legs that something blocks."""
    kept = [stops[0]]
    for stop in stops[1:]:
        if _clear_line(free, kept[-1], stop):
            kept.append(stop)
    if len(kept) == 1:
        return np.repeat(kept[0][None], frames, axis=0) + np.stack([_drift(rng, frames, 0.04, 5) for _ in range(2)], 1)
    at = np.linspace(0, len(kept) - 1, frames)
    leg = np.minimum(at.astype(int), len(kept) - 2)
    k = (at - leg)[:, None]
    k = k * k * (3 - 2 * k)
    path = np.array(kept)[leg] * (1 - k) + np.array(kept)[leg + 1] * k
    return path + np.stack([_drift(rng, frames, 0.03, 5) for _ in range(2)], axis=1)


def _focus(primitives: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(2,) what someone would film: a place where much stands, weighted by how many parts are near it."""
    parts = primitives["center"][primitives["object"] > 0][:, :2].astype(float)
    if len(parts) == 0 or rng.random() < 0.15:
        return size[:2] / 2
    picks = parts[rng.integers(len(parts), size=6)]
    crowd = [(np.linalg.norm(parts - p, axis=1) < 0.8).sum() for p in picks]
    return 0.75 * picks[int(np.argmax(crowd))] + 0.25 * size[:2] / 2


def _sweep(rng, free, size, frames, focus) -> Path:
    """From about one place: look across the room, turn some 120 degrees and back."""
    first = _place_near(rng, free, focus, 1.0, 2.4)
    toward = focus + rng.normal(0, 0.2, 2) - first
    stops = [first] + [_spot(rng, free, 0.3, first + rng.normal(0, 0.6, 2)) for _ in range(int(rng.integers(2, 6)))]
    stops = [s for s in stops if np.linalg.norm(s - first) < 1.3]
    middle = np.arctan2(toward[1], toward[0])
    half = np.radians(rng.uniform(45, 75))
    phase = rng.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi * rng.uniform(0.6, 1.6), frames)
    azimuth = middle + half * np.sin(phase) + np.radians(_drift(rng, frames, 5, 4))
    return _walk(rng, free, stops, frames), azimuth, None


def _scan(rng, free, size, frames, focus) -> Path:
    """Through the whole room, turning once round or more."""
    stops = [_spot(rng, free, 0.35) for _ in range(int(rng.integers(3, 7)))]
    path = _walk(rng, free, stops, frames)
    return path, _inward(size, path, _turning(rng, frames, 0.95, 1.5)), None


def _stand(rng, free, size, frames, focus) -> Path:
    """In one place near the middle of the room, turning half round or more."""
    path = _walk(rng, free, [_spot(rng, free, 0.4, size[:2] / 2)], frames)
    return path, _inward(size, path, _turning(rng, frames, 0.55, 1.3)), None


def _along(rng, free, size, frames, focus) -> Path:
    """Along the longest of a few clear lines, looking ahead or to one side."""
    ends = [(_spot(rng, free, 0.3), _spot(rng, free, 0.3)) for _ in range(40)]
    clear = [line for line in ends if _clear_line(free, *line)] or [(ends[0][0], ends[0][0])]
    start, end = max(clear, key=lambda line: float(np.linalg.norm(line[1] - line[0])))
    path = _walk(rng, free, [start, end], frames)
    ahead = np.arctan2(end[1] - start[1], end[0] - start[0])
    azimuth = ahead + np.radians(rng.uniform(-70, 70) + _drift(rng, frames, 22, frames / 6))
    return path, _inward(size, path, azimuth), None


def _orbit(rng, free, size, frames, focus) -> Path:
    """Round what stands in the room as far as there is space, looking at it."""
    radius = rng.uniform(1.0, 1.8)
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    ring = focus + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    cells = (ring / CELL).astype(int)
    inside = ((cells >= 0) & (cells < free.shape)).all(axis=1)
    cells = np.clip(cells, 0, np.array(free.shape) - 1)
    clear = inside & (free[cells[:, 0], cells[:, 1]] > 0.25)
    start, length = _longest_run(clear)
    if length < 9:
        return _close(rng, free, size, frames, focus)
    at = np.radians(5 * (start + np.linspace(0, length - 1, frames)))[:: int(rng.choice([-1, 1]))]
    reach = radius + _drift(rng, frames, 0.08, 6)
    path = focus + reach[:, None] * np.stack([np.cos(at), np.sin(at)], axis=1)
    return path, _towards(rng, path, focus, 8.0), focus


def _close(rng, free, size, frames, focus) -> Path:
    """A part of the room from near."""
    first = _place_near(rng, free, focus, 0.7, 1.5)
    stops = [first] + [_spot(rng, free, 0.25, first + rng.normal(0, 0.5, 2)) for _ in range(int(rng.integers(1, 4)))]
    path = _walk(rng, free, [s for s in stops if np.linalg.norm(s - focus) < 2.2] or [first], frames)
    return path, _towards(rng, path, focus, 14.0), focus


def _place_near(rng: np.random.Generator, free: np.ndarray, focus: np.ndarray, low: float, high: float) -> np.ndarray:
    """A free place between ``low`` and ``high`` metres from the focus, if a few tries find one."""
    place = _spot(rng, free, 0.3)
    for _ in range(12):
        if low < np.linalg.norm(focus - place) < high:
            break
        place = _spot(rng, free, 0.3, focus + rng.normal(0, high / 2, 2))
    return place


def _turning(rng: np.random.Generator, frames: int, low: float, high: float) -> np.ndarray:
    """(frames,) azimuth that turns ``low`` to ``high`` times round."""
    turn = rng.choice([-1, 1]) * 2 * np.pi * rng.uniform(low, high)
    return rng.uniform(0, 2 * np.pi) + np.linspace(0, turn, frames) + np.radians(_drift(rng, frames, 10, 4))


def _inward(size: np.ndarray, path: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """With the back to a wall there is little to see: lean the view towards the middle of the room."""
    inward = np.arctan2(size[1] / 2 - path[:, 1], size[0] / 2 - path[:, 0])
    return azimuth + 0.25 * np.angle(np.exp(1j * (inward - azimuth)))


def _towards(rng: np.random.Generator, path: np.ndarray, focus: np.ndarray, spread: float) -> np.ndarray:
    """(F,) azimuth from each point of the path to the focus, give or take ``spread`` degrees."""
    direct = np.arctan2(focus[1] - path[:, 1], focus[0] - path[:, 0])
    return direct + np.radians(_drift(rng, len(path), spread, 5))


def _longest_run(flags: np.ndarray) -> tuple[int, int]:
    """Start and length of the longest run of true flags on a circle."""
    if flags.all():
        return 0, len(flags)
    best, length = (0, 0), 0
    for i, flag in enumerate(np.tile(flags, 2)):
        length = length + 1 if flag else 0
        if length > best[1]:
            best = (i - length + 1, length)
    return best


_PATH_MAKERS: dict[str, Callable[..., Path]] = {
    "sweep": _sweep,
    "scan": _scan,
    "stand": _stand,
    "walk": _along,
    "orbit": _orbit,
    "close": _close,
}
