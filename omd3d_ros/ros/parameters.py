"""The node's parameters: names, defaults, ranges and what they mean, in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node

READ_ONLY = "Read when the node starts."
FLOATS = {
    "voxel_size": (0.0, 0.0, 1.0, "Edge of a map voxel in metres; 0: what the preset says."),
    "max_depth": (0.0, 0.0, 100.0, "Depth readings past this many metres are ignored; 0: what the preset says."),
    "sync_tolerance": (0.02, 0.0, 10.0, "Largest gap between the stamps of a colour and a depth image, seconds."),
    "sync_max_delay": (
        2.0,
        0.0,
        60.0,
        "Images older than the newest of their topic by more than this are late, seconds.",
    ),
    "tf_buffer_duration": (10.0, 0.1, 3600.0, "How far back transforms and odometry are kept, seconds."),
    "transform_timeout": (1.0, 0.0, 60.0, "How long a frame waits for its pose and calibration, seconds."),
    "map_period": (
        2.0,
        0.05,
        3600.0,
        "While the map grows the whole of it is published at most this often, seconds; a large one less often, so that "
        "it takes at most 10 MB (600,000 points) a second.",
    ),
    "map_update_period": (0.5, 0.05, 3600.0, "What changed in the map is published at most this often, seconds."),
}
INTEGERS = {
    "min_views": (
        0,
        0,
        31,
        "Frames that must have seen a point, fewer while they overlap little; 0: what the preset says.",
    ),
    "max_blocks": (
        0,
        0,
        20_000_000,
        "Most blocks of 4x4x4 voxels in the map, half a kilobyte each; 0: what the preset says.",
    ),
    "sync_queue_size": (30, 1, 1000, "Unpaired images kept per topic."),
    "frame_queue_size": (60, 1, 1000, "Pairs that may wait to be mapped; the oldest is dropped beyond."),
    "max_waiting_queries": (32, 0, 1000, "Queries that may wait for the one being answered; others are refused."),
}
STRINGS = {
    "preset": ("nano", "Preset name or YAML file that names every model component, or a folder of weights."),
    "device": ("", "Torch device such as cpu or cuda:0; empty: the preset's choice."),
    "up": ("", "Up direction in the world frame as 'x,y,z'; 'auto' estimates it; empty: the preset's choice."),
    "world_frame": ("map", "Frame that the map is built in."),
    "pose_source": (
        "tf",
        "Where camera poses come from: 'tf', 'odometry' (topic odom), or 'rgbd_odometry' (tracked from the images).",
    ),
    "tracked_frame": (
        "",
        "With rgbd_odometry: frame whose pose in world_frame is published on TF, such as camera_link where a driver "
        "publishes that camera's own transforms; empty: the depth image's frame.",
    ),
    "when_full": (
        "",
        "What a map of max_blocks does: 'refuse' new places, or 'forget_oldest'; empty: what the preset says.",
    ),
    "service_name": ("/ground_query", "Name of the service that answers queries."),
    "action_name": (
        "/ground",
        "Name of the action that answers queries, tells the answer so far and can be cancelled.",
    ),
    "map_path": ("", "File that ~/save_map writes and ~/load_map reads."),
}
POSE_SOURCES = ("tf", "odometry", "rgbd_odometry")
MUTABLE = {"map_path"}


@dataclass(frozen=True)
class Parameters:
    """Values as the node uses them; None stands for 'what the preset says'."""

    preset: str
    device: str | None
    up: tuple[float, float, float] | str | None
    voxel_size: float | None
    max_depth: float | None
    min_views: int | None
    max_blocks: int | None
    when_full: str | None
    world_frame: str
    pose_source: str
    tracked_frame: str
    registered: str
    rectified: bool
    sync_tolerance: float
    sync_max_delay: float
    sync_queue_size: int
    tf_buffer_duration: float
    transform_timeout: float
    frame_queue_size: int
    map_period: float
    map_update_period: float
    service_name: str
    action_name: str
    max_waiting_queries: int


def declare(node: Node) -> Parameters:
    """Declare every parameter and read it; raises ValueError for a value that makes no sense."""
    for name, (default, low, high, text) in FLOATS.items():
        float_range = FloatingPointRange(from_value=low, to_value=high)
        node.declare_parameter(name, default, _descriptor(name, text, floating_point_range=[float_range]))
    for name, (whole, least, most, text) in INTEGERS.items():
        integer_range = IntegerRange(from_value=least, to_value=most, step=1)
        node.declare_parameter(name, whole, _descriptor(name, text, integer_range=[integer_range]))
    for name, (value, text) in STRINGS.items():
        node.declare_parameter(name, value, _descriptor(name, text))
    text = "Whether colour lies on depth's pixel grid: true, false, or auto (from the camera_infos)."
    node.declare_parameter("registered", "auto", _descriptor("registered", text, dynamic_typing=True))
    text = "Images are rectified: use P of the camera_infos and no distortion."
    node.declare_parameter("rectified", False, _descriptor("rectified", text))
    return _read(node)


def _descriptor(name: str, text: str, **rest: Any) -> ParameterDescriptor:
    if name in MUTABLE:
        return ParameterDescriptor(description=text, **rest)
    return ParameterDescriptor(description=text, additional_constraints=READ_ONLY, read_only=True, **rest)


def _read(node: Node) -> Parameters:
    values = {f.name: node.get_parameter(f.name).value for f in fields(Parameters)}
    values["registered"] = _one_of("registered", str(values["registered"]).lower(), ("auto", "true", "false"))
    values["pose_source"] = _one_of("pose_source", values["pose_source"], POSE_SOURCES)
    values["up"] = parse_up(values["up"])
    values["world_frame"] = values["world_frame"].lstrip("/")
    if not values["world_frame"]:
        raise ValueError("parameter world_frame is empty: name the frame that the map is built in, such as map")
    values["when_full"] = _one_of("when_full", values["when_full"], ("", "refuse", "forget_oldest"))
    for name in ("device", "voxel_size", "max_depth", "min_views", "max_blocks", "when_full"):
        values[name] = values[name] or None
    return Parameters(**values)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"parameter {name} is {value!r}, expected one of {', '.join(allowed)}")
    return value


def parse_up(text: str) -> tuple[float, float, float] | str | None:
    """'' -> None, 'auto' -> 'auto', 'x,y,z' -> three numbers; raises ValueError."""
    text = text.strip()
    if not text:
        return None
    if text == "auto":
        return text
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"parameter up is {text!r}, expected 'auto' or three numbers such as '0,0,1'") from None
    if not np.all(np.isfinite([x, y, z])) or x == y == z == 0:
        raise ValueError(f"parameter up is {text!r}, which is not a direction")
    return x, y, z
