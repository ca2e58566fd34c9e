"""A cloud into a scene: anew, and after a part of the map changed."""

from __future__ import annotations

from functools import partial

import numpy as np

from ...perception.incremental import SceneUpdater
from ...perception.scene import build_scene, prepare_cloud
from ...types import PointCloud
from ..figures import Figure
from ..inputs import Inputs
from ..measuring import Samples, figure_of

BLOCK = 0.08
SHARE = 0.1


def measure(inputs: Inputs) -> list[Figure]:
    """A full encode, an update after a tenth of the points was seen again, and their ratio; in turns."""
    model, _ = inputs.loaded
    cloud, views = inputs.cloud, inputs.views
    full, update = Samples(), Samples()
    objects = 0
    for place in range(inputs.repeats(3, 9) + 1):
        after = seen_again(cloud, place)
        updater = SceneUpdater(model)
        updater.update(cloud, views)
        times = (full, update) if place else (Samples(), Samples())  # the first round compiles and fills caches
        times[0].time(lambda: build_scene(after, prepare_cloud(after, views), model))  # noqa: B023 - called at once
        scene = times[1].time(partial(updater.update, after, views))
        objects = len(scene.instances)
    ratios = np.array(update.wall) / np.array(full.wall)
    size = f"{len(cloud):,} points, {objects} objects"
    return [
        full.figure("encode a scene", size),
        update.figure("update it after a tenth changed", f"{size}; points seen again with noise"),
        figure_of("update over full encode", ratios, "x", note="in turns"),
    ]


def seen_again(cloud: PointCloud, seed: int) -> PointCloud:
    """The tenth of the points nearest to some place measured again: 1 mm of noise, 3 of 255 in colour."""
    rng = np.random.default_rng(seed)
    blocks, block_of, counts = np.unique(
        np.floor(cloud.xyz.astype(np.float64) / BLOCK), axis=0, return_inverse=True, return_counts=True
    )
    place = cloud.xyz[rng.integers(len(cloud))]
    order = np.argsort(np.linalg.norm((blocks + 0.5) * BLOCK - place, axis=1))
    chosen = order[: np.searchsorted(np.cumsum(counts[order]), SHARE * len(cloud)) + 1]
    hit = np.isin(block_of.reshape(-1), chosen)
    xyz, rgb = cloud.xyz.copy(), cloud.rgb.astype(np.float64)
    xyz[hit] += rng.normal(0, 0.001, (int(hit.sum()), 3))
    rgb[hit] += rng.normal(0, 3, (int(hit.sum()), 3))
    return PointCloud(xyz, np.clip(rgb, 0, 255), cloud.normals)
