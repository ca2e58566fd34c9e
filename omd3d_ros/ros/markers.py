"""A box and a label in RViz for every object of an answer."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from omd3d_ros.types import Instance

GOLDEN_RATIO = 0.618034
SMALLEST_BOX = 0.01
LABEL_HEIGHT = 0.12


def instance_number(identifier: str) -> int:
    """7 for OBJ007; 0 for an identifier without digits."""
    digits = "".join(c for c in identifier if c.isdecimal() and c.isascii())
    return int(digits) & 0xFFFFFFFF if digits else 0


def box_pose(instance: Instance) -> Pose:
    x, y, z = (float(v) for v in instance.center)
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(w=1.0))


def box_size(instance: Instance) -> Vector3:
    x, y, z = (float(v) for v in instance.size)
    return Vector3(x=x, y=y, z=z)


def answer_markers(instances: list[Instance], header: Any) -> MarkerArray:
    """Markers that replace those of the answer before."""
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for index, instance in enumerate(instances):
        markers += [_box(instance, index, header), _label(instance, index, header)]
    return MarkerArray(markers=markers)


def _box(instance: Instance, index: int, header: Any) -> Marker:
    red, green, blue = colorsys.hsv_to_rgb(instance_number(instance.id) * GOLDEN_RATIO % 1.0, 0.8, 1.0)
    scale = np.maximum(np.asarray(instance.size, dtype=float), SMALLEST_BOX)
    return Marker(
        header=header,
        ns="boxes",
        id=index,
        type=Marker.CUBE,
        action=Marker.ADD,
        pose=box_pose(instance),
        scale=Vector3(x=scale[0], y=scale[1], z=scale[2]),
        color=ColorRGBA(r=red, g=green, b=blue, a=0.35),
    )


def _label(instance: Instance, index: int, header: Any) -> Marker:
    pose = box_pose(instance)
    pose.position.z += float(instance.size[2]) / 2 + LABEL_HEIGHT
    return Marker(
        header=header,
        ns="labels",
        id=index,
        type=Marker.TEXT_VIEW_FACING,
        action=Marker.ADD,
        pose=pose,
        scale=Vector3(z=LABEL_HEIGHT),
        color=ColorRGBA(r=1.0, g=1.0, b=1.0, a=1.0),
        text=f"{instance.id} {instance.label} {instance.score:.2f}",
    )
