"""``omd3d eval --predictions``: score saved predictions."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from omd3d_ros.cli import UsageError

if TYPE_CHECKING:
    from omd3d_ros.evaluation.tasks import Evaluation


def run(args: argparse.Namespace) -> int:
    """Score the file."""
    if args.task is None:
        raise UsageError("--predictions F needs --task T")
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
