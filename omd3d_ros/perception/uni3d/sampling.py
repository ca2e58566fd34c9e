"""Farthest point sampling and nearest neighbours, as the published Uni3D's grouping does them."""

from __future__ import annotations

import numpy as np
import torch
from numba import njit

NEAR_ORIGIN = 1e-3  # squared norm up to which a point is never chosen; the published operator takes it for padding


def farthest_points(xyz: torch.Tensor, count: int) -> torch.Tensor:
    """(B, count) int64 indices into xyz (B, N, 3): each the farthest from all before it, the first one being 0.

    Points with a squared norm of at most 1e-3 are never chosen (but as the first), of equally far ones the first is.
    Where fewer than ``count`` are left, indices repeat.  Computed in float32 on xyz's device.
    """
    points = xyz.detach().float()
    if points.device.type == "cpu":
        chosen = np.stack([_farthest_points(cloud.numpy(), count) for cloud in points.transpose(1, 2).contiguous()])
        return torch.from_numpy(chosen)
    return _farthest_points_batched(points, count)


def nearest_neighbours(
    xyz: torch.Tensor, centers: torch.Tensor, count: int, max_distances: int = 1 << 24
) -> torch.Tensor:
    """(B, G, count) int64: the points of xyz (B, N, 3) nearest to each centre (B, G, 3), in no order.

    max_distances: how many distances are held at once (64 MB); fewer centres are taken at a time to keep it.
    """
    points = xyz.float()
    step = max(max_distances // max(points.shape[0] * points.shape[1], 1), 1)
    parts = [
        # The matrix product of the fast mode rounds away what tells near neighbours apart.
        torch.cdist(part, points, compute_mode="donot_use_mm_for_euclid_dist")
        .topk(count, dim=-1, largest=False, sorted=False)
        .indices
        for part in centers.float().split(step, dim=1)
    ]
    return torch.cat(parts, 1)


def _farthest_points_batched(points: torch.Tensor, count: int) -> torch.Tensor:
    """All clouds of the batch a step at a time, without waiting for the device."""
    batch = torch.arange(len(points), device=points.device)
    distance = points.new_full(points.shape[:2], torch.inf)
    distance[~(points.square().sum(-1) > NEAR_ORIGIN)] = -1.0
    chosen = torch.zeros(len(points), count, dtype=torch.int64, device=points.device)
    for i in range(1, count):
        last = points[batch, chosen[:, i - 1]]
        distance = torch.fmin(distance, (points - last[:, None]).square().sum(-1))
        chosen[:, i] = distance.argmax(1)
    return chosen


@njit(cache=True, nogil=True)
def _farthest_points(xyz, count):
    """xyz (3, N) float32."""
    x, y, z = np.empty_like(xyz[0]), np.empty_like(xyz[0]), np.empty_like(xyz[0])
    index = np.empty(xyz.shape[1], np.int64)
    n = 0
    for i in range(xyz.shape[1]):
        if xyz[0, i] * xyz[0, i] + xyz[1, i] * xyz[1, i] + xyz[2, i] * xyz[2, i] > np.float32(NEAR_ORIGIN):
            x[n], y[n], z[n] = xyz[0, i], xyz[1, i], xyz[2, i]
            index[n] = i
            n += 1
    distance = np.full(n, np.inf, np.float32)
    chosen = np.zeros(count, np.int64)
    last_x, last_y, last_z = xyz[0, 0], xyz[1, 0], xyz[2, 0]
    for i in range(1, count):
        farthest, far = np.float32(-1.0), -1
        for j in range(n):
            dx, dy, dz = x[j] - last_x, y[j] - last_y, z[j] - last_z
            distance[j] = min(distance[j], dx * dx + dy * dy + dz * dz)
            if distance[j] > farthest:
                farthest, far = distance[j], j
        if far < 0:
            break
        chosen[i] = index[far]
        last_x, last_y, last_z = x[far], y[far], z[far]
    return chosen
