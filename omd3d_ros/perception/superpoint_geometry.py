"""What the points of each superpoint say together: where it lies, how it faces, how flat it is, its colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import PointCloud


@dataclass
class SuperpointGeometry:
    """Of M superpoints, float64: counts (M,) points; center (M, 3); normal (M, 3) unit, its mean; agreement (M,) 0..1,
    how much the normals agree; covariance (M, 3, 3) of positions; low, high (M, 3) box corners; color (M, 3):
    lightness, red-green and yellow-blue, about 0..1, lightness counting less because of shadows."""

    counts: np.ndarray
    center: np.ndarray
    normal: np.ndarray
    agreement: np.ndarray
    covariance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    color: np.ndarray

    def spread_along(self, direction: np.ndarray) -> np.ndarray:
        """(M,) standard deviation of the points along a unit vector (3,)."""
        return np.sqrt(np.maximum(np.einsum("i,mij,j->m", direction, self.covariance, direction), 0))


def superpoint_geometry(cloud: PointCloud, superpoints: np.ndarray) -> SuperpointGeometry:
    """Of superpoints (N,) numbered 0..M-1 without gaps, on a cloud with normals; raises ValueError otherwise."""
    if cloud.normals is None:
        raise ValueError("superpoint_geometry needs a cloud with normals")
    m = int(superpoints.max(initial=-1)) + 1
    counts = np.bincount(superpoints, minlength=m).astype(np.float64)
    if not counts.all():
        raise ValueError(
            f"superpoints must be numbered 0..M-1 without gaps: of {m}, number {counts.argmin()} is missing"
        )

    def mean(values: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(superpoints, v, m) for v in values.T], 1) / counts[:, None]

    center = mean(cloud.xyz)
    offset = cloud.xyz - center[superpoints]
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    upper = mean(np.stack([offset[:, i] * offset[:, j] for i, j in pairs], 1))
    covariance = upper[:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(m, 3, 3)
    normal = mean(cloud.normals)
    agreement = np.linalg.norm(normal, axis=1)
    order = np.argsort(superpoints, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts[:-1])]).astype(np.int64)[:m]
    ordered = cloud.xyz[order]
    return SuperpointGeometry(
        counts,
        center,
        normal / np.maximum(agreement, 1e-6)[:, None],
        agreement,
        covariance,
        np.minimum.reduceat(ordered, starts).astype(np.float64),
        np.maximum.reduceat(ordered, starts).astype(np.float64),
        mean(opponent_colors(cloud.rgb)),
    )


def opponent_colors(rgb: np.ndarray) -> np.ndarray:
    """(N, 3) float32 of rgb (N, 3) uint8: lightness, red-green, yellow-blue."""
    r, g, b = rgb.astype(np.float32).T / 255
    return np.stack([0.2 * (r + g + b), r - g, 0.5 * (r + g) - b], 1)
