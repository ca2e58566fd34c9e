"""Neighbours in a cloud that changes in places, against a search from scratch."""

import numpy as np
import pytest

from omd3d_ros.mapping.neighbour_map import NeighbourMap
from omd3d_ros.mapping.neighbours import nearest, order_by_position

RADIUS = 0.1


def from_scratch(xyz):
    """(N, 8) in the order of the cloud."""
    order = order_by_position(xyz, RADIUS)
    found = nearest(xyz[order], RADIUS)
    around = np.empty_like(found)
    around[order] = np.where(found >= 0, order[found], -1)
    return around


def distances(xyz, others):
    return np.linalg.norm(xyz[:, None].astype(np.float64) - others[None], axis=2)


def edited(xyz, rng):
    """Points of a ball are taken away and others put there, and all in another order: the cloud and which was which."""
    near = np.linalg.norm(xyz - xyz[rng.integers(len(xyz))], axis=1) < 0.2
    kept = rng.permutation(np.flatnonzero(~near))
    added = rng.uniform(-1, 1, (int(rng.integers(1, 80)), 3)).astype(np.float32) * 0.2
    return np.concatenate([xyz[kept], added]), np.concatenate([kept, np.full(len(added), -1)])


@pytest.mark.parametrize("seed", range(3))
def test_random_edits(seed):
    rng = np.random.default_rng(seed)
    neighbours = NeighbourMap(RADIUS)
    xyz, previous = rng.uniform(-0.6, 0.6, (3000, 3)).astype(np.float32), np.full(3000, -1)
    before = np.empty((0, 3), np.float32)
    for _ in range(6):
        gone = np.setdiff1d(np.arange(len(before)), previous)
        moved = np.concatenate([before[gone], xyz[previous < 0]])
        changed = (previous < 0) | (distances(xyz, moved) <= RADIUS * 1.001).any(1)
        local = np.flatnonzero((distances(xyz, xyz[changed]) <= 2.01 * RADIUS).any(1))
        local = local[order_by_position(xyz[local], RADIUS)]
        around = neighbours.update(xyz[local], local, previous, changed)
        inner = (distances(xyz[local], xyz[changed]) <= RADIUS).any(1)
        ours = np.where(around >= 0, local[around], -1)[inner]
        np.testing.assert_array_equal(ours, from_scratch(xyz)[local][inner])
        before = xyz
        xyz, previous = edited(xyz, rng)
