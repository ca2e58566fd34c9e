"""Frames to maps: ``VoxelMap``, its ``Keyframes``, camera tracking (``RgbdOdometry``) and superpoints."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cloud_update import CloudUpdate
    from .keyframes import Keyframes
    from .map_file import MapError
    from .tracking.odometry import RgbdOdometry
    from .voxel_map import VoxelMap

__all__ = ["CloudUpdate", "Keyframes", "MapError", "RgbdOdometry", "VoxelMap"]
_HOMES = {
    "CloudUpdate": "cloud_update",
    "Keyframes": "keyframes",
    "MapError": "map_file",
    "RgbdOdometry": "tracking.odometry",
    "VoxelMap": "voxel_map",
}


def __getattr__(name: str) -> Any:
    """Import on first use: each part brings numba or OpenCV with it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
