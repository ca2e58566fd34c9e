"""Synthetic rooms as training samples, scanned as ``room_scan`` does and cached.

The model trains on what the node will see: the same map, the same alignment, the same superpoints.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tqdm import tqdm

from ..files import write_atomically
from ..perception.scene import PreparedCloud
from ..perception.superpoint_inputs import SuperpointInputs, superpoint_inputs
from ..types import PointCloud
from .room_scan import RoomScan, scan_room
from .rooms import Room, make_queries, make_room

# Raise it with every change of the rooms, the map or the superpoints that makes samples differ.
RECIPE = 4
_POINTS = 40


@dataclass
class RoomSample:
    """One room: superpoint inputs, the true object of each superpoint (M,) int64 (0: none), and the truth.

    objects: id -> category; queries: as ``make_queries`` gives them; path: the cached arrays.
    """

    seed: int
    inputs: SuperpointInputs
    owner: torch.Tensor
    objects: dict[int, str]
    queries: dict[str, list[dict]]
    path: Path

    voxel_size: float = 0.02

    def prepared(self) -> tuple[PointCloud, PreparedCloud]:
        """The fused cloud in the aligned frame, and the same cloud as ``prepare_cloud`` gave it."""
        a = load_file(self.path)
        cloud = PointCloud(a["xyz"], a["rgb"], a["normals"].astype(np.float32) / 127)
        superpoints = a["superpoints"].astype(np.int32)
        return cloud, PreparedCloud(cloud, superpoints, np.arange(len(cloud)), np.eye(4), self.voxel_size)


def load_rooms(
    cache: Path,
    seeds: list[int],
    queries: int = 64,
    workers: int = 2,
    quiet: bool = False,
    asked: int | None = None,
) -> list[RoomSample]:
    """Read the samples of these seeds, making the missing ones first (resumable, one file a room).

    asked: of how many, the first, questions are made where there are none; None: of all.
    """
    scan_rooms(cache, seeds, workers, quiet)
    _for_each(partial(_write_queries, cache, queries), _missing(cache, seeds[:asked], 2), "questions", workers, quiet)
    return [_read_sample(cache, s) for s in seeds]


def room_sample(cache: Path, seed: int, queries: int = 64) -> RoomSample:
    """The sample of one seed, made first where the cache lacks it; ``scan_rooms`` must have accepted the cache."""
    if _missing(cache, [seed], 1):
        _scan_room(cache, seed)
    if _missing(cache, [seed], 2):
        _write_queries(cache, queries, seed)
    return _read_sample(cache, seed)


def scan_rooms(cache: Path, seeds: list[int], workers: int = 2, quiet: bool = False) -> None:
    """Make, render, fuse and label the rooms that the cache lacks.

    Raises ValueError for a cache that another version of OMD3D filled.
    """
    cache.mkdir(parents=True, exist_ok=True)
    _check_recipe(cache)
    _for_each(partial(_scan_room, cache), _missing(cache, seeds, 1), "rooms", workers, quiet)


def _check_recipe(cache: Path) -> None:
    file = cache / "recipe.txt"
    known = file.read_text().strip() if file.exists() else "1" if any(cache.glob("room-*")) else str(RECIPE)
    if known != str(RECIPE):
        raise ValueError(
            f"{cache}: these rooms were made by another version of OMD3D (recipe {known}, this one makes {RECIPE}); "
            "delete the folder or name another one"
        )
    write_atomically(file, lambda f: f.write_text(f"{RECIPE}\n"))


def _for_each(work: Callable[[int], None], seeds: list[int], what: str, workers: int, quiet: bool) -> None:
    if seeds:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for _ in tqdm(pool.map(work, seeds), total=len(seeds), desc=what, disable=quiet):
                pass


def _missing(cache: Path, seeds: list[int], kind: int) -> list[int]:
    return [s for s in seeds if not _paths(cache, s)[kind].exists()]


def _paths(cache: Path, seed: int) -> tuple[Path, Path, Path]:
    """Arrays, what was seen, questions."""
    return tuple(cache / f"room-{seed:07d}{end}" for end in (".safetensors", ".json", ".queries.json"))  # type: ignore[return-value]


def _scan_room(cache: Path, seed: int) -> None:
    room = make_room(seed)
    scan = scan_room(room, seed)
    cloud, superpoints = scan.prepared.aligned, scan.prepared.superpoints
    inputs = superpoint_inputs(cloud, superpoints, _POINTS, seed)
    arrays = {
        "xyz": cloud.xyz,
        "rgb": cloud.rgb,
        "normals": np.round(np.asarray(cloud.normals) * 127).astype(np.int8),
        "superpoints": superpoints,
        "owner": scan.owners(),
        "points": inputs.points.numpy().astype(np.float16),
        "statistics": inputs.statistics.numpy(),
        "boxes": inputs.boxes.numpy(),
        "counts": inputs.counts.numpy(),
    }
    arrays_path, seen_path, _ = _paths(cache, seed)
    contiguous = {k: np.ascontiguousarray(v) for k, v in arrays.items()}
    write_atomically(arrays_path, lambda file: save_file(contiguous, file))
    _write_json(seen_path, _description(room, scan))


def _description(room: Room, scan: RoomScan) -> dict:
    """What the scan shows: objects with category and attributes, the viewer, and how it was made."""
    visible, plan = scan.visible(), scan.plan
    shown = [o for o in room.objects if o.id in visible]
    rotation = scan.T_aligned_room[:3, :3].T
    middle = (scan.prepared.aligned.xyz.mean(0) - scan.T_aligned_room[:3, 3]) @ scan.T_aligned_room[:3, :3]
    viewer = np.eye(4)
    viewer[:3, :3] = rotation
    viewer[:3, 3] = middle - 2.0 * rotation[:, 1]
    return {
        "objects": {o.id: o.category for o in shown},
        "attributes": {o.id: {"color": o.color, "material": o.material, "points": visible[o.id]} for o in shown},
        "viewer": viewer.tolist(),
        "T_aligned_room": scan.T_aligned_room.tolist(),
        "voxel_size": plan.voxel_size,
        "scan": {
            "path": plan.recording.path,
            "frames": plan.frames,
            "registered": plan.recording.registered,
            "max_depth": plan.max_depth,
            "min_views": plan.min_views,
            "threshold": plan.threshold,
        },
    }


def _write_queries(cache: Path, count: int, seed: int) -> None:
    _, seen_path, path = _paths(cache, seed)
    seen = json.loads(seen_path.read_text())
    room = make_room(seed)
    rng = np.random.default_rng([seed, 11])
    visible = [int(i) for i in seen["objects"]]
    viewer = np.array(seen["viewer"])
    texts = {
        split: make_queries(room, rng, n, visible_ids=visible, viewer=viewer, split=split)
        for split, n in (("train", count), ("phrasing", count // 4), ("words", count // 4))
    }
    _write_json(path, texts)


def _write_json(path: Path, content: dict) -> None:
    write_atomically(path, lambda file: file.write_text(json.dumps(content)))


def _read_sample(cache: Path, seed: int) -> RoomSample:
    arrays_path, seen_path, queries_path = _paths(cache, seed)
    a = load_file(arrays_path)
    seen = json.loads(seen_path.read_text())
    queries = json.loads(queries_path.read_text()) if queries_path.exists() else {}
    inputs = SuperpointInputs(
        *(torch.from_numpy(a[k].astype(np.float32)) for k in ("points", "statistics", "boxes", "counts"))
    )
    objects = {int(k): v for k, v in seen["objects"].items()}
    owner = torch.from_numpy(a["owner"].astype(np.int64))
    known = torch.tensor([0, *objects])
    owner = torch.where(torch.isin(owner, known), owner, 0)
    return RoomSample(seed, inputs, owner, objects, queries, arrays_path, seen.get("voxel_size", 0.02))
