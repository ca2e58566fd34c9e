"""How the cost of our voxel map grows with the map, how long frames wait for a snapshot, what whole floors take."""

from __future__ import annotations

import dataclasses
import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from mapping_methods import Settings, feed
from tqdm import tqdm

from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Frame


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
    lock = voxel_map._lock
    urgently = lock.urgently

    @contextmanager
    def timed() -> Iterator[None]:
        started = time.perf_counter()
        with urgently():
            waits.append((time.perf_counter() - started) * 1000)
            yield

    lock.urgently = timed  # type: ignore[method-assign]
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
    feed(VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth), warm)
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
