"""Point clouds as files: PLY (binary or ASCII, meshes by their vertices) and PCD.

Writing goes to a temporary file that is renamed, so a reader never sees half a cloud.
"""

from __future__ import annotations

import logging
import re
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.files import write_atomically
from omd3d_ros.types import PointCloud

CLOUD_SUFFIXES = (".ply", ".pcd")
MAX_POINTS = 50_000_000
_GREY = 128
_INSTANCE_FIELD = "instance_id"

_log = logging.getLogger(__name__)


class CloudError(ValueError):
    """A point cloud file that cannot be used; the message names the file and says why."""


def is_cloud(path: str | PathLike[str]) -> bool:
    """Whether a path names a point cloud file (by its suffix)."""
    return Path(path).suffix.lower() in CLOUD_SUFFIXES


def read_cloud(path: str | PathLike[str]) -> PointCloud:
    """Read a .ply or .pcd.  Colours may be bytes, floats in 0..1, or missing (mid grey); normals are kept if there.

    Points that are not finite are dropped, with their count in the log.  Raises CloudError for anything unusable.
    """
    file = Path(path)
    if not is_cloud(file):
        raise CloudError(f"{file}: expected a {' or '.join(CLOUD_SUFFIXES)} file")
    if not file.is_file():
        raise CloudError(f"{file}: no such file")
    read = _read_ply if file.suffix.lower() == ".ply" else _read_pcd
    try:
        fields = read(file)
    except CloudError:
        raise
    except Exception as error:  # the parsers raise whatever the bytes lead them to
        kind, reason = file.suffix[1:].upper(), str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CloudError(f"{file}: broken or not a {kind} file ({reason})") from error
    return _cloud(file, fields)


def write_cloud(path: str | PathLike[str], cloud: PointCloud, instance_ids: np.ndarray | None = None) -> None:
    """Write a binary .ply or .pcd; ``instance_ids`` (N,) adds an int32 ``instance_id`` per point."""
    file = Path(path)
    if not is_cloud(file):
        raise CloudError(f"{file}: a cloud is written as {' or '.join(CLOUD_SUFFIXES)}")
    if instance_ids is not None and len(instance_ids) != len(cloud):
        raise CloudError(f"{len(cloud)} points but {len(instance_ids)} instance ids")
    save = _save_ply if file.suffix.lower() == ".ply" else _save_pcd
    write_atomically(file, lambda temporary: save(temporary, cloud, instance_ids))


def _read_ply(file: Path) -> dict[str, np.ndarray]:
    from plyfile import PlyData, PlyParseError

    _refuse_huge(file, rb"element\s+vertex\s+(\d+)")
    try:
        # Memory-mapped where it can be: triangles, if there are any, then cost nothing.
        data = PlyData.read(file, known_list_len={"face": {"vertex_indices": 3, "vertex_index": 3}})
    except (PlyParseError, KeyError, ValueError):
        data = PlyData.read(file)
    if "vertex" not in data:
        raise CloudError(f"{file}: no vertex element, so no points")
    vertices = data["vertex"].data
    return {name: vertices[name] for name in vertices.dtype.names}


def _read_pcd(file: Path) -> dict[str, np.ndarray]:
    from pypcd4 import PointCloud as Pcd

    _refuse_huge(file, rb"\nPOINTS\s+(\d+)")
    pcd = Pcd.from_path(file)
    if len(pcd.pc_data) != pcd.points:
        raise CloudError(f"{file}: truncated, {len(pcd.pc_data)} of {pcd.points} points are there")
    fields: dict[str, np.ndarray] = {name: pcd.pc_data[name] for name in pcd.fields}
    for packed in ("rgb", "rgba"):
        if packed in fields:
            fields["red"], fields["green"], fields["blue"] = Pcd.decode_rgb(fields[packed].copy()).T
    return fields


def _refuse_huge(file: Path, count: bytes) -> None:
    """Before anything is allocated: how many points the header announces, ``count`` a pattern for the number."""
    with file.open("rb") as stream:
        match = re.search(count, stream.read(65536))
    if match and int(match[1]) > MAX_POINTS:
        raise CloudError(f"{file}: {int(match[1]):,} points; at most {MAX_POINTS:,} can be used, thin it out first")


def _cloud(file: Path, fields: dict[str, np.ndarray]) -> PointCloud:
    xyz = _columns(fields, "x", "y", "z")
    if xyz is None:
        raise CloudError(f"{file}: no x, y, z among its fields ({', '.join(fields) or 'none'})")
    rgb = _columns(fields, "red", "green", "blue")
    if rgb is None:
        rgb = _columns(fields, "diffuse_red", "diffuse_green", "diffuse_blue")
    normals = _columns(fields, "nx", "ny", "nz")
    if normals is None:
        normals = _columns(fields, "normal_x", "normal_y", "normal_z")
    cloud = PointCloud(xyz, _bytes(rgb, len(xyz)), normals)
    finite = np.isfinite(cloud.xyz).all(axis=1)
    dropped = len(cloud) - int(finite.sum())
    if dropped:
        _log.warning("%s: dropped %d of %d points that are not finite", file, dropped, len(cloud))
        cloud = cloud.select(finite)
    if not len(cloud):
        raise CloudError(f"{file}: no points" + (f" with finite coordinates ({dropped} dropped)" if dropped else ""))
    return cloud


def _columns(fields: dict[str, np.ndarray], *names: str) -> np.ndarray | None:
    if not all(name in fields for name in names):
        return None
    return np.stack([np.asarray(fields[name]).reshape(-1) for name in names], axis=1)


def _bytes(rgb: np.ndarray | None, count: int) -> np.ndarray:
    """Colours as uint8: bytes as they are, 16-bit scaled down, floats from 0..1, or mid grey for None."""
    if rgb is None:
        return np.full((count, 3), _GREY, np.uint8)
    if rgb.dtype == np.uint16:
        return (rgb >> 8).astype(np.uint8)
    if np.issubdtype(rgb.dtype, np.floating):
        scale = 255.0 if np.nanmax(rgb, initial=0.0) <= 1.0 else 1.0
        rgb = np.nan_to_num(rgb * scale, nan=_GREY).round()
    return np.clip(rgb, 0, 255).astype(np.uint8)


def _save_ply(file: Path, cloud: PointCloud, instance_ids: np.ndarray | None) -> None:
    from plyfile import PlyData, PlyElement

    columns: dict[str, np.ndarray] = dict(zip("xyz", cloud.xyz.T, strict=True))
    columns |= dict(zip(("red", "green", "blue"), cloud.rgb.T, strict=True))
    if cloud.normals is not None:
        columns |= dict(zip(("nx", "ny", "nz"), cloud.normals.T, strict=True))
    if instance_ids is not None:
        columns[_INSTANCE_FIELD] = np.asarray(instance_ids, np.int32)
    vertices = np.empty(len(cloud), dtype=[(name, column.dtype) for name, column in columns.items()])
    for name, column in columns.items():
        vertices[name] = column
    PlyData([PlyElement.describe(vertices, "vertex")], byte_order="<").write(file)


def _save_pcd(file: Path, cloud: PointCloud, instance_ids: np.ndarray | None) -> None:
    from pypcd4 import Encoding
    from pypcd4 import PointCloud as Pcd

    columns: dict[str, np.ndarray] = dict(zip("xyz", cloud.xyz.T, strict=True))
    columns["rgb"] = Pcd.encode_rgb(cloud.rgb)
    if cloud.normals is not None:
        columns |= dict(zip(("normal_x", "normal_y", "normal_z"), cloud.normals.T, strict=True))
    if instance_ids is not None:
        columns[_INSTANCE_FIELD] = np.asarray(instance_ids, np.int32)
    types: list[Any] = [column.dtype.type for column in columns.values()]
    Pcd.from_points(list(columns.values()), tuple(columns), types).save(file, Encoding.BINARY)
