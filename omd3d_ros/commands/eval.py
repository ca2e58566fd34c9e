"""``omd3d eval``: score saved predictions by the rules of the benchmarks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omd3d_ros.cli import Command, UsageError

if TYPE_CHECKING:
    from omd3d_ros.evaluation.tasks import Evaluation

TASKS = ("scanrefer", "multi3dref", "scan2cap", "scanqa", "sqa3d", "nr3d", "sr3d", "scannet", "reason_seg")

_EXAMPLES = """\
examples:
  omd3d eval --predictions preds.json --task scanrefer --annotations annotations
  omd3d eval --predictions preds.json --task scanqa --json
  omd3d eval --predictions instances --task scannet --annotations scannet --report report
  omd3d eval rooms --report report

--predictions: preds.json, a list of records as the published evaluation writes them; for scannet a folder in the
benchmark's layout (<scan>.txt with lines "mask_file label_id confidence"); for reason_seg an .npz file.
--annotations: the folder of what the task reads beside them (docs/evaluation.md says which files).
--json: one object, {"task", "count", "scores": {...}, "left_out": [{"record", "reason"}]}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d eval``, and ``omd3d eval rooms``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--predictions", type=Path, metavar="F", help="file, for scannet folder, of predictions")
    parser.add_argument("--task", choices=TASKS, metavar="T", help=f"one of {', '.join(TASKS)}")
    parser.add_argument("--annotations", type=Path, metavar="DIR", help="folder of what the task reads beside them")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with figures and cases here")
    parser.add_argument("--allow-missing", action="store_true", help="leave out records that can't be scored")
    protocols: Any = parser.add_subparsers(title="instead of saved predictions", metavar="rooms")
    rooms = Command("eval rooms", "omd3d_ros.commands.eval_rooms", "score a model on held-out synthetic rooms")
    protocols.add_parser("rooms", help=rooms.summary, description=rooms.summary).command = rooms


def run(args: argparse.Namespace) -> int:
    """Score, print, and write the report if there shall be one."""
    if args.predictions is None or args.task is None:
        raise UsageError("give --predictions F and --task T, or `omd3d eval rooms`")
    from omd3d_ros.evaluation.report import check_report_folder, report_of, write_report
    from omd3d_ros.evaluation.tasks import NEEDS_ANNOTATIONS, evaluate

    if args.annotations is None and args.task in NEEDS_ANNOTATIONS:
        raise UsageError(f"{args.task} needs --annotations DIR, the folder of what it reads beside the predictions")
    if args.report is not None:
        check_report_folder(args.report)
    evaluation = evaluate(args.predictions, args.task, args.annotations, args.allow_missing, args.quiet)
    if args.json:
        print(json.dumps(evaluation.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        print(as_table(evaluation))
    if args.report is not None:
        page = write_report(args.report, report_of(evaluation))
        if not args.json:
            print(f"the report is {page}")
    return 0


def as_table(evaluation: Evaluation) -> str:
    """A line per metric, and what was left out."""
    width = max(map(len, evaluation.scores), default=0)
    lines = [f"{evaluation.task}: {evaluation.count} scored, {len(evaluation.left_out)} left out"]
    lines += [f"  {name:<{width}}  {value:7.4f}" for name, value in evaluation.scores.items()]
    lines += [f"  left out: {item.record}: {item.reason}" for item in evaluation.left_out]
    return "\n".join(lines)
