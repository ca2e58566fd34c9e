"""A cloud into superpoints."""

from __future__ import annotations

import numpy as np

from ...mapping.gravity import aligned_from_world, estimate_up
from ...mapping.superpoints import SurfaceGraph, segment
from ...mapping.thinning import voxel_downsample
from ...perception.scene import prepare_cloud
from ...perception.superpoint_inputs import superpoint_inputs
from ..figures import Figure
from ..inputs import CLOUD_POINTS, Inputs
from ..measuring import timed


def measure(inputs: Inputs) -> list[Figure]:
    """Times per 60,000 points of the segmentation, and of what the encoder's preparation adds to it."""
    cloud, views = inputs.cloud, inputs.views
    thin, _ = voxel_downsample(cloud, 0.02)
    up = estimate_up(np.asarray(thin.normals), np.array([0.0, 0.0, 1.0]) if views.up is None else views.up)
    axes = aligned_from_world(up, 0.0)[:3, :3]
    prepared = prepare_cloud(cloud, views)
    repeats = inputs.repeats(3, 11)
    note = f"per {CLOUD_POINTS:,} points, measured with {len(thin):,}"
    scale = CLOUD_POINTS / len(thin)
    works = {
        "superpoints": lambda: segment(thin, axes=axes),
        "of which the neighbour graph": lambda: SurfaceGraph(thin),
        "thinning, gravity and superpoints": lambda: prepare_cloud(cloud, views),
        "inputs of the encoder": lambda: superpoint_inputs(prepared.aligned, prepared.superpoints),
    }
    return [timed(work, repeats).figure(name, note, scale=scale) for name, work in works.items()]
