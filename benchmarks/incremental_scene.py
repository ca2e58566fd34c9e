"""What an update of the scene costs after a tenth of a map changed, against a full encode, and how far they agree.

    python benchmarks/incremental_scene.py FRAMES

Around each of some places, the tenth of the map's points that lies nearest is seen again (1 mm of noise, 3 of 255 in
colour), was not there before, or is there no more.  Full encode and update run in turns on one thread; milliseconds are
of its processor time, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402 - after the number of threads is set
import torch  # noqa: E402

from omd3d_ros.datasets import open_source  # noqa: E402
from omd3d_ros.mapping.voxel_map import VoxelMap  # noqa: E402
from omd3d_ros.models.loading import load_model  # noqa: E402
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel  # noqa: E402
from omd3d_ros.models.presets import load_preset  # noqa: E402
from omd3d_ros.perception.finding import Found, find_objects  # noqa: E402
from omd3d_ros.perception.incremental import SceneUpdater  # noqa: E402
from omd3d_ros.perception.object_features import ObjectDescriber  # noqa: E402
from omd3d_ros.perception.object_opinions import look_closer  # noqa: E402
from omd3d_ros.perception.proposals import Proposals  # noqa: E402
from omd3d_ros.perception.scene import PreparedCloud, Views, build_scene, prepare_cloud  # noqa: E402
from omd3d_ros.perception.superpoint_inputs import superpoint_inputs  # noqa: E402
from omd3d_ros.types import PointCloud, Scene  # noqa: E402

BLOCK = 0.08
SHARE = 0.1
KINDS = ("seen again", "added", "removed")
Objects = tuple[np.ndarray, list[str], np.ndarray]


def parts_of_full_encode(cloud: PointCloud, views: Views, model: OpenMaskDINO3DModel, rounds: int) -> None:
    prepared = prepare_cloud(cloud, views)
    inputs = superpoint_inputs(prepared.aligned, prepared.superpoints)
    found = find_objects(prepared, model)
    masks = (found.proposals.masks.numpy() > 0.5)[:, prepared.superpoints[prepared.point_of]]
    describer = ObjectDescriber(model)
    print(f"| full encode: {len(cloud)} points, {len(inputs.counts)} superpoints, {len(masks)} objects | ms |")
    print("| --- | --- |")
    for name, work in {
        "thinning, frame, superpoints": lambda: prepare_cloud(cloud, views),
        "inputs of the encoder": lambda: superpoint_inputs(prepared.aligned, prepared.superpoints),
        "encoder, proposals, suppression": lambda: model.propose(inputs),
        "object features": lambda: describer.describe(found, cloud, prepared, masks),
        "all, with masks and boxes of the objects": lambda: full_encode(cloud, views, model),
    }.items():
        print(f"| {name} | {min(milliseconds(work) for _ in range(rounds)):.1f} |")
    print()


def full_encode(cloud: PointCloud, views: Views, model: OpenMaskDINO3DModel) -> Scene:
    return build_scene(cloud, prepare_cloud(cloud, views), model)


def milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    with torch.inference_mode():
        work()
    return 1e3 * (time.process_time() - start)


def change(cloud: PointCloud, kind: str, seed: int) -> tuple[PointCloud, PointCloud]:
    """The cloud before and after a tenth of it changed in one place."""
    rng = np.random.default_rng(seed)
    blocks, block_of, counts = np.unique(
        np.floor(cloud.xyz.astype(np.float64) / BLOCK), axis=0, return_inverse=True, return_counts=True
    )
    place = cloud.xyz[rng.integers(len(cloud))]
    order = np.argsort(np.linalg.norm((blocks + 0.5) * BLOCK - place, axis=1))
    chosen = order[: np.searchsorted(np.cumsum(counts[order]), SHARE * len(cloud)) + 1]
    hit = np.isin(block_of.reshape(-1), chosen)
    if kind == "added":
        return cloud.select(~hit), cloud
    if kind == "removed":
        return cloud, cloud.select(~hit)
    xyz, rgb = cloud.xyz.copy(), cloud.rgb.astype(np.float64)
    xyz[hit] += rng.normal(0, 0.001, (hit.sum(), 3))
    rgb[hit] += rng.normal(0, 3, (hit.sum(), 3))
    return cloud, PointCloud(xyz, np.clip(rgb, 0, 255), cloud.normals)


def timed(
    before: PointCloud, after: PointCloud, views: Views, model: OpenMaskDINO3DModel, rounds: int
) -> tuple[tuple[float, float], Scene, SceneUpdater]:
    """Least milliseconds of a full encode and of an update, in turns, with the last scene and its updater."""
    full = update = np.inf
    for _ in range(rounds):
        updater = SceneUpdater(model)
        updater.update(before, views)
        full = min(full, milliseconds(partial(full_encode, after, views, model)))
        start = time.process_time()
        scene = updater.update(after, views)
        update = min(update, 1e3 * (time.process_time() - start))
    return (full, update), scene, updater


def agreement(ours: Objects, theirs: Objects) -> float:
    """Share of our objects that are among theirs: mask IoU of 0.9, the same label, centres within 5 cm.

    Objects: masks (K, N), labels, centres (K, 3).
    """
    a, b = (masks.astype(np.float32) for masks in (ours[0], theirs[0]))
    both = a @ b.T
    iou = both / np.maximum(a.sum(1)[:, None] + b.sum(1) - both, 1)
    label = np.array(ours[1])[:, None] == np.array(theirs[1])
    apart = np.linalg.norm(ours[2][:, None] - theirs[2], axis=2)
    return float(((iou >= 0.9) & label & (apart <= 0.05)).any(1).mean())


def objects_of(scene: Scene) -> Objects:
    centers = np.array([i.center for i in scene.instances]).reshape(-1, 3)
    return np.array([i.mask for i in scene.instances]), [i.label for i in scene.instances], centers


def proposed(proposals: Proposals, names: list[str], superpoints: np.ndarray, xyz: np.ndarray) -> Objects:
    masks = (proposals.masks > 0.5).numpy()[:, superpoints]
    centers = np.array([(xyz[m].min(0) + xyz[m].max(0)) / 2 for m in masks])
    return masks, [names[i] for i in proposals.class_logits.argmax(1).tolist()], centers


def anew(prepared: PreparedCloud, model: OpenMaskDINO3DModel, seed: int = 0) -> Proposals:
    """All objects of a prepared cloud, of points drawn by ``seed``."""
    found = Found(
        *model.propose(superpoint_inputs(prepared.aligned, prepared.superpoints, seed=seed)), model.config.categories
    )
    return look_closer(found, prepared.aligned, prepared.superpoints, model).proposals


@torch.inference_mode()
def agreements(scene: Scene, updater: SceneUpdater, views: Views, model: OpenMaskDINO3DModel) -> tuple[float, ...]:
    """With a full encode that draws the same points of the same superpoints; with one from scratch; and of that with
    itself when it draws other points."""
    cloud, names = scene.cloud, model.config.categories
    known = updater.prepared
    assert known is not None
    same = proposed(anew(known, model), names, scene.superpoints, cloud.xyz)
    prepared = prepare_cloud(cloud, views)
    superpoints = prepared.superpoints[prepared.point_of]
    drawn = [proposed(anew(prepared, model, seed), names, superpoints, cloud.xyz) for seed in (0, 1)]
    ours = objects_of(scene)
    return agreement(ours, same), agreement(ours, drawn[0]), agreement(drawn[1], drawn[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--places", type=int, default=8, help="places that change (default: 8)")
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds of each place (default: 3)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    preset = load_preset("nano")
    model, _ = load_model(preset.weights, "cpu", **preset.runtime)
    voxel_map = VoxelMap(**preset.map)
    for frame in open_source(args.source):
        if frame.T_world_camera is not None:
            voxel_map.integrate(frame)
    snapshot = voxel_map.snapshot()
    cloud = snapshot.cloud.select(slice(None))
    views = Views(snapshot.camera_up, snapshot.camera_forward)
    full_encode(cloud, views, model)
    parts_of_full_encode(cloud, views, model, args.rounds)

    print("| a tenth was | full encode | update | ratio | same draw | from scratch | scratch, other draw |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in KINDS:
        times, agreed = [], []
        for place in range(args.places):
            before, after = change(cloud, kind, place)
            best, scene, updater = timed(before, after, views, model, args.rounds)
            times.append(best)
            agreed.append(agreements(scene, updater, views, model))
        full, update = np.array(times).T
        shares = " | ".join(f"{share:.0%}" for share in np.mean(agreed, 0))
        ratio = np.median(update / full)
        print(f"| {kind} | {np.median(full):.0f} ms | {np.median(update):.0f} ms | {ratio:.2f} | {shares} |")


if __name__ == "__main__":
    main()
