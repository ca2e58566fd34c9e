"""Image messages to arrays: every encoding that cameras use for colour and depth, without copying more than once."""

from __future__ import annotations

import cv2
import numpy as np

from omd3d_ros.sensing.messages import BadMessage, ImageMessage

# name -> (channels, positions of red, green and blue among them); 8UC1, 8UC3, 8UC4: as OpenCV orders them
COLOR_ENCODINGS = {
    "rgb8": (3, (0, 1, 2)),
    "bgr8": (3, (2, 1, 0)),
    "8UC3": (3, (2, 1, 0)),
    "rgba8": (4, (0, 1, 2)),
    "bgra8": (4, (2, 1, 0)),
    "8UC4": (4, (2, 1, 0)),
    "mono8": (1, (0, 0, 0)),
}
# Two bytes a pixel: luminance with every second pixel's chrominance.
YUV_ENCODINGS = {
    "yuv422": cv2.COLOR_YUV2RGB_UYVY,
    "uyvy": cv2.COLOR_YUV2RGB_UYVY,
    "yuv422_yuy2": cv2.COLOR_YUV2RGB_YUY2,
    "yuyv": cv2.COLOR_YUV2RGB_YUY2,
}
# One colour a pixel, named after the first two rows from their left; 8 or 16 bits.
BAYER_PATTERNS = {
    "bayer_rggb": cv2.COLOR_BayerRGGB2RGB,
    "bayer_bggr": cv2.COLOR_BayerBGGR2RGB,
    "bayer_gbrg": cv2.COLOR_BayerGBRG2RGB,
    "bayer_grbg": cv2.COLOR_BayerGRBG2RGB,
}
# name -> (type, metres per unit), REP 118
DEPTH_ENCODINGS = {"16UC1": ("u2", 0.001), "mono16": ("u2", 0.001), "32FC1": ("f4", 1.0)}


def is_color_encoding(encoding: str) -> bool:
    """Whether ``color_from_image`` takes it."""
    return encoding in COLOR_ENCODINGS or encoding in YUV_ENCODINGS or _bayer(encoding) is not None


def color_from_image(message: ImageMessage) -> np.ndarray:
    """(H, W, 3) uint8 RGB; raises BadMessage for an encoding that holds no colour or too little data."""
    encoding = message.encoding
    if encoding in YUV_ENCODINGS:
        if message.width % 2:
            raise BadMessage("truncated_image", f"{encoding} image is {message.width} wide, which must be even")
        return cv2.cvtColor(np.ascontiguousarray(_pixels(message, np.dtype("u1"), 2)), YUV_ENCODINGS[encoding])
    if bayer := _bayer(encoding):
        kind, conversion = bayer
        mosaic = _pixels(message, _ordered(kind, message), 1)[:, :, 0]
        eight = mosaic if kind == "u1" else (mosaic >> 8).astype(np.uint8)
        return cv2.cvtColor(np.ascontiguousarray(eight), conversion)
    if encoding not in COLOR_ENCODINGS:
        known = (*COLOR_ENCODINGS, *YUV_ENCODINGS, *(f"{name}8" for name in BAYER_PATTERNS))
        raise BadMessage(
            "wrong_encoding", f"colour image has encoding {encoding!r}, expected one of {', '.join(known)}"
        )
    channels, (r, g, b) = COLOR_ENCODINGS[encoding]
    pixels = _pixels(message, np.dtype("u1"), channels)
    if channels == 3:
        return np.ascontiguousarray(pixels if r == 0 else pixels[:, :, ::-1])
    rgb = np.empty((*pixels.shape[:2], 3), np.uint8)
    rgb[:, :, 0], rgb[:, :, 1], rgb[:, :, 2] = pixels[:, :, r], pixels[:, :, g], pixels[:, :, b]
    return rgb


def depth_from_image(message: ImageMessage) -> np.ndarray:
    """(H, W) float32 metres, 0 or NaN where there is no reading; raises BadMessage for a wrong encoding."""
    if message.encoding not in DEPTH_ENCODINGS:
        raise BadMessage(
            "wrong_encoding",
            f"depth image has encoding {message.encoding!r}, expected 16UC1 or mono16 (millimetres) or 32FC1 (metres)",
        )
    kind, metres = DEPTH_ENCODINGS[message.encoding]
    depth = _pixels(message, _ordered(kind, message), 1)[:, :, 0]
    if kind == "u2":
        return depth.astype(np.float32) * np.float32(metres)
    return np.ascontiguousarray(depth, dtype=np.float32)


def _bayer(encoding: str) -> tuple[str, int] | None:
    """(type, OpenCV's conversion) of a mosaic's encoding."""
    for bits, kind in (("8", "u1"), ("16", "u2")):
        name = encoding.removesuffix(bits)
        if name != encoding and name in BAYER_PATTERNS:
            return kind, BAYER_PATTERNS[name]
    return None


def _ordered(kind: str, message: ImageMessage) -> np.dtype:
    return np.dtype(kind).newbyteorder(">" if message.is_bigendian else "<")


def _pixels(message: ImageMessage, dtype: np.dtype, channels: int) -> np.ndarray:
    """(H, W, channels) view of the data, row padding left out."""
    height, width = message.height, message.width
    row = width * channels * dtype.itemsize
    step = message.step or row
    data = np.frombuffer(message.data, np.uint8)
    if height == 0 or width == 0 or step < row or len(data) < step * (height - 1) + row:
        raise BadMessage(
            "truncated_image",
            f"{width}x{height} {message.encoding} image with step {message.step} needs at least {row * height} bytes, "
            f"has {len(data)}",
        )
    return np.ndarray((height, width, channels), dtype, data, strides=(step, channels * dtype.itemsize, dtype.itemsize))
