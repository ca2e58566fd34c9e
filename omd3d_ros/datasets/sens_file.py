"""The container of ScanNet's ``.sens`` recordings: its header, and an index of its frames made without decoding them.

Little-endian: uint32 version, uint64-counted sensor name, four float32 4x4 matrices (intrinsic and extrinsic of colour,
then of depth), int32 colour and depth compression, uint32 widths and heights, float32 depth units a metre, uint64
number of frames.  A frame: float32 4x4 pose, uint64 colour and depth stamp in microseconds, uint64 colour and depth
byte counts, the bytes.  What follows the frames in version 4 (inertial measurements) is not read; version 3 has none.

Dai et al., "ScanNet: Richly-annotated 3D Reconstructions of Indoor Scenes", CVPR 2017.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from omd3d_ros.datasets.sources import SourceError

VERSIONS = (3, 4)
COLOR_CODECS = {0: "raw", 1: "png", 2: "jpeg"}
DEPTH_CODECS = {0: "raw", 1: "zlib"}
_MATRICES = struct.Struct("<64f")
_FIELDS = struct.Struct("<2i4IfQ")
_FRAME = struct.Struct("<16f4Q")
_LONGEST_NAME = 4096
_LARGEST_SIDE = 1 << 15


@dataclass(frozen=True)
class SensHeader:
    """Matrices are (4, 4) float64; sizes (width, height)."""

    version: int
    sensor_name: str
    intrinsic_color: np.ndarray
    extrinsic_color: np.ndarray
    intrinsic_depth: np.ndarray
    extrinsic_depth: np.ndarray
    color_codec: str
    depth_codec: str
    color_size: tuple[int, int]
    depth_size: tuple[int, int]
    units_per_metre: float
    num_frames: int


@dataclass(frozen=True)
class SensEntry:
    """Where a frame's bytes are.  pose (16,) float64, -inf where tracking was lost; stamp of colour in seconds."""

    pose: np.ndarray
    stamp: float
    offset: int
    color_bytes: int
    depth_bytes: int


@dataclass(frozen=True)
class SensIndex:
    """entries: the frames that are there whole; fewer than the header says where the file was cut."""

    header: SensHeader
    entries: list[SensEntry]


def read_index(path: Path) -> SensIndex:
    """Read the header and walk over the frames.  Raises SourceError for what is no such file or cannot be decoded."""
    try:
        with path.open("rb") as file:
            header = _read_header(file, path)
            return SensIndex(header, _walk(file, header.num_frames, path.stat().st_size))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error


def _read_header(file: BinaryIO, path: Path) -> SensHeader:
    (version,) = _unpack(file, struct.Struct("<I"), path)
    if version not in VERSIONS:
        raise SourceError(f"{path}: is a .sens file of version {version}; versions 3 and 4 can be read")
    (length,) = _unpack(file, struct.Struct("<Q"), path)
    if length > _LONGEST_NAME:
        raise SourceError(f"{path}: is not a .sens file (a sensor name of {length} bytes)")
    name = file.read(length).decode(errors="replace")
    matrices = np.array(_unpack(file, _MATRICES, path), np.float64).reshape(4, 4, 4)
    color, depth, *sizes, units, num_frames = _unpack(file, _FIELDS, path)
    if min(sizes) < 1 or max(sizes) > _LARGEST_SIDE or not (np.isfinite(units) and units > 0):
        raise SourceError(f"{path}: impossible image sizes {sizes} or depth units of a metre {units}")
    return SensHeader(
        version=version,
        sensor_name=name,
        intrinsic_color=matrices[0],
        extrinsic_color=matrices[1],
        intrinsic_depth=matrices[2],
        extrinsic_depth=matrices[3],
        color_codec=_codec("colour", color, COLOR_CODECS, path),
        depth_codec=_codec("depth", depth, DEPTH_CODECS, path),
        color_size=(sizes[0], sizes[1]),
        depth_size=(sizes[2], sizes[3]),
        units_per_metre=units,
        num_frames=num_frames,
    )


def _codec(what: str, number: int, known: dict[int, str], path: Path) -> str:
    if number in known:
        return known[number]
    occipital = what == "depth" and number == 2
    found = "with the closed Occipital codec (2)" if occipital else f"in a way that is not known ({number})"
    readable = ", ".join(f"{name} ({n})" for n, name in known.items())
    raise SourceError(f"{path}: {what} is compressed {found}; {readable} can be read")


def _unpack(file: BinaryIO, fields: struct.Struct, path: Path) -> tuple:
    data = file.read(fields.size)
    if len(data) < fields.size:
        raise SourceError(f"{path}: is not a whole .sens file: it ends in its header")
    return fields.unpack(data)


def _walk(file: BinaryIO, num_frames: int, file_size: int) -> list[SensEntry]:
    entries: list[SensEntry] = []
    while len(entries) < num_frames:
        data = file.read(_FRAME.size)
        if len(data) < _FRAME.size:
            break
        *pose, color_stamp, _, color_bytes, depth_bytes = _FRAME.unpack(data)
        offset = file.tell()
        if offset + color_bytes + depth_bytes > file_size:
            break
        entries.append(SensEntry(np.array(pose), color_stamp * 1e-6, offset, color_bytes, depth_bytes))
        file.seek(offset + color_bytes + depth_bytes)
    return entries
