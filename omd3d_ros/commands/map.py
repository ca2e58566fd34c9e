"""``omd3d map``: reconstruct a recording, or take saved maps, and write the map."""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omd3d_ros.commands.recording import (
    add_poses_argument,
    add_recording_arguments,
    add_up_argument,
    map_all,
    open_recording,
    posed_frames,
    rigid_transform,
)

if TYPE_CHECKING:
    from omd3d_ros.mapping.voxel_map import VoxelMap
    from omd3d_ros.types import Frame

_EXAMPLES = """\
examples:
  omd3d map path/to/frames --out map.ply
  omd3d map path/to/frames --out map.npz --voxel-size 0.01      # a map that can grow further
  omd3d map path/to/frames --out map.ply --poses odometry      # no poses beside the frames (docs/odometry.md)
  omd3d map map.npz --out map.pcd --picture map.png
  omd3d map kitchen.npz --merge hall.npz --transform "2.1,-0.4,0,0,0,0.7071,0.7071" --out flat.npz
"""
_SETTINGS = ("voxel_size", "max_depth", "min_views", "max_blocks", "when_full")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d map``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("source", metavar="SOURCE", help="recording (docs/sources.md), or a .npz map")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=".ply, .pcd, or .npz (the whole map)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="also draw the map as a .png")
    parser.add_argument("--voxel-size", type=float, metavar="M", help="metres (default 0.02)")
    parser.add_argument("--max-depth", type=float, metavar="M", help="ignore depth past this (default 4)")
    parser.add_argument(
        "--min-views",
        type=int,
        metavar="N",
        help="frames that must have seen a point (default: 4, and fewer while the frames overlap little)",
    )
    parser.add_argument(
        "--max-blocks", type=int, metavar="N", help="bound on the memory: blocks of 4x4x4 voxels (default 800000)"
    )
    parser.add_argument(
        "--when-full",
        choices=("refuse", "forget_oldest"),
        help="a map of --max-blocks refuses new places (default), or forgets what was not seen for longest",
    )
    parser.add_argument("--merge", type=Path, metavar="OTHER.npz", help="take this saved map in as well")
    parser.add_argument(
        "--transform",
        type=rigid_transform,
        metavar="T",
        help='where OTHER lies: "x,y,z,qx,qy,qz,qw" or a text file of a 4x4 matrix, which brings points of OTHER into '
        "the world of SOURCE (default: they are the same world)",
    )
    add_recording_arguments(parser)
    add_poses_argument(parser)
    add_up_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Map, write, and say what was written."""
    from omd3d_ros.cli import UsageError
    from omd3d_ros.mapping.cloud_io import CLOUD_SUFFIXES, is_cloud, write_cloud

    if args.out.suffix.lower() not in (*CLOUD_SUFFIXES, ".npz"):
        raise UsageError(f"--out {args.out}: the map is written as .ply, .pcd or .npz")
    if args.picture is not None and args.picture.suffix.lower() != ".png":
        raise UsageError(f"--picture {args.picture}: pictures are written as .png")
    if is_cloud(args.source):
        raise UsageError(f"{args.source} is already a point cloud; map takes a folder of frames")
    if args.transform is not None and args.merge is None:
        raise UsageError("--transform says where the map of --merge lies, and there is none")
    given = [f"--{name.replace('_', '-')}" for name in _settings(args)]
    if given and _is_map(args.source):
        raise UsageError(f"{args.source} keeps the settings that it was made with: {', '.join(given)} is for new maps")
    started = time.monotonic()
    voxels = _voxel_map(args)
    seconds = time.monotonic() - started
    cloud = voxels.point_cloud()
    if not len(cloud):
        raise ValueError(f"{args.source}: the map has no points; is the depth within 0.2 to {voxels.max_depth:g} m?")
    if is_cloud(args.out):
        write_cloud(args.out, cloud)
    else:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        voxels.save(args.out)
    print(f"{args.out}: {len(cloud):,} points from {voxels.num_frames} frames in {seconds:.1f} s")
    if args.picture is not None:
        _draw(args, voxels)
    return 0


def _voxel_map(args: argparse.Namespace) -> VoxelMap:
    import numpy as np

    from omd3d_ros.mapping.voxel_map import VoxelMap

    other = None if args.merge is None else VoxelMap.load(args.merge)
    if _is_map(args.source):
        voxels = VoxelMap.load(args.source)
    else:
        voxels = VoxelMap(**_settings(args))
        keeps_views = args.out.suffix.lower() == ".npz"
        map_all(posed_frames(open_recording(args), args), partial(_observe, voxels, keeps_views))
    if other is not None:
        voxels.merge(other, np.eye(4) if args.transform is None else args.transform)
    return voxels


def _observe(voxels: VoxelMap, keeps_views: bool, frame: Frame) -> None:
    if voxels.integrate(frame) and keeps_views:
        voxels.keep_view(frame)


def _is_map(source: str) -> bool:
    return Path(source).suffix.lower() == ".npz"


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """Arguments of VoxelMap that were given."""
    return {name: value for name in _SETTINGS if (value := getattr(args, name)) is not None}


def _draw(args: argparse.Namespace, voxels: VoxelMap) -> None:
    from omd3d_ros.mapping.gravity import estimate_up
    from omd3d_ros.pictures import draw_map, save_png

    cloud = voxels.point_cloud()
    assert cloud.normals is not None
    up = estimate_up(cloud.normals, voxels.camera_up) if args.up is None else args.up
    save_png(args.picture, draw_map(cloud, up))
    print(f"{args.picture}: the map from above")
