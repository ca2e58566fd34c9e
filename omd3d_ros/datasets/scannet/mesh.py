"""ScanNet's meshes, ``_vh_clean_2.ply`` and its labelled sister."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .reading import AnnotationError


@dataclass(frozen=True)
class Mesh:
    """xyz (N, 3) float32 metres, z up, not axis-aligned; rgb (N, 3) uint8; faces (F, 3) int32 vertex numbers;
    nyu40 (N,) int64 where the file is a ``.labels.ply`` (0 = none), else None."""

    xyz: np.ndarray
    rgb: np.ndarray
    faces: np.ndarray
    nyu40: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.xyz)


def read_mesh(path: Path | str) -> Mesh:
    """Points keep their number and order, since segments and masks count on both.

    Raises AnnotationError for a file that is missing or damaged, for points without colour or that are not finite.
    """
    from plyfile import PlyData

    path = Path(path)
    if not path.is_file():
        raise AnnotationError(f"{path} is not there")
    try:
        data = PlyData.read(path, known_list_len={"face": {"vertex_indices": 3, "vertex_index": 3}})
        vertex = data["vertex"].data
        xyz = np.stack([vertex[axis] for axis in ("x", "y", "z")], 1).astype(np.float32)
        rgb = np.stack([vertex[channel] for channel in ("red", "green", "blue")], 1).astype(np.uint8)
        faces = _faces(data)
    except Exception as error:  # the parser raises whatever the bytes lead it to
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise AnnotationError(f"{path} is no mesh of ScanNet (x y z red green blue and triangles): {reason}") from error
    if not np.isfinite(xyz).all():
        raise AnnotationError(f"{path}: vertex {int(np.argmin(np.isfinite(xyz).all(1)))} is not finite")
    nyu40 = vertex["label"].astype(np.int64) if "label" in (vertex.dtype.names or ()) else None
    return Mesh(xyz, rgb, faces, nyu40)


def _faces(data: object) -> np.ndarray:
    if "face" not in data:  # type: ignore[operator]  # plyfile has no types
        return np.zeros((0, 3), np.int32)
    face = data["face"]  # type: ignore[index]
    rows = face.data[face.properties[0].name]
    return np.array(rows if rows.dtype != object else list(rows), np.int32).reshape(-1, 3)
