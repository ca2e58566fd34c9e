"""What superpoints allow: how well the best choice of them covers each object of synthetic rooms.

    python benchmarks/superpoint_bound.py [--rooms 24] [--seed 9000700] [--threshold 0.015] [--color-weight 12]

Objects are those with 30 points and more of the thinned map, whether or not superpoints keep them apart from what is
around them: an object below an IoU of 0.5 here can't be found by any model.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
from tqdm import tqdm

from omd3d_ros.datasets.room_scan import scan_room
from omd3d_ros.datasets.rooms import make_room
from omd3d_ros.mapping.superpoints import COLOR_WEIGHT, THRESHOLD, segment
from omd3d_ros.perception.scene import REACH

SEEN = 30  # points of an object that counts
SMALL = 128  # points


@dataclass(frozen=True)
class RoomBound:
    """superpoints: of the room; sizes and ious (K,): points of each object, IoU of the best superpoints with it."""

    superpoints: int
    sizes: np.ndarray
    ious: np.ndarray


def best_choices(superpoints: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and best IoU of each object that ``labels`` (n,) > 0 tell apart, for any union of superpoints (n,)."""
    width = int(labels.max()) + 1
    pairs = np.bincount(superpoints.astype(np.int64) * width + labels, minlength=(superpoints.max() + 1) * width)
    shared = pairs.reshape(-1, width)
    size = shared.sum(1)
    sizes = shared.sum(0)
    objects = [g for g in range(1, width) if sizes[g] >= SEEN]
    ious = []
    for g in objects:
        # The best union takes superpoints in the order of the share that is the object's.
        order = np.argsort(-shared[:, g] / size, kind="stable")
        inside = np.cumsum(shared[order, g])
        ious.append(float((inside / (sizes[g] + np.cumsum(size[order]) - inside)).max()))
    return sizes[objects], np.array(ious)


def room_bound(seed: int, threshold: float, color_weight: float) -> RoomBound:
    scan = scan_room(make_room(seed), seed)
    superpoints = segment(
        scan.prepared.aligned,
        threshold * scan.plan.threshold / THRESHOLD,
        color_weight=color_weight,
        radius=REACH * scan.plan.voxel_size,
    )
    return RoomBound(int(superpoints.max()) + 1, *best_choices(superpoints, scan.labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=24, help="how many (default: 24)")
    parser.add_argument("--seed", type=int, default=9000700, help="first room seed (default: 9000700)")
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help=f"of superpoints (default: {THRESHOLD:g})")
    parser.add_argument("--color-weight", type=float, default=COLOR_WEIGHT, help=f"(default: {COLOR_WEIGHT:g})")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    args = parser.parse_args()
    bound = partial(room_bound, threshold=args.threshold, color_weight=args.color_weight)
    with get_context("spawn").Pool(args.workers) as pool:
        seeds = range(args.seed, args.seed + args.rooms)
        rooms = list(tqdm(pool.imap(bound, seeds), total=args.rooms, desc="rooms"))
    sizes = np.concatenate([r.sizes for r in rooms])
    ious = np.concatenate([r.ious for r in rooms])
    small = sizes < SMALL
    print(f"superpoints a room: {np.mean([r.superpoints for r in rooms]):.0f}")
    print(f"objects: {len(ious)}, {small.sum()} of them under {SMALL} points")
    print(f"mean IoU of the best superpoints: {ious.mean():.3f}")
    for least in (0.5, 0.75):
        print(f"objects at IoU {least}: {(ious >= least).mean():.3f}, small ones {(ious[small] >= least).mean():.3f}")


if __name__ == "__main__":
    main()
