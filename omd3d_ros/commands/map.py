"""``omd3d map``: reconstruct a recording and write the map."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from omd3d_ros.commands.recording import (
    add_poses_argument,
    add_recording_arguments,
    add_up_argument,
    open_recording,
    posed_frames,
)

if TYPE_CHECKING:
    from omd3d_ros.mapping.voxel_map import VoxelMap

_EXAMPLES = """\
examples:
  omd3d map path/to/frames --out map.ply
  omd3d map path/to/frames --out map.npz --voxel-size 0.01      # a map that can grow further
  omd3d map path/to/frames --out map.ply --poses odometry      # no poses beside the frames (docs/odometry.md)
  omd3d map map.npz --out map.pcd --picture map.png
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d map``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("source", metavar="SOURCE", help="folder of RGB-D frames, or a .npz written by this command")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=".ply, .pcd, or .npz (the whole map)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="also draw the map as a .png")
    parser.add_argument("--voxel-size", type=float, default=0.02, metavar="M", help="metres (default 0.02)")
    parser.add_argument("--max-depth", type=float, default=4.0, metavar="M", help="ignore depth past this (default 4)")
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
    started = time.monotonic()
    voxels = _voxel_map(args)
    seconds = time.monotonic() - started
    cloud = voxels.point_cloud()
    if not len(cloud):
        raise ValueError(f"{args.source}: the map has no points; is the depth within 0.2 to {args.max_depth:g} m?")
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
    from omd3d_ros.mapping.voxel_map import VoxelMap

    if Path(args.source).suffix.lower() == ".npz":
        return VoxelMap.load(args.source)
    voxels = VoxelMap(voxel_size=args.voxel_size, max_depth=args.max_depth)
    for frame in posed_frames(open_recording(args), args):
        voxels.integrate(frame)
    return voxels


def _draw(args: argparse.Namespace, voxels: VoxelMap) -> None:
    from omd3d_ros.mapping.gravity import estimate_up
    from omd3d_ros.pictures import draw_map, save_png

    cloud = voxels.point_cloud()
    assert cloud.normals is not None
    up = estimate_up(cloud.normals, voxels.camera_up) if args.up is None else args.up
    save_png(args.picture, draw_map(cloud, up))
    print(f"{args.picture}: the map from above")
