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
import gc
import json
import multiprocessing
import time
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numba
import numpy as np
from mapping_growth import measure_growth, measure_rooms, measure_waiting
from mapping_methods import METHODS, BlockGrid, Settings, feed
from scipy.spatial import cKDTree
from tqdm import tqdm

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import Frame

NEAR = 0.03
SURFACE_SAMPLES = 200_000
WARM_UP_FRAMES = 2


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
        feed(METHODS[name](settings, camera), prepared[name][:WARM_UP_FRAMES])
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


class Reference:
    """The VoxelBlockGrid's triangle mesh: distances to it, samples of it, its colours."""

    def __init__(self, frames: list[Frame], settings: Settings, weight: float) -> None:
        import open3d as o3d

        grid = feed(BlockGrid(settings, frames[0].depth_camera), [BlockGrid.prepare(f) for f in frames])
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
    feed(METHODS[name](settings, camera), prepared[:WARM_UP_FRAMES])
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    method = feed(METHODS[name](settings, camera), prepared)
    grown = process.memory_info().rss - before
    del method
    return grown / 1e6


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
