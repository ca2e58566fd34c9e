"""``omd3d bringup``: what the launch file does, where `ros2 launch` is not installed."""

from __future__ import annotations

import argparse
from pathlib import Path

from omd3d_ros.files import share_file
from omd3d_ros.ros.share import use_fast_dds_profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d bringup``."""
    parser.add_argument("--params", type=Path, metavar="FILE", help="node parameters (default: config/omd3d.yaml)")
    parser.add_argument("--preset", metavar="P", help="preset name or YAML file (default: what the parameters say)")
    parser.add_argument("--namespace", default="", metavar="NS", help="namespace of the node and its topics")
    parser.add_argument(
        "-p", dest="set", action="append", default=[], metavar="NAME:=VALUE", help="set one parameter; repeatable"
    )
    parser.add_argument(
        "-r", dest="remap", action="append", default=[], metavar="FROM:=TO", help="remap one topic; repeatable"
    )


def ros_arguments(args: argparse.Namespace) -> list[str]:
    """The node's command line; raises FileNotFoundError for a parameter file that is not there."""
    params = args.params or share_file("config", "omd3d.yaml")
    if not params.is_file():
        raise FileNotFoundError(f"{params}: no such file")
    ros = ["--ros-args", "--params-file", str(params)]
    ros += ["-r", f"__ns:=/{args.namespace.strip('/')}"] if args.namespace else []
    for remap in args.remap:
        ros += ["-r", remap]
    for setting in ([f"preset:={args.preset}"] if args.preset else []) + args.set:
        ros += ["-p", setting]
    return ros


def run(args: argparse.Namespace) -> int:
    """Run the node until SIGINT or SIGTERM; returns its exit code."""
    ros = ros_arguments(args)
    use_fast_dds_profile()
    from omd3d_ros.ros import node

    return node.main(ros)
