"""Every kind of image message, and broken ones."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="needs the extra bags")

from written_bags import (
    COLOR,
    DEPTH,
    PERIOD,
    START,
    assert_same,
    bag_of,
    compressed,
    encoded,
    image,
    room,
)

from omd3d_ros.datasets import open_source
from omd3d_ros.types import Frame


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return room()


def millimetres(frame: Frame) -> np.ndarray:
    return np.rint(frame.depth * 1000).astype(np.uint16)


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("encoding", ["16UC1", "mono16", "32FC1"])
def test_depth_encodings_with_padded_rows(tmp_path: Path, frames: list[Frame], encoding: str, big_endian: bool) -> None:
    def depth(frame: Frame, stamp: int):
        pixels = frame.depth if encoding == "32FC1" else millimetres(frame)
        return image(pixels, encoding, stamp, padding=6, big_endian=big_endian)

    assert_same(open_source(bag_of(tmp_path / "bag", frames[:3], depth=depth)), frames[:3])


@pytest.mark.parametrize("encoding", ["bgr8", "rgba8", "bgra8"])
def test_color_encodings_with_padded_rows(tmp_path: Path, frames: list[Frame], encoding: str) -> None:
    def color(frame: Frame, stamp: int):
        pixels = frame.rgb[:, :, ::-1] if encoding.startswith("bgr") else frame.rgb
        alpha = np.full((*pixels.shape[:2], 1), 7, np.uint8)
        return image(np.dstack([pixels, alpha]) if "a" in encoding else pixels, encoding, stamp, padding=5)

    assert_same(open_source(bag_of(tmp_path / "bag", frames[:3], color)), frames[:3])


def test_bayer_mosaic_of_flat_colours(tmp_path: Path, frames: list[Frame]) -> None:
    """Green where row + column is odd, red at even rows: the mosaic of one colour gives that colour everywhere."""
    mosaic = np.empty((120, 160), np.uint8)
    mosaic[::2, ::2], mosaic[1::2, 1::2] = 210, 30
    mosaic[::2, 1::2] = mosaic[1::2, ::2] = 90
    source = open_source(bag_of(tmp_path / "bag", frames[:2], lambda _, stamp: image(mosaic, "bayer_rggb8", stamp)))
    np.testing.assert_array_equal(source[0].rgb, np.full((120, 160, 3), (210, 90, 30)))


@pytest.mark.parametrize("encoding", ["yuv422", "yuv422_yuy2"])
def test_yuv(tmp_path: Path, frames: list[Frame], encoding: str) -> None:
    """BT.601: R = 1.164 (Y - 16) + 1.596 (V - 128), and so on; U = V = 128 is grey."""
    y, u, v = 100, 90, 200
    pixels = np.empty((120, 160, 2), np.uint8)
    luminance, chrominance = (1, 0) if encoding == "yuv422" else (0, 1)
    pixels[:, :, luminance] = y
    pixels[:, ::2, chrominance], pixels[:, 1::2, chrominance] = u, v
    source = open_source(bag_of(tmp_path / "bag", frames[:2], lambda _, stamp: image(pixels, encoding, stamp)))
    red = 1.164 * (y - 16) + 1.596 * (v - 128)
    green = 1.164 * (y - 16) - 0.813 * (v - 128) - 0.392 * (u - 128)
    blue = 1.164 * (y - 16) + 2.017 * (u - 128)
    np.testing.assert_allclose(source[0].rgb[60, 80], [red, green, blue], atol=1.5)


def inverse_depth(frame: Frame, stamp: int):
    """As compressed_depth_image_transport writes 32FC1: q = A / z + B in 16 bits, at its default parameters."""
    a, b = 100.0 * 101.0, 1 - 100.0 * 101.0 / 10.0
    q = np.zeros(frame.depth.shape, np.uint16)
    seen = frame.depth > 0
    q[seen] = np.rint(a / frame.depth[seen] + b)
    return compressed(struct.pack("<iff", 1, a, b) + encoded(q, ".png"), "32FC1; compressedDepth png", stamp)


def test_compressed_images(tmp_path: Path, frames: list[Frame]) -> None:
    def color(frame: Frame, stamp: int):
        return compressed(encoded(frame.rgb[:, :, ::-1], ".png"), "rgb8; png compressed bgr8", stamp)

    def depth(frame: Frame, stamp: int):
        data = struct.pack("<iff", 0, 0, 0) + encoded(millimetres(frame), ".png")
        return compressed(data, "16UC1; compressedDepth png", stamp)

    topics = f"{COLOR}/compressed", f"{DEPTH}/compressedDepth"
    assert_same(open_source(bag_of(tmp_path / "bag", frames[:3], color, depth, *topics)), frames[:3])


def test_inverse_depth(tmp_path: Path, frames: list[Frame]) -> None:
    """A step of q is z * z / A metres, 0.6 mm at 2.5 m."""
    bag = bag_of(tmp_path / "bag", frames[:3], depth=inverse_depth, depth_topic=f"{DEPTH}/compressedDepth")
    for got, frame in zip(open_source(bag), frames, strict=False):
        near = (frame.depth > 0) & (frame.depth < 3)
        np.testing.assert_allclose(got.depth[near], frame.depth[near], atol=0.001)
        assert np.isnan(got.depth[frame.depth == 0]).all()


def rvl(depth: np.ndarray) -> bytes:
    """The code of Wilson 2017, one number at a time."""
    groups: list[int] = []

    def number(value: int) -> None:
        while True:
            group, value = value & 7, value >> 3
            groups.append(group | 8 if value else group)
            if not value:
                return

    pixels, at, previous = depth.ravel().tolist(), 0, 0
    while at < len(pixels):
        end = next((i for i in range(at, len(pixels)) if pixels[i]), len(pixels))
        number(end - at)
        at = end
        end = next((i for i in range(at, len(pixels)) if not pixels[i]), len(pixels))
        number(end - at)
        for value in pixels[at:end]:
            delta, previous = value - previous, value
            number(2 * delta if delta >= 0 else -2 * delta - 1)
        at = end
    groups += [0] * (-len(groups) % 8)
    words = [sum(group << (28 - 4 * i) for i, group in enumerate(groups[k : k + 8])) for k in range(0, len(groups), 8)]
    return struct.pack(f"<{len(words)}I", *words)


def test_rvl_depth(tmp_path: Path, frames: list[Frame]) -> None:
    def depth(frame: Frame, stamp: int):
        data = struct.pack("<iffII", 0, 0, 0, 160, 120) + rvl(millimetres(frame))
        return compressed(data, "16UC1; compressedDepth rvl", stamp)

    bag = bag_of(tmp_path / "bag", frames[:3], depth=depth, depth_topic=f"{DEPTH}/compressedDepth")
    assert_same(open_source(bag), frames[:3])


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_cut_compressed_images_are_skipped(tmp_path: Path, frames: list[Frame], suffix: str) -> None:
    def color(frame: Frame, stamp: int):
        data = encoded(frame.rgb[:, :, ::-1], suffix)
        return compressed(data[: len(data) // 2] if stamp == START else data, f"rgb8; {suffix[1:]}", stamp)

    source = open_source(bag_of(tmp_path / "bag", frames[:3], color, color_topic=f"{COLOR}/compressed"))
    assert len(list(source)) == 2
    assert "is cut or damaged" in source.skipped[0][1]


def test_damaged_images_are_skipped_and_named(tmp_path: Path, frames: list[Frame]) -> None:
    def color(frame: Frame, stamp: int):
        message = image(frame.rgb, "rgb8", stamp)
        if stamp == START + PERIOD:
            message = image(frame.rgb[:50], "rgb8", stamp)
            message.height = 120
        return message

    source = open_source(bag_of(tmp_path / "bag", frames[:3], color))
    assert len(list(source)) == 2
    ((file, reason),) = source.skipped
    assert file == f"{COLOR}, message 1" and "needs at least 57600 bytes, has 24000" in reason
