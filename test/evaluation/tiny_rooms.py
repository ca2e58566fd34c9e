"""Rooms of a floor and two boxes in the cache of training rooms, made in no time: no rendering, no mapping."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from omd3d_ros.datasets.room_samples import scan_rooms
from omd3d_ros.perception.superpoint_inputs import superpoint_inputs
from omd3d_ros.types import PointCloud

CHAIR, TABLE = 1, 2
_QUERIES = [
    {"query": "the red chair", "type": "category", "target_ids": [CHAIR], "answer": "the red chair"},
    {"query": "how many tables are here?", "type": "count", "target_ids": [TABLE], "answer": "one"},
    {"query": "where is the lamp?", "type": "zero", "target_ids": [], "answer": "no lamp here"},
]


def write_tiny_rooms(cache: Path, seeds: list[int]) -> None:
    """A red chair and a table on a floor in four superpoints, which stand elsewhere in every room."""
    scan_rooms(cache, [])
    for seed in seeds:
        rng = np.random.default_rng(seed)
        floor = np.append(rng.uniform(-2, 2, (2000, 2)), np.zeros((2000, 1)), 1)
        chair, table = (
            rng.uniform((x, -1, 0), (x + 0.5, -0.4, 0.5), (400, 3)) for x in rng.uniform((-2, 0.5), (-1, 1))
        )
        superpoints = np.concatenate([2 * (floor[:, 0] > 0) + (floor[:, 1] > 0), np.repeat([4, 5], 400)]).astype(
            np.int32
        )
        rgb = np.repeat([[120, 120, 120], [200, 30, 30], [110, 80, 50]], (2000, 400, 400), 0)
        normals = np.tile([0.0, 0.0, 1.0], (2800, 1))
        cloud = PointCloud(np.concatenate([floor, chair, table]), rgb, normals)
        inputs = superpoint_inputs(cloud, superpoints, 40, seed)
        arrays = {
            "xyz": cloud.xyz,
            "rgb": cloud.rgb,
            "normals": np.round(normals * 127).astype(np.int8),
            "superpoints": superpoints,
            "owner": np.array([0, 0, 0, 0, CHAIR, TABLE]),
            **{name: getattr(inputs, name).numpy() for name in ("points", "statistics", "boxes", "counts")},
        }
        file = cache / f"room-{seed:07d}"
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, f"{file}.safetensors")
        seen = {"objects": {CHAIR: "chair", TABLE: "table"}, "viewer": np.eye(4).tolist()}
        Path(f"{file}.json").write_text(json.dumps(seen))
        Path(f"{file}.queries.json").write_text(json.dumps(dict.fromkeys(("train", "phrasing", "words"), _QUERIES)))
