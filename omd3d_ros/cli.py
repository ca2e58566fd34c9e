"""The ``omd3d`` command: one parser over the subcommands, each of which lives in its own module.

A subcommand's module has ``add_arguments(parser)`` and ``run(args) -> int | None`` and is imported only when it is
the one asked for, so that ``omd3d --help`` is instant and nothing but the ROS commands needs ROS.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omd3d_ros import __version__


@dataclass(frozen=True)
class Command:
    """name may be two words ("rooms export"); module is where add_arguments and run are."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("demo", "omd3d_ros.ros.demo", "a synthetic room through a real ROS 2 graph: answers and pictures"),
    Command("ask", "omd3d_ros.commands.ask", "map a recording and answer questions about it (no ROS needed)"),
    Command("map", "omd3d_ros.commands.map", "only reconstruct: a recording to .ply, .pcd or .npz"),
    Command("inspect", "omd3d_ros.commands.inspect", "what a reader makes of a recording, a cloud or a saved map"),
    Command("play", "omd3d_ros.ros.play", "publish a recording as a camera and TF would"),
    Command("bringup", "omd3d_ros.ros.bringup", "start the node where `ros2 launch` is not installed"),
    Command("query", "omd3d_ros.ros.query", "ask the running node through /ground_query or /ground"),
    Command("rooms export", "omd3d_ros.datasets.rooms.export", "synthetic rooms as recordings with ground truth"),
    Command("prepare rooms", "omd3d_ros.commands.prepare_rooms", "raw data to training files: synthetic rooms"),
    Command("prepare scannet", "omd3d_ros.commands.prepare_scannet", "raw data to training files: ScanNet"),
    Command("train", "omd3d_ros.commands.train", "train a model on prepared data, or nano on synthetic rooms"),
    Command("eval", "omd3d_ros.commands.eval", "score saved predictions, or a model on data or synthetic rooms"),
    Command("bench", "omd3d_ros.commands.bench", "what mapping, encoding and answering cost on this machine"),
    Command("convert", "omd3d_ros.commands.convert", "published checkpoints to a model folder of ours"),
    Command("check-parity", "omd3d_ros.commands.check_parity", "our modules against reference implementations"),
)

_GROUPS = {
    "rooms": "synthetic rooms as recordings",
    "prepare": "raw data to training files, resumable: synthetic rooms or ScanNet",
}

_EXAMPLES = """\
examples:
  omd3d demo
  omd3d ask path/to/frames "where is the mug?" --out answers
  omd3d ask map.ply "the chair next to the table" --json
  omd3d map path/to/frames --out map.ply
  omd3d inspect path/to/frames --probe 240,320

SOURCE is a recording: a folder, .sens, .r3d or bag (docs/sources.md), or for some commands a .ply or .pcd cloud.
Exit code: 0 done, 1 failed, 2 wrong usage.
"""


class UsageError(Exception):
    """A wrong combination of arguments that only the subcommand can see; exit code 2."""


class _Parser(argparse.ArgumentParser):
    """A parser whose arguments come from its command's module, at the moment that it is first used."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **kwargs)
        self.command: Command | None = None

    def parse_known_args(self, args=None, namespace=None):
        if self.command is not None:
            command, self.command = self.command, None
            module = importlib.import_module(command.module)
            module.add_arguments(self)
            _add_common(self, default=argparse.SUPPRESS)
            self.set_defaults(run=module.run)
            if all(a.nargs not in (argparse.REMAINDER, argparse.PARSER) for a in self._actions):
                # Options may then stand between positional arguments: ask SOURCE --json "QUERY".
                return self.parse_known_intermixed_args(args, namespace)
        return super().parse_known_args(args, namespace)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code, never a traceback unless --debug is among the arguments."""
    arguments = _with_joined_values(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(format="omd3d: %(message)s", level=logging.WARNING, stream=sys.stderr)
    try:
        args = _parser().parse_args(arguments)
        code = args.run(args)
        sys.stdout.flush()
        return int(code or 0)
    except SystemExit as stop:  # argparse, after it has printed help or a usage error
        return stop.code if isinstance(stop.code, int) else 1
    except KeyboardInterrupt:
        print("omd3d: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read our output has enough; keep the interpreter from flushing into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UsageError as error:
        print(f"omd3d: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        else:
            print(f"omd3d: {_one_line(error)}", file=sys.stderr)
        return 1


def _parser() -> _Parser:
    parser = _Parser(prog="omd3d", description="Ask a robot's map questions in plain language.", epilog=_EXAMPLES)
    parser.add_argument("--version", action="version", version=f"omd3d {__version__}")
    _add_common(parser, default=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    groups: dict[str, Any] = {}
    for command in COMMANDS:
        group, _, name = command.name.rpartition(" ")
        if group and group not in groups:
            parent = commands.add_parser(group, help=_GROUPS[group], description=_GROUPS[group])
            groups[group] = parent.add_subparsers(title="commands", metavar="COMMAND", required=True)
        siblings = groups[group] if group else commands
        siblings.add_parser(name, help=command.summary, description=command.summary).command = command
    return parser


def _with_joined_values(arguments: Sequence[str]) -> list[str]:
    """``--up -1,0,0`` as ``--up=-1,0,0``: argparse would take the value for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in ("--up", "--transform"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _add_common(parser: argparse.ArgumentParser, default: Any) -> None:
    parser.add_argument("--debug", action="store_true", default=default, help="show the traceback of an error")
    parser.add_argument("--quiet", action="store_true", default=default, help="no progress bar")


def _one_line(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and _is_ros(error.name or ""):
        return (
            f"this command needs ROS 2, and {error.name} cannot be imported here: "
            "`make install` puts ROS 2 into .venv, or source the setup file of a ROS 2 install in which omd3d was built"
        )
    text = " ".join(str(error).split())
    expected = isinstance(error, (ValueError, OSError)) or type(error).__module__.startswith("omd3d_ros.")
    if expected and text:
        return text
    return f"{type(error).__name__}: {text} (--debug shows where)"


def _is_ros(module: str) -> bool:
    top = module.split(".")[0]
    return top in ("rclpy", "omd3d", "std_srvs", "builtin_interfaces") or top.endswith("_msgs")


if __name__ == "__main__":
    sys.exit(main())
