"""The voxel map against Open3D's: speed, memory and fidelity on a recording, and how the cost grows with the map.

    python benchmarks/mapping.py PATH/TO/rgbd_7scenes [--rooms 20] [--json]

Every method is fed the same decoded frames, in turns of a few frames within one process; a frame's time is the least
of the passes, each of which starts with an empty map.  Ours runs on one thread, Open3D on as many as it likes.  The
CPU time of ours is that of its thread, of the others that of the process.  Memory is measured in a fresh process per
method.  Fidelity is measured against the mesh of Open3D's VoxelBlockGrid on the same frames: the share of a method's
points that lie further than 3 cm from that mesh ("off"), the share of the mesh's surface that lies further than 3 cm
from the method's points ("missed"), and the median difference in colour of its points to the mesh (0..255 a channel).

Open3D takes colour on depth's pixel grid only, so colour is registered beforehand for it, outside the clock; ours
takes the frames as they come and does that as it goes.  The reference mesh has ours' truncation, 4 voxels: with
Open3D's default of 8, thin things grow a second surface behind them.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numba
import numpy as np
from scipy.spatial import cKDTree
from tqdm import tqdm

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Camera, ColorCamera, Frame

NEAR = 0.03
SURFACE_SAMPLES = 200_000
WARM_UP_FRAMES = 2


class Settings(NamedTuple):
    """What all methods share, in metres."""

    voxel_size: float
    max_depth: float


class Ours:
    label = "VoxelMap (ours)"
    clock = staticmethod(time.thread_time)

    def __init__(self, settings: Settings, _: Camera) -> None:
        self.map = VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth)

    @staticmethod
    def prepare(frame: Frame) -> Frame:
        return frame

    def integrate(self, frame: Frame) -> None:
        self.map.integrate(frame)

    def cloud(self) -> tuple[np.ndarray, np.ndarray]:
        cloud = self.map.point_cloud()
        return cloud.xyz, cloud.rgb

    def num_bytes(self) -> int:
        return self.map.num_bytes()


class BlockGrid:
    """With ours' truncation and the block size that was fastest of 8 and 16."""

    label = "Open3D VoxelBlockGrid, tuned"
    clock = staticmethod(time.process_time)
    block, capacity = 8, 16_000
    truncation = 4.0  # voxels
    voxel_bytes = 4 + 2 + 3 * 2

    def __init__(self, settings: Settings, camera: Camera) -> None:
        import open3d as o3d

        core = o3d.core
        self.settings = settings
        self.K = core.Tensor(camera.matrix)
        self.grid = o3d.t.geometry.VoxelBlockGrid(
            ("tsdf", "weight", "color"),
            (core.float32, core.uint16, core.uint16),
            ((1,), (1,), (3,)),
            settings.voxel_size,
            self.block,
            self.capacity,
        )

    @staticmethod
    def prepare(frame: Frame) -> tuple:
        import open3d as o3d

        depth, rgb = as_rgbd(frame)
        image, tensor = o3d.t.geometry.Image, o3d.core.Tensor
        return image(tensor(depth)), image(tensor(rgb)), tensor(np.linalg.inv(frame.T_world_camera))

    def integrate(self, prepared: tuple) -> None:
        depth, rgb, T_camera_world = prepared
        options = (1000.0, self.settings.max_depth, self.truncation)
        blocks = self.grid.compute_unique_block_coordinates(depth, self.K, T_camera_world, *options)
        self.grid.integrate(blocks, depth, rgb, self.K, T_camera_world, *options)

    def cloud(self, weight: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        return _tensor_points(self.grid.extract_point_cloud(weight).point)

    def mesh(self, weight: float) -> Any:
        return self.grid.extract_triangle_mesh(weight)

    def num_bytes(self) -> int:
        return self.grid.hashmap().capacity() * self.block**3 * self.voxel_bytes


class DefaultBlockGrid(BlockGrid):
    label = "Open3D VoxelBlockGrid, defaults"
    block, capacity = 16, 10_000
    truncation = 8.0


class Scalable:
    label = "Open3D ScalableTSDFVolume"
    clock = staticmethod(time.process_time)

    def __init__(self, settings: Settings, camera: Camera) -> None:
        from open3d import camera as o3d_camera
        from open3d.pipelines.integration import ScalableTSDFVolume, TSDFVolumeColorType

        self.K = o3d_camera.PinholeCameraIntrinsic(camera.width, camera.height, camera.matrix)
        self.max_depth = settings.max_depth
        self.volume = ScalableTSDFVolume(settings.voxel_size, 4 * settings.voxel_size, TSDFVolumeColorType.RGB8)

    @staticmethod
    def prepare(frame: Frame) -> tuple:
        import open3d as o3d

        depth, rgb = as_rgbd(frame)
        return o3d.geometry.Image(rgb), o3d.geometry.Image(depth), np.linalg.inv(frame.T_world_camera)

    def integrate(self, prepared: tuple) -> None:
        self.volume.integrate(self._rgbd(prepared), self.K, prepared[2])

    def _rgbd(self, prepared: tuple) -> Any:
        from open3d.geometry import RGBDImage

        return RGBDImage.create_from_color_and_depth(prepared[0], prepared[1], 1000.0, self.max_depth, False)

    def cloud(self) -> tuple[np.ndarray, np.ndarray]:
        return _legacy_points(self.volume.extract_point_cloud())

    def num_bytes(self) -> None:
        return None


class Concatenation(Scalable):
    label = "concatenate + voxel_down_sample"
    every = 10

    def __init__(self, settings: Settings, camera: Camera) -> None:
        from open3d import camera as o3d_camera
        from open3d.geometry import PointCloud

        self.K = o3d_camera.PinholeCameraIntrinsic(camera.width, camera.height, camera.matrix)
        self.max_depth, self.voxel_size = settings.max_depth, settings.voxel_size
        self.points, self.frames = PointCloud(), 0

    def integrate(self, prepared: tuple) -> None:
        from open3d.geometry import PointCloud

        self.points += PointCloud.create_from_rgbd_image(self._rgbd(prepared), self.K, prepared[2])
        self.frames += 1
        if self.frames % self.every == 0:
            self.points = self.points.voxel_down_sample(self.voxel_size)

    def cloud(self) -> tuple[np.ndarray, np.ndarray]:
        return _legacy_points(self.points.voxel_down_sample(self.voxel_size))

    def num_bytes(self) -> int:
        return len(self.points.points) * 2 * 3 * 8


METHODS: dict[str, Any] = {
    "ours": Ours,
    "vbg": BlockGrid,
    "vbg-defaults": DefaultBlockGrid,
    "scalable": Scalable,
    "concat": Concatenation,
}


def as_rgbd(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Depth (H, W) uint16 millimetres and colour (H, W, 3) uint8 brought onto depth's pixel grid."""
    millimetres = np.nan_to_num(frame.depth * 1000 + 0.5, nan=0, posinf=0).clip(0, 65535).astype(np.uint16)
    if frame.color_camera is None:
        return millimetres, np.ascontiguousarray(frame.rgb)
    depth, color = frame.depth_camera, frame.color_camera
    T = color.T_color_depth if isinstance(color, ColorCamera) else np.eye(4)
    v, u = np.indices(millimetres.shape)
    z = np.where(millimetres > 0, millimetres / 1000, 2.0)
    xyz = np.stack([(u - depth.cx) / depth.fx * z, (v - depth.cy) / depth.fy * z, z], -1) @ T[:3, :3].T + T[:3, 3]
    x = (xyz[..., 0] / xyz[..., 2] * color.fx + color.cx).astype(np.float32)
    y = (xyz[..., 1] / xyz[..., 2] * color.fy + color.cy).astype(np.float32)
    return millimetres, cv2.remap(frame.rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _tensor_points(attributes: Any) -> tuple[np.ndarray, np.ndarray]:
    rgb = attributes.colors.numpy() * 255
    return attributes.positions.numpy(), rgb.clip(0, 255).astype(np.uint8)


def _legacy_points(cloud: Any) -> tuple[np.ndarray, np.ndarray]:
    rgb = np.asarray(cloud.colors) * 255
    return np.asarray(cloud.points, dtype=np.float32), rgb.clip(0, 255).astype(np.uint8)


class Timing(NamedTuple):
    """Milliseconds (frames,) of wall clock and CPU, each the least of the passes, and the map at the end."""

    wall: np.ndarray
    cpu: np.ndarray
    method: Any


def time_in_turns(
    names: list[str], frames: list[Frame], settings: Settings, passes: int, turn: int
) -> dict[str, Timing]:
    """Feed the same frames to each method, ``turn`` frames at a time, the order rotating from turn to turn."""
    prepared = {name: [METHODS[name].prepare(f) for f in frames] for name in names}
    camera = frames[0].depth_camera
    for name in names:
        _feed(METHODS[name](settings, camera), prepared[name][:WARM_UP_FRAMES])
    wall = {name: np.full(len(frames), np.inf) for name in names}
    cpu = {name: np.full(len(frames), np.inf) for name in names}
    methods: dict[str, Any] = {}
    with tqdm(total=passes * len(frames), desc="frames", unit="frame", leave=False) as bar:
        for _ in range(passes):
            methods = {name: METHODS[name](settings, camera) for name in names}
            for number, start in enumerate(range(0, len(frames), turn)):
                batch = range(start, min(start + turn, len(frames)))
                first = number % len(names)
                for name in names[first:] + names[:first]:
                    for i in batch:
                        spent = _clocked(methods[name], prepared[name][i])
                        wall[name][i] = min(wall[name][i], spent[0])
                        cpu[name][i] = min(cpu[name][i], spent[1])
                bar.update(len(batch))
    return {name: Timing(wall[name], cpu[name], methods[name]) for name in names}


def _clocked(method: Any, prepared: Any) -> tuple[float, float]:
    cpu, wall = method.clock(), time.perf_counter()
    method.integrate(prepared)
    return (time.perf_counter() - wall) * 1000, (method.clock() - cpu) * 1000


def _feed(method: Any, prepared: list) -> Any:
    for item in prepared:
        method.integrate(item)
    return method


class Reference:
    """The VoxelBlockGrid's triangle mesh: distances to it, samples of it, its colours."""

    def __init__(self, frames: list[Frame], settings: Settings, weight: float) -> None:
        import open3d as o3d

        grid = _feed(BlockGrid(settings, frames[0].depth_camera), [BlockGrid.prepare(f) for f in frames])
        mesh = grid.mesh(weight)
        self.colors = mesh.vertex.colors.numpy() * 255
        self.triangles = mesh.triangle.indices.numpy()
        self.scene = o3d.t.geometry.RaycastingScene()
        self.scene.add_triangles(mesh)
        legacy = mesh.to_legacy()
        self.area = legacy.get_surface_area()
        o3d.utility.random.seed(0)
        self.samples = np.asarray(legacy.sample_points_uniformly(SURFACE_SAMPLES).points)

    def compare(self, xyz: np.ndarray, rgb: np.ndarray) -> dict[str, float]:
        """Percent of points off the mesh and of its surface missed, and the median difference in colour."""
        hit = self.scene.compute_closest_points(np.ascontiguousarray(xyz, np.float32))
        distance = np.linalg.norm(hit["points"].numpy() - xyz, axis=1)
        missed = cKDTree(xyz).query(self.samples, distance_upper_bound=2 * NEAR)[0]
        near = distance <= NEAR
        corners = self.colors[self.triangles[hit["primitive_ids"].numpy()[near].astype(np.int64)]]
        u, v = hit["primitive_uvs"].numpy()[near].T
        there = np.einsum("nk,nkc->nc", np.stack([1 - u - v, u, v], 1), corners)
        return {
            "off_percent": 100 * float(np.mean(~near)),
            "missed_percent": 100 * float(np.mean(missed > NEAR)),
            "color_difference": float(np.median(abs(rgb[near] - there))),
        }


def measure_memory(name: str, source: Path, every: int, settings: Settings) -> float:
    """Megabytes that the resident memory of a fresh process grows by over the frames."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_in_child, (name, source, every, settings))


def _in_child(name: str, source: Path, every: int, settings: Settings) -> float:
    import psutil

    use_one_thread()
    frames = read_frames(source, every)
    camera = frames[0].depth_camera
    prepared = [METHODS[name].prepare(f) for f in frames]
    _feed(METHODS[name](settings, camera), prepared[:WARM_UP_FRAMES])
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    method = _feed(METHODS[name](settings, camera), prepared)
    grown = process.memory_info().rss - before
    del method
    return grown / 1e6


def measure_growth(frames: list[Frame], settings: Settings, copies: int, passes: int) -> dict[str, float]:
    """What a frame costs in a map of ``copies`` of the recording, against a map of one, frame by frame in turns."""
    low = np.min([f.T_world_camera[:3, 3] for f in frames], axis=0) - settings.max_depth
    high = np.max([f.T_world_camera[:3, 3] for f in frames], axis=0) + settings.max_depth
    step = np.ceil((high[0] - low[0]) / 1.28) * 1.28
    small = VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth)
    large = VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth)
    for frame in frames:
        small.integrate(frame)
    for copy in tqdm(range(copies), desc="copies", leave=False):
        for frame in frames:
            large.integrate(moved(frame, copy * step))
    times = np.full((2, len(frames)), np.inf)
    for turn in range(passes):
        for i, frame in enumerate(frames):
            last = moved(frame, (copies - 1) * step)
            pairs = [(0, small, frame), (1, large, last)]
            for which, voxel_map, view in pairs if (i + turn) % 2 else reversed(pairs):
                started = time.perf_counter()
                voxel_map.integrate(view)
                times[which, i] = min(times[which, i], (time.perf_counter() - started) * 1000)
    return {
        "copies": copies,
        "one_copy_ms": float(np.median(times[0])),
        "all_copies_ms": float(np.median(times[1])),
        "ratio": float(times[1].sum() / times[0].sum()),
        "one_copy_mb": small.num_bytes() / 1e6,
        "all_copies_mb": large.num_bytes() / 1e6,
        "refused_frames": large.refused_frames,
    }


def measure_waiting(frames: list[Frame], settings: Settings, passes: int) -> dict[str, float]:
    """How long frames wait for the voxels while another thread snapshots the whole surface 20 times a second."""
    voxel_map = VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth)
    waits: list[float] = []
    lock_for_frame = voxel_map._lock_for_frame

    @contextmanager
    def timed() -> Iterator[None]:
        started = time.perf_counter()
        with lock_for_frame():
            waits.append((time.perf_counter() - started) * 1000)
            yield

    voxel_map._lock_for_frame = timed  # type: ignore[method-assign, assignment]
    stop = threading.Event()
    extracted: list[int] = []

    def read() -> None:
        while not stop.wait(0.05):
            voxel_map._surface.extracted[:] = -1  # as if all had changed
            extracted.append(len(voxel_map.snapshot().cloud))

    reader = threading.Thread(target=read)
    reader.start()
    for frame in frames * passes:
        voxel_map.integrate(frame)
        time.sleep(0.01)
    stop.set()
    reader.join()
    return {
        "snapshots": len(extracted),
        "wait_median_ms": float(np.median(waits)),
        "wait_p99_ms": float(np.percentile(waits, 99)),
        "wait_max_ms": float(np.max(waits)),
    }


def moved(frame: Frame, x: float, y: float = 0.0) -> Frame:
    """The same frame seen from a place shifted in the world, in metres."""
    T = np.array(frame.T_world_camera)
    T[:2, 3] += x, y
    return dataclasses.replace(frame, T_world_camera=T)


def measure_rooms(count: int, settings: Settings, frames_a_room: int) -> dict[str, float]:
    """Memory of one map of synthetic rooms near 25 square metres of floor, 20 m apart, each filmed twice."""
    import psutil

    chosen, seed = [], 0
    while len(chosen) < count:
        room = make_room(seed)
        if 20.0 <= room.size[0] * room.size[1] <= 30.0:
            chosen.append(room)
        seed += 1
    voxel_map = VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth)
    process = psutil.Process()
    warm = [f for f, _ in stream_room(chosen[0], frames=1, width=640, height=480)]
    _feed(VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth), warm)
    gc.collect()
    before = process.memory_info().rss
    with tqdm(total=count * frames_a_room, desc="rooms", unit="frame", leave=False) as bar:
        for number, room in enumerate(chosen):
            x, y = 20.0 * (number % 5), 20.0 * (number // 5)
            for part in range(2):
                views = stream_room(room, frames_a_room // 2, 640, 480, seed=1000 * part + room.seed)
                for frame, _ in views:
                    # Few frames make a hurried camera; two seconds apart they may be as far apart as they are.
                    frame.stamp = 2.0 * bar.n
                    voxel_map.integrate(moved(frame, x, y))
                    bar.update()
    gc.collect()
    grown = process.memory_info().rss - before
    points = len(voxel_map.point_cloud())
    return {
        "rooms": count,
        "floor_m2": float(sum(r.size[0] * r.size[1] for r in chosen)),
        "frames": voxel_map.num_frames,
        "refused_frames": voxel_map.refused_frames,
        "map_mb": voxel_map.num_bytes() / 1e6,
        "rss_growth_mb": grown / 1e6,
        "points": points,
    }


def use_one_thread() -> None:
    """Ours is single-threaded; this holds whatever it calls to that."""
    cv2.setNumThreads(1)
    numba.set_num_threads(1)


def read_frames(source: Path, every: int) -> list[Frame]:
    """All frames with a pose; exits with a message when there are none, or when they have lens distortion."""
    try:
        frames = [f for f in open_source(source, every=every) if f.T_world_camera is not None]
    except SourceError as error:
        raise SystemExit(f"mapping.py: {error}") from error
    if len(frames) <= WARM_UP_FRAMES:
        raise SystemExit(f"mapping.py: {source}: {len(frames)} frames with a pose, need more than {WARM_UP_FRAMES}")
    cameras = [c for f in frames[:1] for c in (f.depth_camera, f.color_camera) if c is not None]
    if any(c.distortion is not None for c in cameras):
        raise SystemExit("mapping.py: the frames have lens distortion, which Open3D's methods don't take out")
    return frames


def method_results(
    timings: dict[str, Timing], references: dict[str, Reference], memory: dict[str, float]
) -> dict[str, dict]:
    """One flat dictionary of figures a method."""
    results = {}
    for name, timing in timings.items():
        started = time.perf_counter()
        xyz, rgb = timing.method.cloud()
        extraction = (time.perf_counter() - started) * 1000
        held = timing.method.num_bytes()
        results[name] = {
            "label": timing.method.label,
            "wall_median_ms": float(np.median(timing.wall)),
            "wall_mean_ms": float(timing.wall.mean()),
            "cpu_median_ms": float(np.median(timing.cpu)),
            "cpu_mean_ms": float(timing.cpu.mean()),
            "extraction_ms": extraction,
            "points": len(xyz),
            "own_mb": None if held is None else held / 1e6,
            "rss_growth_mb": memory.get(name),
            "fidelity": {weight: reference.compare(xyz, rgb) for weight, reference in references.items()},
        }
    return results


def print_methods(results: dict[str, dict], references: dict[str, Reference]) -> None:
    """The table of speed and memory, then one of fidelity per reference mesh."""
    ours = results.get("ours")
    print(f"{'':32}{'wall ms':>16}{'CPU ms':>16}{'times ours':>13}{'extract':>9}{'':>9}{'MB':>13}")
    print(
        f"{'':32}{'median':>8}{'mean':>8}{'median':>8}{'mean':>8}{'wall':>7}{'CPU':>6}"
        f"{'ms':>9}{'points':>9}{'own':>6}{'RSS':>7}"
    )
    for r in results.values():
        wall = r["wall_median_ms"] / ours["wall_median_ms"] if ours else np.nan
        cpu = r["cpu_median_ms"] / ours["cpu_median_ms"] if ours else np.nan
        print(
            f"{r['label']:32}{r['wall_median_ms']:8.2f}{r['wall_mean_ms']:8.2f}{r['cpu_median_ms']:8.2f}"
            f"{r['cpu_mean_ms']:8.2f}{wall:7.1f}{cpu:6.1f}"
            f"{r['extraction_ms']:9.0f}{r['points']:9}{_number(r['own_mb'], 6)}{_number(r['rss_growth_mb'], 7)}"
        )
    for weight, reference in references.items():
        print(
            f"\nagainst the VoxelBlockGrid mesh of what more than {weight} frames saw ({reference.area:.1f} m2)\n"
            f"{'':32}{'off %':>8}{'missed %':>10}{'colour':>8}"
        )
        for r in results.values():
            f = r["fidelity"][weight]
            print(f"{r['label']:32}{f['off_percent']:8.2f}{f['missed_percent']:10.2f}{f['color_difference']:8.1f}")


def _number(value: float | None, width: int, digits: int = 0) -> str:
    return f"{'-' if value is None else format(value, f'.{digits}f'):>{width}}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a folder of RGB-D frames with poses")
    parser.add_argument("--only", nargs="+", choices=METHODS, default=list(METHODS), help="methods to time")
    parser.add_argument("--voxel-size", type=float, default=0.02, metavar="METRES")
    parser.add_argument("--max-depth", type=float, default=4.0, metavar="METRES")
    parser.add_argument("--passes", type=int, default=3, help="times through the recording")
    parser.add_argument("--turn", type=int, default=5, metavar="N", help="frames a method gets in its turn")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="use every N-th frame")
    parser.add_argument(
        "--mesh-weights",
        type=float,
        nargs="+",
        default=[0, 3],
        metavar="W",
        help="the meshes to compare with: surface that more than W frames saw (Open3D's default: 3)",
    )
    parser.add_argument("--no-memory", action="store_true", help="leave out the processes that measure memory")
    parser.add_argument("--copies", type=int, default=10, help="copies of the recording in the large map; 0: leave out")
    parser.add_argument("--rooms", type=int, default=0, help="synthetic rooms to map for the memory; takes minutes")
    parser.add_argument("--frames-a-room", type=int, default=120)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    args = parser.parse_args()
    for name in ("passes", "turn", "every"):
        if getattr(args, name) < 1:
            parser.error(f"--{name} must be at least 1")
    try:
        import open3d  # noqa: F401  # before the frames are read: its absence should not take a minute to show
    except ImportError as error:
        raise SystemExit(f"mapping.py: Open3D is not installed ({error}); pip install 'omd3d[open3d]'") from error
    settings = Settings(args.voxel_size, args.max_depth)
    use_one_thread()
    frames = read_frames(args.source, args.every)
    timings = time_in_turns(args.only, frames, settings, args.passes, args.turn)
    references = {f"{w:g}": Reference(frames, settings, w) for w in args.mesh_weights}
    memory = {}
    if not args.no_memory:
        memory = {n: measure_memory(n, args.source, args.every, settings) for n in args.only}
    report: dict[str, Any] = {"frames": len(frames), "methods": method_results(timings, references, memory)}
    if not args.json:
        print(f"{len(frames)} frames, {args.voxel_size:g} m voxels, depth cut at {args.max_depth:g} m")
        print_methods(report["methods"], references)
    del timings
    if args.copies:
        report["growth"] = growth = measure_growth(frames, settings, args.copies, args.passes)
        if not args.json:
            print(
                f"\n{growth['copies']} copies mapped: {growth['all_copies_ms']:.2f} ms a frame against "
                f"{growth['one_copy_ms']:.2f} with one, {growth['ratio']:.2f} times in all; "
                f"{growth['all_copies_mb']:.0f} MB against {growth['one_copy_mb']:.0f}, "
                f"{growth['refused_frames']} frames refused in part"
            )
            for weight, reference in references.items():
                print(
                    f"{growth['one_copy_mb'] * 1e6 / reference.area:,.0f} bytes a square metre of the surface "
                    f"that more than {weight} frames saw"
                )
    report["waiting"] = waiting = measure_waiting(frames, settings, args.passes)
    if not args.json:
        print(
            f"\n{waiting['snapshots']} snapshots of the whole surface meanwhile: frames waited "
            f"{waiting['wait_median_ms']:.2f} ms in the median, p99 {waiting['wait_p99_ms']:.2f}, "
            f"at most {waiting['wait_max_ms']:.2f}"
        )
    if args.rooms:
        report["rooms"] = rooms = measure_rooms(args.rooms, settings, args.frames_a_room)
        if not args.json:
            print(
                f"\n{rooms['rooms']} rooms, {rooms['floor_m2']:.0f} m2 of floor, {rooms['frames']} frames: "
                f"{rooms['map_mb']:.0f} MB ({rooms['rss_growth_mb']:.0f} MB of resident memory), "
                f"{rooms['points']} points, {rooms['refused_frames']} frames refused in part"
            )
    if args.json:
        report["surface_m2"] = {weight: reference.area for weight, reference in references.items()}
        print(json.dumps(report))


if __name__ == "__main__":
    main()
