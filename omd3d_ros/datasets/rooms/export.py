"""Rooms on disk: 7-Scenes-layout folders with instance images, objects, requests; the command that writes them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from .grammar import make_queries
from .room import Room, RoomObject, make_room
from .stream import stream_room

TRUTH = "ground_truth.json"
SEEN_PIXELS = 60
QUERIES = 40


def export_rooms(
    seed: int, count: int, out: str | Path, frames: int = 60, width: int = 640, height: int = 480,
    progress: bool = True, registered: bool = True,
) -> list[Path]:  # fmt: skip
    """Write rooms ``seed`` .. ``seed + count - 1`` into ``out``/room-SSSSSS and return their folders.

    A room whose ground_truth.json is there is finished and skipped; an unfinished one is written anew.
    Raises ValueError for impossible numbers and OSError when a file cannot be written.
    """
    if count < 1 or frames < 1 or seed < 0:
        raise ValueError(f"count and frames must be at least 1 and seed at least 0, got {count}, {frames}, {seed}")
    if width < 64 or height < 48:
        raise ValueError(f"images must be at least 64x48, got {width}x{height}")
    folders = []
    with tqdm(total=count * frames, unit="frame", disable=not progress, file=sys.stderr) as bar:
        for each in range(seed, seed + count):
            folder = Path(out) / f"room-{each:06d}"
            bar.set_description(folder.name)
            if (folder / TRUTH).exists():
                bar.update(frames)
            else:
                _export_room(make_room(each), folder, frames, width, height, registered, bar)
            folders.append(folder)
    return folders


def _export_room(room: Room, folder: Path, frames: int, width: int, height: int, registered: bool, bar: tqdm) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    seen = np.zeros(len(room.objects) + 1, np.int64)
    viewer = None
    for i, (frame, instances) in enumerate(stream_room(room, frames, width, height, registered=registered)):
        name = str(folder / f"frame-{i:06d}")
        millimetres = np.clip(np.rint(frame.depth * 1000.0), 0, 65535).astype(np.uint16)
        _write_image(f"{name}.color.jpg", frame.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        _write_image(f"{name}.depth.png", millimetres, [cv2.IMWRITE_PNG_COMPRESSION, 2])
        _write_image(f"{name}.instance.png", instances, [cv2.IMWRITE_PNG_COMPRESSION, 2])
        assert frame.T_world_camera is not None
        np.savetxt(f"{name}.pose.txt", frame.T_world_camera, fmt="%.8e")
        if i == 0:
            np.savetxt(folder / "camera-intrinsics.txt", frame.depth_camera.matrix, fmt="%.8e")
            viewer = viewer_of(frame.T_world_camera)
            if frame.color_camera is not None:
                _write_registration(folder / "color-registration.json", frame.color_camera)
        seen += np.bincount(instances[frame.depth > 0], minlength=len(seen))
        bar.update(1)
    visible = [o.id for o in room.objects if seen[o.id] >= SEEN_PIXELS * width * height / (320 * 240)]
    queries = make_queries(room, np.random.default_rng([room.seed, 0x0A]), QUERIES, visible, viewer)
    truth = {
        "seed": room.seed, "up": [0.0, 0.0, 1.0], "room_type": room.kind, "size": room.size.tolist(),
        "objects": [_object_json(o, int(seen[o.id])) for o in room.objects], "visible_ids": visible, "queries": queries,
        "T_world_viewer": None if viewer is None else viewer.tolist(),
    }  # fmt: skip
    unfinished = folder / (TRUTH + ".part")
    unfinished.write_text(json.dumps(truth, indent=1) + "\n")
    os.replace(unfinished, folder / TRUTH)


def viewer_of(T_world_camera: np.ndarray) -> np.ndarray:
    """T_world_viewer (4, 4) of a camera held in a z-up world: x right, y forward (level), z up."""
    forward = np.asarray(T_world_camera, float)[:3, 2].copy()
    forward[2] = 0.0
    length = float(np.linalg.norm(forward))
    if length < 1e-6:
        raise ValueError("the camera looks straight up or down: it has no heading")
    forward /= length
    T = np.eye(4)
    T[:3, 0], T[:3, 1], T[:3, 3] = [forward[1], -forward[0], 0.0], forward, T_world_camera[:3, 3]
    return T


def _object_json(thing: RoomObject, pixels: int) -> dict:
    return {
        "id": thing.id, "category": thing.category, "color": thing.color, "material": thing.material,
        "center": [round(float(v), 4) for v in thing.center], "size": [round(float(v), 4) for v in thing.size],
        "yaw": round(thing.yaw, 4), "mount": thing.mount, "on": thing.on, "visible_pixels": pixels,
    }  # fmt: skip


def _write_registration(path: Path, camera) -> None:
    path.write_text(
        json.dumps(
            {
                "fx": camera.fx,
                "fy": camera.fy,
                "cx": camera.cx,
                "cy": camera.cy,
                "t_depth_to_color_m": camera.T_color_depth[:3, 3].tolist(),
                "R_depth_to_color": "identity",
            },
            indent=1,
        )  # fmt: skip
    )


def _write_image(path: str, image: np.ndarray, options: list[int]) -> None:
    if not cv2.imwrite(path, image, options):
        raise OSError(f"cannot write {path}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``omd3d rooms export``."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the first room (default 0)")
    parser.add_argument("--count", type=int, default=1, help="how many rooms, seeds counting up (default 1)")
    parser.add_argument("--out", type=Path, required=True, help="folder that receives room-SSSSSS folders")
    parser.add_argument("--frames", type=int, default=60, help="frames per room (default 60)")
    parser.add_argument("--size", type=_size, default=(640, 480), metavar="WxH", help="image size (default 640x480)")
    parser.add_argument(
        "--unregistered", action="store_true", help="colour from a second camera beside the depth camera"
    )


def run(args: argparse.Namespace) -> int:
    """Export as the parsed options say; prints the folders and returns the exit code."""
    width, height = args.size
    try:
        folders = export_rooms(
            args.seed, args.count, args.out, args.frames, width, height, progress=sys.stderr.isatty(),
            registered=not args.unregistered,
        )  # fmt: skip
    except ValueError as error:
        print(f"omd3d rooms export: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"omd3d rooms export: {error}", file=sys.stderr)
        return 1
    for folder in folders:
        print(folder)
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"size must look like 640x480, got {text!r}")
    return int(width), int(height)
