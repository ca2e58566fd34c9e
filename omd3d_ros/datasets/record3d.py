"""Record3D recordings of an iPhone or iPad: an ``.r3d`` file, or the folder that it unzips to.

``metadata`` is JSON: image size ``w`` ``h``, depth size ``dw`` ``dh``, intrinsics ``K`` (9 numbers, column by column,
for the colour images) or ``perFrameIntrinsicCoeffs`` (fx fy cx cy), ``poses`` (qx qy qz qw tx ty tz),
``frameTimestamps``, ``fps``.  Frame 5 is ``rgbd/5.jpg``, ``rgbd/5.depth`` (LZFSE, float32 metres) and ``rgbd/5.conf``
(LZFSE, uint8 0..2); depth of confidence 0 is no reading.

The poses' camera axes, ARKit's x right, y up, z back, are turned to x right, y down, z forward.  The world is left as
ARKit has it: level, y up; whoever needs z up has to turn it, or to be told that up is 0,1,0.
"""

from __future__ import annotations

import json
import math
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.images import decode_color
from omd3d_ros.datasets.intrinsics import Intrinsics, registered_cameras, size_of
from omd3d_ros.datasets.lzfse import LzfseError, decompress
from omd3d_ros.datasets.poses import increasing_stamps, pose_from_quaternion
from omd3d_ros.datasets.sources import Format, FrameError, RawFrame, SourceError

ARKIT_FROM_OPTICAL = np.diag([1.0, -1.0, -1.0, 1.0])
LOWEST_CONFIDENCE = 1
SUFFIX = ".r3d"
_FRAME_FILE = re.compile(r"rgbd/(\d+)\.(?:jpg|depth)")


class Record3DReader:
    """The frames of one recording, in the order of their numbers."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self._files = _Files(path)
        self._metadata = _read_metadata(self._files, path)
        matches = map(_FRAME_FILE.fullmatch, self._files.names)
        self._numbers = sorted({int(match[1]) for match in matches if match})
        stamps = self._metadata.stamps
        known = [stamps[n] if n < len(stamps) else None for n in self._numbers]
        self._stamps = increasing_stamps(known, self._metadata.fps)
        self._registration = registration or find_color_registration(path if path.is_dir() else path.parent)

    def __len__(self) -> int:
        return len(self._numbers)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is missing or broken; a missing or lost pose is None."""
        number = self._numbers[index]
        name = f"rgbd/{number}.jpg"
        rgb = decode_color(self._files.read(name), name)
        depth = self._depth(number, size_of(rgb))
        cameras = registered_cameras(
            self._metadata.intrinsics(number), size_of(rgb), size_of(depth), self._registration
        )
        return RawFrame(name, self._stamps[index], rgb, depth, *cameras, self._metadata.pose(number))

    def _depth(self, number: int, color_size: tuple[int, int]) -> np.ndarray:
        """(H, W) float32 metres, 0 where there is no reading or one of low confidence."""
        name = f"rgbd/{number}.depth"
        values = np.frombuffer(self._decompressed(name), "<f4")
        width, height = self._metadata.depth_size or _size_like(color_size, len(values))
        if values.size != width * height:
            raise FrameError(name, f"has {values.size} readings, {width}x{height} need {width * height}")
        confidence = self._confidence(number, values.size)
        good = np.isfinite(values) & (values > 0) & (confidence >= LOWEST_CONFIDENCE)
        return np.where(good, values, np.float32(0)).reshape(height, width)

    def _confidence(self, number: int, readings: int) -> np.ndarray:
        """(readings,) uint8; full where the recording has none, as those of the front camera."""
        name = f"rgbd/{number}.conf"
        if name not in self._files.names:
            return np.full(readings, 2, np.uint8)
        confidence = np.frombuffer(self._decompressed(name), np.uint8)
        if confidence.size != readings:
            raise FrameError(name, f"has {confidence.size} values for {readings} depth readings")
        return confidence

    def _decompressed(self, name: str) -> bytes:
        data = self._files.read(name)
        if not data:
            raise FrameError(name, "is empty")
        try:
            content = decompress(data)
        except LzfseError as error:
            raise FrameError(name, str(error)) from error
        if name.endswith(".depth") and len(content) % 4:
            raise FrameError(name, f"has {len(content)} bytes, which are no float32 readings")
        return content


class _Files:
    """The files of a folder or of a zip, which may have a folder around everything, by their names in the recording."""

    def __init__(self, path: Path):
        self._path = path
        self._archive = _open_zip(path) if path.is_file() else None
        self._top = "" if self._archive is None else _top_folder(self._archive, path)
        if self._archive is None:
            self.names = {str(file.relative_to(path)) for file in (path / "rgbd").iterdir()}
        else:
            self.names = {n[len(self._top) :] for n in self._archive.namelist() if n.startswith(self._top)}

    def read(self, name: str) -> bytes:
        """Raises FrameError."""
        try:
            if self._archive is None:
                return (self._path / name).read_bytes()
            return self._archive.read(self._top + name)
        except (FileNotFoundError, KeyError) as error:
            raise FrameError(name, "is missing") from error
        # An encrypted file gives RuntimeError, an unknown compression NotImplementedError.
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise FrameError(name, f"cannot be read ({error})") from error


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path}: is no whole .r3d file ({error})") from error


def _top_folder(archive: zipfile.ZipFile, path: Path) -> str:
    for name in archive.namelist():
        if name.rpartition("/")[2] == "metadata":
            return name[: -len("metadata")]
    raise SourceError(f"{path}: is no .r3d file: it has no metadata in it")


@dataclass(frozen=True)
class _Metadata:
    K: Intrinsics
    frame_K: list[Intrinsics | None]
    depth_size: tuple[int, int] | None
    poses: list[np.ndarray | None]
    stamps: list[float | None]
    fps: float

    def intrinsics(self, number: int) -> Intrinsics:
        """For the colour images."""
        return (self.frame_K[number] if number < len(self.frame_K) else None) or self.K

    def pose(self, number: int) -> np.ndarray | None:
        return self.poses[number] if number < len(self.poses) else None


def _read_metadata(files: _Files, path: Path) -> _Metadata:
    where = f"{path}: metadata"
    try:
        fields = json.loads(files.read("metadata"))
        size = (int(fields["w"]), int(fields["h"]))
        # The transpose, for K comes column by column.
        K = Intrinsics.from_matrix(np.array(fields["K"], np.float64).reshape(3, 3).T, size, where)
        fps = float(fields.get("fps") or 0)
        return _Metadata(
            K=K,
            frame_K=[_frame_intrinsics(row, size) for row in fields.get("perFrameIntrinsicCoeffs") or []],
            depth_size=(int(fields["dw"]), int(fields["dh"])) if fields.get("dw") and fields.get("dh") else None,
            poses=[_pose(row) for row in fields.get("poses") or []],
            stamps=[float(s) for s in fields.get("frameTimestamps") or []],
            fps=fps if fps > 0 else 30.0,
        )
    except KeyError as error:
        raise SourceError(f"{where} has no {error}") from error
    except SourceError:
        raise
    except (FrameError, TypeError, ValueError) as error:
        raise SourceError(f"{where} is not what Record3D writes ({error})") from error


def _frame_intrinsics(row: Any, size: tuple[int, int]) -> Intrinsics | None:
    if len(row) < 4 or not all(map(math.isfinite, row[:4])) or min(row[:2]) <= 0:
        return None
    fx, fy, cx, cy = map(float, row[:4])
    return Intrinsics(fx, fy, cx, cy, size)


def _pose(row: Any) -> np.ndarray | None:
    numbers = np.array(row, np.float64)
    T = pose_from_quaternion(numbers[:4], numbers[4:7]) if numbers.shape == (7,) else None
    return None if T is None else T @ ARKIT_FROM_OPTICAL


def _size_like(color_size: tuple[int, int], readings: int) -> tuple[int, int]:
    """Width and height of a depth image of the shape of the colour image, for metadata that does not say."""
    width = round(math.sqrt(readings * color_size[0] / color_size[1]))
    return width, round(readings / max(width, 1))


def _is_recording(path: Path) -> bool:
    return (path / "metadata").is_file() and (path / "rgbd").is_dir()


FORMAT = Format(
    name="record3d",
    looks_for="an .r3d file, or its metadata and rgbd/ (Record3D)",
    detect=_is_recording,
    open=Record3DReader,
    suffixes=(SUFFIX,),
)
