"""Small recordings made on the spot."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 64, 48
# OpenCV writes BGR: this is a reddish wall.
RED_RGB = (200, 40, 30)


def write_recording(
    folder: Path, frames: int = 3, suffix: str = "png", color_size: tuple[int, int] = (WIDTH, HEIGHT), first: int = 0
) -> Path:
    """A 7-Scenes folder: a camera that moves 1 cm a frame along x before a flat red wall 1.5 m away.

    Of each depth image, pixel (row 0, column 0) is 0, (row 0, column 1) is 65535, both "no reading".
    """
    folder.mkdir(parents=True, exist_ok=True)
    color = np.full((color_size[1], color_size[0], 3), RED_RGB[::-1], np.uint8)
    depth = np.full((HEIGHT, WIDTH), 1500, np.uint16)
    depth[0, :2] = 0, 65535
    for number in range(first, first + frames):
        stem = folder / f"frame-{number:06d}"
        pose = np.eye(4)
        pose[0, 3] = 0.01 * number
        assert cv2.imwrite(f"{stem}.color.{suffix}", color)
        assert cv2.imwrite(f"{stem}.depth.png", depth)
        np.savetxt(f"{stem}.pose.txt", pose)
    return folder


def truncate(file: Path) -> None:
    """Cut a file in the middle, as an interrupted copy does."""
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
