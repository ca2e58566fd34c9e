"""Objects of any class from geometry and colour alone: instance proposals that need no trained network.

Floor, walls and ceiling go; of the other superpoints those that touch and belong together become objects.
"""

from __future__ import annotations

import numpy as np
import torch

from ..types import PointCloud
from .contacts import SEAM_LENGTH, seams
from .proposals import Proposals
from .region_merging import merge_regions
from .room_structure import room_structure
from .superpoint_geometry import SuperpointGeometry, superpoint_geometry

# Log-odds that a region overlaps an object by an IoU above 0.5: a logistic regression on regions of synthetic rooms.
_BIAS = -5.6
_SIZE = 0.71  # per natural logarithm of its points
_WIDTH = 2.15  # per width over length
_THICKNESS = 3.4  # per thickness over length
_ON_FLOOR = -1.6  # per share of its outline on the floor: strips along the floor's edge
_OUTLINE = 4.0  # pairs of points around a region: this times the root of its points
_JOINED = -0.15  # per log-odds that it is one object with a neighbour, from _APART
_APART = -4.0


def geometric_proposals(
    cloud: PointCloud,
    superpoints: np.ndarray,
    max_objects: int = 100,
    min_points: int = 40,
    min_score: float = 0.3,
) -> Proposals:
    """The objects of a cloud as ``prepare_cloud`` gives it: ``aligned`` (floor at z = 0, normals, about one point per
    2 cm) and superpoints (N,) of it, numbered 0..M-1 without gaps.

    masks (K, M) are 0 or 1 and do not overlap; scores (K,) estimate the chance that a region is one whole object;
    class_logits (K, 1) are 0.  Regions of fewer points or a lower score, and the worst beyond ``max_objects``, are
    left out.  Raises ValueError for a cloud without normals or superpoints of another cloud.
    """
    if len(superpoints) != len(cloud):
        raise ValueError(f"the cloud has {len(cloud)} points but superpoints are given for {len(superpoints)}")
    geometry = superpoint_geometry(cloud, superpoints)
    rest = np.flatnonzero(~room_structure(geometry).structure)
    r = len(rest)
    number = np.where(geometry.normal[:, 2] > 0.7, r, r + 1)  # the floor and other structure as two regions
    number[rest] = np.arange(r)
    touching = seams(cloud, superpoints, number, r + 2)
    into, joined = merge_regions(
        np.ascontiguousarray(touching[:r, :r]),
        geometry.counts[rest],
        geometry.color[rest],
        geometry.normal[rest] * geometry.agreement[rest, None],
    )
    names = np.unique(into)
    members = into == names[:, None]
    points = members @ geometry.counts[rest]
    scores = _scores(geometry, rest, members, members @ touching[:r, r, SEAM_LENGTH], joined[names])
    kept = np.flatnonzero((points >= min_points) & (scores >= min_score))
    kept = kept[np.argsort(-scores[kept], kind="stable")][:max_objects]
    masks = torch.zeros(len(kept), len(geometry.counts))
    masks[:, torch.from_numpy(rest)] = torch.from_numpy(members[kept].astype(np.float32))
    return Proposals(masks, torch.zeros(len(kept), 1), torch.from_numpy(scores[kept].astype(np.float32)))


def _scores(
    geometry: SuperpointGeometry, rest: np.ndarray, members: np.ndarray, floor_seam: np.ndarray, joined: np.ndarray
) -> np.ndarray:
    """(K,) of regions with superpoints members (K, R) of ``rest``, pairs of points floor_seam (K,) on the floor and
    log-odds joined (K,) with a neighbour."""
    weight = members * geometry.counts[rest]
    points = weight.sum(1)
    center = weight @ geometry.center[rest] / points[:, None]
    squares = geometry.covariance[rest] + geometry.center[rest, :, None] * geometry.center[rest, None, :]
    covariance = np.einsum("kr,rij->kij", weight, squares) / points[:, None, None]
    covariance -= center[:, :, None] * center[:, None, :]
    thickness, width, length = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 1e-8)).T
    odds = (
        _BIAS
        + _SIZE * np.log(points)
        + (_WIDTH * width + _THICKNESS * thickness) / length
        + _ON_FLOOR * np.minimum(floor_seam / (_OUTLINE * np.sqrt(points)), 1)
        + _JOINED * np.clip(joined, _APART, 0)
    )
    return 1 / (1 + np.exp(-odds))
