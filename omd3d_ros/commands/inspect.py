"""``omd3d inspect``: what a reader makes of a recording, a cloud or a map, to be compared with what is known of it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from omd3d_ros.commands.recording import add_recording_arguments, open_recording, warn_skipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from omd3d_ros.datasets.sources import RawFrame
    from omd3d_ros.mapping.map_file import SavedInstance
    from omd3d_ros.types import Camera, PointCloud

_EXAMPLES = """\
examples:
  omd3d inspect path/to/frames
  omd3d inspect path/to/frames --every 10 --probe 240,320 100,50
  omd3d inspect path/to/frames --json | jq '.frames[0]'
  omd3d inspect map.npz

JSON: {"format", "frames": [{"index", "stamp", "T_world_camera": 4x4 or null, "color_size": [w,h], "depth_size":
[w,h] or null, "depth_valid": 0..1, "color_intrinsics" and "depth_intrinsics": [fx,fy,cx,cy] or null,
"probes": {"v,u": metres or null}}], "skipped": [{"file", "reason"}]}.  color_intrinsics null: colour is registered
to depth.  A probe is null where there is no reading, and outside the image.
A map: {"format": "omd3d-map", "map_format", "frames": [], "mapped_frames", "stamp", "voxel_size", "blocks", "points",
"low": [x,y,z] and "high" (null without points), "square_metres": points x voxel_size^2, an estimate, "instances":
[{"id", "label", "score", "center", "size", "num_points"}]}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d inspect``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("source", metavar="SOURCE", help="recording (docs/sources.md), .ply or .pcd cloud, or .npz map")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument(
        "--probe", type=_pixel, nargs="+", action="extend", default=[], metavar="v,u", help="depth at row v, column u"
    )
    add_recording_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the description; fails when not one frame can be read."""
    from omd3d_ros.mapping.cloud_io import is_cloud

    if is_cloud(args.source):
        description = _describe_cloud(args.source)
        text = "{format} cloud: {points:,} points, from {low} to {high}, normals: {normals}".format(**description)
        print(json.dumps(description) if args.json else text)
        return 0
    if args.source.lower().endswith(".npz"):
        description = _describe_map(args.source)
        print(json.dumps(description) if args.json else _map_as_text(description))
        return 0
    description = _describe_frames(args)
    if args.json:
        print(json.dumps(description, allow_nan=False))
    else:
        _print_frames(description)
    return 0


def _describe_frames(args: argparse.Namespace) -> dict[str, Any]:
    from tqdm import tqdm

    from omd3d_ros.datasets.sources import FrameError, SourceError

    source = open_recording(args)
    frames = []
    quiet = args.quiet or not sys.stderr.isatty()
    for position in tqdm(range(len(source)), unit="frame", file=sys.stderr, disable=quiet, leave=False):
        try:
            frames.append(_describe(source.indices[position], source.raw(position), args.probe))
        except FrameError as error:
            source.skip(error)
    if not frames:
        file, reason = source.skipped[0]
        raise SourceError(f"{source.path}: none of {len(source)} frames can be read; the first: {file} {reason}")
    warn_skipped(source)
    skipped = [{"file": file, "reason": reason} for file, reason in source.skipped]
    return {"format": source.format, "frames": frames, "skipped": skipped}


def _describe(index: int, frame: RawFrame, probes: list[tuple[int, int]]) -> dict[str, Any]:
    depth = frame.depth
    return {
        "index": index,
        "stamp": frame.stamp,
        "T_world_camera": None if frame.T_world_camera is None else frame.T_world_camera.tolist(),
        "color_size": [frame.rgb.shape[1], frame.rgb.shape[0]],
        "depth_size": None if depth is None else [depth.shape[1], depth.shape[0]],
        "depth_valid": 0.0 if depth is None else round(float(((depth > 0) & (depth < float("inf"))).mean()), 6),
        "color_intrinsics": _intrinsics(frame.color_camera),
        "depth_intrinsics": _intrinsics(frame.depth_camera),
        "probes": {f"{v},{u}": _probe(frame, v, u) for v, u in probes},
    }


def _intrinsics(camera: Camera | None) -> list[float] | None:
    return None if camera is None else [camera.fx, camera.fy, camera.cx, camera.cy]


def _probe(frame: RawFrame, v: int, u: int) -> float | None:
    depth = frame.depth
    if depth is None or not (0 <= v < depth.shape[0] and 0 <= u < depth.shape[1]):
        return None
    metres = float(depth[v, u])
    return round(metres, 6) if 0 < metres < float("inf") else None


def _describe_cloud(path: str) -> dict[str, Any]:
    from omd3d_ros.mapping.cloud_io import read_cloud

    cloud = read_cloud(path)
    low, high = _corners(cloud)
    return {
        "format": path.lower().rpartition(".")[2],
        "frames": [],
        "points": len(cloud),
        "low": low,
        "high": high,
        "normals": cloud.normals is not None,
    }


def _corners(cloud: PointCloud) -> tuple[list[float] | None, list[float] | None]:
    if not len(cloud):
        return None, None
    return _rounded(cloud.xyz.min(0)), _rounded(cloud.xyz.max(0))


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(v), 4) for v in values]


def _describe_map(path: str) -> dict[str, Any]:
    from omd3d_ros.mapping.map_file import read_map
    from omd3d_ros.mapping.voxel_map import VoxelMap

    header, _ = read_map(path)
    voxels = VoxelMap.load(path)
    cloud = voxels.point_cloud()
    low, high = _corners(cloud)
    return {
        "format": "omd3d-map",
        "map_format": header["format"],
        "frames": [],
        "mapped_frames": voxels.num_frames,
        "stamp": voxels.stamp,
        "voxel_size": voxels.voxel_size,
        "blocks": voxels.num_blocks,
        "points": len(cloud),
        "low": low,
        "high": high,
        "square_metres": round(len(cloud) * voxels.voxel_size**2, 2),
        "instances": [_describe_instance(saved, cloud) for saved in voxels.instances],
    }


def _describe_instance(saved: SavedInstance, cloud: PointCloud) -> dict[str, Any]:
    instance = saved.instance(cloud)
    return {
        "id": saved.id,
        "label": saved.label,
        "score": round(saved.score, 4),
        "center": None if instance is None else _rounded(instance.center),
        "size": None if instance is None else _rounded(instance.size),
        "num_points": 0 if instance is None else instance.num_points,
    }


def _map_as_text(description: dict[str, Any]) -> str:
    lines = [
        "OMD3D map, format {map_format}: {mapped_frames} frames, voxels of {voxel_size:g} m".format(**description),
        "{blocks:,} blocks, {points:,} points, about {square_metres:g} m2 (points x voxel_size^2)".format(
            **description
        ),
        "from {low} to {high}".format(**description) if description["points"] else "no surface in it yet",
        f"{len(description['instances'])} instances",
    ]
    for each in description["instances"]:
        place = f"at {each['center']}, {each['size']} m" if each["center"] else "no longer in the map"
        lines.append(f"  {each['id']} {each['label']} {each['score']:.2f} {place}, {each['num_points']} points")
    return "\n".join(lines)


def _print_frames(description: dict[str, Any]) -> None:
    frames = description["frames"]
    posed = sum(f["T_world_camera"] is not None for f in frames)
    first = frames[0]
    color = first["color_intrinsics"]
    registered = "registered to depth" if color is None else f"camera {_camera_text(color)}"
    print(f"{description['format']}: {len(frames)} frames, {posed} with a pose, {len(description['skipped'])} skipped")
    print(f"colour {_size(first['color_size'])}, {registered}")
    print(f"depth  {_size(first['depth_size'])}, camera {_camera_text(first['depth_intrinsics'])}")
    print(f"{'index':>6} {'stamp':>14} {'position':>26} {'valid':>6}  probes")
    for frame in frames:
        T = frame["T_world_camera"]
        position = "no pose" if T is None else "({:.3f}, {:.3f}, {:.3f})".format(*(row[3] for row in T[:3]))
        probes = "  ".join(f"{at}: {'-' if z is None else f'{z:.3f} m'}" for at, z in frame["probes"].items())
        print(f"{frame['index']:>6} {frame['stamp']:>14.3f} {position:>26} {frame['depth_valid']:>6.1%}  {probes}")


def _camera_text(numbers: list[float] | None) -> str:
    return "unknown" if numbers is None else "fx {:.6g} fy {:.6g} cx {:.6g} cy {:.6g}".format(*numbers)


def _size(size: list[int] | None) -> str:
    return "missing" if size is None else f"{size[0]}x{size[1]}"


def _pixel(text: str) -> tuple[int, int]:
    try:
        v, u = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected v,u (row, column), got {text!r}") from None
    return v, u
