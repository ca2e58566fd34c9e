"""Objects from geometry and colour alone, on synthetic rooms with ground truth, against two trivial segmentors.

    python benchmarks/geometric_segmentor.py --cache runs/held_out
    python benchmarks/geometric_segmentor.py --source PATH/TO/rgbd_7scenes --picture objects.png

Recall and precision of class-agnostic instances at a mask IoU in points.  The trivial segmentors: every superpoint is
an object; every connected component is one after floor, walls and ceiling are taken away.  The same least number of
points (40, as for the rooms' own objects) holds for all.  The segmentor was made on rooms of other seeds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from scipy.sparse.csgraph import connected_components

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.room_samples import RoomSample, load_rooms
from omd3d_ros.datasets.rooms.variants import VALIDATION_SEED
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.perception.contacts import SEAM_LENGTH, seams
from omd3d_ros.perception.geometric import geometric_proposals
from omd3d_ros.perception.room_structure import room_structure
from omd3d_ros.perception.scene import Views, prepare_cloud
from omd3d_ros.perception.superpoint_geometry import superpoint_geometry
from omd3d_ros.pictures import draw_map, save_png
from omd3d_ros.types import PointCloud

MIN_POINTS = 40
Segmentor = Callable[[PointCloud, np.ndarray], np.ndarray]


def ours(cloud: PointCloud, superpoints: np.ndarray) -> np.ndarray:
    """(K, M) bool."""
    return geometric_proposals(cloud, superpoints).masks.numpy() > 0.5


def every_superpoint(cloud: PointCloud, superpoints: np.ndarray) -> np.ndarray:
    counts = np.bincount(superpoints)
    return np.eye(len(counts), dtype=bool)[counts >= MIN_POINTS]


def connected(cloud: PointCloud, superpoints: np.ndarray) -> np.ndarray:
    geometry = superpoint_geometry(cloud, superpoints)
    m = len(geometry.counts)
    touching = seams(cloud, superpoints, np.arange(m), m)[..., SEAM_LENGTH] > 0
    free = ~room_structure(geometry).structure
    _, component = connected_components(touching & free & free[:, None], directed=False)
    masks = (component == np.arange(component.max() + 1)[:, None]) & free
    return masks[masks @ geometry.counts >= MIN_POINTS]


def scores(segmentor: Segmentor, rooms: list[RoomSample]) -> str:
    """One line of the table: recall and precision at 0.25 and 0.5, proposals, median milliseconds per 60,000 points."""
    hits, objects, proposals, times = np.zeros(4), 0, 0, []
    for room in rooms:
        cloud, prepared = room.prepared()
        start = time.perf_counter()
        masks = segmentor(cloud, prepared.superpoints)
        times.append(60_000 / len(cloud) * 1e3 * (time.perf_counter() - start))
        iou = overlaps(masks, room)
        objects, proposals = objects + iou.shape[1], proposals + iou.shape[0]
        hits += [(iou.max(axis, initial=0) >= least).sum() for axis in (0, 1) for least in (0.25, 0.5)]
    shares = hits / [objects, objects, max(proposals, 1), max(proposals, 1)]
    return " | ".join(f"{share:.1%}" for share in shares) + f" | {proposals} | {np.median(times):.0f}"


def overlaps(masks: np.ndarray, room: RoomSample) -> np.ndarray:
    """(K, G) IoU in points of masks over superpoints with the room's objects."""
    counts = room.inputs.counts.numpy()
    truth = room.owner.numpy() == np.array(list(room.objects))[:, None]
    both = (masks * counts) @ truth.T
    return both / np.maximum((masks @ counts)[:, None] + truth @ counts - both, 1)


def draw(source: Path, picture: Path) -> None:
    """Each object of a real recording in a colour of its own, structure dark, what was left out light."""
    voxel_map = VoxelMap()
    for frame in open_source(source):
        if frame.T_world_camera is not None:
            voxel_map.integrate(frame)
    prepared = prepare_cloud(voxel_map.point_cloud(), Views(voxel_map.camera_up, voxel_map.camera_forward))
    cloud, superpoints = prepared.aligned, prepared.superpoints
    masks = ours(cloud, superpoints)
    structure = room_structure(superpoint_geometry(cloud, superpoints)).structure
    colors = np.where(structure[:, None], 60, 150).repeat(3, 1).astype(np.uint8)
    hues = (np.arange(len(masks)) * 67) % 180
    bright = np.stack([hues, np.full_like(hues, 200), np.full_like(hues, 230)], 1).astype(np.uint8)
    for mask, color in zip(masks, cv2.cvtColor(bright[None], cv2.COLOR_HSV2RGB)[0], strict=True):
        colors[mask] = color
    save_png(picture, draw_map(PointCloud(cloud.xyz, colors[superpoints], cloud.normals), np.array([0.0, 0.0, 1.0])))
    print(f"{len(masks)} objects of {len(cloud)} points: {picture}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=8, help="held-out rooms (default 8)")
    parser.add_argument("--cache", type=Path, default=Path("runs/held_out"), help="where the rooms are kept")
    parser.add_argument("--workers", type=int, default=2, help="processes that make rooms")
    parser.add_argument("--source", type=Path, help="draw the objects of this recording instead")
    parser.add_argument("--picture", type=Path, default=Path("objects.png"))
    args = parser.parse_args()
    if args.source:
        draw(args.source, args.picture)
        return
    rooms = load_rooms(args.cache, [VALIDATION_SEED + i for i in range(args.rooms)], workers=args.workers)
    ours(*_arrays(rooms[0]))  # compile
    print(f"{len(rooms)} rooms, {sum(len(room.objects) for room in rooms)} objects\n")
    print("| | recall 0.25 | recall 0.5 | precision 0.25 | precision 0.5 | proposals | ms per 60,000 points |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, segmentor in (
        ("geometric_proposals", ours),
        ("connected components", connected),
        ("every superpoint", every_superpoint),
    ):
        print(f"| {name} | {scores(segmentor, rooms)} |")


def _arrays(room: RoomSample) -> tuple[PointCloud, np.ndarray]:
    cloud, prepared = room.prepared()
    return cloud, prepared.superpoints


if __name__ == "__main__":
    main()
