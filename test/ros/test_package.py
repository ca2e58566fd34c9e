"""What is installed where, and that the parameters in YAML, in code and in the launch file are the same ones."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Graph
from omd3d.action import Ground
from omd3d.msg import Instance, MapUpdate
from omd3d.srv import GroundQuery
from rclpy.parameter import Parameter

from omd3d_ros.ros.grounding import load_grounding
from omd3d_ros.ros.node import GroundNode
from omd3d_ros.ros.parameters import Parameters, parse_up


def test_importing_is_fast_and_pulls_in_neither_ros_nor_torch():
    code = (
        "import sys, time; start = time.perf_counter(); import omd3d_ros; took = time.perf_counter() - start; "
        "print(took, 'rclpy' in sys.modules, 'torch' in sys.modules)"
    )
    printed = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(3)]
    took, ros, torch = min(printed).split()
    assert (ros, torch) == ("False", "False")
    assert float(took) < 0.3


def test_interfaces_are_those_of_the_contract():
    assert Instance.get_fields_and_field_types() == {
        "header": "std_msgs/Header",
        "id": "string",
        "label": "string",
        "score": "float",
        "pose": "geometry_msgs/Pose",
        "size": "geometry_msgs/Vector3",
        "cloud": "sensor_msgs/PointCloud2",
    }
    assert MapUpdate.get_fields_and_field_types() == {
        "header": "std_msgs/Header",
        "version": "uint64",
        "since": "uint64",
        "complete": "boolean",
        "region_size": "float",
        "region_offset": "float",
        "regions": "sequence<int32>",
        "points": "sensor_msgs/PointCloud2",
    }
    assert GroundQuery.Request.get_fields_and_field_types() == {
        "query": "string",
        "min_score": "float",
        "max_instances": "uint32",
        "session": "string",
        "omit_clouds": "boolean",
        "wait_for_fresh": "boolean",
        "deadline": "float",
    }
    assert GroundQuery.Response.get_fields_and_field_types() == {
        "success": "boolean",
        "message": "string",
        "answer": "string",
        "instances": "sequence<omd3d/Instance>",
        "map_stamp": "builtin_interfaces/Time",
        "latency": "float",
    }
    assert Ground.Goal.get_fields_and_field_types() == GroundQuery.Request.get_fields_and_field_types()
    assert Ground.Result.get_fields_and_field_types() == GroundQuery.Response.get_fields_and_field_types()
    assert Ground.Feedback.get_fields_and_field_types() == {"text": "string", "instances": "sequence<omd3d/Instance>"}


def test_the_ament_prefix_has_what_ros2_tools_look_for():
    from ament_index_python.packages import get_package_prefix
    from ament_index_python.resources import get_resource

    prefix = Path(get_package_prefix("omd3d"))
    share = prefix / "share" / "omd3d"
    interfaces = get_resource("rosidl_interfaces", "omd3d")[0]
    assert "msg/Instance.msg" in interfaces and "msg/MapUpdate.msg" in interfaces
    assert (prefix / "lib" / "omd3d" / "ground_node").stat().st_mode & 0o111
    for name in (
        "package.xml",
        "launch/bringup",
        "launch/bringup.launch.py",
        "srv/GroundQuery.srv",
        "action/Ground.action",
    ):
        assert (share / name).is_file(), name
    for config in ("omd3d.yaml", "omd3d.rviz", "fastdds.xml"):
        assert (share / "config" / config).is_file(), config


@pytest.fixture(autouse=True)
def ament_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment is its own ament prefix; a sourced workspace has set the variable."""
    if (Path(sys.prefix) / "share" / "ament_index").is_dir():
        monkeypatch.setenv("AMENT_PREFIX_PATH", sys.prefix)


def test_every_parameter_is_in_the_yaml_file_and_described(graph: Graph):
    node = graph.ground_node()
    settings = yaml.safe_load((ROOT / "config" / "omd3d.yaml").read_text())["/**"]["ros__parameters"]
    assert set(settings) == {f.name for f in fields(Parameters)} | {"map_path"}
    for name, value in settings.items():
        assert node.get_parameter(name).value == value, name
        assert node.describe_parameter(name).description


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"voxel_size": 0.05, "max_depth": 3.0, "min_views": 2, "max_blocks": 5000, "when_full": "forget_oldest"},
    ],
)
def test_map_parameters_reach_the_map(graph: Graph, given: dict):
    """Where a parameter says nothing, the preset does, and where that says nothing, VoxelMap."""
    preset = {"voxel_size": 0.02, "max_depth": 4.0, "min_views": 3, "max_blocks": 800_000, "when_full": "refuse"}
    overrides = [Parameter(name, value=value) for name, value in given.items()]
    node = graph.add(GroundNode(load_grounding, parameter_overrides=overrides))
    made = {name: getattr(node.grounding.voxel_map, name) for name in preset}
    assert made == {**preset, **given}


def test_a_policy_that_there_is_not(graph: Graph):
    with pytest.raises(ValueError, match="parameter when_full is 'explode', expected one of"):
        graph.ground_node(when_full="explode")


@pytest.mark.parametrize(("text", "up"), [("", None), ("auto", "auto"), (" 0, -1,0 ", (0.0, -1.0, 0.0))])
def test_up(text, up):
    assert parse_up(text) == up


@pytest.mark.parametrize("text", ["0,0,0", "1,2", "nan,0,1", "up"])
def test_up_that_is_no_direction(text):
    with pytest.raises(ValueError, match="parameter up"):
        parse_up(text)


def test_rviz_shows_the_latched_topics():
    displays = yaml.safe_load((ROOT / "config" / "omd3d.rviz").read_text())["Visualization Manager"]["Displays"]
    topics = {d["Topic"]["Value"]: d["Topic"]["Durability Policy"] for d in displays if "Topic" in d}
    assert topics == dict.fromkeys(("map", "answer_cloud", "markers"), "Transient Local")
