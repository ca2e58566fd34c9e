"""A small room whose boxes can be added, moved and taken away, seen as far as some wall."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from omd3d_ros.mapping.thinning import voxel_downsample
from omd3d_ros.types import PointCloud


def sheet(origin, u, v, rgb, seed) -> PointCloud:
    """A rectangle of points about 2 cm apart, rough and grainy as a camera would give it, the same for a seed."""
    rng = np.random.default_rng(seed)
    u, v = np.array(u, float), np.array(v, float)
    a, b = np.linalg.norm(u), np.linalg.norm(v)
    s, t = (g.ravel() for g in np.meshgrid(np.arange(0, 1, 0.02 / a), np.arange(0, 1, 0.02 / b)))
    xyz = np.array(origin) + s[:, None] * u + t[:, None] * v + rng.normal(0, 0.002, (len(s), 3))
    normals = np.cross(u, v) / (a * b) + rng.normal(0, 0.03, (len(s), 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PointCloud(xyz, np.clip(np.array(rgb) + rng.normal(0, 5, (len(s), 3)), 0, 255), normals)


def joined(*clouds: PointCloud) -> PointCloud:
    return PointCloud(*(np.concatenate([getattr(c, f) for c in clouds]) for f in ("xyz", "rgb", "normals")))


@dataclass
class Box:
    corner: np.ndarray
    size: np.ndarray
    rgb: np.ndarray
    seed: int

    def cloud(self) -> PointCloud:
        (x, y, z), c = self.size, np.array(self.corner, float)
        sides = (
            ([0, 0, z], [x, 0, 0], [0, y, 0]), ([0, 0, 0], [x, 0, 0], [0, 0, z]), ([0, 0, 0], [0, 0, z], [0, y, 0]),
            ([x, 0, 0], [0, y, 0], [0, 0, z]), ([0, y, 0], [0, 0, z], [x, 0, 0]),
        )  # fmt: skip
        return joined(*(sheet(c + o, u, v, self.rgb, self.seed + i) for i, (o, u, v) in enumerate(sides)))


@dataclass
class Room:
    """length metres of a floor and wall of 2.4 m, and boxes on the floor by name."""

    length: float = 2.4
    boxes: dict[int, Box] = field(default_factory=dict)

    def cloud(self) -> PointCloud:
        floor = sheet([0, 0, 0], [2.4, 0, 0], [0, 2.4, 0], (120, 110, 100), 1)
        wall = sheet([0, 2.4, 0], [2.4, 0, 0], [0, 0, 1], (200, 200, 190), 2)
        seen = joined(floor, wall)
        seen = seen.select(seen.xyz[:, 0] < self.length)
        return voxel_downsample(joined(seen, *(box.cloud() for box in self.boxes.values())), 0.02)[0]

    def add(self, name: int, rng: np.random.Generator) -> None:
        """A box in the place of that name, 0 to 8."""
        corner = [0.1 + 0.75 * (name % 3), 0.1 + 0.75 * (name // 3), 0.0]
        self.boxes[name] = Box(np.array(corner), rng.uniform(0.2, 0.4, 3), rng.integers(20, 236, 3), 100 + 10 * name)

    def edit(self, rng: np.random.Generator) -> None:
        """Add, move or take away one box, or see more of the room."""
        what = rng.integers(4)
        name = int(rng.integers(9))
        if what == 0 and self.length < 2.4:
            self.length = min(2.4, self.length + 0.4)
        elif name not in self.boxes:
            self.add(name, rng)
        elif what == 1 and len(self.boxes) > 2:
            del self.boxes[name]
        else:
            self.boxes[name].corner = self.boxes[name].corner + np.array([0.05, 0.03, 0.0])


def a_room(seed: int, boxes: int = 5) -> Room:
    rng = np.random.default_rng(seed)
    room = Room()
    for name in rng.permutation(9)[:boxes].tolist():
        room.add(name, rng)
    return room
