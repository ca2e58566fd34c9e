"""The same frames written in each layout of recorded RGB-D: pixels, poses and intrinsics that a reader must give back.

Colour is registered to depth.  Writers return what ``open_source`` is given.
"""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from omd3d_ros.types import Camera, Frame

ARKIT = np.diag([1.0, -1.0, -1.0, 1.0])


def flat_wall(count: int = 3, width: int = 64, height: int = 48) -> list[Frame]:
    """A camera that moves 1 cm a frame along x before a flat wall 1.5 m away; depth (0, 0) is 0."""
    camera = Camera(width, height, 60.0, 61.0, width / 2 - 0.5, height / 2 - 0.5)
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = 200, 40, 30
    depth = np.full((height, width), 1.5, np.float32)
    depth[0, 0] = 0
    frames = []
    for i in range(count):
        T = np.eye(4)
        T[0, 3] = 0.01 * i
        frames.append(Frame(rgb, depth, camera, None, T, i / 30))
    return frames


def write_seven_scenes(folder: Path, frames: list[Frame]) -> Path:
    folder.mkdir(parents=True)
    for i, frame in enumerate(frames):
        stem = folder / f"frame-{i:06d}"
        _write_color(f"{stem}.color.png", frame)
        _write_depth(f"{stem}.depth.png", frame, 1000)
        np.savetxt(f"{stem}.pose.txt", frame.T_world_camera)
    return _with_intrinsics(folder, frames)


def write_tum(folder: Path, frames: list[Frame]) -> Path:
    """Stamps of 30 Hz; depth is 4 ms late, ground truth 2 ms."""
    lists: dict[str, list[str]] = {"rgb": ["# timestamp filename", ""], "depth": ["# depth maps"], "groundtruth": []}
    for name in ("rgb", "depth"):
        (folder / name).mkdir(parents=True)
    for i, frame in enumerate(frames):
        stamp = 1_400_000_000 + i / 30
        files = {"rgb": f"rgb/{stamp:.6f}.png", "depth": f"depth/{stamp + 0.004:.6f}.png"}
        _write_color(folder / files["rgb"], frame)
        _write_depth(folder / files["depth"], frame, 5000)
        lists["rgb"].append(f"{stamp:.6f} {files['rgb']}")
        lists["depth"].append(f"{stamp + 0.004:.6f} {files['depth']}")
        numbers = [*_pose(frame)[:3, 3], *_quaternion(_pose(frame))]
        lists["groundtruth"].append(f"{stamp + 0.002:.6f} " + " ".join(f"{n:.9f}" for n in numbers))
    for name, lines in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return _with_intrinsics(folder, frames)


def write_scannet_export(folder: Path, frames: list[Frame]) -> Path:
    for name in ("color", "depth", "pose", "intrinsic"):
        (folder / name).mkdir(parents=True)
    for i, frame in enumerate(frames):
        _write_color(folder / "color" / f"{i}.jpg", frame)
        _write_depth(folder / "depth" / f"{i}.png", frame, 1000)
        np.savetxt(folder / "pose" / f"{i}.txt", frame.T_world_camera)
    K = np.eye(4)
    K[:3, :3] = frames[0].depth_camera.matrix
    for camera in ("color", "depth"):
        np.savetxt(folder / "intrinsic" / f"intrinsic_{camera}.txt", K)
        np.savetxt(folder / "intrinsic" / f"extrinsic_{camera}.txt", np.eye(4))
    return folder


def write_replica(folder: Path, frames: list[Frame]) -> Path:
    (folder / "results").mkdir(parents=True)
    camera = frames[0].depth_camera
    fields = {"w": camera.width, "h": camera.height, "fx": camera.fx, "fy": camera.fy, "cx": camera.cx, "cy": camera.cy}
    (folder / "cam_params.json").write_text(json.dumps({"camera": {**fields, "scale": 6553.5}}))
    for i, frame in enumerate(frames):
        _write_color(folder / "results" / f"frame{i:06d}.jpg", frame)
        _write_depth(folder / "results" / f"depth{i:06d}.png", frame, 6553.5)
    np.savetxt(folder / "traj.txt", [_pose(frame).ravel() for frame in frames])
    return folder


def write_dualmap(folder: Path, frames: list[Frame]) -> Path:
    for name in ("rgb", "depth"):
        (folder / name).mkdir(parents=True)
    for i, frame in enumerate(frames):
        _write_color(folder / "rgb" / f"{i}.png", frame)
        _write_depth(folder / "depth" / f"{i}.png", frame, 1000)
    np.savetxt(folder / "pose.txt", [[1.7e9 + i / 10, *_pose(f).ravel()] for i, f in enumerate(frames)], fmt="%.9f")
    return _with_intrinsics(folder, frames)


def write_record3d(folder: Path, frames: list[Frame]) -> Path:
    """Depth and confidence as stored LZFSE blocks; confidence is full."""
    (folder / "rgbd").mkdir(parents=True)
    for i, frame in enumerate(frames):
        _write_color(folder / "rgbd" / f"{i}.jpg", frame)
        (folder / "rgbd" / f"{i}.depth").write_bytes(stored_lzfse(frame.depth.astype("<f4").tobytes()))
        (folder / "rgbd" / f"{i}.conf").write_bytes(stored_lzfse(b"\x02" * frame.depth.size))
    camera = frames[0].depth_camera
    poses = [_pose(frame) @ ARKIT for frame in frames]
    fields = {
        "w": camera.width, "h": camera.height, "dw": camera.width, "dh": camera.height, "fps": 30,
        "K": camera.matrix.T.ravel().tolist(), "frameTimestamps": [i / 30 for i in range(len(frames))],
        "poses": [[*_quaternion(T), *T[:3, 3]] for T in poses],
    }  # fmt: skip
    (folder / "metadata").write_text(json.dumps(fields))
    return folder


def write_r3d(folder: Path, frames: list[Frame]) -> Path:
    write_record3d(folder / "unzipped", frames)
    with zipfile.ZipFile(folder / "room.r3d", "w") as archive:
        for file in (folder / "unzipped").rglob("*"):
            archive.write(file, file.relative_to(folder / "unzipped"))
    return folder / "room.r3d"


def write_record3d_converted(folder: Path, frames: list[Frame]) -> Path:
    for name in ("rgb", "depth", "poses", "conf"):
        (folder / name).mkdir(parents=True)
    for i, frame in enumerate(frames):
        _write_color(folder / "rgb" / f"{i}.png", frame)
        _write_depth(folder / "depth" / f"{i}.png", frame, 1000)
        np.save(folder / "poses" / f"{i}.npy", (_pose(frame) @ ARKIT).astype(np.float32))
        np.save(folder / "conf" / f"{i}.npy", np.full(frame.depth.shape, 2, np.uint8))
    camera = frames[0].depth_camera
    fields = {"image_width": camera.width, "image_height": camera.height, "fx": camera.fx, "fy": camera.fy}
    lines = [f"  {key}: {value}" for key, value in {**fields, "cx": camera.cx, "cy": camera.cy}.items()]
    (folder / "dataconfig.yaml").write_text("camera_params:\n" + "\n".join(lines) + "\n")
    return folder


def write_sens(folder: Path, frames: list[Frame]) -> Path:
    folder.mkdir(parents=True)
    (folder / "room.sens").write_bytes(sens_bytes(frames))
    return folder / "room.sens"


def sens_bytes(
    frames: list[Frame], version: int = 4, color_codec: int = 2, depth_codec: int = 1, empty: tuple[int, ...] = ()
) -> bytes:
    """A .sens file; frames whose numbers are in ``empty`` have no bytes of colour and depth."""
    camera = frames[0].depth_camera
    K = np.eye(4)
    K[:3, :3] = camera.matrix
    data = struct.pack("<IQ", version, 4) + b"Made" + np.stack([K, np.eye(4), K, np.eye(4)]).astype("<f4").tobytes()
    size = camera.width, camera.height
    data += struct.pack("<2i4IfQ", color_codec, depth_codec, *size, *size, 1000.0, len(frames))
    for i, frame in enumerate(frames):
        color, depth = (b"", b"") if i in empty else _sens_images(frame, color_codec, depth_codec)
        pose = np.full((4, 4), -np.inf) if frame.T_world_camera is None else frame.T_world_camera
        stamp = 1_000_000 + 33_333 * i
        data += pose.astype("<f4").tobytes() + struct.pack("<4Q", stamp, stamp + 120, len(color), len(depth))
        data += color + depth
    return data + (struct.pack("<Q", 0) if version == 4 else b"")


def _sens_images(frame: Frame, color_codec: int, depth_codec: int) -> tuple[bytes, bytes]:
    raw = np.rint(frame.depth * 1000).astype("<u2").tobytes()
    depth = zlib.compress(raw) if depth_codec == 1 else raw
    if color_codec == 0:
        return frame.rgb.tobytes(), depth
    return cv2.imencode({1: ".png", 2: ".jpg"}[color_codec], frame.rgb[..., ::-1])[1].tobytes(), depth


def stored_lzfse(data: bytes) -> bytes:
    """LZFSE without compression: one stored block and the end mark."""
    return b"bvx-" + struct.pack("<I", len(data)) + data + b"bvx$"


WRITERS = {
    "7scenes": write_seven_scenes,
    "tum": write_tum,
    "scannet-export": write_scannet_export,
    "scannet-sens": write_sens,
    "replica": write_replica,
    "dualmap": write_dualmap,
    "record3d": write_record3d,
    "record3d (.r3d)": write_r3d,
    "record3d-converted": write_record3d_converted,
}


def _with_intrinsics(folder: Path, frames: list[Frame]) -> Path:
    np.savetxt(folder / "camera-intrinsics.txt", frames[0].depth_camera.matrix)
    return folder


def _write_color(file: Path | str, frame: Frame) -> None:
    assert cv2.imwrite(str(file), frame.rgb[..., ::-1])


def _write_depth(file: Path | str, frame: Frame, units: float) -> None:
    assert cv2.imwrite(str(file), np.rint(frame.depth * units).clip(0, 65535).astype(np.uint16))


def _pose(frame: Frame) -> np.ndarray:
    assert frame.T_world_camera is not None
    return frame.T_world_camera


def _quaternion(T: np.ndarray) -> np.ndarray:
    """x y z w."""
    return Rotation.from_matrix(T[:3, :3]).as_quat()
