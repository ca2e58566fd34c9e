"""``omd3d eval --data``: ask a model about prepared data, save its answers, score them."""

from __future__ import annotations

import argparse
import json
import os

from omd3d_ros.cli import UsageError
from omd3d_ros.commands.eval_predictions import as_table

_SPLITS = {"validation": "val", "training": "train"}


def run(args: argparse.Namespace) -> int:
    """Ask what is not answered yet, and score all."""
    if args.out is None:
        raise UsageError("--data DIR needs --out DIR, the folder of answers, prediction files and scores")
    if any(n is not None and n < 1 for n in (args.workers, args.limit)):
        raise UsageError("--workers and --limit must be at least 1")
    if (args.workers or 1) > 1 and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise UsageError("these processes were launched together: --workers is for one process that starts others")
    from omd3d_ros.evaluation.prepared.run import PreparedEvaluation, evaluate_prepared
    from omd3d_ros.evaluation.report import check_report_folder, report_of, write_report

    if args.report is not None:
        check_report_folder(args.report)
    split = args.split or "validation"
    evaluations = evaluate_prepared(
        PreparedEvaluation(
            preset=args.preset or "nano", data=args.data, out=args.out,
            tags=None if args.tags is None else tuple(args.tags.split("#")), split=_SPLITS.get(split, split),
            limit=args.limit, shuffle_seed=args.shuffle_ids, annotations=args.annotations,
            allow_missing=args.allow_missing, workers=args.workers or 1, device=args.device, quiet=args.quiet,
        )
    )  # fmt: skip
    if not evaluations:  # another of the processes that were launched together has them
        return 0
    if args.json:
        print(json.dumps(json.loads((args.out / "scores.json").read_text(encoding="utf-8")), ensure_ascii=False))
    else:
        print("\n\n".join(map(as_table, evaluations)))
        print(f"\npredictions and scores are in {args.out}")
    if args.report is not None:
        for evaluation in (e for e in evaluations if e.outcomes):
            page = write_report(args.report / evaluation.task, report_of(evaluation))
            if not args.json:
                print(f"the report of {evaluation.task} is {page}")
    return 0
