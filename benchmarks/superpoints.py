"""Superpoints of a real map: time against a k-d tree and numpy, stability, and the cost of keeping them up.

    python benchmarks/superpoints.py PATH/TO/rgbd_7scenes [--picture superpoints.png]

The peer builds the same graph with SciPy's k-d tree and numpy and sorts its edges with argsort; both merge with the
same union-find.  They run in turns in one process, single-threaded but for the tree, which takes all cores; times are
the least of the rounds.  "same" is the share of points whose superpoint has an IoU above 0.9 with a superpoint of the
other segmentation.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.spatial import cKDTree

from omd3d_ros.datasets import open_source
from omd3d_ros.mapping.gravity import aligned_from_world, estimate_up
from omd3d_ros.mapping.superpoint_map import SuperpointMap, SuperpointUpdate
from omd3d_ros.mapping.superpoints import (
    COLOR_WEIGHT,
    LEAST_POINTS,
    THRESHOLD,
    Context,
    Edges,
    SurfaceGraph,
    along_axes,
    compacted,
    grow_and_cut,
    segment,
)
from omd3d_ros.mapping.thinning import voxel_downsample
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.perception.scene import Views, prepare_cloud
from omd3d_ros.perception.superpoint_inputs import superpoint_inputs
from omd3d_ros.pictures import draw_map, save_png
from omd3d_ros.types import PointCloud

BLOCK = 0.08
PLACES = 30


def tree_edges(cloud: PointCloud, color_weight: float = COLOR_WEIGHT, radius: float = 0.05) -> Edges:
    """The neighbour graph by SciPy and numpy."""
    n = len(cloud)
    _, index = cKDTree(cloud.xyz).query(cloud.xyz, k=9, distance_upper_bound=radius, workers=-1)
    a, b = np.repeat(np.arange(n), 8), index[:, 1:].ravel()
    a, b = a[b < n], b[b < n]
    red, green, blue = cloud.rgb.T / 255.0
    color = np.stack([0.2 * (red + green + blue), red - green, 0.5 * (red + green) - blue], 1)
    normals = mean_of_alike(np.asarray(cloud.normals, np.float64), a, b, 0.6)
    color = mean_of_alike(color, a, b, 0.06)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    step = cloud.xyz[b].astype(np.float64) - cloud.xyz[a]
    angle = np.maximum(1.0 - np.einsum("ij,ij->i", normals[a], normals[b]), 0)
    convex = np.einsum("ij,ij->i", normals[b] - normals[a], step) > 0
    weight = np.where(convex, 0.5 * angle, angle) + color_weight * ((color[a] - color[b]) ** 2).sum(1)
    order = np.argsort(weight, kind="stable")
    return Edges(a[order], b[order], weight[order])


def mean_of_alike(values: np.ndarray, a: np.ndarray, b: np.ndarray, scale: float) -> np.ndarray:
    """(N, C) of values (N, C): the mean of each and its neighbours, pairs (a, b), by how alike they are."""
    weight = np.exp(-((values[a] - values[b]) ** 2).sum(1) / (2 * scale**2))
    total = 1.0 + np.bincount(a, weight, len(values))
    return np.stack([(f + np.bincount(a, weight * f[b], len(values))) / total for f in values.T], 1)


def tree_segment(cloud: PointCloud, axes: np.ndarray) -> np.ndarray:
    along = along_axes(cloud.xyz, axes)
    pieces = grow_and_cut(along, tree_edges(cloud), Context.nothing_known(along), THRESHOLD, LEAST_POINTS, 0.8)
    return compacted(pieces.superpoint)


def in_turns(work: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """name -> least milliseconds; a first round of each is not counted."""
    best = dict.fromkeys(work, np.inf)
    for number in range(rounds + 1):
        for name, function in work.items():
            start = time.perf_counter()
            function()
            elapsed = 1e3 * (time.perf_counter() - start)
            if number:
                best[name] = min(best[name], elapsed)
    return best


def same(labels: np.ndarray, others: np.ndarray) -> float:
    """Share of points whose superpoint has an IoU above 0.9 with some superpoint of the other labelling."""
    a, b = (np.unique(x, return_inverse=True)[1] for x in (labels, others))
    both = np.bincount(a * (b.max() + 1) + b, minlength=(a.max() + 1) * (b.max() + 1)).reshape(a.max() + 1, -1)
    iou = both / (both.sum(1, keepdims=True) + both.sum(0) - both)
    return float((iou.max(1) > 0.9)[a].mean())


def speed(cloud: PointCloud, thin: PointCloud, views: Views, axes: np.ndarray, rounds: int) -> None:
    prepared = prepare_cloud(cloud, views)
    graph = SurfaceGraph(thin)
    ours, peer = "superpoints", "superpoints, k-d tree and numpy"
    times = in_turns(
        {
            peer: lambda: tree_segment(thin, axes),
            ours: lambda: segment(thin, axes=axes),
            "  of which graph": lambda: SurfaceGraph(thin),
            "  of which merging and cuts": lambda: graph.partition(axes=axes),
            "one point per voxel": lambda: voxel_downsample(cloud, 0.02),
            "the whole of prepare_cloud": lambda: prepare_cloud(cloud, views),
            "inputs of the encoder": lambda: superpoint_inputs(prepared.aligned, prepared.superpoints),
        },
        rounds,
    )
    print(f"| {len(cloud)} points, {len(thin)} voxels | ms | ms per 60,000 voxels |\n| --- | --- | --- |")
    for name, ms in times.items():
        print(f"| {name} | {ms:.1f} | {ms * 60_000 / len(thin):.1f} |")
    labels = segment(thin, axes=axes)
    print(f"\n{times[peer] / times[ours]:.1f} times as fast; {labels.max() + 1} superpoints, ", end="")
    print(f"{same(labels, tree_segment(thin, axes)):.2%} of points in the same as the peer's\n")


def stability(thin: PointCloud, axes: np.ndarray) -> None:
    labels = segment(thin, axes=axes)
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(len(thin))
    print(f"order of the cloud shuffled: {same(labels[shuffled], segment(thin.select(shuffled), axes=axes)):.2%} same")
    shares = []
    for _ in range(PLACES):
        centre = thin.xyz[rng.integers(len(thin))]
        distance = np.linalg.norm(thin.xyz - centre, axis=1)
        kept = distance > 0.5
        far = distance[kept] > 1.5
        shares.append(same(labels[kept][far], segment(thin.select(kept), axes=axes)[far]))
    print(f"all within 0.5 m of a point taken away, {PLACES} points: beyond 1.5 m {spread(shares, low=True)} same\n")


def spread(values: list[float], low: bool = False) -> str:
    return f"median {np.median(values):.1%}, {'least' if low else 'most'} {(min if low else max)(values):.1%}"


def upkeep(thin: PointCloud, axes: np.ndarray) -> None:
    """A tenth of the map seen again: 1 mm of noise, 3 of 255 in colour, in the blocks nearest to some point."""
    blocks, block_of, counts = np.unique(
        np.floor(thin.xyz.astype(np.float64) / BLOCK).astype(np.int32), axis=0, return_inverse=True, return_counts=True
    )
    updates: list[SuperpointUpdate] = []
    times, full_times, agreements = [], [], []
    for seed in range(PLACES):
        rng = np.random.default_rng(seed)
        order = np.argsort(np.linalg.norm((blocks + 0.5) * BLOCK - thin.xyz[rng.integers(len(thin))], axis=1))
        chosen = order[: np.searchsorted(np.cumsum(counts[order]), 0.1 * len(thin)) + 1]
        hit = np.isin(block_of.reshape(-1), chosen)
        xyz, rgb = thin.xyz.copy(), thin.rgb.astype(np.float64)
        xyz[hit] += rng.normal(0, 0.001, (hit.sum(), 3))
        rgb[hit] += rng.normal(0, 3, (hit.sum(), 3))
        edited = PointCloud(xyz, np.clip(rgb, 0, 255), thin.normals)
        kept = SuperpointMap(axes=axes)
        kept.update(thin)
        start = time.perf_counter()
        updates.append(kept.update(edited, blocks[chosen], BLOCK))
        middle = time.perf_counter()
        scratch = segment(edited, axes=axes)
        full_times.append(1e3 * (time.perf_counter() - middle))
        times.append(1e3 * (middle - start))
        agreements.append(same(updates[-1].labels, scratch))
    print(f"A tenth of the map seen again, in {PLACES} places:")
    print(f"points segmented again: {spread([u.resegmented / len(thin) for u in updates])}")
    print(f"same as from scratch: {spread(agreements, low=True)}")
    print(f"ms: median {np.median(times):.0f}, from scratch {np.median(full_times):.0f}")
    print(
        f"superpoints that keep their points: {np.mean([1 - len(u.changed) / len(u.label_of) for u in updates]):.1%}\n"
    )


def growth(clouds: dict[int, PointCloud], axes: np.ndarray) -> None:
    kept = SuperpointMap(axes=axes)
    print("| frames | voxels | segmented again | superpoints that are new or changed | same as from scratch |")
    print("| --- | --- | --- | --- | --- |")
    for frames, cloud in clouds.items():
        update = kept.update(cloud)
        share, agreed = update.resegmented / len(cloud), same(update.labels, segment(cloud, axes=axes))
        touched = f"{len(update.changed)} of {len(update.label_of)}"
        print(f"| {frames} | {len(cloud)} | {share:.0%} | {touched} | {agreed:.1%} |")


def picture(path: Path, thin: PointCloud, up: np.ndarray, axes: np.ndarray) -> None:
    labels = segment(thin, axes=axes)
    rng = np.random.default_rng(1)
    hsv = rng.integers((0, 110, 110), (180, 256, 256), (labels.max() + 1, 3)).astype(np.uint8)
    colors = cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]
    image = draw_map(PointCloud(thin.xyz, colors[labels], thin.normals), up)
    save_png(path, cv2.resize(image, None, fx=0.65, fy=0.65, interpolation=cv2.INTER_AREA))
    print(f"picture: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--rounds", type=int, default=9, help="timed rounds (default: 9)")
    parser.add_argument("--picture", type=Path, help="draw the superpoints in random colours into this PNG")
    args = parser.parse_args()
    voxel_map = VoxelMap()
    clouds = {}
    frames = [f for f in open_source(args.source) if f.T_world_camera is not None]
    for number, frame in enumerate(frames, 1):
        voxel_map.integrate(frame)
        if number % max(1, len(frames) // 12) == 0 or number == len(frames):
            clouds[number] = voxel_downsample(voxel_map.point_cloud(), 0.02)[0]
    views = Views(voxel_map.camera_up, voxel_map.camera_forward)
    thin = clouds[len(frames)]
    up = estimate_up(np.asarray(thin.normals), views.up)
    axes = aligned_from_world(up, 0.0)[:3, :3]
    speed(voxel_map.point_cloud(), thin, views, axes, args.rounds)
    stability(thin, axes)
    upkeep(thin, axes)
    growth(clouds, axes)
    if args.picture:
        picture(args.picture, thin, up, axes)


if __name__ == "__main__":
    main()
