"""Hand-held camera paths: eye height, looking down, smooth, clear of furniture; a full scan or a sweep."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter1d

from .shapes import extents

CELL = 0.05


def camera_path(
    primitives: np.ndarray, size: np.ndarray, rng: np.random.Generator, frames: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """True and reported (drifting) T_world_camera, ``frames`` of each."""
    free = _clearance(primitives, size, eye=1.25)
    sweep = rng.random() < 0.5
    points, azimuth = (
        _sweep(rng, free, size, frames, _focus(primitives, size, rng)) if sweep else _scan(rng, free, size, frames)
    )
    points = np.clip(points, 0.25, size[:2] - 0.25)
    eye = rng.uniform(1.3, 1.7) + _drift(rng, frames, 0.1, 9)
    pitch = -np.radians(np.clip(rng.uniform(16, 31) + _drift(rng, frames, 6.0, 7), 4, 42))
    roll = np.radians(np.clip(rng.normal(0, 3) + _drift(rng, frames, 3.5, 6), -14, 14))
    eye = np.clip(eye, 1.2, min(1.8, size[2] - 0.4))
    eye = np.maximum(eye, _floor_under(primitives, size, points) + 0.3)
    true = [look(np.array([*points[i], eye[i]]), azimuth[i], pitch[i], roll[i]) for i in range(frames)]
    return true, _drifting(rng, true)


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
    """Smooth noise with the given standard deviation along the run."""
    noise = gaussian_filter1d(rng.normal(size=frames + 40), width)[20 : 20 + frames]
    return noise * spread * np.sqrt(2 * np.sqrt(np.pi) * width)


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


def _sweep(rng, free, size, frames, focus) -> tuple[np.ndarray, np.ndarray]:
    """From about one place: look across the room, turn some 120 degrees and back."""
    first = _spot(rng, free, 0.3)
    for _ in range(12):
        if 1.0 < np.linalg.norm(focus - first) < 2.4:
            break
        first = _spot(rng, free, 0.3)
    toward = focus + rng.normal(0, 0.2, 2) - first
    stops = [first] + [_spot(rng, free, 0.3, first + rng.normal(0, 0.6, 2)) for _ in range(int(rng.integers(2, 6)))]
    stops = [s for s in stops if np.linalg.norm(s - first) < 1.3]
    middle = np.arctan2(toward[1], toward[0])
    half = np.radians(rng.uniform(45, 75))
    phase = rng.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi * rng.uniform(0.6, 1.6), frames)
    azimuth = middle + half * np.sin(phase) + np.radians(_drift(rng, frames, 5, 4))
    return _walk(rng, free, stops, frames), azimuth


def _scan(rng, free, size, frames) -> tuple[np.ndarray, np.ndarray]:
    """Through the whole room, turning once round or more."""
    stops = [_spot(rng, free, 0.35) for _ in range(int(rng.integers(3, 7)))]
    turn = rng.choice([-1, 1]) * 2 * np.pi * rng.uniform(0.95, 1.5)
    azimuth = rng.uniform(0, 2 * np.pi) + np.linspace(0, turn, frames) + np.radians(_drift(rng, frames, 10, 4))
    path = _walk(rng, free, stops, frames)
    # With the back to a wall there is little to see: lean the view towards the middle of the room.
    inward = np.arctan2(size[1] / 2 - path[:, 1], size[0] / 2 - path[:, 0])
    away = np.angle(np.exp(1j * (inward - azimuth)))
    return path, azimuth + 0.25 * away


def _drifting(rng: np.random.Generator, true: list[np.ndarray]) -> list[np.ndarray]:
    """Poses as a tracker reports them: right at the start, 1 to 3 cm and half a degree off along the run."""
    frames = len(true)
    spread, tilt = rng.uniform(0.004, 0.011), np.radians(rng.uniform(0.08, 0.3))
    width = max(3.0, frames / 8)
    shift = np.stack([_drift(rng, frames, spread, width) for _ in range(3)], axis=1)
    twist = np.stack([_drift(rng, frames, tilt, width) for _ in range(3)], axis=1)
    shift, twist = shift - shift[0], twist - twist[0]
    out = []
    for T, s, (a, b, c) in zip(true, shift, twist, strict=True):
        skew = np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]])
        u, _, vt = np.linalg.svd(np.eye(3) + skew)
        new = T.copy()
        new[:3, :3] = T[:3, :3] @ (u @ vt)
        new[:3, 3] += s
        out.append(new)
    return out
