"""``omd3d eval``: score saved predictions, or a model on prepared data, by the rules of the benchmarks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from omd3d_ros.cli import Command, UsageError

TASKS = ("scanrefer", "multi3dref", "scan2cap", "scanqa", "sqa3d", "nr3d", "sr3d", "scannet", "reason_seg")
# Options of one kind of evaluation that the other has no use for.
_PREDICTIONS_ONLY = ("task",)
_DATA_ONLY = ("tags", "split", "preset", "out", "workers", "limit", "shuffle_ids", "device")

_PROTOCOLS = (
    Command("eval rooms", "omd3d_ros.commands.eval_rooms", "score a model on held-out synthetic rooms"),
    Command("eval kitchen", "omd3d_ros.commands.eval_kitchen", "score a model on real frames with hand-marked objects"),
)

_EXAMPLES = """\
examples:
  omd3d eval --data data/rooms --preset runs/tuned/model --out runs/tuned/eval
  omd3d eval --data data/scannet --tags scanrefer#scanqa --limit 200 --preset openmaskdino3d --out eval --report report
  torchrun --nproc-per-node 8 -m omd3d_ros eval --data data/scannet --preset openmaskdino3d --out eval
  omd3d eval --predictions preds.json --task scanrefer --annotations annotations
  omd3d eval --predictions instances --task scannet --annotations scannet --report report
  omd3d eval rooms --out rooms --report report
  omd3d eval kitchen path/to/frames --out kitchen

--data: a folder that `omd3d prepare` wrote. Interrupted? Start the same command again: answers in --out stay.
--predictions: preds.json, a list of records as the published evaluation writes them; for scannet a folder in the
benchmark's layout (<scan>.txt with lines "mask_file label_id confidence"); for reason_seg an .npz file.
--annotations: the folder of what the task reads beside them (docs/evaluation.md says which files).
--json: one object, {"task", "count", "scores": {...}, "left_out": [{"record", "reason"}]}; with --data
{"preset", "split", "limit", "shuffle_ids", "tasks": {task: such an object}}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d eval``, ``omd3d eval rooms`` and ``omd3d eval kitchen``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--annotations", type=Path, metavar="DIR", help="folder of what the scores read beside answers")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write pages with figures and cases here")
    parser.add_argument("--allow-missing", action="store_true", help="leave out records that can't be scored")
    saved = parser.add_argument_group("saved predictions")
    saved.add_argument("--predictions", type=Path, metavar="F", help="file, for scannet folder, of predictions")
    saved.add_argument("--task", choices=TASKS, metavar="T", help=f"one of {', '.join(TASKS)}")
    data = parser.add_argument_group("a model on prepared data")
    data.add_argument("--data", type=Path, metavar="DIR", help="folder that `omd3d prepare` wrote")
    data.add_argument("--tags", metavar="A#B", help="tasks to ask (default: all that the split has)")
    data.add_argument("--split", metavar="S", help="validation (default), or any that the data has, such as val_words")
    data.add_argument("--preset", help="preset name or file, or a folder of weights (default: nano)")
    data.add_argument("--out", type=Path, metavar="DIR", help="folder of answers, prediction files and scores.json")
    data.add_argument("--limit", type=int, metavar="N", help="questions of each task, evenly over the split")
    data.add_argument(
        "--shuffle-ids", type=int, metavar="SEED", help="permute identifiers, as the original does (default: not)"
    )
    data.add_argument("--workers", type=int, metavar="N", help="processes, each with the model (default: 1)")
    data.add_argument("--device", help="torch device (default: GPUs if there are some)")
    protocols: Any = parser.add_subparsers(title="a model on rooms", metavar="rooms|kitchen")
    for command in _PROTOCOLS:
        name = command.name.removeprefix("eval ")
        protocols.add_parser(name, help=command.summary, description=command.summary).command = command


def run(args: argparse.Namespace) -> int:
    """Score, print, and write the report if there shall be one."""
    from omd3d_ros.commands import eval_data, eval_predictions

    if (args.data is None) == (args.predictions is None):
        raise UsageError("give --predictions F and --task T, or --data DIR and --out DIR, or rooms, or kitchen DIR")
    unused, use = (_DATA_ONLY, "--data") if args.data is None else (_PREDICTIONS_ONLY, "--predictions")
    for name in unused:
        if getattr(args, name) is not None:
            raise UsageError(f"--{name.replace('_', '-')} goes with {use}")
    return eval_predictions.run(args) if args.data is None else eval_data.run(args)
