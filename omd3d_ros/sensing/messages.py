"""The fields of the messages that are read here, and the error for those that cannot be used."""

from __future__ import annotations

from typing import Any, Protocol

NANOSECONDS = 1_000_000_000


class BadMessage(ValueError):
    """A message that cannot be used; ``cause`` is the short name that it is counted under."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


class ImageMessage(Protocol):
    """sensor_msgs/Image; data is any buffer of bytes."""

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: Any


class CameraInfoMessage(Protocol):
    """sensor_msgs/CameraInfo."""

    header: Any
    height: int
    width: int
    distortion_model: str
    d: Any
    k: Any
    p: Any
    binning_x: int
    binning_y: int
    roi: Any


def stamp_to_nanoseconds(stamp: Any) -> int:
    """A builtin_interfaces/Time as one whole number."""
    return stamp.sec * NANOSECONDS + stamp.nanosec
