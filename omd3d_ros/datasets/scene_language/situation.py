"""SQA3D's situations: where in a scan the asker stands, and where that is in the aligned frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError

from .records import Fields, LanguageSample

Position = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class SituatedSample(LanguageSample):
    """alternatives: other wordings of the situation.  eval_type: the question's first word, or ``other``."""

    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class SituationPose:
    """Where the asker stands, float64: position_raw (3,) in the scan's frame; T_aligned_situation (4, 4) in the aligned
    one; yaw about z in radians, in the scan's frame.  The height is that of the box's middle and means nothing."""

    position_raw: np.ndarray
    T_aligned_situation: np.ndarray
    yaw_raw: float

    @property
    def position(self) -> np.ndarray:
        """(3,) in the aligned frame."""
        return self.T_aligned_situation[:3, 3]


def situation_pose(sample: LanguageSample, xyz_raw: np.ndarray, T_aligned_raw: np.ndarray) -> SituationPose:
    """The pose of a sample in its scan, of which xyz_raw (N, 3) are the vertices as released, not aligned.

    As SQA3D does it: the position is relative to the centre of the raw vertices' box, and the alignment comes after.
    Raises AnnotationError for a sample without a pose.
    """
    if sample.position is None or sample.quaternion is None:
        raise AnnotationError(f"{sample.task} {sample.key} has no pose")
    points = np.asarray(xyz_raw, np.float64)
    centre = (points.min(0) + points.max(0)) / 2
    T_raw_situation = np.eye(4)
    T_raw_situation[:3, :3] = _rotation(np.array(sample.quaternion, np.float64))
    T_raw_situation[:3, 3] = centre + sample.position
    yaw = math.atan2(T_raw_situation[1, 0], T_raw_situation[0, 0])
    return SituationPose(T_raw_situation[:3, 3], np.asarray(T_aligned_raw, np.float64) @ T_raw_situation, yaw)


def pose_of(fields: Fields) -> tuple[Position, Quaternion]:
    """position {x y z} and rotation {_x _y _z _w} of a record, each number read by its name: the release's files and
    its description give them in different orders.  Raises AnnotationError, for a rotation of zeros too."""
    place, turn = Fields(fields.value("position")), Fields(fields.value("rotation"))
    x, y, z = (float(place.numbers(name, ())) for name in ("x", "y", "z"))
    quaternion = tuple(float(turn.numbers(name, ())) for name in ("_x", "_y", "_z", "_w"))
    if not any(quaternion):
        raise AnnotationError("field 'rotation' must not be all zeros")
    return (x, y, z), quaternion  # type: ignore[return-value]  # four numbers, as named


def _rotation(quaternion: np.ndarray) -> np.ndarray:
    """(3, 3) of x, y, z, w of any length but 0."""
    x, y, z, w = quaternion / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
