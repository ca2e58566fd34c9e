"""``omd3d query``: ask the running node, through its service, or its action with --stream."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from omd3d.srv import GroundQuery

from omd3d_ros.ros.client import DEFAULT_ACTION, DEFAULT_SERVICE, GroundQueryClient, response_to_dict
from omd3d_ros.ros.messages import cloud_from_message
from omd3d_ros.ros.share import use_fast_dds_profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d query``."""
    parser.add_argument("query", metavar="QUERY", help="a question or a description of an object")
    parser.add_argument("--service", default=DEFAULT_SERVICE, help=f"service name (default {DEFAULT_SERVICE})")
    parser.add_argument("--stream", action="store_true", help="print the answer as it is made; Ctrl-C cancels it")
    parser.add_argument(
        "--action", default=DEFAULT_ACTION, help=f"with --stream: action name (default {DEFAULT_ACTION})"
    )
    parser.add_argument(
        "--session", default="", metavar="NAME", help='a conversation, in which "it" can be asked about'
    )
    parser.add_argument("--min-score", type=float, default=0.0, metavar="S", help="leave out instances that score less")
    parser.add_argument("--max-instances", type=int, default=0, metavar="N", help="at most N instances (default: all)")
    parser.add_argument("--fresh", action="store_true", help="wait until every frame mapped so far is understood")
    parser.add_argument(
        "--deadline", type=float, default=0.0, metavar="SECONDS", help="the node gives up after this (default: never)"
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default 60")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write each instance's points to DIR/OBJ007.ply")


def run(args: argparse.Namespace) -> int:
    """Ask, print, and return 0; 1 when the node could not answer."""
    use_fast_dds_profile()
    response = _streamed(args) if args.stream else _asked(args)
    if args.out is not None:
        _write_clouds(args.out, response)
    if args.json:
        print(json.dumps(response_to_dict(args.query, response)))
    elif response.success:
        if not args.stream:
            print(response.answer)
        for instance in response.instances:
            print(_line(instance))
        print(f"({response.latency:.2f} s)")
    if response.success:
        return 0
    print(f"omd3d: not answered: {response.message}", file=sys.stderr)
    return 1


def _asked(args: argparse.Namespace) -> GroundQuery.Response:
    with GroundQueryClient(args.service) as client:
        return client.ask(
            args.query,
            args.min_score,
            args.max_instances,
            args.session,
            omit_clouds=args.out is None,
            timeout=args.timeout,
            wait_for_fresh=args.fresh,
            deadline=args.deadline,
        )


def _streamed(args: argparse.Namespace) -> Any:
    from omd3d.action import Ground

    from omd3d_ros.ros.streaming import GroundActionClient

    goal = Ground.Goal(
        query=args.query,
        min_score=args.min_score,
        max_instances=args.max_instances,
        session=args.session,
        omit_clouds=args.out is None,
        wait_for_fresh=args.fresh,
        deadline=args.deadline,
    )
    typewriter = _Typewriter()
    with GroundActionClient(args.action) as client:
        if args.json:
            return client.ask(goal, lambda feedback: None, args.timeout)
        try:
            result = client.ask(goal, lambda feedback: typewriter.show(feedback.text), args.timeout)
            typewriter.show(result.answer)
        finally:
            typewriter.end()
    return result


class _Typewriter:
    """Prints a text that grows; one that changes in what is printed already is begun again on a new line."""

    def __init__(self) -> None:
        self._shown = ""

    def show(self, text: str) -> None:
        if not text.startswith(self._shown):
            print()
            self._shown = ""
        print(text[len(self._shown) :], end="", flush=True)
        self._shown = text

    def end(self) -> None:
        if self._shown:
            print(flush=True)


def _line(instance: Any) -> str:
    center, size = instance.pose.position, instance.size
    return (
        f"  {instance.id} {instance.label}  score {instance.score:.2f}  "
        f"centre ({center.x:.2f}, {center.y:.2f}, {center.z:.2f})  size {size.x:.2f} x {size.y:.2f} x {size.z:.2f} m  "
        f"in {instance.header.frame_id}"
    )


def _write_clouds(folder: Path, response: GroundQuery.Response) -> None:
    from omd3d_ros.mapping.cloud_io import write_cloud

    for instance in response.instances:
        write_cloud(folder / f"{instance.id}.ply", cloud_from_message(instance.cloud))
