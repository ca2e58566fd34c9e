"""Where superpoints touch: how long the seam is, how it bends, which of the two stands on the other."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..mapping.neighbours import NEIGHBOURS, nearest, order_by_position
from ..mapping.superpoints import smoothed_features
from ..types import PointCloud

SEAM_LENGTH, CONVEX, CONCAVE, RESTING = range(4)


def seams(
    cloud: PointCloud, superpoints: np.ndarray, number: np.ndarray, regions: int, radius: float = 0.05
) -> np.ndarray:
    """(R, R, 4) float32 sums over pairs of neighbouring points in two regions, 0 where they do not touch.

    superpoints (N,) of the cloud, which has normals; number (M,): which of the R regions a superpoint is part of.
    Channels: SEAM_LENGTH, pairs; CONVEX and CONCAVE, how far the normals turn apart or towards each other, 0..1 per
    pair; these are symmetric.  RESTING [a, b]: how far a is a level surface there and b rises from it, 0..1 per pair.
    """
    order = order_by_position(cloud.xyz, radius)
    xyz = cloud.xyz[order]
    around = nearest(xyz, radius)
    features = smoothed_features(np.asarray(cloud.normals)[order], cloud.rgb[order], around)
    region = number[superpoints[order]]
    return _sum_seams(xyz, features, around, region, regions)


@njit(cache=True, nogil=True)
def _sum_seams(xyz, features, around, region, regions):
    out = np.zeros((regions, regions, 4), np.float32)
    for i in range(len(xyz)):
        a = region[i]
        for k in range(NEIGHBOURS):
            j = around[i, k]
            if j < 0:
                break
            b = region[j]
            if a == b:
                continue
            turn, squared = 0.0, 0.0
            for c in range(3):
                step = xyz[j, c] - xyz[i, c]
                squared += step * step
                turn += (features[j, c] - features[i, c]) * step
            turn /= max(np.sqrt(squared), 1e-6)
            bend = CONVEX if turn > 0 else CONCAVE
            for one, other in ((a, b), (b, a)):
                out[one, other, SEAM_LENGTH] += 1.0
                out[one, other, bend] += abs(turn)
            if turn < 0:
                up_i, up_j = features[i, 2], features[j, 2]
                if up_i > up_j:
                    out[a, b, RESTING] += max(up_i, 0.0) * (1.0 - abs(up_j))
                else:
                    out[b, a, RESTING] += max(up_j, 0.0) * (1.0 - abs(up_i))
    return out
