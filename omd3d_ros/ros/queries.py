"""Questions out of service requests and action goals, and answers into what goes back: both have the same fields."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from omd3d.action import Ground
from omd3d.msg import Instance as InstanceMessage
from omd3d.srv import GroundQuery
from std_msgs.msg import Header

from omd3d_ros.asking.desk import Question
from omd3d_ros.ros.markers import box_pose, box_size
from omd3d_ros.ros.messages import cloud_to_message, stamp_from_seconds
from omd3d_ros.types import Answer, Instance, PointCloud

Asked: TypeAlias = GroundQuery.Request | Ground.Goal
Answered: TypeAlias = GroundQuery.Response | Ground.Result


def question_of(asked: Asked) -> Question:
    return Question(
        asked.query,
        asked.min_score,
        asked.max_instances,
        asked.session,
        asked.wait_for_fresh,
        asked.deadline,
    )


def fill_response(response: Answered, answer: Answer, cloud: PointCloud, header: Header, omit_clouds: bool) -> None:
    """Write an answer into the response; ``header`` carries the world frame and the stamp of the map."""
    response.success = True
    response.answer = printable(answer.text)
    response.map_stamp = header.stamp
    response.instances = [instance_message(i, cloud, header, omit_clouds) for i in answer.instances]


def instance_message(instance: Instance, cloud: PointCloud, header: Header, omit_cloud: bool) -> InstanceMessage:
    message = InstanceMessage(header=header, id=instance.id, label=printable(instance.label))
    message.score = float(instance.score)
    message.pose, message.size = box_pose(instance), box_size(instance)
    message.cloud.header = header
    if not omit_cloud:
        message.cloud = cloud_to_message(cloud.select(instance.mask), header)
    return message


def labelled_cloud(instances: list[Instance], cloud: PointCloud) -> tuple[PointCloud, list[int]]:
    """The points of all instances one after another, and how many points each has."""
    if not instances:
        return no_points(), []
    parts = [cloud.select(i.mask) for i in instances]
    xyz, rgb = np.concatenate([p.xyz for p in parts]), np.concatenate([p.rgb for p in parts])
    return PointCloud(xyz, rgb), [len(p) for p in parts]


def no_points() -> PointCloud:
    return PointCloud(np.empty((0, 3)), np.empty((0, 3)))


def map_header(world_frame: str, stamp: float) -> Header:
    return Header(frame_id=world_frame, stamp=stamp_from_seconds(stamp))


def printable(text: str) -> str:
    """Text that survives the wire: DDS strings end at NUL and are UTF-8."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
