"""sensor_msgs/CompressedImage to arrays: JPEG and PNG colour, PNG depth, and what compressedDepth adds to those."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np

from omd3d_ros.sensing.messages import BadMessage

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_SIGNATURE = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"
# compressedDepth: a number that names the code, and the two parameters of inverse depth.
_HEADER = struct.Struct("<iff")
_SIZE = struct.Struct("<II")
_MILLIMETRES = np.float32(0.001)
_MAX_PIXELS = 1 << 28


def color_from_compressed(message: Any) -> np.ndarray:
    """(H, W, 3) uint8 RGB; raises BadMessage when the data are no complete picture."""
    bgr = _decode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_COLOR, message.format)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def depth_from_compressed(message: Any) -> np.ndarray:
    """(H, W) float32 metres, 0 or NaN where there is no reading; raises BadMessage.

    ``format`` begins with the encoding of the image that was compressed: 16UC1 is stored as it is, 32FC1 as inverse
    depth q in 16 bits, where z = A / (q - B) and 0 means no reading.
    """
    data = np.frombuffer(message.data, np.uint8)
    if data[:8].tobytes() == _PNG_SIGNATURE:
        return _sixteen_bits(data, message.format).astype(np.float32) * _MILLIMETRES
    if len(data) < _HEADER.size:
        raise BadMessage("truncated_image", f"{message.format!r} image of {len(data)} bytes is too short for depth")
    _, a, b = _HEADER.unpack(data[: _HEADER.size].tobytes())
    packed = data[_HEADER.size :]
    stored = _rvl(packed, message.format) if "rvl" in message.format.lower() else _sixteen_bits(packed, message.format)
    if not message.format.strip().startswith("32FC1"):
        return stored.astype(np.float32) * _MILLIMETRES
    with np.errstate(divide="ignore"):
        depth = np.float32(a) / (stored.astype(np.float32) - np.float32(b))
    depth[stored == 0] = np.nan
    return depth


def _sixteen_bits(data: np.ndarray, format: str) -> np.ndarray:
    image = _decode(data, cv2.IMREAD_UNCHANGED, format)
    if image.ndim != 2 or image.dtype != np.uint16:
        raise BadMessage(
            "wrong_encoding", f"{format!r} depth must hold a 16-bit single-channel PNG, got {image.dtype} {image.shape}"
        )
    return image


def _rvl(data: np.ndarray, format: str) -> np.ndarray:
    from omd3d_ros.sensing.rvl import decode_rvl

    if len(data) < _SIZE.size:
        raise BadMessage("truncated_image", f"{format!r} image has no size")
    width, height = _SIZE.unpack(data[: _SIZE.size].tobytes())
    if not 0 < width * height <= _MAX_PIXELS:
        raise BadMessage("truncated_image", f"{format!r} image says that it is {width}x{height}")
    try:
        return decode_rvl(data[_SIZE.size :], width * height).reshape(height, width)
    except ValueError as error:
        raise BadMessage("truncated_image", str(error)) from error


def _decode(data: np.ndarray, flags: int, format: str) -> np.ndarray:
    """The picture, complete: some decoders return half of one that is cut without a word."""
    start, end = data[:8].tobytes(), data[-64:].tobytes()
    cut = (start == _PNG_SIGNATURE and _PNG_END not in end) or (
        start.startswith(_JPEG_SIGNATURE) and _JPEG_END not in data[-1024:].tobytes()
    )
    image = None if cut or not len(data) else cv2.imdecode(data, flags)
    if image is None:
        raise BadMessage("truncated_image", f"{format!r} image of {len(data)} bytes is cut or damaged")
    return image
