"""Markers and identifiers."""

from __future__ import annotations

import numpy as np
import pytest
from std_msgs.msg import Header
from visualization_msgs.msg import Marker

from omd3d_ros.ros.markers import answer_markers, instance_number
from omd3d_ros.types import Instance


@pytest.mark.parametrize(("identifier", "number"), [("OBJ007", 7), ("OBJ123", 123), ("thing", 0)])
def test_instance_number(identifier, number):
    assert instance_number(identifier) == number


def test_one_box_and_one_label_above_it_per_instance():
    table = Instance("OBJ007", "table", 0.5, np.ones(1, bool), np.array([1.0, 2.0, 0.4]), np.array([1.2, 0.8, 0.0]))
    clear, box, label = answer_markers([table], Header(frame_id="map")).markers
    assert clear.action == Marker.DELETEALL
    assert (box.pose.position.x, box.pose.position.y, box.pose.position.z) == (1.0, 2.0, 0.4)
    assert (box.scale.x, box.scale.y) == (1.2, 0.8) and box.scale.z > 0
    assert box.pose.orientation.w == 1.0 and box.header.frame_id == "map"
    assert label.pose.position.z > 0.4 and label.text == "OBJ007 table 0.50"


def test_an_answer_about_nothing_removes_the_markers_before():
    (clear,) = answer_markers([], Header(frame_id="map")).markers
    assert clear.action == Marker.DELETEALL
