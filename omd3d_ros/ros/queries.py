"""Answering /ground_query: one question at a time, a bounded line behind it, and never an exception."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
from omd3d.msg import Instance as InstanceMessage
from omd3d.srv import GroundQuery
from std_msgs.msg import Header

from omd3d_ros.ros.health import Health
from omd3d_ros.ros.markers import box_pose, box_size
from omd3d_ros.ros.messages import cloud_to_message, stamp_from_seconds
from omd3d_ros.types import Answer, Instance, PointCloud

if TYPE_CHECKING:
    from omd3d_ros.ros.grounding import Grounding


class Refused(Exception):
    """The query is not answered; the text is for the one who asked."""


class QueryDesk:
    """Thread-safe: every waiting query occupies its caller's thread."""

    def __init__(self, grounding: Grounding, max_waiting: int, health: Health) -> None:
        self._grounding = grounding
        self._max_waiting = max_waiting
        self._health = health
        self._answering = threading.Lock()
        self._counting = threading.Lock()
        self._present = 0
        self._resets = 0

    @property
    def waiting(self) -> int:
        """Queries that are here, the one being answered among them."""
        return self._present

    def reset(self) -> None:
        """The map was emptied or replaced: an answer under way is about a map that is gone."""
        with self._counting:
            self._resets += 1

    def ask(self, request: GroundQuery.Request) -> Answer:
        """The answer, with the scene that its masks index; raises Refused with the reason."""
        with self._counting:
            if self._present > self._max_waiting:
                self._health.answered("refused")
                raise Refused(
                    f"{self._max_waiting} queries are waiting already: ask again later (parameter max_waiting_queries)"
                )
            self._present += 1
        try:
            with self._answering:
                answered = self._ask(request)
            self._health.answered("answered")
            return answered
        except Refused:
            self._health.answered("failed")
            raise
        finally:
            with self._counting:
                self._present -= 1

    def _ask(self, request: GroundQuery.Request) -> Answer:
        if not 0.0 <= request.min_score <= 1.0:
            raise Refused(f"min_score is {request.min_score}, expected 0 to 1")
        resets = self._resets
        try:
            answered = self._grounding.ask(request.query, request.min_score, request.max_instances)
        except ValueError as error:
            raise Refused(str(error)) from error
        except Exception as error:
            raise Refused(f"answering failed: {type(error).__name__}: {error}") from error
        if resets != self._resets:
            raise Refused("the map was reset while this query was being answered: ask again")
        return answered


def fill_response(
    response: GroundQuery.Response, answer: Answer, cloud: PointCloud, header: Header, omit_clouds: bool
) -> None:
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


def seconds_since(start: float) -> float:
    return time.monotonic() - start
