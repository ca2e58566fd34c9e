"""Colour and depth images from files, decoded completely or not at all."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np

from omd3d_ros.datasets.sources import FrameError

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_SIGNATURE = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"


def read_color(path: Path, root: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a JPEG or PNG.  Raises FrameError naming the file relative to ``root``."""
    return decode_color(_read(path, root), _relative(path, root))


def read_depth(path: Path, root: Path, units_per_metre: float = 1000.0) -> np.ndarray:
    """(H, W) float32 metres of a 16-bit PNG, where 0 and 65535 (no reading) become 0.  Raises FrameError."""
    name = _relative(path, root)
    image = _decode(_read(path, root), name, cv2.IMREAD_UNCHANGED)
    if image.ndim != 2 or image.dtype != np.uint16:
        raise FrameError(name, f"depth must be a 16-bit single-channel PNG, got {image.dtype} with shape {image.shape}")
    return metres(image, units_per_metre)


def decode_color(data: bytes, name: str) -> np.ndarray:
    """(H, W, 3) uint8 RGB of the bytes of a JPEG or PNG, its rows as stored.  Raises FrameError naming ``name``."""
    return np.ascontiguousarray(_decode(data, name, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)[:, :, ::-1])


def metres(raw: np.ndarray, units_per_metre: float) -> np.ndarray:
    """(H, W) uint16 as float32 metres; 0 and 65535, the end of the range, are no reading: 0."""
    depth = raw.astype(np.float32)
    depth[raw == 65535] = 0
    depth /= np.float32(units_per_metre)
    return depth


def _read(path: Path, root: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise FrameError(_relative(path, root), "is missing") from error
    except OSError as error:
        raise FrameError(_relative(path, root), f"cannot be read ({error.strerror})") from error


def _decode(data: bytes, name: str, flags: int) -> np.ndarray:
    if not data:
        raise FrameError(name, "is empty")
    if fault := _fault(data):
        raise FrameError(name, fault)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise FrameError(name, "cannot be decoded as an image")
    return image


def _fault(data: bytes) -> str | None:
    """What is wrong with the container; some decoders return half an image for these without a word."""
    if data.startswith(_PNG_SIGNATURE):
        return _png_fault(data)
    if data.startswith(_JPEG_SIGNATURE) and _JPEG_END not in data[-1024:]:
        return "is a truncated JPEG"
    return None


def _png_fault(data: bytes) -> str | None:
    at = len(_PNG_SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            break
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return "is a damaged PNG (checksum does not match)"
        if data[at + 4 : at + 8] == b"IEND":
            return None
        at = end
    return "is a truncated PNG"


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
