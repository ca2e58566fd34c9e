"""Contact sheets of synthetic rooms: one frame of each and its map, the last tile being a real recording.

    python benchmarks/room_sheet.py path/to/rgbd_7scenes --out docs/images

Writes rooms_frames.jpg and rooms_maps.jpg.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.room_scan import scan_room
from omd3d_ros.datasets.rooms import make_room
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.perception.scene import Views, prepare_cloud
from omd3d_ros.pictures import overview_pose, render_cloud
from omd3d_ros.types import Camera, Frame, PointCloud

FIRST_SEED = 9_000_000
_TILE = (320, 240)
_CAMERA = Camera(*_TILE, 278.0, 278.0, 160.0, 120.0)
_UP = np.array([0.0, 0.0, 1.0])
_COLUMNS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="the real recording")
    parser.add_argument("--rooms", type=int, default=11)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    frames, maps = [], []
    for seed in range(args.seed, args.seed + args.rooms):
        scan = scan_room(make_room(seed), seed, keep_frames=True)
        plan = scan.plan
        text = f"{seed}: {plan.recording.path}, {plan.frames} frames"
        frames.append(tile(middle_frame(scan.frames), text))
        maps.append(tile(overview(scan.prepared.aligned), text))
    real = list(open_source(args.source))
    frames.append(tile(middle_frame(real), "real"))
    maps.append(tile(overview(mapped(real)), f"real, {len(real)} frames"))
    for name, tiles in (("rooms_frames", frames), ("rooms_maps", maps)):
        file = args.out / f"{name}.jpg"
        cv2.imwrite(str(file), sheet(tiles)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
        print(f"{file}: {file.stat().st_size // 1000} kB")


def mapped(frames: list[Frame]) -> PointCloud:
    """The aligned cloud of the map that the preset ``nano`` makes."""
    voxel_map = VoxelMap(min_views=3)
    for frame in frames:
        voxel_map.integrate(frame)
    return prepare_cloud(voxel_map.point_cloud(), Views(voxel_map.camera_up, voxel_map.camera_forward)).aligned


def middle_frame(frames: list[Frame]) -> np.ndarray:
    return frames[len(frames) // 2].rgb


def overview(cloud: PointCloud) -> np.ndarray:
    return render_cloud(cloud, overview_pose(cloud, _UP, _CAMERA), _CAMERA)


def tile(image: np.ndarray, text: str) -> np.ndarray:
    """(240, 320, 3) uint8: the picture at that size with a line of text."""
    image = cv2.resize(image, _TILE, interpolation=cv2.INTER_AREA)
    for color, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(image, text, (6, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, color, width, cv2.LINE_AA)
    return image


def sheet(tiles: list[np.ndarray]) -> np.ndarray:
    """The tiles in rows of four, blank ones at the end."""
    tiles = tiles + [np.full_like(tiles[0], 255)] * (-len(tiles) % _COLUMNS)
    return np.concatenate([np.concatenate(tiles[i : i + _COLUMNS], 1) for i in range(0, len(tiles), _COLUMNS)], 0)


if __name__ == "__main__":
    main()
