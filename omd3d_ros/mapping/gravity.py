"""Which way is up, and where is the floor: the gravity-aligned frame that perception works in."""

from __future__ import annotations

import numpy as np

_CONE = np.cos(np.radians(40.0))


def estimate_up(normals: np.ndarray, prior: np.ndarray | None = None) -> np.ndarray:
    """(3,) unit vector: the mode of the upward-facing normals (N, 3) within 40 degrees of ``prior``.

    The prior is the mean up direction of the cameras, or +z (REP 103) where there were none.  Floors, tables
    and counters agree on one direction; with too few such points the prior is returned as it is.
    """
    prior = np.array([0.0, 0.0, 1.0]) if prior is None else np.asarray(prior, np.float64)
    prior = prior / np.linalg.norm(prior)
    candidates = normals[normals @ prior > _CONE].astype(np.float64)
    if len(candidates) < 50:
        return prior
    seeds = candidates[np.linspace(0, len(candidates) - 1, 200).astype(int)]
    votes = (seeds @ candidates.T > np.cos(np.radians(5.0))).sum(1)
    up = seeds[np.argmax(votes)]
    for tolerance in (10.0, 6.0, 4.0, 4.0):
        near = candidates[candidates @ up > np.cos(np.radians(tolerance))]
        if len(near) < 20:
            break
        up = near.mean(0)
        up /= np.linalg.norm(up)
    return up


def floor_height(heights: np.ndarray, normals_up: np.ndarray) -> float:
    """Height of the lowest large upward-facing surface; heights (N,), normals_up (N,) = normal . up."""
    if len(heights) == 0:
        return 0.0
    level = heights[normals_up > 0.9]
    lowest = float(np.percentile(heights, 0.5))
    if len(level) < 50:
        return lowest
    counts, edges = np.histogram(level, bins=np.arange(level.min(), level.max() + 0.1, 0.05))
    big = np.flatnonzero(counts >= max(30, 0.05 * counts.max()))
    if len(big) == 0:
        return lowest
    floor = float(edges[big[0]] + 0.025)
    # A floor that no camera saw: the lowest level surface then hangs well above the lowest points.
    return floor if floor - lowest < 0.3 else lowest


def aligned_from_world(up: np.ndarray, floor: float, forward: np.ndarray | None = None) -> np.ndarray:
    """(4, 4) T_aligned_world: z along ``up``, floor at z = 0, +y along the horizontal part of ``forward``.

    Without a usable ``forward`` the world's axes are turned as little as possible.
    """
    up = np.asarray(up, np.float64) / np.linalg.norm(up)
    y = None
    if forward is not None:
        y = np.asarray(forward, np.float64) - up * float(np.dot(up, forward))
        if np.linalg.norm(y) < 0.2:
            y = None
    if y is None:
        axis = np.eye(3)[1] if abs(up[1]) < 0.9 else np.eye(3)[2]
        y = axis - up * float(np.dot(up, axis))
    y = y / np.linalg.norm(y)
    T = np.eye(4)
    T[:3, :3] = np.stack([np.cross(y, up), y, up])
    T[2, 3] = -floor
    return T
