"""Coordinates and colours as the scene files of several projects pickle them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError


def float_array(path: Path, values: object, shape: tuple[int, ...], what: str) -> np.ndarray:
    """float32 of the shape, in which -1 stands for any length; torch tensors are taken too."""
    try:
        array = np.asarray(values, np.float32)
    except (TypeError, ValueError) as error:
        raise AnnotationError(f"{path}: {what} must be numbers of shape {shape}: {error}") from error
    if array.ndim != len(shape) or any(n not in (-1, m) for n, m in zip(shape, array.shape, strict=True)):
        raise AnnotationError(f"{path}: {what} must have the shape {shape}, got {array.shape}")
    if not np.isfinite(array).all():
        raise AnnotationError(f"{path}: {what} must be finite")
    return array


def cloud_arrays(path: Path, xyz: object, rgb: object, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """xyz (N, 3) float32 and rgb (N, 3) uint8; signed: colours are stored in -1..1, else in 0..255."""
    points = float_array(path, xyz, (-1, 3), "coordinates")
    colours = float_array(path, rgb, (len(points), 3), "colours")
    low, high = (-1.0, 1.0) if signed else (0.0, 255.0)
    if len(colours) and (colours.min() < low - 0.01 or colours.max() > high + 0.01):
        raise AnnotationError(
            f"{path}: colours must lie in {low:g}..{high:g}, they reach {colours.min()}..{colours.max()}"
        )
    scaled = (colours + 1) * 127.5 if signed else colours
    return points, np.rint(scaled).clip(0, 255).astype(np.uint8)
