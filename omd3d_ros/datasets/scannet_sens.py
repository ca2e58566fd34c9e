"""ScanNet recordings as published: one ``.sens`` file, named itself or by a folder with one in it.

Colour is JPEG, PNG or raw, depth zlib or raw uint16, "depth_shift" units a metre, each with a camera of its own.
Lost poses (-inf) are None, stamps are those of colour.  A frame without colour or depth is skipped; so is, under the
number at which the file ends, the rest of a file that was cut.  The world is that of the reconstruction, z up.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.images import decode_color, metres
from omd3d_ros.datasets.intrinsics import Intrinsics, size_of
from omd3d_ros.datasets.poses import increasing_stamps, pose_of
from omd3d_ros.datasets.scannet_cameras import ScanNetCameras, color_from_depth
from omd3d_ros.datasets.sens_file import SensEntry, SensHeader, read_index
from omd3d_ros.datasets.sources import Format, FrameError, RawFrame, SourceError

SUFFIX = ".sens"


class SensReader:
    """The frames of one file.  A file that was cut has one frame more than can be read, for which ``read`` says so."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self.file = _only_file(path)
        index = read_index(self.file)
        self.header, self._entries = index.header, index.entries
        self._stamps = increasing_stamps([entry.stamp for entry in self._entries])
        self._cameras = _cameras(self.header, registration or find_color_registration(self.file.parent), self.file)

    def __len__(self) -> int:
        return len(self._entries) + (len(self._entries) < self.header.num_frames)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError for a frame that is cut, broken, or without colour or depth; a lost pose is None."""
        if index >= len(self._entries):
            raise FrameError(
                self.file.name, f"was cut: it ends before frame {index} of {self.header.num_frames} is whole"
            )
        entry = self._entries[index]
        name = f"{self.file.name} frame {index}"
        color, depth = self._read(entry)
        rgb = _decode_color(color, self.header, name)
        return RawFrame(
            name,
            self._stamps[index],
            rgb,
            _decode_depth(depth, self.header, name),
            *self._cameras.of(size_of(rgb), self.header.depth_size),
            pose_of(entry.pose),
        )

    def _read(self, entry: SensEntry) -> tuple[bytes, bytes]:
        with self.file.open("rb") as file:
            file.seek(entry.offset)
            return file.read(entry.color_bytes), file.read(entry.depth_bytes)


def _decode_color(data: bytes, header: SensHeader, name: str) -> np.ndarray:
    """(H, W, 3) uint8 RGB."""
    if not data:
        raise FrameError(name, "has no colour image")
    width, height = header.color_size
    if header.color_codec != "raw":
        rgb = decode_color(data, name)
        if size_of(rgb) != header.color_size:
            raise FrameError(name, f"has a colour image of {size_of(rgb)}, the header says {header.color_size}")
        return rgb
    if len(data) != width * height * 3:
        raise FrameError(name, f"has {len(data)} bytes of raw colour, {width}x{height} need {width * height * 3}")
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _decode_depth(data: bytes, header: SensHeader, name: str) -> np.ndarray:
    """(H, W) float32 metres."""
    if not data:
        raise FrameError(name, "has no depth image")
    width, height = header.depth_size
    size = width * height * 2
    if header.depth_codec == "zlib":
        try:
            data = zlib.decompressobj().decompress(data, size + 1)
        except zlib.error as error:
            raise FrameError(name, f"has depth that cannot be decompressed ({error})") from error
    if len(data) != size:
        raise FrameError(name, f"has {len(data)} bytes of depth, {width}x{height} need {size}")
    return metres(np.frombuffer(data, "<u2").reshape(height, width), header.units_per_metre)


def _cameras(header: SensHeader, registration: ColorRegistration | None, file: Path) -> ScanNetCameras:
    return ScanNetCameras(
        Intrinsics.from_matrix(header.intrinsic_depth, header.depth_size, f"{file}: depth intrinsics"),
        Intrinsics.from_matrix(header.intrinsic_color, header.color_size, f"{file}: colour intrinsics"),
        color_from_depth(header.extrinsic_color, header.extrinsic_depth, str(file)),
        registration,
    )


def _sens_files(path: Path) -> list[Path]:
    files = [path] if path.is_file() else sorted(path.iterdir())
    return [file for file in files if file.suffix.lower() == SUFFIX and file.is_file()]


def _only_file(path: Path) -> Path:
    files = [path] if path.is_file() else _sens_files(path)
    if len(files) != 1:
        raise SourceError(f"{path}: has {len(files)} .sens files; name one: {', '.join(f.name for f in files[:5])}")
    return files[0]


FORMAT = Format(
    name="scannet-sens",
    looks_for="a .sens file (ScanNet)",
    detect=lambda path: bool(_sens_files(path)),
    open=SensReader,
    suffixes=(SUFFIX,),
)
