"""What the realism of synthetic rooms is worth in a real recording: proposals learned from rooms made in several ways.

    python benchmarks/realism_ablation.py path/to/rgbd_7scenes [--rooms 100] [--steps 400] [--seed 0] [--only full]

For each way of making rooms a new scene encoder learns from rooms of the same seeds for the same number of steps, and
proposes objects in the recording, mapped from every first, second and third frame.  Printed of the things marked there:
how many have the centre of a proposal within 0.3 m, how many a proposal whose box reaches an IoU of 0.25 with the
marked one, and the mean IoU of the best.  Each way differs from the one above it by what its line says.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

import omd3d_ros.datasets.rooms.plans as plans
import omd3d_ros.datasets.rooms.scatter as scatter
from omd3d_ros.boxes import box_iou_matrix
from omd3d_ros.datasets import open_source, room_samples, room_scan
from omd3d_ros.datasets.rooms.color_sensor import ColorModel
from omd3d_ros.datasets.rooms.pose_drift import Drift
from omd3d_ros.datasets.rooms.stream import RecordedFrame, record_room
from omd3d_ros.evaluation.kitchen import WITHIN, MarkedQuery, read_marked_queries
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel
from omd3d_ros.models.presets import load_preset
from omd3d_ros.perception.scene import Views, build_scene, prepare_cloud
from omd3d_ros.training.nano.instances import train_instances
from omd3d_ros.training.nano.new_model import new_model
from omd3d_ros.types import Instance

QUESTIONS = Path(__file__).with_name("kitchen_questions.json")
STRIDES = (1, 2, 3)
FEW = 2  # things on a surface of a tidy room, at most


def exact(room, recording, rng: np.random.Generator, frames: int) -> Iterator[RecordedFrame]:
    return record_room(room, recording, rng, frames, noise=False)


def depth_camera_only(room, recording, rng: np.random.Generator, frames: int) -> Iterator[RecordedFrame]:
    color = ColorModel(blur=0.0, grain=0.0, wander=0.0)
    careful = replace(recording, drift=Drift(), color=color, registered=True, skew=(0.0, 0.0, 0.0), latency=0.0)
    return record_room(room, careful, rng, frames)


# What each way adds to the one before it; and how it records.
WAYS: dict[str, tuple[str, Callable[..., Iterator[RecordedFrame]]]] = {
    "tidy": ("furniture, at most two things on a surface; exact images and poses", exact),
    "exact": ("clutter, stacks, cloths, leaning and fallen things", exact),
    "depth": ("the depth camera's noise, steps, shadows, holes, flying pixels", depth_camera_only),
    "full": ("drifting poses, exposure, blur, grain, colour beside depth", record_room),
}


def make(way: str, cache: Path, seed: int) -> None:
    """Write a room as ``load_rooms`` finds it."""
    if way == "tidy":
        _tidy()
    room_scan.record_room = WAYS[way][1]
    try:
        room_samples.room_sample(cache, seed)
    except RuntimeError as error:  # a tidy room may be too empty to be scanned
        print(error, file=sys.stderr)


def _tidy() -> None:
    plans.unsettle = lambda layout, amount: None
    full = scatter.clutter
    if getattr(full, "tidy", False):
        return

    def few(layout, support, kind: str, count: int, max_height: float = 0.7) -> list:
        return full(layout, support, kind, min(count, FEW), max_height)

    few.tidy = True
    for module in list(sys.modules.values()):
        if getattr(module, "clutter", None) is full:
            module.clutter = few


def make_rooms(way: str, cache: Path, count: int, workers: int) -> list[int]:
    """Make the rooms; returns the seeds of those that could be made."""
    room_samples.scan_rooms(cache, [])  # refuses what another version made
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for _ in tqdm(pool.map(partial(make, way, cache), range(count)), total=count, desc=f"{way}: rooms"):
            pass
    return [seed for seed in range(count) if (cache / f"room-{seed:07d}.json").exists()]


def marked_things(source: Path) -> list[MarkedQuery]:
    """Each thing once, whichever questions ask for it."""
    asked = [*read_marked_queries(source / "queries.json"), *read_marked_queries(QUESTIONS)]
    return list({tuple(np.round(q.center, 2)): q for q in asked}.values())


def proposals(model: OpenMaskDINO3DModel, source: Path, every: int) -> list[Instance]:
    voxel_map = VoxelMap(**load_preset("nano").map)
    for frame in open_source(source, every=every):
        voxel_map.integrate(frame)
    cloud = voxel_map.point_cloud()
    prepared = prepare_cloud(cloud, Views(voxel_map.camera_up, voxel_map.camera_forward))
    return build_scene(cloud, prepared, model).instances


def found(things: list[MarkedQuery], instances: list[Instance]) -> tuple[np.ndarray, np.ndarray]:
    """Of each thing: metres to the nearest proposal, and IoU with the best."""
    marked, boxes = (np.array([[*x.center, *x.size] for x in of]).reshape(-1, 6) for of in (things, instances))
    distances = np.linalg.norm(marked[:, None, :3] - boxes[None, :, :3], axis=2)
    return distances.min(1, initial=np.inf), box_iou_matrix(marked, boxes).max(1, initial=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a folder of frames with queries.json, as `omd3d eval kitchen` reads")
    parser.add_argument("--rooms", type=int, default=100, help="of each way (default: 100)")
    parser.add_argument("--steps", type=int, default=400, help="of the encoder (default: 400)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and steps; rooms stay the same (default: 0)")
    parser.add_argument("--only", choices=WAYS, nargs="+", default=list(WAYS), help="ways (default: all)")
    parser.add_argument("--cache", type=Path, help="keep rooms here, in a folder for each way")
    parser.add_argument("--workers", type=int, default=2, help="processes that make rooms (default: 2)")
    parser.add_argument("--threads", type=int, help="torch threads (default: torch's choice)")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    things = marked_things(args.source)
    print(f"{len(things)} marked things, each in {len(STRIDES)} maps\n")
    print("| rooms | rooms made | within 0.3 m | box IoU 0.25 | mean IoU | proposals |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for way in args.only:
            cache = (args.cache or Path(scratch)) / way
            seeds = make_rooms(way, cache, args.rooms, args.workers)
            rooms = room_samples.load_rooms(cache, seeds, workers=1, asked=0, quiet=True)
            model, _ = new_model(load_preset("nano"), args.seed)
            model.proposal_quality = None  # which nothing was fitted to
            with tempfile.TemporaryDirectory() as run:
                settings = {"instance_steps": args.steps, "rate": 1.0, "seed": args.seed}
                train_instances(model, rooms, settings, Path(run))
            model.eval()
            instances = [proposals(model, args.source, every) for every in STRIDES]
            near, ious = (np.concatenate(part) for part in zip(*(found(things, i) for i in instances), strict=True))
            print(
                f"| {way}: {WAYS[way][0]} | {len(rooms)} | {(near <= WITHIN).mean():.2f} | {(ious >= 0.25).mean():.2f} "
                f"| {ious.mean():.3f} | {', '.join(str(len(i)) for i in instances)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
