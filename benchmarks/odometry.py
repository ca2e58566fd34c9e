"""Camera tracking from the frames themselves: drift, frames lost and milliseconds, beside Open3D's RGB-D odometry.

    python benchmarks/odometry.py PATH/TO/rgbd_7scenes
    python benchmarks/odometry.py PATH/TO/rgbd_7scenes --every 1 4 --rooms 1 2 --pictures DIR

Drift compares motion over every stretch of 1 m of path (as KITTI and TUM do): the mean length of the error of the
translation, in % of the stretch, and the mean angle of the error of the rotation, in degrees a metre.  ATE is the root
mean square distance of positions after the best rigid alignment.  "worst step" is the largest error from one tracked
frame to the next.  The reference is the poses of the recording; for --rooms it is exact, since the frames are drawn.

Open3D's point-to-plane method (its best of three here, with 30, 20, 15 iterations instead of 10, 5, 3) tracks frame to
frame and to the last keyframe (replaced at our keyframe distance), its default, the hybrid one, frame to frame.  Its
colour is registered to depth beforehand, outside of the clock.  Methods take turns frame by frame in one process.

A second table asks how far the reference itself can be believed: pairs of frames some steps apart, with the given
poses and with ours; how much of one lies on the other, how far off, and how alike the brightness is in the same places.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.mapping.tracking.alignment import judge
from omd3d_ros.mapping.tracking.odometry import KEYFRAME_SHIFT, KEYFRAME_TURN, RgbdOdometry, compile_kernels
from omd3d_ros.mapping.tracking.pyramid import pyramid
from omd3d_ros.types import Camera, Frame

STRETCH = 1.0  # metres
PEERS = (
    ("Open3D point-to-plane, frame to frame", "PointToPlane", (30, 20, 15), False),
    ("Open3D point-to-plane, to keyframes", "PointToPlane", (30, 20, 15), True),
    ("Open3D hybrid (its default), frame to frame", "Hybrid", (10, 5, 3), False),
)
APART = (2, 10, 40)  # frames between the two of a pair
LEAST_OVERLAP = 0.3  # of a pair that is judged


@dataclass
class Track:
    """What one method made of a recording; poses None where it was lost."""

    name: str
    step: Callable[[Frame], np.ndarray | None]
    poses: list[np.ndarray | None] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, frame: Frame) -> None:
        started = time.perf_counter()
        pose = self.step(frame)
        self.seconds.append(time.perf_counter() - started)
        self.poses.append(pose)


class Open3dOdometry:
    """The tensor odometry; ``keyframes``: not frame to frame.  Raises ImportError where Open3D is not installed."""

    def __init__(
        self, start: np.ndarray, camera: Camera, method: str, iterations: tuple[int, ...], keyframes: bool
    ) -> None:
        import open3d as o3d

        self._o3d = o3d
        self._method = method
        self._iterations = iterations
        self._keyframes = keyframes
        self._T_world_reference = start
        self._T_reference_last = np.eye(4)
        self._K = o3d.core.Tensor(camera.matrix)
        self._reference: Any = None

    def __call__(self, frame: Frame) -> np.ndarray | None:
        o3d, odometry = self._o3d, self._o3d.t.pipelines.odometry
        image = o3d.t.geometry.RGBDImage(
            o3d.t.geometry.Image(np.ascontiguousarray(frame.rgb)), o3d.t.geometry.Image(frame.depth[..., None])
        )
        if self._reference is None:
            self._reference = image
            return self._T_world_reference
        criteria = [odometry.OdometryConvergenceCriteria(n) for n in self._iterations]
        try:
            result = odometry.rgbd_odometry_multi_scale(
                image, self._reference, self._K, o3d.core.Tensor(self._T_reference_last), 1.0, 6.0, criteria,
                getattr(odometry.Method, self._method),
            )  # fmt: skip
        except RuntimeError:  # a singular system
            return None
        T = result.transformation.numpy()
        pose = self._T_world_reference @ T
        moved = np.linalg.norm(T[:3, 3]) / KEYFRAME_SHIFT + angle(T) / KEYFRAME_TURN
        self._T_reference_last = T
        if not self._keyframes or moved > 1:
            self._reference, self._T_world_reference, self._T_reference_last = image, pose, np.eye(4)
        return pose


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--every", type=int, nargs="+", default=[1, 4], help="track each N-th frame (default 1 4)")
    parser.add_argument("--rooms", type=int, nargs="*", default=[1, 2], metavar="SEED", help="synthetic rooms too")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="draw the maps of given and of tracked poses")
    args = parser.parse_args()
    compile_kernels()
    print("| recording | method | lost | drift | turn | ATE | worst step | ms a frame (median, least) |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    first = None
    for every in args.every:
        frames = [f for f in open_source(args.source, every=every) if f.T_world_camera is not None]
        tracks = run(frames, [f.T_world_camera for f in frames])
        first = first or (frames, tracks[0])
        if args.pictures is not None:
            draw(args.pictures, f"every-{every}", frames, tracks[0])
    for seed in args.rooms:
        room = make_room(seed)
        frames = [f for f, _ in stream_room(room, 100, 640, 480, registered=False)]
        # Without noise the same path is reported as it is.
        run(frames, [f.T_world_camera for f, _ in stream_room(room, 100, 64, 48, noise=False)], f"room {seed}")
    if first is not None:
        compare(*first)


def run(frames: list[Frame], reference: list[np.ndarray], name: str = "") -> list[Track]:
    """Track the frames with every method, and print a line for each."""
    odometry = RgbdOdometry(reference[0])
    tracks = [Track("ours", lambda frame: odometry.track(frame).T_world_camera)]
    try:
        for label, *settings in PEERS:
            tracks.append(Track(label, Open3dOdometry(reference[0], frames[0].depth_camera, *settings)))
    except ImportError:
        print("Open3D is not installed: pip install omd3d[open3d]")
    for frame in frames:
        registered = register(frame)
        for track in tracks:
            track.add(frame if track is tracks[0] else registered)
    for track in tracks:
        print(row(name or f"{len(frames)} frames", track, reference), flush=True)
    return tracks


def compare(frames: list[Frame], track: Track) -> None:
    """Print how well pairs of frames agree under the given and under the tracked poses."""
    print("\n| frames apart | pairs | poses | on the other | off by | brightness alike |")
    print("| --- | --- | --- | --- | --- | --- |")
    levels = [pyramid(frame) for frame in frames]
    for apart in APART:
        rows: dict[str, list[tuple[float, float, float]]] = {"given": [], "tracked": []}
        for i, (source, target) in enumerate(zip(levels[apart:], levels, strict=False)):
            fits = {}
            for kind, poses in (("given", [f.T_world_camera for f in frames]), ("tracked", track.poses)):
                T_target, T_source = poses[i], poses[i + apart]
                if T_target is not None and T_source is not None:
                    fits[kind] = judge(source, [(target, T_target)], T_source)
            if len(fits) == 2 and min(f.overlap for f in fits.values()) > LEAST_OVERLAP:
                for kind, f in fits.items():
                    rows[kind].append((f.fitness, f.rmse, f.similarity or 0.0))
        for kind, values in rows.items():
            if values:
                on, off, alike = np.mean(values, axis=0)
                print(f"| {apart} | {len(values)} | {kind} | {on:.1%} | {1e3 * off:.1f} mm | {alike:.4f} |")


def row(recording: str, track: Track, reference: list[np.ndarray]) -> str:
    kept = [(p, r) for p, r in zip(track.poses, reference, strict=True) if p is not None]
    lost = len(reference) - len(kept)
    tracked, given = np.array([p for p, _ in kept]), np.array([r for _, r in kept])
    drift, turn = relative_error(tracked, given)
    steps = [np.linalg.norm(e[:3, 3]) for e in errors(tracked, given, range(len(kept) - 1), range(1, len(kept)))]
    ms = 1e3 * np.array(track.seconds[1:])
    return (
        f"| {recording} | {track.name} | {lost} | {100 * drift:.2f} % | {np.degrees(turn):.2f} deg/m "
        f"| {1e3 * trajectory_error(tracked, given):.1f} mm | {1e3 * max(steps):.0f} mm "
        f"| {np.median(ms):.0f}, {ms.min():.0f} |"
    )


def relative_error(tracked: np.ndarray, given: np.ndarray) -> tuple[float, float]:
    """Metres and radians a metre, mean over every stretch of at least STRETCH metres; NaN on shorter paths."""
    path = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(given[:, :3, 3], axis=0), axis=1))]
    starts = np.flatnonzero(path + STRETCH <= path[-1])
    if not len(starts):
        return float("nan"), float("nan")
    ends = np.searchsorted(path, path[starts] + STRETCH)
    lengths = path[ends] - path[starts]
    apart = errors(tracked, given, starts, ends)
    shifts = [np.linalg.norm(e[:3, 3]) / length for e, length in zip(apart, lengths, strict=True)]
    turns = [angle(e) / length for e, length in zip(apart, lengths, strict=True)]
    return float(np.mean(shifts)), float(np.mean(turns))


def errors(tracked: np.ndarray, given: np.ndarray, starts: Iterable[int], ends: Iterable[int]) -> list[np.ndarray]:
    """(4, 4) per pair: the motion that was tracked, as seen from where the given motion ends."""
    inverse = np.linalg.inv
    return [
        inverse(inverse(given[i]) @ given[j]) @ inverse(tracked[i]) @ tracked[j]
        for i, j in zip(starts, ends, strict=True)
    ]


def trajectory_error(tracked: np.ndarray, given: np.ndarray) -> float:
    """Metres, root mean square after the best rigid alignment (Horn)."""
    a, b = given[:, :3, 3], tracked[:, :3, 3]
    a, b = a - a.mean(0), b - b.mean(0)
    U, _, Vt = np.linalg.svd(b.T @ a)
    R = Vt.T @ np.diag([1, 1, np.linalg.det(Vt.T @ U.T)]) @ U.T
    return float(np.sqrt(np.mean(np.sum((b @ R.T - a) ** 2, axis=1))))


def angle(T: np.ndarray) -> float:
    return float(np.arccos(np.clip((np.trace(T[:3, :3]) - 1) / 2, -1, 1)))


def register(frame: Frame) -> Frame:
    """The frame with colour on depth's pixel grid, black where the colour camera sees nothing."""
    if frame.color_camera is None:
        return frame
    d, c = frame.depth_camera, frame.color_camera
    v, u = np.mgrid[: d.height, : d.width]
    z = np.where(np.isfinite(frame.depth), frame.depth, 0)
    points = np.stack([(u - d.cx) * z / d.fx, (v - d.cy) * z / d.fy, z], axis=-1)
    T = getattr(c, "T_color_depth", np.eye(4))
    x, y, z = np.moveaxis(points @ T[:3, :3].T + T[:3, 3], -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = c.fx * x / z + c.cx, c.fy * y / z + c.cy
    a, b = (np.where((z > 0.05) & np.isfinite(w), w, -1).astype(np.float32) for w in (a, b))
    return Frame(cv2.remap(frame.rgb, a, b, cv2.INTER_LINEAR), frame.depth, d, None, frame.T_world_camera, frame.stamp)


def draw(folder: Path, name: str, frames: list[Frame], track: Track) -> None:
    """given and tracked: the map of the same frames with either poses, from above."""
    from dataclasses import replace

    from omd3d_ros.mapping.gravity import estimate_up
    from omd3d_ros.mapping.voxel_map import VoxelMap
    from omd3d_ros.pictures import draw_map, save_png

    folder.mkdir(parents=True, exist_ok=True)
    for kind, poses in (("given", [f.T_world_camera for f in frames]), ("tracked", track.poses)):
        voxels = VoxelMap()
        for frame, T in zip(frames, poses, strict=True):
            if T is not None:
                voxels.integrate(replace(frame, T_world_camera=T))
        cloud = voxels.point_cloud()
        assert cloud.normals is not None
        save_png(folder / f"{name}-{kind}.png", draw_map(cloud, estimate_up(cloud.normals, voxels.camera_up)))


if __name__ == "__main__":
    main()
