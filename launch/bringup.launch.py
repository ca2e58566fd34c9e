"""Start the OMD3D node: `ros2 launch omd3d bringup` (arguments: `ros2 launch omd3d bringup -s`)."""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node

SHARE = Path(get_package_share_directory("omd3d"))


def node(context: LaunchContext) -> list[Node]:
    preset = LaunchConfiguration("preset").perform(context)
    return [
        Node(
            package="omd3d",
            executable="ground_node",
            name="omd3d",
            namespace=LaunchConfiguration("namespace"),
            output="screen",
            parameters=[LaunchConfiguration("params_file")] + ([{"preset": preset}] if preset else []),
            remappings=[
                ("color/image", LaunchConfiguration("color_topic")),
                ("depth/image", LaunchConfiguration("depth_topic")),
                ("color/camera_info", LaunchConfiguration("color_info_topic")),
                ("depth/camera_info", LaunchConfiguration("depth_info_topic")),
                ("odom", LaunchConfiguration("odometry_topic")),
            ],
        )
    ]


def generate_launch_description() -> LaunchDescription:
    arguments = {
        "params_file": (str(SHARE / "config" / "omd3d.yaml"), "YAML file with the node's parameters"),
        "preset": ("", "preset name or YAML file; empty takes it from params_file"),
        "namespace": ("", "namespace of the node and its topics"),
        "color_topic": ("color/image", "colour images"),
        "depth_topic": ("depth/image", "depth images, 16UC1 millimetres or 32FC1 metres"),
        "color_info_topic": ("color/camera_info", "calibration of the colour camera"),
        "depth_info_topic": ("depth/camera_info", "calibration of the depth camera"),
        "odometry_topic": ("odom", "nav_msgs/Odometry, read when the parameter pose_source is odometry"),
        "rviz": ("false", "also start RViz"),
    }
    profile = EnvironmentVariable("FASTRTPS_DEFAULT_PROFILES_FILE", default_value=str(SHARE / "config" / "fastdds.xml"))
    return LaunchDescription(
        [DeclareLaunchArgument(name, default_value=d, description=text) for name, (d, text) in arguments.items()]
        + [
            SetEnvironmentVariable("FASTRTPS_DEFAULT_PROFILES_FILE", profile),
            OpaqueFunction(function=node),
            Node(
                package="rviz2",
                executable="rviz2",
                namespace=LaunchConfiguration("namespace"),
                arguments=["-d", str(SHARE / "config" / "omd3d.rviz")],
                condition=IfCondition(LaunchConfiguration("rviz")),
            ),
        ]
    )
