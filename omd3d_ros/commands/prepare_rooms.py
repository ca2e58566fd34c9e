"""``omd3d prepare rooms``: synthetic rooms to training files."""

from __future__ import annotations

import argparse
from pathlib import Path

from omd3d_ros.commands.prepare import add_shared_arguments, chosen_tags, run_plan

_TAGS = ("scanrefer", "multi3dref", "scanqa", "scan2cap", "obj_align")
_EXAMPLES = """\
examples:
  omd3d prepare rooms --count 200 --validation 20 --out data/rooms
  omd3d prepare rooms --count 200 --preset openmaskdino3d --out data/rooms_1024
  omd3d prepare rooms --count 8 --tags scanrefer#scanqa --workers 4 --out data/few

Interrupted? Start the same command again: finished scenes stay. A larger --count adds rooms to a finished folder.
A preset whose weights are there, such as nano, finds and describes the objects. For one whose weights are not there,
geometry finds them, and statistics of their shape and colour fill feature vectors of the sizes that it names.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d prepare rooms``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--seed", type=int, default=0, help="seed of the first training room (default: 0)")
    parser.add_argument("--count", type=int, default=16, help="training rooms, seeds counting up (default: 16)")
    parser.add_argument("--validation", type=int, default=0, metavar="N", help="held-out rooms besides (default: 0)")
    parser.add_argument("--preset", default="nano", help="whose features the objects get (default: nano)")
    parser.add_argument("--device", help="torch device of the preset's model (default: a GPU if there is one)")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="folder of the rendered rooms (default: OUT/rooms)")
    add_shared_arguments(parser, _TAGS)


def run(args: argparse.Namespace) -> int:
    """Render what is missing, prepare it, and report; 1 where a room was left out."""
    from omd3d_ros.cli import UsageError

    tags = chosen_tags(args, _TAGS) or _TAGS
    if args.seed < 0 or args.count < 0 or args.validation < 0 or args.count + args.validation < 1:
        raise UsageError("--seed, --count and --validation must be at least 0, and there must be a room to prepare")
    from omd3d_ros.datasets.prepared.rooms import RoomPlan

    seeds = range(args.seed, args.seed + args.count)
    cache = args.cache or args.out / "rooms"
    return run_plan(RoomPlan(seeds, args.validation, args.preset, cache, tags, args.iou, args.device).plan(), args)
