"""Dense alignment of an RGB-D frame to earlier ones: point-to-plane ICP with a photometric term, coarse to fine.

Points find their partners by projection (Blais and Levine 1995; Newcombe et al., KinectFusion, 2011); brightness is
compared at the same place (Steinbruecker et al. 2011).  Both residuals are divided by what the sensor's noise makes
of them (Nguyen et al. 2012 for depth), weighted robustly, and summed over all the references, so that one frame's
pose is held by several earlier views at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from .pyramid import Level

_REACH = 0.12  # metres between a point and its partner on the finest level
_NORMALS = 0.8  # least cosine between the normals of partners
_HUBER = 2.0  # in standard deviations
_GRAY_NOISE = 8.0  # of 255: grain, reflections and what registration leaves
_ITERATIONS = (6, 6, 8)  # finest first
_CONVERGED = 2e-4  # metres and radians
_LEAST_CONTRAST = 4.0  # of 255, standard deviation: less is no picture to compare


@dataclass(frozen=True)
class Fit:
    """How well a pose holds.

    T_world_camera (4, 4); overlap: share of the frame's points that fall where a reference has a surface; fitness:
    share of those that lie on it; rmse: metres, of those to its plane; excess: rmse over what the sensor's noise
    explains; similarity: correlation of the brightness of
    partners, -1..1 (None where there is nothing to compare); stiffness: how firmly the least held motion is held,
    against how firmly a plane holds the motion along its normal: near 0 when some motion would not be noticed.
    """

    T_world_camera: np.ndarray
    overlap: float
    fitness: float
    rmse: float
    excess: float
    similarity: float | None
    stiffness: float


def align(
    source: Sequence[Level],
    references: Sequence[tuple[Sequence[Level], np.ndarray]],
    T_world_camera: np.ndarray,
) -> Fit:
    """Move ``T_world_camera`` until ``source`` lies on the references, which are levels and T_world_camera each."""
    T = np.array(T_world_camera, np.float64)
    from_world = [(levels, np.linalg.inv(T_ref)) for levels, T_ref in references]
    for i in reversed(range(len(source))):
        for _ in range(_ITERATIONS[i]):
            H, b, _ = _sum(source[i], from_world, i, T, _reach(i))
            step = _solve(H, b)
            T = T @ exp(step)
            if np.abs(step).max() < _CONVERGED * (1 + i):
                break
    return judge(source, references, T)


def judge(
    source: Sequence[Level],
    references: Sequence[tuple[Sequence[Level], np.ndarray]],
    T_world_camera: np.ndarray,
    level: int = 0,
) -> Fit:
    """How well a pose holds as it is, on one level (0: the finest; the coarsest where there are not so many)."""
    level = min(level, len(source) - 1)
    from_world = [(levels, np.linalg.inv(T_ref)) for levels, T_ref in references]
    _, _, s = _sum(source[level], from_world, level, T_world_camera, _reach(level))
    points, met, on, squares, n, a, b, aa, bb, ab, _, _, noise = s
    similarity = None
    if n > 50:
        spread = aa / n - (a / n) ** 2, bb / n - (b / n) ** 2
        if max(spread) > _LEAST_CONTRAST**2:  # flat where the other is not: nothing alike
            similarity = float((ab / n - a * b / n**2) / np.sqrt(max(spread[0], 1.0) * max(spread[1], 1.0)))
    return Fit(
        np.array(T_world_camera),
        float(met / max(points, 1)),
        float(on / max(met, 1)),
        float(np.sqrt(squares / max(on, 1))),
        float(np.sqrt(squares / noise)) if on else 0.0,
        similarity,
        _stiffness(source, from_world, T_world_camera),
    )


def _stiffness(
    source: Sequence[Level], from_world: Sequence[tuple[Sequence[Level], np.ndarray]], T: np.ndarray
) -> float:
    """On the coarsest level, where noise is averaged out of the normals: it would pass for structure."""
    coarsest = len(source) - 1
    H, _, s = _sum(source[coarsest], from_world, coarsest, T, _reach(coarsest))
    points, depth, held = s[0], s[10], s[11]
    if held == 0:
        return 0.0
    # A turn counts by how far it moves a point at mean depth, so that turns and shifts compare.
    scale = np.diag([points / depth] * 3 + [1.0] * 3)
    return float(max(np.linalg.eigvalsh(scale @ H @ scale)[0], 0.0) / held)


def _reach(level: int) -> float:
    return _REACH * 1.6**level


def _sum(
    source: Level, from_world: Sequence[tuple[Sequence[Level], np.ndarray]], i: int, T: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normal equations H (6, 6), b (6,) and the statistics of ``accumulate``, over all references."""
    H, b, stats = np.zeros((6, 6)), np.zeros(6), np.zeros(13)
    for levels, T_ref_world in from_world:
        r = levels[min(i, len(levels) - 1)]
        accumulate(
            source.depth, source.normals, source.gray, source.K, r.depth, r.normals, r.gray, r.gradient, r.K,
            T_ref_world @ T, reach, _NORMALS, _HUBER, 1.0 / _GRAY_NOISE, H, b, stats,
        )  # fmt: skip
    H += np.triu(H, 1).T
    return H, b, stats


def _solve(H: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Gauss-Newton step (rotation, translation); directions that nothing holds stay where they are."""
    H = H + np.eye(6) * (1e-6 * np.trace(H) + 1e-9)
    return -np.linalg.solve(H, b)


def exp(step: np.ndarray) -> np.ndarray:
    """(4, 4) from a rotation vector and a translation, (6,)."""
    T = np.eye(4)
    T[:3, :3] = cv2.Rodrigues(step[:3])[0]
    T[:3, 3] = step[3:]
    return T


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "arcp"})
def accumulate(
    depth, normals, gray, K, ref_depth, ref_normals, ref_gray, ref_gradient, Kr, T, reach, cosine, huber, gray_weight,
    H, b, stats,
):  # fmt: skip
    """Add one reference's part of the normal equations (upper triangle of H) and of the statistics.

    T takes camera points to the reference.  stats: points, met, on, squares, then n, a, b, aa, bb, ab of the
    brightness of partners, then the sums of depths, of geometric
    weights and of squared noise.  The unknowns turn and shift the camera in its own frame.
    """
    h, w = depth.shape
    hr, wr = ref_depth.shape
    J = np.empty(6)
    m = np.empty(3)
    for v in range(h):
        for u in range(w):
            z = depth[v, u]
            nx, ny, nz = normals[v, u, 0], normals[v, u, 1], normals[v, u, 2]
            if z <= 0 or (nx == 0 and ny == 0 and nz == 0):
                continue
            stats[0] += 1
            stats[10] += z
            x, y = (u - K[2]) * z / K[0], (v - K[3]) * z / K[1]
            qx = T[0, 0] * x + T[0, 1] * y + T[0, 2] * z + T[0, 3]
            qy = T[1, 0] * x + T[1, 1] * y + T[1, 2] * z + T[1, 3]
            qz = T[2, 0] * x + T[2, 1] * y + T[2, 2] * z + T[2, 3]
            if qz < 0.1:
                continue
            a, c = Kr[0] * qx / qz + Kr[2], Kr[1] * qy / qz + Kr[3]
            if not (0.0 <= a < wr - 1 and 0.0 <= c < hr - 1):
                continue
            i, j = int(c + 0.5), int(a + 0.5)
            zr = ref_depth[i, j]
            rx, ry, rz = ref_normals[i, j, 0], ref_normals[i, j, 1], ref_normals[i, j, 2]
            if zr <= 0 or (rx == 0 and ry == 0 and rz == 0):
                continue
            if qz > zr + 3 * reach:  # hidden behind what the reference saw: says nothing
                continue
            stats[1] += 1
            dx, dy, dz = qx - (j - Kr[2]) * zr / Kr[0], qy - (i - Kr[3]) * zr / Kr[1], qz - zr
            if dx * dx + dy * dy + dz * dz > reach * reach:
                continue
            mx = T[0, 0] * rx + T[1, 0] * ry + T[2, 0] * rz
            my = T[0, 1] * rx + T[1, 1] * ry + T[2, 1] * rz
            mz = T[0, 2] * rx + T[1, 2] * ry + T[2, 2] * rz
            if mx * nx + my * ny + mz * nz < cosine:
                continue
            residual = rx * dx + ry * dy + rz * dz
            noise = 0.0012 + 0.0019 * (z - 0.4) * (z - 0.4)
            stats[2] += 1
            stats[3] += residual * residual
            scaled = abs(residual) / noise
            weight = 1.0 if scaled < huber else huber / scaled
            weight *= 1e-4 / (noise * noise)  # about 1 for a good point, so that the sums stay readable
            stats[11] += weight
            stats[12] += noise * noise
            m[0], m[1], m[2] = mx, my, mz
            _add(J, m, x, y, z, residual, weight, H, b)
            g = gray[v, u]
            # Bilinear brightness and gradient, so that the residual is smooth between pixels.
            i, j = int(c), int(a)
            s, t = a - j, c - i
            w00, w01, w10, w11 = (1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t
            gr = (
                w00 * ref_gray[i, j]
                + w01 * ref_gray[i, j + 1]
                + w10 * ref_gray[i + 1, j]
                + w11 * ref_gray[i + 1, j + 1]
            )
            if not (g >= 0 and gr >= 0):
                continue
            stats[4] += 1
            stats[5] += g
            stats[6] += gr
            stats[7] += g * g
            stats[8] += gr * gr
            stats[9] += g * gr
            gu = w00 * ref_gradient[i, j, 0] + w01 * ref_gradient[i, j + 1, 0]
            gu += w10 * ref_gradient[i + 1, j, 0] + w11 * ref_gradient[i + 1, j + 1, 0]
            gv = w00 * ref_gradient[i, j, 1] + w01 * ref_gradient[i, j + 1, 1]
            gv += w10 * ref_gradient[i + 1, j, 1] + w11 * ref_gradient[i + 1, j + 1, 1]
            if not (abs(gu) < 256 and abs(gv) < 256):
                continue
            px, py = gu * Kr[0] / qz, gv * Kr[1] / qz
            pz = -(px * qx + py * qy) / qz
            m[0] = T[0, 0] * px + T[1, 0] * py + T[2, 0] * pz
            m[1] = T[0, 1] * px + T[1, 1] * py + T[2, 1] * pz
            m[2] = T[0, 2] * px + T[1, 2] * py + T[2, 2] * pz
            residual = gr - g
            scaled = abs(residual) * gray_weight
            weight = 1.0 / (1.0 + scaled * scaled)
            weight *= gray_weight * gray_weight * 1e-4
            _add(J, m, x, y, z, residual, weight, H, b)


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "arcp"})
def _add(J, m, x, y, z, residual, weight, H, b):
    """Jacobian of a residual whose gradient at the camera point (x, y, z) is m."""
    J[0], J[1], J[2] = y * m[2] - z * m[1], z * m[0] - x * m[2], x * m[1] - y * m[0]
    J[3], J[4], J[5] = m[0], m[1], m[2]
    for r in range(6):
        weighted = weight * J[r]
        b[r] += weighted * residual
        for k in range(r, 6):
            H[r, k] += weighted * J[k]
